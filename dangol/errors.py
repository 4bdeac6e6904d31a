"""The base class of all errors whose message is enough.

`DangolError` is for problems that the pipeline understands: the message says what is wrong, where,
and what to do, and quotes no value of a row. The command line prints it; an alert may include its
first line. Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations


class DangolError(Exception):
    """An error that the reader of the message can fix."""


class UsageError(DangolError):
    """A command was called with arguments that make no sense; the message says what does."""
