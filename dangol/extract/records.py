"""One record of a file, whatever its format, on its way to the types of its contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from dangol.extract.formats.nested import to_json

MAX_FIELD_BYTES = 64 << 10
"""A row with a longer field is quarantined."""

MAX_NESTED_BYTES = 1 << 20
"""The same, of an object or a list."""

MAX_RECORD_CHARACTERS = 4 << 20
"""A longer record is quarantined unread."""

MAX_COLUMNS = 2_000
"""A file with more is rejected, and so is a record with more keys."""

TOO_MANY_COLUMNS = f"it has more than {MAX_COLUMNS:,} columns"
TOO_LONG = f"it is longer than {MAX_RECORD_CHARACTERS:,} characters"


AROUND, COMMENTS, TOTALS, HEADERS, BLANK = "around", "comments", "totals", "headers", "blank"
"""What lines and records are that are no rows: lines before the header, of it and after the rows;
comments between rows; totals; headers that are repeated; blank lines and delimiters alone."""


class Skipped(Counter[str]):
    """How many lines and records of a file are no rows, by kind."""

    _new_comments = 0
    _has_rows = False

    def add_comment(self) -> None:
        """Count a comment; whether it is between rows shows with the next row."""
        self[AROUND] += 1
        self._new_comments += 1

    def add_row(self) -> None:
        """Note that a row follows."""
        if self._new_comments and self._has_rows:
            self[AROUND] -= self._new_comments
            self[COMMENTS] += self._new_comments
        self._new_comments = 0
        self._has_rows = True


class Record(NamedTuple):
    """One record of a file.

    Parameters
    ----------
    row
        0 for the header, 1 for the first record after it. What is no row does not count.
    line
        The line of the file on which the record starts; 1 is the first. In a format without lines,
        its own number in the file.
    lines
        Of the file, with their line ends.
    fields
        Its values as text, None for no value; empty if there is a problem.
    problem
        Why it can't be split into fields, or empty.
    extra
        JSON of what is not in the contract, where a record brings its own names.
    values
        Of a format without text, the record as JSON has it; `lines` is empty then.
    """

    row: int
    line: int
    lines: list[str]
    fields: Sequence[str | None]
    problem: str = ""
    extra: str | None = None
    values: dict[str, Any] | None = None

    @property
    def text(self) -> str:
        """The record as written in the file, without its line end; or as JSON."""
        if self.values is not None:
            return to_json(self.values, is_exact=False)
        whole = self.lines[0] if len(self.lines) == 1 else "".join(self.lines)
        return whole.removesuffix("\n").removesuffix("\r")


class Fault(NamedTuple):
    """Why a record can't be loaded.

    Parameters
    ----------
    column
        The contract's name of the one with the fault, or None.
    """

    column: str | None
    reason: str
