"""Zip archives in the landing zone: each member is a landed file of its own.

``shop_2026-01-31.zip!orders.csv`` is the member ``orders.csv`` of that archive. Nothing is unpacked
to disk: a member is read like any other file, within the same limits.
"""

from __future__ import annotations

import errno
import io
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, Any

from dangol.contracts.deliveries import ARCHIVE_MARK
from dangol.errors import DangolError
from dangol.extract.landed_bytes import (
    MAX_RATIO,
    RATIO_COUNTS_FROM,
    IncompleteFileError,
    RefusedFileError,
    UnreadableFileError,
    why_unreadable,
)
from dangol.extract.zones.zone import LandedFile, shown_name

MAX_MEMBERS = 1_000
_BUFFER = 64 << 10
_ENCRYPTED = 0x1
_IN_UTF_8 = 0x800
_KNOWN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"\xfd7zXZ", b"BZh")
_FALSE_START = re.compile(r"[/\\]|[A-Za-z]:")
DAMAGED = "its zip archive is damaged: ask for it again"


def members_of(stream: IO[bytes], archive: LandedFile) -> list[LandedFile]:
    """List the members of an archive, in its order; one that must not be read says why.

    Parameters
    ----------
    stream
        The archive, seekable.

    Returns
    -------
    list of LandedFile
        Named ``<archive>!<member>``.

    Raises
    ------
    IncompleteFileError
        If the archive has no end.
    RefusedFileError
        If it can't be read, or has too many members.
    """
    with _opened(stream) as opened:
        infos = [info for info in opened.infolist() if not info.filename.endswith("/")]
    if len(infos) > MAX_MEMBERS:
        raise RefusedFileError(f"its zip archive has more than {MAX_MEMBERS:,} members")
    names = [_name(info) for info in infos]
    counts = Counter(unicodedata.normalize("NFC", name) for name in names)
    listed = set()
    found = []
    for info, name in zip(infos, names, strict=True):
        refusal = _why_not(info, name)
        composed = unicodedata.normalize("NFC", name)
        if composed in listed:
            continue
        listed.add(composed)
        if counts[composed] > 1:
            refusal = "its archive has more than one member of this name"
        shown = f"{archive.name}{ARCHIVE_MARK}{shown_name(name)}"
        if len(shown.encode()) > 400:
            refusal = "its name is over 400 bytes long, with that of its archive"
        found.append(
            replace(
                archive,
                name=shown,
                size=info.file_size,
                refusal=archive.refusal or refusal,
                archive=archive.name,
                member=info.header_offset,
            )
        )
    return found


@contextmanager
def open_member(stream: IO[bytes], file: LandedFile, *, is_workbook: bool) -> Iterator[IO[bytes]]:
    """Open a member of an archive.

    Parameters
    ----------
    stream
        The archive, seekable.
    is_workbook
        Whether the member is expected to be a zip archive itself, as workbooks are.

    Yields
    ------
    IO of bytes
        Seekable; it raises `RefusedFileError` where the member is damaged.

    Raises
    ------
    RefusedFileError
        If it is an archive itself.
    """
    with _opened(stream) as archive:
        info = next(
            (each for each in archive.infolist() if each.header_offset == file.member), None
        )
        if info is None:
            raise RefusedFileError(DAMAGED)
        with _Member(archive, info) as member:
            first = member.read(8)
            if first.startswith(_ARCHIVES) and not (is_workbook and first.startswith(b"PK")):
                raise RefusedFileError("it is an archive inside an archive: land it by itself")
            member.seek(0)
            yield member  # type: ignore[misc] # it reads and seeks


def check_sizes(infos: Sequence[zipfile.ZipInfo], max_bytes: int, size: int) -> None:
    """Check what the members of an archive come to.

    Python reads no more of a member than its entry says.

    Parameters
    ----------
    size
        Of the archive.

    Raises
    ------
    RefusedFileError
        If it is more than allowed, or compressed more than any export.
    """
    total = sum(info.file_size for info in infos)
    if total > max_bytes:
        raise RefusedFileError(
            f"it is larger than the {max_bytes:,} bytes that its contract allows (maxBytes)"
        )
    if total > max(RATIO_COUNTS_FROM, MAX_RATIO * size):
        raise RefusedFileError(
            f"its {size:,} bytes expand to {total:,}: no export is compressed more than "
            f"{MAX_RATIO} times"
        )


@contextmanager
def _opened(stream: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """Open an archive; the caller closes the stream."""
    buffered: Any = stream
    if isinstance(stream, io.RawIOBase):  # which may return less than it is asked for
        buffered = io.BufferedReader(stream, _BUFFER)
    try:
        with _listed(buffered) as archive:
            yield archive
    finally:
        if buffered is not stream:
            buffered.detach()


@contextmanager
def _listed(stream: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        stream.seek(0)
        if stream.read(4) == _ARCHIVES[0]:
            raise IncompleteFileError("its zip archive has no end: it is truncated") from None
        raise RefusedFileError("it is not a zip archive") from None
    except DangolError:
        raise
    except OSError as error:
        raise _why(error, DAMAGED) from None
    except Exception:  # what a damaged list of members raises can be anything
        raise RefusedFileError(DAMAGED) from None
    with archive:
        yield archive


class _Member:
    """A member being read: whatever is wrong with its bytes is told as one kind of error."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._open = lambda: archive.open(info)
        self._stream = self._guarded(self._open)

    def __enter__(self) -> _Member:
        return self

    def __exit__(self, *given: object) -> None:
        self._stream.close()

    def read(self, size: int = -1) -> bytes:
        return bytes(self._guarded(self._stream.read, size))

    def seek(self, place: int) -> None:
        """Begin again."""
        self._stream.close()
        self._stream = self._guarded(self._open)
        if place:
            self.read(place)

    def _guarded(self, call: Any, *given: Any) -> Any:
        try:
            return call(*given)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
            raise RefusedFileError(DAMAGED.replace("archive", "archive's member")) from None
        except OSError as error:
            raise _why(error, DAMAGED.replace("archive", "archive's member")) from None
        except RuntimeError:  # of a password, or of a library that is missing
            raise RefusedFileError("it is encrypted, or packed in an unusual way") from None


def _why(error: OSError, damaged: str) -> RefusedFileError | UnreadableFileError:
    """Tell a false place in an archive from a medium that can't be read."""
    if error.errno == errno.EINVAL:
        return RefusedFileError(damaged)
    return UnreadableFileError(why_unreadable(error))


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name, which Windows writes in its own encoding without saying so."""
    name = info.orig_filename
    if info.flag_bits & _IN_UTF_8 or name.isascii():
        return name
    raw = name.encode("cp437", errors="replace")
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _why_not(info: zipfile.ZipInfo, name: str) -> str | None:
    parts = re.split(r"[/\\]", name)
    if _FALSE_START.match(name) or ".." in parts or name != shown_name(name):
        return "its name is absolute, or has '..' or an unprintable character"
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted: ask for it without a password"
    if info.compress_type not in _KNOWN_METHODS:
        return "it is compressed in a way that is not supported: ask for deflate"
    if info.external_attr >> 28 == 0xA:
        return "it is a symbolic link"
    if info.file_size > max(RATIO_COUNTS_FROM, MAX_RATIO * info.compress_size):
        return (
            f"its {info.compress_size:,} bytes expand to {info.file_size:,}: no export is "
            f"compressed more than {MAX_RATIO} times"
        )
    return None
