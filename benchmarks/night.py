"""Runs a whole night step by step, each step in a process of its own, and adds up what it took."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.measure import NOTHING, Cost, run_steps

LAYERS = ("extract", "stage_raw", "cleaned", "aggregated", "customer_view")
"""From the landed files to the customer view: the build, without what audits and learns."""

GATES = ("gate_raw", "gate_cleaned", "gate_aggregated", "gate_customer_view")
MODELS = ("features", "train", "evaluate", "promote", "score")
CLOSING = ("begin", "publish", "report")

PARTS: Mapping[str, tuple[str, ...]] = {
    "extract … customer_view": LAYERS,
    "gates": GATES,
    "models": MODELS,
    "begin, publish, report": CLOSING,
    "whole night": LAYERS + GATES + MODELS + CLOSING,
}


def run_night(
    business_date: str,
    home: Mapping[str, str],
    log_file: Path,
    progress: Callable[[str], None] = lambda line: None,
) -> dict[str, Cost]:
    """Run every step of a night.

    Parameters
    ----------
    business_date
        The night.
    home
        Environment that names home and landing zone.
    log_file
        Gets what the steps print.
    progress
        Told each step.

    Returns
    -------
    dict of str to Cost
        In the steps' order; a mapped step is one entry.
    """
    from dangol.nightly import STEPS  # light: it imports no engine

    costs = {}
    for step in STEPS:
        instances = list(step.arguments())
        costs[step.name] = run_steps(step.name, instances, business_date, home, log_file)
        progress(f"{step.name} {costs[step.name].seconds:.1f} s")
    return costs


def add_up(costs: Mapping[str, Cost], part: str) -> Cost:
    """Add up the steps of a part of the night.

    Parameters
    ----------
    costs
        From `run_night`.
    part
        In `PARTS`.

    Returns
    -------
    Cost
        One after the other; the peak is that of the largest process.
    """
    return sum((costs[step] for step in PARTS[part]), NOTHING)


def new_home(folder: Path, landed: Path) -> dict[str, str]:
    """Make an empty home beside a landing zone that is shared.

    Parameters
    ----------
    folder
        Of the home; emptied.
    landed
        Another home, with a landing zone and ``company.toml``.

    Returns
    -------
    dict of str to str
        Environment that names the two.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(landed / "company.toml", folder)
    return {"DANGOL_HOME": str(folder), "DANGOL_LANDING": str(landed / "landing")}
