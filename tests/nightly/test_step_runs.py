import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from dangol import records
from dangol.errors import DangolError
from dangol.night import Night
from dangol.nightly import steps as nightly
from dangol.nightly.step_runs import recorded
from dangol.nightly.steps import Step
from dangol.settings import Settings


class OnPurposeError(DangolError):
    """Says what is wrong without quoting a value."""


def noted(settings: Settings, night: Night) -> list[tuple[object, ...]]:
    rows = records.read(settings, "step_runs", night.business_date)
    names = ("step", "instance", "status", "error", "message")
    return [tuple(row[name] for name in names) for row in rows]


def test_a_step_that_ends_is_done(
    small_home: Settings, tonight: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nightly, "resolve", lambda _: lambda settings, night, *given: list(given))
    assert Step("extract", "any").run(small_home, tonight, "till", "lines") == ["till", "lines"]
    assert noted(small_home, tonight) == [("extract", "till.lines", "done", None, None)]
    (row,) = records.read(small_home, "step_runs", tonight.business_date)
    assert row["seconds"] >= 0
    assert row["run_id"] == tonight.run_id


def test_a_message_for_the_user_is_kept_and_any_other_withheld(
    small_home: Settings, tonight: Night
) -> None:
    with pytest.raises(OnPurposeError), recorded(small_home, tonight, "gate_raw", []):
        raise OnPurposeError("gate raw stopped the night\n  do: this")
    with pytest.raises(ValueError, match="010"), recorded(small_home, tonight, "cleaned", []):
        raise ValueError("could not convert 010-1234-5678")
    assert noted(small_home, tonight) == [
        ("gate_raw", "", "failed", "OnPurposeError", "gate raw stopped the night\n  do: this"),
        ("cleaned", "", "failed", "ValueError", None),
    ]


def test_a_step_that_is_killed_stays_running(small_home: Settings, tonight: Night) -> None:
    if (child := os.fork()) == 0:
        with recorded(small_home, tonight, "train", ["churn"]):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert noted(small_home, tonight) == [("train", "churn", "running", None, None)]


def test_steps_that_run_side_by_side_lose_no_record(small_home: Settings, tonight: Night) -> None:
    names = [f"stream_{number}" for number in range(40)]

    def one(name: str) -> None:
        with recorded(small_home, tonight, "extract", ["till", name]):
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, names))
    assert sorted(row[1] for row in noted(small_home, tonight)) == sorted(
        f"till.{name}" for name in names
    )


def test_a_step_that_can_not_be_recorded_runs_and_says_itself_what_is_wrong(
    small_home: Settings, tonight: Night, caplog: pytest.LogCaptureFixture
) -> None:
    small_home.ops.write_text("no folder")
    with pytest.raises(OnPurposeError), recorded(small_home, tonight, "cleaned", []):
        raise OnPurposeError("the disk is read-only")
    assert caplog.text.count("cleaned was not recorded: ") == 2
    with pytest.raises(NotADirectoryError), recorded(small_home, tonight, "cleaned", []):
        pass


def test_an_error_is_told_even_if_it_can_not_be_recorded(
    small_home: Settings, tonight: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("No space left on device")

    def fail(*_: object) -> None:
        monkeypatch.setattr(records, "record", full_disk)
        raise OnPurposeError("the cause")

    monkeypatch.setattr(nightly, "resolve", lambda _: fail)
    with pytest.raises(OnPurposeError):
        Step("publish", "any").run(small_home, tonight)
