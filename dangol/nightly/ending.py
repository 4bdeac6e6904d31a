"""Whether a run published its night: read from the store and the records, whatever Airflow says.

A person can set the state of a task or of a run in Airflow; what a step recorded about itself, and
the publication on disk, stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from dangol import records
from dangol.errors import DangolError
from dangol.night import Night
from dangol.nightly import step_runs
from dangol.nightly.steps import STEPS
from dangol.publication.store import PublicationError, read_publication
from dangol.settings import Settings

PLANS = "plans"
"""One row for each time a run began: the parallel instances that it expects; not published."""

_FIRST, _READ, _PUBLISHING = "begin", "stage_raw", "publish"


class NotPublishedError(DangolError):
    """A run has ended without a publication to which all of its steps led.

    Parameters
    ----------
    message
        What is missing, and what to do.
    is_alerted
        Whether the step that caused it has sent its own alert.
    """

    def __init__(self, message: str, is_alerted: bool = False) -> None:
        super().__init__(message)
        self.is_alerted = is_alerted


def plan(settings: Settings, night: Night) -> dict[str, list[list[str]]]:
    """Record which parallel instances of each step a run expects, as it begins.

    Contracts may come and go while it runs.

    Returns
    -------
    dict
        From the name of each step that has parallel instances to their arguments.
    """
    planned = {
        step.name: [list(arguments) for arguments in step.instances(settings)]
        for step in STEPS
        if step.each
    }
    at = step_runs.now()
    row = {"run_id": night.run_id, "planned_at": at, "instances": planned}
    records.record(settings, PLANS, night.business_date, f"{night.run_id} {at}", [row])
    return planned


def need_published(settings: Settings, night: Night, is_alerted: bool = False) -> None:
    """Check that a run published its night, with every step done in order.

    Parameters
    ----------
    is_alerted
        Whether an alert about this run has been sent already.

    Raises
    ------
    NotPublishedError
        If not; the message says what is missing.
    """
    if why := why_unpublished(settings, night):
        raise NotPublishedError(
            f"{night.run_id} is not done with the night of {night.business_date}: {why}. A state "
            "that was set by hand does not change that: clear the first task that is not done",
            is_alerted,
        )


def why_unpublished(settings: Settings, night: Night) -> str:
    """Say why a night does not count as published by its run.

    Returns
    -------
    str
        Empty if the store contains the run's publication, and every step did its part, in order.
    """
    own = [
        row
        for row in records.read(settings, step_runs.TABLE, night.business_date)
        if row["run_id"] == night.run_id
    ]
    by_step = {step.name: [row for row in own if row["step"] == step.name] for step in STEPS}
    planned = _planned(settings, night, by_step[_READ])
    for step in STEPS:
        expected = planned.get(step.name, []) if step.each else [""]
        if step.each and planned:  # an instance of an earlier try may be gone with its contract
            by_step[step.name] = [row for row in by_step[step.name] if row["instance"] in expected]
        if why := _why_undone(step.name, expected, by_step[step.name]):
            return why
    try:
        return _why_out_of_order(by_step) or why_not_in_store(settings, night)
    except PublicationError as error:
        return str(error)


def _planned(
    settings: Settings, night: Night, read: Sequence[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the instances that a run expected when it last read its files.

    Parameters
    ----------
    read
        The rows of the step for which all files must have been read.

    Returns
    -------
    dict
        Of each parallel step; empty if nothing was recorded.
    """
    plans = plans_of(settings, night)
    until = max((row["started_at"] for row in read), default="")
    last = max((at for at in plans if at <= until), default=max(plans, default=""))
    return {
        step: [".".join(arguments) for arguments in instances]
        for step, instances in plans.get(last, {}).items()
    }


def plans_of(settings: Settings, night: Night) -> dict[str, dict[str, list[list[str]]]]:
    """Return what a run planned, by the time at which it began."""
    rows = records.read(settings, PLANS, night.business_date)
    return {row["planned_at"]: row["instances"] for row in rows if row["run_id"] == night.run_id}


def _why_undone(step: str, expected: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    for row in rows:
        if row["status"] != step_runs.DONE:
            how = "failed" if row["status"] == step_runs.FAILED else "was stopped"
            return f"{_part(step, row['instance'])} {how}"
    missing = sorted(set(expected) - {row["instance"] for row in rows})
    return f"{_part(step, missing[0])} did not run" if missing else ""


def _part(step: str, instance: str) -> str:
    return f"`{f'{step} {instance}'.strip()}`"


def _why_out_of_order(by_step: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Say which step is older than the one before it; the last ones only follow ``publish``."""
    names = [name for name, rows in by_step.items() if rows and name != _FIRST]
    until = names.index(_PUBLISHING)
    after = [(_PUBLISHING, name) for name in names[until + 1 :]]
    for before, name in [*pairwise(names[: until + 1]), *after]:
        began = min(row["started_at"] for row in by_step[name])
        if began < max(row["started_at"] for row in by_step[before]):
            return f"`{name}` did not run again after `{before}`"
    return ""


def why_not_in_store(settings: Settings, night: Night) -> str:
    """Say why the store has no publication of a run.

    Returns
    -------
    str
        Empty if it has one.

    Raises
    ------
    PublicationError
        If its manifest is damaged.
    """
    names = [
        row["publication"]
        for row in records.read(settings, "publications", night.business_date)
        if row["run_id"] == night.run_id
    ]
    if not names:
        return "it recorded no publication"
    publication = read_publication(settings, names[-1])
    if publication is None or not publication.file(settings).is_file():
        return f"publication {names[-1]} is not in the store"
    return ""
