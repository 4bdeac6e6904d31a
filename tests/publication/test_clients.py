"""Programs that speak SQLAlchemy find the published tables by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy

from dangol.night import Night
from dangol.publication.dictionary import published_tables
from dangol.publication.publish import publish
from dangol.settings import Settings

pytestmark = pytest.mark.filterwarnings(
    "ignore:duckdb-engine doesn't yet support reflection on indices",
    "ignore:Did not recognize type",
)


@pytest.fixture
def engine(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> Iterator[sqlalchemy.Engine]:
    fill_build(tonight, 3)
    publish(small_home, tonight)
    engine = sqlalchemy.create_engine(
        f"duckdb:///{small_home.published_file}", connect_args={"read_only": True}
    )
    yield engine
    engine.dispose()


def test_every_table_is_reflected_with_its_columns_and_comments(engine: sqlalchemy.Engine) -> None:
    tables = sqlalchemy.MetaData()
    for schema in dict.fromkeys(table.schema for table in published_tables()):
        tables.reflect(engine, schema=schema)
    assert {
        name: [(column.name, column.comment) for column in table.columns]
        for name, table in tables.tables.items()
    } == {table.full_name: list(table.columns.items()) for table in published_tables()}


def test_the_schemas_are_in_the_catalog_dangol(engine: sqlalchemy.Engine) -> None:
    names = sqlalchemy.inspect(engine).get_schema_names()
    assert {"dangol.customer_view", "dangol.aggregated", "dangol.ml", "dangol.ops"} <= set(names)


def test_a_query_can_be_made_of_what_was_reflected(engine: sqlalchemy.Engine) -> None:
    customers = sqlalchemy.Table(
        "customers", sqlalchemy.MetaData(), schema="customer_view", autoload_with=engine
    )
    query = sqlalchemy.select(sqlalchemy.func.sum(customers.c.net_amount))
    with engine.connect() as connection:
        assert connection.execute(query).scalar_one() == Decimal("31.5")


def test_pandas_reads_a_table_by_its_name(engine: sqlalchemy.Engine) -> None:
    assert len(pd.read_sql_table("customers", engine, schema="customer_view")) == 3


def test_nothing_can_be_written(engine: sqlalchemy.Engine) -> None:
    with (
        engine.connect() as connection,
        pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"),
    ):
        connection.execute(sqlalchemy.text("create table customer_view.t (n integer)"))
