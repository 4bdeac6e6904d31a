"""Checks that no id of tonight's rows looks like somebody's number or address.

Ids of orders, products, stores, campaigns and so on are published as the systems write them, and a
staging model may make them of a personal column. Only shapes are known (`dangol.personal_shapes`):
a customer's number that looks like any other is not found.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from dangol.build.project import staging_permits
from dangol.contracts.reading import load_contracts
from dangol.model_facts import ModelFacts, read_models, strategies
from dangol.personal_shapes import PERSONAL
from dangol.settings import Settings
from expectations.vocabulary import Expectation, no_rows

FOUND = """
    select personal_ids.system, entity, column_name, row_count, load_id, file
    from temp.personal_ids inner join ops.loads using (load_id)
"""
# no number has less than ten characters: this saves three quarters of the time
_LOOKS_PERSONAL = "(length({0}) >= 10 or contains({0}, '@')) and regexp_matches({0}, $shape)"
ADVICE = (
    "if they are personal, say `keyed: true` in the column's meta in the YAML of each staging model"
    " that gives this id: readers get what the home's secret makes of it; if they are numbers of"
    " the system's own, say `publish: true` and a `reason` there"
)


def find_personal_ids(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Count tonight's rows that count and whose ids have such a shape: ``temp.personal_ids``.

    Parameters
    ----------
    connection
        To the build file.
    settings
        Of the home, whose staging models may permit a column.
    """
    connection.execute(
        "create or replace temp table personal_ids"
        " (system varchar, entity varchar, column_name varchar, row_count bigint, load_id varchar)"
    )
    permitted = {(model, column) for _, model, column in staging_permits(load_contracts(settings))}
    built = set(
        connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'cleaned'"
        ).fetchall()
    )
    for entity in read_models():
        columns = [each for each in _ids_of(entity) if (entity.name, each) in built]
        if entity.name not in strategies() or not columns:
            continue
        counts = ", ".join(
            f"count(*) filter ({_LOOKS_PERSONAL.format(column)})" for column in columns
        )
        rows = connection.execute(
            f"select loads.system, loads.load_id, {counts} from {entity.full_name} as given"  # noqa: S608
            " inner join ops.loads on given._load_id = loads.load_id where loads.is_new"
            " group by loads.system, loads.load_id order by loads.load_id",
            {"shape": PERSONAL},
        ).fetchall()
        for system, load_id, *found in rows:
            for column, count in zip(columns, found, strict=True):
                if count and (f"stg_{system}__{entity.name}", column) not in permitted:
                    connection.execute(
                        "insert into temp.personal_ids values (?, ?, ?, ?, ?)",
                        [system, entity.name, column, count, load_id],
                    )


def _ids_of(entity: ModelFacts) -> Iterator[str]:
    """Yield the ids of an entity that readers get as they are, and those that are keyed."""
    for column in entity.columns if entity.layer == "cleaned" else ():
        is_id = column.endswith("_id") and not column.startswith("_")
        if is_id and column not in entity.classes:
            yield column


def of_ids() -> list[Expectation]:
    """Return the check that ids are no contacts."""
    return [
        no_rows(
            "ops.loads",
            "no id of tonight's rows looks like a phone number, an e-mail address or a resident"
            " number",
            FOUND,
            because="ids are published as the systems write them, so that they join; readers get no"
            " number or address of a person",
            advice=ADVICE,
        )
    ]
