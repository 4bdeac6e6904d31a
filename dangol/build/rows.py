"""Writes rows that Python knows into the build file."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb


def insert_rows(
    build: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]
) -> None:
    """Insert rows, each with a value for every column of the table, in one statement.

    DuckDB inserts a list per column in milliseconds; ``executemany`` takes as long per row.
    """
    if rows:
        lists = ", ".join("unnest(?)" for _ in rows[0])
        columns = [list(values) for values in zip(*rows, strict=True)]
        build.execute(f"insert into {table} select {lists}", columns)
