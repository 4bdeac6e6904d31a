"""Runs programs as separate processes and measures each.

The kernel counts: `os.wait4` returns a process's CPU time and its peak resident memory. A fork
inherits that peak, so a benchmark itself imports nothing large: anything that needs DuckDB or
pandas is a separate program.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.ids import SECRET

PROJECT_ROOT = Path(__file__).resolve().parents[1]


LINES_SHOWN = 30


class ProgramFailedError(RuntimeError):
    """A measured program failed.

    Parameters
    ----------
    what
        The failure, in words.
    log_file
        The program's log; the message ends with its last lines and its path.
    """

    def __init__(self, what: str, log_file: Path) -> None:
        log_file.touch()  # a program may fail before it writes
        text = log_file.read_text(encoding="utf-8", errors="replace")
        last = "".join(f"    {line}\n" for line in text.splitlines()[-LINES_SHOWN:])
        super().__init__(f"{what}. The last lines of its log:\n{last}The log is {log_file}")


@dataclass(frozen=True)
class Cost:
    """What one or more processes used.

    Parameters
    ----------
    seconds
        Wall-clock time.
    processor_seconds
        CPU time, summed over all cores.
    peak_mb
        Peak resident memory in MiB; for several processes, that of the largest one.
    """

    seconds: float
    processor_seconds: float
    peak_mb: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.seconds + other.seconds,
            self.processor_seconds + other.processor_seconds,
            max(self.peak_mb, other.peak_mb),
        )


NOTHING = Cost(0.0, 0.0, 0.0)


def run(command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> Cost:
    """Run a program to its end.

    Parameters
    ----------
    environment
        Variables added to this process's.

    Returns
    -------
    Cost
        Includes the program's start.

    Raises
    ------
    ProgramFailedError
        If the exit code is not 0.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("a") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env={**os.environ, "DANGOL_ID_KEY": SECRET, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        what = f"{textwrap.shorten(' '.join(command), 300)} ended with {process.returncode}"
        raise ProgramFailedError(what, log_file)
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def run_python(
    module: str, arguments: Iterable[str], environment: Mapping[str, str], log_file: Path
) -> Cost:
    """Run a module of ours as a program, as ``python -m`` does; includes Python's start."""
    return run([sys.executable, "-m", module, *arguments], environment, log_file)


def output_of(module: str, arguments: Iterable[str], log_file: Path) -> str:
    """Run a module of ours as a program and return what it printed; overwrites the log."""
    log_file.unlink(missing_ok=True)
    run_python(module, arguments, {}, log_file)
    return log_file.read_text(encoding="utf-8")


def run_step(
    name: str, arguments: Iterable[str], business_date: str, home: Mapping[str, str], log_file: Path
) -> Cost:
    """Run one step of a night as Airflow does: in a separate process."""
    return run_python("benchmarks.step", [business_date, name, *arguments], home, log_file)


def run_steps(
    name: str,
    instances: Sequence[Sequence[str]],
    business_date: str,
    home: Mapping[str, str],
    log_file: Path,
) -> Cost:
    """Run the instances of a mapped step in parallel, one per core.

    Parameters
    ----------
    name
        As in `dangol.nightly.STEPS`.
    instances
        The arguments of each.

    Returns
    -------
    Cost
        The time from the first start to the last end; the peak of the largest process.
    """
    started = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        costs = list(
            pool.map(
                lambda arguments: run_step(name, arguments, business_date, home, log_file),
                instances,
            )
        )
    total = sum(costs, NOTHING)
    return Cost(time.perf_counter() - started, total.processor_seconds, total.peak_mb)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure separately.

    Returns
    -------
    Cost
        Not necessarily that of any one run.
    """
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.processor_seconds for cost in costs),
        statistics.median(cost.peak_mb for cost in costs),
    )


def spread(values: Iterable[float], digits: int = 1) -> str:
    """Format the median of some figures with their minimum and maximum.

    Parameters
    ----------
    digits
        Decimal places.

    Returns
    -------
    str
        Such as ``3.1 (2.9-3.4)``.
    """
    listed = list(values)
    middle, least, most = (f"{f(listed):,.{digits}f}" for f in (statistics.median, min, max))
    return middle if len(listed) == 1 else f"{middle} ({least}-{most})"


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table, the first column left-aligned and the others right-aligned."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    rule = [f"{'-' * (width + 1)}:" for width in widths]
    rule[0] = "-" * (widths[0] + 2)
    for number, row in enumerate(cells):
        first, *others = (
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print(f"| {' | '.join([first, *others])} |")
        if number == 0:
            print(f"|{'|'.join(rule)}|")
    print(flush=True)


def print_machine() -> None:
    """Print the time, the machine and the versions behind the numbers."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    packages = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "apache-airflow-core",
                "pandas")  # fmt: skip
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit}")
    print(f"{cpu}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {platform.platform()}")
    print(f"Python {platform.python_version()}", end="")
    print("".join(f", {name} {version(name)}" for name in packages))
    print(f"load before the first run: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    print(f"command: python -m {' '.join(_command())}\n", flush=True)


def _command() -> list[str]:
    main = sys.modules["__main__"].__spec__
    return [main.name if main else sys.argv[0], *sys.argv[1:]]
