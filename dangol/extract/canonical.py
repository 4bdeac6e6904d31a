"""Passes records to DuckDB in the only form of CSV that it always reads correctly."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import duckdb

from dangol.contracts.model import Column, Stream
from dangol.extract import columns
from dangol.extract.header import Layout
from dangol.extract.records import Record

_FIRST_PRIVATE_CHARACTER = 0xE000


def type_records(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    layout: Layout,
    records: Sequence[Record],
    path: Path,
    *,
    is_wide: bool,
) -> None:
    """Read records into the temporary table ``parsed``, with their row numbers as ``n``.

    Parameters
    ----------
    records
        With as many fields as the layout has columns, or more.
    path
        A private file to write them to.
    is_wide
        As in `columns.read_csv`.
    """
    width = len(layout.columns)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["n", *(f"c{place}" for place in range(width))])
    writer.writerows([record.row, *record.fields[:width]] for record in records)
    text = buffer.getvalue()
    stand_in = _unused_character(text) if "\r" in text else ""
    path.write_bytes(text.replace("\r", stand_in).encode() if stand_in else text.encode())
    columns.read_csv(connection, stream, layout, [path], is_numbered=True, is_wide=is_wide)
    texts = [f"c{place}" for place, column in enumerate(layout.columns) if _is_text(column)]
    if stand_in and texts:
        # DuckDB 1.5 misreads a carriage return within quotes
        restored = ", ".join(f"{name} = replace({name}, $stand_in, chr(13))" for name in texts)
        connection.execute(f"update parsed set {restored}", {"stand_in": stand_in})


def _is_text(column: Column | None) -> bool:
    return column is None or column.sql_type == "VARCHAR"


def _unused_character(text: str) -> str:
    code = _FIRST_PRIVATE_CHARACTER
    while chr(code) in text:
        code += 1
    return chr(code)
