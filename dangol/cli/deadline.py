"""How long a query may take, and what is said about one that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from dangol.build.published import is_damage
from dangol.build.warehouse import WarehouseError
from dangol.settings import Settings


class Deadline:
    """Interrupts a connection that has been at work for too long.

    Only the time within ``with`` blocks counts: not that in which another program reads the rows.

    Parameters
    ----------
    seconds
        For all blocks together.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self._connection = connection
        self._left = seconds
        self.seconds = seconds
        self.is_over = False

    def __enter__(self) -> None:
        self._started = time.monotonic()
        self._timer = threading.Timer(max(self._left, 0), self._stop)
        self._timer.daemon = True
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._left -= time.monotonic() - self._started

    def _stop(self) -> None:
        self.is_over = True
        self._connection.interrupt()


@contextmanager
def explained(settings: Settings, deadline: Deadline) -> Iterator[None]:
    """Say why a query failed, and what to do.

    Yields
    ------
    None
        While the query runs.

    Raises
    ------
    WarehouseError
        Instead of DuckDB's errors.
    duckdb.Error
        If the file is damaged.
    KeyboardInterrupt
        If it was interrupted at the keyboard, which DuckDB tells as a `RuntimeError`.
    RuntimeError
        Any other.
    """
    try:
        yield
    except duckdb.Error as error:
        if is_damage(error):
            raise  # whoever opened the file says which
        if deadline.is_over:
            raise WarehouseError(
                f"the query was stopped after {deadline.seconds / 60:g} minutes: ask for less, or "
                "give it longer with --timeout MINUTES"
            ) from error
        if "Out of Memory Error" in str(error):
            raise WarehouseError(
                f"the query needs more memory than {settings.memory_limit}, or more space for "
                "temporary files than there is: ask for less, raise DANGOL_MEMORY_LIMIT, or set "
                "TMPDIR to a folder with more space"
            ) from error
        raise WarehouseError(f"the query failed: {error}") from error
    except RuntimeError as error:
        if str(error) != "Query interrupted":
            raise
        raise KeyboardInterrupt from error
