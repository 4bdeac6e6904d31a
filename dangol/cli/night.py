"""Commands that describe a company and run its nights: ``init``, ``night``, ``run``, ``up``."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, date, datetime, timedelta

from dangol.cli.arguments import business_date
from dangol.errors import UsageError
from dangol.night import Night
from dangol.settings import Settings, get_settings


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this module's commands."""
    init = commands.add_parser(
        "init", help="write a company's own folder: company.toml, a README, an example of a system"
    )
    init.add_argument("--name", required=True, help="the company's name, as shown in reports")
    init.add_argument("--timezone", required=True, help="where its days begin: Asia/Seoul")
    init.add_argument("--currency", required=True, help="of all its amounts: KRW (ISO 4217)")
    init.set_defaults(command=_init)
    night = commands.add_parser("night", help="run one night in this process, without Airflow")
    night.add_argument("--date", type=business_date, help="business day; default: the last one")
    night.add_argument("--until", help="stop after this step")
    night.add_argument(
        "--closed", nargs="+", default=[], metavar="SYSTEM",
        help="nothing comes from these systems for that day, such as of a shop that was closed: it"
        " does not count as overdue, in later nights either; a closed day that is known before"
        " belongs into the contract (closedDates)",
    )  # fmt: skip
    night.set_defaults(command=_night)
    run = commands.add_parser("run", help="run one night through Airflow, in this terminal")
    run.add_argument("--date", type=business_date, help="business day; default: the last one")
    run.set_defaults(command=_run)
    backfill = commands.add_parser(
        "backfill", help="run a range of nights in order, without Airflow"
    )
    backfill.add_argument("first", type=business_date)
    backfill.add_argument("last", type=business_date)
    backfill.set_defaults(command=_backfill)
    rebuild = commands.add_parser("rebuild", help="rebuild everything from the raw lake")
    rebuild.add_argument("--date", type=business_date, help="as of this business day")
    rebuild.set_defaults(command=_rebuild)
    up = commands.add_parser("up", help="start Airflow with its user interface on this machine")
    up.add_argument("--port", type=int, default=8080, help="of 127.0.0.1; default: 8080")
    up.add_argument(
        "--wait", type=int, default=600, metavar="SECONDS",
        help="how long the start may take; default: 600",
    )  # fmt: skip
    up.set_defaults(command=_up)


def _init(given: argparse.Namespace) -> None:
    from dangol.company import describe_company
    from dangol.id_keys import FILE, need_key

    settings = get_settings()
    written = describe_company(settings, given.name, given.timezone, given.currency)
    for file in written:
        print(f"wrote {file}")
    need_key(settings)
    if not settings.id_key:
        print(
            f"{settings.home / FILE} is the secret that published ids are made with: back it up, "
            "and keep it to yourself"
        )
    print("Next: `dangol source draft SYSTEM FILE…` writes a system from samples of its files.")


def _night_of(settings: Settings, day: date | None) -> Night:
    if day is not None:
        return Night.of(day, settings.company)
    return Night.ending_by(datetime.now(UTC), settings.company)


def _night(given: argparse.Namespace) -> None:
    from dangol import records
    from dangol.contracts.reading import load_contracts
    from dangol.nightly.steps import STEPS

    settings = get_settings()
    if given.until and given.until not in {step.name for step in STEPS}:
        raise UsageError(
            f"there is no step {given.until!r}; the steps are {', '.join(s.name for s in STEPS)}"
        )
    settings.need_company()
    night = _night_of(settings, given.date)
    if given.closed:
        known = load_contracts(settings)
        if unknown := sorted(set(given.closed) - set(known)):
            raise UsageError(f"no system {unknown[0]} delivers; those that do: {', '.join(known)}")
        rows = [{"system": system} for system in sorted(set(given.closed))]
        records.record(settings, "closed_days", night.business_date, "cli", rows)
    run_nights(settings, [night], given.until)


def _backfill(given: argparse.Namespace) -> None:
    settings = get_settings()
    if given.last < given.first:
        raise UsageError(f"{given.last} is before {given.first}: swap the dates")
    days = [given.first + timedelta(days=n) for n in range((given.last - given.first).days + 1)]
    run_nights(settings, [Night.of(day, settings.company) for day in days])


def _rebuild(given: argparse.Namespace) -> None:
    from dangol.build.state import discard_build
    from dangol.nightly.lock import hold_home

    settings = get_settings()
    night = _night_of(settings, given.date)
    with hold_home(settings, f"dangol rebuild {night.business_date}", night.business_date):
        discard_build(settings)
    run_nights(settings, [night])


def run_nights(settings: Settings, nights: list[Night], until: str | None = None) -> None:
    """Run nights one after the other in this process, with the home locked throughout.

    Parameters
    ----------
    until
        The last step of each; all by default.
    """
    from dangol.nightly.lock import hold_home
    from dangol.nightly.steps import run_night

    settings.need_company()
    with hold_home(settings, f"dangol night {nights[0].business_date}", nights[0].business_date):
        for night in nights:
            company = settings.company
            print(
                f"{company.name}, business days in {company.timezone}, amounts in "
                f"{company.currency}: the night of {night.business_date}"
            )
            started = time.monotonic()
            run_night(settings, night, until, progress=lambda name: print(f"  {name}", flush=True))
            print(f"  done in {time.monotonic() - started:.1f} s", flush=True)


def _run(given: argparse.Namespace) -> int:
    settings = get_settings()
    return int(not run_in_airflow(settings, _night_of(settings, given.date)))


def run_in_airflow(settings: Settings, night: Night) -> bool:
    """Run one night through Airflow, print its progress, and return whether it succeeded."""
    from dangol.orchestration.driver import run_night_in_airflow

    return run_night_in_airflow(settings, night.business_date, show).succeeded


def show(line: str) -> None:
    """Print a line of progress and flush it."""
    print(line, flush=True)


def _up(given: argparse.Namespace) -> None:
    from dangol.orchestration.standalone import standalone

    standalone(get_settings(), show, given.port, given.wait)
