"""What became of a night, and what readers have now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dangol.night import Night
from dangol.publication.layout import night_of_name
from dangol.publication.store import (
    PublicationError,
    current_publication,
    pinned,
    pointed_to,
)
from dangol.settings import Settings
from pages.history import Row

OWN_STEP = "report"
"""The step that writes the page is not over while it does."""

AFTER_PUBLISHING = frozenset({OWN_STEP, "copy"})
"""The steps that run beside each other once readers have the night."""

_FIRST_STEP, _LAST_STEP = "begin", "publish"


@dataclass(frozen=True)
class Outcome:
    """How a night ended.

    Parameters
    ----------
    is_published
        Whether it made a publication, which readers may have or not.
    readers
        One sentence: which publication they have.
    failed
        The rows of the steps that failed or were killed, in the order in which they began.
    ended_after
        The last step that was done, in words; empty if none was.
    """

    is_published: bool
    readers: str
    failed: Sequence[Row]
    ended_after: str

    @property
    def stopped_at(self) -> str:
        """The first step that failed, with its instance; empty if none did."""
        return name_of(self.failed[0]) if self.failed else ""


def outcome_of(settings: Settings, night: Night, steps: Sequence[Row]) -> Outcome:
    """Find out how a night ended.

    Parameters
    ----------
    steps
        Its rows of ``step_runs``. Those that began before its last first step belong to an earlier
        try: they may be done, but no longer fail.

    Returns
    -------
    Outcome
        From the records and the store; Airflow is not asked.
    """
    began = max((row["started_at"] for row in steps if row["step"] == _FIRST_STEP), default="")
    ordered = sorted(steps, key=lambda row: (row["started_at"], row["part"]))
    going_on = _going_on(steps)
    tried = [row for row in ordered if row["started_at"] >= began and row not in going_on]
    failed = [row for row in tried if row["status"] != "done"]
    before = [row for row in tried if row["step"] not in AFTER_PUBLISHING]
    published = [row for row in ordered if row["step"] == _LAST_STEP and row["status"] == "done"]
    worked = [row for row in before if row["step"] not in {_FIRST_STEP, _LAST_STEP}]
    is_published = (
        all(row["status"] == "done" for row in before)
        and bool(published)
        and all(row["started_at"] <= published[-1]["started_at"] for row in worked)
    )
    done = [row for row in before if row["status"] == "done"]
    return Outcome(
        is_published=is_published,
        readers=_readers(settings, night, is_published),
        failed=failed,
        ended_after=name_of(done[-1]) if done else "",
    )


def _going_on(steps: Sequence[Row]) -> list[Row]:
    """Return the rows of steps that run while the page is written; otherwise they were killed."""
    running = [
        row for row in steps if row["step"] in AFTER_PUBLISHING and row["status"] == "running"
    ]
    return running if any(row["step"] == OWN_STEP for row in running) else []


def name_of(row: Row) -> str:
    """Return a step's name, with the instance of a mapped one."""
    return f"{row['step']} {row['instance']}".strip()


def in_words(day: date) -> str:
    """Return a day as it is read: Sunday 31 December 2017."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def readers_now(settings: Settings) -> str:
    """Say which publication readers have, whatever the night."""
    day = _day_of_readers(settings)
    if day is None:
        return _NOTHING
    return f"Readers have the publication of {in_words(day)}{_pin(settings)}."


_NOTHING = "Readers have no publication yet."


def _day_of_readers(settings: Settings) -> date | None:
    """Return the business day of what readers have; its name has it, were the manifest damaged."""
    name = pointed_to(settings)
    night = night_of_name(name) if name else None
    return date.fromisoformat(night[0]) if night else None


def _pin(settings: Settings) -> str:
    """Say what is special about what readers have: a page is written whatever is damaged."""
    try:
        current_publication(settings)
        return ", pinned by a rollback until `dangol resume`" if pinned(settings) else ""
    except PublicationError:
        return " (its records are damaged: `dangol publications` says which)"


def _readers(settings: Settings, night: Night, is_published: bool) -> str:
    day, pin = _day_of_readers(settings), _pin(settings)
    if day is None:
        return _NOTHING
    if day == night.business_date:
        if is_published:
            return f"Readers have tonight's publication{pin}."
        return f"Readers keep the publication that an earlier run of this night made{pin}."
    later = ", a later day" if day > night.business_date else ""
    return f"Readers keep the publication of {in_words(day)}{later}{pin}."
