"""Prints the row counts of a build as JSON: ``python -m benchmarks.build_counts BUILD_FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from benchmarks.needs import need_path

QUERIES = {
    "files": "select count(*) from ops.loads",
    "rows_landed": "select sum(rows_read) from ops.loads",
    "rows_loaded": "select sum(rows_loaded) from ops.loads",
    "order_lines": "select count(*) from cleaned.order_lines",
    "order_lines_of_the_day": (
        "select count(*) from cleaned.order_lines "
        "where order_date = (select business_date from ops.current_run)"
    ),
    "customers": "select count(*) from customer_view.customers",
}

if __name__ == "__main__":
    need_path(Path(sys.argv[1]), "make demo")
    connection = duckdb.connect(sys.argv[1], read_only=True)
    print(
        json.dumps(
            {
                name: int(connection.execute(query).fetchall()[0][0] or 0)
                for name, query in QUERIES.items()
            }
        )
    )
