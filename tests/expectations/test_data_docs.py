"""The Data Docs pages exist, can be read offline, and are limited in number."""

from __future__ import annotations

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
    """Collects the links and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def test_that_the_index_links_to_a_page_for_every_gate(settings: Settings, night: Night) -> None:
    gates = ["raw", "cleaned", "aggregated", "customer_view"]
    results = {gate: run_gate(settings, night, gate) for gate in gates}

    index = settings.data_docs / "index.html"
    assert {result["data_docs"] for result in results.values()} == {str(index)}
    links = read(index).links
    assert len(links) == len(gates)
    for gate, link in zip(reversed(gates), links, strict=True):
        page = read(settings.data_docs / link)
        assert f"Expectation Suite: {gate}" in " ".join(page.text.split())
        count = results[gate]["expectations"]
        assert re.search(rf"Evaluated Expectations\s*{count}\s", page.text)


def test_that_a_page_shows_sentence_reason_and_failure(
    settings: Settings, night: Night, change: Any
) -> None:
    change("update customer_view.customers set churn_probability = 1.5")

    with pytest.raises(GateFailed):
        run_gate(settings, night, "customer_view")

    (link,) = read(settings.data_docs / "index.html").links
    text = " ".join(read(settings.data_docs / link).text.split())
    assert (
        "customer_view.customers.churn_probability is at least 0 and at most 1"
        " (critical; it is a probability)"
    ) in text
    assert "1 failed" in read(settings.data_docs / "index.html").text
    assert "Failed" in text


def test_that_the_pages_load_nothing_from_elsewhere(settings: Settings, night: Night) -> None:
    run_gate(settings, night, "raw")

    pages = list(settings.data_docs.rglob("*.html"))
    assert len(pages) == 2
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r"<script|<(?:link|img|a)[^>]*https?://|url\(['\"]?https?:", text)


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
    assert len(read(settings.data_docs / "index.html").links) == NIGHTS_KEPT


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
