from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.compare_publications import compare


def published(file: Path, *statements: str) -> Path:
    with duckdb.connect(file) as connection:
        connection.execute("create schema aggregated")
        for statement in statements:
            connection.execute(statement)
    return file


DAYS = "create table aggregated.days as select * from (values {}) as days (day, amount, orders)"


@pytest.mark.parametrize(
    ("values", "differ", "rows"),
    [
        ("(1, 1.004, 1), (2, 5.50, 2)", "", 0),
        ("(1, 1.00, 1), (2, 5.51, 2)", "amount", 2),
        ("(1, 5.50, 1), (2, 1.00, 2)", "", 4),  # the same values, but of other rows
        ("(1, 1.00, 1)", "amount, day, orders", 1),
    ],
)
def test_amounts_are_compared_at_two_decimals_and_rows_as_a_whole(
    tmp_path: Path, values: str, differ: str, rows: int
) -> None:
    before = published(tmp_path / "before.duckdb", DAYS.format("(1, 1.00, 1), (2, 5.50, 2)"))
    after = published(tmp_path / "after.duckdb", DAYS.format(values))
    count = values.count("(")
    assert compare(before, after) == [["aggregated.days", 2, count, "", "", differ, rows]]


def test_columns_and_tables_that_came_or_went_are_named(tmp_path: Path) -> None:
    before = published(
        tmp_path / "before.duckdb",
        "create table aggregated.kept (id integer, revenue decimal(18, 2))",
        "create table aggregated.dropped (id integer)",
    )
    after = published(
        tmp_path / "after.duckdb",
        "create table aggregated.kept (id bigint, gross_revenue decimal(18, 4))",
        "create table aggregated.added as select 1 as id",
    )
    assert compare(before, after) == [
        ["aggregated.added", None, 1, "", "id", "", None],
        ["aggregated.dropped", 0, None, "id", "", "", None],
        ["aggregated.kept", 0, 0, "revenue", "gross_revenue", "", 0],
    ]
