"""The pages as a person sees them: nothing is loaded, and nothing is wider than the screen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dangol import records
from dangol.night import Night
from dangol.settings import Settings
from pages.night import write_page
from pages.places import index_of

pytestmark = pytest.mark.end_to_end

Make = Callable[..., Any]


@pytest.fixture
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def red_night(
    small_home: Settings,
    tonight: Night,
    published: Make,
    note_steps: Make,
    note_gate: Make,
    land: Make,
    earlier: Make,
) -> Settings:
    """A night that stopped, with a model, long names and hostile ones."""
    published()
    for days in range(4):
        note_gate(
            earlier(days), "raw",
            ("no file of tonight has too many quarantined rows", "critical", "failed", days),
            ("cleaned.a_table_with_a_long_name.and_a_long_column is never null", "warning",
             "failed", 3),
            ("every file balances", "critical", "passed", 0),
        )  # fmt: skip
        model = {"model": "churn", "metric": "auc", "decision": "refused", "reason": "no gain",
                 "challenger_value": 0.9, "champion_value": 0.91}  # fmt: skip
        records.record(small_home, "ml.model_runs", earlier(days).business_date, "p", [model])
    land(tonight, {"file": f"<img src=x onerror=alert(1)>{'x' * 150}.csv", "status": "rejected",
                   "reason": "line 1: its header lacks " + "a_required_column, " * 9})  # fmt: skip
    note_steps(tonight, "gate_raw", "failed", error="GateFailed", message="stopped\n  row: " * 9)
    write_page(small_home, tonight)
    return small_home


def opened(browser: Browser, address: str, width: int) -> tuple[Page, list[str]]:
    """Open a page and everything that is folded in it; return it and what was requested."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("dialog", lambda dialog: requested.append(dialog.message))
    page.goto(address)
    for fold in page.locator("summary").all():
        fold.click()
    page.wait_for_load_state("networkidle")
    return page, requested


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_a_page_fits_its_screen_and_loads_nothing(
    browser: Browser, red_night: Settings, width: int
) -> None:
    for file in (red_night.pages / "2017-12-31.html", index_of(red_night)):
        page, requested = opened(browser, file.as_uri(), width)
        assert requested == [file.as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_the_first_thing_that_is_seen_is_what_readers_have(
    browser: Browser, red_night: Settings
) -> None:
    address = (red_night.pages / "2017-12-31.html").as_uri()
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto(address)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Readers keep the publication of Saturday 30 December 2017.")
    expect(heading).to_be_in_viewport()
    expect(page.get_by_text("The night stopped: gate_raw failed")).to_be_in_viewport()
    expect(page.get_by_text("why every file balances")).to_be_hidden()
    page.get_by_text("1 passed, 2 failed").click()
    expect(page.get_by_text("why every file balances")).to_be_visible()


def test_a_chart_and_every_row_of_bars_says_what_it_shows(
    browser: Browser, red_night: Settings
) -> None:
    page, _ = opened(browser, (red_night.pages / "2017-12-31.html").as_uri(), 1280)
    images = page.get_by_role("img").all()
    assert len(images) > 10
    assert [each for each in images if not each.get_attribute("aria-label")] == []
    names = page.get_by_role("img", name="churn: auc of each night's model")
    expect(names).to_have_count(1)
