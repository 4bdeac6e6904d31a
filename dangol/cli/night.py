"""Commands that describe a company and run its nights: ``init``, ``night``, ``run``, ``up``."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dangol.cli.arguments import Commands, add_command, business_date, port_number, whole_number
from dangol.cli.steps import Steps
from dangol.cli.terminal import show
from dangol.errors import UsageError
from dangol.night import Night
from dangol.settings import Settings, get_settings


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""
    init = add_command(
        commands, "init",
        "write a company's own folder: company.toml, a README, an example of a system", _init,
        ['dangol init --name "Dangol Mart" --timezone Asia/Seoul --currency KRW'],
        "It goes to DANGOL_COMPANY, or into the home.",
    )  # fmt: skip
    init.add_argument("--name", required=True, help="the company's name, as shown in reports")
    init.add_argument("--timezone", required=True, help="where its days begin, as an IANA name")
    init.add_argument("--currency", required=True, help="of all its amounts, by its ISO 4217 code")
    night = add_command(
        commands, "night", "run one night in this process, without Airflow", _night,
        ["dangol night", "dangol night --date 2017-12-31 --until gate_raw",
         "dangol night --date 2017-12-25 --closed stores web_shop"],
    )  # fmt: skip
    night.add_argument("--date", type=business_date, help="business day; default: the last one")
    night.add_argument("--until", metavar="STEP", help="stop after this step, such as gate_raw")
    night.add_argument(
        "--closed", nargs="+", default=[], metavar="SYSTEM",
        help="nothing comes from these systems for that day, such as of a shop that was closed: it"
        " does not count as overdue, in later nights either; a closed day that is known before"
        " belongs into the contract (closedDates)",
    )  # fmt: skip
    run = add_command(
        commands, "run", "run one night through Airflow, in this terminal", _run,
        ["dangol run", "dangol run --date 2017-12-31"],
    )  # fmt: skip
    run.add_argument("--date", type=business_date, help="business day; default: the last one")
    backfill = add_command(
        commands, "backfill", "run a range of nights in order, without Airflow", _backfill,
        ["dangol backfill 2017-12-01 2017-12-31"],
    )  # fmt: skip
    backfill.add_argument("first", type=business_date, help="the first business day")
    backfill.add_argument("last", type=business_date, help="the last one, which is run too")
    rebuild = add_command(
        commands, "rebuild", "rebuild everything from the raw lake", _rebuild,
        ["dangol rebuild", "dangol rebuild --date 2017-12-31"],
        "Readers keep their publication until the night at its end has published.",
    )  # fmt: skip
    rebuild.add_argument("--date", type=business_date, help="business day; default: the last one")
    up = add_command(
        commands, "up", "start Airflow with its user interface on this machine", _up,
        ["dangol up", "dangol up --port 8090 --wait 900"],
    )  # fmt: skip
    up.add_argument("--port", type=port_number, default=8080, help="of 127.0.0.1; default: 8080")
    up.add_argument(
        "--wait", type=whole_number(1, 86_400), default=600, metavar="SECONDS",
        help="how long the start may take; default: 600",
    )  # fmt: skip


def _init(given: argparse.Namespace) -> None:
    from dangol.company import describe_company
    from dangol.id_keys import FILE, need_key

    settings = get_settings()
    written = describe_company(settings, given.name, given.timezone, given.currency)
    for file in written:
        show(f"wrote {file}")
    need_key(settings)
    if not settings.id_key:
        show(
            f"{settings.home / FILE} is the secret that published ids are made with: back it up, "
            "and keep it to yourself"
        )
    show("Next: `dangol source draft SYSTEM FILE…` writes a system from samples of its files.")


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
            show(
                f"{company.name}, business days in {company.timezone}, amounts in "
                f"{company.currency}: the night of {night.business_date}"
            )
            started = time.monotonic()
            with Steps() as steps:
                run_night(settings, night, until, steps.start)
            show(f"  done in {time.monotonic() - started:.1f} s")


def _run(given: argparse.Namespace) -> int:
    settings = get_settings()
    return int(not run_in_airflow(settings, _night_of(settings, given.date)))


def run_in_airflow(settings: Settings, night: Night) -> bool:
    """Run one night through Airflow, print its progress, and return whether it succeeded."""
    from dangol.orchestration.driver import run_night_in_airflow

    with Steps() as steps:
        outcome = run_night_in_airflow(settings, night.business_date, show, steps.event)
    return outcome.succeeded


def _up(given: argparse.Namespace) -> None:
    from dangol.orchestration.standalone import standalone

    standalone(get_settings(), show, given.port, given.wait)
