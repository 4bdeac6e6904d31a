"""Writes the exports of a made-up gift shop with two stores: what invoice files are like.

Everything is synthetic: no row is of a real company or person. Both stores send a file of invoice
lines a day, and head office sends all its accounts on the first of a month. The files are drawn
from a fixed seed, so they are the same bytes everywhere. What can be wrong with an export is in
``tests/end_to_end/second_company/troubles.py``, by name.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

SEED = "Lantern Lane"
STORES = ("harbour", "station")
HEADER = (
    "Invoice No", "Stock Code", "Description", "Quantity", "Invoice Date", "Price", "Customer ID",
    "Country",
)  # fmt: skip
FIRST_DAY = date(2024, 11, 28)
OPEN_DAYS = 305
CLOSED = [
    (date(2024, 12, 24), date(2025, 1, 3)),
    (date(2025, 4, 18), date(2025, 4, 21)),
    (date(2025, 5, 5), date(2025, 5, 5)),
    (date(2025, 5, 26), date(2025, 5, 26)),
    (date(2025, 8, 25), date(2025, 8, 25)),
]
"""Christmas, Easter and the bank holidays; Saturdays are closed too."""
NEW_NUMBERS = date(2025, 7, 1)
"""On this day new tills start their invoice numbers anew."""
RENAMED = date(2025, 6, 2)
"""From this day on a product has another description."""

GUESTS = ["", "", "", "NULL", "-", "nan", "\u00a0", "N/A", "\u200b"]
THINGS = ["LANTERN", "TEA TOWEL", "CANDLE HOLDER", "BUNTING", "CAKE TIN", "DOORMAT", "JAM JAR",
          "PICTURE FRAME", "HOT WATER BOTTLE", "LUNCH BAG"]  # fmt: skip
KINDS = ["RED", "IVORY", "VINTAGE", "SET OF 3,", "CAFÉ", 'LARGE 12"', "SPOTTY", "GLASS"]
COUNTRIES = ["United Kingdom"] * 8 + ["Ireland", "Côte d'Ivoire", "Norway", "Unspecified"]


@dataclass(frozen=True)
class Line:
    """One line of an invoice, as the till knows it."""

    invoice: str
    code: str
    description: str
    quantity: int
    at: datetime
    price: Decimal
    customer: str
    country: str

    def fields(self) -> list[str]:
        """Return it as the export writes it."""
        at = self.at.strftime("%d/%m/%Y %H:%M")
        numbers = f"{self.quantity}", at, f"{self.price}"
        return [self.invoice, self.code, self.description, *numbers, self.customer, self.country]


@cache
def open_days() -> list[date]:
    """Return the days on which the stores are open."""
    days: list[date] = []
    day = FIRST_DAY
    while len(days) < OPEN_DAYS:
        is_closed = any(first <= day <= last for first, last in CLOSED)
        if day.weekday() != 5 and not is_closed:
            days.append(day)
        day += timedelta(days=1)
    return days


def draws(*key: object) -> Random:
    """Return random numbers of their own for a purpose."""
    return Random(" ".join(map(str, (SEED, *key))))  # noqa: S311 - drawn again, not guessed


@cache
def products() -> list[tuple[str, str, Decimal]]:
    """Return code, description and price; one costs a tenth of a penny."""
    draw = draws("products")
    found = []
    for number, kind in enumerate(KINDS):
        for place, thing in enumerate(THINGS):
            price = Decimal(draw.choice(["0.85", "1.25", "2.55", "4.95", "8.5", "0.055", "12.75"]))
            letter = draw.choice(["", "", "", "A", "b"])
            found.append((f"{21000 + number * 100 + place}{letter}", f"{kind} {thing}", price))
    return [*found, ("PADS", "PADS TO MATCH ALL CUSHIONS", Decimal("0.001"))]


@cache
def accounts() -> list[tuple[str, str]]:
    """Return the id and country of everyone with an account."""
    draw = draws("accounts")
    return [(f"{12345 + place * 7}", draw.choice(COUNTRIES)) for place in range(260)]


def lines_of(store: str, day: date) -> list[Line]:
    """Draw the invoice lines of a store's day, in the order of the till."""
    draw = draws(store, day)
    place = (day - (NEW_NUMBERS if day >= NEW_NUMBERS else FIRST_DAY)).days
    number = 536000 + place * 40
    clock = datetime.combine(day, time(8, draw.randrange(60)))
    lines: list[Line] = []
    for _ in range(draw.randint(4, 8)):
        number += 1
        clock += timedelta(minutes=draw.randint(3, 90))
        lines += _invoice(draw, store, day, f"{number}", clock)
    return lines


def _invoice(draw: Random, store: str, day: date, invoice: str, at: datetime) -> Iterator[Line]:
    catalogue = products()
    known = accounts()
    customer, country = known[int(len(known) * draw.random() ** 2)]
    if store == "station" and customer in {"12345", "12352"} and draw.random() < 0.5:
        customer = {"12345": "12345.0", "12352": "012352"}[customer]  # a spreadsheet was here
    is_guest = draw.random() < 0.15
    if is_guest:
        customer = draw.choice(GUESTS)
    is_refund = draw.random() < 0.08
    for _ in range(draw.randint(1, 6)):
        code, description, price = draw.choice(catalogue)
        if code == "PADS" and day >= RENAMED:
            description = "CUSHION PADS"
        quantity = draw.choice([1, 1, 2, 3, 6, 12, 48])
        number = f"C{invoice}" if is_refund else invoice
        line = Line(number, code, description, -quantity if is_refund else quantity, at, price,
                    customer, country)  # fmt: skip
        yield line
        if draw.random() < 0.06:
            yield line  # the same product scanned again: a row equal in every column


def write_csv(header: tuple[str, ...], rows: list[list[str]]) -> bytes:
    """Write rows as a spreadsheet would: quotes only where they are needed."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([header, *rows])
    return file.getvalue().encode()


def invoice_file(store: str, day: date) -> tuple[str, bytes]:
    """Return the name and the bytes of a store's day, before anything is wrong with it."""
    rows = [line.fields() for line in lines_of(store, day)]
    return f"invoices_{store}_{day}.csv", write_csv(HEADER, rows)


def account_files(last: date) -> Iterator[tuple[str, bytes]]:
    """Yield head office's accounts on the first of each month: all of them, as of that day."""
    month = date(2025, 1, 1)
    while month <= last:
        yield (
            f"accounts_{month}.csv",
            write_csv(
                ("Customer ID", "Country", "Joined", "Price Band"), list(_accounts_on(month))
            ),
        )
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _accounts_on(month: date) -> Iterator[list[str]]:
    for place, (customer, country) in enumerate(accounts()):
        joined = FIRST_DAY + timedelta(days=place)
        has_left = place % 40 == 13 and month >= date(2025, 8, 1)
        if joined <= month and not has_left:
            band = "trade" if place % 5 == 0 or (place % 7 == 0 and month.month > 5) else "public"
            yield [customer, country, joined.strftime("%d/%m/%Y"), band]


def land(folder: Path, name: str, content: bytes) -> None:
    """Put a file into the landing zone, as if it had been there for an hour."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(content)
    moment = file.stat().st_mtime - 3600
    os.utime(file, (moment, moment))
