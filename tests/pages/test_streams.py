"""What each stream delivered, and which are late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dangol import records
from dangol.contracts.reading import load_contracts
from dangol.night import Night
from dangol.settings import Settings
from pages.history import read_history
from pages.streams import Delivery, deliveries, files_to_look_at, unclaimed_files

Make = Callable[..., Any]


def of_the_till(settings: Settings, night: Night) -> Delivery:
    rows = deliveries(settings, night, read_history(settings, night))
    return next(row for row in rows if row.name == "grocer_till.transactions")


def test_tonight_s_rows_are_beside_the_usual_day_s(
    small_home: Settings, tonight: Night, land: Make, earlier: Make
) -> None:
    for days, rows in ((9, 100), (2, 300), (1, 200)):
        land(earlier(days), {"rows_read": rows, "rows_loaded": rows})
    land(
        tonight,
        {"rows_read": 250, "rows_loaded": 240, "rows_quarantined": 10},
        {"status": "rejected", "file": "other.csv"},
    )
    row = of_the_till(small_home, tonight)
    assert (row.loaded, row.others, row.rows, row.quarantined) == (1, 1, 240, 10)
    assert (row.usual, row.last_day, row.late_by, row.promise) == (
        200, date(2017, 12, 31), 0, "every day",
    )  # fmt: skip
    assert row.bars.count("M") == 4, "a bar for each day that was delivered"


def test_a_history_that_came_in_one_night_is_shown_by_its_days(
    small_home: Settings, tonight: Night, land: Make
) -> None:
    land(tonight, *({"rows_loaded": day, "file_date": f"2017-12-{day:02d}"} for day in (29, 30)))
    row = of_the_till(small_home, tonight)
    assert (row.loaded, row.rows, row.usual) == (2, 59, 30)


def test_a_file_that_was_corrected_counts_once(
    small_home: Settings, last_night: Night, tonight: Night, land: Make
) -> None:
    land(last_night, {"rows_loaded": 100})
    land(tonight, {"rows_loaded": 7, "file_date": "2017-12-30", "revision": 1})
    assert of_the_till(small_home, tonight).usual == 7


def test_a_stream_is_late_by_its_promise_and_the_days_on_which_it_was_closed(
    small_home: Settings, tonight: Night, land: Make, earlier: Make
) -> None:
    land(earlier(2), {"rows_loaded": 5})
    assert of_the_till(small_home, tonight).late == "2 days late"
    rows = deliveries(small_home, tonight, read_history(small_home, tonight))
    assert rows[0].name == "grocer_till.transactions", "late ones come first"
    for night in (earlier(1), tonight):
        closed = [{"system": "grocer_till"}]
        records.record(small_home, "closed_days", night.business_date, "cli", closed)
        records.record(small_home, "step_runs", night.business_date, "begin", [])
    assert of_the_till(small_home, tonight).late == ""


def test_a_stream_that_came_long_ago_is_found(
    small_home: Settings, tonight: Night, land: Make, earlier: Make
) -> None:
    land(earlier(100), {"rows_loaded": 5})
    land(earlier(90), {"status": "rejected"})
    row = of_the_till(small_home, tonight)
    assert (row.last_day, row.late_by, row.usual) == (earlier(100).business_date, 100, None)


def test_a_stream_that_never_came_is_not_late(small_home: Settings, tonight: Night) -> None:
    row = of_the_till(small_home, tonight)
    assert (row.last_day, row.late_by, row.rows) == (None, 0, 0)


def test_a_stream_that_never_came_is_late_from_its_first_day_as_the_raw_gate_counts(
    small_home: Settings, tonight: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = {
        name: replace(contract, active_from=date(2017, 12, 29))
        for name, contract in load_contracts(small_home).items()
    }
    monkeypatch.setattr("pages.streams.load_contracts", lambda _: contracts)
    row = of_the_till(small_home, tonight)
    assert (row.last_day, row.late) == (None, "3 days late")


def test_a_file_without_a_day_belongs_to_the_night_that_loads_it(
    small_home: Settings, tonight: Night, land: Make, earlier: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    contracts = {
        name: replace(
            contract,
            streams=tuple(replace(each, expected_every_days=None) for each in contract.streams),
        )
        for name, contract in load_contracts(small_home).items()
    }
    monkeypatch.setattr("pages.streams.load_contracts", lambda _: contracts)
    land(earlier(100), {"rows_loaded": 5, "file_date": ""})
    assert of_the_till(small_home, tonight).last_day == earlier(100).business_date
    land(tonight, {"rows_loaded": 5, "file_date": ""})
    assert of_the_till(small_home, tonight).last_day == tonight.business_date


def test_what_later_nights_loaded_is_not_on_the_page(
    small_home: Settings, last_night: Night, tonight: Night, land: Make
) -> None:
    land(last_night, {"rows_loaded": 5})
    land(tonight, {"rows_loaded": 900})
    assert of_the_till(small_home, last_night).rows == 5


def test_files_that_were_not_loaded_come_before_those_that_lost_rows(
    small_home: Settings, tonight: Night, land: Make
) -> None:
    land(
        tonight,
        {"file": "a.csv", "rows_quarantined": 3},
        {"file": "b.csv"},
        {"file": "c.csv", "status": "duplicate"},
        {"file": "d.csv", "status": "waiting"},
    )
    assert [load.file for load in files_to_look_at(small_home, tonight)] == ["d.csv", "a.csv"]


def test_unclaimed_files_are_counted_not_named(small_home: Settings, tonight: Night) -> None:
    rows = [
        {"system": "till", "file": f"kim_{n}.csv", "reason": "no stream", "folder": "till/"}
        for n in range(2)
    ]
    rows.append({"system": "kim_minji", "file": "*", "reason": "no contract"})  # by an old version
    records.record(small_home, "unclaimed_files", tonight.business_date, "begin", rows)
    assert unclaimed_files(small_home, tonight) == [
        ("other folders", "no contract", 1),
        ("till/", "no stream", 2),
    ]
