"""Order-independent checksums of tables: equal rows in any order give equal checksums.

`table_checksum` is fast, and compares within one version of DuckDB. `portable_query` uses only SQL
that DuckDB and Spark share, and compares across engines, versions and machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import duckdb


def table_checksum(
    connection: duckdb.DuckDBPyConnection, table: str, without: Iterable[str] = ()
) -> str:
    """Return the checksum of one table.

    Parameters
    ----------
    table
        ``schema.name`` or a query in brackets, from our own lists, never from data.
    without
        Columns to leave out.

    Returns
    -------
    str
        Row count and the sum of the rows' 64-bit hashes, regardless of the order of rows and
        columns. Compare it within one version of DuckDB only; a differing row goes unnoticed with a
        probability of 1 in 2**64.
    """
    left_out = set(without)
    described = connection.execute(f"describe select * from {table}").fetchall()
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
    catalog
        The attached database with the schemas; the current one by default.

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


Engine = Literal["duckdb", "spark"]


def portable_checksums(
    connection: duckdb.DuckDBPyConnection, schemas: Iterable[str]
) -> dict[str, str]:
    """Return engine-independent checksums of every table and view of some schemas.

    Returns
    -------
    dict of str to str
        From ``schema.table`` to row count and checksum, sorted.
    """
    rows = connection.execute(
        """
        select table_schema || '.' || table_name, column_name, data_type
        from information_schema.columns
        where table_schema in (select unnest(?)) and table_catalog = current_database()
        order by all
        """,
        [list(schemas)],
    ).fetchall()
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        tables.setdefault(table, []).append((column, kind))
    found = {}
    for table, columns in tables.items():
        ((count, total),) = connection.execute(portable_query(table, columns)).fetchall()
        found[table] = f"{count}-{total}"
    return found


def portable_query(
    table: str, columns: Sequence[tuple[str, str]], engine: Engine = "duckdb"
) -> str:
    """Return the query that counts and sums a table's rows, with the same result in both engines.

    Each value becomes text that both engines write the same way: money with four decimals, times as
    microseconds since 1970, floating point numbers to nine digits, lists item by item. A row's
    values, with their names and in the order of these, are hashed by MD5, and the first 60 bits
    of all rows are summed.

    Parameters
    ----------
    table
        ``schema.name``, from our own lists, never from data.
    columns
        Names and types, as DuckDB or Spark report them.
    engine
        The one that will run the query. Spark's session must be in UTC.

    Returns
    -------
    str
        A query of one row: count and sum.

    Raises
    ------
    ValueError
        If a type has no portable text form.
    """
    quote = _QUOTES[engine]
    values = []
    for name, kind in sorted(columns):
        text = _portable_text(f"{quote}{name}{quote}", kind.lower(), engine)
        values.append(f"'{name}' || coalesce('=' || {text}, '~')")
    row = " || chr(30) || ".join(values)
    bits = {
        "duckdb": f"cast('0x' || left(md5({row}), 15) as bigint)",
        "spark": f"cast(conv(left(md5({row}), 15), 16, 10) as decimal(20, 0))",
    }[engine]
    return f"select count(*), coalesce(sum({bits}), 0) from {table}"


_QUOTES: Mapping[Engine, str] = {"duckdb": '"', "spark": "`"}
_WHOLE = {"tinyint", "smallint", "int", "integer", "bigint", "hugeint"}
_LIST = re.compile(r"(?:array<(.+)>|(.+)\[\])")


def _portable_text(value: str, kind: str, engine: Engine) -> str:
    """Return the SQL of a value's text, null for null."""
    text = {"duckdb": "varchar", "spark": "string"}[engine]
    if kind in {"varchar", "string"}:
        return value
    if kind in _WHOLE | {"date", "boolean"}:
        return f"cast({value} as {text})"
    if kind.startswith("decimal"):
        return f"cast(cast({value} as decimal(38, 4)) as {text})"
    if kind == "double":
        # in two parts, which both engines cast exactly: of a large double, one writes the shortest
        # decimal, the other all digits
        whole = f"cast(cast(floor({value}) as bigint) as decimal(28, 0)) * 1000000000"
        rest = f"cast(round(({value} - floor({value})) * 1e9) as bigint)"
        return f"cast({whole} + {rest} as {text})"
    if kind.startswith("timestamp"):
        if engine == "spark":
            return f"cast(unix_micros(cast({value} as timestamp_ltz)) as string)"
        return f"cast(epoch_us({value}) as varchar)"
    if items := _LIST.fullmatch(kind):
        item = f"coalesce('=' || {_portable_text('item', items[1] or items[2], engine)}, '~')"
        if engine == "spark":
            return f"array_join(transform({value}, item -> {item}), chr(31))"
        return f"array_to_string(list_transform({value}, lambda item: {item}), chr(31))"
    raise ValueError(f"{value} has the type {kind}, which has no portable text form")
