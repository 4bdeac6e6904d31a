"""The files in the landing zone: a local folder, or a bucket through fsspec.

Only regular files directly in ``landing/<system>/`` are ever opened. A symbolic link, a folder with
a file's name or a device is listed with the reason why it is not read, so that it is recorded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from dangol.extract.landed_bytes import UnreadableFileError, why_unreadable
from dangol.files import write_whole

_REMOTE_BLOCK = 8 << 20
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
        Without its folder; unprintable characters are escaped.
    size
        In bytes.
    fingerprint
        Changes when the content may have changed: size and time, or a bucket's ETag.
    refusal
        Why it must not be opened, or None.
    changed_at
        When it last changed, in seconds since 1970, or None if the listing does not say.
    archive
        The name of the archive of which it is a member; size and refusal are its own then.
    member
        Where the member begins in the archive; -1 if they can't be listed.
    """

    name: str
    size: int
    fingerprint: str
    refusal: str | None = None
    changed_at: float | None = None
    archive: str = ""
    member: int = -1

    @property
    def landed_name(self) -> str:
        """The name in the landing zone: its own, or that of its archive."""
        return self.archive or self.name

    @property
    def is_broken_archive(self) -> bool:
        """Whether it is an archive whose members can't be listed."""
        return bool(self.archive) and self.member < 0


@dataclass(frozen=True)
class OpenedFile:
    """A file of the landing zone, open for reading.

    Parameters
    ----------
    fingerprint
        Of the opened file, which may be newer than the listed one.
    current_fingerprint
        Returns the fingerprint of the file as it is now.
    """

    stream: IO[bytes]
    fingerprint: str
    current_fingerprint: Callable[[], str]

    def check_unchanged(self) -> None:
        """Check that the file did not change while it was being read.

        Raises
        ------
        UnreadableFileError
            If it did.
        """
        if self.current_fingerprint() != self.fingerprint:
            raise UnreadableFileError("it changed while it was being read")


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
        """Return the sorted names of the landing zone's folders; none if it does not exist."""
        if self.is_remote:
            entries = _ls(*self._remote())
            names = [entry["name"] for entry in entries if entry["type"] == "directory"]
            return sorted(name.rstrip("/").rsplit("/", 1)[-1] for name in names)
        root = Path(self.root)
        return sorted(entry.name for entry in os.scandir(root)) if root.is_dir() else []

    def files(self, system: str) -> list[LandedFile]:
        """List a system's folder by name.

        Returns
        -------
        list of LandedFile
            Empty if the folder does not exist: an absent system has no rows.
        """
        found = self._list_remote(system) if self.is_remote else self._list_local(system)
        return sorted(found, key=lambda file: file.name)

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
        """
        opener = self._open_remote if self.is_remote else self._open_local
        try:
            opened = opener(system, file)
        except OSError as error:
            raise UnreadableFileError(why_unreadable(error)) from error
        with opened.stream:
            yield opened

    def put(self, system: str, name: str, content: bytes) -> bool:
        """Land a file of the pipeline's own, such as corrected rows.

        Returns
        -------
        bool
            False, and nothing is written, if a file of that name exists.
        """
        if not self.is_remote:
            target = Path(self.root) / system / name
            if target.exists():
                return False
            write_whole(target, content)
            return True
        files, base = self._remote()
        if files.exists(f"{base}/{system}/{name}"):
            return False
        files.pipe_file(f"{base}/{system}/{name}", content)
        return True

    def _open_local(self, system: str, file: LandedFile) -> OpenedFile:
        folder = os.open(Path(self.root) / system, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(file.landed_name, flags, dir_fd=folder)
        finally:
            os.close(folder)
        stream = os.fdopen(descriptor, "rb")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            stream.close()
            raise UnreadableFileError("it is no longer a regular file")
        return OpenedFile(
            stream,
            _fingerprint(os.fstat(descriptor)),
            lambda: _fingerprint(os.fstat(descriptor)),
        )

    def _open_remote(self, system: str, file: LandedFile) -> OpenedFile:
        files, base = self._remote()
        path = f"{base}/{system}/{file.landed_name}"
        files.invalidate_cache(f"{base}/{system}")  # the listing may be older than the object
        stream = files.open(path, "rb", block_size=_REMOTE_BLOCK, cache_type="readahead")

        def current() -> str:
            files.invalidate_cache(f"{base}/{system}")
            return _remote_fingerprint(files.info(path))

        return OpenedFile(cast("IO[bytes]", stream), _remote_fingerprint(stream.details), current)

    def _list_local(self, system: str) -> Iterator[LandedFile]:
        folder = Path(self.root) / system
        if folder.is_symlink():
            yield LandedFile(".", 0, "", "the folder is a symbolic link: nothing in it is read")
            return
        for entry in os.scandir(folder) if folder.is_dir() else ():
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # renamed or removed since the listing
            kind = stat.S_IFMT(status.st_mode)
            refusal = None if kind == stat.S_IFREG else _KINDS.get(kind, "it is not a regular file")
            fingerprint = _fingerprint(status)
            yield _listed(entry.name, status.st_size, fingerprint, refusal, status.st_mtime)

    def _list_remote(self, system: str) -> Iterator[LandedFile]:
        files, base = self._remote()
        for entry in _ls(files, f"{base}/{system}"):
            name = entry["name"][len(f"{base}/{system}/") :]
            if not name:
                continue  # some clients write an empty object for the folder itself
            refusal = "it is a folder" if entry["type"] == "directory" else None
            changed = entry.get("LastModified")
            yield _listed(
                name,
                entry["size"] or 0,
                _remote_fingerprint(entry),
                refusal,
                changed.timestamp() if isinstance(changed, datetime) else None,
            )

    def _remote(self) -> tuple[Any, str]:
        import fsspec  # slow, and only needed for a remote landing zone

        files, base = fsspec.core.url_to_fs(self.root)
        return files, base.rstrip("/")


def _listed(
    name: str, size: int, fingerprint: str, refusal: str | None, changed_at: float | None
) -> LandedFile:
    """Return a listed file, refused if its name could mislead a shell or a reader."""
    shown = shown_name(name)
    if refusal is None and (
        ".." in name or "/" in name or shown != name or len(name.encode()) > 200
    ):
        refusal = "its name is over 200 bytes long, or has '..', '/' or an unprintable character"
    return LandedFile(shown, size, fingerprint, refusal, changed_at)


def shown_name(name: str) -> str:
    """Return a name as it is shown: with escapes for unprintable characters."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _ls(files: Any, folder: str) -> list[dict[str, Any]]:
    files.invalidate_cache(folder)
    try:
        return cast("list[dict[str, Any]]", files.ls(folder, detail=True))
    except FileNotFoundError:
        return []


def _fingerprint(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}"


def _remote_fingerprint(entry: dict[str, Any]) -> str:
    mark = entry.get("ETag") or entry.get("LastModified") or entry.get("mtime") or ""
    return f"{entry['size']}-{mark}"
