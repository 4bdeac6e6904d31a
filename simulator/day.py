"""Writes the files of one night, with what goes wrong in them, and the truth about their rows."""

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from simulator.company import DAY_MS, KOREA_AHEAD_MS, Company
from simulator.damage import damage_bytes, damage_form, damage_rows
from simulator.export import Export
from simulator.incidents import Incident, Level, incidents
from simulator.night import Night
from simulator.systems import SYSTEMS, load_systems
from simulator.truth import write_day_truth
from simulator.world.identities import add_persons, show_persons
from simulator.world.people import BLOCK, block_numbers

BLOCKS_AT_ONCE = 8
"""Blocks per query for files of all customers: planning a query costs as much as 1,000 rows."""

KEPT_CUSTOMERS = 300_000
"""Up to this many customers, their rows are kept from day to day, at a kilobyte each."""


ROW = "row_number() over ()"
"""SQL for a row's position in the table ``exported``."""


@dataclass(frozen=True)
class Order:
    """What to write.

    Parameters
    ----------
    first_date, last_date
        Business dates, both included.
    landing
        Contains one folder per system.
    truth
        The folder for the truth.
    defects
        How much goes wrong.
    until
        The last night of the whole run: files that arrive later are not written.
    has_future
        Whether the truth includes the year after the last day, which costs as much as a month.
    """

    company: Company
    first_date: date
    last_date: date
    landing: Path
    truth: Path
    systems: tuple[str, ...] = SYSTEMS
    defects: Level = "none"
    until: date | None = None
    has_future: bool = True


@dataclass(frozen=True)
class Written:
    """What was written for a day.

    Parameters
    ----------
    day
        The business date.
    files, rows, size
        Files, rows in them, and bytes.
    """

    day: date
    files: int
    rows: int
    size: int


@dataclass
class File:
    """A file that is being written: its system, and what goes wrong in it."""

    system: str
    export: Export
    path: Path
    found: Sequence[Incident]
    is_begun: bool = False
    rows: int = 0
    struck: list[Incident] = field(default_factory=list)

    @property
    def unfinished(self) -> Path:
        """Its name while it is being written."""
        return self.path.with_name(f".{self.path.name}.unfinished")


def write_day(order: Order, night: Night, last_night: int, *, again: bool = False) -> Written:
    """Write all files of one day, and the truth about them.

    Parameters
    ----------
    night
        Which day, with its facts.
    last_night
        The number of the last day of the whole run.
    again
        Whether to write only what arrives on a later night; its truth has been written already.

    Returns
    -------
    Written
        Files, rows and bytes that have arrived by the last night.
    """
    night.connection.execute("""
        create or replace table records
            (system varchar, file varchar, row bigint, person bigint, key varchar);
        create or replace table mistakes
            (system varchar, file varchar, row bigint, name varchar, clean varchar);
        create or replace table incidents
            (system varchar, file varchar, kind varchar, arrived_date date, rows bigint);
    """)
    show_persons(night.connection, night.day, "person_rows", "persons")
    files = list(_files(order, night))
    for file in files:
        if not file.export.of_everyone:
            _write(night, file)
    everyone = [file for file in files if file.export.of_everyone]
    if everyone:
        numbers = block_numbers(night.company)
        for first in numbers[::BLOCKS_AT_ONCE]:
            blocks = numbers[first : first + BLOCKS_AT_ONCE]
            _show_everyone(night, blocks)
            for file in everyone:
                if file.export.prepare:
                    file.export.prepare(night, blocks)
                _write(night, file)
    arrived = [file for file in files if _arrive(night, file, last_night)]
    if not again:
        write_day_truth(night, order.truth)
    return Written(
        night.date,
        len(arrived),
        sum(file.rows for file in arrived),
        sum(file.path.stat().st_size for file in arrived),
    )


def arrivals(order: Order, day: int, first_night: int, last_night: int) -> tuple[str, ...]:
    """Name the systems whose files of an earlier day arrive later.

    Parameters
    ----------
    day
        The earlier day's number.
    first_night, last_night
        The numbers of the first and the last day of the whole run.

    Returns
    -------
    tuple of str
        The systems with a file for that day that arrives between these nights.
    """
    return tuple(
        system.NAME
        for system in load_systems(order.systems)
        if any(
            first_night <= incident.arrives <= last_night
            for incident in incidents(order.company.draws, order.defects, system.NAME, day)
        )
    )


def _files(order: Order, night: Night) -> Iterator[File]:
    """Yield the files of the night with what goes wrong in each."""
    draws = night.company.draws
    for system in load_systems(order.systems):
        found = list(incidents(draws, order.defects, system.NAME, night.day))
        wave = any(incident.kind.name == "bot_wave" for incident in found)
        for export in system.exports(replace(night, has_bot_wave=wave)):
            yield File(system.NAME, export, order.landing / system.NAME / export.name, found)


def _show_everyone(night: Night, blocks: range) -> None:
    """Provide some blocks as ``everyone``; a small company's stay for the chunk's other days."""
    connection, table = night.connection, f"everyone_rows_{blocks.start}"
    if night.company.customers > KEPT_CUSTOMERS:
        connection.execute("drop view if exists everyone")
        table = "everyone_rows"
        connection.execute(f"drop table if exists {table}")
    found = connection.execute("select 1 from duckdb_tables() where table_name = ?", [table])
    if not found.fetchone():
        last = min(blocks.stop * BLOCK, night.company.customers)
        add_persons(connection, night.company, np.arange(blocks.start * BLOCK, last), table)
    show_persons(connection, night.day, table, "everyone")


def _write(night: Night, file: File) -> None:
    """Append the rows of one query to its file, and record whom they are about."""
    connection, export = night.connection, file.export
    file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # damage needs rows in a fixed order
    kind = "view" if export.streams and not file.found else "table"
    connection.execute(f"create temp {kind} exported as {export.query}")
    columns = [row[0] for row in connection.execute("describe exported").fetchall()]
    struck = damage_rows(connection, columns, export.form, file.found)
    person = '"_person"' if "_person" in columns else "null"
    key = '"_key"::varchar' if "_key" in columns else "null"
    place = [file.system, export.name, file.rows]
    count = connection.execute(
        f"insert into records select ?, ?, {ROW} + ?, {person}, {key} from exported", place
    ).fetchone()
    for name in columns:
        if name.startswith("_clean_"):
            connection.execute(
                f"""insert into mistakes select ?, ?, {ROW} + ?, ?, "{name}"
                from exported qualify "{name}" is not null""",
                [*place, name.removeprefix("_clean_")],
            )
    shown = [name for name in columns if not name.startswith("_")]
    form, shown, changed = damage_form(connection, export.form, shown, file.found)
    form.write(connection, shown, file.unfinished, not file.is_begun)
    file.is_begun = True
    connection.execute(f"drop {kind} exported")
    file.rows += count[0] if count else 0
    file.struck += [each for each in (*struck, *changed) if each not in file.struck]


def _arrive(night: Night, file: File, last_night: int) -> bool:
    """Finish a file and give it its final name, if it has arrived by the last night."""
    if file.export.footer:
        lines = [row[0] for row in night.connection.execute(file.export.footer).fetchall()]
        with file.unfinished.open("a", encoding="utf-8", newline="") as target:
            target.writelines(line + "\n" for line in lines)
    copies, struck = damage_bytes(file.unfinished, file.found, last_night)
    struck += [each for each in file.found if each.kind.name in {"late", "missing", "bot_wave"}]
    is_missing = any(each.kind.name == "missing" for each in file.found)
    late = [each.arrives for each in file.found if each.kind.name == "late"]
    arrives = max([night.day, *late])
    for incident in (*file.struck, *struck):
        night.connection.execute(
            "insert into incidents values (?, ?, ?, date_of(?), ?)",
            [file.system, file.export.name, incident.kind.name, incident.arrives, file.rows],
        )
    if is_missing or arrives > last_night:
        file.unfinished.unlink()
        return False
    # the export runs at three in the morning after its day
    moment = ((arrives + 1) * DAY_MS - KOREA_AHEAD_MS) // 1000 + 3 * 3600
    if copies:
        copy = file.path.with_name(f"{file.path.stem} (1){file.path.suffix}")
        shutil.copyfile(file.unfinished, copy)
        os.utime(copy, (moment + 1200, moment + 1200))
    os.utime(file.unfinished, (moment, moment))
    file.unfinished.replace(file.path)
    return True
