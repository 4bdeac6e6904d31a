"""What became of a model that failed: it costs its own scores, never the night's other results.

Every step contains the errors of each model. ``models/<model>/<business date>/failure.json`` says
which step failed and why, and stays until that step, or an earlier one, runs again. A process that
is killed or out of time ends the step itself: of a model that learns, the try after two such ones
records a failure instead of being the third. A full disk stops the night.
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

KILLED = 2
"""How often a step may be killed at the same model before that counts as the model's failure."""

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
            _record(settings, night, Failure(name, step, reason))
    for name in models:
        _tries_file(settings, name, night.business_date, step).unlink(missing_ok=True)


def failure_of(settings: Settings, model: str, business_date: date) -> Failure | None:
    """Return what stopped a model in a night, or None.

    Returns
    -------
    Failure or None
        If its record is damaged, that is what stopped it, until any of the steps runs again.
    """
    file = _file(settings, model, business_date)
    if not file.exists():
        return None
    try:
        return Failure(**registry.read_json(file))
    except (registry.ModelError, TypeError):
        return Failure(model, STEPS[-1], f"{file} is damaged")


def failures_of(settings: Settings, business_date: date) -> list[Failure]:
    """Return the failures of a night, in the order of `ml.MODEL_NAMES`."""
    found = (failure_of(settings, name, business_date) for name in ml.MODEL_NAMES)
    return [failure for failure in found if failure]


def without_features(settings: Settings, business_date: date) -> set[str]:
    """Return the models that have no features to score with."""
    found = failures_of(settings, business_date)
    return {failure.model for failure in found if failure.step == STEPS[0]}


def may_try(settings: Settings, model: str, night: Night, step: str) -> bool:
    """Return whether a step has something to do for a model; if so, `contained` must follow.

    Returns
    -------
    bool
        False if an earlier step has stopped the model, or if this one was killed `KILLED` times,
        which is recorded as its failure. The next run of the step then tries again.
    """
    failure = failure_of(settings, model, night.business_date)
    if failure is not None and STEPS.index(failure.step) < STEPS.index(step):
        return False
    file = _tries_file(settings, model, night.business_date, step)
    tries = _tries(file)
    if tries >= KILLED:
        reason = f"its process was stopped {tries} times: out of memory, or out of time"
        log.critical("step %s failed for %s: %s", step, model, reason)
        _record(settings, night, Failure(model, step, reason))
        file.unlink()
        return False
    private_folder(file.parent)
    registry.write_json(file, {"tries": tries + 1})
    return True


def _tries(file: Path) -> int:
    """Return how often a step was begun and not ended; a damaged record counts as none."""
    try:
        tries = registry.read_json(file).get("tries") if file.exists() else 0
    except registry.ModelError:
        return 0
    return tries if isinstance(tries, int) else 0


def _record(settings: Settings, night: Night, failure: Failure) -> None:
    file = _file(settings, failure.model, night.business_date)
    private_folder(file.parent)
    registry.write_json(file, asdict(failure))


def _file(settings: Settings, model: str, business_date: date) -> Path:
    return registry.entry(settings, model, business_date) / "failure.json"


def _tries_file(settings: Settings, model: str, business_date: date, step: str) -> Path:
    return registry.entry(settings, model, business_date) / f"tries_{step}.json"


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
