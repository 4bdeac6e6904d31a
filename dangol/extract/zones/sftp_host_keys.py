"""The host keys that an SFTP server may have, and what to say about any other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import asyncssh

from dangol.extract.zones.drivers import told
from dangol.extract.zones.zone import LandingError

PORT = 22
"""Of a server whose address names none."""

_KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)


class HostKeys:
    """What is known of one server.

    Parameters
    ----------
    address
        ``sftp://user@host:port/folder``.
    file
        In OpenSSH's format of known hosts.

    Raises
    ------
    LandingError
        If the file can't be read.
    """

    def __init__(self, address: str, file: Path) -> None:
        url = urlsplit(address)
        self._host, self._port = url.hostname or "", url.port or PORT
        self._address = address
        self._file = file
        self.known = self._read()
        port = None if self._port == PORT else self._port
        self._keys, self._authorities = self.known.match(self._host, "", port)[:2]

    def kinds(self) -> Sequence[str]:
        """Return the kinds of key to ask the server for: the known ones, then the others.

        By itself the library asks for the known ones only. A server that has none of them then
        breaks off, and nobody learns which key it has.

        Returns
        -------
        sequence of str
            Empty if the library's own choice is right.
        """
        if self._authorities or not self._keys:
            return ()
        kinds = [kind.decode() for key in self._keys for kind in key.sig_algorithms]
        return [*kinds, *(kind for kind in _KINDS if kind not in kinds)]

    def why_untrusted(self, shown: asyncssh.SSHKey | None, error: Exception) -> str:
        """Say whether a server's key is unknown or another one, and what to do.

        Parameters
        ----------
        shown
            The key, or None if it was revoked, or came in a certificate that is not valid.
        error
            What the library says.

        Returns
        -------
        str
            With the key's fingerprint and the commands to trust it.
        """
        start = f"the landing zone {self._address}: "
        if shown is None:
            return f"{start}{told(error)} ({self._file}, DANGOL_SFTP_KNOWN_HOSTS)"
        start += f"the server's host key ({shown.get_algorithm()} {shown.get_fingerprint()}) is "
        where = f"in {self._file} (DANGOL_SFTP_KNOWN_HOSTS)"
        if not self._keys:
            return f"{start}not {where}. {self._how_to_trust()}"
        name = self._host if self._port == PORT else f"[{self._host}]:{self._port}"
        return (
            f"{start}another one than {where}: somebody may be in between. If the server's "
            "operator confirms the new key, remove the old one with "
            f"`ssh-keygen -R '{name}' -f {self._file}`. {self._how_to_trust()}"
        )

    def _read(self) -> asyncssh.SSHKnownHosts:
        try:
            return asyncssh.read_known_hosts(str(self._file))
        except FileNotFoundError as error:
            raise LandingError(
                f"{self._file} (DANGOL_SFTP_KNOWN_HOSTS) does not exist, so no server is trusted. "
                + self._how_to_trust()
            ) from error
        except (OSError, ValueError) as error:
            raise LandingError(
                f"{self._file} (DANGOL_SFTP_KNOWN_HOSTS) can't be read: {told(error)}"
            ) from error

    def _how_to_trust(self) -> str:
        return (
            f"Fetch the key with `ssh-keyscan -p {self._port} {self._host} >> {self._file}`, and "
            f"compare its fingerprint (`ssh-keygen -l -f {self._file}`) with the one that the "
            "server's operator tells you"
        )
