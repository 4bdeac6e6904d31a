"""Checks on the files of a night: quarantine, rejections, repetitions.

A file counts as tonight's if the build has not taken it in yet (``is_new``) or, where there is
nothing to take in, if it was read tonight (``load_date``). Corrected files are no longer judged.
"""

from __future__ import annotations

from expectations.vocabulary import WARNING, Expectation, no_rows

ASK_THE_OWNER = "ask the owner whom the contract names for a corrected file"

QUARANTINE_WARNS_ABOVE = 0.01
QUARANTINE_STOPS_ABOVE = 0.05
QUARANTINE_LEAST_ROWS = 100
WHY_QUARANTINE = (
    "up to 1 % is the usual rate of typing errors; above 5 % the format has probably changed, and"
    " the remaining rows would look like a bad day of business. Below 100 rows a share says little:"
    " only a file whose rows are all quarantined stops the night"
)

REJECTED_STOPS_FOR_DAYS = 7
WHY_REJECTED = (
    "an expected file that could not be read leaves a gap, which would be published as a day"
    " without sales; after seven days the gap is taken as accepted and the night goes on"
)


_TOLD = "system, stream, load_id, file, file_date, load_reason"
_REJECTED = """
    select loads.system, loads.stream, loads.load_id, loads.file, loads.file_date,
        loads.reason as load_reason, loads.revision > 0 or loads.supplement > 0 as is_correction,
        loads.load_date = current_run.business_date as is_of_tonight,
        streams.expected_every_days is not null
            and loads.file_date > current_run.business_date - $days
            and not exists (
                select 1 from ops.loads as good
                where good.system = loads.system and good.stream = loads.stream
                    and good.file_date = loads.file_date
                    and (good.part = loads.part or not is_known_part)
                    and good.status in ('loaded', 'empty', 'duplicate')
            ) as is_hole
    from (
        select *, bool_or(status in ('loaded', 'empty', 'duplicate'))
            over (partition by system, stream, part) as is_known_part
        from ops.loads
    ) as loads cross join ops.current_run
    left join ops.streams on loads.system = streams.system and loads.stream = streams.stream
    where loads.status = 'rejected'
"""


def of_the_files() -> list[Expectation]:
    """Return the checks on each of tonight's files."""
    share = "round(rows_quarantined / rows_read, 4) as quarantine_share"
    tonight = (
        "select load_id, system, stream, file_date, rows_read, rows_quarantined, "  # noqa: S608
        f"{share} from ops.loads where is_new and rows_read > 0 and superseded_by is null"
    )
    # a constant, no value from a file
    stops = (
        " and rows_quarantined > $stop * rows_read"
        " and (rows_read >= $least or rows_quarantined = rows_read)"
    )
    return [
        no_rows(
            "ops.loads",
            "few rows of tonight's files were quarantined",
            f"{tonight} and rows_quarantined > $warn * rows_read and not (true {stops})",
            severity=WARNING,
            bounds={
                "warn": QUARANTINE_WARNS_ABOVE,
                "stop": QUARANTINE_STOPS_ABOVE,
                "least": QUARANTINE_LEAST_ROWS,
            },
            because=WHY_QUARANTINE,
            advice="read the reasons with the command below, correct the rows and resubmit them",
        ),
        no_rows(
            "ops.loads",
            "no file of tonight has too many quarantined rows",
            f"{tonight} {stops}",
            bounds={"stop": QUARANTINE_STOPS_ABOVE, "least": QUARANTINE_LEAST_ROWS},
            because=WHY_QUARANTINE,
            advice=f"read the reasons with the command below; {ASK_THE_OWNER}",
        ),
        no_rows(
            "ops.loads",
            "tonight's files are written as their contracts say",
            """
            select load_id, system, stream, file, file_date, reason as load_reason
            from ops.loads
            where is_new and status = 'loaded' and reason <> '' and supplement = 0
                and superseded_by is null
            """,
            severity=WARNING,
            because="they could be read, but not all of them as the contract says: a column that is"
            " renamed is null from then on, a sheet that is new is not read",
            advice="do what the reason says: name the sheet or the column's former name in the"
            f" contract; or {ASK_THE_OWNER}",
        ),
        no_rows(
            "ops.loads",
            "tonight's files have no more totals and no more comments between rows than before",
            """
            select load_id, system, stream, file, file_date, totals_skipped, comments_skipped,
                usual_totals, usual_comments
            from (
                select loads.*,
                    coalesce(max(totals_skipped) over earlier, 1) as usual_totals,
                    coalesce(max(comments_skipped) over earlier, 0) as usual_comments
                from ops.loads
                where status in ('loaded', 'empty')
                window earlier as (
                    partition by system, stream order by number
                    rows between unbounded preceding and 1 preceding
                )
            ) as compared
            where is_new and superseded_by is null
                and (
                    totals_skipped > greatest(usual_totals, 1)
                    or comments_skipped > usual_comments
                )
            """,
            severity=WARNING,
            because="they are skipped, and a row that only looks like one is lost: a customer who"
            " is called Total, an order that begins with the mark of comments",
            advice="look at these lines in the file: totalsRow and comment of the contract must"
            " not match a row; then correct the contract, and touch the file to have it read again",
        ),
        no_rows(
            "ops.marked_rows",
            "every row of tonight's snapshots has a key of its own",
            """
            select loads.load_id, loads.system, loads.stream, loads.file, loads.file_date,
                count(*) as ambiguous_count
            from ops.marked_rows inner join ops.loads on marked_rows.load_id = loads.load_id
            where mark = 'ambiguous' and loads.is_new and loads.superseded_by is null
            group by all
            """,
            because="of two rows with one key the last would win in silence, and a row without a"
            " key belongs to nothing",
            advice="ask the owner named in the contract for a corrected file; or mark as"
            " primaryKey what makes a row unique; rows that are equal in every column may be set"
            " aside (exactDoubles)",
        ),
        no_rows(
            "ops.marked_rows",
            "every deletion mark of tonight's snapshots is understood",
            """
            select loads.load_id, loads.system, loads.stream, loads.file, loads.file_date,
                count(*) as unclear_count, loads.rows_loaded
            from ops.marked_rows inner join ops.loads on marked_rows.load_id = loads.load_id
            where mark = 'unclear' and loads.is_new and loads.superseded_by is null
            group by all
            """,
            because="a word that is taken for a deletion by mistake deletes everybody, and one that"
            " is not keeps who has left",
            advice="list the values that delete in the contract (deletionValues)",
        ),
        no_rows(
            "ops.loads",
            "no expected file of the last week is missing because it was rejected",
            f"select {_TOLD} from ({_REJECTED}) where is_hole",  # noqa: S608  constants
            bounds={"days": REJECTED_STOPS_FOR_DAYS},
            because=WHY_REJECTED,
            advice=f"correct what the reason says; {ASK_THE_OWNER}",
        ),
        no_rows(
            "ops.loads",
            "no correction of tonight was rejected",
            f"select {_TOLD} from ({_REJECTED})"  # noqa: S608  constants
            " where is_of_tonight and is_hole is not true and is_correction",
            severity=WARNING,
            bounds={"days": REJECTED_STOPS_FOR_DAYS},
            because="the mistake that it was to correct is still published, and whoever sent it"
            " takes it for corrected",
            advice="tell the owner whom the contract names what the reason says, and have it sent"
            " again",
            is_alerted=True,
        ),
        no_rows(
            "ops.loads",
            "no other file of tonight was rejected",
            f"select {_TOLD} from ({_REJECTED})"  # noqa: S608  constants
            " where is_of_tonight and is_hole is not true and not is_correction",
            severity=WARNING,
            bounds={"days": REJECTED_STOPS_FOR_DAYS},
            because="no expected file is missing, but someone put an unreadable file there",
            advice="correct what the reason says, or remove the file from the landing zone",
        ),
        no_rows(
            "ops.loads",
            "no daily file came twice tonight",
            """
            select load_id, loads.system, loads.stream, file_date, duplicate_of
            from ops.loads cross join ops.current_run
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where status = 'duplicate' and load_date = business_date
                and not contains(streams.delivery, 'snapshot')
            """,
            severity=WARNING,
            because="the copy was skipped, but an export that sends a file twice may also leave"
            " one out; snapshots may repeat when nothing has changed",
            advice="let the owner of the stream know; there is nothing to repair",
        ),
        no_rows(
            "ops.loads",
            "no file of tonight has the content of another system's",
            """
            select loads.load_id, loads.system, loads.file, loads.rows_loaded,
                other.system as other_system, other.file as other_file
            from ops.loads cross join ops.current_run
            inner join ops.loads as other
                on loads.sha256 = other.sha256 and loads.system <> other.system
            where loads.status = 'loaded' and loads.superseded_by is null
                and other.status = 'loaded' and other.superseded_by is null
                and loads.rows_loaded > 0
                and (loads.is_new or loads.load_date = business_date)
                and (loads.system > other.system or not other.is_new)
            """,
            severity=WARNING,
            because="rows of two systems are never the same rows: if both are received, they count"
            " twice",
            advice="if one was put into the wrong folder, remove it there and have that system's"
            " own file sent again, as a correction (_r1)",
        ),
        no_rows(
            "ops.loads",
            "no file was still being written tonight",
            "select load_id, system, stream, file_date from ops.loads cross join ops.current_run"
            " where status = 'waiting' and load_date = business_date",
            severity=WARNING,
            because="its rows are missing from tonight's tables; the next night loads it, or"
            " rejects it if it is still incomplete",
            advice="check when the upload finishes; if it is often late, start the night later",
        ),
    ]
