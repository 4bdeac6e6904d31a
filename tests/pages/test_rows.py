"""Rows that do not count: reasons and numbers, never their text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb

from dangol.build.warehouse import open_build
from dangol.night import Night
from dangol.settings import Settings
from pages.rows import Quarantined, quarantined, set_aside

Make = Callable[..., Any]
PLACE = "grocer_till/transactions/load_date=2017-12-31/000001.parquet"


def test_quarantined_rows_are_counted_by_column_and_reason(
    small_home: Settings, tonight: Night, land: Make
) -> None:
    file = small_home.quarantine / PLACE
    file.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 'grocer_till.transactions.000001' as load_id, 'a.csv' as file, n as line,"
            " if(n < 4, 'quantity', null) as column_name, if(n < 4, 'no number', 'torn') as reason,"
            f" 'kim@example.com' as original_text from range(5) as r (n)) to '{file}'"
        )
    land(tonight, {"rows_quarantined": 5, "quarantine_file": f"lake/quarantine/{PLACE}"})
    load_id = "grocer_till.transactions.000001"
    assert quarantined(small_home, tonight) == [
        Quarantined("grocer_till.transactions", "quantity", "no number", 4, load_id),
        Quarantined("grocer_till.transactions", "", "torn", 1, load_id),
    ]


def test_without_quarantined_rows_nothing_is_opened(small_home: Settings, tonight: Night) -> None:
    assert quarantined(small_home, tonight) == []


def test_a_build_file_that_can_not_say_is_not_an_answer(
    small_home: Settings, tonight: Night, fill_build: Make
) -> None:
    assert set_aside(small_home, tonight) is None
    fill_build(tonight, 1)
    assert set_aside(small_home, tonight) == []
    with open_build(small_home) as build:
        build.execute("drop table cleaned.row_states")
    assert set_aside(small_home, tonight) is None
    small_home.build_file.write_bytes(b"not a database" * 1000)
    assert set_aside(small_home, tonight) is None
