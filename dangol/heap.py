"""Garbage collection around dbt and Great Expectations, which create many lasting objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Suspend garbage collection in a block that creates little garbage."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextmanager
def kept_to_the_end() -> Iterator[None]:
    """Suspend garbage collection while a block creates objects that live until exit.

    Importing such a package creates most of its objects. Python would scan them for garbage again
    and again during the import, and once more at exit. Use it once in a process: garbage that the
    block leaves is kept to the end too.

    Yields
    ------
    None
        Nothing is collected while the block runs, and what it leaves is never scanned again.
    """
    with uncollected():
        yield
        gc.freeze()
