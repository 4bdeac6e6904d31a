"""Tells a person at a terminal what the night is doing, one line per event.

The driver gives its child a pipe; each task writes one small JSON line into it when it starts and
when it ends. Without a driver there is no pipe, and nothing happens.
"""

from __future__ import annotations

import json
import os
from typing import Any

PIPE_VARIABLE = "DANGOL_PROGRESS_FD"
"""The descriptor of the pipe, inherited from the driver."""


def tell(event: str, task: str, **details: Any) -> None:
    """Tell the driver, if there is one.

    Parameters
    ----------
    event
        ``started``, ``done``, ``failed`` or ``again`` (failed, and will be tried again).
    task
        The task, with what it is mapped over.
    **details
        Small and JSON-able: ``seconds``, ``error``, ``result``.
    """
    descriptor = os.environ.get(PIPE_VARIABLE)
    if descriptor is None:
        return
    line = json.dumps({"event": event, "task": task, **details}, default=str) + "\n"
    try:
        # one write below the size of a pipe's buffer is never mixed with another process's
        os.write(int(descriptor), line.encode()[:4096])
    except OSError:
        # the terminal is gone; the night goes on, and its log has everything
        os.environ.pop(PIPE_VARIABLE, None)
