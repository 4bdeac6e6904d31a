"""Commands that inspect a home, and the few that fix something by hand."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dangol.cli.arguments import Commands, add_command, business_date, port_number
from dangol.cli.asking import confirm
from dangol.cli.failures import Exit
from dangol.cli.terminal import show, tell_error
from dangol.errors import DangolError, UsageError
from dangol.home import need_home
from dangol.night import Night
from dangol.settings import get_settings
from dangol.tables import render_table


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""

    def add(
        name: str,
        sentence: str,
        run: Callable[[argparse.Namespace], Any],
        *examples: str,
        more: str = "",
    ) -> argparse.ArgumentParser:
        return add_command(commands, name, sentence, run, examples or [f"dangol {name}"], more)

    report = add(
        "report", "show the summary of a published night", _report,
        "dangol report", "dangol report --date 2017-12-31",
    )  # fmt: skip
    report.add_argument(
        "--date", type=business_date, help="business day; default: that of the current publication"
    )
    loads = add("loads", "show the load ledger", _loads, "dangol loads", "dangol loads --problems")
    loads.add_argument(
        "--problems", action="store_true", help="only files that were not fully loaded"
    )
    quarantine = add(
        "quarantine", "show quarantined rows", _quarantine,
        "dangol quarantine", "dangol quarantine grocer_till.transactions.000012",
        "dangol quarantine grocer_till.transactions.000012 --export rows.csv",
    )  # fmt: skip
    quarantine.add_argument("load_id", nargs="?", help="only those of this load, with their text")
    quarantine.add_argument(
        "--export", type=Path, metavar="FILE", help="write the load's rows there, for correction"
    )
    resubmit = add(
        "resubmit", "land the corrected rows of a file", _resubmit,
        "dangol resubmit grocer_till.transactions.000012 rows.csv",
    )  # fmt: skip
    resubmit.add_argument("load_id", help="the load whose rows they were")
    resubmit.add_argument(
        "corrected", type=Path, metavar="FILE",
        help="as `dangol quarantine LOAD --export FILE` wrote it, with the rows corrected",
    )  # fmt: skip
    docs = add(
        "docs", "serve the nights' pages and dbt's documentation, on this machine only", _docs,
        "dangol docs", "dangol docs --port 8091",
    )  # fmt: skip
    docs.add_argument("--port", type=port_number, default=8081, help="of 127.0.0.1; default: 8081")
    add("publications", "list the publications on disk", _publications)
    rollback = add(
        "rollback", "give readers an earlier publication and pin it", _rollback,
        "dangol rollback", "dangol rollback 2017-12-30", "dangol rollback 2017-12-30-0001 --yes",
        more="Later nights publish, but readers keep it until `dangol resume`.",
    )  # fmt: skip
    rollback.add_argument(
        "publication", nargs="?", help="its name or business day; default: the previous one"
    )
    rollback.add_argument("--yes", action="store_true", help="don't ask first")
    add("resume", "give readers the latest publication again, after a rollback", _resume)
    add("copy", "copy the current publication to the bucket of DANGOL_COPY_TO again", _copy)
    add(
        "verify", "check every file of the lake and every publication against its manifest", _verify
    )
    add("checksums", "print a checksum of every built table, the same on any engine", _checksums)
    add(
        "contracts",
        "check the contracts of the systems that deliver, list them, and check the company's own"
        " expectations",
        _contracts,
    )
    add(
        "dictionary",
        "generate docs/tables.md, the published tables, and docs/contracts.md, the reference of"
        " contracts and entities",
        _dictionary,
    )


def _report(given: argparse.Namespace) -> None:
    from dangol.nightly.report import render_report
    from dangol.publication.store import PublicationError, current_publication

    settings = need_home(get_settings())
    current = current_publication(settings)
    if given.date is None and current is None:
        raise PublicationError("nothing is published yet: run a night first")
    day = given.date or date.fromisoformat(current.business_date if current else "")
    show(render_report(settings, Night.of(day, settings.company)))


def _docs(given: argparse.Namespace) -> None:
    from pages.serve import open_server

    server, address = open_server(need_home(get_settings()), given.port)
    show(f"The nights are at {address}\nStop with Ctrl-C.")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            show("stopped")


def _loads(given: argparse.Namespace) -> None:
    from dangol import ledger

    loads = ledger.read_ledger(need_home(get_settings()))
    if given.problems:
        loads = [
            load
            for load in loads
            if load.status in {ledger.REJECTED, ledger.WAITING} or load.rows_quarantined
        ]
    _print_table(
        ["load", "file", "status", "read", "loaded", "quarantined", "reason"],
        ([each.load_id, each.file, each.status, each.rows_read, each.rows_loaded,
          each.rows_quarantined, each.reason]
         for each in loads),
    )  # fmt: skip


def _quarantine(given: argparse.Namespace) -> None:
    from dangol.extract.quarantine import export_rows, quarantined_rows

    settings = need_home(get_settings())
    if given.export:
        if not given.load_id:
            raise UsageError(
                "--export needs a load: `dangol quarantine <load> --export <file>`; without "
                "--export, `dangol quarantine` lists the loads"
            )
        count = export_rows(settings, given.load_id, given.export)
        show(
            f"{count} rows written to {given.export}; correct them, then run "
            f"`dangol resubmit {given.load_id} {given.export}`"
        )
        return
    rows = quarantined_rows(settings, given.load_id)
    names = ["load_id", "file", "line", "reason"] + (["original_text"] if given.load_id else [])
    _print_table(names, ([row[name] for name in names] for row in rows))


def _resubmit(given: argparse.Namespace) -> None:
    from dangol.extract.quarantine import resubmit

    landed = resubmit(need_home(get_settings()), given.load_id, given.corrected)
    show(f"landed as {landed}; the next night loads it")


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
    _print_table(
        ["publication", "business day", "created", "status"],
        (
            [each.name, each.business_date, each.created_at,
             reading if each.name == current else ""]
            for each in list_publications(settings)
        ),
    )  # fmt: skip
    return _told(problems)


def _told(problems: Sequence[object]) -> int:
    """Print problems and return the exit code."""
    for problem in problems:
        tell_error(problem)
    return int(bool(problems))


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
    return _told(damaged_publications(settings))


def _checksums(given: argparse.Namespace) -> None:
    from dangol import layers
    from dangol.build.checksum import portable_checksums
    from dangol.build.warehouse import open_build

    with open_build(need_home(get_settings()), read_only=True) as build:
        for table, checksum in portable_checksums(build, layers.BUILT).items():
            show(f"{table} {checksum}")


def _contracts(given: argparse.Namespace) -> int:
    from dangol.contracts.reading import contract_problems, load_contracts
    from expectations.company import problems_of

    settings = get_settings()
    settings.need_company()
    contracts = load_contracts(settings)
    _print_table(
        ["system", "version", "owner", "streams"],
        ([each.system, each.version, each.owner, ", ".join(stream.name for stream in each.streams)]
         for each in contracts.values()),
    )  # fmt: skip
    return _told([*contract_problems(settings).values(), *problems_of(settings)])


def _dictionary(given: argparse.Namespace) -> None:
    from dangol import reference
    from dangol.publication import dictionary

    for page in (dictionary, reference):
        show(f"wrote {page.write_page()}")


def _print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: its last column wrapped on a terminal, each row on one line in a pipe."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    show(render_table(head, rows, width))
