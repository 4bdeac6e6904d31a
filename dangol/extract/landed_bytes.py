"""Reads the bytes of a landed file once: hashes them, and decompresses within limits."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import IO

from dangol.errors import DangolError

_BLOCK = 1 << 20
MAX_RATIO = 100
RATIO_COUNTS_FROM = 16 << 20
_GZIP = zlib.MAX_WBITS | 16
_WORDS = {  # for errors that have only a path as their text
    FileNotFoundError: "No such file or directory",
    PermissionError: "Permission denied",
    TimeoutError: "no response in time",
}


class RefusedFileError(DangolError):
    """The file is invalid, and waiting does not help; the message says why."""


class IncompleteFileError(DangolError):
    """The file ends too early: it may still be arriving."""


class UnreadableFileError(DangolError):
    """The file can't be read now, whatever its content: every night tries again."""


def why_unreadable(error: Exception) -> str:
    """Say why a file can't be opened or read, without its path."""
    return f"it can't be read ({cause_of(error)})"


def cause_of(error: Exception) -> str:
    """Return an error's code in words, and nothing that its text quotes."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words
    code = getattr(error, "status_code", None) or getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__


class LandedBytes:
    """A landed file's bytes, to be read once.

    Parameters
    ----------
    stream
        Plain or gzipped, which is detected from the content.
    max_bytes
        Of the decompressed content.
    """

    def __init__(self, stream: IO[bytes], max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes
        self._digest = hashlib.sha256()
        self.bytes_read = 0
        self.is_gzip = False

    def sha256(self) -> str:
        """Return the SHA-256 of all landed bytes in hexadecimal; read the rest first."""
        while self._read():
            pass
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Decompress block by block.

        Yields
        ------
        bytes
            At most 1 MiB.

        Raises
        ------
        RefusedFileError
            If it is larger than allowed, compressed more than any export, or damaged.
        IncompleteFileError
            If its gzip stream is truncated.
        """
        first = self._read()
        self.is_gzip = first.startswith(b"\x1f\x8b")
        total = 0
        for block in self._gunzip(first) if self.is_gzip else self._plain(first):
            total += len(block)
            if total > self._max_bytes:
                raise RefusedFileError(
                    f"it is larger than the {self._max_bytes:,} bytes that its contract allows "
                    "(maxBytes)"
                )
            if self.is_gzip and total > max(RATIO_COUNTS_FROM, MAX_RATIO * self.bytes_read):
                raise RefusedFileError(
                    f"its first {self.bytes_read:,} bytes expand to more than {total:,}: no export "
                    f"is compressed more than {MAX_RATIO} times"
                )
            yield block

    def _read(self) -> bytes:
        try:
            block = self._stream.read(_BLOCK)
        except OSError as error:
            raise UnreadableFileError(why_unreadable(error)) from error
        self._digest.update(block)
        self.bytes_read += len(block)
        return block

    def _plain(self, block: bytes) -> Iterator[bytes]:
        while block:
            yield block
            block = self._read()

    def _gunzip(self, pending: bytes) -> Iterator[bytes]:
        inflater = zlib.decompressobj(wbits=_GZIP)
        try:
            while True:
                if inflater.eof:  # gzip files may be concatenated, and padded with zeros
                    pending = inflater.unused_data
                    while not pending.strip(b"\0"):
                        pending = self._read()
                        if not pending:
                            return
                    pending = pending.lstrip(b"\0")
                    inflater = zlib.decompressobj(wbits=_GZIP)
                elif not pending:
                    pending = self._read()
                    if not pending:
                        raise IncompleteFileError("its gzip stream is truncated")
                if block := inflater.decompress(pending, _BLOCK):
                    yield block
                pending = b"" if inflater.eof else inflater.unconsumed_tail
        except zlib.error as error:
            raise RefusedFileError(
                f"its gzip stream is damaged after {self.bytes_read:,} bytes: ask for it again"
            ) from error
