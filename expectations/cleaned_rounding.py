"""Checks that no amount of tonight's files was rounded on its way into an entity."""

from __future__ import annotations

import duckdb

from expectations.vocabulary import WARNING, Expectation, no_rows

NOISE = 1e-9
WHY_NOISE = (
    "less than a billionth is the noise of a floating-point number: a billion such rows are one"
)
_MAY_BE_ROUNDED = """
    select table_name, column_name from duckdb_columns()
    where schema_name = 'staging' and column_name like '%\\_amount' escape '\\'
        and (data_type in ('DOUBLE', 'FLOAT') or numeric_scale > 4)
    order by all
"""


def count_rounded_amounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Count tonight's rows whose amounts have more than four decimals: ``temp.rounded_amounts``.

    Parameters
    ----------
    connection
        To the build file. The staging models read tonight's rows; those whose amounts can't have
        more decimals are not looked at.
    """
    connection.execute(
        "create or replace temp table rounded_amounts"
        " (load_id varchar, problem varchar, row_count bigint, rounded_amount double)"
    )
    for model, column in connection.execute(_MAY_BE_ROUNDED).fetchall():
        # the names come from the catalogue
        lost = f'"{column}" - round("{column}", 4)'
        connection.execute(
            f"""
            insert into temp.rounded_amounts
            select _load_id, ?, count(*), sum(abs(cast({lost} as double))) from staging."{model}"
            where abs({lost}) > ? group by _load_id
            """,  # noqa: S608 - our names
            [f"{column} of {model}", NOISE],
        )


def of_rounding() -> list[Expectation]:
    """Return the check on amounts with more than four decimals."""
    return [
        no_rows(
            "ops.loads",
            "no amount of tonight's files is rounded",
            """
            select loads.system, loads.stream, loads.load_id, loads.file, loads.file_date,
                problem, row_count, cast(rounded_amount as decimal(38, 8)) as rounded_amount
            from temp.rounded_amounts
            inner join ops.loads on rounded_amounts.load_id = loads.load_id
            where loads.is_new and loads.superseded_by is null
            """,
            severity=WARNING,
            because="amounts are kept to a ten-thousandth, and what is rounded off a million rows"
            f" can be seen in the books; {WHY_NOISE}",
            advice="round the amount in the staging model as the system itself does, for instance a"
            " price times a weight to cents: then nothing is rounded unsaid",
        )
    ]
