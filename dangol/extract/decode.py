"""Copies a landed file to a private, plain UTF-8 file, checking every byte on the way.

Only this copy is loaded later: the hash is that of the bytes read, and replacing the file in the
landing zone meanwhile changes nothing.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dangol.extract.landed_bytes import IncompleteFileError, LandedBytes, RefusedFileError

MAX_FIELD_BYTES = 64 << 10
"""A row with a longer field is quarantined."""

_MAX_LINE_BYTES = 64 << 20
_DAMAGED_BELOW = 0.01
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Decoded:
    r"""A landed file as plain UTF-8.

    Parameters
    ----------
    path
        The private copy, with ``\n`` line ends (except in quotes) and no byte order mark.
    sha256
        Of the landed bytes.
    landed_bytes, decoded_bytes
        Sizes before and after decompression and decoding.
    encoding
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``cp949``.
    lines
        Of the copy, the header's included.
    is_plain
        Whether each line is a record: no quotes, no blank lines, none longer than a field may be,
        and no replacement characters. Only such a file is parsed without examining each record.
    """

    path: Path
    sha256: str
    landed_bytes: int
    decoded_bytes: int
    encoding: str
    lines: int
    is_plain: bool


def decode(stream: IO[bytes], target: Path, max_bytes: int, needs_final_newline: bool) -> Decoded:
    """Write a landed file's text to a private file.

    Text that is not UTF-8 is read as CP949. UTF-8 with a few damaged bytes stays UTF-8, with U+FFFD
    in their place, so that only their rows are quarantined.

    Parameters
    ----------
    stream
        The landed bytes, seekable; plain or gzipped, which is detected from the content.
    target
        The private file; replaced.
    max_bytes
        Of the decompressed content. A compression ratio above 100 is rejected too, from 16 MiB on:
        real exports stay below 40.
    needs_final_newline
        Whether a last line without a newline makes the file incomplete.

    Returns
    -------
    Decoded
        The copy and its properties.

    Raises
    ------
    RefusedFileError
        If it is not text in UTF-8, UTF-16 or CP949, contains a NUL byte or a line over 64 MiB, or
        is larger than allowed.
    IncompleteFileError
        If it is empty, or its gzip stream or its last line is incomplete.
    """
    attempts = [("utf-8", "strict")]
    failure = ""
    while attempts:
        encoding, errors = attempts.pop(0)
        stream.seek(0)
        source = LandedBytes(stream, max_bytes)
        copy = _Copy(target)
        try:
            used = copy.fill(source, encoding, errors)
        except UnicodeDecodeError as error:
            line = copy.lines + error.object[: error.start].count(b"\n") + 1
            failure = failure or f"see line {line:,}"
            attempts = attempts or _other_readings(error)
            continue
        copy.check_end(source, needs_final_newline)
        size = target.stat().st_size
        return Decoded(
            target, source.sha256(), source.bytes_read, size, used, copy.lines, copy.is_plain
        )
    raise RefusedFileError(
        f"it is not text in UTF-8, UTF-16 or CP949 ({failure}): ask for it in UTF-8"
    )


def _other_readings(error: UnicodeDecodeError) -> list[tuple[str, str]]:
    """Return the encodings to try after an invalid byte in UTF-8."""
    if error.encoding != "utf-8":
        return []
    text = error.object.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    readable = sum(character > "\x7f" for character in text) - damaged
    if readable > damaged:
        return [("utf-8", "replace")]
    is_rare = damaged < _DAMAGED_BELOW * len(text)
    return [("cp949", "strict"), *([("utf-8", "replace")] if is_rare else [])]


class _Copy:
    """The private copy while it is being written, and its properties so far."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.lines = 0
        self.is_plain = True
        self._last = ""
        self._held = ""
        self._is_inside_quotes = False
        self._open_line = 0

    def fill(self, source: LandedBytes, encoding: str, errors: str) -> str:
        """Decode and write everything, and return the encoding that the file turned out to have."""
        with self._target.open("wb") as copy:
            self._target.chmod(0o600)
            decoder = None
            for block in source.blocks():
                if decoder is None:
                    marks = (
                        name for mark, name in _BYTE_ORDER_MARKS.items() if block.startswith(mark)
                    )
                    encoding = next(marks, encoding)
                    decoder = codecs.getincrementaldecoder(encoding)(errors=errors)
                copy.write(self._checked(self._held + decoder.decode(block)))
            rest = ""
            if decoder:
                try:
                    rest = decoder.decode(b"", final=True)
                except UnicodeDecodeError as error:
                    raise IncompleteFileError("it ends in the middle of a character") from error
            copy.write(self._checked(self._held + rest, is_last=True))
        if self._last not in {"\n", ""}:
            self.lines += 1
        return encoding

    def check_end(self, source: LandedBytes, needs_final_newline: bool) -> None:
        """Raise if the file ends too early."""
        if not self._last and source.is_gzip:
            raise RefusedFileError("its gzip stream is complete but empty, without even a header")
        if not self._last:
            raise IncompleteFileError("it is empty (0 bytes)")
        if needs_final_newline and self._last not in {"\n", "\r"}:
            raise IncompleteFileError("its last line does not end in a newline")

    def _checked(self, text: str, is_last: bool = False) -> bytes:
        """Check a block and return what to write of it."""
        self._held = "\r" if text.endswith("\r") and not is_last else ""
        text = text[: len(text) - len(self._held)]
        if "\0" in text:
            line = self.lines + text[: text.index("\0")].count("\n") + 1
            raise RefusedFileError(
                f"line {line:,} contains a NUL byte: the file is damaged or not text"
            )
        quotes = text.count('"')
        if "\r" in text:
            text = self._with_plain_line_ends(text)
        self._is_inside_quotes ^= bool(quotes % 2)
        block = text.encode()
        is_blank_first = text.startswith("\n") and self._last in {"", "\n"}
        if quotes or is_blank_first or "\n\n" in text or "\ufffd" in text:
            self.is_plain = False
        self._measure_lines(block)
        self.lines += block.count(b"\n")
        self._last = text[-1:] or self._last
        return block

    def _with_plain_line_ends(self, text: str) -> str:
        """Make every line end outside quotes a newline; inside quotes it belongs to a value."""
        segments = text.split('"')
        for place in range(self._is_inside_quotes, len(segments), 2):
            segments[place] = segments[place].replace("\r\n", "\n").replace("\r", "\n")
        return '"'.join(segments)

    def _measure_lines(self, block: bytes) -> None:
        """Detect long lines by looking for a newline in each stretch of the maximum length."""
        start = -self._open_line
        while self.is_plain and len(block) - start > MAX_FIELD_BYTES:
            end = block.rfind(b"\n", max(start, 0), max(start + MAX_FIELD_BYTES + 1, 0))
            self.is_plain = end >= 0
            start = end + 1
        end = block.rfind(b"\n")
        self._open_line = len(block) - end - 1 if end >= 0 else self._open_line + len(block)
        if self._open_line > _MAX_LINE_BYTES:
            line = self.lines + block.count(b"\n") + 1
            raise RefusedFileError(
                f"line {line:,} is longer than {_MAX_LINE_BYTES:,} bytes: this is not a CSV file"
            )
