"""What must hold of the files of a night: quarantine, rejections, volume, freshness.

A file is of tonight if the build has not taken it in yet (``is_new``) or, where there is nothing to
take in, if it was looked at tonight (``load_date``). A file that was corrected is judged no more.
"""

from __future__ import annotations

from expectations.vocabulary import WARNING, Expectation, no_rows

ASK_THE_OWNER = "ask the owner named in sources/<system>/contract.yml for a corrected file"

QUARANTINE_WARNS_ABOVE = 0.01
QUARANTINE_STOPS_ABOVE = 0.05
QUARANTINE_LEAST_ROWS = 100
WHY_QUARANTINE = (
    "up to 1 % are typing errors of every export; above 5 % the format has changed, and what is"
    " left would look like a bad day of business. Below 100 rows a share says little: only a file"
    " that is wholly in quarantine stops the night"
)

OVERDUE_STOPS_AFTER = 3
WHY_OVERDUE = (
    "one missing file can be a closed day (the shop is shut on Christmas Day); three periods in a"
    " row without any are a broken export"
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
    " four of them): weekdays and seasons stay within a factor of three, ten times is a file sent"
    " twice over or a wrong extract. Needs 7 files and a median of 100 rows: smaller numbers jump"
    " by themselves"
)

REJECTED_STOPS_FOR_DAYS = 7
WHY_REJECTED = (
    "a promised file that could not be read leaves a hole in its day, and a publication with the"
    " hole looks like a day without sales; after a week of stopped nights somebody has decided"
)


# every file's rows against the median of the files before it, for files first seen tonight
_VOLUMES = """
    with accepted as (
        select loads.system, loads.stream, loads.load_id, loads.file_date, loads.rows_read,
            loads.is_new or loads.load_date = current_run.business_date as is_of_tonight,
            row_number() over (
                partition by loads.system, loads.stream order by loads.file_date, loads.load_id
            ) as place
        from ops.loads cross join ops.current_run
        inner join ops.streams
            on loads.system = streams.system and loads.stream = streams.stream
        where loads.status in ('loaded', 'empty') and loads.superseded_by is null
            and loads.supplement = 0 and streams.expected_every_days is not null
    ),
    compared as (
        select tonight.system, tonight.stream, tonight.load_id, tonight.file_date,
            tonight.rows_read, count(*) as history_files,
            median(past.rows_read) as any_day,
            median(past.rows_read) filter (same_weekday) as weekday,
            count(*) filter (same_weekday) as weekday_files
        from accepted as tonight
        inner join (
            select accepted.*, dayofweek(file_date) as weekday_number from accepted
        ) as past
            on tonight.system = past.system and tonight.stream = past.stream
            and past.place between tonight.place - $history and tonight.place - 1,
        lateral (select past.weekday_number = dayofweek(tonight.file_date) as same_weekday)
        where tonight.is_of_tonight
        group by all
    ),
    volumes as (
        select system, stream, load_id, file_date, rows_read,
            case when weekday_files >= $weekdays then weekday else any_day end as usual_rows
        from compared
        where history_files >= $files
    )
    select *, round(rows_read / usual_rows, 2) as ratio
    from volumes
    where usual_rows >= $least_median
"""
_VOLUME_BOUNDS = {
    "history": VOLUME_HISTORY_FILES,
    "weekdays": VOLUME_SAME_WEEKDAYS,
    "files": VOLUME_LEAST_FILES,
    "least_median": VOLUME_LEAST_MEDIAN,
}

_OVERDUE = """
    with latest as (
        select streams.system, streams.stream, streams.expected_every_days,
            max(loads.file_date) as last_file_date
        from ops.streams
        inner join ops.loads
            on streams.system = loads.system and streams.stream = loads.stream
        where (
                loads.status in ('loaded', 'empty')
                -- a snapshot may repeat; other files that repeat bring nothing
                or loads.status = 'duplicate' and streams.delivery = 'snapshot'
            )
            and streams.expected_every_days is not null
        group by all
    )
    select latest.*,
        date_diff('day', last_file_date, current_run.business_date) as days_old
    from latest cross join ops.current_run
"""

_REJECTED = """
    select loads.system, loads.stream, loads.load_id, loads.file_date,
        loads.load_date = current_run.business_date as is_of_tonight,
        streams.expected_every_days is not null
            and loads.file_date > current_run.business_date - $days
            and not exists (
                select 1 from ops.loads as good
                where good.system = loads.system and good.stream = loads.stream
                    and good.file_date = loads.file_date
                    and good.status in ('loaded', 'empty', 'duplicate')
            ) as is_hole
    from ops.loads cross join ops.current_run
    left join ops.streams on loads.system = streams.system and loads.stream = streams.stream
    where loads.status = 'rejected'
"""


def of_the_files() -> list[Expectation]:
    """Return what must hold of each of tonight's files.

    Returns
    -------
    list of Expectation
        On ``ops.loads``.
    """
    share = "round(rows_quarantined / rows_read, 4) as quarantine_share"
    tonight = (
        "select load_id, system, stream, file_date, rows_read, rows_quarantined, "  # noqa: S608
        f"{share} from ops.loads where is_new and rows_read > 0 and superseded_by is null"
    )
    # a constant of this page, no value from a file
    stops = (
        " and rows_quarantined > $stop * rows_read"
        " and (rows_read >= $least or rows_quarantined = rows_read)"
    )
    return [
        no_rows(
            "ops.loads",
            "few rows of tonight's files are in quarantine",
            f"{tonight} and rows_quarantined > $warn * rows_read and not (true {stops})",
            severity=WARNING,
            bounds={
                "warn": QUARANTINE_WARNS_ABOVE,
                "stop": QUARANTINE_STOPS_ABOVE,
                "least": QUARANTINE_LEAST_ROWS,
            },
            because=WHY_QUARANTINE,
            advice="read the reasons in the quarantine, correct the rows and submit them again",
        ),
        no_rows(
            "ops.loads",
            "no file of tonight is mostly poison",
            f"{tonight} {stops}",
            bounds={"stop": QUARANTINE_STOPS_ABOVE, "least": QUARANTINE_LEAST_ROWS},
            because=WHY_QUARANTINE,
            advice=f"read the reasons in the quarantine; {ASK_THE_OWNER}",
        ),
        no_rows(
            "ops.loads",
            "no promised file of the last week is missing because it was rejected",
            f"select * from ({_REJECTED}) where is_hole",  # noqa: S608  a constant of this page
            bounds={"days": REJECTED_STOPS_FOR_DAYS},
            because=WHY_REJECTED,
            advice=f"read the reason in ops.loads; {ASK_THE_OWNER}",
        ),
        no_rows(
            "ops.loads",
            "no other file of tonight was rejected",
            f"select * from ({_REJECTED}) where is_of_tonight and is_hole is not true",  # noqa: S608
            severity=WARNING,
            bounds={"days": REJECTED_STOPS_FOR_DAYS},
            because="nothing that was promised is missing, but somebody put a file there",
            advice="read the reason in ops.loads and clear the landing zone",
        ),
        no_rows(
            "ops.loads",
            "no daily file of tonight came twice",
            """
            select load_id, loads.system, loads.stream, file_date, duplicate_of
            from ops.loads cross join ops.current_run
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where status = 'duplicate' and load_date = business_date
                and delivery <> 'snapshot'
            """,
            severity=WARNING,
            because="it was noted and skipped, but an export that repeats itself may also omit; a"
            " snapshot may repeat, when nothing has changed",
            advice="tell the owner of the stream; nothing to repair",
        ),
        no_rows(
            "ops.loads",
            "no file was still being written tonight",
            "select load_id, system, stream, file_date from ops.loads cross join ops.current_run"
            " where status = 'waiting' and load_date = business_date",
            severity=WARNING,
            because="its rows are not in tonight's tables; the next night takes it, or rejects it"
            " if it has not changed by then",
            advice="see when the upload ends; if it is regularly late, start the night later",
        ),
    ]


def of_the_streams() -> list[Expectation]:
    """Return what the streams promise: to come, on time, in their usual size.

    Returns
    -------
    list of Expectation
        On ``ops.streams``.
    """
    return [
        no_rows(
            "ops.streams",
            "every promised stream is on time",
            f"select * from ({_OVERDUE}) where days_old >= expected_every_days"  # noqa: S608
            " and days_old < $periods * expected_every_days",
            severity=WARNING,
            bounds={"periods": OVERDUE_STOPS_AFTER},
            because=WHY_OVERDUE,
            advice="ask the owner of the stream whether the day was closed",
        ),
        no_rows(
            "ops.streams",
            "no promised stream has fallen silent",
            f"select * from ({_OVERDUE})"  # noqa: S608  a constant of this page
            " where days_old >= $periods * expected_every_days",
            bounds={"periods": OVERDUE_STOPS_AFTER},
            because=WHY_OVERDUE,
            advice=ASK_THE_OWNER,
        ),
        no_rows(
            "ops.streams",
            "no file of tonight is empty that must not be",
            """
            select loads.load_id, loads.system, loads.stream, loads.file_date, loads.rows_read
            from ops.loads cross join ops.current_run
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where loads.status in ('loaded', 'empty') and loads.rows_read = 0
                and loads.superseded_by is null and not streams.may_be_empty
                and (loads.is_new or loads.load_date = current_run.business_date)
            """,
            because="the contract says of each stream whether nothing is an answer",
            advice=ASK_THE_OWNER,
        ),
        no_rows(
            "ops.streams",
            "tonight's files are about as large as usual",
            f"select * from ({_VOLUMES})"  # noqa: S608  a constant of this page
            " where (ratio < $low or ratio > $high) and ratio <= $stop",
            severity=WARNING,
            bounds={
                **_VOLUME_BOUNDS,
                "low": VOLUME_WARNS_BELOW,
                "high": VOLUME_WARNS_ABOVE,
                "stop": VOLUME_STOPS_ABOVE,
            },
            because=WHY_VOLUME,
            advice="compare with the calendar; ask the owner if there is no reason",
        ),
        no_rows(
            "ops.streams",
            "no file of tonight is many times as large as usual",
            f"select * from ({_VOLUMES}) where ratio > $stop",  # noqa: S608  as above
            bounds={**_VOLUME_BOUNDS, "stop": VOLUME_STOPS_ABOVE},
            because=WHY_VOLUME,
            advice=f"if the file is right, raise VOLUME_STOPS_ABOVE; if not, {ASK_THE_OWNER}",
        ),
    ]
