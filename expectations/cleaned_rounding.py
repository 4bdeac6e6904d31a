"""Checks that no amount of tonight's files was rounded on its way into an entity."""

from __future__ import annotations

import duckdb

from expectations.vocabulary import WARNING, Expectation, no_rows

NOISE = 1e-9
RELATIVE_NOISE = 1e-15
WHY_NOISE = (
    "less than a billionth, or of a DOUBLE than a quadrillionth of the amount, is the noise of"
    " floating-point numbers: a billion such rows are one"
)
_MAY_BE_ROUNDED = """
    select table_name, column_name, data_type in ('DOUBLE', 'FLOAT') from duckdb_columns()
    where schema_name = 'staging' and column_name like '%\\_amount' escape '\\'
        and (data_type in ('DOUBLE', 'FLOAT') or numeric_scale > 4)
    order by all
"""


def count_rounded_amounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Count tonight's rows whose amounts are not kept as they are: ``temp.rounded_amounts``.

    They have more than four decimals, or are set aside: too large, infinite or no number.

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
    for model, column, is_floating in connection.execute(_MAY_BE_ROUNDED).fetchall():
        # the names come from the catalogue
        is_kept = f'try_cast("{column}" as decimal(18, 4)) is not null'
        lost = f'case when {is_kept} then cast("{column}" - round("{column}", 4) as double) end'
        noise = f'greatest({NOISE}, {RELATIVE_NOISE} * abs("{column}"))' if is_floating else NOISE
        connection.execute(
            f"""
            insert into temp.rounded_amounts
            select _load_id, ? || if({is_kept}, '', ' is none or too large: set aside'),
                count(*), sum(abs({lost}))
            from staging."{model}"
            where abs({lost}) > {noise} or "{column}" is not null and not {is_kept}
            group by all
            """,  # noqa: S608 - our names
            [f"{column} of {model}"],
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
            f" can be seen in the books; {WHY_NOISE}. A price divided by zero is no amount",
            advice="round the amount in the staging model as the system itself does, for instance a"
            " price times a weight to cents: then nothing is rounded unsaid",
        )
    ]
