"""Tables that are made once for several systems, or for several nights: each with a mark."""

from simulator.night import Connection


def is_marked(connection: Connection, table: str, mark: str) -> bool:
    """Return whether a table has been made for the same: a night, or the reactions that are loaded.

    Returns
    -------
    bool
        Also False if the table does not exist yet.
    """
    made = connection.execute(
        "select comment from duckdb_tables() where table_name = ?", [table]
    ).fetchone()
    return made == (mark,)


def set_mark(connection: Connection, table: str, mark: str) -> None:
    """Mark a complete table."""
    connection.execute(f"comment on table {table} is '{mark}'")


def write_once(connection: Connection, table: str, query: str) -> None:
    """Create a table of all loaded reactions, unless an earlier night did so.

    Parameters
    ----------
    query
        The table's content; nothing that depends on the night.
    """
    mark = reactions_mark(connection)
    if not is_marked(connection, table, mark):
        connection.execute(f"create or replace table {table} as {query}")
        set_mark(connection, table, mark)


def reactions_mark(connection: Connection) -> str:
    """Return a mark of the reactions that are loaded."""
    query = "select coalesce(sum(visit_id * 8 + kind), 0)::varchar from reactions"
    return str(connection.execute(query).fetchall()[0][0])
