"""The one place that prints: whatever it is, nothing of it controls the terminal.

Names of files, values and headers come from elsewhere, and any of them may contain an escape
sequence, or marks that turn the direction of a line. They are shown as in a Python literal, on a
terminal and in a log alike. Only an answer for another program (`hand_over`) is given as it is.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from collections.abc import Iterable, Sequence
from typing import TextIO

from dangol.tables import escaped, render_table

_STYLES = {"red": "31", "green": "32"}


def show(text: object = "") -> None:
    """Print lines that a person reads."""
    _print(str(text), sys.stdout)


def tell(text: object) -> None:
    """Print lines to standard error: problems and advice, which are no part of an answer."""
    _print(str(text), sys.stderr)


def tell_error(text: object) -> None:
    """Print why a command failed."""
    _print(str(text), sys.stderr, head=styled("dangol:", "red", sys.stderr) + " ")


def tell_problems(problems: Iterable[object]) -> int:
    """Print problems as errors; return 1 if there are any, else 0."""
    code = 0
    for problem in problems:
        tell_error(problem)
        code = 1
    return code


def show_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: its last column wrapped on a terminal, each row on one line in a pipe."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    show(render_table(head, rows, width))


def show_marked(mark: str, style: str, text: str, stream: TextIO) -> None:
    """Print a line that begins with a mark of ours in a style."""
    _print(text, stream, head=f"  {styled(mark, style, stream)}")


def hand_over(pieces: Iterable[str]) -> None:
    """Print pieces of an answer as they come; unchanged, unless they go to a terminal."""
    for piece in pieces:
        sys.stdout.write(escaped(piece, "\n") if sys.stdout.isatty() else piece)
    sys.stdout.flush()


def styled(text: str, style: str, stream: TextIO) -> str:
    """Return a text of ours in a style, where that is a terminal which should have colours.

    Parameters
    ----------
    style
        ``red`` or ``green``.

    Returns
    -------
    str
        With escape sequences there, as it is elsewhere.
    """
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if has_colours(stream) else text


def has_colours(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that shows colours, and ``NO_COLOR`` is not set."""
    return (
        stream.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM", "dumb") != "dumb"
    )


def prepare_streams() -> None:
    """Let any text be printed, whatever encoding the terminal has."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _print(text: str, stream: TextIO, head: str = "") -> None:
    with _printing:
        clear_passing_line()
        stream.write(f"{head}{escaped(text, chr(10))}\n")
        stream.flush()


_printing = threading.RLock()
_passing: list[TextIO] = []
"""Where a line is that is to be replaced."""


def show_passing(text: str) -> None:
    """Show a line on the terminal until the next one replaces it; nothing elsewhere."""
    if not is_lively():
        return
    width = shutil.get_terminal_size().columns - 1
    with _printing:
        clear_passing_line()
        sys.stdout.write(_cut(escaped(text), width))
        sys.stdout.flush()
        _passing.append(sys.stdout)


def clear_passing_line() -> None:
    """Remove the line that `show_passing` showed."""
    while _passing:
        stream = _passing.pop()
        stream.write("\r\x1b[K")
        stream.flush()


def is_lively() -> bool:
    """Return whether standard output is a terminal on which a line can be replaced."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _cut(text: str, width: int) -> str:
    from rich.cells import set_cell_size

    return set_cell_size(text, width).rstrip()


class LogHandler(logging.Handler):
    """Prints the lines of the log, tracebacks included, without control characters."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record to standard error."""
        try:
            tell(self.format(record))
        except Exception:
            self.handleError(record)
