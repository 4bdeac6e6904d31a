"""What the tables of a publication are, from the comments in its file."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from dangol import layers
from dangol.publication.store import PublicationError


@dataclass(frozen=True)
class PublishedTable:
    """A table as it is in the file."""

    schema: str
    name: str
    description: str
    row_count: int

    @property
    def full_name(self) -> str:
        """``<schema>.<name>``."""
        return f"{self.schema}.{self.name}"


def list_tables(published: duckdb.DuckDBPyConnection) -> list[PublishedTable]:
    """Return the tables of a publication, most wanted first."""
    rows = published.execute(
        "select schema_name, table_name, coalesce(comment, '') from duckdb_tables()"
        " where not internal order by list_position(?, schema_name) nulls last, table_name",
        [[*layers.PUBLISHED, layers.OPS]],
    ).fetchall()
    return [
        PublishedTable(schema, name, text, _count(published, f'"{schema}"."{name}"'))
        for schema, name, text in rows
    ]


def _count(published: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = published.execute(f"select count(*) from {table}").fetchall()
    return int(count)


def find_table(tables: Sequence[PublishedTable], name: str) -> PublishedTable:
    """Return the table of a name, with or without its schema.

    Returns
    -------
    PublishedTable
        The only one of that name.

    Raises
    ------
    PublicationError
        If there is none, or there are several; the message names those that were meant.
    """
    found = [each for each in tables if name.lower() in {each.full_name, each.name}]
    if len(found) == 1:
        return found[0]
    names = [each.full_name for each in tables] + [each.name for each in tables]
    alike = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.75)
    meant = [each.full_name for each in found or tables
             if found or each.full_name in alike or each.name in alike]  # fmt: skip
    raise PublicationError(
        f"there {'are several tables' if found else 'is no table'} {name!r}"
        + (f"; did you mean {' or '.join(meant)}" if meant else "")
        + ". `dangol tables` lists all"
    )


def columns_of(
    published: duckdb.DuckDBPyConnection, table: PublishedTable
) -> list[tuple[str, str, str]]:
    """Return each column's name, type and meaning."""
    return published.execute(
        "select column_name, lower(data_type), coalesce(comment, '') from duckdb_columns()"
        " where schema_name = ? and table_name = ? order by column_index",
        [table.schema, table.name],
    ).fetchall()
