"""Reconciles the entities with the ledger, row for row and to the smallest unit of money.

Every row of a file is in exactly one state: *current*, *superseded* or *set aside*; the rows that
could not be read are in quarantine, which the raw gate reconciles. ``temp.row_states`` counts
them per file.
"""

from __future__ import annotations

from dangol.build.model_facts import ModelFacts, read_models
from expectations.grains import FIX_THE_MODEL
from expectations.vocabulary import WARNING, Expectation, no_rows

STATES = "cleaned.row_states"
OF_ANOTHER_FILE = "a row of a day that counts from another file"

SET_ASIDE_WARNS_ABOVE = 0.1
SET_ASIDE_LEAST_ROWS = 100
SET_ASIDE_LEAST_FILES = 7
WHY_SET_ASIDE = (
    "test orders and cancellations are a few rows in a hundred; a tenth of a file means that a"
    " condition in the staging model matches too much, or that the system has changed. Where seven"
    " files show what is usual, such as the sales in a stream of returns, it is that much more"
)


def of_loads() -> list[Expectation]:
    """Return the checks that compare the ledger with the rows that were received."""
    return [
        no_rows(
            STATES,
            "every row of a file is current, superseded or set aside in one entity",
            """
            with arrived as (
                select load_id, cast(sum(row_count) as bigint) as row_count
                from temp.row_states group by load_id
            ),
            expected as (
                select loads.* from ops.loads inner join ops.streams
                    on loads.system = streams.system and loads.stream = streams.stream
                where loads.status = 'loaded' and streams.is_received
            )
            select coalesce(expected.load_id, arrived.load_id) as load_id, expected.system,
                expected.stream, expected.file_date, rows_loaded, row_count
            from expected full join arrived on expected.load_id = arrived.load_id
            where rows_loaded is distinct from row_count and coalesce(rows_loaded, 1) > 0
            """,
            because="no row may be lost or doubled between the lake and the models: a row that does"
            " not count is set aside with a reason, not left out",
            advice="a staging model leaves rows out, or two entities of receivedIn have the same"
            " row; give rows that do not count a set_aside_reason instead of a where",
        ),
        no_rows(
            STATES,
            "the rows of every file sum to its control total",
            """
            with arrived as (
                select load_id, sum(amount) as amount from temp.row_states group by load_id
            )
            select loads.load_id, loads.system, loads.stream, loads.file_date,
                loads.control_total, arrived.amount
            from ops.loads
            inner join ops.streams
                on loads.system = streams.system and loads.stream = streams.stream
            inner join arrived on loads.load_id = arrived.load_id
            where streams.is_received and loads.control_total is not null
                and loads.control_total is distinct from arrived.amount
            """,
            because="exact to the smallest unit: the total was taken while the file was read, and"
            " every row arrives as an amount or, negative, as a refund",
            advice="the staging model computes an amount differently from the contract's"
            " controlTotal; refunds are written without a minus, so it must be 0 - the column; an"
            " amount has more than 14 digits before the decimal point; or, as a"
            " price times a weight, more than 4 after it: then round it in the staging model as the"
            " till does, and leave controlTotal out or let it name a column of amounts",
        ),
        no_rows(
            STATES,
            "no row of a corrected file is current",
            "select row_states.load_id, entity, row_state, row_count from temp.row_states"
            " inner join ops.loads on row_states.load_id = loads.load_id"
            " where loads.superseded_by is not null and row_state <> 'superseded'",
            because="a correction replaces the whole file",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            STATES,
            "every row of tonight's files is of a day that counts from its file",
            f"""
            select row_states.system, row_states.stream, loads.file, entity, row_count, amount
            from temp.row_states inner join ops.loads on row_states.load_id = loads.load_id
            where loads.is_new and state_reason = '{OF_ANOTHER_FILE}'
            """,  # noqa: S608  a constant
            severity=WARNING,
            because="a row that comes late, in another day's file, may be missing from the file of"
            " several days from which its day counts; which it is can't be told by place",
            advice="compare the rows with the file from which their day counts, and have that sent"
            " again (_r1) if it lacks them; their days are in cleaned.int_<entity>_received",
        ),
        no_rows(
            STATES,
            "few rows of tonight's files were set aside",
            """
            with files as (
                select row_states.system, row_states.stream, loads.file, loads.is_new, entity,
                    state_reason, cast(sum(row_count) as bigint) as row_count,
                    max(rows_loaded) as rows_loaded, sum(row_count) / max(rows_loaded) as share
                from temp.row_states
                inner join ops.loads on row_states.load_id = loads.load_id
                where row_state = 'set_aside' and rows_loaded >= $least
                group by row_states.system, row_states.stream, loads.load_id, loads.file,
                    loads.is_new, entity, state_reason
            ),
            earlier as (
                select system, stream, entity, state_reason, median(share) as usual_share
                from files where not is_new
                group by system, stream, entity, state_reason having count(*) >= $files
            )
            select files.system, files.stream, file, files.entity, files.state_reason, row_count,
                rows_loaded, round(usual_share, 2) as usual_share
            from files left join earlier
                on files.system = earlier.system and files.stream = earlier.stream
                and files.entity = earlier.entity and files.state_reason = earlier.state_reason
            where is_new and share > $share + coalesce(usual_share, 0)
            """,
            severity=WARNING,
            bounds={
                "share": SET_ASIDE_WARNS_ABOVE,
                "least": SET_ASIDE_LEAST_ROWS,
                "files": SET_ASIDE_LEAST_FILES,
            },
            because=WHY_SET_ASIDE,
            advice="ops.set_aside has rows and amounts per reason; compare with the nights before",
        ),
        *(check for model in _versions() for check in _of_versions(model)),
    ]


def _versions() -> list[ModelFacts]:
    return [
        model
        for model in read_models()
        if "set_aside_reason" in model.columns and model.name.endswith("_received")
    ]


def _of_versions(model: ModelFacts) -> list[Expectation]:
    entity = model.name.removeprefix("int_").removesuffix("_received")
    facts = next(each for each in read_models() if each.name == entity)
    keys = ", ".join(facts.grain)
    amounts = "".join(
        f", {each}" for each in ("net_amount", "refund_amount") if each in facts.columns
    )
    day = f", {model.day}" if model.day else ""
    return [
        no_rows(
            model.full_name,
            f"no two rows of {entity} contradict each other",
            f"select {keys}{day}{amounts}, state_reason, file, _row"  # noqa: S608 - our names
            f" from {model.full_name} left join ops.loads on _load_id = load_id"
            f" where row_state = 'conflict' order by {keys}, _load_id, _row",
            because="which of them counts is not for the pipeline to guess: a key that comes again"
            " with other content is another thing, unless the contract says that later deliveries"
            " revise",
            advice="correct the file and send it again (_r1); or declare in the contract what is"
            " true: rowIdentity: place, laterDeliveries: revise, onConflict: set_aside,"
            " exactDoubles: set_aside if the rows are equal, or overlap, from which file a day"
            " counts; if no rule fits, have one of the files that are named sent again (_r1)"
            " without the other's days",
        ),
        no_rows(
            model.full_name,
            f"every row of {entity} that was replaced has another version",
            f"""
            select {keys}, _load_id, _row from {model.full_name}
            where row_state = 'superseded'
                and state_reason in ('the same row came again', 'a later delivery revised it')
                and ({keys}) not in (
                    select ({keys}) from {model.full_name} where row_state <> 'superseded'
                )
            """,  # noqa: S608 - our names
            because="otherwise two versions have superseded each other and the row is lost",
            advice=FIX_THE_MODEL,
        ),
    ]
