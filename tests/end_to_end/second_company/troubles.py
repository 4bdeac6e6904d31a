"""What is wrong with the exports of the made-up shop: rows and days, each with a name.

The tests assert what becomes of each by its name. All of it was seen in real invoice files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.end_to_end.second_company.exports import (
    HEADER,
    STORES,
    account_files,
    invoice_file,
    land,
    lines_of,
    open_days,
    write_csv,
)

DAYS = open_days()
FIRST_NIGHT, CLOSED_NIGHT, SECOND_NIGHT = date(2025, 12, 5), date(2025, 12, 6), date(2025, 12, 7)
"""A Friday, on which the whole history is loaded, a Saturday and a Sunday."""

UNREADABLE, SET_ASIDE, COUNTED, NO_ROW = "quarantined", "set aside", "current", "skipped"


@dataclass(frozen=True)
class Trouble:
    """A row at the end of a file, or a few of them.

    Parameters
    ----------
    row
        As it is written, without a line end; ``{day}`` is the file's day.
    becomes, reason
        What becomes of it, and why; of a row that counts, in which entity.
    """

    name: str
    row: str | bytes
    becomes: str
    reason: str = ""


TROUBLES = (
    # rows that can't be read
    Trouble("too few columns", "590001,21000,LANTERN,1,{day} 18:00,1.25", UNREADABLE,
            "it has too few fields: 6 instead of 8"),
    Trouble("a comma without quotes", "590002,21000,LANTERN, RED,1,{day} 18:00,1.25,12345,Norway",
            UNREADABLE, "it has too many fields: 9 instead of 8"),
    Trouble("text in a number", "590003,21000,LANTERN,six,{day} 18:00,1.25,12345,Norway",
            UNREADABLE, "quantity does not fit its type BIGINT"),
    Trouble("half a lantern", "590004,21000,LANTERN,0.5,{day} 18:00,1.25,12345,Norway",
            UNREADABLE, "quantity has more digits than its type BIGINT keeps"),
    Trouble("an impossible date", "590005,21000,LANTERN,1,30/02/2025 18:00,1.25,12345,Norway",
            UNREADABLE, "invoice_date does not fit its type TIMESTAMP"),
    Trouble("a month before the day", "590006,21000,LANTERN,1,12/31/2025 18:00,1.25,12345,Norway",
            UNREADABLE, "invoice_date does not fit its type TIMESTAMP"),
    Trouble("a year of two digits", "590007,21000,LANTERN,1,05/01/25 18:00,1.25,12345,Norway",
            UNREADABLE, "invoice_date is before the year 1000"),
    Trouble("a bad byte", "590008,21000,CAFÉ TIN,1,05/01/2025 18:00,1.25,12345,Norway".encode(
            "latin-1"), UNREADABLE, "description contains U+FFFD, which marks lost characters"),
    Trouble("a lost character", "590009,21000,CAF\ufffd,1,{day} 18:00,1.25,12345,Norway",
            UNREADABLE, "description contains U+FFFD, which marks lost characters"),
    Trouble("a quote that stays open", '590010,21000,"LANTERN,1,{day} 18:00,1.25,12345,Norway',
            UNREADABLE, "a quote is opened and not closed"),
    Trouble("text after a quote", '590011,21000,"LANTERN" RED,1,{day} 18:00,1.25,12345,Norway',
            UNREADABLE, "text follows a closing quote"),
    Trouble("a price beyond all digits",
            "590012,21000,LANTERN,1,{day} 18:00,123456789012345678.00,12345,Norway",
            UNREADABLE, "price has more digits than its type DECIMAL(18,4) keeps"),
    Trouble("a price finer than money", "590013,21000,LANTERN,1,{day} 18:00,1.23456,12345,Norway",
            UNREADABLE, "price has more digits than its type DECIMAL(18,4) keeps"),
    Trouble("no price", "590014,21000,LANTERN,1,{day} 18:00,,12345,Norway",
            UNREADABLE, "price is required and empty"),
    Trouble("not a number", "590015,21000,LANTERN,1,{day} 18:00,NaN,12345,Norway",
            UNREADABLE, "price does not fit its type DECIMAL(18,4)"),
    Trouble("an endless description", f"590016,21000,{'LANTERN ' * 8200},1,{{day}} 18:00,1.25,,",
            UNREADABLE, "description is longer than 65,536 bytes"),
    # rows that are read and do not count
    Trouble("a bad debt", "R590020,B,Adjust bad debt,1,{day} 18:00,-11062.06,,United Kingdom",
            SET_ASIDE, "bad debt"),
    Trouble("a test order", "590021,TEST001,This is a test product.,5,{day} 18:00,4.5,12345,Norway",
            SET_ASIDE, "test order"),
    Trouble("a cancelled line", "590022,21001,CANCELLED,2,{day} 18:00,3.75,12345,Norway",
            SET_ASIDE, "cancelled"),
    Trouble("a stock correction", "590023,21001,damaged,-30,{day} 18:00,0,,United Kingdom",
            SET_ASIDE, "stock correction"),
    Trouble("a refund that was taken back", "C590024,21001,LANTERN,2,{day} 18:00,3.75,12345,Norway",
            SET_ASIDE, "refund taken back"),
    # rows that count
    Trouble("a discount", "C590030,D,Discount,-1,{day} 18:00,27.50,12345,Norway",
            COUNTED, "refunds"),
    Trouble("a free gift", "590031,21002,LANTERN,1,{day} 18:00,0,12359,Norway",
            COUNTED, "order_lines"),
    Trouble("a great many for next to nothing",
            "590032,PADS,PADS TO MATCH ALL CUSHIONS,80995,{day} 18:00,0.001,12366,Norway",
            COUNTED, "order_lines"),
    Trouble("a description of two lines",
            '590033,21003,"TEA TOWEL\r\n""HOME, SWEET HOME""",1,{day} 18:00,2.55,12359,Norway',
            COUNTED, "order_lines"),
    Trouble("spaces around an id",
            "590034,21003,TEA TOWEL,1,{day} 18:00,2.55,\u00a012373 ,Norway",
            COUNTED, "order_lines"),
    # lines that are no rows
    Trouble("the header again", ",".join(HEADER), NO_ROW),
    Trouble("padding of a spreadsheet", ",,,,,,,", NO_ROW),
)  # fmt: skip

DAY_OF = {trouble.name: DAYS[8 + 9 * place] for place, trouble in enumerate(TROUBLES)}
"""On which day each is at the end of the file of the harbour store."""


def trouble_file(name: str) -> str:
    """Return the name of the file that has a trouble."""
    return f"invoices_harbour_{DAY_OF[name]}.csv"


def _with_troubles(store: str, day: date) -> tuple[str, bytes]:
    name, content = invoice_file(store, day)
    for trouble in TROUBLES:
        if store == "harbour" and DAY_OF[trouble.name] == day:
            row = trouble.row
            if isinstance(row, str):
                row = row.replace("{day}", day.strftime("%d/%m/%Y")).encode()
            content += row + b"\r\n"
    return name, content


# what happens to whole files
LATE = ("station", DAYS[250])
"""This file arrives a month late, on the second night."""
CORRECTED = ("station", DAYS[200])
"""This one arrives again under its own name, without its last line."""
NUMBERED = ("harbour", DAYS[210])
"""To this one there is a numbered correction, in which every quantity is one more."""
DUPLICATE = ("harbour", DAYS[220])
"""This one comes again as a correction without a change."""


def first_night_files(landing: Path) -> None:
    """Land everything up to the first night, but the late file."""
    for name, content in account_files(FIRST_NIGHT):
        land(landing / "accounts", name, content)
    for day in DAYS:
        for store in STORES:
            if day <= FIRST_NIGHT and (store, day) != LATE:
                land(landing / "invoices", *_with_troubles(store, day))


def second_night_files(landing: Path) -> None:
    """Land what arrives on the second night: its own files, corrections and the late file."""
    invoices = landing / "invoices"
    for store in STORES:
        land(invoices, *_with_troubles(store, SECOND_NIGHT))
    land(invoices, *_with_troubles(*LATE))
    name, content = _with_troubles(*CORRECTED)
    lines = content.splitlines(keepends=True)
    land(invoices, name, b"".join(lines[:-1]))
    store, day = NUMBERED
    more = [line.fields() for line in lines_of(store, day)]
    for fields in more:
        quantity = int(fields[3])
        fields[3] = f"{quantity + (1 if quantity > 0 else -1)}"
    land(invoices, f"invoices_{store}_{day}_r1.csv", write_csv(HEADER, more))
    store, day = DUPLICATE
    land(invoices, f"invoices_{store}_{day}_r1.csv", _with_troubles(store, day)[1])
