"""Reads the records of a CSV file one by one, with their line and their original text.

Files without quotes skip this as long as all their rows can be loaded. For all other files this
reader, not DuckDB's, decides where a record ends.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import NamedTuple

MAX_RECORD_CHARACTERS = 4 << 20


class Record(NamedTuple):
    """One record of a file.

    Parameters
    ----------
    row
        0 for the header, 1 for the first record after it; blank lines do not count.
    line
        The line of the file on which the record starts; 1 is the first.
    lines
        Of the file, with their line ends.
    fields
        Its values; empty if there is a problem.
    problem
        Why it can't be split into fields, or empty.
    """

    row: int
    line: int
    lines: list[str]
    fields: list[str]
    problem: str = ""

    @property
    def text(self) -> str:
        """The record as written in the file, without its line end."""
        whole = self.lines[0] if len(self.lines) == 1 else "".join(self.lines)
        return whole.removesuffix("\n").removesuffix("\r")


def read_records(file: Path, delimiter: str) -> Generator[Record, None, None]:
    """Split a decoded UTF-8 file into records.

    A quote that is never closed costs only its own line: reading continues with the next.

    Yields
    ------
    Record
        The header first. A record over 4 Mi characters has a problem.
    """
    csv.field_size_limit(1 << 30)  # of the process; the limits here are our own
    with file.open(encoding="utf-8", newline="") as text:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        line, row = 1, 0
        while True:
            fields: list[str] = []
            problem = ""
            lines.begin_record()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error:
                problem = "text follows a closing quote"
                if lines.has_run_out:
                    problem = "a quote is opened and not closed"
                    lines.take_back_all_but_first()
            taken = lines.taken
            if lines.size > MAX_RECORD_CHARACTERS and not problem:
                fields, problem = [], f"it is longer than {MAX_RECORD_CHARACTERS:,} characters"
            if fields or problem:
                yield Record(row, line, taken, fields, problem)
                row += 1
            line += len(taken)


class _Lines:
    """Returns lines, remembers those of the current record, and can reread them."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._returned: deque[str] = deque()
        self.size = 0
        self.taken: list[str] = []
        self.has_run_out = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.size > MAX_RECORD_CHARACTERS:
            self.has_run_out = True
            raise csv.Error
        try:
            line = self._returned.popleft() if self._returned else next(self._text)
        except StopIteration:
            self.has_run_out = True
            raise
        self.taken.append(line)
        self.size += len(line)
        return line

    def begin_record(self) -> None:
        self.taken = []
        self.size = 0
        self.has_run_out = False

    def take_back_all_but_first(self) -> None:
        self._returned.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]
