"""Reads the records of a CSV file one by one, with their line and their original text.

Files without quotes skip this as long as all their rows can be loaded. For all other files this
reader, not DuckDB's, decides where a record ends.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from dangol.contracts.model import Format
from dangol.extract.encodings import MIXED
from dangol.extract.formats.reader import Reader
from dangol.extract.header import Layout, match_header
from dangol.extract.landed_bytes import RefusedFileError
from dangol.extract.records import (
    AROUND,
    BLANK,
    HEADERS,
    MAX_RECORD_CHARACTERS,
    TOO_LONG,
    TOTALS,
    Record,
    Skipped,
)

MIXED_ENCODING = "mixed_encoding: its bytes are valid UTF-8, which the rest of the file is not"

_MARK = "\ufeff"
_NULL = "\ufdd1"
"""Stands for an unescaped null while its line is split. No text contains this noncharacter."""


_Split = tuple[int, list[str], list[str | None], str]
"""The line, the lines, the fields and the problem of a record."""


class CsvReader(Reader):
    """Reads a decoded CSV file.

    A quote that is not closed costs only its own line: reading continues with the next. That it is
    not shows at the end of the file, or where the next quoted field of a later row begins.
    """

    emptiness = "it has a header and no rows"
    _lines_of_head = 0

    def layout(self) -> Layout:
        """Match the header, as `Reader.layout`."""
        records = self.read()
        header = next(records, None)
        records.close()
        if header is None:
            raise RefusedFileError("it contains only blank lines, not even a header")
        return match_header(header, self.stream)

    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Read the rows, as `Reader.records`."""
        records = self.read()
        next(records, None)
        return records

    @property
    def head(self) -> str:
        """All lines before the rows."""
        with self.path.open(encoding="utf-8", newline="") as text:
            head = "".join(islice(text, self._lines_of_head)).replace(MIXED, "")
        return head.removesuffix("\n").removesuffix("\r")

    def read(self) -> Generator[Record, None, None]:
        """Yield the header and all rows; a record over 4 Mi characters has a problem."""
        self.skipped = Skipped()
        self.further_header = []
        form = self.stream.format
        with self.path.open(encoding="utf-8", newline="") as text:
            lines = _Lines(text, form, self.skipped)
            for _ in range(form.skip_lines):
                lines.skip_line()
            header = None
            records = _split(lines, form)
            for line, taken, fields, problem in records:
                if not _is_padding(taken, fields, form):
                    header = Record(0, line, taken, fields, problem)
                    break
                self.skipped[BLANK] += 1
            if header is None:
                return
            yield header
            # to take one may skip comments, too
            for _, _, fields, _ in islice(records, form.header_rows - 1):
                self.skipped[AROUND] += 1
                self.further_header.append(fields)
            self._lines_of_head = lines.lines_taken
            lines.is_in_head = False
            lines.width = len(header.fields)
            yield from self._rows(records, header)

    def _rows(self, records: Iterator[_Split], header: Record) -> Generator[Record, None, None]:
        """Leave out the records that are no rows, and count them."""
        form = self.stream.format
        names = header.fields
        row = 0
        for line, taken, fields, problem in records:
            if fields and fields == names:
                self.skipped[HEADERS] += 1
            elif fields and not any(fields) and _is_padding(taken, fields, form):
                self.skipped[BLANK] += 1
            elif fields and form.is_total(fields[0]):
                self.skipped[TOTALS] += 1
            else:
                row += 1
                self.skipped.add_row()
                yield Record(row, line, taken, fields, problem)


def _is_padding(taken: Sequence[str], fields: Sequence[str | None], form: Format) -> bool:
    """Return whether a record consists of delimiters alone."""
    return len(fields) > 1 and not "".join(taken).strip(f"{form.delimiter}\r\n")


def _split(lines: _Lines, form: Format) -> Generator[_Split, None, None]:
    """Split lines into records, from where they are."""
    csv.field_size_limit(1 << 30)  # of the process; the limits here are our own
    options: dict[str, Any] = {"delimiter": form.delimiter, "strict": True}
    if form.quote:
        options["quotechar"] = form.quote
    else:
        options |= {"quoting": csv.QUOTE_NONE, "quotechar": None}
    if form.escape != form.quote:
        options["escapechar"] = form.escape
    reader: Iterator[Any] = csv.reader(lines, **options)
    while True:
        lines.begin_record()
        fields: list[str | None] = []
        problem = ""
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problem = "text follows a closing quote"
            if lines.has_run_out or _swallows_rows(lines, options):
                problem = "a quote is opened and not closed"
                lines.take_back_all_but_first()
        if lines.size > MAX_RECORD_CHARACTERS and not problem:
            fields, problem = [], TOO_LONG
        taken = lines.taken
        if lines.has_nulls:
            fields = [None if field == _NULL else field for field in fields]
        if lines.is_mixed:
            taken = [line.replace(MIXED, "") for line in taken]
            problem = problem if lines.is_in_head else MIXED_ENCODING
            fields = [] if problem else fields
        if fields or problem:
            yield lines.first_line, taken, fields, problem
        else:
            lines.skipped[BLANK] += 1


def _swallows_rows(lines: _Lines, options: dict[str, Any]) -> bool:
    """Return whether a line of a record is a whole row, so that its quote was not closed."""
    if lines.width < 2:
        return False
    for line in lines.taken[1:]:
        try:
            if len(next(csv.reader([line], **options))) == lines.width:
                return True
        except (csv.Error, StopIteration):
            continue
    return False


class _Lines:
    """Returns lines, remembers those of the current record, and can reread them."""

    def __init__(self, text: Iterable[str], form: Format, skipped: Skipped) -> None:
        self._text = iter(text)
        self._comment = form.comment
        self._null = _null_of(form)
        self._returned: deque[str] = deque()
        self.lines_taken = 0
        self.first_line = 1
        self.size = 0
        self.taken: list[str] = []
        self.skipped = skipped
        self.width = 0
        self.is_in_head = True
        self.has_run_out = False
        self.has_nulls = False
        self.is_mixed = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.size > MAX_RECORD_CHARACTERS:
            self.has_run_out = True
            raise csv.Error
        try:
            line = self._returned.popleft() if self._returned else next(self._text)
            self.lines_taken += 1
            if not self.taken:
                line = self._first(line)
        except StopIteration:
            self.has_run_out = True
            raise
        self.taken.append(line)
        self.size += len(line)
        if MIXED in line:
            self.is_mixed = True
            line = line.replace(MIXED, "")
        if self._null and r"\N" in line:
            self.has_nulls = True
            line = self._null.sub(_NULL, line)
        return line

    def _first(self, line: str) -> str:
        """Return the first line of a record, after comments, without a byte order mark inside."""
        if line.startswith(_MARK):
            line = line.lstrip(_MARK)
        while self._comment and line.startswith(self._comment):
            self.skipped.add_comment()
            line = (self._returned.popleft() if self._returned else next(self._text)).lstrip(_MARK)
            self.lines_taken += 1
        self.first_line = self.lines_taken
        return line

    def skip_line(self) -> None:
        """Leave out a line, whatever is in it."""
        if next(self._text, None) is not None:
            self.lines_taken += 1
            self.skipped[AROUND] += 1

    def begin_record(self) -> None:
        self.taken = []
        self.size = 0
        self.has_run_out = self.has_nulls = self.is_mixed = False

    def take_back_all_but_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))
        self.lines_taken -= len(self.taken) - 1
        del self.taken[1:]
        self.is_mixed = MIXED in self.taken[0]


def _null_of(form: Format) -> re.Pattern[str] | None:
    r"""Return the pattern of a field ``\N`` where an escape would take it for a letter."""
    if form.escape != "\\" or form.escape == form.quote:
        return None
    delimiter = re.escape(form.delimiter)
    return re.compile(rf"(?<![^{delimiter}\n\r])\\N(?=[{delimiter}\r\n]|$)")
