"""How a night ended, from the records of its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dangol.night import Night
from dangol.settings import Settings
from pages.night import write_page
from pages.outcome import outcome_of, readers_now


def steps(*told: str) -> list[dict[str, Any]]:
    """Return rows of step_runs: ``minute step status``, in any order."""
    return [
        {
            "part": step,
            "step": step,
            "instance": "",
            "status": status,
            "started_at": f"2018-01-01T07:{int(minute):02d}:00.000+00:00",
        }
        for minute, step, status in (each.split() for each in told)
    ]


@pytest.mark.parametrize(
    ("told", "is_published", "stopped_at", "ended_after"),
    [
        ([], False, "", ""),
        (["1 begin done", "2 cleaned done", "3 publish done"], True, "", "publish"),
        (["1 begin done", "2 cleaned done"], False, "", "cleaned"),
        (["1 begin done", "2 cleaned failed"], False, "cleaned", "begin"),
        (["1 begin done", "2 cleaned running"], False, "cleaned", "begin"),
        # the page is written by the report, and after it failed
        (["1 begin done", "3 publish done", "4 report running"], True, "", "publish"),
        (["1 begin done", "3 publish done", "4 report failed"], True, "report", "publish"),
        # the copy is made at the same time, which is known to have failed once the report is done
        (["1 begin done", "3 publish done", "4 report running", "5 copy running"], True, "",
         "publish"),
        (["1 begin done", "3 publish done", "4 copy done", "5 report running"], True, "",
         "publish"),
        (["1 begin done", "3 publish done", "4 report done", "5 copy running"], True, "copy",
         "publish"),
        (["1 begin done", "3 publish done", "4 report done", "5 copy failed"], True, "copy",
         "publish"),
        # cleared: begin runs again, and what failed before it is of an earlier try
        (["5 begin done", "2 cleaned failed", "6 publish done"], True, "", "publish"),
        # only the report was cleared, after a publication
        (["5 begin done", "2 cleaned done", "3 publish done", "6 report running"], True, "",
         "begin"),
        # an earlier run has published, this one has failed, or was stopped by hand
        (["5 begin done", "6 gate_raw failed", "3 publish done"], False, "gate_raw", "begin"),
        (["5 begin done", "6 gate_raw done", "3 publish done"], False, "", "gate_raw"),
    ],
)  # fmt: skip
def test_a_night_is_published_if_nothing_came_after_and_nothing_failed(
    small_home: Settings,
    tonight: Night,
    told: list[str],
    is_published: bool,
    stopped_at: str,
    ended_after: str,
) -> None:
    outcome = outcome_of(small_home, tonight, steps(*told))
    assert (outcome.is_published, outcome.stopped_at, outcome.ended_after) == (
        is_published,
        stopped_at,
        ended_after,
    )


def test_a_damaged_manifest_does_not_keep_the_page_from_being_written(
    published: Callable[..., None], small_home: Settings, tonight: Night
) -> None:
    published([tonight])
    [manifest] = small_home.publications.glob("*/publication.json")
    manifest.chmod(0o600)
    manifest.write_text("{")
    damaged = " (its records are damaged: `dangol publications` says which)."
    assert readers_now(small_home) == (
        f"Readers have the publication of Sunday 31 December 2017{damaged}"
    )
    page = write_page(small_home, tonight)
    assert "(its records are damaged:" in page.read_text()
