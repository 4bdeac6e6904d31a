"""Reconciles the entities with the ledger, row for row and to the smallest unit of money.

Every row of a file is in exactly one state: *current*, *superseded* or *set aside*; the rows that
could not be read are in quarantine, which the raw gate reconciles. ``temp.row_states`` counts
them per file.
"""

from __future__ import annotations

from dangol.model_facts import ModelFacts, received_models
from expectations.grains import FIX_THE_MODEL
from expectations.vocabulary import WARNING, Expectation, no_rows

STATES = "cleaned.row_states"
TOO_LARGE = "an amount has too many digits"
OF_ANOTHER_FILE = "a row of a day that counts from another file"

SET_ASIDE_WARNS_ABOVE = 0.1
SET_ASIDE_LEAST_ROWS = 10
SET_ASIDE_LEAST_FILES = 7
WHY_SET_ASIDE = (
    "test orders and cancellations are a few rows in a hundred; a tenth of a file, or all of it,"
    " means that a condition in the staging model matches too much, or that the system has changed."
    " Where seven files show what is usual, such as the sales in a stream of returns, it is that"
    " much more. Below 10 rows a share says little"
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
                and loads.superseded_by is null
                and loads.control_total is distinct from arrived.amount
            """,
            because="exact to the smallest unit: the total was taken while the file was read, and"
            " every row arrives as an amount or, negative, as a refund; what a corrected file said"
            " does not count",
            advice="the staging model computes an amount differently from the contract's"
            " controlTotal; refunds are written without a minus, so it must be 0 - the column; an"
            " amount has more than 14 digits before the decimal point; or, as a"
            " price times a weight, more than 4 after it: then round it in the staging model as the"
            " system does, and leave controlTotal out or let it name a column of amounts",
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
            with touched as (
                select distinct system, stream, part, day from ops.claimed_days where is_touched
            )
            select loads.system, loads.stream, loads.file, entity, count(*) as row_count,
                sum(amount) as amount
            from ({_late_rows()}) as late
            inner join ops.loads as loads on late._load_id = loads.load_id
            left join touched using (system, stream, part, day)
            where loads.is_new or touched.day is not null
            group by all order by all
            """,  # noqa: S608 - our names
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
            with aside as (
                select load_id, entity, row_state, state_reason, row_count, set_aside_count,
                    'received' as counted_in
                from temp.row_states where set_aside_count > 0
                union all
                select load_id, entity, 'set_aside', state_reason, row_count, row_count, entity
                from cleaned.unused_descriptions
            ),
            counted as (
                select aside.*, loads.*,
                    sum(set_aside_count) over (
                        partition by aside.load_id, counted_in
                    ) as aside_count
                from aside inner join ops.loads as loads on aside.load_id = loads.load_id
            ),
            shares as (
                select distinct load_id, counted_in, aside_count / rows_loaded as share
                from counted
            ),
            -- a file without any counts as well
            usual as (
                select loads.system, loads.stream, kinds.counted_in,
                    median(coalesce(share, 0)) as usual_share
                from ops.loads as loads
                inner join (select distinct system, stream, counted_in from counted) as kinds
                    on loads.system = kinds.system and loads.stream = kinds.stream
                left join shares
                    on loads.load_id = shares.load_id and kinds.counted_in = shares.counted_in
                where not is_new and superseded_by is null and rows_loaded > 0
                group by loads.system, loads.stream, kinds.counted_in
                having count(*) >= $files
            ),
            -- to a rebuild every file is new: of each stream, those of its last night are tonight's
            tonight as (
                select load_id, load_date = max(load_date) over (partition by system, stream)
                    or not is_full_refresh as is_told
                from ops.loads cross join ops.current_run where is_new
            )
            select counted.system, counted.stream, file, entity, state_reason, row_count,
                aside_count, rows_loaded, round(usual_share, 2) as usual_share
            from counted left join usual
                on counted.system = usual.system and counted.stream = usual.stream
                and counted.counted_in = usual.counted_in
            inner join tonight on counted.load_id = tonight.load_id
            where is_told and row_state = 'set_aside' and superseded_by is null and (
                aside_count >= $least
                and aside_count > ($share + coalesce(usual_share, 0)) * rows_loaded
                or aside_count >= rows_loaded and coalesce(usual_share, 0) <= $share
            )
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
        _of_large_amounts(),
        *(check for pair in received_models("versions") for check in _of_versions(*pair)),
    ]


def _of_large_amounts() -> Expectation:
    rows = " union all ".join(
        f"select '{entity.name}' as entity, _load_id, _row from {model.full_name}"  # noqa: S608
        f" where row_state = 'set_aside' and state_reason = '{TOO_LARGE}'"
        for entity, model in received_models("versions")
        if any(column.endswith("_amount") for column in entity.columns)
    )
    return no_rows(
        STATES,
        "no amount of tonight's files has too many digits",
        "select loads.system, loads.stream, loads.file, entity, _row as record_number"  # noqa: S608
        f" from ({rows}) as large inner join ops.loads on large._load_id = loads.load_id"
        " where loads.is_new order by all",
        severity=WARNING,
        because="such a row is set aside, however much it is worth; with a control total, the night"
        " stops besides",
        advice="look at the record that is named: more than 14 digits before the decimal point are"
        " a mistake of the system or of the staging model; have the file sent again (_r1)",
    )


def _late_rows() -> str:
    return " union all ".join(
        f"select '{entity.name}' as entity, _load_id, {model.day} as day,"  # noqa: S608 - our names
        f" {model.amount or 'null'} as amount"
        f" from {model.full_name} where state_reason = '{OF_ANOTHER_FILE}'"
        for entity, model in received_models("versions")
        if model.day
    )


def _of_versions(entity: ModelFacts, model: ModelFacts) -> list[Expectation]:
    keys = ", ".join(entity.grain)
    amounts = f", {model.amount.removeprefix('-')}" if model.amount else ""
    day = f", {model.day}" if model.day else ""
    blank = " or ".join(f"{column} is null" for column in entity.grain)
    return [
        no_rows(
            model.full_name,
            f"every row of {entity.name} has a whole key",
            f"""
            select loads.system, loads.stream, loads.file, count(*) as row_count,
                min(_row) as first_row
            from {model.full_name} as received
            inner join ops.loads as loads on received._load_id = loads.load_id
            where row_state in ('current', 'conflict') and ({blank})
            group by all order by all
            """,  # noqa: S608 - our names
            because=f"{keys} tell a row from all others; blanks and placeholders such as - are no"
            " ids",
            advice="ask the owner named in the contract for the ids; or set such rows aside in the"
            " staging model (set_aside_reason), or let it make the id of columns that are filled",
        ),
        no_rows(
            model.full_name,
            f"no two rows of {entity.name} contradict each other",
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
            " without the rows of the other. A file of several days claims them all, whatever rows"
            " it has: of two such files only an overlap can tell",
        ),
        no_rows(
            model.full_name,
            f"every row of {entity.name} that was replaced has another version",
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
