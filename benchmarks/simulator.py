"""Measures how fast the synthetic company's files are written, and in how much memory.

``python -m benchmarks.simulator``: all systems, with the defects of a real year, two workers. The
first table grows the company and its days together, from a hundred thousand customer-days to ten
million; the second keeps the customers and grows the days; the third grows the size of a day.
The last two show what memory depends on.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import Cost, print_table, run
from benchmarks.needs import need_modules
from benchmarks.workspace import workspace

FIRST = date(2026, 2, 23)
CASES = {
    "growth": ((10_000, 10), (50_000, 20), (100_000, 30), (100_000, 100)),
    "days": ((20_000, 7), (20_000, 28), (20_000, 112)),
    "sizes": ((5_000, 7), (50_000, 7), (500_000, 2)),
}
"""(customers, days) of each case."""

GIGABYTES = {"growth": 12, "days": 4, "sizes": 4}
"""Free space that the largest case needs, including its truth."""


def write(customers: int, days: int, workers: int, folder: Path) -> tuple[Cost, int, int]:
    """Write some days of a company and count what was written.

    Parameters
    ----------
    folder
        The company gets a folder in here, which is deleted afterwards.

    Returns
    -------
    cost, rows, size
        The cost, the rows in all files, and their size in bytes.
    """
    last = FIRST + timedelta(days=days - 1)
    company = folder / "company"
    log, landing = folder / "simulate.log", company / "landing"
    command = [sys.executable, "-c", "from dangol.cli import main; raise SystemExit(main())"]
    command += ["simulate", "--customers", str(customers), "--seed", "1", "--workers", str(workers)]
    command += ["--from", str(FIRST), "--to", str(last), "--out", str(landing)]
    log.unlink(missing_ok=True)
    cost = run(command, {}, log)
    rows = int(re.findall(r"^([\d,]+) rows in", log.read_text(), re.M)[-1].replace(",", ""))
    size = sum(path.stat().st_size for path in landing.rglob("*") if path.is_file())
    shutil.rmtree(company)
    return cost, rows, size


def table(cases: Iterable[tuple[int, int]], workers: int, folder: Path) -> None:
    """Print a line for each size of company."""
    lines = []
    for customers, days in cases:
        cost, rows, size = write(customers, days, workers, folder)
        line = [
            f"{customers:,}", f"{days}", f"{customers * days / 1e6:.1f}", f"{rows:,}",
            f"{size / 1e6:,.0f}", f"{cost.seconds:.1f}", f"{rows / cost.seconds:,.0f}",
            f"{cost.processor_seconds:.1f}", f"{cost.peak_mb:,.0f}",
        ]  # fmt: skip
        print(" ".join(line), file=sys.stderr, flush=True)
        lines.append(line)
    head = (
        "customers", "days", "million customer-days", "rows", "MB", "seconds", "rows/s",
        "processor s", "peak MiB a process",
    )  # fmt: skip
    print_table(head, lines)


def main(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=tuple(CASES))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    chosen = [given.only] if given.only else list(CASES)
    need_modules("duckdb")
    with workspace(given.folder, max(GIGABYTES[name] for name in chosen)) as folder:
        for name in chosen:
            print(f"\n{name}\n")
            table(CASES[name], given.workers, folder)


if __name__ == "__main__":
    main(sys.argv[1:])
