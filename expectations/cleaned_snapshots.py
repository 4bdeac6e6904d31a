"""Checks on full snapshots: whether they are complete, and lack few of the rows before."""

from __future__ import annotations

from dangol.model_facts import received_models
from expectations.vocabulary import WARNING, Expectation, no_rows

GUARDED_DAYS = 14
LEAST_ABSENT = 10

_LAST = """
    select snapshots.*,
        max(snapshots.file_date) over (partition by snapshots.system, snapshots.stream) as last_date
    from ops.snapshots as snapshots
"""
_TONIGHT = f"""
    select last.* from ({_LAST}) as last
    where last.file_date > last.last_date - $days and exists (
        select 1 from ops.loads
        where loads.system = last.system and loads.stream = last.stream
            and loads.file_date = last.file_date
            and (loads.is_new or loads.load_date = (select business_date from ops.current_run))
    )
"""  # noqa: S608  constants
_ALLOWED = (
    "greatest(max(streams.absent_at_most) * known_count,"
    " least($least, known_count / 2) * sign(max(streams.absent_at_most)))"
)
_BOUNDS = {"days": GUARDED_DAYS, "least": LEAST_ABSENT}
_WHY = (
    "a file that was cut off looks like the end of everyone who is missing; the contract says how"
    " many may be (absentAtMost), and ten rows, of fewer than twenty half, always may"
)
_ADVICE = (
    "ask the owner named in the contract for the whole snapshot; if so many have really ended,"
    " raise absentAtMost in the contract for two weeks"
)


def of_snapshots() -> list[Expectation]:
    """Return the checks on snapshots."""
    entities = [entity.name for entity, _ in received_models("latest")]
    return [
        *map(_have_own_keys, entities),
        _are_complete(),
        *map(_lack_few, entities),
        _shrink_little(),
    ]


def _have_own_keys(entity: str) -> Expectation:
    return no_rows(
        f"cleaned.int_{entity}_received",
        f"no two rows of a snapshot contradict each other about {entity}",
        f"""
        select loads.load_id, loads.system, loads.stream, loads.file, loads.file_date,
            count(*) as contested_count, min(rows._row) as first_row
        from cleaned.int_{entity}_received as rows
        inner join ops.loads as loads on rows._load_id = loads.load_id
        where rows.is_contested and loads.superseded_by is null
        group by all
        """,  # noqa: S608 - our names
        because="of two rows with one key, such as ids that differ only in spaces, or in two parts"
        " of a snapshot, the last would win in silence",
        advice="ask the owner named in the contract for a corrected file; or make in the staging"
        " model the key of what makes a row unique",
    )


def _are_complete() -> Expectation:
    return no_rows(
        "ops.snapshots",
        "tonight's full snapshots are complete",
        f"select system, stream, file_date, missing_parts, unread_rows from ({_TONIGHT})"  # noqa: S608
        " where not is_complete order by system, stream, file_date",
        severity=WARNING,
        bounds={"days": GUARDED_DAYS},
        because="who is missing from a snapshot of which a part did not come, or a row could not be"
        " read, may be in there: nobody is absent from it, and its rows count",
        advice="ask the owner named in the contract for the missing parts, or list those that a"
        " snapshot has (snapshotParts); correct the rows in quarantine and resubmit them",
    )


def _lack_few(entity: str) -> Expectation:
    return no_rows(
        f"cleaned.{entity}",
        f"tonight's full snapshots lack few of the active rows of {entity}",
        f"""
        select tonight.system, tonight.stream, tonight.file_date, count(*) as known_count,
            count(gone.load_id) as absent_count, max(streams.absent_at_most) as absent_at_most
        from cleaned.{entity} as rows
        inner join ops.loads as loads on rows._load_id = loads.load_id
        inner join ({_TONIGHT}) as tonight
            on loads.system = tonight.system and loads.stream = tonight.stream
        inner join ops.streams as streams
            on loads.system = streams.system and loads.stream = streams.stream
        left join cleaned.int_snapshots_received as gone
            on rows._load_id = gone.load_id and gone.absent_since = rows.inactive_since
            and gone.absent_since = tonight.file_date
        where tonight.is_complete and (is_active or inactive_since >= tonight.file_date)
        group by tonight.system, tonight.stream, tonight.file_date
        having absent_count > {_ALLOWED}
        """,  # noqa: S608 - our names
        bounds=_BOUNDS,
        because=_WHY,
        advice=_ADVICE,
    )


def _shrink_little() -> Expectation:
    return no_rows(
        "ops.snapshots",
        "tonight's full snapshots have nearly as many rows as the largest of the two weeks before",
        f"""
        with counted as (
            select *, max(active_count) over (
                partition by system, stream order by file_date
                range between interval ($days) days preceding and interval 1 day preceding
            ) as known_count
            from ops.snapshots where is_complete
        )
        select counted.system, counted.stream, counted.file_date, counted.row_count, known_count,
            max(streams.absent_at_most) as absent_at_most
        from counted
        inner join ({_TONIGHT}) as tonight
            on counted.system = tonight.system and counted.stream = tonight.stream
            and counted.file_date = tonight.file_date
        inner join ops.streams as streams
            on counted.system = streams.system and counted.stream = streams.stream
        group by counted.system, counted.stream, counted.file_date, counted.row_count, known_count
        having known_count - counted.row_count > {_ALLOWED}
        """,  # noqa: S608  constants
        bounds=_BOUNDS,
        because=f"many small losses are a large one; {_WHY}",
        advice=_ADVICE,
    )
