"""Copies a landed file to a private, plain UTF-8 file, checking every byte on the way.

What is loaded later is this copy and nothing else: the hash is that of the bytes that were read, and
a file that is replaced in the landing zone meanwhile changes nothing.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_BLOCK = 1 << 20
_MAX_RATIO = 100
_RATIO_COUNTS_FROM = 16 << 20
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class RefusedFileError(ValueError):
    """The file can't be read, and waiting will not help; the message says why."""


class IncompleteFileError(ValueError):
    """The file ends too early: it may still be on its way."""


@dataclass(frozen=True)
class Decoded:
    """A landed file as plain UTF-8.

    Parameters
    ----------
    path
        The private copy, with ``\\n`` line ends and no byte order mark.
    sha256
        Of the landed bytes.
    landed_bytes, decoded_bytes
        Sizes before and after decompression and decoding.
    encoding
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``cp949``.
    """

    path: Path
    sha256: str
    landed_bytes: int
    decoded_bytes: int
    encoding: str


class _HashingReader:
    """Passes bytes on and hashes them."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._digest.update(block)
        self.bytes_read += len(block)
        return block

    def finish(self) -> str:
        while self.read(_BLOCK):
            pass
        return self._digest.hexdigest()


def decode(stream: IO[bytes], target: Path, max_bytes: int, needs_final_newline: bool) -> Decoded:
    """Write a landed file's text to a private file.

    Parameters
    ----------
    stream
        The landed bytes, plain or gzipped (told by content, not by name), seekable.
    target
        The private file; replaced.
    max_bytes
        Of the decompressed content. A compression ratio above 100 is refused too, counted from 16
        MiB on, as real exports stay below 40.
    needs_final_newline
        Whether a last line without its newline makes the file incomplete.

    Returns
    -------
    Decoded
        Where the copy is and what was found.

    Raises
    ------
    RefusedFileError
        If it is no text in UTF-8, UTF-16 or CP949, holds a NUL byte, or is larger than allowed.
    IncompleteFileError
        If it is empty, or its gzip stream or its last line has no end.
    """
    for encoding in ("utf-8", "cp949"):
        stream.seek(0)
        reader = _HashingReader(stream)
        try:
            used = _decode_as(encoding, reader, target, max_bytes, needs_final_newline)
        except UnicodeDecodeError:
            continue
        return Decoded(target, reader.finish(), reader.bytes_read, target.stat().st_size, used)
    raise RefusedFileError("it is text in neither UTF-8 nor UTF-16 nor CP949")


def _decode_as(
    encoding: str, reader: _HashingReader, target: Path, max_bytes: int, needs_final_newline: bool
) -> str:
    last = b""
    with target.open("wb") as copy:
        target.chmod(0o600)
        blocks = _decompressed(reader, max_bytes)
        first = next(blocks, b"")
        for mark, name in _BYTE_ORDER_MARKS.items():
            if first.startswith(mark) and encoding == "utf-8":
                encoding = name
        decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
        carriage = ""
        for block in _chain(first, blocks):
            text = carriage + decoder.decode(block)
            carriage = "\r" if text.endswith("\r") else ""
            last = _write(copy, text[: len(text) - len(carriage)], last)
        try:
            rest = decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise IncompleteFileError("it ends in the middle of a character") from error
        last = _write(copy, carriage.replace("\r", "\n") + rest, last)
    if not last:
        raise IncompleteFileError("it is empty (0 bytes of content)")
    if needs_final_newline and last != b"\n":
        raise IncompleteFileError("its last line has no end")
    return encoding


def _write(copy: IO[bytes], text: str, last: bytes) -> bytes:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise RefusedFileError("it holds a NUL byte, which text does not have")
    block = text.encode()
    copy.write(block)
    return block[-1:] or last


def _decompressed(reader: _HashingReader, max_bytes: int) -> Iterator[bytes]:
    first = reader.read(_BLOCK)
    is_gzip = first.startswith(b"\x1f\x8b")
    blocks = _gunzip(first, reader) if is_gzip else _plain(first, reader)
    total = 0
    for block in blocks:
        total += len(block)
        if total > max_bytes:
            raise RefusedFileError(f"it holds more than the {max_bytes:,} bytes that are allowed")
        if is_gzip and total > max(_RATIO_COUNTS_FROM, _MAX_RATIO * reader.bytes_read):
            raise RefusedFileError(
                f"{reader.bytes_read:,} bytes became more than {total:,}: "
                f"compressed more than {_MAX_RATIO} times, as no export is"
            )
        yield block


def _plain(first: bytes, reader: _HashingReader) -> Iterator[bytes]:
    while first:
        yield first
        first = reader.read(_BLOCK)


def _gunzip(first: bytes, reader: _HashingReader) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    pending = first
    try:
        while True:
            if inflater.eof:  # gzip files may be strung together
                pending = (inflater.unused_data or reader.read(_BLOCK)).lstrip(b"\0")
                if not pending:
                    return
                inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            elif not pending:
                pending = reader.read(_BLOCK)
                if not pending:
                    raise IncompleteFileError("its gzip stream has no end")
            if block := inflater.decompress(pending, _BLOCK):
                yield block
            pending = b"" if inflater.eof else inflater.unconsumed_tail
    except (zlib.error, gzip.BadGzipFile) as error:
        raise RefusedFileError(f"its gzip stream is damaged ({error})") from error


def _chain(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
        yield from blocks
