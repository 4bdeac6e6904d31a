"""Decides from which delivery a day counts that several cover, where rows are told by place.

With a key, two rows of one day are the same or they are not. By place nothing tells, so the whole
day counts from one delivery, as the contract's ``overlap`` says; where it doesn't, the night stops.
The table ``ops.claimed_days`` has the answers, and the strategy `versions` applies them to rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from dangol.contracts.model import Stream

Period = tuple[date, date]


@dataclass(frozen=True)
class Claim:
    """A file that is for some days: every file in force but a supplement.

    Parameters
    ----------
    file
        Its name.
    period
        Its first and last day, both inclusive.
    part
        The part whose rows it has; empty for those of every part.
    is_new
        Whether the build does not have it yet.
    """

    file: str
    period: Period
    part: str
    is_new: bool


def write_claimed_days(build: duckdb.DuckDBPyConnection, streams: Iterable[Stream]) -> None:
    """Write ``ops.claimed_days``: per stream, day and part, the days of the delivery that counts.

    Only of streams whose rows are told by place and that have a file of several days or of none.
    """
    build.execute(
        """
        create or replace table ops.claimed_days (
            system varchar, stream varchar, part varchar, day date, first_date date,
            last_date date, file varchar, other_file varchar, is_declared boolean,
            is_touched boolean
        )
        """
    )
    rows = [
        (stream.system, stream.name, *found)
        for stream in streams
        if not stream.has_key
        for found in _days_of(build, stream)
    ]
    if rows:
        lists = ", ".join("unnest(?)" for _ in rows[0])
        columns = [list(values) for values in zip(*rows, strict=True)]
        build.execute(f"insert into ops.claimed_days select {lists}", columns)


def _days_of(build: duckdb.DuckDBPyConnection, stream: Stream) -> Iterator[tuple[object, ...]]:
    loads = build.execute(
        "select file, first_date, file_date, part, is_new, supplement from ops.loads"
        " where system = ? and stream = ? and status in ('loaded', 'empty')"
        " and superseded_by is null order by file",
        [stream.system, stream.name],
    ).fetchall()
    if all(last is not None and first is None for _, first, last, *_ in loads):
        return
    claims: dict[date, list[Claim]] = defaultdict(list)
    for file, first, last, part, is_new, supplement in loads:
        if last is not None and not supplement:
            period = (first or last, last)
            for ago in range((period[1] - period[0]).days + 1):
                claims[last - timedelta(days=ago)].append(Claim(file, period, part, is_new))
    parts = {part for _, _, _, part, _, _ in loads}
    for day, claimants in sorted(claims.items()):
        claimed: dict[str, list[Claim]] = defaultdict(list)
        for each in claimants:
            claimed[each.part].append(each)
        # a file of every part concerns them all, and every part concerns it
        for part in sorted(parts if "" in claimed else {*claimed} | parts & {""}):
            of_part = [*claimed.get("", ()), *claimed.get(part, ())] if part else claimants
            counting, other = decided(of_part, stream.overlap)
            yield (
                part,
                day,
                *((None, None) if other else counting.period),
                counting.file,
                other.file if other else None,
                stream.overlap is not None,
                any(each.is_new for each in of_part),
            )


def decided(claims: list[Claim], overlap: str | None) -> tuple[Claim, Claim | None]:
    """Decide from which delivery a day counts.

    Parameters
    ----------
    claims
        Of the day, at least one. Those for the same days are parts of one delivery.
    overlap
        ``daily``, the shorter period within the other; ``bulk``, the longer around it; ``later``,
        the one that ends later, or of two the one that begins later. None if undeclared.

    Returns
    -------
    tuple of (Claim, Claim or None)
        A file of the delivery that counts, and None; or two files of which that can't be told. The
        file of every part gives way to none of a single one, which lacks the others' rows.
    """
    if all(claim.period == claims[0].period for claim in claims):
        return claims[0], None
    periods = sorted({claim.period for claim in claims})
    firsts, lasts = zip(*periods, strict=True)
    counting = {
        "daily": (max(firsts), min(lasts)),
        "bulk": (min(firsts), max(lasts)),
        "later": max(periods, key=lambda period: period[::-1]),
    }.get(overlap or "", periods[0])
    winners = [claim for claim in claims if claim.period == counting]
    losers = [claim for claim in claims if claim.period != counting]
    if not winners:
        return losers[0], next(each for each in losers if each.period != losers[0].period)
    whole = [claim for claim in losers if not claim.part]
    if overlap is None or (whole and all(claim.part for claim in winners)):
        return winners[0], (whole or losers)[0]
    return winners[0], None
