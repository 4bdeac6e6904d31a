"""Opens DuckDB in memory for what belongs to no home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def open_scratch(
    memory_limit: str = "1500MB", spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, such as for synthetic data.

    Parameters
    ----------
    memory_limit
        In DuckDB's notation.
    spill
        A folder for what does not fit into memory; none by default. It is deleted at the end.

    Yields
    ------
    duckdb.DuckDBPyConnection
        With one thread, so that rows are written in the order of the queries.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": 1,
        "temp_directory": str(spill or ""),
        "autoinstall_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("set enable_progress_bar = false")
        yield connection
    finally:
        connection.close()
        if spill:
            shutil.rmtree(spill, ignore_errors=True)
