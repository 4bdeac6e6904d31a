"""The command of the synthetic company: ``simulate``."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

from dangol.cli.arguments import Commands, add_command, business_date, whole_number
from dangol.cli.terminal import show


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's command."""
    simulate = add_command(
        commands, "simulate",
        "write the exports of Dangol Mart, a synthetic company whose truth is known", _simulate,
        ["dangol simulate --customers 500 --from 2026-01-01 --to 2026-01-31 --out /tmp/landing",
         "dangol simulate --customers 500 --from 2026-01-01 --to 2026-01-31 --out /tmp/landing"
         " --truth /tmp/truth --seed 7 --defects hostile --systems shopify,braze --workers 1",
         "dangol simulate --customers 500 --from 2026-01-01 --to 2026-01-31 --out /tmp/landing"
         " --process btyd --without-future"],
        "The exports are written day by day, and the truth beside them. The same seed and size give"
        " the same bytes, however the days are split into runs.",
    )  # fmt: skip
    simulate.add_argument(
        "--customers", type=whole_number(1, 2**31 - 1), required=True,
        help="how many people the company will ever know",
    )  # fmt: skip
    simulate.add_argument(
        "--from", dest="first", type=business_date, required=True, metavar="DATE",
        help="the first business day",
    )  # fmt: skip
    simulate.add_argument(
        "--to", dest="last", type=business_date, required=True, metavar="DATE",
        help="the last one, which is written too",
    )  # fmt: skip
    simulate.add_argument(
        "--seed", type=whole_number(0, 2**31 - 1), default=0, help="the random seed (0)"
    )
    simulate.add_argument(
        "--out", type=Path, required=True, metavar="LANDING", help="gets a folder per system"
    )
    simulate.add_argument(
        "--truth", type=Path, metavar="DIR", help="a folder for the truth (LANDING-truth)"
    )
    simulate.add_argument(
        "--defects",
        choices=("none", "real", "hostile"),
        default="real",
        help="none: clean; real: typos and the accidents of a year; hostile: all of them, often "
        "(real)",
    )
    simulate.add_argument("--systems", help="names, separated by commas; all by default")
    simulate.add_argument(
        "--process",
        choices=("life", "btyd"),
        default="life",
        help="btyd: people buy as buy-till-you-die models assume, with no outside influence (life)",
    )
    simulate.add_argument(
        "--without-future",
        action="store_true",
        help="leave out what each person will do in the year after the last day",
    )
    simulate.add_argument(
        "--workers", type=whole_number(1, 1_000), default=os.cpu_count() or 1,
        help="processes (one per core)",
    )  # fmt: skip


def _simulate(given: argparse.Namespace) -> None:
    from simulator.company import Company, SimulationError
    from simulator.run import Order, Written, simulate
    from simulator.systems import SYSTEMS

    landing = given.out.resolve()
    truth = (given.truth or landing.with_name(landing.name + "-truth")).resolve()
    if truth.is_relative_to(landing) or landing.is_relative_to(truth):
        raise SimulationError(
            f"the truth, {truth}, and the exports, {landing}, must not contain each other: "
            "give --truth another folder"
        )
    company = Company(
        given.customers, given.seed, process=given.process, dirty=given.defects != "none"
    )
    order = Order(
        company,
        given.first,
        given.last,
        landing,
        truth,
        tuple(given.systems.split(",")) if given.systems else SYSTEMS,
        given.defects,
        has_future=not given.without_future,
    )
    days = (given.last - given.first).days + 1
    started, done = time.monotonic(), 0

    def report(day: Written) -> None:
        nonlocal done
        is_late = day.day < given.first
        done += not is_late
        place = "late" if is_late else f"{done}/{days}"
        show(
            f"  {place}  {day.day}  {day.files} files, {day.rows:,} rows, {day.size / 1e6:,.1f} MB"
        )

    written = simulate(order, given.workers, report)
    seconds, rows = time.monotonic() - started, sum(day.rows for day in written)
    show(
        f"{rows:,} rows in {sum(day.files for day in written):,} files in {given.out},"
        f" the truth in {truth}: {seconds:.0f} s, {rows / seconds:,.0f} rows/s"
    )
