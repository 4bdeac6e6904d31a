"""Runs a whole night, each step in a separate process or all in one, and adds up the costs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.measure import NOTHING, Cost, run_python, run_steps

LAYERS = ("extract", "stage_raw", "cleaned", "aggregated", "customer_view")
"""From the landed files to the customer view: the build without gates and models."""

GATES = ("gate_raw", "gate_cleaned", "gate_aggregated", "gate_customer_view")
MODELS = ("features", "train", "evaluate", "promote", "score")
CLOSING = ("begin", "publish", "report")
START = "start and end"
"""Python's own: what a process takes outside its steps; each step's imports count as the step."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "extract … customer_view": LAYERS,
    "gates": GATES,
    "models": MODELS,
    "begin, publish, report": CLOSING,
    "whole night": LAYERS + GATES + MODELS + CLOSING,
}
ALL_STEPS = PARTS["whole night"]


def run_night(
    business_date: str,
    home: Mapping[str, str],
    log_file: Path,
    progress: Callable[[str], None] = lambda line: None,
    names: Collection[str] | None = None,
) -> dict[str, Cost]:
    """Run the steps of a night, each in a process.

    Parameters
    ----------
    names
        Of the steps to run; all by default.

    Returns
    -------
    dict of str to Cost
        In the steps' order; a mapped step is one entry.
    """
    from dangol.nightly.steps import STEPS  # light: it imports no engine
    from dangol.settings import Settings

    settings = Settings.from_environment(home)
    costs = {}
    for step in STEPS:
        if names is not None and step.name not in names:
            continue
        instances = step.instances(settings)
        costs[step.name] = run_steps(step.name, instances, business_date, home, log_file)
        progress(f"{step.name} {costs[step.name].seconds:.1f} s")
    return costs


def run_in_one_process(
    business_date: date | str,
    steps: Sequence[str],
    home: Mapping[str, str],
    result: Path,
    log_file: Path,
) -> dict[str, Cost]:
    """Run steps of a night in one process, as ``dangol night`` does.

    Returns
    -------
    dict of str to Cost
        One per step, and one for `START`.
    """
    day = str(business_date)
    whole = run_python("benchmarks.one_process", [str(result), day, *steps], home, log_file)
    costs = {step: Cost(*figures) for step, figures in json.loads(result.read_text()).items()}
    inside = sum(costs.values(), NOTHING)
    costs[START] = Cost(
        whole.seconds - inside.seconds, whole.processor_seconds - inside.processor_seconds, 0.0
    )
    return costs


def add_up(costs: Mapping[str, Cost], part: str) -> Cost:
    """Add up the steps of a part of the night.

    Parameters
    ----------
    part
        A key of `PARTS`.

    Returns
    -------
    Cost
        The sum of the steps; the peak is that of the largest process.
    """
    return sum((costs[step] for step in (*PARTS[part], START) if step in costs), NOTHING)


def land_year(
    folder: Path, first: date | str, last: date | str, copies: int, log_file: Path
) -> Path:
    """Write the grocer's files for a year, or part of it, into a landing zone that homes share.

    Parameters
    ----------
    folder
        The landing zone is created in here; one from an earlier run is reused.
    first, last
        Business days, both inclusive.
    copies
        How often each real household occurs.

    Returns
    -------
    Path
        The ``landed`` of `new_home`.
    """
    landed = folder / f"landed-{copies}"
    days = [str(landed), str(first), str(last), str(copies)]
    run_python("benchmarks.landing", days, {}, log_file)
    return landed


def new_home(folder: Path, landed: Path) -> dict[str, str]:
    """Create an empty home that uses a shared landing zone.

    Parameters
    ----------
    folder
        The home's folder; any content is deleted.
    landed
        From `land_year`: it contains the landing zone and the company's folder.

    Returns
    -------
    dict of str to str
        The environment variables for the home and the landing zone.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(landed / "company", folder / "company")
    return {"DANGOL_HOME": str(folder), "DANGOL_LANDING": str(landed / "landing")}
