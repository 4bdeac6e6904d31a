"""Some records of a file at a time, as texts for DuckDB to type."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dangol.contracts.model import Column
from dangol.extract.canonical import write_texts
from dangol.extract.encodings import LOST
from dangol.extract.header import Layout
from dangol.extract.records import MAX_FIELD_BYTES, MAX_NESTED_BYTES, Fault, Record

_BLOCK_RECORDS = 20_000
_BLOCK_CHARACTERS = 4 << 20

CONTAINS_LOST = "contains U+FFFD, which marks lost characters"
CONTAINS_NUL = "contains a NUL character"


class Original(NamedTuple):
    """Where a row is in its file, and what it is there."""

    row: int
    line: int
    text: str


class Block(ABC):
    """Some rows of a file."""

    @abstractmethod
    def faults(self, layout: Layout) -> dict[int, Fault]:
        """Return what is wrong with rows before their values are typed, by row."""

    @abstractmethod
    def source(self, layout: Layout, without: Collection[int], path: Path) -> str:
        """Return the SQL of the rows' texts, as `columns.type_texts` reads them.

        Parameters
        ----------
        without
            Rows that are left out.
        path
            A private file that may be used.
        """

    @abstractmethod
    def count(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def originals(self, rows: Collection[int] | None) -> list[Original]:
        """Return the text of some rows in the file's order, or of all."""

    def halves(self) -> list[Block]:
        """Return the two halves of the block; nothing if it can't be divided."""
        return []


class RecordBlock(Block):
    """Records that were read one by one."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def faults(self, layout: Layout) -> dict[int, Fault]:
        """Return what is wrong, as `Block.faults`."""
        return {
            record.row: fault for record in self._records if (fault := _look_at(record, layout))
        }

    def source(self, layout: Layout, without: Collection[int], path: Path) -> str:
        """Write the texts to the file, as `Block.source`."""
        sound = [record for record in self._records if record.row not in without]
        return write_texts(layout, sound, path)

    def count(self) -> int:
        """Return the number of records."""
        return len(self._records)

    def originals(self, rows: Collection[int] | None) -> list[Original]:
        """Return the records' text, as `Block.originals`."""
        return [
            Original(record.row, record.line, record.text)
            for record in self._records
            if rows is None or record.row in rows
        ]

    def halves(self) -> list[Block]:
        """Return two blocks, as `Block.halves`."""
        middle = len(self._records) // 2
        if not middle:
            return []
        return [RecordBlock(self._records[:middle]), RecordBlock(self._records[middle:])]


def blocks_of(records: Iterator[Record]) -> Iterator[RecordBlock]:
    """Group records into blocks that fit into memory."""
    block: list[Record] = []
    size = 0
    for record in records:
        block.append(record)
        lines = record.lines
        if len(lines) == 1:
            size += len(lines[0])
        else:
            size += sum(map(len, lines or filter(None, record.fields)))
        if size > _BLOCK_CHARACTERS or len(block) >= _BLOCK_RECORDS:
            yield RecordBlock(block)
            block, size = [], 0
    if block:
        yield RecordBlock(block)


def _look_at(record: Record, layout: Layout) -> Fault | None:
    """Return what is wrong with a record before its values are typed."""
    if record.problem:
        return Fault(None, record.problem)
    fields = record.fields
    expected, count = len(layout.columns), len(fields)
    # some systems end each line with more delimiters than the header has: nothing is lost
    is_short = count < expected and count < layout.least_fields
    if is_short or (count > expected and any(fields[expected:])):
        expected = layout.least_fields if is_short else expected
        many = "few" if is_short else "many"
        return Fault(None, f"it has too {many} fields: {count:,} instead of {expected:,}")
    if record.values is not None:
        return _look_at_values(record, layout)
    text = record.lines[0] if len(record.lines) == 1 else record.text
    has_escapes = layout.has_extra and "\\u" in text
    if len(text) * 4 > MAX_FIELD_BYTES or LOST in text or has_escapes:
        return _look_at_values(record, layout)
    return None


def _look_at_values(record: Record, layout: Layout) -> Fault | None:
    named: list[tuple[Column | None, str | None]] = [
        *zip(layout.columns, record.fields, strict=False),
        (None, record.extra),
    ]
    for column, value in named:
        if not value:
            continue
        name = column.name if column else None
        shown = name or "a column that is not in the contract"
        limit = MAX_FIELD_BYTES
        if layout.has_extra and value[0] in "{[":
            limit = MAX_NESTED_BYTES
        if len(value) * 4 > limit and len(value.encode()) > limit:
            return Fault(name, f"{shown} is longer than {limit:,} bytes")
        if LOST in value:
            return Fault(name, f"{shown} {CONTAINS_LOST}")
        if "\0" in value:
            return Fault(name, f"{shown} {CONTAINS_NUL}")
    return None
