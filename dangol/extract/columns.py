"""How the columns of a file become typed columns of the lake, as SQL.

Files are read by position (``c0``, ``c1``, …), so no text of a header ever enters SQL. Numbers are
read with more decimals than are stored, because DuckDB rounds silently.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from dangol.contracts.model import Column, Stream
from dangol.extract.composed import composed
from dangol.extract.header import Layout

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_SPARE_DECIMALS = 4
_FAST_DIGITS = 18
_MOST_DIGITS = 38
_LONGEST_LINE = 16 << 20


class Rule(NamedTuple):
    """A rule that a row which DuckDB could read may still break.

    Parameters
    ----------
    reason
        Why a row is quarantined.
    condition
        In SQL, true for such a row.
    """

    column: Column
    reason: str
    condition: str


def read_csv(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    layout: Layout,
    paths: Sequence[Path],
    *,
    is_numbered: bool = False,
    is_wide: bool = False,
) -> None:
    """Read files into the temporary table ``parsed``, without the rows that do not fit their types.

    Parameters
    ----------
    connection
        In memory, keeping insertion order: then ``rowid`` counts the rows in the order of the
        files.
    layout
        The columns that all the files have.
    paths
        With a header line each.
    is_numbered
        Whether the text was written by `dangol.extract.canonical`: with a first column ``n``, the
        row's number, and separated by commas whatever the stream's delimiter. Rejected rows are
        then listed in ``reject_errors``.
    is_wide
        Whether numbers are read with all of DuckDB's digits, which takes four times as long.
    """
    types = {"n": "BIGINT"} if is_numbered else {}
    types |= {
        f"c{place}": _reading_type(each, is_wide) for place, each in enumerate(layout.columns)
    }
    listed = ", ".join(f"'{name}': '{sql_type}'" for name, sql_type in types.items())
    for table in ("parsed", "reject_errors", "reject_scans"):
        connection.execute(f"drop table if exists {table}")
    connection.execute(
        f"""
        create temp table parsed as
        select * exclude (_path), parse_filename(_path, true) as _name
        from read_csv(
            ?, columns = {{{listed}}}, header = true, auto_detect = false, filename = '_path',
            delim = ?, quote = '"', escape = '"', nullstr = '', dateformat = ?, timestampformat = ?,
            max_line_size = {_LONGEST_LINE}, buffer_size = {_LONGEST_LINE},
            {"store_rejects" if is_numbered else "ignore_errors"} = true
        )
        """,
        [
            [str(path) for path in paths],
            "," if is_numbered else stream.format.delimiter,
            stream.format.date_format,
            stream.format.timestamp_format,
        ],
    )


def rules(layout: Layout) -> list[Rule]:
    """List the rules that the rows of ``parsed`` may break, in the order of the file's columns."""
    return [
        Rule(column, f"{column.name} {reason}", condition)
        for place, column in enumerate(layout.columns)
        if column is not None
        for reason, condition in _rules_of(f"c{place}", column)
    ]


def select_list(stream: Stream, layout: Layout) -> tuple[str, list[str]]:
    """Return the columns of the lake, as a select list over ``parsed``.

    Returns
    -------
    tuple of (str, list of str)
        The contract's columns and ``_extra``, and the values of its parameters: the names of the
        columns that are not in the contract.
    """
    place = {column.name: f"c{nth}" for nth, column in enumerate(layout.columns) if column}
    known = [
        f'{_kept(stream, column, place.get(column.name, "null"))} as "{column.name}"'
        for column in stream.columns
    ]
    pairs = [
        f"?, {composed(f'c{nth}')}" for nth, column in enumerate(layout.columns) if column is None
    ]
    extra = f"json_object({', '.join(pairs)})" if pairs else "null"
    return ", ".join([*known, f"cast({extra} as varchar) as _extra"]), list(layout.extra_names)


def _kept(stream: Stream, column: Column, value: str) -> str:
    """Return the SQL of a value as the lake stores it: text composed, times in UTC."""
    kept = f"cast({value} as {column.sql_type})"
    if column.sql_type == "VARCHAR":
        return composed(kept)
    if column.sql_type == "TIMESTAMP" and stream.format.time_zone != "UTC":
        return f"timezone('UTC', timezone('{stream.format.time_zone}', {kept}))"
    return kept


def control_sum(stream: Stream, layout: Layout) -> str:
    """Return the control total of the rows of ``parsed``, in SQL; null if the stream has none."""
    if stream.control_total is None:
        return "null"
    place = {column.name: f"c{nth}" for nth, column in enumerate(layout.columns) if column}
    amount = stream.control_total
    for column in stream.columns:
        # a value that does not fit must not fail the sum: its row is a suspect anyway
        value = f"try_cast({place.get(column.name, 'null')} as {column.sql_type})"
        exact = "decimal(19, 0)" if column.sql_type == "BIGINT" else column.sql_type
        amount = amount.replace(f'"{column.name}"', f"cast({value} as {exact})")
    return f"cast(sum({amount}) as varchar)"


def _rules_of(name: str, column: Column) -> list[tuple[str, str]]:
    found = []
    if column.required:
        found.append(("is required and empty", f"{name} is null"))
    if column.sql_type == "DOUBLE":
        found.append(("is not a finite number", f"not isfinite({name})"))
    elif column.sql_type == "DATE":
        # a year written with two digits reads as one in antiquity
        found.append(("is before the year 1000", f"{name} < date '1000-01-01'"))
    elif column.sql_type == "TIMESTAMP":
        found.append(("is before the year 1000", f"{name} < timestamp '1000-01-01'"))
    elif _read_decimals(column) is not None:
        kept = f"try_cast({name} as {column.sql_type})"
        reason = f"has more digits than its type {column.sql_type} keeps"
        found.append((reason, f"{name} is distinct from {kept}"))
    return found


def fast_digits(layout: Layout) -> list[tuple[int, int]]:
    """Return how many digits before the decimal point always fit into the fast types.

    Returns
    -------
    list of tuple of (int, int)
        The position of each column with an exact number, and its digits.
    """
    return [
        (place, _FAST_DIGITS - decimals)
        for place, column in enumerate(layout.columns)
        if column is not None and (decimals := _read_decimals(column)) is not None
    ]


def _reading_type(column: Column | None, is_wide: bool) -> str:
    """Return the type to read into: with spare decimals, where DuckDB would round."""
    if column is None:
        return "VARCHAR"
    decimals = _read_decimals(column)
    if decimals is None:
        return column.sql_type
    digits = _MOST_DIGITS if is_wide or decimals > _FAST_DIGITS else _FAST_DIGITS
    return f"DECIMAL({digits},{decimals})"


def _read_decimals(column: Column) -> int | None:
    """Return with how many decimals a column is read, or None if it is not an exact number."""
    if column.sql_type == "BIGINT":
        return _SPARE_DECIMALS
    match = _DECIMAL.fullmatch(column.sql_type)
    return min(int(match[2]) + _SPARE_DECIMALS, _MOST_DIGITS) if match else None
