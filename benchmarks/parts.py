"""Runs steps of a night in one process, and notes what each kind of work took.

``python -m benchmarks.parts RESULT DATE STEP …`` writes into ``RESULT``, a JSON object: by part its
seconds and how often it ran. A part inside another is not counted in the outer one. dbt and Great
Expectations are imported first, so that their imports are parts and not in the step that needs one.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.needs import need_path
from dangol.heap import kept_to_the_end
from dangol.night import Night
from dangol.nightly.steps import STEPS
from dangol.settings import get_settings


class Meter:
    """Divides the time of one process among parts, which may contain each other."""

    def __init__(self) -> None:
        self.parts: dict[str, list[float]] = defaultdict(lambda: [0.0, 0])
        self._open: list[str] = []
        self._since = time.perf_counter()

    @contextmanager
    def part(self, name: str) -> Iterator[list[float]]:
        """Count a block as a part, and not as the part around it."""
        self._count()
        self._open.append(name)
        try:
            yield self.parts[name]
        finally:
            self._count()
            self._open.pop()

    def _count(self) -> None:
        now = time.perf_counter()
        if self._open:
            self.parts[self._open[-1]][0] += now - self._since
        self._since = now

    def wrap(
        self, owner: Any, name: str, part: str, times: Callable[[Any], int] = lambda result: 1
    ) -> None:
        """Make a part of every call of a function, which counts as often as its result says."""
        inner: Callable[..., Any] = getattr(owner, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            with self.part(part) as figures:
                result = inner(*arguments, **options)
                figures[1] += times(result)
                return result

        setattr(owner, name, timed)


def main(result: Path, day: str, names: list[str]) -> None:
    """Run the steps in their order and write what each part took."""
    settings = get_settings()
    need_path(settings.home, "dangol demo")
    night = Night.of(date.fromisoformat(day), settings.company)
    meter = Meter()
    _watch_dbt(meter)
    _watch_gates(meter)
    for step in STEPS:
        if step.name in names:
            part = step.name if step.name in {"begin", "publish"} else "other steps"
            with meter.part(part) as figures:
                figures[1] += 1
                for arguments in step.instances(settings):
                    step.run(settings, night, *arguments)
    result.write_text(json.dumps(meter.parts))


def _watch_dbt(meter: Meter) -> None:
    with meter.part("import dbt") as figures, kept_to_the_end():
        figures[1] = 1
        from dangol.build import transform
        from dangol.build.lean_dbt import import_dbt

        import_dbt()
        from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper
        from dbt.task.runnable import GraphRunnableTask
    meter.wrap(transform, "_parse", "dbt: read the project", lambda manifest: 0)
    meter.parts["dbt: read the project"][1] = 1  # the layers after the first have it
    meter.wrap(transform, "_build", "dbt: begin and end a layer")
    meter.wrap(GraphRunnableTask, "call_runner", "dbt: a model, besides its SQL")
    meter.wrap(DuckDBCursorWrapper, "execute", "dbt: a statement of SQL")


def _watch_gates(meter: Meter) -> None:
    with meter.part("import Great Expectations") as figures, kept_to_the_end():
        figures[1] = 1
        from expectations import data_docs, validate
    meter.wrap(validate, "validate", "gate: an expectation", lambda judged: len(judged[0]))
    meter.wrap(data_docs, "publish_results", "gate: a page of Data Docs")


if __name__ == "__main__":
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO)
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
