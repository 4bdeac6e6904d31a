"""A promise counts open days; a stream that never comes is named."""

from __future__ import annotations

from datetime import date

import pytest

from dangol import records
from tests.row_states.conftest import Shop

STOPPED = "no scheduled stream has stopped delivering"
READABLE = "the contract and the staging models of each of the company's systems can be read"
NEVER = "every promised stream has come at least once"


@pytest.fixture
def promised(shop: Shop) -> Shop:
    """Files are promised every day; the last one came on Thursday, 5 January 2017."""
    shop.promises = [{"property": "frequency", "value": 1, "unit": "d", "element": "sales"}]
    shop.contract()
    shop.land("sales_2017-01-05.csv", "a,1")
    assert shop.night("2017-01-05") == {}
    return shop


def results(shop: Shop, day: str) -> dict[str, str]:
    rows = records.read(shop.settings, "gate_results", date.fromisoformat(day))
    return {row["expectation"]: row["status"] for row in rows}


def test_three_days_without_a_file_stop_the_night(promised: Shop) -> None:
    assert promised.night("2017-01-07") == {}
    assert set(promised.night("2017-01-08")) == {STOPPED}


def test_closed_days_do_not_count(promised: Shop) -> None:
    promised.contract(closedWeekdays=["saturday", "sunday"], closedDates=["2017-01-09"])
    assert promised.night("2017-01-10") == {}
    assert set(promised.night("2017-01-12")) == {STOPPED}


def test_a_day_that_is_said_to_be_closed_does_not_count(promised: Shop) -> None:
    records.record(promised.settings, "closed_days", date(2017, 1, 8), "cli", [{"system": "shop"}])
    assert promised.night("2017-01-08") == {}
    assert set(promised.night("2017-01-09")) == {STOPPED}


def test_a_stream_that_never_came_is_named(shop: Shop) -> None:
    shop.promises = [{"property": "frequency", "value": 1, "unit": "d", "element": "sales"}]
    shop.contract()
    assert shop.night("2017-01-05") == {}
    assert results(shop, "2017-01-05")[NEVER] == "failed"


def test_a_stream_that_should_have_begun_is_overdue_from_then_on(shop: Shop) -> None:
    shop.promises = [{"property": "frequency", "value": 1, "unit": "d", "element": "sales"}]
    shop.facts = [{"property": "activeFrom", "value": "2017-01-05"}]
    shop.contract()
    assert shop.night("2017-01-04") == {}
    assert results(shop, "2017-01-04")[NEVER] == "passed"
    assert set(shop.night("2017-01-07")) == {STOPPED}


def test_a_broken_contract_is_told_and_stops_what_was_loaded(promised: Shop) -> None:
    text = (promised.folder / "contract.yml").read_text().replace("partition", "partitions")
    (promised.folder / "contract.yml").write_text(text)
    failed = promised.night("2017-01-06")
    assert "every loaded file belongs to a stream with a contract" in failed
    found = results(promised, "2017-01-06")
    assert (
        found["the contract and the staging models of each of the company's systems can be read"]
        == "failed"
    )
