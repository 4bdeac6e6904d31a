"""Checks what the systems delivered: the ledger here, files and streams in modules of their own.

Extraction has already typed or quarantined each row; this gate looks at whole files. It reads
``ops.loads``, ``ops.streams`` and ``ops.current_run``, and compares the ledger with the row counts
of tonight's files in the lake (the views ``raw.<system>__<stream>``).
"""

from __future__ import annotations

import duckdb

from dangol.night import Night
from dangol.settings import Settings
from expectations.raw_files import of_the_files
from expectations.raw_streams import of_the_streams
from expectations.vocabulary import Expectation, never_null, no_rows, row_count, unique

LEDGER_IS_CODE = "only the extractor writes the ledger, so this is a bug: report it"


def prepare(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Count the rows of tonight's files in the lake, into ``temp.lake_rows``.

    Parameters
    ----------
    connection
        To the build file; the counts go into a temporary table.
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
    """Return the checks that the files must pass before anything is built from them."""
    return [*_of_the_run(night), *_of_the_ledger(), *of_the_files(), *of_the_streams()]


def _of_the_run(night: Night) -> list[Expectation]:
    return [
        row_count(
            "ops.current_run",
            least=1,
            most=1,
            because="every model reads the night's business day and clock from this one row",
            advice="run the step stage_raw again: it writes this row",
        ),
        no_rows(
            "ops.current_run",
            "the build belongs to this night's business day and clock",
            "select business_date, as_of_utc from ops.current_run"
            " where business_date <> $day or as_of_utc <> $as_of",
            bounds={"day": night.business_date, "as_of": night.as_of},
            because="models take their clock from the build and gates take theirs from the run",
            advice="another run has overwritten the build: run the night again from stage_raw",
        ),
    ]


def _of_the_ledger() -> list[Expectation]:
    return [
        unique("ops.loads", ["load_id"], "every row in the lake refers to its load by this id",
               LEDGER_IS_CODE),
        never_null("ops.loads", "status", "a file without a status could be lost unnoticed",
                   LEDGER_IS_CODE),
        no_rows(
            "ops.loads",
            "every file has a known status",
            "select load_id, system, stream, status from ops.loads where status not in"
            " ('loaded', 'duplicate', 'empty', 'rejected', 'refused', 'removed',"
            " 'waiting')",
            because="the balances below count files by status; a new status must be added to them",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "every file balances: rows read = rows loaded + rows quarantined",
            """
            select load_id, system, stream, status, rows_read, rows_loaded, rows_quarantined
            from ops.loads
            where (rows_read = rows_loaded + rows_quarantined) is not true
                or (status <> 'loaded' and rows_loaded <> 0)
            """,
            because="not a single row may be lost, and a file that was not accepted has no rows in"
            " the lake",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "the lake contains as many rows of tonight's files as the ledger says",
            """
            select tonight.load_id, tonight.system, tonight.stream, tonight.rows_loaded,
                lake_rows.row_count
            from (
                select loads.* from ops.loads inner join ops.streams
                    on loads.system = streams.system and loads.stream = streams.stream
                where is_new and rows_loaded > 0
            ) as tonight
            full join temp.lake_rows on tonight.load_id = lake_rows.load_id
            where tonight.rows_loaded is distinct from lake_rows.row_count
            """,
            because="the models must read exactly the rows that the extractor counted",
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
            where not contains(streams.delivery, 'snapshot') and loads.status = 'loaded'
                and loads.superseded_by is null and loads.revision = 0
            group by loads.system, loads.stream, loads.sha256
            having count(*) > 1
            """,
            because="a file sent again under another name would double its sales; only a snapshot"
            " may return to an earlier state, and a correction by number says that it is meant",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "each delivery has exactly one current file",
            """
            select system, stream, first_date, file_date, part, count(*) as file_count
            from ops.loads
            where status = 'loaded' and superseded_by is null and supplement = 0
                and file_date is not null
            group by all
            having count(*) > 1
            """,
            because="a correction replaces the delivery's whole file, so two current files count"
            " its days twice; supplements (resubmitted rows) are not counted here",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "no file is refused: no two claim one delivery, none has the content of another",
            """
            select system, stream, load_id, file, contender, file_date, part
            from ops.loads
            where status = 'refused' and not exists (
                select 1 from ops.loads as later
                where later.system = loads.system and later.stream = loads.stream
                    and later.file = loads.file and later.number > loads.number
                    and later.status in ('loaded', 'empty', 'duplicate', 'removed', 'refused')
            ) and not exists (
                select 1 from ops.loads as correction
                inner join ops.loads as contender
                    on correction.system = contender.system
                    and correction.stream = contender.stream
                where correction.system = loads.system and correction.stream = loads.stream
                    and correction.first_date is not distinct from loads.first_date
                    and correction.file_date is not distinct from loads.file_date
                    and correction.part is not distinct from loads.part
                    and correction.revision > loads.revision
                    and correction.supplement = 0 and correction.status = 'loaded'
                    and contender.file = loads.contender
                    and (contender.file_date, contender.part)
                        is distinct from (loads.file_date, loads.part)
            )
            """,
            because="which of them counts must not depend on their names' alphabet: one would"
            " replace the other, or the same sales would count twice. A file with the content of"
            " another day no longer matters once a correction by number has replaced it",
            advice="the reason names both files: remove the wrong one from the landing zone and run"
            " the night again; or name the later one a correction (_r1); or, if both are right,"
            " let the contract's filePattern tell them apart with {part}",
        ),
        no_rows(
            "ops.loads",
            "every duplicate or superseded file names another file in the ledger",
            """
            select loads.load_id, loads.system, loads.stream, loads.status, loads.duplicate_of,
                loads.superseded_by
            from ops.loads
            left join ops.loads as original on loads.duplicate_of = original.load_id
            left join ops.loads as correction on loads.superseded_by = correction.load_id
            where (loads.status = 'duplicate' and original.load_id is null)
                or (loads.superseded_by is not null and correction.load_id is null)
            """,
            because="a file may only be skipped in favour of another one in the ledger",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "no file is dated after the night's business day",
            """
            select load_id, loads.system, loads.stream, file_date, business_date
            from ops.loads cross join ops.current_run
            where file_date > business_date
            """,
            because="a run for a day must see only what was known on that day, even when replayed",
            advice=LEDGER_IS_CODE,
        ),
        no_rows(
            "ops.loads",
            "every loaded file belongs to a stream with a contract",
            """
            select loads.system, loads.stream, count(*) as file_count,
                sum(loads.rows_loaded) as row_count, max(loads.load_id) as load_id,
                coalesce(any_value(problems.problem), 'no contract in force has it') as problem
            from ops.loads
            left join ops.streams on loads.system = streams.system and loads.stream = streams.stream
            left join ops.contract_problems as problems on loads.system = problems.system
            where streams.stream is null and loads.status = 'loaded'
            group by loads.system, loads.stream
            """,
            because="its rows would be missing from all tables; and only a contract says what the"
            " columns mean and which are personal",
            advice="correct what the problem names and run the night again; a system that has ended"
            " keeps its contract, with `status: retired`",
        ),
    ]  # fmt: skip
