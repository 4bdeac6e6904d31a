"""The base class of every error whose message is enough.

`DangolError` is for failures that the pipeline understands: the message says what is wrong, where,
and what to do, and never quotes a value of a row. The command line prints it; an alert may send its
first line. Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations


class DangolError(Exception):
    """A failure that the reader of the message can fix."""


class UsageError(DangolError):
    """A command's arguments make no sense; the message says what would."""
