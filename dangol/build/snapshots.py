"""Writes which full snapshots are complete: only from these is anyone absent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import duckdb

from dangol import ledger
from dangol.build.load_days import deliveries_in_force
from dangol.build.rows import insert_rows
from dangol.contracts.model import Stream
from dangol.ledger import Load

_NO_MARKS = (0, 0)


class _Delivery(NamedTuple):
    """What a delivery in force says; a duplicate's rows are those that it repeats."""

    part: str
    is_supplement: bool
    rows: int
    unread: int
    doubles: int
    marked: int


def write_snapshots(
    build: duckdb.DuckDBPyConnection, streams: Iterable[Stream], loads: Collection[Load]
) -> None:
    """Write ``ops.snapshots``, one row per business day of a stream that delivers full snapshots.

    A snapshot is complete if it has the parts that the contract lists, or else those of the last
    complete one before it, and all of its rows could be read.

    Parameters
    ----------
    loads
        Those that the run may see.
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
    marks = _marks(build)
    rows = [row for stream in streams for row in _rows_of(stream, loads, marks)]
    insert_rows(build, "ops.snapshots", rows)


def _marks(build: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    """Return by load the number of exact doubles, and of rows that are these or deleted."""
    rows = build.execute(
        """
        select load_id, count(*) filter (mark = 'double'), count(distinct row_number)
        from ops.marked_rows where mark in ('deleted', 'double') group by load_id
        """
    ).fetchall()
    return {load_id: (doubles, marked) for load_id, doubles, marked in rows}


def _rows_of(
    stream: Stream, loads: Iterable[Load], marks: Mapping[str, tuple[int, int]]
) -> list[list[object]]:
    """Return the rows of a stream, the last day first."""
    if stream.delivery != "full_snapshot":
        return []
    own = [
        load
        for load in loads
        if (load.system, load.stream) == (stream.system, stream.name) and load.file_date
    ]
    rows: list[list[object]] = []
    next_complete = None
    for day, is_complete, *counts in reversed(list(_judged(stream, own, marks))):
        rows.append([stream.system, stream.name, day, is_complete, *counts, next_complete])
        next_complete = day if is_complete else next_complete
    return rows


def _judged(
    stream: Stream, loads: list[Load], marks: Mapping[str, tuple[int, int]]
) -> Iterator[tuple[str, bool, str, int, int, int]]:
    """Judge the snapshot of each day, in the order of the days.

    Yields
    ------
    tuple
        The day, whether it is complete, its missing parts, the rows that could not be read, its
        rows, and those that are not marked as deleted.
    """
    days: dict[str, list[_Delivery]] = defaultdict(list)
    for load, content in deliveries_in_force(loads):
        counts = content.rows_loaded, content.rows_quarantined
        marked = marks.get(content.load_id, _NO_MARKS)
        days[str(load.file_date)].append(
            _Delivery(load.part, load.supplement > 0, *counts, *marked)
        )
    landed = _landed_parts(loads)
    before: set[str] = set()
    for day, deliveries in sorted(days.items()):
        parts = {each.part for each in deliveries if not each.is_supplement}
        expected = stream.snapshot_parts
        needed = before | landed[day] if expected is None else set(expected)
        missing = sorted(needed - parts)
        unread = sum(_unread(deliveries, part) for part in parts | landed[day])
        if not missing and not unread:
            before = parts
        rows = sum(each.rows - each.doubles for each in deliveries)
        active = sum(each.rows - each.marked for each in deliveries)
        yield day, not missing and not unread, ", ".join(missing), unread, rows, active


def _landed_parts(loads: Iterable[Load]) -> dict[str, set[str]]:
    """Return the parts of each day of which a file came, but for those that were removed again."""
    last = {load.file: load for load in loads}
    landed: dict[str, set[str]] = defaultdict(set)
    for load in loads:
        if last[load.file].status != ledger.REMOVED:
            landed[str(load.file_date)].add(load.part)
    return landed


def _unread(deliveries: Iterable[_Delivery], part: str) -> int:
    """Count the rows of a part that could not be read, and that no supplement has brought."""
    own = [each for each in deliveries if each.part == part]
    # a supplement has rows that could not be read before
    added = sum(each.rows for each in own if each.is_supplement)
    return max(sum(each.unread for each in own) - added, 0)
