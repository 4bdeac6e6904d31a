"""Computes the figures of the made-up shop from its files, without anything of Dangol.

The files are read here by rules of their own, amounts are Python's decimals, and pandas does the
rest, so that two computations that share no code have to agree to the last digit.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd

NAME = re.compile(r"invoices_(?P<store>\w+?)_(?P<day>[\d-]{10})(_r(?P<revision>\d+))?(_s\d+)?\.csv")
COLUMNS = ["invoice", "code", "description", "quantity", "at", "price", "customer", "country"]
WHOLE, MONEY = re.compile(r"-?\d+"), re.compile(r"-?\d{1,14}(\.\d{1,4})?")
NOBODY = {"", "null", "-", "nan", "n/a"}


@dataclass
class ReadFile:
    """The rows of an invoice file, and how many of its rows can't be read."""

    name: str
    content: bytes
    rows: pd.DataFrame
    unreadable: int

    @property
    def delivery(self) -> tuple[str, str]:
        """Which file of the store it is, whatever its revision."""
        named = NAME.fullmatch(self.name)
        assert named
        return named["store"], named["day"]

    @property
    def revision(self) -> int:
        named = NAME.fullmatch(self.name)
        assert named
        return int(named["revision"] or 0)


def read_folder(folder: Path) -> dict[str, ReadFile]:
    """Read all invoice files of a folder, by name."""
    files = sorted(file for file in folder.iterdir() if NAME.fullmatch(file.name))
    return {file.name: read_file(file) for file in files}


def read_file(file: Path) -> ReadFile:
    """Read one invoice file."""
    named = NAME.fullmatch(file.name)
    assert named
    content = file.read_bytes()
    header, *lines = content.splitlines()
    rows, unreadable = [], 0
    for line in _records(lines):
        if line == header or not line.strip(b","):
            continue
        try:
            rows.append([*_values(line), named["store"], file.name])
        except (ValueError, csv.Error):
            unreadable += 1
    columns = [*COLUMNS, "store", "file"]
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return ReadFile(file.name, content, frame, unreadable)


def _records(lines: list[bytes]) -> Iterator[bytes]:
    """Join the lines of a quoted line break; a quote that is never closed joins nothing."""
    place = 0
    while place < len(lines):
        end = place
        if lines[place].count(b'"') % 2:
            later = (n for n in range(place + 1, len(lines)) if lines[n].count(b'"') % 2)
            end = next(later, place)
        yield b"\n".join(lines[place : end + 1])
        place = end + 1


def _values(line: bytes) -> list[object]:
    text = line.decode("utf-8")
    if "\ufffd" in text or text.count('"') % 2:
        raise ValueError("damaged")
    [fields] = csv.reader([text], strict=True)
    invoice, code, description, quantity, at, price, customer, country = fields
    if not WHOLE.fullmatch(quantity) or not MONEY.fullmatch(price):
        raise ValueError("no number")
    if not invoice or not code or len(description.encode()) > 65_536:
        raise ValueError("empty or endless")
    moment = datetime.strptime(at, "%d/%m/%Y %H:%M")
    known = customer.strip(" \u00a0\u200b")
    person = None if known.lower() in NOBODY else known
    return [invoice, code, description, int(quantity), moment, Decimal(price), person, country]


def current_files(files: dict[str, ReadFile]) -> list[ReadFile]:
    """Leave out what a numbered correction replaces."""
    newest: dict[tuple[str, str], int] = {}
    for file in files.values():
        newest[file.delivery] = max(file.revision, newest.get(file.delivery, 0))
    return [file for file in files.values() if file.revision == newest[file.delivery]]


def judged(files: Iterable[ReadFile]) -> pd.DataFrame:
    """Return all rows of the files, with amounts, entity, and why a row does not count."""
    rows = pd.concat([file.rows for file in files], ignore_index=True)
    rows["amount"] = [q * p for q, p in zip(rows["quantity"], rows["price"], strict=True)]
    rows["day"] = [moment.date() for moment in rows["at"]]
    rows["order"] = rows["day"].astype(str) + "/" + rows["store"] + " " + rows["invoice"]
    rows["is_refund"] = rows["invoice"].str.startswith("C")
    rows["reason"] = [_reason(row) for row in rows.itertuples()]
    return rows


def _reason(row: object) -> str | None:
    invoice, code = row.invoice, row.code  # type: ignore[attr-defined]
    description, quantity = row.description, row.quantity  # type: ignore[attr-defined]
    if invoice.startswith("C"):
        return "refund taken back" if quantity > 0 else None
    if invoice.startswith("R"):
        return "bad debt"
    if code.startswith("TEST"):
        return "test order"
    if description == "CANCELLED":
        return "cancelled"
    return "stock correction" if quantity < 0 else None


def set_aside(rows: pd.DataFrame) -> dict[str, tuple[int, Decimal]]:
    """Return rows and money by reason."""
    aside = rows[rows["reason"].notna()]
    return {
        reason: (len(group), sum(group["amount"], Decimal(0)))
        for reason, group in aside.groupby("reason")
    }


def by_day(rows: pd.DataFrame, last: date) -> dict[date, tuple[object, ...]]:
    """Return each day's figures, up to a day: the columns of ``kpi_days``, in its order.

    gross, refunds, net, those of guests, orders, those of guests, customers, new customers.
    """
    counted = rows[rows["reason"].isna()]
    lines, refunds = counted[~counted["is_refund"]], counted[counted["is_refund"]]
    known = lines[lines["customer"].notna()]
    first_days = known.groupby("customer")["day"].min()
    figures: dict[date, tuple[object, ...]] = {}
    day = counted["day"].min()
    while day <= last:
        sold, back = lines[lines["day"] == day], refunds[refunds["day"] == day]
        guests = sold[sold["customer"].isna()]
        gross, paid_back = _sum(sold), -_sum(back)
        figures[day] = (
            gross, paid_back, gross - paid_back, _sum(guests),
            sold["order"].nunique(), guests["order"].nunique(),
            sold["customer"].nunique(), int((first_days == day).sum()),
        )  # fmt: skip
        day += timedelta(days=1)
    return figures


def by_customer(rows: pd.DataFrame, last: date) -> dict[str, tuple[object, ...]]:
    """Return each customer's totals.

    Orders, money, money paid back, first and last day, orders of 30 days and money of 90 days.
    """
    counted = rows[rows["reason"].isna() & rows["customer"].notna()]
    figures: dict[str, tuple[object, ...]] = {}
    for customer, own in counted.groupby("customer"):
        lines, refunds = own[~own["is_refund"]], own[own["is_refund"]]
        month = lines[lines["day"] > last - timedelta(days=30)]
        quarter = lines[lines["day"] > last - timedelta(days=90)]
        figures[str(customer)] = (
            lines["order"].nunique(), _sum(lines), -_sum(refunds),
            lines["day"].min() if len(lines) else None, lines["day"].max() if len(lines) else None,
            month["order"].nunique(), _sum(quarter),
        )  # fmt: skip
    return figures


def product_names(rows: pd.DataFrame) -> dict[str, str]:
    """Return what each product was called last, on a line with a price that was not cancelled."""
    sold = rows[(rows["quantity"] > 0) & (rows["price"] > 0) & (rows["description"] != "CANCELLED")]
    last = sold.sort_values("day", kind="stable").groupby("code")["description"].last()
    return {code: re.sub(r"\s+", " ", name).strip() for code, name in last.items()}


def _sum(rows: pd.DataFrame) -> Decimal:
    return sum(rows["amount"], Decimal(0))
