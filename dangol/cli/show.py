"""Commands that inspect a home, and the few that fix something by hand."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from dangol.cli.arguments import Commands, add_command, business_date, port_number
from dangol.cli.terminal import show, show_table, tell_problems
from dangol.errors import UsageError
from dangol.home import need_home
from dangol.night import Night
from dangol.settings import get_settings


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
    loads = add(
        "loads", "show the load ledger", _loads,
        "dangol loads", "dangol loads --problems", "dangol loads --unclaimed",
    )  # fmt: skip
    which = loads.add_mutually_exclusive_group()
    which.add_argument(
        "--problems", action="store_true", help="only files that were not fully loaded, last first"
    )
    which.add_argument(
        "--unclaimed", action="store_true", help="files that no contract describes, by name"
    )
    quarantine = add(
        "quarantine", "show quarantined rows", _quarantine,
        "dangol quarantine", "dangol quarantine shop_orders.orders.000012",
        "dangol quarantine shop_orders.orders.000012 --export rows.csv",
    )  # fmt: skip
    quarantine.add_argument("load_id", nargs="?", help="only those of this load, with their text")
    quarantine.add_argument(
        "--export", type=Path, metavar="FILE", help="write the load's rows there, for correction"
    )
    resubmit = add(
        "resubmit", "land the corrected rows of a file", _resubmit,
        "dangol resubmit shop_orders.orders.000012 rows.csv",
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
    if (day := given.date) is None:
        if (current := current_publication(settings)) is None:
            raise PublicationError("nothing is published yet: run a night first")
        day = date.fromisoformat(current.business_date)
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
    from dangol import ledger, records
    from dangol.contracts.reading import load_contracts

    settings = need_home(get_settings())
    if given.unclaimed:
        last = max(records.nights_of(settings, "unclaimed_files"), default=None)
        rows = records.read(settings, "unclaimed_files", last) if last else []
        show_table(
            ["night", "system", "file", "reason"],
            ([last, row["system"], row["file"], row["reason"]] for row in rows),
        )
        return
    loads = ledger.read_ledger(settings)
    if not given.problems:
        show_table(
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
    show_table(
        ["load", "night", "file", "owner", "status", "read", "loaded", "quarantined", "reason"],
        ([each.load_id, each.load_date, each.file, owners.get(each.system), each.status,
          each.rows_read, each.rows_loaded, each.rows_quarantined, each.reason]
         for each in sorted(loads, key=lambda load: load.load_date, reverse=True)
         if each.status in put_aside or each.rows_quarantined),
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
    show_table(names, ([row[name] for name in names] for row in rows))


def _resubmit(given: argparse.Namespace) -> None:
    from dangol.extract.quarantine import resubmit

    landed = resubmit(need_home(get_settings()), given.load_id, given.corrected)
    show(f"landed as {landed}; the next night loads it")


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
    show_table(
        ["system", "version", "owner", "streams"],
        ([each.system, each.version, each.owner, ", ".join(stream.name for stream in each.streams)]
         for each in contracts.values()),
    )  # fmt: skip
    return tell_problems([*contract_problems(settings).values(), *problems_of(settings)])


def _dictionary(given: argparse.Namespace) -> None:
    from dangol import reference
    from dangol.publication import dictionary

    for page in (dictionary, reference):
        show(f"wrote {page.write_page()}")
