"""Commands around the demo's real data: ``prepare`` and ``demo``."""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta
from typing import Any

from dangol.cli.arguments import Commands, add_command, business_date
from dangol.cli.terminal import show
from dangol.night import Night
from dangol.settings import get_settings


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""
    prepare = add_command(
        commands, "prepare", "write The Complete Journey as a grocer's nightly exports", _prepare,
        ["dangol prepare", "dangol prepare --from 2017-11-01 --to 2017-11-30 --promotions"],
        "They go to the landing zone of DANGOL_HOME; files that are there stay.",
    )  # fmt: skip
    prepare.add_argument(
        "--from", dest="first", type=business_date, default=date(2017, 1, 1), metavar="DATE",
        help="the first business day; default: 2017-01-01",
    )  # fmt: skip
    prepare.add_argument(
        "--to", dest="last", type=business_date, default=date(2017, 12, 31), metavar="DATE",
        help="the last one; default: 2017-12-31",
    )  # fmt: skip
    prepare.add_argument(
        "--promotions", action="store_true", help="include the weekly promotions: 20.9 million rows"
    )
    add_command(
        commands, "demo",
        "prepare the data, load the history in one night, then run one ordinary night", _demo,
        ["DANGOL_HOME=var/grocer dangol demo"],
    )  # fmt: skip


def _prepare(given: argparse.Namespace) -> None:
    from demo import complete_journey

    settings = get_settings()
    written = complete_journey.prepare(
        settings,
        given.first,
        given.last,
        given.promotions,
        progress=lambda line: show(f"  {line}"),
    )
    show(f"{written:,} files written to {settings.landing}")


def _demo(given: argparse.Namespace) -> int:
    from dangol.cli.night import run_in_airflow
    from dangol.nightly.report import render_report
    from demo import complete_journey
    from demo.exports import LAST_DAY

    started = time.monotonic()
    last = LAST_DAY
    show(f"1  a year of a grocer's exports, to {get_settings().landing}")
    complete_journey.prepare(get_settings(), progress=lambda line: show(f"  {line}"))
    get_settings.cache_clear()  # the preparation wrote company.toml
    settings = get_settings()
    history, tonight = (Night.of(day, settings.company) for day in (last - timedelta(days=1), last))
    show(f"2  the history up to {history.business_date}, in one night through Airflow")
    if not run_in_airflow(settings, history):
        return 1
    show(f"3  {tonight.business_date}, an ordinary night")
    if not run_in_airflow(settings, tonight):
        return 1
    show(f"\n{render_report(settings, tonight)}")
    show(f"The demo took {time.monotonic() - started:.0f} s. Next: `make up` shows it in Airflow.")
    return 0
