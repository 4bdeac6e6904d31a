"""The Data Docs are those of Great Expectations, fed results without values, of a week."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dangol.night import Night
from dangol.settings import Settings
from expectations import data_docs
from expectations.data_docs import NIGHTS_KEPT, publish_results
from expectations.engine import open_context
from expectations.gate import GateFailed, run_gate


class _Page(HTMLParser):
    """Collects the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def pages_of(settings: Settings, gate: str) -> list[Path]:
    return sorted((settings.data_docs / "validations" / gate).rglob("*.html"))


def test_that_every_gate_gets_a_page_of_great_expectations(
    settings: Settings, night: Night
) -> None:
    gates = ["raw", "cleaned", "aggregated", "customer_view"]
    results = {gate: run_gate(settings, night, gate) for gate in gates}

    index = settings.data_docs / "index.html"
    assert {result["data_docs"] for result in results.values()} == {str(index)}
    for gate in gates:
        (page,) = map(read, pages_of(settings, gate))
        assert f"Expectation Suite: {gate}" in " ".join(page.text.split())
        count = results[gate]["expectations"]
        assert re.search(rf"Evaluated Expectations\s*{count}\s", page.text)
        (file,) = pages_of(settings, gate)
        link = file.relative_to(settings.data_docs).as_posix()
        assert link in index.read_text(encoding="utf-8")


def test_that_a_page_shows_sentence_reason_and_failure(
    settings: Settings, night: Night, change: Any
) -> None:
    change("update customer_view.customers set churn_probability = 1.5")

    with pytest.raises(GateFailed):
        run_gate(settings, night, "customer_view")

    (page,) = map(read, pages_of(settings, "customer_view"))
    text = " ".join(page.text.split())
    assert (
        "customer_view.customers.churn_probability is at least 0 and at most 1"
        " (critical; it is a probability)"
    ) in text
    assert "Failed" in text


def test_that_the_pages_are_as_great_expectations_makes_them(
    settings: Settings, night: Night
) -> None:
    run_gate(settings, night, "raw")

    for file in [*pages_of(settings, "raw"), settings.data_docs / "index.html"]:
        text = file.read_text(encoding="utf-8")
        assert "<script" in text
        assert "bootstrap" in text


def test_that_the_results_that_it_is_given_contain_no_values(
    settings: Settings, night: Night, change: Any
) -> None:
    change("update customer_view.customers set churn_probability = 1.23456")

    with pytest.raises(GateFailed):
        run_gate(settings, night, "customer_view")

    files = [file for file in settings.data_docs.rglob("*") if file.is_file()]
    assert not [file for file in files if b"1.23456" in file.read_bytes()]
    (result,) = (settings.data_docs / "results").rglob("*.json")
    found = {
        name
        for each in json.loads(result.read_text(encoding="utf-8"))["results"]
        for name in each["result"]
    }
    assert found <= {"observed_value", "element_count", "unexpected_count", "unexpected_percent"}


def test_that_a_second_run_replaces_its_page(settings: Settings, night: Night) -> None:
    run_gate(settings, night, "raw")
    before = sorted(file for file in settings.data_docs.rglob("*") if file.is_file())

    run_gate(settings, night, "raw")

    assert sorted(file for file in settings.data_docs.rglob("*") if file.is_file()) == before


def test_that_old_nights_are_dropped(settings: Settings, night: Night) -> None:
    nights = [
        Night.of(night.business_date - timedelta(days=days), settings.company)
        for days in reversed(range(NIGHTS_KEPT + 2))
    ]
    for each in nights:
        publish_results(open_context(settings.data_docs), settings.data_docs, each, "raw", [])

    days = [path.name for path in sorted((settings.data_docs / "validations" / "raw").iterdir())]
    assert days == [each.business_date.isoformat() for each in nights[2:]]


def test_that_pages_that_can_not_be_built_do_not_stop_the_night(
    settings: Settings,
    night: Night,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full_disk(*_: object) -> Path:
        raise OSError("No space left on device: 010-1234-5678")

    monkeypatch.setattr(data_docs, "publish_results", full_disk)

    result = run_gate(settings, night, "raw")

    assert (result["data_docs"], result["passed"]) == (None, result["expectations"])
    assert "the Data Docs page of gate raw was not built: OSError" in caplog.text
