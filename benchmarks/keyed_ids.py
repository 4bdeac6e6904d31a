"""Measures what ids cost, a row at a time and once for each identifier.

``python -m benchmarks.keyed_ids [ROWS]`` prints seconds for ten million rows that name 100,000
identifiers, by default, with one thread.
"""

from __future__ import annotations

import sys
import time

import duckdb

from benchmarks.ids import KEY
from dangol.build.key_plugin import give_key
from dangol.id_keys import keyed_sql
from dangol.tables import render_table

IDENTIFIERS = 100_000
KEYED = keyed_sql("identifier")
QUERIES = {
    "a plain hash for each row": "select left(sha256(identifier), 32) as id from rows",
    "HMAC for each row": f"select {KEYED} as id from rows",  # noqa: S608 - a query of our own
    "HMAC for each identifier, joined": f"""
        with ids as (select identifier, {KEYED} as id from (select distinct identifier from rows))
        select ids.id from rows left join ids using (identifier)
    """,  # noqa: S608 - a query of our own
}


def main() -> None:
    """Print the seconds of each way."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with duckdb.connect(config={"threads": 1}) as connection:
        give_key(connection, KEY)
        connection.execute(
            "create table rows as select 'loyalty_member:' || (n % $1) as identifier"
            " from range($2) as r (n)",
            [IDENTIFIERS, rows],
        )
        lines = []
        for name, query in QUERIES.items():
            started = time.monotonic()
            connection.execute(f"create or replace table ids as {query}")
            lines.append([name, f"{time.monotonic() - started:.1f}"])
    print(render_table([f"{rows:,} rows", "seconds"], lines))


if __name__ == "__main__":
    main()
