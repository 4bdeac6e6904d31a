"""The command line: ``dangol …``. Each command is a few lines over a function of the package."""

from __future__ import annotations

import argparse
import logging
import os
import select
import sys
from collections.abc import Sequence
from typing import Any

from dangol.cli import demo, ids, night, publications, query, show, simulate, source
from dangol.cli.arguments import Parser
from dangol.cli.failures import Exit, explain
from dangol.cli.terminal import LogHandler, prepare_streams, tell
from dangol.cli.terminal import show as show_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Without the program's name; those of this process by default.

    Returns
    -------
    int
        One of `Exit`; argparse itself ends the process with 2 for arguments that are wrong.
    """
    prepare_streams()
    given = make_parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if given.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[LogHandler()],
    )
    os.umask(0o077)
    try:
        code = int(given.command(given) or Exit.DONE)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        tell("interrupted")
        return Exit.FAILED
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _output_is_closed():
            return Exit.READER_GONE
        return explain(error)


def _output_is_closed() -> bool:
    """Return whether nobody reads the output any more; if so, what is still buffered is dropped."""
    try:
        output = sys.stdout.fileno()
    except OSError:
        return False
    poll = select.poll()
    poll.register(output, select.POLLERR)
    if not poll.poll(0):
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), output)  # else Python complains at its end
    return True


def make_parser() -> Parser:
    """Return the parser of every command; each command sets ``command`` to its function."""
    parser = Parser(
        prog="dangol",
        description="A customer data platform in code. All state is under DANGOL_HOME.",
        epilog="`dangol COMMAND --help` has examples. docs/commands.md lists the exit codes.",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the steps log")
    parser.add_argument(
        "--version", action=_Version, help="print Dangol's version and what it uses"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (demo, night, query, show, publications, simulate, source, ids):
        module.add_commands(commands)
    return parser


class _Version(argparse.Action):
    """Prints versions, which take a while to find, only when they are asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **named: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **named)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from dangol.version import describe_version

        show_text(describe_version())
        parser.exit()
