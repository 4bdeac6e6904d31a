"""Checks on the streams: that they deliver, on time, in their usual size."""

from __future__ import annotations

from expectations.raw_files import ASK_THE_OWNER
from expectations.vocabulary import WARNING, Expectation, no_rows

OVERDUE_STOPS_AFTER = 3
WHY_OVERDUE = (
    "counted in open days: one missing file may mean a closed day; three in a row mean a broken"
    " export"
)

PART_LEAST_DAYS = 7
PART_USUAL_SHARE = 0.9
PART_HISTORY_DAYS = 28
WHY_PARTS = (
    "the other parts keep the stream on time, so nobody else would notice a part whose export has"
    " stopped. Only parts that came on nine of ten delivered days are missed: the numbers of a"
    " split export come and go"
)

VOLUME_HISTORY_FILES = 28
VOLUME_LEAST_FILES = 7
VOLUME_SAME_WEEKDAYS = 4
VOLUME_LEAST_MEDIAN = 100
VOLUME_WARNS_BELOW = 0.3
VOLUME_WARNS_ABOVE = 3.0
VOLUME_STOPS_ABOVE = 10.0
WHY_VOLUME = (
    "compared with the median of the stream's last 28 files (of the same weekday, once there are"
    " four): weekdays and seasons stay within a factor of three; ten times as many rows mean"
    " repeated data or a wrong extract. Needs 7 files and a median of 100 rows, because smaller"
    " counts fluctuate too much"
)


# every file's rows against the median of the files before it, for files first seen tonight
_VOLUMES = """
    with accepted as (
        select loads.system, loads.stream, loads.part, loads.load_id, loads.file_date,
            loads.rows_read,
            loads.is_new or loads.load_date = current_run.business_date as is_of_tonight,
            row_number() over (
                partition by loads.system, loads.stream, loads.part
                order by loads.file_date, loads.load_id
            ) as place
        from ops.loads cross join ops.current_run
        inner join ops.streams
            on loads.system = streams.system and loads.stream = streams.stream
        where loads.status in ('loaded', 'empty') and loads.superseded_by is null
            and loads.supplement = 0
            and coalesce(date_diff('day', loads.first_date, loads.file_date), 0)
                <= streams.expected_every_days
    ),
    compared as (
        select tonight.system, tonight.stream, tonight.part, tonight.load_id, tonight.file_date,
            tonight.rows_read, count(*) as history_files,
            median(past.rows_read) as any_day,
            median(past.rows_read) filter (same_weekday) as weekday,
            count(*) filter (same_weekday) as weekday_files
        from accepted as tonight
        inner join (
            select accepted.*, dayofweek(file_date) as weekday_number from accepted
        ) as past
            on tonight.system = past.system and tonight.stream = past.stream
            and tonight.part = past.part
            and past.place between tonight.place - $history and tonight.place - 1,
        lateral (select past.weekday_number = dayofweek(tonight.file_date) as same_weekday)
        where tonight.is_of_tonight
        group by all
    ),
    volumes as (
        select system, stream, part, load_id, file_date, rows_read,
            case when weekday_files >= $weekdays then weekday else any_day end as usual_rows
        from compared
        where history_files >= $files
    )
    select *, round(rows_read / usual_rows, 2) as ratio,
        -- a correction by number says that it is meant, also one that changes nothing
        exists (
            select 1 from ops.loads
            where (loads.load_id = volumes.load_id or loads.duplicate_of = volumes.load_id)
                and loads.revision > 0
        ) as is_meant
    from volumes
    where usual_rows >= $least_median
"""
_VOLUME_BOUNDS = {
    "history": VOLUME_HISTORY_FILES,
    "weekdays": VOLUME_SAME_WEEKDAYS,
    "files": VOLUME_LEAST_FILES,
    "least_median": VOLUME_LEAST_MEDIAN,
}

# a stream that has never come counts from the day on which its system began to deliver
_OVERDUE = """
    with latest as (
        select streams.system, streams.stream, streams.expected_every_days, streams.active_from,
            max(loads.file_date) filter (
                (
                    loads.status in ('loaded', 'empty')
                    -- a snapshot may repeat; any other repeated file delivers nothing
                    or loads.status = 'duplicate' and contains(streams.delivery, 'snapshot')
                )
                -- a history in bulk is not a promise kept; a month is, where one is promised
                and coalesce(date_diff('day', loads.first_date, loads.file_date), 0)
                    <= streams.expected_every_days
            ) as last_file_date
        from ops.streams
        left join ops.loads
            on streams.system = loads.system and streams.stream = loads.stream
        where streams.expected_every_days is not null
        group by all
    ),
    dated as (
        select latest.*, business_date,
            coalesce(last_file_date, active_from - 1) as counted_from
        from latest cross join ops.current_run
    )
    select dated.system, dated.stream, dated.expected_every_days, dated.last_file_date,
        date_diff('day', counted_from, any_value(business_date)) - count(closed_days.closed_date)
            as open_days
    from dated
    left join ops.closed_days
        on dated.system = closed_days.system and dated.stream = closed_days.stream
        and closed_days.closed_date > counted_from and closed_days.closed_date <= business_date
    group by dated.system, dated.stream, dated.expected_every_days, dated.last_file_date,
        counted_from
"""

# the parts that used to come with every delivery of the four weeks up to their last one, and the
# deliveries since
_PARTS = """
    with days as (
        select distinct loads.system, loads.stream, loads.part, loads.file_date
        from ops.loads
        inner join ops.streams
            on loads.system = streams.system and loads.stream = streams.stream
        where loads.status in ('loaded', 'empty') and loads.superseded_by is null
            and loads.first_date is null and streams.expected_every_days is not null
    ),
    parts as (
        select system, stream, part, max(file_date) as last_file_date from days
        where part <> '' group by system, stream, part
    ),
    compared as (
        select parts.*,
            count(distinct days.file_date) filter (days.file_date > last_file_date)
                as missed_days,
            count(distinct days.file_date) filter (
                days.file_date <= last_file_date and days.part = parts.part
            ) as own_days,
            count(distinct days.file_date) filter (days.file_date <= last_file_date)
                as delivered_days
        from parts inner join days
            on parts.system = days.system and parts.stream = days.stream
            and days.file_date > last_file_date - $history
        group by parts.system, parts.stream, parts.part, last_file_date
    )
    select system, stream, part, last_file_date, missed_days from compared
    where missed_days between 1 and $history and own_days >= $least
        and own_days >= $share * delivered_days
"""


def of_the_streams() -> list[Expectation]:
    """Return the checks on the streams: that they deliver, on time, in their usual size."""
    return [
        no_rows(
            "ops.streams",
            "every scheduled stream is on time",
            f"select * from ({_OVERDUE}) where open_days >= expected_every_days"  # noqa: S608
            " and open_days < $periods * expected_every_days",
            severity=WARNING,
            bounds={"periods": OVERDUE_STOPS_AFTER},
            because=WHY_OVERDUE,
            advice="ask the owner of the stream whether it was closed that day: the contract"
            " can name closed days, and `dangol night --closed SYSTEM` says it for one night",
        ),
        no_rows(
            "ops.streams",
            "every part of a delivery that always comes has come",
            _PARTS,
            severity=WARNING,
            bounds={
                "least": PART_LEAST_DAYS,
                "share": PART_USUAL_SHARE,
                "history": PART_HISTORY_DAYS,
            },
            because=WHY_PARTS,
            advice="ask the owner of the stream for the file of the part that is named; if it has"
            " ended for good, the warning ends after four weeks of deliveries",
        ),
        no_rows(
            "ops.streams",
            "every promised stream has come at least once",
            f"select system, stream, expected_every_days from ({_OVERDUE})"  # noqa: S608
            " where last_file_date is null and open_days is null",
            severity=WARNING,
            because="a stream that never comes is missed by nobody; its contract may say from which"
            " day on it delivers (activeFrom), and then it counts as overdue from there",
            advice="ask the owner named in the contract when it starts, and write activeFrom; or"
            " look for its files among the unclaimed ones, with `dangol loads --unclaimed`",
        ),
        no_rows(
            "ops.streams",
            "the contract and the staging models of each of the company's systems can be read",
            "select system, problem from ops.contract_problems",
            severity=WARNING,
            because="a system that can't be read is left out: its files wait, and the night goes on"
            " without it, unless something of it was loaded before",
            advice="the problem names the file and the place: correct it, and check it with"
            " `dangol contracts`",
        ),
        no_rows(
            "ops.streams",
            "no scheduled stream has stopped delivering",
            f"select * from ({_OVERDUE})"  # noqa: S608  a constant
            " where open_days >= $periods * expected_every_days",
            bounds={"periods": OVERDUE_STOPS_AFTER},
            because=WHY_OVERDUE,
            advice=ASK_THE_OWNER,
        ),
        no_rows(
            "ops.streams",
            "no file of tonight is unexpectedly empty",
            """
            select loads.load_id, loads.system, loads.stream, loads.file_date, loads.rows_read
            from ops.loads cross join ops.current_run
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where loads.status in ('loaded', 'empty') and loads.rows_read = 0
                and loads.superseded_by is null and not streams.may_be_empty
                and (loads.is_new or loads.load_date = current_run.business_date)
            """,
            because="the stream's contract does not allow empty files",
            advice=ASK_THE_OWNER,
        ),
        no_rows(
            "ops.streams",
            "tonight's files are about their usual size",
            f"select * from ({_VOLUMES})"  # noqa: S608  a constant
            " where (ratio < $low or ratio > $high) and (ratio <= $stop or is_meant)",
            severity=WARNING,
            bounds={
                **_VOLUME_BOUNDS,
                "low": VOLUME_WARNS_BELOW,
                "high": VOLUME_WARNS_ABOVE,
                "stop": VOLUME_STOPS_ABOVE,
            },
            because=WHY_VOLUME,
            advice="check the calendar for a reason; if there is none, ask the owner of the stream",
        ),
        no_rows(
            "ops.streams",
            "no file of tonight is many times its usual size",
            f"select * from ({_VOLUMES}) where ratio > $stop and not is_meant",  # noqa: S608  as above
            bounds={**_VOLUME_BOUNDS, "stop": VOLUME_STOPS_ABOVE},
            because=WHY_VOLUME,
            advice="if the file is correct, land it again under the name of a correction (_r1),"
            f" which says that it is meant; if not, {ASK_THE_OWNER}",
        ),
    ]
