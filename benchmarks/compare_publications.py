"""Compares two publications table by table, amounts rounded to two decimals.

``python -m benchmarks.compare_publications BEFORE AFTER`` prints which tables, columns and rows
came, went or changed between two published files, for the list of changes of a version. A column is
compared as a bag of values, and a table as a bag of rows of the columns that both files have.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.needs import need_path
from dangol.tables import render_table

Columns = dict[str, str]


def compare(before: Path, after: Path) -> list[list[object]]:
    """Compare the tables of two published files, other than those of the runs (``ops``).

    Returns
    -------
    list of [table, rows before, rows after, columns gone, columns new, columns that differ, rows]
        The last is how many rows only one of the two has, in the columns that both have.
    """
    with duckdb.connect() as connection:
        for name, file in (("before", before), ("after", after)):
            path = str(file).replace("'", "''")
            connection.execute(f"attach '{path}' as {name} (read_only)")
        old, new = _tables(connection, "before"), _tables(connection, "after")
        return [
            _compared(connection, table, old.get(table, {}), new.get(table, {}))
            for table in sorted(old | new)
        ]


def _tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, Columns]:
    """Return the columns of each table with their types."""
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()"
        " where database_name = ? and not internal and schema_name <> 'ops' order by all",
        [catalog],
    ).fetchall()
    tables: dict[str, Columns] = {}
    for table, column, kind in rows:
        tables.setdefault(table, {})[column] = kind
    return tables


def _compared(
    connection: duckdb.DuckDBPyConnection, table: str, old: Columns, new: Columns
) -> list[object]:
    shared = sorted(old.keys() & new.keys())
    values = {column: _rounded(column, old[column], new[column]) for column in shared}
    differ = [
        column for column in shared if _differences(connection, table, f"{values[column]} as value")
    ]
    rows = _differences(connection, table, ", ".join(values.values())) if shared else None
    return [
        table,
        *(_count(connection, name, table) if columns else None
          for name, columns in (("before", old), ("after", new))),
        ", ".join(sorted(old.keys() - new.keys())),
        ", ".join(sorted(new.keys() - old.keys())),
        ", ".join(differ),
        rows,
    ]  # fmt: skip


def _rounded(column: str, *kinds: str) -> str:
    is_number = any(kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) for kind in kinds)
    return f'round(cast("{column}" as decimal(38, 8)), 2)' if is_number else f'"{column}"'


def _count(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> int:
    query = f"select count(*) from {catalog}.{table}"  # noqa: S608 - our own names
    ((count,),) = connection.execute(query).fetchall()
    return int(count)


def _differences(connection: duckdb.DuckDBPyConnection, table: str, selected: str) -> int:
    """Return how many rows only one of the two files has, in the selected values."""
    ((count,),) = connection.execute(
        f"""
        select coalesce(sum(abs(balance)), 0) from (
            select sides.* exclude (side), sum(side) as balance from (
                select {selected}, 1 as side from before.{table}
                union all
                select {selected}, -1 as side from after.{table}
            ) as sides
            group by all
        )
        """  # noqa: S608 - our own names
    ).fetchall()
    return int(count)


def main() -> None:
    """Print the comparison."""
    if len(sys.argv) != 3:
        sys.exit("say which: python -m benchmarks.compare_publications BEFORE.duckdb AFTER.duckdb")
    for file in sys.argv[1:]:
        need_path(Path(file), "dangol demo")
    heads = ["table", "before", "after", "gone", "new", "differ", "rows that differ"]
    print(render_table(heads, compare(Path(sys.argv[1]), Path(sys.argv[2]))))


if __name__ == "__main__":
    main()
