"""What a command asks a person: a confirmation, or a text that does not belong on a command line.

Every account of a machine can read the arguments of running commands, and shells keep them.
"""

from __future__ import annotations

import sys

from dangol.cli.terminal import show
from dangol.errors import UsageError


def confirm(question: str) -> bool:
    """Ask for a yes or no.

    Returns
    -------
    bool
        Whether it was a yes; anything else is a no.

    Raises
    ------
    UsageError
        If there is no terminal to ask at.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask at: say so with --yes")
    show(f"{question} [y/N]")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def text_or_input(given: str | None, what: str) -> str:
    """Return a text from the command line, or from standard input if that has none or ``-``.

    Parameters
    ----------
    what
        Named in the prompt of a terminal.

    Returns
    -------
    str
        As it was given.

    Raises
    ------
    UsageError
        If there is none, or it is not UTF-8.
    """
    if given not in {None, "-"}:
        return str(given)
    if sys.stdin.isatty():
        show(f"{what}; end it with an empty line:")
        lines = list(iter(lambda: sys.stdin.readline().rstrip("\n"), ""))
        text = "\n".join(lines)
    else:
        text = _all_input(what)
    if not text.strip():
        raise UsageError(f"{what}: nothing was given")
    return text


def _all_input(what: str) -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{what}: standard input is not UTF-8 text") from error
