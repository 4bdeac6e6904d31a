"""The command line: ``dangol …``. Each command is a few lines over a function of the package."""

from __future__ import annotations

import argparse
import logging
import os
import select
import sys
import traceback
from collections.abc import Sequence

from dangol.cli import demo, ids, night, query, show, simulate, source
from dangol.errors import DangolError

_REPORT_IT = """
This is a bug in Dangol, not a problem with your data. Please report it as an issue, with the lines
above, the command, and the output of `git describe --always`; remove values of your rows first."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Without the program's name; those of this process by default.

    Returns
    -------
    int
        0 on success, 1 if the command failed and said why, 2 for invalid arguments, 70 for a bug,
        and 141 if the reader of its output, such as ``head``, has gone.
    """
    parser = make_parser()
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if given.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    os.umask(0o077)
    try:
        code = int(given.command(given) or 0)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 1
    except DangolError as error:
        print(f"dangol: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _output_is_closed():
            return 141  # 128 + SIGPIPE, as shells say
        traceback.print_exc()
        print(_REPORT_IT, file=sys.stderr)
        return 70  # EX_SOFTWARE of sysexits.h


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


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of every command; each command sets ``command`` to its function."""
    parser = argparse.ArgumentParser(
        prog="dangol",
        description="A customer data platform in code. All state is under DANGOL_HOME.",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the steps log")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (demo, night, query, show, simulate, source, ids):
        module.add_commands(commands)
    return parser
