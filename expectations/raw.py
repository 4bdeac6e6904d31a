"""What is accepted from the systems: the ledger, and through `expectations.raw_files` the files.

The rows have been typed and quarantined one by one when they were extracted; this gate looks at
whole files. It reads ``ops.loads``, ``ops.streams`` and ``ops.current_run``, and counts the rows of
tonight's files in the lake (the views ``raw.<system>__<stream>``) against the ledger.
"""

from __future__ import annotations

import duckdb

from dangol.night import Night
from dangol.settings import Settings
from expectations.raw_files import of_the_files, of_the_streams
from expectations.vocabulary import Expectation, never_null, no_rows, row_count, unique

LEDGER_IS_CODE = (
    "the ledger is written by the extractor alone: this is a fault of the code, report it"
)


def prepare(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Count the rows that the lake holds of tonight's files, in ``temp.lake_rows``.

    Parameters
    ----------
    connection
        The build file; a temporary table is made beside it.
    settings
        Not needed here.
    """
    connection.execute("create or replace temp table lake_rows (load_id varchar, row_count bigint)")
    streams = connection.execute(
        "select distinct view_name from duckdb_views() inner join ops.streams"
        " on view_name = system || '__' || stream where schema_name = 'raw'"
    ).fetchall()
    for (view,) in streams:
        # the name comes from the contracts, through the catalogue
        rows = f'select _load_id, count(*) from raw."{view}" group by _load_id'  # noqa: S608
        connection.execute(f"insert into temp.lake_rows {rows}")


def expectations(night: Night) -> list[Expectation]:
    """Return what must hold of the files before anything is built from them.

    Parameters
    ----------
    night
        The run.

    Returns
    -------
    list of Expectation
        In the order in which a reader would ask.
    """
    return [*_of_the_run(night), *_of_the_ledger(), *of_the_files(), *of_the_streams()]


def _of_the_run(night: Night) -> list[Expectation]:
    return [
        row_count(
            "ops.current_run",
            least=1,
            most=1,
            because="every model reads the night's day and instant from this one row",
            advice="run the step stage_raw again: it writes the row",
        ),
        no_rows(
            "ops.current_run",
            "the build is of this night's business day and instant",
            "select business_date, as_of from ops.current_run"
            " where business_date <> $day or as_of <> $as_of",
            bounds={"day": night.business_date, "as_of": night.as_of},
            because="models take their clock from the build, gates from the run: they must agree",
            advice="another run has written the build since: run the night again from stage_raw",
        ),
    ]


def _of_the_ledger() -> list[Expectation]:
    return [
        unique("ops.loads", ["load_id"], "every row of the lake names the load that it came with",
               LEDGER_IS_CODE),
        never_null("ops.loads", "status", "a file without a fate could be lost unnoticed",
                   LEDGER_IS_CODE),
        no_rows(
            "ops.loads",
            "every file has a known fate",
            "select load_id, system, stream, status from ops.loads where status not in"
            " ('loaded', 'duplicate', 'empty', 'rejected', 'waiting')",
            because="the sums below count each fate; a new one must be taught to them",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "every file balances: rows read = rows loaded + rows in quarantine",
            """
            select load_id, system, stream, status, rows_read, rows_loaded, rows_quarantined
            from ops.loads
            where (rows_read = rows_loaded + rows_quarantined) is not true
                or (status <> 'loaded' and rows_loaded <> 0)
            """,
            because="nothing is lost: to the row, no tolerance; a file that was not accepted has no"
            " rows in the lake",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "the lake holds as many rows of tonight's files as the ledger says",
            """
            select tonight.load_id, tonight.system, tonight.stream, tonight.rows_loaded,
                lake_rows.row_count
            from (select * from ops.loads where is_new and rows_loaded > 0) as tonight
            full join temp.lake_rows on tonight.load_id = lake_rows.load_id
            where tonight.rows_loaded is distinct from lake_rows.row_count
            """,
            because="what the ledger counted while it read must be what the models will read",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "no content is loaded twice",
            """
            select loads.system, loads.stream, count(*) as load_count, min(loads.load_id) as load_id
            from ops.loads
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where streams.delivery <> 'snapshot' and loads.status = 'loaded'
                and loads.superseded_by is null
            group by loads.system, loads.stream, loads.sha256
            having count(*) > 1
            """,
            because="a file that comes again under another name would double its sales; a snapshot"
            " may go back to an earlier state",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "a day of a stream that comes in daily parts has one file that holds",
            """
            select loads.system, loads.stream, loads.file_date, count(*) as file_count
            from ops.loads
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where streams.delivery = 'partition' and loads.status = 'loaded'
                and loads.superseded_by is null and loads.supplement = 0
            group by all
            having count(*) > 1
            """,
            because="a correction replaces the day's file as a whole; two that hold count twice;"
            " a supplement adds rows that were submitted again",
            advice="see both files in ops.loads; remove the wrong one from the landing zone or send"
            " a correction with a higher revision",
        ),
        no_rows(
            "ops.loads",
            "every duplicate and every superseded file names a file that is in the ledger",
            """
            select loads.load_id, loads.system, loads.stream, loads.status, loads.duplicate_of,
                loads.superseded_by
            from ops.loads
            left join ops.loads as original on loads.duplicate_of = original.load_id
            left join ops.loads as correction on loads.superseded_by = correction.load_id
            where (loads.status = 'duplicate' and original.load_id is null)
                or (loads.superseded_by is not null and correction.load_id is null)
            """,
            because="a file may only be left out for another that is in",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "what a duplicate brought holds in its original",
            """
            select loads.load_id, loads.system, loads.stream, loads.file, loads.duplicate_of
            from ops.loads
            inner join ops.loads as original on loads.duplicate_of = original.load_id
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            where streams.delivery = 'partition' and loads.status = 'duplicate'
                and loads.file_date is distinct from original.file_date
                and original.superseded_by is not null
                and not exists (
                    select 1 from ops.loads as again
                    where again.system = loads.system and again.stream = loads.stream
                        and again.file_date = loads.file_date and again.number > loads.number
                        and again.status in ('loaded', 'empty')
                )
            """,
            because="the duplicate was left out for another day's file, which has been corrected"
            " since: now its rows hold nowhere. The night loads it again if it still lies in the"
            " landing zone",
            advice="put the file back into the landing zone, or a correction of its day",
        ),
        no_rows(
            "ops.loads",
            "no file is from after the night's business day",
            """
            select load_id, loads.system, loads.stream, file_date, business_date
            from ops.loads cross join ops.current_run
            where file_date > business_date
            """,
            because="a run for a day sees what was known on it, also when it is replayed later",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "every file is of a stream that has a contract",
            """
            select loads.load_id, loads.system, loads.stream
            from ops.loads
            left join ops.streams on loads.system = streams.system and loads.stream = streams.stream
            where streams.stream is null and loads.status = 'loaded'
            """,
            because="without a contract nobody has said what the columns are or who is in them",
            advice="restore the stream in sources/<system>/contract.yml",
        ),
    ]  # fmt: skip
