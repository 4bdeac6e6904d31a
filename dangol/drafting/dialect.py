"""Finds out how a CSV file is written: its marks, and where its header and its totals are."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, takewhile
from pathlib import Path

import duckdb

from dangol.build.warehouse import open_scratch
from dangol.drafting.meanings import known_meaning
from dangol.drafting.null_words import NULL_WORDS
from dangol.drafting.samples import SampleError

TOTALS = ("합계", "총계", "소계", "누계", "총합계", "Grand total", "Grand Total", "Total", "TOTAL",
          "Totals", "Subtotal", "Sum", "Summe", "Gesamt", "Gesamtsumme", "合計")  # fmt: skip
_LOOKED_AT = 2_000
_NUMBER = re.compile(r"[-+(]?[₩$€£¥]?\s?[\d.,' ]*\d[\d.,' ]*[)%]?")
_MOMENT = re.compile(r"\d{1,4}[-/.년]\s?\d{1,2}[-/.월].*|\d{1,2}:\d{2}.*")
_VALUE = re.compile(r".*@.*\..*|.*\d{5,}.*|.*\d{3}-\d{4}.*|\{.*")


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written; its facts are those of a contract's format.

    Parameters
    ----------
    header
        The names of the columns.
    total
        The first field of a row of totals, with a colon up to it, or empty.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    comment: str = ""
    skip_lines: int = 0
    header_rows: int = 1
    header: tuple[str, ...] = ()
    total: str = ""


def sniff(path: Path, name: str) -> Dialect:
    """Find out how a text is written.

    Parameters
    ----------
    path
        A copy in UTF-8.
    name
        Of the file, for messages.

    Returns
    -------
    Dialect
        As far as its first lines show.

    Raises
    ------
    SampleError
        If it has no header, or no columns.
    """
    if re.search(r"\.log(\.gz)?$", name, re.IGNORECASE):
        raise SampleError(
            f"{name} is a log, whose lines only a pattern splits: write its contract by hand, with "
            "format text and a linePattern (docs/landing.md)"
        )
    with path.open(encoding="utf-8", newline="") as text:
        lines = list(islice(text, _LOOKED_AT))
    delimiter, quote, escape = _marks(path, lines)
    is_name = lines and lines[0].count(delimiter) == lines[-1].count(delimiter)
    comment = "#" if _has_comments(path, delimiter) and not is_name else ""
    rows = _records(lines, delimiter, quote, escape, comment)
    if not rows:
        raise SampleError(f"{name} contains only blank lines, not even a header")
    found = locate_header(rows, name)
    return replace(
        found, delimiter=delimiter, quote=quote, escape=escape, comment=comment,
        total=_total(path, delimiter, quote),
    )  # fmt: skip


def locate_header(rows: Sequence[tuple[int, list[str]]], name: str) -> Dialect:
    """Find the header among the first rows of a file or a sheet.

    Parameters
    ----------
    rows
        Their number, from 1, and their fields; none is empty.
    name
        Of the file, for messages.

    Returns
    -------
    Dialect
        With the header, and the lines before it.

    Raises
    ------
    SampleError
        If there is none.
    """
    place = _header_place(rows)
    number, fields = rows[place]
    count = _header_rows(rows, place)
    if not _is_header(fields) or _comes_again(fields, rows[place + count :]):
        raise SampleError(
            f"{name} has no header: the fields of line {number} are values. A contract finds "
            "columns by their names: ask for the export with a header line"
        )
    skipped = number - 1 if place else 0
    return Dialect(skip_lines=skipped, header_rows=count, header=tuple(fields))


def _marks(path: Path, lines: Sequence[str]) -> tuple[str, str, str]:
    """Return delimiter, quote and escape: DuckDB's, or the most regular ones."""
    text = "".join(lines)
    counted = _most_regular(lines)
    try:
        with open_scratch() as connection:
            ((delimiter, escape),) = connection.execute(
                "select Delimiter, Escape from sniff_csv(?, sample_size = 20480)", [str(path)]
            ).fetchall()
    except duckdb.Error:
        delimiter, escape = counted, '"'
    if delimiter not in ",;\t|~^:" or (counted and delimiter == ":"):
        delimiter = counted or ","
    first = next((line for line in lines if line.strip()), "")
    if counted and counted in first and delimiter not in first:
        delimiter = counted  # a decimal comma, say, in a file with a torn row
    if counted and delimiter not in text:
        delimiter = counted
    quoted = re.search(rf"(^|{re.escape(delimiter)})\"", text, re.MULTILINE)
    return delimiter, '"', "\\" if escape == "\\" and quoted and '\\"' in text else '"'


def _most_regular(lines: Sequence[str]) -> str:
    """Return the mark that is in most lines, equally often in each; empty if there is none."""
    best, score = "", 0.0
    for mark in ",;\t|~^":
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if row)
        if not counts:
            continue
        width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
        share = times / sum(counts.values()) * min(width, 12)
        if width > 1 and share > score:
            best, score = mark, share
    return best


def _records(
    lines: Sequence[str], delimiter: str, quote: str, escape: str, comment: str
) -> list[tuple[int, list[str]]]:
    """Return the first records, each with the number of its first line; blank ones too."""
    found: list[tuple[int, list[str]]] = []
    options = {"escapechar": escape} if escape != quote else {}
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote, **options)  # type: ignore[arg-type]
    line = 1
    for fields in reader:
        is_comment = comment and fields and fields[0].lstrip("\ufeff").startswith(comment)
        cleaned = [field.strip("\ufeff") for field in fields]
        if any(field.strip() for field in cleaned) and not is_comment:
            found.append((line, cleaned))
        line = reader.line_num + 1
    return found


def _header_place(rows: Sequence[tuple[int, list[str]]]) -> int:
    """Return which record is the header: the first as wide as the rows, with names in it."""
    widths = Counter(len(row) for _, row in rows)
    usual = max(widths, key=lambda width: (widths[width], width))
    named = Counter(_named(row) for _, row in rows)
    least = max(named, key=lambda count: (named[count], count))
    for place, (_, row) in enumerate(rows[:100]):
        if len(row) < usual or _named(row) < max(2 if usual > 1 else 1, least * 0.6):
            continue
        following = rows[place + 1][1] if place + 1 < len(rows) else []
        is_grouped = _named(row) < _named(following) and _is_header(following)
        if is_grouped and len(rows) > place + 2 and not _is_header(rows[place + 2][1]):
            continue
        return place
    return 0


def _named(row: Sequence[str]) -> int:
    return sum(bool(field.strip()) for field in row)


def _is_header(fields: Sequence[str]) -> bool:
    """Return whether fields are names: no numbers, times, addresses or phones."""
    texts = [field.strip() for field in fields if field.strip()]
    values = sum(
        bool(_NUMBER.fullmatch(text) or _MOMENT.fullmatch(text) or _VALUE.fullmatch(text))
        for text in texts
    )
    return bool(texts) and values == 0


def _comes_again(fields: Sequence[str], below: Sequence[tuple[int, list[str]]]) -> bool:
    """Return whether a name is a value of its own column, too, and none is a usual name."""
    return not any(map(known_meaning, fields)) and any(
        name.strip() and name == value
        for _, row in below
        if list(row) != list(fields)
        for name, value in zip(fields, row, strict=False)
    )


def _header_rows(rows: Sequence[tuple[int, list[str]]], place: int) -> int:
    """Return how many rows the header has: those below it that describe it, as surveys have."""
    count = 1
    body = rows[place + 1 : place + 200]
    typical = [row for _, row in body[3:]] or [row for _, row in body[1:]]
    for _, row in body[:2]:
        if len(row) < len(rows[place][1]) * 0.6 or not typical:
            break
        numeric = [
            nth for nth in range(len(row))
            if sum(nth < len(each) and bool(_NUMBER.fullmatch(each[nth].strip()) or
                   _MOMENT.fullmatch(each[nth].strip())) for each in typical) > len(typical) / 2
        ]  # fmt: skip
        is_imported = all(field.startswith("{") for field in row if field)
        has_no_number = numeric and not any(
            _NUMBER.fullmatch(row[nth].strip()) or _MOMENT.fullmatch(row[nth].strip())
            for nth in numeric
        )
        filled = all(
            nth < len(row) and row[nth].strip() and row[nth].strip() not in NULL_WORDS
            for nth in numeric
        )
        if not (is_imported or (has_no_number and filled)):
            break
        count += 1
    return count


def _has_comments(path: Path, delimiter: str) -> bool:
    """Return whether a file begins with comments, and no row begins like one."""
    with path.open(encoding="utf-8", newline="") as text:
        marked = (line.lstrip("\ufeff").startswith("#") for line in text)
        before = sum(1 for _ in takewhile(bool, marked))
    with path.open(encoding="utf-8", newline="") as text:
        rest = islice(text, before, None)
        return before > 0 and not any(line.startswith("#") and delimiter in line for line in rest)


def _total(path: Path, delimiter: str, quote: str) -> str:
    """Return the first field of a row of totals: such a word alone, or before a colon; or empty."""
    words = "|".join(map(re.escape, sorted(TOTALS, key=len, reverse=True)))
    pattern = re.compile(
        rf"{quote}?\s*((?:{words})\s?:?)(?:(?<=:)[^{re.escape(delimiter)}{quote}]*)?\s*{quote}?{re.escape(delimiter)}"
    )
    with path.open(encoding="utf-8", newline="") as text:
        return next((match[1] for match in map(pattern.match, text) if match), "")
