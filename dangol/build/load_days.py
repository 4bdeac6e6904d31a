"""Tells from when until when each file's content is in force, which the latest rows follow from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import duckdb

from dangol import ledger, precedence
from dangol.build.rows import insert_rows
from dangol.ledger import Load

_DELIVERED = {ledger.LOADED, ledger.EMPTY, ledger.DUPLICATE}


class LoadDays(NamedTuple):
    """When the content of a load is in force.

    Parameters
    ----------
    since_date
        The business day on which the last unbroken run of deliveries with its content begins, or
        that of its own delivery if none is in force. None if its file has no day.
    last_date
        The day of the last of them.
    """

    system: str
    stream: str
    is_in_force: bool
    since_date: str | None
    last_date: str | None


def deliveries_in_force(loads: Iterable[Load]) -> list[tuple[Load, Load]]:
    """Return what counts as delivered, each with the load that has its content.

    A duplicate stands for the content that it repeats, on its own day, until a correction of that
    day takes its place.

    Parameters
    ----------
    loads
        Of any number of streams.

    Returns
    -------
    list of (Load, Load)
        In the order of the loads.
    """
    delivered = [load for load in loads if load.status in _DELIVERED]
    contents = {load.load_id: load for load in delivered if load.status != ledger.DUPLICATE}
    withdrawn = precedence.superseded_loads(
        replace(load, status=ledger.LOADED) if load.status == ledger.DUPLICATE else load
        for load in delivered
    )
    pairs = ((load, contents.get(load.duplicate_of or load.load_id)) for load in delivered)
    return [(load, content) for load, content in pairs if content and load.load_id not in withdrawn]


def load_days(loads: Collection[Load]) -> dict[str, LoadDays]:
    """Return when each load is in force.

    Parameters
    ----------
    loads
        Of any number of streams.

    Returns
    -------
    dict of str to LoadDays
        By load.
    """
    days = {
        load.load_id: LoadDays(load.system, load.stream, False, load.file_date, load.file_date)
        for load in loads
        if load.status in {ledger.LOADED, ledger.EMPTY}
    }
    before: dict[tuple[str, ...], str] = {}
    for load, content in sorted(deliveries_in_force(loads), key=_by_day):
        part = (load.system, load.stream, load.part)
        is_same = before.get(part) == content.load_id
        since = days[content.load_id].since_date if is_same else load.file_date
        days[content.load_id] = LoadDays(load.system, load.stream, True, since, load.file_date)
        before[part] = content.load_id
    return days


def need_all_rows(
    before: Mapping[str, LoadDays], now: Mapping[str, LoadDays], describing: Collection[str]
) -> bool:
    """Return whether the latest rows can't be told from those of the night before and tonight's.

    Parameters
    ----------
    before, now
        When loads were in force on the night before, and are tonight.
    describing
        The loads of which the night before has a latest row.

    Returns
    -------
    bool
        True if what was described by a file that counts no more is now described by one before it;
        if a file counts again, or from another day; or if two of a stream are now of one day.
    """
    for load_id, then in before.items():
        today = now.get(load_id, then)
        if then.is_in_force and not today.is_in_force and load_id in describing:
            return True
        if today.is_in_force and (True, then.since_date) != (then.is_in_force, today.since_date):
            return True
        if today.last_date != then.last_date and _reaches_another(load_id, then, today, before):
            return True
    return False


def _reaches_another(
    load_id: str, then: LoadDays, today: LoadDays, before: Mapping[str, LoadDays]
) -> bool:
    """Return whether another file of the stream is of a day on which a load is newly in force."""
    return any(
        (then.last_date or "") < (other.since_date or "") <= (today.last_date or "")
        for other_id, other in before.items()
        if other_id != load_id
        and (other.system, other.stream) == (then.system, then.stream)
        and other.is_in_force
    )


def write_load_days(build: duckdb.DuckDBPyConnection, loads: Collection[Load]) -> None:
    """Write ``ops.load_days``, one row per load that the run may see."""
    build.execute(
        """
        create or replace table ops.load_days (
            load_id varchar, system varchar, stream varchar, is_in_force boolean,
            since_date date, last_date date
        )
        """
    )
    rows = [(load_id, *days) for load_id, days in load_days(loads).items()]
    insert_rows(build, "ops.load_days", rows)


def read_load_days(build: duckdb.DuckDBPyConnection) -> dict[str, LoadDays]:
    """Read ``ops.load_days`` as the last night wrote it."""
    rows = build.execute(
        "select load_id, system, stream, is_in_force, cast(since_date as varchar),"
        " cast(last_date as varchar) from ops.load_days"
    ).fetchall()
    return {load_id: LoadDays(*facts) for load_id, *facts in rows}


def _by_day(delivery: tuple[Load, Load]) -> tuple[Any, ...]:
    load, _ = delivery
    return load.file_date or "", load.revision, load.supplement, load.number
