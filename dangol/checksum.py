"""Order-independent checksums of tables: equal rows in any order give equal checksums."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb


def table_checksum(
    connection: duckdb.DuckDBPyConnection, table: str, without: Iterable[str] = ()
) -> str:
    """Return the checksum of one table.

    Parameters
    ----------
    connection
        That sees the table.
    table
        ``schema.name``, from our own lists, never from data.
    without
        Columns to leave out.

    Returns
    -------
    str
        Row count and the sum of the rows' 64-bit hashes, whatever the order of rows and columns.
        To be compared within one version of DuckDB; a row that differs changes it with a chance of
        1 in 2**64 of going unseen.
    """
    left_out = set(without)
    described = connection.execute(f"describe {table}").fetchall()
    names = sorted(name for name, *_ in described if name not in left_out)
    columns = ", ".join(f'"{name}"' for name in names)
    query = f"select count(*), coalesce(sum(hash({columns})::hugeint), 0) from {table}"
    ((rows, total),) = connection.execute(query).fetchall()
    return f"{rows}-{total:x}"


def schema_checksums(
    connection: duckdb.DuckDBPyConnection, schemas: Iterable[str], catalog: str | None = None
) -> dict[str, str]:
    """Return the checksums of every table and view of some schemas.

    Parameters
    ----------
    connection
        That sees the schemas.
    schemas
        Their names.
    catalog
        The attached database they are in; the current one by default.

    Returns
    -------
    dict of str to str
        From ``schema.table`` to checksum, sorted.
    """
    rows = connection.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema in (select unnest(?)) and table_catalog = coalesce(?, current_database())
        order by all
        """,
        [list(schemas), catalog],
    ).fetchall()
    prefix = f"{catalog}." if catalog else ""
    return {
        f"{schema}.{name}": table_checksum(connection, f"{prefix}{schema}.{name}")
        for schema, name in rows
    }
