"""Writes which full snapshots are complete: only from these is anyone absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import duckdb

from dangol.contracts.model import Stream

_DELIVERED = {"loaded", "empty", "duplicate"}


class _File(NamedTuple):
    """What the ledger says of a file; a duplicate's rows are those that it repeats."""

    part: str
    status: str
    is_supplement: bool
    is_in_force: bool
    rows: int
    unread: int
    doubles: int
    marked: int


def write_snapshots(build: duckdb.DuckDBPyConnection, streams: Iterable[Stream]) -> None:
    """Write ``ops.snapshots``, one row per business day of a stream that delivers full snapshots.

    A snapshot is complete if it has the parts that the contract lists, or else those of the last
    complete one before it, and all of its rows could be read.
    """
    build.execute(
        """
        create or replace table ops.snapshots (
            system varchar, stream varchar, file_date date, is_complete boolean,
            missing_parts varchar, unread_rows bigint, row_count bigint,
            active_count bigint, next_complete_date date
        )
        """
    )
    rows = [row for stream in streams for row in _rows_of(build, stream)]
    if rows:
        columns = [list(values) for values in zip(*rows, strict=True)]
        lists = ", ".join("unnest(?)" for _ in columns)
        build.execute(f"insert into ops.snapshots select {lists}", columns)


def _rows_of(build: duckdb.DuckDBPyConnection, stream: Stream) -> list[list[object]]:
    """Return the rows of a stream, the last day first."""
    if stream.delivery != "full_snapshot":
        return []
    rows: list[list[object]] = []
    next_complete = None
    for day, is_complete, *counts in reversed(list(_judged(stream, _by_day(build, stream)))):
        rows.append([stream.system, stream.name, day, is_complete, *counts, next_complete])
        next_complete = day if is_complete else next_complete
    return rows


def _by_day(build: duckdb.DuckDBPyConnection, stream: Stream) -> dict[date, list[_File]]:
    days: dict[date, list[_File]] = defaultdict(list)
    rows = build.execute(
        """
        with marked as (
            select load_id, count(*) filter (mark = 'double') as doubles,
                count(distinct row_number) as marked
            from ops.marked_rows where mark in ('deleted', 'double') group by load_id
        )
        select loads.file_date, loads.part, loads.status, loads.supplement > 0,
            loads.superseded_by is null, content.rows_loaded, content.rows_quarantined,
            coalesce(doubles, 0), coalesce(marked, 0)
        from ops.loads as loads
        inner join ops.loads as content
            on content.load_id = coalesce(loads.duplicate_of, loads.load_id)
        left join marked on content.load_id = marked.load_id
        where loads.system = ? and loads.stream = ? and loads.status <> 'removed'
            and loads.file_date is not null
        order by loads.file_date, loads.number
        """,
        [stream.system, stream.name],
    ).fetchall()
    for day, *facts in rows:
        days[day].append(_File(*facts))
    return days


def _judged(
    stream: Stream, days: dict[date, list[_File]]
) -> Iterator[tuple[date, bool, str, int, int, int]]:
    """Judge the snapshot of each day, in the order of the days.

    Yields
    ------
    tuple
        The day, whether it is complete, its missing parts, the rows that could not be read, its
        rows, and those that are not marked as deleted.
    """
    before: set[str] = set()
    for day, files in days.items():
        counting = [each for each in files if each.is_in_force and each.status in _DELIVERED]
        parts = {each.part for each in counting if not each.is_supplement}
        if not parts:
            continue
        expected = stream.snapshot_parts
        needed = before | {each.part for each in files} if expected is None else set(expected)
        missing = sorted(needed - parts)
        # a supplement has rows that could not be read before
        added = sum(each.rows for each in counting if each.is_supplement)
        unread = max(sum(each.unread for each in counting) - added, 0)
        if not missing and not unread:
            before = parts
        rows = sum(each.rows - each.doubles for each in counting)
        active = sum(each.rows - each.marked for each in counting)
        yield day, not missing and not unread, ", ".join(missing), unread, rows, active
