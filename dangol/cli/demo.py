"""Commands around the demo's real data: ``prepare`` and ``demo``."""

from __future__ import annotations

import argparse
import time
from datetime import date, timedelta

from dangol.cli.arguments import business_date
from dangol.night import Night
from dangol.settings import get_settings


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this module's commands."""
    prepare = commands.add_parser(
        "prepare", help="write The Complete Journey as a grocer's nightly exports"
    )
    prepare.add_argument("--from", dest="first", type=business_date, default=date(2017, 1, 1))
    prepare.add_argument("--to", dest="last", type=business_date, default=date(2017, 12, 31))
    prepare.add_argument(
        "--promotions", action="store_true", help="include the weekly promotions: 20.9 million rows"
    )
    prepare.set_defaults(command=_prepare)
    demo = commands.add_parser(
        "demo", help="prepare the data, load the history in one night, then run one ordinary night"
    )
    demo.set_defaults(command=_demo)


def _prepare(given: argparse.Namespace) -> None:
    from demo import complete_journey

    settings = get_settings()
    written = complete_journey.prepare(
        settings,
        given.first,
        given.last,
        given.promotions,
        progress=lambda line: print(f"  {line}", flush=True),
    )
    print(f"{written:,} files written to {settings.landing}")


def _demo(given: argparse.Namespace) -> int:
    from dangol.cli.night import run_in_airflow
    from dangol.nightly.report import render_report
    from demo import complete_journey
    from demo.exports import LAST_DAY

    started = time.monotonic()
    last = LAST_DAY
    print(f"1  a year of a grocer's exports, to {get_settings().landing}", flush=True)
    complete_journey.prepare(get_settings(), progress=lambda line: print(f"  {line}", flush=True))
    get_settings.cache_clear()  # the preparation wrote company.toml
    settings = get_settings()
    history, tonight = (Night.of(day, settings.company) for day in (last - timedelta(days=1), last))
    print(f"2  the history up to {history.business_date}, in one night through Airflow", flush=True)
    if not run_in_airflow(settings, history):
        return 1
    print(f"3  {tonight.business_date}, an ordinary night", flush=True)
    if not run_in_airflow(settings, tonight):
        return 1
    print(f"\n{render_report(settings, tonight)}")
    print(f"The demo took {time.monotonic() - started:.0f} s. Next: `make up` shows it in Airflow.")
    return 0
