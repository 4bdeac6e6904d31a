"""Brings the ledger and the raw lake into the build file, as views over what tonight must read.

After this step the table ``ops.loads`` lists the loads that the run may see and marks those that
are new to the build, and a view ``raw.<system>__<stream>`` per stream reads only the new ones. So a
night costs as much as the day's data. Where the build can't be continued (it is missing, it is for
a later day, or the code has changed) it starts empty, and every load is new.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date

import duckdb

from dangol import ledger, precedence
from dangol.build.claimed_days import write_claimed_days
from dangol.build.deliveries import by_current_names, need_deliveries_apart, visible_on
from dangol.build.load_days import write_load_days
from dangol.build.marks import forget_marks, mark_rows
from dangol.build.raw_views import (
    create_view,
    renew_control_totals,
    write_closed_days,
    write_contract_problems,
    write_streams,
)
from dangol.build.snapshots import write_snapshots
from dangol.build.state import can_continue, discard_build, write_state
from dangol.build.warehouse import open_build, without_pandas
from dangol.contracts.reading import load_contracts
from dangol.faults import crash_point
from dangol.files import remove_leftovers, sha256_of
from dangol.ledger import DamagedFileError, Load
from dangol.night import Night
from dangol.ops_columns import CURRENT_RUN, LOADS
from dangol.settings import Settings

log = logging.getLogger(__name__)


def stage_raw(settings: Settings, night: Night) -> dict[str, object]:
    """Prepare the build file for tonight's rows.

    Loads of files for a later business day stay invisible.

    Returns
    -------
    dict
        ``full_refresh`` and the number of new loads.

    Raises
    ------
    DamagedFileError
        If a raw file does not match its manifest.
    MergedDeliveriesError
        If a contract no longer tells deliveries apart that are loaded.
    """
    remove_leftovers(settings.warehouse)
    contracts = load_contracts(settings)
    streams = [stream for contract in contracts.values() for stream in contract.streams]
    recorded = ledger.read_ledger(settings)
    loads = by_current_names(recorded, streams)
    need_deliveries_apart(recorded, loads)
    if not can_continue(settings, night, loads):
        log.info("the build starts empty for %s", night.business_date)
        discard_build(settings)
    crash_point("stage.build_ready")
    with without_pandas(), open_build(settings) as build:
        build.execute("begin")
        is_full_refresh = write_state(build, settings, night)
        _write_run(build, settings, night, is_full_refresh)
        _write_loads(build, loads)
        forget_marks(build)
        new = _new_raw_files(build)
        verify_raw_files(settings, loads, new)
        for stream in streams:
            create_view(build, settings, stream, new)
            renew_control_totals(build, stream, loads)
            mark_rows(build, stream)
        visible = visible_on(loads, night.business_date)
        write_load_days(build, visible)
        write_snapshots(build, streams, visible)
        write_streams(build, settings)
        write_claimed_days(build, streams)
        write_closed_days(build, settings, night)
        write_contract_problems(build, settings)
        build.execute("commit")
        count = build.execute("select count(*) from ops.loads where is_new").fetchall()[0][0]
    crash_point("stage.loads_registered")
    return {"full_refresh": is_full_refresh, "new_loads": count}


def verify_raw_files(settings: Settings, loads: Iterable[Load], files: set[str]) -> None:
    """Compare raw files with the hashes in their manifests, before anything reads them.

    Parquet readers miss most flipped bits.

    Parameters
    ----------
    files
        Which raw files, relative to the home.

    Raises
    ------
    DamagedFileError
        If one is missing or differs.
    """
    _verify(
        settings,
        {load.raw_file: load.raw_sha256 for load in loads if load.raw_file in files},
    )


def verify_lake(settings: Settings, loads: Iterable[Load]) -> int:
    """Compare every file of the lake, quarantine included, with its manifest.

    Returns
    -------
    int
        The number of files.

    Raises
    ------
    DamagedFileError
        If one is missing or differs.
    """
    expected: dict[str | None, str | None] = {}
    for load in loads:
        expected |= {load.raw_file: load.raw_sha256, load.quarantine_file: load.quarantine_sha256}
    expected.pop(None, None)
    _verify(settings, expected)
    return len(expected)


def _verify(settings: Settings, expected: Mapping[str | None, str | None]) -> None:
    for name, digest in sorted(expected.items(), key=str):
        file = settings.home / str(name)
        if not file.exists() or sha256_of(file) != digest:
            raise DamagedFileError(
                f"{ledger.damage_of(file)}. Restore it from a backup, or delete it and its "
                f"manifest ({ledger.MANIFEST_SUFFIX}): the next night reloads its files from the "
                "landing zone."
            )


def _write_run(
    build: duckdb.DuckDBPyConnection, settings: Settings, night: Night, is_full: bool
) -> None:
    build.execute(f"create or replace table ops.current_run ({CURRENT_RUN})")
    build.execute(
        "insert into ops.current_run"
        " select ?, ?, ?, ?, ?, ?, (select max(business_date) from ops.applied_until)",
        [
            night.run_id,
            night.business_date,
            night.as_of.replace(tzinfo=None),
            settings.company.timezone,
            settings.company.currency,
            is_full,
        ],
    )


def _write_loads(build: duckdb.DuckDBPyConnection, loads: list[Load]) -> None:
    """Fill ``ops.loads`` with the loads that the run may see."""
    business_date: date
    ((business_date,),) = build.execute("select business_date from ops.current_run").fetchall()
    visible = visible_on(loads, business_date)
    superseded = precedence.superseded_loads(visible)
    columns = [line.split()[0] for line in LOADS.strip().splitlines()][:-1]
    rows = [
        [
            superseded.get(load.load_id) if column == "superseded_by"
            else ledger.delivery_in_words(load) if column == "delivery"
            else getattr(load, column.removesuffix("_utc"))
            for column in columns
        ]
        for load in visible
    ]  # fmt: skip
    build.execute(f"create table if not exists ops.loads ({LOADS})")
    build.execute("create temp table totals_before as select load_id, control_total from ops.loads")
    build.execute(f"create or replace table ops.loads ({LOADS})")
    if rows:
        # one statement, not one per file; earlier versions wrote totals without a bound
        lists = ", ".join(
            "try_cast(unnest(?) as decimal(38, 8))" if column == "control_total" else "unnest(?)"
            for column in columns
        )
        build.execute(
            f"insert into ops.loads ({', '.join(columns)}) select {lists}",
            [list(values) for values in zip(*rows, strict=True)],
        )
    build.execute(
        # an empty file has no rows, but may be the correction that empties a day
        "update ops.loads set is_new = status in ('loaded', 'empty') "
        "and load_id not in (select load_id from ops.applied_loads)"
    )
    build.execute(
        # it may have been taken anew by a corrected contract when the file was new to the build
        "update ops.loads set control_total = before.control_total from totals_before as before "
        "where loads.load_id = before.load_id and not loads.is_new"
    )
    build.execute("drop table totals_before")


def _new_raw_files(build: duckdb.DuckDBPyConnection) -> set[str]:
    rows = build.execute("select distinct raw_file from ops.loads where is_new").fetchall()
    return {file for (file,) in rows if file}
