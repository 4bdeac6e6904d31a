"""The least that reading the landed files can cost: DuckDB's ``read_csv`` to Parquet, nothing else.

``python -m benchmarks.bare_parse LANDING BUSINESS_DATE FOLDER {detected,explicit}``. ``detected``
lets DuckDB detect columns and types, as a first script would. ``explicit`` passes them, which is
far faster, but ignores the names in the files: if a file's columns came in another order, they
would be loaded into the wrong ones.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import duckdb

from benchmarks.needs import need_path
from dangol.contracts.model import Stream
from dangol.contracts.reading import load_contract
from dangol.settings import SOURCES
from demo.exports import SYSTEMS


def main(landing: Path, business_date: str, folder: Path, types: str) -> None:
    """Convert every file up to the business date.

    Parameters
    ----------
    business_date
        Later files are ignored.
    folder
        Gets a Parquet file per stream.
    types
        ``detected`` or ``explicit``.
    """
    connection = duckdb.connect()
    for contract in (load_contract(SOURCES / system) for system in SYSTEMS):
        for stream in contract.streams:
            files = [
                str(file)
                for file in sorted((landing / contract.system).iterdir())
                if (found := re.fullmatch(rf"{stream.name}_(.{{10}})\.csv(\.gz)?", file.name))
                and found[1] <= business_date
            ]
            if files:
                options = _explicit(stream) if types == "explicit" else ""
                connection.execute(
                    f"copy (select * from read_csv($1{options})) "  # noqa: S608 - our own names
                    f"to '{folder}/{stream.name}.parquet' (format parquet, compression zstd)",
                    [files],
                )


def _explicit(stream: Stream) -> str:
    columns = ", ".join(f"'{column.name}': '{column.sql_type}'" for column in stream.columns)
    return (
        f", columns = {{{columns}}}, auto_detect = false, header = true, delim = ',', "
        "quote = '\"', escape = '\"'"
    )


if __name__ == "__main__":
    need_path(Path(sys.argv[1]), "python -m benchmarks.landing HOME FIRST LAST")
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
