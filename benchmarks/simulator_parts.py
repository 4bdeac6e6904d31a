"""Where the time of `dangol simulate` goes: system by system, and what is left.

``python -m benchmarks.simulator_parts``: all systems in one process, in seconds of the processor.
What a system writes again for a late file counts; the tables that web analytics share count for the
first system that asks.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from benchmarks.measure import print_table
from benchmarks.workspace import workspace
from simulator import day as writing
from simulator import run as running
from simulator.company import Company
from simulator.run import Order, simulate

FIRST = date(2026, 2, 23)


class Clock:
    """Adds up the processor's time by what it was spent on."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Count the time until the end of the block for a part."""
        start = time.process_time()
        yield
        self.seconds[part] += time.process_time() - start

    def wrap(self, module: object, name: str, part: str) -> None:
        """Count what a function of a module takes for a part."""
        function = getattr(module, name)

        def timed(*given: object, **named: object) -> object:
            with self.of(part):
                return function(*given, **named)

        setattr(module, name, timed)

    def watch_files(self) -> None:
        """Count what each system takes to list and to write its files."""
        write, list_files = writing._write, writing._files

        def timed_write(night: object, file: writing.File) -> None:
            before = file.rows
            with self.of(file.system):
                write(night, file)  # type: ignore[arg-type]
            self.rows[file.system] += file.rows - before

        def timed_files(order: object, night: object) -> Iterator[writing.File]:
            files = list_files(order, night)  # type: ignore[arg-type]
            while True:
                start = time.process_time()
                file = next(files, None)
                if file is None:
                    return
                self.seconds[file.system] += time.process_time() - start
                yield file

        writing._write, writing._files = timed_write, timed_files  # type: ignore[assignment]


def main(arguments: list[str]) -> None:
    """Print the table.

    Parameters
    ----------
    arguments
        Of the command line.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.simulator_parts", description=__doc__
    )
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=7)
    given = parser.parse_args(arguments)
    clock = Clock()
    clock.watch_files()
    clock.wrap(running, "load_facts", "the world's facts")
    clock.wrap(running, "write_block_truth", "the truth about people")
    clock.wrap(writing, "write_day_truth", "the truth about days")
    clock.wrap(writing, "_show_everyone", "people's names")
    last = FIRST + timedelta(days=given.days - 1)
    with workspace() as folder:
        order = Order(
            Company(given.customers, seed=1), FIRST, last, folder / "landing", folder / "truth",
            defects="real",
        )  # fmt: skip
        with clock.of("all"):
            simulate(order)
    whole = clock.seconds.pop("all")
    clock.seconds["the rest"] = whole - sum(clock.seconds.values())
    lines = []
    for part, seconds in clock.seconds.most_common():
        rows = clock.rows[part]
        each = f"{1e6 * seconds / rows:,.0f}" if rows else ""
        lines.append([part, f"{seconds:.1f}", f"{seconds / whole:.1%}", f"{rows or ''}", each])
    rows = sum(clock.rows.values())
    lines.append(["all", f"{whole:.1f}", "", f"{rows}", f"{1e6 * whole / rows:,.0f}"])
    print_table(("part", "processor s", "share", "rows", "microseconds a row"), lines)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
