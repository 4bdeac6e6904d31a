"""The one base of every error whose message is enough.

`DangolError` is for what the pipeline understands: its message says what is wrong, where, and what
to do, and quotes no value of a row. The command line prints it, an alert may send its first line.
Any other exception is a fault of the code, and keeps its traceback.
"""

from __future__ import annotations


class DangolError(Exception):
    """Something that the reader of the message can put right."""


class UsageError(DangolError):
    """A command was asked for something that makes no sense; the message says what would."""
