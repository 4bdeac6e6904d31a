"""Says what an error was and where, without its text if that may quote a value of a row.

Databases and libraries quote what they can't convert or find: a log would contain it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from dangol.errors import DangolError
from dangol.sql_errors import ABOUT_SQL, WITHHELD

_ABOUT_NO_ROW = (DangolError, OSError, MemoryError, ImportError, NameError, AttributeError)
"""Their texts name files and code."""


class UnexpectedError(DangolError):
    """An error whose text may quote a value; the message has its class and place instead."""


def described(error: BaseException) -> str:
    """Return the class of an error, and its text or where it was raised.

    Returns
    -------
    str
        One line or, of an error of ours, its whole message.
    """
    name = type(error).__name__
    if isinstance(error, _ABOUT_NO_ROW):
        return f"{name}: {error}"
    if about_sql := ABOUT_SQL.search(str(error)):
        return f"{name}: {about_sql[0]}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    return f"{name}{place}: {WITHHELD}"


def trace_of(error: BaseException) -> str:
    """Return the traceback of an error and of those behind it, each described as above."""
    told = [
        "Traceback (most recent call last):\n"
        f"{''.join(traceback.format_tb(each.__traceback__))}{described(each)}"
        for each in _chain(error)
    ]
    return "\n\nwhich led to\n\n".join(reversed(told))


def without_values(error: Exception) -> Exception:
    """Return an error to be raised in the place of one that others will log with all behind it.

    Returns
    -------
    Exception
        The same, alone, if its text quotes no value; otherwise an `UnexpectedError`.
    """
    if not isinstance(error, _ABOUT_NO_ROW):
        return UnexpectedError(described(error))
    error.__cause__, error.__suppress_context__ = None, True
    return error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
