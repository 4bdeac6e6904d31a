"""For every model, the gate of its layer finds duplicate and incomplete keys."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from dangol import layers
from dangol.model_facts import ModelFacts, read_models
from expectations.grains import of_grains
from expectations.vocabulary import Expectation

CHECKED = [model for model in read_models() if model.layer not in {"staging", "features"}]
OF_TABLE = {
    expectation.table: expectation for gate in layers.GATES for expectation in of_grains(gate)
}


@pytest.fixture
def build() -> Iterator[duckdb.DuckDBPyConnection]:
    """A build in which one load and one day are tonight's."""
    with duckdb.connect() as connection:
        for schema in (*layers.NAMES, layers.OPS):
            connection.execute(f"create schema {schema}")
        connection.execute("create table ops.loads as select 'new' as load_id, true as is_new")
        connection.execute("insert into ops.loads values ('old', false)")
        connection.execute(
            "create table cleaned.int_days_restated as select date '2017-12-31' as restated_date"
        )
        yield connection


def fill(build: duckdb.DuckDBPyConnection, model: ModelFacts, *rows: dict[str, str]) -> None:
    """Add tonight's row to the model's table, and rows that differ in the given columns."""
    days = [name for name in model.columns if name.endswith("_date")]
    first = dict.fromkeys((*model.grain, "_load_id"), "'x'") | dict.fromkeys(
        (*days, "restated_date", "change_date", "business_date"), "date '2017-12-31'"
    )
    first["_load_id"] = "'new'"
    values = [{**first, **row} for row in ({}, *rows)]
    selects = [
        "select " + ", ".join(f"{value} as {name}" for name, value in row.items()) for row in values
    ]
    build.execute(f"create or replace table {model.full_name} as {' union all '.join(selects)}")


def offenders(build: duckdb.DuckDBPyConnection, expectation: Expectation) -> int:
    return len(build.execute(expectation.offenders).fetchall())


def test_every_model_has_a_grain_that_a_gate_checks() -> None:
    assert [model.name for model in read_models() if not model.grain] == []
    assert set(OF_TABLE) == {model.full_name for model in CHECKED}


@pytest.mark.parametrize("model", CHECKED, ids=lambda model: model.name)
def test_a_duplicate_key_is_found(build: duckdb.DuckDBPyConnection, model: ModelFacts) -> None:
    fill(build, model)
    assert offenders(build, OF_TABLE[model.full_name]) == 0
    fill(build, model, {})
    assert offenders(build, OF_TABLE[model.full_name]) == 1


@pytest.mark.parametrize(
    ("model", "column"),
    [(model, column) for model in CHECKED for column in model.grain],
    ids=lambda given: given if isinstance(given, str) else given.name,
)
def test_an_incomplete_key_is_found(
    build: duckdb.DuckDBPyConnection, model: ModelFacts, column: str
) -> None:
    fill(build, model, {column: "null"})
    found = offenders(build, OF_TABLE[model.full_name])
    assert found == (0 if column in model.nullable else 1)


def test_a_row_of_tonight_that_repeats_an_old_key_is_found(
    build: duckdb.DuckDBPyConnection,
) -> None:
    (model,) = [model for model in read_models() if model.name == "fct_orders"]
    fill(build, model, {"order_date": "date '2016-01-01'"})
    assert offenders(build, OF_TABLE[model.full_name]) == 1
    build.execute("delete from cleaned.int_days_restated")
    assert offenders(build, OF_TABLE[model.full_name]) == 0, "only tonight's rows are read"
