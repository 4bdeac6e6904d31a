"""Tables of all reactions, shared by the nights whose facts are loaded together."""

from __future__ import annotations

import duckdb

_REACTIONS = "coalesce(sum(visit_id * 8 + kind), 0)"


def write_once(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Create a table of all loaded reactions, unless an earlier night did so.

    Parameters
    ----------
    query
        The table's content; nothing that depends on the night.
    """
    if not is_written(connection, table):
        connection.execute(f"create or replace table {table} as {query}")
        connection.execute(
            f"insert or replace into written_once select '{table}', {_REACTIONS} from reactions"
        )


def is_written(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Return whether a table was made from the reactions that are loaded now.

    Returns
    -------
    bool
        Also False if the table does not exist yet.
    """
    connection.execute(
        "create table if not exists written_once (name varchar primary key, reactions hugeint)"
    )
    found = connection.execute(
        f"select {_REACTIONS} = (select reactions from written_once where name = ?) from reactions",
        [table],
    )
    return found.fetchall() == [(True,)]
