"""Opens a connection to an SFTP server: who logs in, with what, and to which host key."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncssh

from dangol.extract.zones.drivers import told, why_unusable
from dangol.extract.zones.sftp_host_keys import PORT, HostKeys
from dangol.extract.zones.zone import LandingError

CONNECTS_WITHIN = 30.0
"""Seconds to reach the server and to log in."""

_KEEPALIVE = 15.0  # seconds; after three without a response, the connection counts as broken

asyncssh.set_log_level("WARNING")  # it reports each connection, request and login at INFO


@dataclass(frozen=True)
class SftpLogin:
    """What is needed to log in.

    Parameters
    ----------
    address
        ``sftp://user@host:port/folder``; it contains no secret.
    known_hosts
        A file in OpenSSH's format with the keys of the servers that may be talked to.
    key
        A file with a private key, or None.
    passphrase
        Of the key, or None.
    """

    address: str
    known_hosts: Path
    key: Path | None = None
    passphrase: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, address: str, environment: Mapping[str, str]) -> SftpLogin:
        """Read the variables ``DANGOL_SFTP_…``.

        Returns
        -------
        SftpLogin
            Whose files may not exist.

        Raises
        ------
        LandingError
            If there is neither a password nor a key.
        """
        key = environment.get("DANGOL_SFTP_KEY")
        password = environment.get("DANGOL_SFTP_PASSWORD")
        if not key and not password:
            raise LandingError(
                f"the landing zone {address} needs a login: set DANGOL_SFTP_KEY to a file with a "
                "private key, or DANGOL_SFTP_PASSWORD"
            )
        return cls(
            address,
            Path(environment.get("DANGOL_SFTP_KNOWN_HOSTS") or "~/.ssh/known_hosts").expanduser(),
            Path(key).expanduser() if key else None,
            environment.get("DANGOL_SFTP_KEY_PASSPHRASE") or None,
            password or None,
        )

    @property
    def folder(self) -> str:
        """The landing zone's folder on the server; the login's own if the address has none."""
        return unquote(urlsplit(self.address).path).rstrip("/") or (
            "/" if self.address.endswith("/") else "."
        )

    async def connect(self) -> tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient]:
        """Log in and start SFTP.

        Returns
        -------
        tuple
            The connection, and the SFTP session in it.

        Raises
        ------
        LandingError
            If the server can't be reached, has another key than the known one, or refuses the
            login. The message has no secret in it.
        """
        url = urlsplit(self.address)
        host_keys = HostKeys(self.address, self.known_hosts)
        asked: list[asyncssh.SSHKey] = []

        class Client(asyncssh.SSHClient):
            """Is asked about each key that is not known, and accepts none."""

            def validate_host_public_key(
                self, host: str, addr: str, port: int, key: asyncssh.SSHKey
            ) -> bool:
                asked.append(key)
                return False

        try:
            connection = await asyncssh.connect(
                url.hostname or "",
                url.port or PORT,
                client_factory=Client,
                username=unquote(url.username or ""),
                password=self.password,
                client_keys=self._private_keys(),
                known_hosts=host_keys.known,
                server_host_key_algs=host_keys.kinds(),
                # neither an agent nor ~/.ssh/config: what is used is in the variables
                agent_path=None,
                config=None,
                connect_timeout=CONNECTS_WITHIN,
                login_timeout=CONNECTS_WITHIN,
                keepalive_interval=_KEEPALIVE,
            )
            return connection, await _session(connection)
        except asyncssh.HostKeyNotVerifiable as error:
            shown = asked[0] if asked else None
            raise LandingError(host_keys.why_untrusted(shown, error)) from error
        except asyncssh.PermissionDenied as error:
            raise LandingError(
                f"the landing zone {self.address} (DANGOL_LANDING) refuses the login of "
                f"{url.username}: check DANGOL_SFTP_PASSWORD or DANGOL_SFTP_KEY"
            ) from error
        except TimeoutError as error:
            raise LandingError(
                f"the landing zone {self.address} (DANGOL_LANDING) can't be used: no response "
                f"within {CONNECTS_WITHIN:g} seconds"
            ) from error
        except (asyncssh.Error, OSError) as error:
            raise LandingError(why_unusable(self.address, error)) from error

    def _private_keys(self) -> list[asyncssh.SSHKey] | None:
        """Return the key, or None, without which the library would look for keys in ``~/.ssh``."""
        if self.key is None:
            return None
        try:
            return [asyncssh.read_private_key(self.key, self.passphrase)]
        except OSError as error:
            why = told(error)
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            # not the library's own text: it might quote the file
            why = "it is no private key, or its passphrase (DANGOL_SFTP_KEY_PASSPHRASE) is wrong"
        raise LandingError(f"{self.key} (DANGOL_SFTP_KEY) can't be used: {why}")


async def _session(connection: asyncssh.SSHClientConnection) -> asyncssh.SFTPClient:
    try:
        async with asyncio.timeout(CONNECTS_WITHIN):
            # a name may be bytes in any encoding: lone surrogates stand for what is not UTF-8
            return await connection.start_sftp_client(path_errors="surrogateescape")
    except BaseException:
        connection.abort()
        raise


def login_of_environment(address: str) -> SftpLogin:
    """Return the login of this process."""
    return SftpLogin.from_environment(address, os.environ)
