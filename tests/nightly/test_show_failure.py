"""A night that fails has a page too, whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from dangol import records
from dangol.build.warehouse import WarehouseError
from dangol.night import Night
from dangol.nightly import lock, report
from dangol.nightly import steps as nightly
from dangol.nightly.claim import Claim, write_claim
from dangol.nightly.report import show_failure
from dangol.nightly.step_runs import recorded
from dangol.nightly.steps import Step, run_night
from dangol.publication.publish import publish
from dangol.settings import Settings, get_settings
from pages.places import index_of, page_of


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night of two steps, the second of which fails."""

    def stop(*_: object) -> None:
        raise WarehouseError("the disk is not mounted")

    functions: dict[str, Callable[..., object]] = {"begin": lambda *_: None, "cleaned": stop}
    monkeypatch.setattr(nightly, "STEPS", tuple(Step(name, name) for name in functions))
    monkeypatch.setattr(nightly, "resolve", functions.get)


def test_a_night_that_fails_without_airflow_writes_its_page(
    small_home: Settings, last_night: Night, tonight: Night, fill_build: Any, failing: None
) -> None:
    fill_build(last_night, 2)
    publish(small_home, last_night)
    with pytest.raises(WarehouseError):
        run_night(small_home, tonight)
    page = page_of(small_home, tonight.business_date).read_text(encoding="utf-8")
    assert "<h1>Readers keep the publication of Saturday 30 December 2017.</h1>" in page
    assert "<pre>the disk is not mounted</pre>" in page
    assert "stopped at cleaned" in index_of(small_home).read_text(encoding="utf-8")


def test_a_page_that_can_not_be_written_does_not_hide_the_failure(
    small_home: Settings,
    tonight: Night,
    failing: None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("No space left on device: 010-1234-5678")

    monkeypatch.setattr(report, "write_page", full_disk)
    with pytest.raises(WarehouseError, match="not mounted"):
        run_night(small_home, tonight)
    assert "the page of the night was not written: OSError" in caplog.text
    assert "1234" not in caplog.text


def night_is_done(settings: Settings, night: Night, *steps: str) -> None:
    for step in steps:
        with recorded(settings, night, step, []):
            pass


def test_a_night_that_has_reported_is_left_alone(small_home: Settings, tonight: Night) -> None:
    night_is_done(small_home, tonight, "begin", "cleaned", "publish", "report")
    assert show_failure(small_home, tonight) is None
    assert not small_home.pages.exists()


def test_a_night_whose_report_failed_is_shown_as_published(
    small_home: Settings, tonight: Night, fill_build: Any
) -> None:
    fill_build(tonight, 2)
    publish(small_home, tonight)
    night_is_done(small_home, tonight, "begin", "cleaned", "publish")
    with pytest.raises(WarehouseError), recorded(small_home, tonight, "report", []):
        raise WarehouseError("no space")
    page = show_failure(small_home, tonight)
    assert page is not None
    text = page.read_text(encoding="utf-8")
    assert "<h1>Readers have tonight's publication.</h1>" in text.replace("&#39;", "'")
    assert "After publishing, <code>report</code> failed." in text
    assert "What failed after publishing" in text


@pytest.fixture
def finish(small_home: Settings, tonight: Night, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The last task of the DAG, run as Airflow does."""
    from dangol.orchestration import steps

    for name, text in {"HOME": small_home.home, "LANDING": small_home.landing}.items():
        monkeypatch.setenv(f"DANGOL_{name}", str(text))
    small_home.company_folder.mkdir(parents=True)
    toml = 'name = "Small Grocer"\ntimezone = "America/New_York"\ncurrency = "USD"\n'
    (small_home.company_folder / "company.toml").write_text(toml)
    get_settings.cache_clear()
    context = {
        "task": SimpleNamespace(execution_timeout=None, pool="default", retries=0),
        "ti": SimpleNamespace(try_number=1),
        "dag_run": SimpleNamespace(run_id=tonight.run_id, run_after=tonight.as_of),
        "params": {"business_date": str(tonight.business_date)},
    }
    monkeypatch.setattr(steps, "get_current_context", lambda: context)
    monkeypatch.setattr(steps, "die_with_parent", lambda: None)
    yield steps.finish.function
    get_settings.cache_clear()


def test_the_last_task_writes_the_page_of_a_night_that_failed_and_releases_the_home(
    small_home: Settings, tonight: Night, finish: Any
) -> None:
    lock.claim_night(small_home, tonight)
    night_is_done(small_home, tonight, "begin", "stage_raw")
    with pytest.raises(AirflowFailException, match="is not done with the night of 2017-12-31"):
        finish()
    assert page_of(small_home, tonight.business_date).is_file()
    (row,) = records.read(small_home, "nights", tonight.business_date)
    assert row["is_published"] is False
    lock.claim_night(small_home, Night.of(tonight.business_date, small_home.company, "another"))


def test_a_run_that_was_refused_writes_no_page_of_another_s_night(
    small_home: Settings, last_night: Night, finish: Any, tonight: Night
) -> None:
    write_claim(small_home, Claim.of("another", last_night.business_date, is_one_process=False))
    with pytest.raises(AirflowFailException, match="`begin` did not run"):
        finish()
    assert not small_home.pages.exists()
