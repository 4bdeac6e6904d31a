"""What formats have in common of which each line is a record: JSON lines, logs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

from dangol.extract.encodings import MIXED
from dangol.extract.formats.csv import MIXED_ENCODING
from dangol.extract.formats.reader import Reader
from dangol.extract.header import Layout
from dangol.extract.records import (
    AROUND,
    BLANK,
    MAX_RECORD_CHARACTERS,
    TOO_LONG,
    Record,
    Skipped,
)

_MARK = "\ufeff"


class LinesReader(Reader):
    """Reads a decoded file in which each line is a record, but blank ones and comments."""

    @property
    def lines_file(self) -> Path:
        """The file whose lines are the records."""
        return self.path

    @abstractmethod
    def split(self, line: str) -> tuple[Sequence[str | None], str | None, str]:
        """Return the values of a line, what is not in the contract as JSON, and a problem."""

    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Read the rows, as `Reader.records`."""
        self.skipped = Skipped()
        comment = self.stream.format.comment
        row = 0
        with self.lines_file.open(encoding="utf-8", newline="\n") as lines:
            for number, whole in enumerate(lines, 1):
                line = whole.removesuffix("\n").lstrip(_MARK)
                if number <= self.stream.format.skip_lines:
                    self.skipped[AROUND] += 1
                    continue
                if not line.strip():
                    self.skipped[BLANK] += 1
                    continue
                if comment and line.startswith(comment):
                    self.skipped.add_comment()
                    continue
                row += 1
                self.skipped.add_row()
                if line.endswith(MIXED):
                    yield Record(row, number, [line.removesuffix(MIXED)], (), MIXED_ENCODING)
                elif len(line) > MAX_RECORD_CHARACTERS:
                    yield Record(row, number, [line], (), TOO_LONG)
                else:
                    fields, extra, problem = self.split(line) if layout else ((), None, "")
                    yield Record(row, number, [line], fields, problem, extra)
