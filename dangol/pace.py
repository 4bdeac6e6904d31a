"""How far a long step is, for whoever watches it: rows read, models built.

A step counts; `start` says who hears of it. Nothing of it is recorded, and no result depends on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

Counts = dict[str, int]
"""From what is counted, such as ``rows``, to how many so far."""

SECONDS = 1.0
"""The least time between two calls of a listener."""

_lock = threading.Lock()
_counts: Counts = {}
_listener: Callable[[Counts], None] | None = None
_told_at = 0.0


def start(listener: Callable[[Counts], None] | None = None) -> None:
    """Begin to count from zero: a step starts in this process.

    Parameters
    ----------
    listener
        Gets the counts, at most once in `SECONDS`, from the thread that counted.
    """
    global _listener, _told_at
    with _lock:
        _counts.clear()
        _listener, _told_at = listener, time.monotonic()


def count(number: int, what: str = "rows") -> None:
    """Add to what the step has done so far; from any thread."""
    global _told_at
    with _lock:
        _counts[what] = _counts.get(what, 0) + number
        now = time.monotonic()
        is_due = _listener is not None and now - _told_at >= SECONDS
        if is_due:
            _told_at = now
        listener, counts = _listener, dict(_counts)
    if is_due and listener:
        listener(counts)


def so_far() -> Counts:
    """Return what the step has done so far."""
    with _lock:
        return dict(_counts)


def in_words(counts: Counts) -> str:
    """Return counts as a text, such as ``1,469,307 rows``."""
    return ", ".join(
        f"{number:,} {what.removesuffix('s') if number == 1 else what}"
        for what, number in counts.items()
        if number
    )
