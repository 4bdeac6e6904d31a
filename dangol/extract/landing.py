"""The landing zone of a company: where its systems' exports arrive, in a folder per system.

Only regular files directly in ``landing/<system>/`` are ever opened. A symbolic link, a folder with
a file's name or a device is listed with the reason why it is not read, so that it is recorded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dangol.addresses import landing_of
from dangol.extract.landed_bytes import UnreadableFileError, why_unreadable
from dangol.extract.zones.bucket import BucketZone
from dangol.extract.zones.drivers import not_installed
from dangol.extract.zones.folder import FolderZone
from dangol.extract.zones.zone import LandedFile, LandingError, OpenedFile, Zone


class Landing:
    """The landing zone of one company.

    Parameters
    ----------
    root
        A folder, or an address: ``s3://bucket/prefix``, ``gs://bucket/prefix``,
        ``az://container/prefix``, ``sftp://user@host/folder``.

    Raises
    ------
    AddressError
        If it is another address, or contains a secret.
    LandingError
        If the driver is not installed.
    """

    def __init__(self, root: str) -> None:
        self.root = landing_of(root)
        self.is_remote = "://" in self.root
        self._zone = _zone_of(self.root)

    def check(self) -> None:
        """Check that the landing zone exists.

        Raises
        ------
        LandingError
            If it does not, or can't be reached; the message has the address and the cause.
        """
        self._zone.check()

    def systems(self) -> list[str]:
        """Return the sorted names of the landing zone's folders; none if it does not exist.

        Returns
        -------
        list of str
            Names as they are: they may contain anything.
        """
        return sorted(self._zone.systems())

    def files(self, system: str) -> list[LandedFile]:
        """List a system's folder by name.

        Returns
        -------
        list of LandedFile
            Empty if the folder does not exist: an absent system has no rows.

        Raises
        ------
        LandingError
            If the landing zone can't be reached or listed.
        """
        return sorted(self._zone.files(system), key=lambda file: file.name)

    @contextmanager
    def open(self, system: str, file: LandedFile) -> Iterator[OpenedFile]:
        """Open a file as it was listed.

        Yields
        ------
        OpenedFile
            A regular file; a link that has replaced it is refused.

        Raises
        ------
        UnreadableFileError
            If the file is missing, can't be read or is no longer a regular file.
        LandingError
            If the whole landing zone can't be reached any more.
        """
        try:
            opened = self._zone.open(system, file.landed_name)
        except OSError as error:
            raise UnreadableFileError(why_unreadable(error)) from error
        with opened.stream:
            yield opened

    def put(self, system: str, name: str, content: bytes) -> bool:
        """Land a file of the pipeline's own, such as corrected rows.

        Readers see the whole file or none.

        Returns
        -------
        bool
            False, and nothing is written, if a file of that name exists.

        Raises
        ------
        LandingError
            If it can't be written.
        """
        return self._zone.put(system, name, content)

    def close(self) -> None:
        """Close the connection, if there is one; the next call opens it again."""
        self._zone.close()


def _zone_of(root: str) -> Zone:
    if "://" not in root:
        return FolderZone(root)
    if not root.startswith("sftp://"):
        return BucketZone(root)
    try:
        from dangol.extract.zones.sftp import SftpZone  # an optional package
    except ModuleNotFoundError as error:
        raise LandingError(not_installed(root, error)) from error
    return SftpZone(root)
