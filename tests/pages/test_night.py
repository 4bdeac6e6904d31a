"""The page of a night: what it says first, what it shows, and what it never shows."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from dangol import records
from dangol.night import Night
from dangol.publication.publish import publish
from dangol.publication.rollback import rollback
from dangol.settings import Settings
from pages import night as night_page
from pages.night import write_page
from pages.places import index_of, page_of

Make = Callable[..., Any]

HOSTILE = "<script>alert(1)</script>\u202etxt.exe"


def test_the_first_line_says_that_readers_have_tonight_s(
    small_home: Settings, last_night: Night, tonight: Night, published: Make, note_gate: Make,
    read: Make,
) -> None:  # fmt: skip
    published([last_night, tonight])
    note_gate(tonight, "raw", ("no file is lost", "critical", "passed", 0))
    page = read(write_page(small_home, tonight))
    assert page.text.startswith(
        "Readers have tonight's publication. All 1 expectations passed. Small Grocer, the night of"
        " Sunday 31 December 2017, run from 2018-01-01 02:00 to 02:00, time of America/New_York"
    )


def test_the_first_line_of_a_night_that_failed_says_what_readers_keep(
    small_home: Settings, tonight: Night, published: Make, note_steps: Make, note_gate: Make,
    read: Make,
) -> None:  # fmt: skip
    published()
    note_gate(tonight, "raw", ("no file is lost", "critical", "failed", 3))
    note_steps(tonight, "gate_raw", "failed", error="GateFailed", message="gate raw stopped")
    page = read(write_page(small_home, tonight))
    assert page.texts[0] == "Readers keep the publication of Saturday 30 December 2017."
    assert (
        "The night stopped: gate_raw failed, and nothing was published. 1 critical expectation"
        " failed."
    ) in page.text
    assert "clear gate_raw and the tasks after it in Airflow, or run dangol night --date" in (
        page.text
    )
    assert "<title>2017-12-31: stopped at gate_raw</title>" in page.source


def test_a_first_night_that_fails_leaves_readers_without_a_publication(
    small_home: Settings, tonight: Night, note_steps: Make, read: Make
) -> None:
    note_steps(tonight, "cleaned", "failed", error="ValueError")
    page = read(write_page(small_home, tonight))
    assert page.texts[0] == "Readers have no publication yet."
    assert "cleaned ValueError Its message may quote values" in page.text
    assert "What was set aside is not known" in page.text


def test_a_step_that_was_killed_is_said_to_be(
    small_home: Settings, tonight: Night, published: Make, note_steps: Make, read: Make
) -> None:
    published()
    note_steps(tonight, "cleaned", "running")
    page = read(write_page(small_home, tonight))
    assert "The night stopped: cleaned was killed, and nothing was published." in page.text
    assert "It was killed, or the machine stopped" in page.text


def test_a_night_that_ended_early_without_a_failure_is_not_published(
    small_home: Settings, tonight: Night, published: Make, note_steps: Make, read: Make
) -> None:
    """Tasks that were marked by hand leave no failure behind."""
    published()
    note_steps(tonight, "stage_raw")
    page = read(write_page(small_home, tonight))
    assert page.texts[0].startswith("Readers keep the publication of Saturday")
    assert "The night ended after stage_raw without publishing." in page.text


def test_a_pin_and_a_later_day_are_said(
    small_home: Settings, last_night: Night, tonight: Night, published: Make, read: Make
) -> None:
    published([last_night, tonight])
    earlier = read(write_page(small_home, last_night)).texts[0]
    assert earlier == "Readers keep the publication of Sunday 31 December 2017, a later day."
    rollback(small_home)
    assert read(write_page(small_home, tonight)).text.startswith(
        "Readers keep the publication of Saturday 30 December 2017, pinned by a rollback until"
        " dangol resume ."
    )


def test_a_failed_run_of_a_night_that_was_published_before_says_so(
    small_home: Settings, last_night: Night, tonight: Night, published: Make, note_steps: Make,
    read: Make,
) -> None:  # fmt: skip
    published([last_night, tonight])
    note_steps(tonight, "gate_raw", "failed", error="GateFailed", message="stopped")
    for step in ("begin", "stage_raw", "gate_raw"):
        (row,) = [
            each
            for each in records.read(small_home, "step_runs", tonight.business_date)
            if each["part"] == step
        ]
        row |= {"started_at": row["started_at"].replace("07:00", "09:00")}
        records.record(small_home, "step_runs", tonight.business_date, step, [row])
    page = read(write_page(small_home, tonight))
    assert page.texts[0] == ("Readers keep the publication that an earlier run of this night made.")


def test_failures_come_first_critical_ones_before_warnings_and_what_passed_is_folded(
    small_home: Settings, tonight: Night, published: Make, note_steps: Make, note_gate: Make,
    read: Make,
) -> None:  # fmt: skip
    published()
    note_gate(
        tonight, "raw",
        ("every stream is on time", "warning", "failed", 2),
        ("every file balances", "critical", "passed", 0),
    )  # fmt: skip
    note_gate(tonight, "cleaned", ("no line is negative", "critical", "failed", 20))
    note_steps(tonight, "cleaned", "failed", error="GateFailed", message="stopped")
    page = read(write_page(small_home, tonight))
    shown = page.text[: page.text.index("What arrived")]
    assert shown.index("no line is negative") < shown.index("every stream is on time")
    assert "critical cleaned no line is negative why no line is negative Do:" in shown
    assert "load_id=till.000001, quantity=-1 20 of 1,200 rows new tonight" in shown
    assert "every file balances" not in shown
    assert "every file balances" in page.folded
    assert "raw 1 passed, 1 failed" in page.text


def test_an_expectation_says_for_how_many_nights_it_has_failed(
    small_home: Settings, tonight: Night, note_gate: Make, note_steps: Make, earlier: Make,
    read: Make,
) -> None:  # fmt: skip
    for days, status in ((4, "failed"), (3, "passed"), (2, "failed"), (1, "failed"), (0, "failed")):
        note_gate(earlier(days), "raw", ("it is on time", "warning", status, int(status != "x")))
    note_steps(tonight)
    page = read(write_page(small_home, tonight))
    assert "3 nights running" in page.text
    assert "4 failures in 5 nights" in page.source


def test_an_expectation_is_shown_with_its_last_thirty_nights(
    small_home: Settings, tonight: Night, note_gate: Make, note_steps: Make, earlier: Make,
    read: Make,
) -> None:  # fmt: skip
    for days in range(32):
        note_gate(earlier(days), "raw", ("it is on time", "warning", "failed", days + 1))
    note_steps(tonight)
    assert "30 failures in 30 nights" in read(write_page(small_home, tonight)).source


def test_a_skipped_expectation_is_neither_passed_nor_failed(
    small_home: Settings, tonight: Night, note_gate: Make, note_steps: Make, read: Make
) -> None:
    note_gate(tonight, "raw", ("a", "critical", "passed", 0), ("b", "critical", "skipped", 0))
    note_steps(tonight)
    page = read(write_page(small_home, tonight))
    assert "raw 1 passed, 1 skipped" in page.text
    assert "None of 1." in page.text


def test_what_comes_from_files_and_messages_is_escaped(
    small_home: Settings, tonight: Night, note_gate: Make, note_steps: Make, land: Make, read: Make
) -> None:
    note_gate(tonight, "raw", (HOSTILE, "critical", "failed", 1))
    note_steps(tonight, "cleaned", "failed", error=HOSTILE, message=f"`{HOSTILE}`")
    land(
        tonight,
        {"file": HOSTILE, "status": "rejected", "reason": HOSTILE},
        {"file": "b.csv", "rows_read": 9, "rows_loaded": 7, "rows_quarantined": 2},
    )
    unclaimed = {"system": HOSTILE, "file": "kim@example.com.csv", "reason": HOSTILE}
    records.record(small_home, "unclaimed_files", tonight.business_date, "begin", [unclaimed])
    model = {"model": HOSTILE, "metric": HOSTILE, "decision": HOSTILE, "reason": HOSTILE,
             "challenger_value": 1.0}  # fmt: skip
    records.record(small_home, "ml.model_runs", tonight.business_date, "p", [model])
    page = read(write_page(small_home, tonight))
    index = read(index_of(small_home))
    for each in (page, index):
        assert not [tag for tag, _ in each.tags if tag == "script"]
        assert "\u202e" not in each.source
    assert page.source.count("&lt;script&gt;") >= 8
    assert "<script>alert(1)</script>\\u202etxt.exe" in page.text
    assert "kim@example.com" not in page.source, "names of unclaimed files may be personal"


def test_it_loads_nothing_runs_nothing_and_is_private(
    small_home: Settings, tonight: Night, published: Make, last_night: Night, read: Make
) -> None:
    published([last_night, tonight])
    for file in (write_page(small_home, tonight), index_of(small_home)):
        page = read(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        loaded = {"src", "srcset", "data", "action", "xlink:href", "style-src"}
        assert not [attrs for _, attrs in page.tags if loaded & set(attrs)]
        links = [attrs["href"] for tag, attrs in page.tags if "href" in attrs]
        assert not [link for link in links if ":" in link]
        assert not re.search(r"url\(|@import|<(?:script|link|iframe|object|embed)", page.source)
        policy = [a["content"] for _, a in page.tags if a.get("http-equiv") is not None]
        assert policy[0].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert stat.S_IMODE(small_home.pages.stat().st_mode) == 0o700


def test_the_same_records_give_the_same_page(
    small_home: Settings, tonight: Night, published: Make, note_gate: Make, last_night: Night
) -> None:
    published([last_night, tonight])
    note_gate(tonight, "raw", ("a", "critical", "passed", 0))
    model = {"model": "churn", "metric": "auc", "decision": "refused", "reason": "no gain",
             "challenger_value": 0.9, "champion_value": 0.91, "baseline_value": 0.8}  # fmt: skip
    records.record(small_home, "ml.model_runs", tonight.business_date, "p", [model])
    first = write_page(small_home, tonight).read_bytes()
    assert write_page(small_home, tonight).read_bytes() == first


def test_the_models_metrics_are_drawn_over_the_nights(
    small_home: Settings, tonight: Night, note_steps: Make, earlier: Make, read: Make
) -> None:
    for days in range(3):
        model = {"model": "churn", "metric": "auc", "decision": "refused", "reason": "no gain",
                 "challenger_value": 0.9 + days / 100, "champion_value": 0.91,
                 "baseline_value": 0.8, "champion_after": "churn-2017-12-01"}  # fmt: skip
        night = earlier(days)
        records.record(small_home, "ml.model_runs", night.business_date, "p", [model])
        note_steps(night)
    page = read(write_page(small_home, tonight))
    assert "churn auc 0.9000 0.9100 0.8000 refused ; churn-2017-12-01 scores no gain" in page.text
    said = [a["aria-label"] for tag, a in page.tags if tag == "svg" and a["class"] != "spark"]
    assert said == [
        "churn: auc of each night's model, of the champion and of the baseline",
        "Seconds of each night by part",
    ]
    assert {"29 Dec", "31 Dec"} <= set(page.texts)


def test_durations_are_shown_beside_the_usual(
    small_home: Settings, tonight: Night, note_steps: Make, earlier: Make, read: Make
) -> None:
    for days in range(3):
        note_steps(earlier(days))
    page = read(write_page(small_home, tonight))
    assert "gate_raw 3.5 3.5" in page.text
    assert "seconds 24.0 usually 24.0" in page.text


def test_rows_that_were_set_aside_are_counted_by_reason(
    small_home: Settings, last_night: Night, tonight: Night, published: Make, read: Make
) -> None:
    published([last_night, tonight])
    with duckdb.connect(small_home.build_file) as build:
        build.execute(
            "insert into cleaned.row_states values"
            " (?, 'till', 'lines', 'order_lines', 'set_aside', 'a test order', 3, 2.5),"
            " (?, 'till', 'lines', 'order_lines', 'set_aside', 'a test order', 1, 1)",
            [tonight.business_date, last_night.business_date],
        )
    page = read(write_page(small_home, tonight))
    assert "a test order till.lines set aside from order_lines 3 2.50" in page.text


def test_what_stops_the_night_may_be_in_the_way_of_the_page_and_leaves_the_rest(
    small_home: Settings, tonight: Night, published: Make, note_steps: Make, land: Make, read: Make
) -> None:
    published()
    land(tonight, {"rows_loaded": 5})
    (manifest,) = small_home.raw.rglob("*.loads.jsonl")
    manifest.write_text("damaged\n")
    message = f"{manifest} is damaged"
    note_steps(tonight, "stage_raw", "failed", error="DamagedFileError", message=message)
    page = read(write_page(small_home, tonight))
    assert page.texts[0] == "Readers keep the publication of Saturday 30 December 2017."
    assert f"stage_raw DamagedFileError {manifest} is damaged" in page.text
    assert "Parts of this page that could not be read" in page.text
    assert page.text.count("it does not match its checksum") == 1


def test_a_list_has_every_night_the_last_first(
    small_home: Settings, last_night: Night, tonight: Night, published: Make, note_steps: Make,
    read: Make,
) -> None:  # fmt: skip
    published()
    write_page(small_home, last_night)
    note_steps(tonight, "gate_raw", "failed", error="GateFailed", message="stopped")
    write_page(small_home, tonight)
    index = read(index_of(small_home))
    assert index.texts[0] == "Readers have the publication of Saturday 30 December 2017."
    assert "2017-12-31 stopped at gate_raw 0 0" in index.text
    assert index.text.index("2017-12-31 stopped") < index.text.index("2017-12-30 published")
    # a page of an earlier night, written again, does not speak for the list
    write_page(small_home, last_night)
    assert read(index_of(small_home)).source == index.source


def test_old_pages_go_with_the_documentation_that_only_they_refer_to(
    small_home: Settings, note_steps: Make, earlier: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night_page, "KEPT", 2)
    small_home.pages.mkdir()
    for days, docs in ((3, "models-a.html"), (2, "models-b.html"), (1, "models-b.html")):
        (small_home.pages / docs).touch()
        note_steps(earlier(days))
        write_page(small_home, earlier(days), docs)
    assert sorted(file.name for file in small_home.pages.iterdir()) == [
        "2017-12-29.html", "2017-12-30.html", "index.html", "models-b.html",
    ]  # fmt: skip


def test_the_path_of_a_page_is_known_before_it_is_written(
    small_home: Settings, tonight: Night, note_steps: Make
) -> None:
    expected = small_home.home / "pages" / "2017-12-31.html"
    assert page_of(small_home, tonight.business_date) == expected
    note_steps(tonight)
    assert write_page(small_home, tonight) == expected


def test_records_of_an_earlier_version_are_read(
    small_home: Settings, tonight: Night, last_night: Night, note_steps: Make, read: Make
) -> None:
    row = {"gate": "raw", "expectation": "a", "severity": "critical", "status": "passed",
           "passed": True}  # fmt: skip
    records.record(small_home, "gate_results", last_night.business_date, "raw", [row])
    records.record(small_home, "gate_results", tonight.business_date, "raw", [row])
    note_steps(tonight)
    assert "raw 1 passed" in read(write_page(small_home, tonight)).text


def test_a_night_without_records_has_a_page(
    small_home: Settings, tonight: Night, fill_build: Make, read: Make
) -> None:
    fill_build(tonight, 2)
    publish(small_home, tonight)
    page = read(write_page(small_home, tonight))
    assert "No gate was reached." in page.text


@pytest.mark.parametrize(
    "table", ["step_runs", "gate_results", "model_runs", "ml.model_runs", "closed_days", "nights"]
)
def test_a_damaged_record_of_an_earlier_night_is_named_and_stops_no_page(
    table: str, small_home: Settings, tonight: Night, earlier: Make, note_steps: Make, read: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    note_steps(earlier(1))
    before = write_page(small_home, earlier(1))
    note_steps(tonight)
    file = small_home.ops / table / "2017-12-30.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"\xff")
    file.with_name("notes.jsonl").write_text("a name that is no date")
    page = read(write_page(small_home, tonight))
    told = caplog.text if table == "nights" else page.text
    assert f"{table}/2017-12-30.jsonl is damaged after its line 0" in told
    assert before.is_file()
    assert "2017-12-31.html" in index_of(small_home).read_text(encoding="utf-8")
