"""Measures where the time of `dangol simulate` goes: per system, and the rest.

``python -m benchmarks.simulator_parts``: all systems in one process, in CPU seconds. Files
that are written again because they are late count; the tables that the web analytics systems share
count for the first one that uses them.
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
    """Adds up CPU time by part."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.rows: Counter[str] = Counter()

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Add the block's time to a part."""
        start = time.process_time()
        yield
        self.seconds[part] += time.process_time() - start

    def wrap(self, module: object, name: str, part: str) -> None:
        """Add the time of a module's function to a part."""
        function = getattr(module, name)

        def timed(*given: object, **named: object) -> object:
            with self.of(part):
                return function(*given, **named)

        setattr(module, name, timed)

    def watch_files(self) -> None:
        """Measure what each system takes to list and write its files."""
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
    """Print the table."""
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
