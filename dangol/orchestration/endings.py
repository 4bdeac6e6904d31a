"""How runs of the DAG ended: which were alerted, and which a person marked a success."""

from __future__ import annotations

import logging
import os
from datetime import date
from typing import Any

from dangol import records
from dangol.errors import DangolError
from dangol.files import DAMAGE
from dangol.night import Night
from dangol.nightly import step_runs
from dangol.nightly.claim import Claim
from dangol.nightly.ending import plans_of, why_not_in_store
from dangol.orchestration import alert_notes, alerts
from dangol.orchestration.alert_notes import DAG
from dangol.orchestration.asgi import base_url
from dangol.orchestration.failures import Notice, clean, links_of
from dangol.settings import Settings

log = logging.getLogger(__name__)

MARKED = "marked a success"
"""The task of an alert about a run that a person marked."""


def is_alerted(settings: Settings, night: Night) -> bool:
    """Return whether a task of this run has been alerted since the run last began.

    Returns
    -------
    bool
        False if the record of alerts is damaged: one too many is better than a red night.
    """
    try:
        return any(row["task"] != MARKED for row in alert_notes.of_run(settings, night))
    except (DangolError, *DAMAGE) as error:
        log.warning("whether %s was alerted is not known: %s", night.run_id, error)
        return False


def tell_if_marked(
    settings: Settings, claim: Claim | None, night: Night, task: Any
) -> Notice | None:
    """Send an alert if the run before this one is a success in Airflow and published nothing.

    Parameters
    ----------
    claim
        On the home, once this run has it.
    task
        Airflow's task instance, which knows the states of other runs.

    Returns
    -------
    Notice or None
        What was sent; a night never fails for this question.
    """
    if claim is None or not claim.last_business_date:
        return None
    try:
        day = date.fromisoformat(claim.last_business_date)
        last = Night.of(day, settings.company, claim.last_run_id)
        why = "" if _is_published_since(settings, last) else why_not_in_store(settings, last)
        is_told = any(row["task"] == MARKED for row in alert_notes.of_run(settings, last))
    except (DangolError, *DAMAGE) as error:
        log.warning("whether %s has published is not known: %s", claim.last_run_id, error)
        return None
    if not why or is_told or _state_of(task, last.run_id) != "success":
        return None
    notice = Notice(
        what="a run is marked a success and published nothing",
        business_date=day.isoformat(),
        run=last.run_id,
        reason=f"{last.run_id} is green in Airflow because a person marked it: {why}. Readers do "
        f"not have the night of {day}: clear the run from its first task.",
        links=links_of(base_url(), DAG, last.run_id, day.isoformat()),
    )
    log.error("%s: %s", notice.subject, notice.reason)
    if alerts.send(notice, os.environ):
        alert_notes.record(settings, day, last.run_id, MARKED)
    return notice


def _is_published_since(settings: Settings, night: Night) -> bool:
    """Whether any run has published the same night since this one began."""
    began = max(plans_of(settings, night), default="")
    return any(
        row["step"] == "publish" and row["status"] == step_runs.DONE and row["started_at"] >= began
        for row in records.read(settings, step_runs.TABLE, night.business_date)
    )


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
        links=links_of(base_url(), DAG, night.run_id, day),
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
