"""How runs of the DAG ended: which were alerted, and which a person marked a success."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from dangol import records
from dangol.night import Night
from dangol.nightly import step_runs
from dangol.nightly.claim import Claim
from dangol.nightly.ending import why_unpublished
from dangol.orchestration import alerts
from dangol.orchestration.failures import Failure, Notice, business_date_of, clean, links_of
from dangol.settings import Settings, get_settings

log = logging.getLogger(__name__)

TABLE = "alerts"
"""One row for each task of a night that was alerted; kept as files, not published."""

DAG = "nightly"


def note(context: Mapping[str, Any], failure: Failure) -> None:
    """Record that an alert about a task of a night is sent."""
    day = business_date_of(context)
    if failure.dag == DAG and day:
        row = {"run_id": failure.run, "task": failure.task, "sent_at": _now()}
        part = f"{failure.run} {failure.task}"
        records.record(get_settings(), TABLE, date.fromisoformat(day), part, [row])


def is_alerted(settings: Settings, night: Night) -> bool:
    """Return whether a task of this run has been alerted since the run last began."""
    began = [
        row["started_at"]
        for row in records.read(settings, step_runs.TABLE, night.business_date)
        if row["step"] == "begin" and row["run_id"] == night.run_id
    ]
    rows = records.read(settings, TABLE, night.business_date)
    since = max(began, default="")
    return any(row["run_id"] == night.run_id and row["sent_at"] >= since for row in rows)


def tell_if_marked(
    settings: Settings, last: Claim | None, night: Night, task: Any
) -> Notice | None:
    """Send an alert if the run before this one is a success in Airflow and published nothing.

    Parameters
    ----------
    last
        The claim on the home before this run took it.
    task
        Airflow's task instance, which knows the states of other runs.

    Returns
    -------
    Notice or None
        What was sent.
    """
    if last is None or last.is_one_process or not last.business_date or last.run_id == night.run_id:
        return None
    day = date.fromisoformat(last.business_date)
    why = why_unpublished(settings, Night.of(day, settings.company, last.run_id))
    if not why or _state_of(task, last.run_id) != "success":
        return None
    notice = Notice(
        what="a run is marked a success and published nothing",
        business_date=last.business_date,
        run=last.run_id,
        reason=f"{last.run_id} is green in Airflow because a person marked it: {why}. Readers do "
        f"not have the night of {day}: clear the run from its first task.",
        links=links_of(
            os.environ.get("AIRFLOW__API__BASE_URL", ""), DAG, last.run_id, last.business_date
        ),
    )
    log.error("%s: %s", notice.subject, notice.reason)
    alerts.send(notice, os.environ)
    return notice


def tell_warnings(night: Night, result: object) -> None:
    """Send an alert about what a step did not stop for, but someone must hear of.

    Parameters
    ----------
    result
        Of the step; a gate's and that of the scores may have ``alerts``, a line for each.
    """
    if not isinstance(result, dict) or not (lines := result.get("alerts")):
        return
    day, environment = night.business_date.isoformat(), os.environ
    notice = Notice(
        what=str(result.get("warns") or f"gate {result['gate']} warns"),
        business_date=day,
        run=night.run_id,
        reason="The night goes on, and someone must look at this:",
        details=[clean(line, environment) for line in lines],
        links=links_of(environment.get("AIRFLOW__API__BASE_URL", ""), DAG, night.run_id, day),
    )
    log.error("%s: %s", notice.subject, "; ".join(notice.details))
    alerts.send(notice, environment)


def _state_of(task: Any, run_id: str) -> str:
    """Return the state of a run in Airflow; empty if it has none, or can't be asked."""
    try:
        state = task.get_dagrun_state(DAG, run_id)
        return str(getattr(state, "value", state))
    except Exception as error:  # a night never fails for this question
        log.info("the state of %s is not known: %s", run_id, type(error).__name__)
        return ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
