"""All that a night's page is made of, read from what the night recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import duckdb
from markupsafe import Markup

from dangol.errors import DangolError
from dangol.ledger import Load
from dangol.night import Night
from dangol.settings import Settings
from pages import durations, models, outcome, rows, streams
from pages.gates import Check, Gate, broken_checks, gates_of
from pages.history import History, read_history

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Facts:
    """A night, from its records, the ledger and the build file.

    Parameters
    ----------
    deliveries, files, quarantined
        Empty if they can't be read.
    set_aside
        None if it is not known.
    chart
        Of the seconds of the last nights.
    unread
        Why parts of the page can't be read, in words: what stopped the night may be in the way.
    """

    night: Night
    history: History
    outcome: outcome.Outcome
    gates: Sequence[Gate]
    deliveries: Sequence[streams.Delivery]
    files: Sequence[Load]
    unclaimed: Sequence[tuple[str, str, int]]
    set_aside: Sequence[rows.SetAside] | None
    quarantined: Sequence[rows.Quarantined]
    models: Sequence[models.Model]
    steps: Sequence[durations.Duration]
    slowest: Sequence[durations.Duration]
    chart: Markup | None
    unread: Sequence[str]

    @property
    def broken(self) -> list[Check]:
        """The expectations that failed."""
        return broken_checks(self.gates)

    @property
    def judged(self) -> int:
        """How many expectations were judged."""
        return sum(check.status != "skipped" for gate in self.gates for check in gate.checks)

    def count(self, severity: str) -> int:
        """Return how many expectations of a severity failed."""
        return sum(check.severity == severity for check in self.broken)


def gather(settings: Settings, night: Night) -> Facts:
    """Read what a night recorded, what it loaded, and the nights before it."""
    history = read_history(settings, night)
    steps = history.tonight("step_runs")
    is_mapped = any(row["step"] == "cleaned" and row["status"] == "done" for row in steps)
    unread = dict.fromkeys(history.unread)

    def part(read: Callable[[], list[_Part]]) -> list[_Part]:
        try:
            return read()
        except (DangolError, OSError, duckdb.Error) as error:
            unread[str(error) if isinstance(error, DangolError) else type(error).__name__] = None
            return []

    return Facts(
        night=night,
        history=history,
        outcome=outcome.outcome_of(settings, night, steps),
        gates=gates_of(settings, history),
        deliveries=part(lambda: streams.deliveries(settings, night, history)),
        files=part(lambda: streams.files_to_look_at(settings, night)),
        unclaimed=part(lambda: streams.unclaimed_files(settings, night)),
        set_aside=rows.set_aside(settings, night) if is_mapped else None,
        quarantined=part(lambda: rows.quarantined(settings, night)),
        models=models.models_of(history),
        steps=durations.steps_of(history),
        slowest=durations.slowest_models(history),
        chart=durations.chart_of(history),
        unread=list(unread),
    )
