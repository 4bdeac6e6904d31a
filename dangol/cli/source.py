"""Commands about one system: ``source draft``, ``source check``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dangol.cli.arguments import Commands, add_command
from dangol.cli.terminal import show
from dangol.settings import get_settings


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""
    sentence = "draft a system from samples, or check it on files"
    source = commands.add_parser(
        "source", help=sentence, description=f"{sentence[0].upper()}{sentence[1:]}.",
        epilog="`dangol source ACTION --help` has examples.",
    )  # fmt: skip
    actions = source.add_subparsers(title="actions", required=True, metavar="ACTION")
    draft = add_command(
        actions, "draft",
        "write a system's contract and staging models from samples of its files", _draft,
        ["dangol source draft shop ~/samples/invoices_*.csv",
         "dangol source draft shop a.zip --member 'orders*.csv' --stream orders --entity orders",
         "dangol source draft shop ~/samples/invoices_*.csv --overwrite"],
    )  # fmt: skip
    draft.add_argument("system", help="its name: a folder of the company's systems")
    draft.add_argument("files", nargs="+", type=Path, metavar="FILE", help="samples of one stream")
    draft.add_argument("--entity", help="what the rows become; by default guessed by the columns")
    draft.add_argument("--stream", help="the stream's name; by default that of the files")
    draft.add_argument("--member", help="which members of zip archives: 'orders*.csv'")
    draft.add_argument(
        "--overwrite", action="store_true", help="replace the files of an earlier draft"
    )
    check = add_command(
        actions, "check", "run a system on files as a night would, without touching the home",
        _check, ["dangol source check shop", "dangol source check shop ~/samples/invoices_*.csv"],
    )  # fmt: skip
    check.add_argument("system", help="one of the company's own systems, or of Dangol's")
    check.add_argument(
        "files", nargs="*", type=Path, metavar="FILE",
        help="as they would land; without any, the made-up files of the system's own tests",
    )  # fmt: skip


def _draft(given: argparse.Namespace) -> None:
    from dangol.drafting.draft import Wish, drafted
    from dangol.drafting.summaries import draft_in_words

    wish = Wish(
        given.system, given.files, given.entity, given.stream, given.member, given.overwrite
    )
    with drafted(get_settings(), wish) as draft:
        show(draft_in_words(draft, given.files))


def _check(given: argparse.Namespace) -> int:
    from dangol.contracts.reading import load_contract
    from dangol.drafting.check import checked
    from dangol.drafting.expected import differences, files_of_tests
    from dangol.drafting.rebuilds import rebuilds
    from dangol.drafting.rehearsal import system_folder
    from dangol.drafting.summaries import check_in_words

    settings = get_settings()
    folder = system_folder(settings, given.system)
    files = given.files or files_of_tests(folder)
    with checked(settings, folder, files) as home:
        outcome = home.outcome
        if not given.files and not outcome.problems:
            outcome.problems += differences(home, folder)
        show(check_in_words(home, rebuilds(settings, home, load_contract(folder))))
    return int(bool(outcome.problems))
