"""Passes texts to DuckDB in the only form of CSV that it always reads correctly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from dangol.extract.columns import LONGEST_LINE
from dangol.extract.header import Layout
from dangol.extract.number_texts import literal
from dangol.extract.records import Record

_FIRST_PRIVATE_CHARACTER = 0xE000


def write_texts(layout: Layout, records: Sequence[Record], path: Path) -> str:
    """Write the values of records to a file.

    Parameters
    ----------
    records
        With a field for each column of the layout that has a name, or more.
    path
        A private file; replaced.

    Returns
    -------
    str
        The SQL that reads it: ``n``, the row's number; ``t0``, ``t1``, … and, if the layout has
        one, ``extra``.
    """
    width = len(layout.columns)
    names = ["n", *(f"t{place}" for place in range(width)), *["extra"] * layout.has_extra]
    null, text = "", ""
    if not layout.has_extra:
        padding = [""] * len(layout.unnamed)  # a line may end before columns without a name
        rows = ([record.row, *record.fields[:width], *padding] for record in records)
        text = _csv(names, (row[: width + 1] for row in rows) if padding else rows)
    else:  # no value and an empty text differ
        nulls = sum(record.fields.count(None) + (record.extra is None) for record in records)
        code = _FIRST_PRIVATE_CHARACTER
        while not null or text.count(null) != nulls:
            null = chr(code)
            text = _csv(names, _rows_with(null, records))
            code += 1
    # DuckDB 1.5 misreads a carriage return within quotes
    stand_in = _unused_character(text) if "\r" in text else ""
    path.write_bytes((text.replace("\r", stand_in) if stand_in else text).encode())
    types = ", ".join(f"'{name}': '{'BIGINT' if name == 'n' else 'VARCHAR'}'" for name in names)
    read = (
        f"read_csv({literal(str(path))}, columns = {{{types}}}, header = true, "
        f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = {literal(null)}, "
        f"max_line_size = {LONGEST_LINE}, buffer_size = {LONGEST_LINE})"
    )
    if not stand_in:
        return read
    restored = ", ".join(f"replace({name}, '{stand_in}', chr(13)) as {name}" for name in names[1:])
    return f"(select n, {restored} from {read})"


def _csv(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return buffer.getvalue()


def _rows_with(null: str, records: Iterable[Record]) -> Iterator[list[object]]:
    for record in records:
        yield [
            record.row,
            *[null if value is None else value for value in record.fields],
            null if record.extra is None else record.extra,
        ]


def _unused_character(text: str) -> str:
    code = _FIRST_PRIVATE_CHARACTER
    while chr(code) in text:
        code += 1
    return chr(code)
