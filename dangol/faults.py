"""Named crash points at which the test suite kills a night.

A crash point costs one dictionary look-up when no test is running. The tests list the names, run
the night once per name, kill it there, and let the next run finish.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path


def crash_point(name: str) -> None:
    """Kill this process without warning if the environment asks for it here.

    Parameters
    ----------
    name
        ``<step>.<what has just happened>``. The process dies at the name in ``DANGOL_CRASH_AT``;
        every name that is passed is appended to the file in ``DANGOL_CRASH_LOG``.
    """
    if log := os.environ.get("DANGOL_CRASH_LOG"):
        with Path(log).open("a", encoding="utf-8") as stream:
            stream.write(f"{name}\n")
    if os.environ.get("DANGOL_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
