"""Published rows name their customer, as of the night that publishes them."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from dangol.build.checksum import schema_checksums
from dangol.build.published import open_published
from dangol.night import Night
from dangol.publication.customers import with_customer
from dangol.publication.dictionary import published_tables
from dangol.publication.publish import publish
from dangol.settings import Settings

MAP = "insert into customer_view.customer_identifiers (identifier_id, customer_id) values "
FILLED = (
    MAP + "('card', 'anna'), ('cookie', 'ben')",
    "insert into aggregated.fct_orders (source_system, order_id, identifier_id)"
    " values ('till', '1', 'card'), ('till', '2', 'cookie'), ('till', '3', null),"
    " ('web', '1', 'cookie')",
    "insert into aggregated.fct_order_lines (source_system, order_id, order_line_id)"
    " values ('till', '1', 'a'), ('till', '1', 'b'), ('till', '3', 'a'), ('web', '1', 'a')",
    "insert into aggregated.fct_messages (message_id, identifier_id) values ('m', 'cookie')",
)


def published(settings: Settings, night: Night) -> list[list[tuple[object, ...]]]:
    publish(settings, night)
    with open_published(settings) as connection:
        return [
            connection.execute(f"select {columns} from aggregated.{table} order by all").fetchall()
            for table, columns in {
                "fct_orders": "source_system, order_id, customer_id",
                "fct_order_lines": "source_system, order_id, order_line_id, customer_id",
                "fct_messages": "message_id, customer_id",
            }.items()
        ]


def test_orders_their_lines_and_messages_name_their_customer_and_guests_are_null(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 1)
    with duckdb.connect(small_home.build_file) as build:
        for statement in FILLED:
            build.execute(statement)
    orders, lines, messages = published(small_home, tonight)
    assert orders == [
        ("till", "1", "anna"), ("till", "2", "ben"), ("till", "3", None), ("web", "1", "ben"),
    ]  # fmt: skip
    assert lines == [
        ("till", "1", "a", "anna"), ("till", "1", "b", "anna"), ("till", "3", "a", None),
        ("web", "1", "a", "ben"),
    ]  # fmt: skip
    assert messages == [("m", "ben")]


def test_after_a_merge_all_of_history_is_the_customers_and_no_fact_of_the_build_has_changed(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 1)
    with duckdb.connect(small_home.build_file) as build:
        for statement in FILLED:
            build.execute(statement)
        facts = schema_checksums(build, ["aggregated"])
    published(small_home, tonight)
    with duckdb.connect(small_home.build_file) as build:
        build.execute("update customer_view.customer_identifiers set customer_id = 'anna'")
        assert schema_checksums(build, ["aggregated"]) == facts
    tables = published(small_home, tonight)
    assert {row[-1] for table in tables for row in table} == {"anna", None}


def test_every_published_fact_and_child_of_one_names_its_customer() -> None:
    """The others are about no person, or about products, stores, days and the run itself."""
    without = {
        table.full_name
        for table in published_tables()
        if table.schema in {"aggregated", "customer_view"} and "customer_id" not in table.columns
    }
    assert without == {
        "aggregated.dim_campaigns", "aggregated.dim_products", "aggregated.dim_stores",
        "aggregated.kpi_days",
    }  # fmt: skip


def test_the_customer_is_before_the_identifier_or_behind_the_key_of_the_parent() -> None:
    columns = dict.fromkeys(["message_id", "identifier_id"], "")
    assert list(with_customer("aggregated.fct_messages", columns)) == [
        "message_id", "customer_id", "identifier_id",
    ]  # fmt: skip
    columns = dict.fromkeys(["source_system", "order_id", "order_line_id"], "")
    assert list(with_customer("aggregated.fct_order_lines", columns)) == [
        "source_system", "order_id", "customer_id", "order_line_id",
    ]  # fmt: skip
