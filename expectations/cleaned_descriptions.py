"""Reconciles the rows that describe people and products with the ledger, row for row.

Of what is described only the last row of a key counts, so these rows are in no state. But each of
them arrives in every staging model of its stream: a file without a person's row means something.
"""

from __future__ import annotations

import duckdb

from dangol.contracts.reading import load_contracts
from dangol.settings import Settings
from expectations.vocabulary import Expectation, no_rows

LEFT_OUT = """
    select loads.system, loads.stream, loads.load_id, loads.file, loads.file_date,
        entity, model, rows_loaded, arrived_rows
    from temp.described_rows
    inner join ops.loads on described_rows.load_id = loads.load_id
    where arrived_rows <> rows_loaded
"""


def count_descriptions(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Count tonight's rows that arrive in staging models, into ``temp.described_rows``.

    Rows of a stream with ``receivedIn`` are left out: they are reconciled by their states.

    Parameters
    ----------
    connection
        To the build file. The staging models read tonight's rows.
    """
    connection.execute(
        "create or replace temp table described_rows"
        " (load_id varchar, entity varchar, model varchar, arrived_rows bigint)"
    )
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = 'staging'"
    ).fetchall()
    present = {name for (name,) in rows}
    described = [
        (stream.system, stream.name, entity, f"stg_{stream.system}__{entity}")
        for contract in load_contracts(settings).values()
        for stream in contract.streams
        if not stream.received_in
        for entity in stream.describes
    ]
    for system, name, entity, model in described:
        if model not in present:
            continue
        connection.execute(
            f"""
            insert into temp.described_rows
            select loads.load_id, ?, ?, coalesce(arrived.row_count, 0)
            from ops.loads
            left join (
                select _load_id, count(distinct _row) as row_count from staging."{model}"
                group by _load_id
            ) as arrived on loads.load_id = arrived._load_id
            where loads.is_new and loads.status = 'loaded'
                and loads.system = ? and loads.stream = ?
            """,  # noqa: S608 - our names
            [entity, model, system, name],
        )


def of_descriptions() -> list[Expectation]:
    """Return the check that no row is left out that only describes something."""
    return [
        no_rows(
            "ops.loads",
            "every row of tonight's files arrives in the staging models of what its stream"
            " describes",
            LEFT_OUT,
            because="a row that is left out is missed by nobody: someone whose row has no city"
            " would have no record, or count as absent",
            advice="remove the where or the inner join from the staging model that is named; a row"
            " that describes nothing gets a set_aside_reason, or has no id, and ops.set_aside"
            " counts it",
        )
    ]
