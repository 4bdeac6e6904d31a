"""Finds the records of a CSV file again, to quote them: their line and their original text.

Only files with rows that can't be loaded are read this way; all others never leave DuckDB.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Record:
    """One record of a file.

    Parameters
    ----------
    ordinal
        1 for the first record after the header; blank lines do not count.
    position
        The same counted with the header and with blank lines, as DuckDB's rejects count.
    line
        The line of the file on which the record starts; 1 is the header's.
    text
        As it stands in the file, without its line end.
    """

    ordinal: int
    position: int
    line: int
    text: str


def find_records(
    file: Path, delimiter: str, positions: Set[int] = frozenset(), ordinals: Set[int] = frozenset()
) -> list[Record]:
    """Quote the records at given places.

    Parameters
    ----------
    file
        Decoded, plain UTF-8.
    delimiter
        Of the file.
    positions, ordinals
        Which records to return, counted either way.

    Returns
    -------
    list of Record
        In the file's order.
    """
    found = []
    lines: list[str] = []

    def remembered(text: Iterator[str]) -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    csv.field_size_limit(1 << 30)
    with file.open(encoding="utf-8", newline="") as text:
        reader = csv.reader(remembered(text), delimiter=delimiter)
        ordinal = -1  # the header
        start = 1
        for position, fields in enumerate(reader, start=1):
            ordinal += bool(fields)
            if position in positions or (ordinal in ordinals and fields):
                found.append(Record(ordinal, position, start, "".join(lines).rstrip("\n")))
            lines.clear()
            start = reader.line_num + 1
    return found


def count_plain_lines(file: Path) -> int | None:
    """Count the records of a file by its line ends alone, as a check on the parser.

    Parameters
    ----------
    file
        Decoded, plain UTF-8.

    Returns
    -------
    int or None
        Without the header. None if the file has quotes or blank lines, by which lines and records
        may differ.
    """
    count = 0
    last = b"\n"
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if b'"' in block or b"\n\n" in last[-1:] + block:
                return None
            count += block.count(b"\n")
            last = block
    return count - 1 + (not last.endswith(b"\n"))
