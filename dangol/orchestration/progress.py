"""Shows a person at a terminal what the night is doing, one line per event.

The driver gives its child a pipe; each task writes one small JSON line into it when it starts and
when it ends. Without a driver there is no pipe, and nothing happens.
"""

from __future__ import annotations

import json
import os
from typing import Any

LONGEST_DETAIL = 800
"""Characters, of at most four bytes each: a write of up to 4096 bytes into a pipe is never mixed
with another process's. The log has the full text."""

PIPE_VARIABLE = "DANGOL_PROGRESS_FD"
"""The descriptor of the pipe, inherited from the driver."""


def tell(event: str, task: str, **details: Any) -> None:
    """Report an event to the driver, if there is one.

    Parameters
    ----------
    event
        ``started``, ``pace``, ``done``, ``failed`` or ``again`` (failed, and will be retried).
    task
        The task and its mapped arguments.
    **details
        JSON-serialisable: ``seconds``, ``error``, ``counts`` (`dangol.pace`). Long texts are cut.
    """
    descriptor = os.environ.get(PIPE_VARIABLE)
    if descriptor is None:
        return
    short = {
        name: detail[:LONGEST_DETAIL] if isinstance(detail, str) else detail
        for name, detail in details.items()
    }
    line = json.dumps({"event": event, "task": task, **short}, ensure_ascii=False) + "\n"
    try:
        os.write(int(descriptor), line.encode())
    except OSError:
        # the terminal is gone; the night continues, and its log has everything
        os.environ.pop(PIPE_VARIABLE, None)
