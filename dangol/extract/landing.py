"""What lies in the landing zone: a local folder, or a bucket through fsspec.

Only regular files directly in ``landing/<system>/`` are ever opened. A symbolic link, a folder with a
file's name or a device is listed with the reason why it is not read, so that it can be noted.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

_KINDS = {
    stat.S_IFLNK: "it is a symbolic link",
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}


@dataclass(frozen=True)
class LandedFile:
    """One name in the landing zone.

    Parameters
    ----------
    name
        Without its folder.
    size
        In bytes.
    fingerprint
        Changes when the content may have changed: size and time, or a bucket's ETag.
    refusal
        Why it must not be opened, or None.
    """

    name: str
    size: int
    fingerprint: str
    refusal: str | None = None


class Landing:
    """The landing zone of one company.

    Parameters
    ----------
    root
        A folder, or an address that fsspec knows, such as ``s3://bucket/prefix``.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.is_remote = "://" in root

    def systems(self) -> list[str]:
        """Return the names of the folders in the landing zone.

        Returns
        -------
        list of str
            In alphabetical order; empty if the landing zone does not exist yet.
        """
        if self.is_remote:
            files, base = self._remote()
            entries = files.ls(base, detail=True) if files.exists(base) else []
            names = [entry["name"] for entry in entries if entry["type"] == "directory"]
            return sorted(name.rstrip("/").rsplit("/", 1)[-1] for name in names)
        root = Path(self.root)
        return sorted(entry.name for entry in os.scandir(root)) if root.is_dir() else []

    def files(self, system: str) -> list[LandedFile]:
        """List a system's folder.

        Parameters
        ----------
        system
            The folder's name.

        Returns
        -------
        list of LandedFile
            By name. Empty if the folder does not exist: an absent system has no rows.
        """
        found = self._list_remote(system) if self.is_remote else self._list_local(system)
        return sorted(found, key=lambda file: file.name)

    @contextmanager
    def open(self, system: str, file: LandedFile) -> Iterator[IO[bytes]]:
        """Open a file as it was listed.

        Parameters
        ----------
        system
            Its folder.
        file
            As `files` listed it.

        Yields
        ------
        binary file
            Of a regular file; a link put in its place meanwhile is refused.

        Raises
        ------
        OSError
            If the file is gone or has become something else than a regular file.
        """
        if self.is_remote:
            files, base = self._remote()
            with files.open(f"{base}/{system}/{file.name}", "rb") as stream:
                yield cast("IO[bytes]", stream)
            return
        folder = os.open(Path(self.root) / system, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(file.name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(f"{system}/{file.name} is no regular file any more")
            yield stream

    def _list_local(self, system: str) -> Iterator[LandedFile]:
        folder = Path(self.root) / system
        if folder.is_symlink() or not folder.is_dir():
            return
        for entry in os.scandir(folder):
            status = entry.stat(follow_symlinks=False)
            kind = stat.S_IFMT(status.st_mode)
            fingerprint = f"{status.st_size}-{status.st_mtime_ns}"
            refusal = None if kind == stat.S_IFREG else _KINDS.get(kind, "it is no regular file")
            if refusal is None and _is_hostile(entry.name):
                refusal = "its name has characters that no export has"
            yield LandedFile(entry.name, status.st_size, fingerprint, refusal)

    def _list_remote(self, system: str) -> Iterator[LandedFile]:
        files, base = self._remote()
        folder = f"{base}/{system}"
        files.invalidate_cache(folder)
        for entry in files.ls(folder, detail=True) if files.exists(folder) else []:
            name = entry["name"][len(folder) + 1 :]
            if not name:
                continue  # some clients write an empty object for the folder itself
            refusal = "it is a folder" if entry["type"] == "directory" else None
            if refusal is None and _is_hostile(name):
                refusal = "its name has characters that no export has"
            mark = entry.get("ETag") or entry.get("LastModified") or entry.get("mtime") or ""
            yield LandedFile(name, entry["size"] or 0, f"{entry['size']}-{mark}", refusal)

    def _remote(self) -> tuple[Any, str]:
        import fsspec  # noqa: PLC0415 - only a remote landing zone pays for it

        files, base = fsspec.core.url_to_fs(self.root)
        return files, base.rstrip("/")


def _is_hostile(name: str) -> bool:
    """Tell whether a name could be something else than a file's, for a shell or for a reader."""
    return ".." in name or "/" in name or not name.isprintable() or len(name.encode()) > 200
