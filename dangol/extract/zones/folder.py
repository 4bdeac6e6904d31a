"""A landing zone that is a folder of this machine, or mounted on it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from dangol.extract.landed_bytes import UnreadableFileError, cause_of
from dangol.extract.zones.zone import (
    LINKED_FOLDER,
    NOT_A_FILE_ANY_MORE,
    LandedFile,
    LandingError,
    OpenedFile,
    Zone,
    listed,
    refusal_of,
)
from dangol.files import write_whole


class FolderZone(Zone):
    """A folder.

    Parameters
    ----------
    root
        An absolute path.
    """

    def __init__(self, root: str) -> None:
        self._root = Path(root)

    def check(self) -> None:
        """Raise LandingError if the folder does not exist."""
        if not self._root.is_dir():
            raise LandingError(
                f"the landing zone {self._root} (DANGOL_LANDING) does not exist: is it mounted?"
            )

    def systems(self) -> list[str]:
        """Return the names in the folder."""
        return [entry.name for entry in self._entries(self._root)]

    def files(self, system: str) -> Iterator[LandedFile]:
        """List a system's folder.

        Yields
        ------
        LandedFile
            Or one entry named ``.`` if the folder is a link.
        """
        folder = self._root / system
        if folder.is_symlink():
            yield LandedFile(".", 0, "", LINKED_FOLDER)
            return
        for entry in self._entries(folder):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # renamed or removed since the listing
            refusal = refusal_of(status.st_mode)
            fingerprint = _fingerprint(status)
            yield listed(entry.name, status.st_size, fingerprint, refusal, status.st_mtime)

    def open(self, system: str, name: str) -> OpenedFile:
        """Open a regular file by its folder's descriptor, so that no link is followed."""
        folder = os.open(self._root / system, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        stream = os.fdopen(descriptor, "rb")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            stream.close()
            raise UnreadableFileError(NOT_A_FILE_ANY_MORE)
        return OpenedFile(
            stream,
            _fingerprint(os.fstat(descriptor)),
            lambda: _fingerprint(os.fstat(descriptor)),
        )

    def put(self, system: str, name: str, content: bytes) -> bool:
        """Write a temporary file and rename it."""
        target = self._root / system / name
        if target.exists():
            return False
        try:
            write_whole(target, content)
        except OSError as error:
            raise LandingError(f"{target} can't be written: {cause_of(error)}") from error
        return True

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        try:
            return list(os.scandir(folder)) if folder.is_dir() else []
        except OSError as error:
            raise LandingError(
                f"{folder} in the landing zone can't be listed: {cause_of(error)}"
            ) from error


def _fingerprint(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}"
