"""Great Expectations on DuckDB: in the database, on one connection, without telemetry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy

from expectations.engine import (
    DuckDBDatasource,
    ExpectationSuite,
    NoRowsExpected,
    gxe,
    open_context,
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            "create schema shop; create table shop.sales as select number as sale_id,"
            " case when number < 3 then null else 'k' || number % 4 end as who,"
            " cast(number as decimal(18, 2)) as amount, date '2017-01-01' + number::int as day"
            " from range(10) as numbers (number);"
            "create view shop.dear_sales as select * from shop.sales where amount > 5"
        )
        yield connection


@pytest.fixture
def judge(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Any:
    context = open_context(tmp_path)

    def run(table: str, *expectations: Any) -> list[Any]:
        source = context.data_sources.add_duckdb(table, table_schema="shop")
        source.lend(connection)
        asset = source.add_table_asset(table).add_batch_definition_whole_table("all")
        suite = ExpectationSuite(name=table, expectations=list(expectations))
        results = asset.get_batch().validate(suite).results
        source.get_execution_engine().release()
        return [(result.success, result.result.get("unexpected_count")) for result in results]

    return run


@pytest.mark.parametrize("table", ["sales", "dear_sales"])
def test_that_expectations_check_tables_and_views_of_any_schema(judge: Any, table: str) -> None:
    count = 10 if table == "sales" else 4

    assert judge(
        table,
        gxe.ExpectTableRowCountToEqual(value=count),
        gxe.ExpectColumnValuesToBeUnique(column="sale_id"),
        gxe.ExpectColumnValuesToNotBeNull(column="amount"),
        gxe.ExpectColumnValuesToBeBetween(column="day", max_value="2017-01-10"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["sale_id", "day"]),
    ) == [(True, None), (True, 0), (True, 0), (True, 0), (True, 0)]


def test_that_bad_rows_are_counted(judge: Any) -> None:
    assert judge(
        "sales",
        gxe.ExpectColumnValuesToNotBeNull(column="who"),
        gxe.ExpectColumnValuesToBeBetween(column="amount", max_value=7),
        gxe.ExpectColumnValuesToBeBetween(column="day", max_value="2017-01-05"),
        NoRowsExpected(unexpected_rows_query="select * from shop.sales where amount = 3"),
    ) == [(False, 3), (False, 2), (False, 5), (False, 1)]


def test_that_the_lent_connection_stays_open_and_sees_its_temporary_tables(
    judge: Any, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("create temp table notes as select 1 as note")

    found = judge("sales", NoRowsExpected(unexpected_rows_query="select * from temp.notes"))

    assert found == [(False, 1)]
    connection.execute("begin; rollback")  # fails if a transaction was left open


def test_that_a_query_is_only_counted_and_only_once(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    source = open_context(tmp_path).data_sources.add_duckdb("sales", table_schema="shop")
    source.lend(connection)
    sent: list[str] = []
    sqlalchemy.event.listen(
        source.get_engine(), "before_cursor_execute", lambda *event: sent.append(event[2])
    )
    batch = source.add_table_asset("sales").add_batch_definition_whole_table("all").get_batch()

    batch.validate(NoRowsExpected(unexpected_rows_query="select who from shop.sales"))

    assert [statement for statement in sent if "who" in statement] == [
        "SELECT COUNT(*) as unexpected_row_count FROM (select who from shop.sales)"
        " AS substituted_batch_subquery"
    ]


def test_that_great_expectations_sends_no_telemetry(tmp_path: Path) -> None:
    context = open_context(tmp_path)

    assert context.variables.analytics_enabled is False
    assert os.environ["GX_ANALYTICS_ENABLED"] == "False"
    assert DuckDBDatasource.__fields__["type"].default == "duckdb"
