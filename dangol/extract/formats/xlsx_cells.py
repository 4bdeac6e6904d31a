"""Reads the cells of a sheet as text: numbers with 15 digits, dates by the cell's format.

The sheet is parsed here, row by row, because openpyxl does not tell a formula without a stored
value from an empty cell, and stops at a value that it can't convert.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from openpyxl.cell.text import Text
from openpyxl.utils.datetime import from_excel
from openpyxl.xml.constants import SHEET_MAIN_NS

NUMBER, DATE, TEXT = "n", "d", "t"

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DIGITS = 15
_SECONDS_OF_DAY = 86_400


class Row(NamedTuple):
    """One row of a sheet that has a cell.

    Parameters
    ----------
    number
        As the spreadsheet shows it.
    texts
        Of its cells from the first column on; None where it is empty.
    kinds
        `NUMBER`, `DATE` or `TEXT` of each cell.
    problem
        Why it can't be read, or empty.
    """

    number: int
    texts: list[str | None]
    kinds: str
    problem: str = ""


class Styles(NamedTuple):
    """What a sheet needs of its workbook.

    Parameters
    ----------
    strings
        To which cells refer by number.
    dates, durations
        The styles of cells that show their number as a date, or as a length of time.
    epoch
        The day that has the number 0.
    """

    strings: Sequence[str]
    dates: frozenset[int]
    durations: frozenset[int]
    epoch: datetime.datetime


def read_rows(source: IO[bytes], styles: Styles, most_columns: int) -> Iterator[Row]:
    """Read a sheet.

    Parameters
    ----------
    source
        Its XML.
    most_columns
        A row with a value in a later column has a problem.

    Yields
    ------
    Row
        In the order of the sheet.
    """
    row_tag, data_tag = _tag("row"), _tag("sheetData")
    number = 0
    root: Element | None = None
    for event, element in iterparse(source, events=("start", "end")):  # noqa: S314 - as above
        if event == "start":
            root = element if element.tag == data_tag else root
        elif element.tag == row_tag:
            number = _whole(element.get("r"), number + 1)
            yield _row(element, number, styles, most_columns)
            if root is not None:
                root.clear()
        elif element.tag == data_tag:
            return


def _row(element: Element, number: int, styles: Styles, most_columns: int) -> Row:
    texts: list[str | None] = []
    kinds: list[str] = []
    problem = ""
    column = 0
    for cell in element.iter(_tag("c")):
        column = _column(cell.get("r"), column + 1)
        if column > most_columns:
            problem = problem or f"it has a value behind column {most_columns:,}"
            break
        text, kind = _cell(cell, styles)
        if text is None and cell.find(_tag("f")) is not None and not _has_value(cell):
            problem = problem or (
                f"the formula in column {column} has no stored value: open and save the workbook "
                "in a spreadsheet program"
            )
        while len(texts) < column - 1:
            texts.append(None)
            kinds.append(TEXT)
        texts.append(text)
        kinds.append(kind)
    return Row(number, texts, "".join(kinds), problem)


def _cell(cell: Element, styles: Styles) -> tuple[str | None, str]:
    """Return a cell's text and its kind; an error's text is its name, such as ``#N/A``."""
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        child = cell.find(_tag("is"))
        return (None if child is None else Text.from_tree(child).content or None), TEXT
    value = cell.findtext(_tag("v"))
    if value is None or (not value and kind != "str"):
        return None, TEXT
    if kind == "n":
        return _number(value, _whole(cell.get("s"), 0), styles)
    if kind == "s":
        place = _whole(value, -1)
        is_known = 0 <= place < len(styles.strings)
        return (styles.strings[place] or None) if is_known else "#REF!", TEXT
    if kind == "b":
        return ("true" if value.strip() in {"1", "true"} else "false"), TEXT
    if kind == "d":
        return value.removesuffix("Z"), DATE
    return value or None, TEXT


def _number(value: str, style: int, styles: Styles) -> tuple[str, str]:
    value = value.strip()
    if not _NUMBER.fullmatch(value):
        return value, TEXT
    try:
        text = _with_15_digits(value)
        if style not in styles.dates:
            return text, NUMBER
        if style in styles.durations:
            return _duration(float(value)), TEXT
        moment: Any = from_excel(float(value), styles.epoch)
    except (ValueError, OverflowError):
        return value, TEXT
    if isinstance(moment, datetime.datetime):
        return moment.isoformat(), DATE
    return moment.isoformat(), TEXT  # a time of day


def _with_15_digits(value: str) -> str:
    """Return a number as the spreadsheet shows it: it stores a little more or less."""
    # a whole number keeps all its digits: a spreadsheet program would not have written more
    if value.removeprefix("-").isdecimal() and value.isascii():
        return value
    text = format(float(value), f".{_DIGITS}g")
    return format(Decimal(text), "f") if "e" in text else text


def _duration(days: float) -> str:
    seconds = round(days * _SECONDS_OF_DAY)
    sign, seconds = "-" if seconds < 0 else "", abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _has_value(cell: Element) -> bool:
    """Return whether a formula's value is an empty text, which is stored too."""
    return cell.get("t") == "str" and cell.find(_tag("v")) is not None


def _column(reference: str | None, otherwise: int) -> int:
    """Return the number of a cell's column, 1 for A."""
    number = 0
    for letter in reference or "":
        if not "A" <= letter.upper() <= "Z":
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number or otherwise


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else otherwise


def _tag(name: str) -> str:
    return f"{{{SHEET_MAIN_NS}}}{name}"
