"""Finds the rows of which a model could not convert or add a value, without showing it."""

from __future__ import annotations

import re

import duckdb

_ABOUT_VALUES = re.compile(r"(?:Conversion|Out of Range|Invalid Input) Error")
_COLUMN = re.compile(r"source column \"?(\w+)")
_MOST_FILES = 3
_LARGEST = 3
_LIMITS = {"DECIMAL(18,4)": 10**14, "BIGINT": 2**63}


def is_about_values(message: str) -> bool:
    """Return whether a model failed because of a value."""
    return bool(_ABOUT_VALUES.search(message))


def unconvertible_rows(build: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Name the first row of each of tonight's files that can't be read by a query.

    Parameters
    ----------
    query
        The SQL of a received model: tonight's rows, with ``_load_id`` and ``_row``.

    Returns
    -------
    list of str
        ``<system> file <name>, row <number>``, with the column if it is known; empty if the rows
        can't be told apart.
    """
    if _error(build, query, "", 0, 0):
        return []  # the query reads all rows, whichever are asked for
    loads = build.execute(
        "select load_id, system, file, rows_loaded + rows_quarantined from ops.loads"
        " where is_new and raw_file is not null order by load_id"
    ).fetchall()
    found: list[str] = []
    for load_id, system, file, last in loads:
        if len(found) == _MOST_FILES:
            break
        if error := _error(build, query, load_id, 1, last):
            row = _first_row(build, query, load_id, last)
            column = _COLUMN.search(error)
            where = f"{system} file {file}, row {row}"
            found.append(f"{where}, column {column[1]}" if column else where)
    return found


def largest_rows(build: duckdb.DuckDBPyConnection) -> list[str]:
    """Name the rows with the largest numbers, which may have made a sum too large.

    Returns
    -------
    list of str
        ``<system> file <name>, row <number>, column <name>``, the largest first.
    """
    columns = build.execute(
        """
        select table_name, column_name, data_type from duckdb_columns()
        where schema_name = 'cleaned' and table_name similar to 'int_.*_received'
            and data_type in ('DECIMAL(18,4)', 'BIGINT') and column_name <> '_row'
            and table_name in (
                select table_name from duckdb_columns()
                where schema_name = 'cleaned' and column_name = 'row_state'
            )
        order by table_name, column_name
        """
    ).fetchall()
    rows = [
        row
        for table, column, sql_type in columns
        for row in build.execute(
            f"""
            select abs(cast(rows.{column} as double)) / {_LIMITS[sql_type]}, system, file, _row,
                '{column}'
            from cleaned.{table} as rows
            inner join ops.loads as loads on rows._load_id = loads.load_id
            where row_state = 'current' and {column} is not null
            order by all desc limit {_LARGEST}
            """
        ).fetchall()
    ]
    return [
        f"{system} file {file}, row {row}, column {column}"
        for _, system, file, row, column in sorted(rows, reverse=True)[:_LARGEST]
    ]


def _first_row(build: duckdb.DuckDBPyConnection, query: str, load_id: str, last: int) -> int:
    """Find by halves the first row that can't be read."""
    first = 1
    while first < last:
        middle = (first + last) // 2
        if _error(build, query, load_id, first, middle):
            last = middle
        else:
            first = middle + 1
    return first


def _error(
    build: duckdb.DuckDBPyConnection, query: str, load_id: str, first: int, last: int
) -> str:
    """Return why some rows can't be read, or an empty text."""
    try:
        build.execute(
            f"select max(hash(given)) from ({query}) as given"
            " where _load_id = ? and _row between ? and ?",
            [load_id, first, last],
        )
    except duckdb.Error as error:
        return str(error)
    return ""
