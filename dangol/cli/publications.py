"""Commands about what readers get: which publication, and whether all is as it was written."""

from __future__ import annotations

import argparse
from typing import Any

from dangol.cli.arguments import Commands, add_command
from dangol.cli.asking import confirm
from dangol.cli.failures import Exit
from dangol.cli.terminal import show, show_table, tell_problems
from dangol.errors import DangolError
from dangol.home import need_home
from dangol.settings import get_settings


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""
    add_command(
        commands, "publications", "list the publications on disk", _publications,
        ["dangol publications"],
    )  # fmt: skip
    rollback = add_command(
        commands, "rollback", "give readers an earlier publication and pin it", _rollback,
        ["dangol rollback", "dangol rollback 2017-12-30", "dangol rollback 2017-12-30-0001 --yes"],
        "Later nights publish, but readers keep it until `dangol resume`.",
    )  # fmt: skip
    rollback.add_argument(
        "publication", nargs="?", help="its name or business day; default: the previous one"
    )
    rollback.add_argument("--yes", action="store_true", help="don't ask first")
    add_command(
        commands, "resume", "give readers the latest publication again, after a rollback", _resume,
        ["dangol resume"],
    )  # fmt: skip
    add_command(
        commands, "copy", "copy the current publication to the bucket of DANGOL_COPY_TO again",
        _copy, ["dangol copy"],
    )  # fmt: skip
    add_command(
        commands, "verify",
        "check every file of the lake and every publication against its manifest", _verify,
        ["dangol verify"],
    )  # fmt: skip


def _publications(given: argparse.Namespace) -> int:
    from dangol.publication.store import (
        damaged_publications,
        list_publications,
        pinned,
        pointed_to,
    )

    settings = need_home(get_settings())
    current = pointed_to(settings)
    problems = damaged_publications(settings)
    try:
        reading = "current, pinned" if pinned(settings) else "current"
    except DangolError as error:
        reading = "current"
        problems.append(str(error))
    show_table(
        ["publication", "business day", "created", "status"],
        (
            [each.name, each.business_date, each.created_at,
             reading if each.name == current else ""]
            for each in list_publications(settings)
        ),
    )  # fmt: skip
    return tell_problems(problems)


def _rollback(given: argparse.Namespace) -> int:
    from dangol.publication.rollback import choose, rollback
    from dangol.publication.store import pointed_to

    settings = need_home(get_settings())
    name = choose(settings, given.publication).name
    question = f"Readers get {pointed_to(settings) or 'nothing'} now. Give them {name}?"
    if not given.yes and not confirm(question):
        show("nothing was changed")
        return Exit.FAILED
    show(f"readers get {rollback(settings, name).name} until `dangol resume`")
    _copy_if_set()
    return Exit.DONE


def _resume(given: argparse.Namespace) -> None:
    from dangol.publication.rollback import resume

    show(f"readers get {resume(need_home(get_settings())).name}")
    _copy_if_set()


def _copy_if_set() -> None:
    """Make the readers of the bucket follow those of this machine."""
    if get_settings().copy_to:
        _copy(None)


def _copy(given: argparse.Namespace | None) -> None:
    from dangol.nightly.copies import copy_current

    name = copy_current(need_home(get_settings()))
    show(f"{name or 'nothing is published, so nothing'} is copied to {get_settings().copy_to}")


def _verify(given: argparse.Namespace) -> int:
    from dangol import ledger
    from dangol.build.stage import verify_lake
    from dangol.publication.store import damaged_publications, list_publications, verify

    settings = need_home(get_settings())
    loads = ledger.read_ledger(settings)
    files = verify_lake(settings, loads)
    show(f"{files:,} files of the lake, from {len(loads):,} loads, match their manifests")
    publications = list_publications(settings)
    for publication in publications:
        verify(settings, publication)
    show(f"{len(publications):,} publications match their manifests")
    return tell_problems(damaged_publications(settings))
