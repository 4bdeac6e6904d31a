"""Named points at which the test suite kills the night.

A crash point costs one dictionary look-up when no test is running. The tests' sweep runs the night
once per name, kills it there, and lets the next run finish.
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
        ``<step>.<what has just happened>``. ``DANGOL_CRASH_AT`` is the name to die at;
        ``DANGOL_CRASH_LOG`` is a file to which every point passed appends its name.
    """
    if log := os.environ.get("DANGOL_CRASH_LOG"):
        with Path(log).open("a", encoding="utf-8") as stream:
            stream.write(f"{name}\n")
    if os.environ.get("DANGOL_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
