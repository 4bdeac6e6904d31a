"""Commands that inspect a home, and the few that fix something by hand."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dangol.cli.arguments import business_date
from dangol.errors import DangolError, UsageError
from dangol.night import Night
from dangol.settings import get_settings
from dangol.tables import render_table


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this module's commands."""

    def add(
        name: str, text: str, command: Callable[[argparse.Namespace], Any]
    ) -> argparse.ArgumentParser:
        parser = commands.add_parser(name, help=text)
        parser.set_defaults(command=command)
        return parser

    report = add("report", "show the summary of a published night", _report)
    report.add_argument(
        "--date", type=business_date, help="business day; default: that of the current publication"
    )
    loads = add("loads", "show the load ledger", _loads)
    which = loads.add_mutually_exclusive_group()
    which.add_argument(
        "--problems", action="store_true", help="only files that were not fully loaded, last first"
    )
    which.add_argument(
        "--unclaimed", action="store_true", help="files that no contract describes, by name"
    )
    quarantine = add("quarantine", "show quarantined rows", _quarantine)
    quarantine.add_argument("load_id", nargs="?")
    quarantine.add_argument("--export", type=Path, help="write the rows to a file for correction")
    resubmit = add("resubmit", "land the corrected rows of a file", _resubmit)
    resubmit.add_argument("load_id")
    resubmit.add_argument("corrected", type=Path)
    docs = add(
        "docs",
        "serve the nights' pages and dbt's documentation, on this machine only",
        _docs,
    )
    docs.add_argument("--port", type=int, default=8081, help="of 127.0.0.1; default: 8081")
    add("publications", "list the publications on disk", _publications)
    rollback = add("rollback", "give readers an earlier publication and pin it", _rollback)
    rollback.add_argument(
        "publication", nargs="?", help="its name or business day; default: the previous one"
    )
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

    settings = get_settings()
    current = current_publication(settings)
    if given.date is None and current is None:
        raise PublicationError("nothing is published yet: run a night first")
    day = given.date or date.fromisoformat(current.business_date if current else "")
    print(render_report(settings, Night.of(day, settings.company)))


def _docs(given: argparse.Namespace) -> None:
    from pages.serve import open_server

    server, address = open_server(get_settings(), given.port)
    print(f"The nights are at {address}\nStop with Ctrl-C.", flush=True)
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")


def _loads(given: argparse.Namespace) -> None:
    from dangol import ledger, records
    from dangol.contracts.reading import load_contracts

    settings = get_settings()
    if given.unclaimed:
        rows = records.read_all(settings, "unclaimed_files")
        last = max((row["business_date"] for row in rows), default="")
        _print_table(
            ["night", "system", "file", "reason"],
            ([last, row["system"], row["file"], row["reason"]]
             for row in rows if row["business_date"] == last),
        )  # fmt: skip
        return
    loads = ledger.read_ledger(settings)
    if not given.problems:
        _print_table(
            ["load", "file", "status", "read", "loaded", "quarantined", "reason"],
            ([each.load_id, each.file, each.status, each.rows_read, each.rows_loaded,
              each.rows_quarantined, each.reason]
             for each in loads),
        )  # fmt: skip
        return
    contracts = load_contracts(settings)
    owners = {system: contract.owner for system, contract in contracts.items()}
    put_aside = {ledger.REJECTED, ledger.REFUSED, ledger.WAITING}
    # the ledger is written when a file is read, so that of a night that stopped is in it too
    _print_table(
        ["load", "night", "file", "owner", "status", "read", "loaded", "quarantined", "reason"],
        ([each.load_id, each.load_date, each.file, owners.get(each.system), each.status,
          each.rows_read, each.rows_loaded, each.rows_quarantined, each.reason]
         for each in sorted(loads, key=lambda load: load.load_date, reverse=True)
         if each.status in put_aside or each.rows_quarantined),
    )  # fmt: skip


def _quarantine(given: argparse.Namespace) -> None:
    from dangol.extract.quarantine import export_rows, quarantined_rows

    settings = get_settings()
    if given.export:
        if not given.load_id:
            raise UsageError(
                "--export needs a load: `dangol quarantine <load> --export <file>`; without "
                "--export, `dangol quarantine` lists the loads"
            )
        count = export_rows(settings, given.load_id, given.export)
        print(
            f"{count} rows written to {given.export}; correct them, then run "
            f"`dangol resubmit {given.load_id} {given.export}`"
        )
        return
    rows = quarantined_rows(settings, given.load_id)
    names = ["load_id", "file", "line", "reason"] + (["original_text"] if given.load_id else [])
    _print_table(names, ([row[name] for name in names] for row in rows))


def _resubmit(given: argparse.Namespace) -> None:
    from dangol.extract.quarantine import resubmit

    landed = resubmit(get_settings(), given.load_id, given.corrected)
    print(f"landed as {landed}; the next night loads it")


def _publications(given: argparse.Namespace) -> int:
    from dangol.publication.store import (
        damaged_publications,
        list_publications,
        pinned,
        pointed_to,
    )

    settings = get_settings()
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
        print(f"dangol: {problem}", file=sys.stderr)
    return int(bool(problems))


def _rollback(given: argparse.Namespace) -> None:
    from dangol.publication.rollback import rollback

    chosen = rollback(get_settings(), given.publication)
    print(f"readers get {chosen.name} until `dangol resume`", flush=True)
    _copy_if_set()


def _resume(given: argparse.Namespace) -> None:
    from dangol.publication.rollback import resume

    print(f"readers get {resume(get_settings()).name}", flush=True)
    _copy_if_set()


def _copy_if_set() -> None:
    """Make the readers of the bucket follow those of this machine."""
    if get_settings().copy_to:
        _copy(None)


def _copy(given: argparse.Namespace | None) -> None:
    from dangol.nightly.copies import copy_current

    name = copy_current(get_settings())
    print(f"{name or 'nothing is published, so nothing'} is copied to {get_settings().copy_to}")


def _verify(given: argparse.Namespace) -> int:
    from dangol import ledger
    from dangol.build.stage import verify_lake
    from dangol.publication.store import damaged_publications, list_publications, verify

    settings = get_settings()
    loads = ledger.read_ledger(settings)
    files = verify_lake(settings, loads)
    print(f"{files:,} files of the lake, from {len(loads):,} loads, match their manifests")
    publications = list_publications(settings)
    for publication in publications:
        verify(settings, publication)
    print(f"{len(publications):,} publications match their manifests")
    return _told(damaged_publications(settings))


def _checksums(given: argparse.Namespace) -> None:
    from dangol import layers
    from dangol.build.checksum import portable_checksums
    from dangol.build.warehouse import open_build

    with open_build(get_settings(), read_only=True) as build:
        for table, checksum in portable_checksums(build, layers.BUILT).items():
            print(f"{table} {checksum}")


def _contracts(given: argparse.Namespace) -> int:
    from dangol.contracts.reading import contract_problems, load_contracts
    from expectations.company import problems_of

    contracts = load_contracts(get_settings())
    _print_table(
        ["system", "version", "owner", "streams"],
        ([each.system, each.version, each.owner, ", ".join(stream.name for stream in each.streams)]
         for each in contracts.values()),
    )  # fmt: skip
    problems: list[object] = [
        *contract_problems(get_settings()).values(),
        *problems_of(get_settings()),
    ]
    return _told(problems)


def _dictionary(given: argparse.Namespace) -> None:
    from dangol import reference
    from dangol.publication import dictionary

    for page in (dictionary, reference):
        print(f"wrote {page.write_page()}")


def _print_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table: its last column wrapped on a terminal, each row on one line in a pipe."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(render_table(head, rows, width))
