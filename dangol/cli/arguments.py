"""How commands are declared, and how the arguments of several are read."""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from dangol.tables import escaped

Commands = argparse._SubParsersAction
"""What a module adds its commands to."""

_EXAMPLES = "examples:"


class Parser(argparse.ArgumentParser):
    """A parser whose messages quote arguments without control characters."""

    def __init__(self, **named: Any) -> None:
        super().__init__(formatter_class=_Formatter, **named)
        self.color = False  # of Python 3.14; its escape sequences would be escaped, too

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(escaped(message, "\n") if message else message, file)


class _Formatter(argparse.HelpFormatter):
    """Wraps a description, and leaves the lines of examples alone."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_EXAMPLES):
            return textwrap.indent(text, indent)
        return super()._fill_text(text, width, indent)


def add_command(
    commands: Commands[Any],
    name: str,
    sentence: str,
    run: Callable[[argparse.Namespace], Any],
    examples: Sequence[str],
    more: str = "",
) -> argparse.ArgumentParser:
    """Declare a command.

    Parameters
    ----------
    sentence
        What it does, without a full stop: it is also its line in the list of commands.
    run
        What it calls with its arguments; what that returns is the exit code.
    examples
        Command lines; together they use every argument.
    more
        Sentences that follow in the command's own help.

    Returns
    -------
    argparse.ArgumentParser
        For its arguments.
    """
    description = f"{sentence[0].upper()}{sentence[1:]}. {more}".strip()
    epilog = "\n".join([_EXAMPLES, *(f"  {example}" for example in examples)])
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=sentence, description=description, epilog=epilog
    )
    parser.set_defaults(command=run)
    return parser


def business_date(text: str) -> date:
    """Read a date argument, ``YYYY-MM-DD``; raise an ``ArgumentTypeError`` for anything else."""
    is_written_so = re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII)
    try:
        day = date.fromisoformat(text) if is_written_so else None
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"there is no day {text!r}; write year, month and day, such as 2017-12-31"
        ) from error
    if day is None or not 1900 <= day.year < 2200:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date from 1900 to 2199; write it as 2017-12-31"
        )
    return day


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a function that reads a whole number within bounds."""

    def read(text: str) -> int:
        if re.fullmatch("-?[0-9]{1,18}", text, re.ASCII) and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")

    return read


port_number = whole_number(0, 65_535)
