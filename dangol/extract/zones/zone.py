"""What every kind of landing zone must do, and what is the same for all of them."""

from __future__ import annotations

import stat
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from dangol.errors import DangolError
from dangol.extract.landed_bytes import UnreadableFileError, why_unreadable
from dangol.files import PART_SUFFIX

LINKED_FOLDER = "the folder is a symbolic link: nothing in it is read"
NOT_A_FILE_ANY_MORE = "it is no longer a regular file"
_NAMES = "its name is over 200 bytes long, or has '..', '/' or an unprintable character"
_KINDS = {
    stat.S_IFLNK: "it is a symbolic link",
    stat.S_IFDIR: "it is a folder",
    stat.S_IFIFO: "it is a pipe",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}


class LandingError(DangolError):
    """The landing zone as a whole can't be used; the message has its address and the cause."""


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
        Changes when the content may have changed: the size, and the time (a folder, SFTP), the ETag
        (S3, Azure) or the generation (Google).
    refusal
        Why it must not be opened, or None.
    changed_at
        When it last changed by the landing zone's own clock, in seconds since 1970, or None if the
        listing does not say.
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
    stream
        Its bytes, seekable; ``read`` raises OSError or UnreadableFileError if it fails.
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
            If it did, or if it is gone.
        """
        try:
            current = self.current_fingerprint()
        except OSError as error:
            raise UnreadableFileError(why_unreadable(error)) from error
        if current != self.fingerprint:
            raise UnreadableFileError("it changed while it was being read")


class Zone(ABC):
    """One place where files land, in a folder per system.

    A problem with one file is an OSError or an UnreadableFileError, and the file waits. A problem
    with the whole place is a LandingError.
    """

    @abstractmethod
    def check(self) -> None:
        """Raise LandingError if the place does not exist or can't be reached."""

    @abstractmethod
    def systems(self) -> Iterable[str]:
        """Return the names of the folders; none if the place does not exist."""

    @abstractmethod
    def files(self, system: str) -> Iterable[LandedFile]:
        """Return what is in a folder; nothing if the folder does not exist."""

    @abstractmethod
    def open(self, system: str, name: str) -> OpenedFile:
        """Open a regular file, without following a link."""

    @abstractmethod
    def put(self, system: str, name: str, content: bytes) -> bool:
        """Write a whole file, or return False if one of that name exists."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Close the connection, if there is one; the next call opens it again."""


def listed(
    name: str, size: int, fingerprint: str, refusal: str | None, changed_at: float | None
) -> LandedFile:
    """Return a listed file, refused if its name could mislead a shell or a reader.

    Parameters
    ----------
    name
        As the landing zone has it; bytes that are not UTF-8 as lone surrogates.

    Returns
    -------
    LandedFile
        Under its name as it can be shown.
    """
    shown = shown_name(name)
    if refusal is None and (
        ".." in name or "/" in name or shown != name or len(name.encode()) > 200
    ):
        refusal = _NAMES
    if refusal is None and name.startswith(".") and name.endswith(PART_SUFFIX):
        refusal = "it is the temporary file of an upload that has not ended"
    return LandedFile(shown, size, fingerprint, refusal, changed_at)


def shown_name(name: str) -> str:
    """Return a name as it is shown: with escapes for unprintable characters."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def refusal_of(mode: int) -> str | None:
    """Return why a file of this POSIX mode is not opened, or None for a regular file."""
    kind = stat.S_IFMT(mode)
    return None if kind == stat.S_IFREG else _KINDS.get(kind, "it is not a regular file")
