"""Records what became of each step of a night: the night's page shows it, whatever happened.

The rows are files under ``$DANGOL_HOME/ops/step_runs`` and are not published: a publication could
not contain its own step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from dangol import records
from dangol.errors import DangolError
from dangol.night import Night
from dangol.settings import Settings

log = logging.getLogger(__name__)

TABLE = "step_runs"
RUNNING, DONE, FAILED = "running", "done", "failed"

LONGEST_ERROR = 10_000
"""Characters of an error's message that are kept."""


@contextmanager
def recorded(
    settings: Settings, night: Night, step: str, arguments: Sequence[str]
) -> Iterator[None]:
    """Record one instance of a step: when it starts, and how it ends.

    Of an error that a user can act on the message is kept, which quotes no values; of any other
    only its class. A step that is killed stays ``running``.

    Parameters
    ----------
    arguments
        Those that distinguish parallel instances, such as system and stream.

    Yields
    ------
    None
        While the step runs.
    """
    row: dict[str, object] = {
        "run_id": night.run_id,
        "step": step,
        "instance": ".".join(arguments),
        "status": RUNNING,
        "started_at": now(),
        "seconds": None,
        "error": None,
        "message": None,
    }
    part = " ".join([step, *arguments])
    _try_to_record(settings, night, part, row)
    started = time.monotonic()
    try:
        yield
    except BaseException as error:
        row |= {"status": FAILED, "seconds": _since(started), "error": type(error).__name__}
        row["message"] = str(error)[:LONGEST_ERROR] if isinstance(error, DangolError) else None
        _try_to_record(settings, night, part, row)
        raise
    row |= {"status": DONE, "seconds": _since(started)}
    records.record(settings, TABLE, night.business_date, part, [row])


def _try_to_record(settings: Settings, night: Night, part: str, row: dict[str, object]) -> None:
    """Record a row; a disk that is full or read-only is better told by the step itself."""
    try:
        records.record(settings, TABLE, night.business_date, part, [row])
    except OSError as error:
        log.error("%s was not recorded: %s", part, error)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 2)


def now() -> str:
    """Return the time as these records have it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
