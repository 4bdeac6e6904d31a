"""What became of a model that failed: it costs its own scores, never the night's other results.

Every step contains the errors of each model. ``models/<model>/<business date>/failure.json`` says
which step failed and why, and stays until that step, or an earlier one, runs again. A full disk or
a killed process still ends the step itself.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import ml
from dangol.errors import DangolError
from dangol.files import private_folder
from dangol.night import Night
from dangol.settings import Settings
from dangol.tracebacks import trace_of
from ml import registry

log = logging.getLogger(__name__)

STEPS = ("features", "train", "evaluate", "promote", "score")
"""In their order. A failure in `features` is one of every model."""

_LONGEST_REASON = 500


@dataclass(frozen=True)
class Failure:
    """What stopped a model.

    Parameters
    ----------
    step
        One of `STEPS`.
    reason
        The first line of an error of ours, which quotes no value; of any other its class and place.
    """

    model: str
    step: str
    reason: str


@contextmanager
def contained(settings: Settings, night: Night, step: str, models: Sequence[str]) -> Iterator[None]:
    """Record any error as a failure of some models, and go on after the block.

    What the models failed at in this step or a later one before is forgotten first.

    Yields
    ------
    None
        While the work is done.
    """
    for name in models:
        known = failure_of(settings, name, night.business_date)
        if known and STEPS.index(known.step) >= STEPS.index(step):
            _file(settings, name, night.business_date).unlink(missing_ok=True)
    try:
        yield
    except Exception as error:
        reason = _reason(error)
        log.critical(
            "step %s failed for %s: %s\n%s", step, ", ".join(models), reason, trace_of(error)
        )
        for name in models:
            file = _file(settings, name, night.business_date)
            private_folder(file.parent)
            registry.write_json(file, asdict(Failure(name, step, reason)))


def failure_of(settings: Settings, model: str, business_date: date) -> Failure | None:
    """Return what stopped a model in a night, or None."""
    file = _file(settings, model, business_date)
    return Failure(**registry.read_json(file)) if file.exists() else None


def failures_of(settings: Settings, business_date: date) -> list[Failure]:
    """Return the failures of a night, in the order of `ml.MODEL_NAMES`."""
    found = (failure_of(settings, name, business_date) for name in ml.MODEL_NAMES)
    return [failure for failure in found if failure]


def without_features(settings: Settings, business_date: date) -> set[str]:
    """Return the models that have no features to score with."""
    found = failures_of(settings, business_date)
    return {failure.model for failure in found if failure.step == STEPS[0]}


def failed_before(settings: Settings, model: str, night: Night, step: str) -> bool:
    """Return whether an earlier step has stopped a model, so that this one has nothing to do."""
    failure = failure_of(settings, model, night.business_date)
    return failure is not None and STEPS.index(failure.step) < STEPS.index(step)


def _file(settings: Settings, model: str, business_date: date) -> Path:
    return registry.entry(settings, model, business_date) / "failure.json"


def _reason(error: Exception) -> str:
    if isinstance(error, DangolError):
        return str(error).partition("\n")[0][:_LONGEST_REASON]
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent.name == "ml" and frame.filename != __file__
    ]
    place = f" in {Path(ours[-1].filename).name}, line {ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{place}: see the log of the step"
