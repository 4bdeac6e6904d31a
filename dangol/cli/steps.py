"""Shows the steps of a night: each as it goes on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from dangol import pace
from dangol.cli.terminal import clear_passing_line, is_lively, show, show_marked, show_passing

_TICK = 0.5
"""Seconds between two looks at what a step has done."""

_WIDTH = 44


@dataclass
class _Step:
    name: str
    started: float = field(default_factory=time.monotonic)
    counts: pace.Counts = field(default_factory=dict)


class Steps:
    """Shows steps as they start and end; a context, which also shows how the last one ended.

    Those of this process are told by `start`, those of Airflow's tasks by `event`.
    """

    def __init__(self) -> None:
        self._running: dict[str, _Step] = {}
        self._own: _Step | None = None
        self._is_over = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if is_lively():
            self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self._is_over.set()
        if self._clock.is_alive():
            self._clock.join()
        if self._own is not None:
            self._end_own(has_failed=kind is not None)
        clear_passing_line()

    def start(self, name: str) -> None:
        """Show that a step of this process starts, and how the one before ended."""
        if self._own is not None:
            self._end_own(has_failed=False)
        pace.start()
        self._own = _Step(name)
        self._running[name] = self._own

    def event(self, event: dict[str, Any]) -> None:
        """Show an event that a task of Airflow reported (`dangol.orchestration.progress`)."""
        name = str(event["task"])
        if event["event"] == "started":
            self._running[name] = _Step(name)
        elif event["event"] == "pace":
            if name in self._running:
                self._running[name].counts = event["counts"]
        else:
            self._running.pop(name, None)
            has_failed = event["event"] != "done"
            note = " (will be retried)" if event["event"] == "again" else ""
            _show_end(name, has_failed, event["seconds"], event.get("counts", {}), note)
            if has_failed:
                show(f"     {str(event['error']).partition(chr(10))[0]}")

    def _end_own(self, has_failed: bool) -> None:
        step = self._own
        if step is None:
            return
        self._own = None
        self._running.pop(step.name, None)
        _show_end(step.name, has_failed, time.monotonic() - step.started, pace.so_far())

    def _tick(self) -> None:
        while not self._is_over.wait(_TICK):
            if self._own is not None:
                self._own.counts = pace.so_far()
            running = list(self._running.values())
            if running:
                show_passing("; ".join(map(_so_far, running)))


def _so_far(step: _Step) -> str:
    done = pace.in_words(step.counts)
    seconds = time.monotonic() - step.started
    return f"  …  {step.name}: {f'{done}, ' if done else ''}{seconds:.0f} s"


def _show_end(
    name: str, has_failed: bool, seconds: float, counts: pace.Counts, note: str = ""
) -> None:
    done = pace.in_words(counts)
    rest = f"  {name:<{_WIDTH}}{seconds:6.1f} s{f'  {done}' if done else ''}{note}"
    show_marked("✗" if has_failed else "✓", "red" if has_failed else "green", rest, sys.stdout)
