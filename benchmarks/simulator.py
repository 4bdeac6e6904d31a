"""What it costs to write the synthetic company's files, in events a second and in memory.

``python -m benchmarks.simulator``: all systems, with the defects of a real year, two workers. The
first table grows the company and its days together, from a hundred thousand customer-days to ten
million; the second holds the customers and grows the days, the third a day's size, which show
what memory follows.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import Cost, print_machine, print_table, run

FIRST = date(2026, 2, 23)
GROWTH = ((10_000, 10), (50_000, 20), (100_000, 30), (100_000, 100))
DAYS = ((20_000, 7), (20_000, 28), (20_000, 112))
SIZES = ((5_000, 7), (50_000, 7), (500_000, 2))


def write(customers: int, days: int, workers: int, folder: Path) -> tuple[Cost, int, int]:
    """Write some days of a company and count what was written.

    Parameters
    ----------
    customers, days
        How large and how long.
    workers
        Processes.
    folder
        Emptied afterwards.

    Returns
    -------
    cost, rows, size
        What it took, rows in all files, and bytes.
    """
    last = FIRST + timedelta(days=days - 1)
    log = folder / "simulate.log"
    landing = folder / "landing"
    command = [sys.executable, "-c", "from dangol.cli import main; raise SystemExit(main())"]
    command += ["simulate", "--customers", str(customers), "--seed", "1", "--workers", str(workers)]
    command += ["--from", str(FIRST), "--to", str(last), "--out", str(landing)]
    cost = run(command, {}, log)
    rows = int(re.findall(r"^([\d,]+) rows in", log.read_text(), re.M)[-1].replace(",", ""))
    size = sum(path.stat().st_size for path in landing.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    folder.mkdir()
    return cost, rows, size


def table(cases: Iterable[tuple[int, int]], workers: int, folder: Path) -> None:
    """Print a line for each size of company.

    Parameters
    ----------
    cases
        Customers and days.
    workers
        Processes.
    folder
        Where they write.
    """
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
    """Print the tables.

    Parameters
    ----------
    arguments
        Of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", choices=("growth", "days", "sizes"))
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    print_machine()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="dangol-simulator-"))
    folder.mkdir(parents=True, exist_ok=True)
    for name, cases in (("growth", GROWTH), ("days", DAYS), ("sizes", SIZES)):
        if given.only in {None, name}:
            print(f"\n{name}\n")
            table(cases, given.workers, folder)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
