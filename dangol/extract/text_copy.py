"""Writes the private copy of a text: plain UTF-8 with one kind of line end, checked on the way."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from dangol.contracts.model import Format
from dangol.extract.encodings import LOST, MIXED, by_mark, contradiction, decoder_of
from dangol.extract.landed_bytes import IncompleteFileError, LandedBytes, RefusedFileError
from dangol.extract.records import MAX_FIELD_BYTES

_MAX_LINE_BYTES = 64 << 20
_LINE_END = re.compile(r"\r\n?|\n")
_END_OF_FILE = re.compile("\x1a+[\x1a\r\n]*$")
"""Ctrl-Z, with which DOS ended files of text."""


class TextCopy:
    """The private copy of a text while it is being written, and its properties so far.

    Parameters
    ----------
    target
        Replaced.
    form
        How the file is written, by its contract.
    """

    def __init__(self, target: Path, form: Format) -> None:
        self._target = target
        is_csv = form.kind == "csv"
        self._is_named = form.encoding is not None
        self._quote = form.quote if is_csv else ""
        self._escape = form.escape if form.escape != form.quote and is_csv else ""
        self._comment = form.comment
        self._has_lines = form.is_lines
        self._lines_to_skip = form.skip_lines
        self.lines = 0
        self.is_plain = is_csv
        self.is_ascii = True
        self.has_mark = False
        self.skipped = 0
        self.note = ""
        self._last = ""
        self._held = ""
        self._is_inside_quotes = False
        self._open_line = 0

    def fill(self, source: LandedBytes, encoding: str, errors: str) -> str:
        """Decode and write everything, and return the encoding that the file turned out to have.

        Parameters
        ----------
        encoding, errors
            As of `dangol.extract.encodings.decoder_of`. A byte order mark overrules the first.

        Returns
        -------
        str
            The encoding.

        Raises
        ------
        UnicodeDecodeError
            If it is not text in this encoding, and the errors are strict.
        RefusedFileError
            If it has a NUL byte, or a line that no file of lines has.
        IncompleteFileError
            If it ends in the middle of a character.
        """
        decoder = None
        decoded = 0
        with self._target.open("wb") as copy:
            self._target.chmod(0o600)
            for block in source.blocks():
                if decoder is None:
                    mark = by_mark(block)
                    self.has_mark = mark is not None
                    self.note = contradiction(mark, encoding if self._is_named else None)
                    encoding = mark or encoding
                    decoder = decoder_of(encoding, errors, is_named=self._is_named)
                text = decoder.decode(block)
                if decoder.lost_from is not None and "all that follows" not in self.note:
                    line = self.lines + text.count("\n", 0, decoder.lost_from - decoded) + 1
                    self.note = (
                        f"bytes are missing before the end of line {line:,}, so all that follows "
                        "is quarantined"
                    )
                decoded += len(text)
                copy.write(self._checked(self._held + text))
            rest = decoder.decode(b"", is_last=True) if decoder else ""
            if decoder and decoder.is_incomplete:
                raise IncompleteFileError("it ends in the middle of a character")
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
        text, self._held = self._split_end(text, is_last)
        if "\0" in text:
            line = self.lines + text[: text.index("\0")].count("\n") + 1
            raise RefusedFileError(
                f"line {line:,} contains a NUL byte: the file is damaged or not text"
            )
        before = ""
        if self._lines_to_skip:
            before, text = self._skipped_lines(text)
        quotes = self._quotes(text)
        if "\r" in text:
            text = self._with_plain_line_ends(text, quotes)
        self._is_inside_quotes ^= bool(len(quotes) % 2)
        if self.is_plain:
            self.is_plain = not quotes and self._has_a_record_in_each_line(text, before)
        block = text.encode()
        self.is_ascii = self.is_ascii and text.isascii()
        self._measure_lines(block)
        self.lines += block.count(b"\n") + before.count("\n")
        self._last = (before + text[-1:])[-1:] or self._last
        return before.encode() + block

    def _split_end(self, text: str, is_last: bool) -> tuple[str, str]:
        """Split off what depends on the next block; at the end of the file, cut its mark."""
        if "\x1a" in text and (end := _END_OF_FILE.search(text)):
            self.skipped = int(is_last)
            return text[: end.start()], "" if is_last else end[0]
        if is_last:
            return text, ""
        kept = text.rstrip(self._escape) if self._escape else text
        kept = kept.removesuffix("\r") if len(kept) == len(text) else kept
        return kept, text[len(kept) :]

    def _skipped_lines(self, text: str) -> tuple[str, str]:
        """Split off the lines that come before the header, whatever is in them."""
        place = 0
        while self._lines_to_skip and (end := _LINE_END.search(text, place)):
            place = end.end()
            self._lines_to_skip -= 1
        if self._lines_to_skip:
            place = len(text)
        return _LINE_END.sub("\n", text[:place]), text[place:]

    def _has_a_record_in_each_line(self, text: str, before: str) -> bool:
        starts_line = (before or self._last or "\n").endswith("\n")
        return not (
            (starts_line and text.startswith("\n"))
            or "\n\n" in text
            or LOST in text
            or MIXED in text
            or "\ufeff" in text
            or (self._escape and self._escape in text)
            or (self._comment and self._has_comment(text, starts_line))
        )

    def _has_comment(self, text: str, starts_line: bool) -> bool:
        return (starts_line and text.startswith(self._comment)) or f"\n{self._comment}" in text

    def _quotes(self, text: str) -> list[int]:
        """Return the positions of the quotes that no escape precedes."""
        if not self._quote or self._quote not in text:
            return []
        quote, escape = re.escape(self._quote), re.escape(self._escape)
        pattern = f"{escape}.|{quote}" if escape else quote
        found = re.finditer(pattern, text, flags=re.DOTALL)
        return [match.start() for match in found if match[0] == self._quote]

    def _with_plain_line_ends(self, text: str, quotes: list[int]) -> str:
        """Make every line end outside quotes a newline; inside quotes it belongs to a value."""
        ends = [0, *quotes, len(text)]
        segments = [text[start:end] for start, end in pairwise(ends)]
        for place in range(self._is_inside_quotes, len(segments), 2):
            segments[place] = segments[place].replace("\r\n", "\n").replace("\r", "\n")
        return "".join(segments)

    def _measure_lines(self, block: bytes) -> None:
        """Detect long lines by looking for a newline in each stretch of the maximum length."""
        start = -self._open_line
        while self.is_plain and len(block) - start > MAX_FIELD_BYTES:
            end = block.rfind(b"\n", max(start, 0), max(start + MAX_FIELD_BYTES + 1, 0))
            self.is_plain = end >= 0
            start = end + 1
        end = block.rfind(b"\n")
        self._open_line = len(block) - end - 1 if end >= 0 else self._open_line + len(block)
        if self._open_line > _MAX_LINE_BYTES and self._has_lines:
            line = self.lines + block.count(b"\n") + 1
            raise RefusedFileError(
                f"line {line:,} is longer than {_MAX_LINE_BYTES:,} bytes: this is not a file of "
                "lines"
            )
