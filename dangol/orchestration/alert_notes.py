"""Records which tasks of a run were alerted, so that its last task does not do so once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dangol import records
from dangol.night import Night
from dangol.nightly import step_runs
from dangol.nightly.ending import plans_of
from dangol.orchestration.failures import Failure, business_date_of
from dangol.settings import Settings, get_settings

TABLE = "alerts"
"""One row for each task of a night that was alerted; kept as files, not published."""

DAG = "nightly"


def note(context: Mapping[str, Any], failure: Failure) -> None:
    """Record that an alert about a task of a night was sent."""
    day = business_date_of(context)
    if failure.dag == DAG and day:
        record(get_settings(), date.fromisoformat(day), failure.run, failure.task)


def record(settings: Settings, day: date, run: str, task: str) -> None:
    """Record that an alert about a task of a run was sent, now."""
    row = {"run_id": run, "task": task, "sent_at": step_runs.now()}
    records.record(settings, TABLE, day, f"{run} {task}", [row])


def of_run(settings: Settings, night: Night) -> list[dict[str, Any]]:
    """Return the alerts about a run since it last began."""
    steps = records.read(settings, step_runs.TABLE, night.business_date)
    own = [row for row in steps if row["step"] == "begin" and row["run_id"] == night.run_id]
    since = max([*plans_of(settings, night), *(row["started_at"] for row in own)], default="")
    rows = records.read(settings, TABLE, night.business_date)
    return [row for row in rows if row["run_id"] == night.run_id and row["sent_at"] >= since]
