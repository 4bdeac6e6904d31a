"""The command line: ``dangol …``. Each command is a few lines over a function of the package."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date

from dangol.cli import demo, night, show, simulate
from dangol.settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        Without the program's name; those of this process by default.

    Returns
    -------
    int
        0 if all is well, 1 if the command failed and said why, 2 if the arguments are wrong.
    """
    parser = make_parser()
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if given.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    os.umask(0o077)
    try:
        return int(given.command(given) or 0)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 1
    except _known_errors() as error:
        print(f"dangol: {error}", file=sys.stderr)
        return 1


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of every command.

    Returns
    -------
    argparse.ArgumentParser
        Whose sub-commands set ``command`` to a function of the parsed arguments.
    """
    parser = argparse.ArgumentParser(
        prog="dangol",
        description="A customer data platform in code. All state lies under DANGOL_HOME.",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the steps log")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for module in (demo, night, show, simulate):
        module.add_commands(commands)
    return parser


def business_date(text: str) -> date:
    """Read a date argument.

    Parameters
    ----------
    text
        ``YYYY-MM-DD``.

    Returns
    -------
    date
        The day.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2017-12-31") from error


def _known_errors() -> tuple[type[Exception], ...]:
    """Return what is raised when the pipeline knows what is wrong; all else is shown whole."""
    from dangol.complete_journey import DataMissingError
    from dangol.contracts import ContractError
    from dangol.extract.landed_bytes import UnreadableFileError
    from dangol.extract.ledger import DamagedFileError
    from dangol.extract.quarantine import ResubmitError
    from dangol.orchestration.environment import OpenHouseError
    from dangol.orchestration.lock import RunRefused
    from dangol.orchestration.processes import AirflowStartError
    from dangol.publications import PublicationError
    from dangol.publish import PublishError
    from dangol.simulator.company import SimulationError
    from dangol.transform import LayerFailedError
    from dangol.warehouse import WarehouseError
    from expectations.gate import GateFailed
    from ml.registry import ModelError
    from ml.samples import SampleError

    return (
        AirflowStartError, ContractError, DamagedFileError, DataMissingError, GateFailed,
        LayerFailedError, LookupError, ModelError, OpenHouseError,
        PublicationError, PublishError, ResubmitError, RunRefused, SampleError, SettingsError,
        SimulationError, UnreadableFileError, WarehouseError,
    )  # fmt: skip
