"""Finds in DuckDB's messages what is wrong with a model and where, and what may quote a value."""

from __future__ import annotations

import re
from pathlib import Path

ABOUT_SQL = re.compile(r"(?:Parser|Binder|Catalog) Error: [^\n]+")
"""What a message says of a query, whatever its rows are."""

WITHHELD = "its text is withheld, as it may quote a value"

_ABOUT_CODE = re.compile(r"(?:Compilation|Parsing) Error")
_AN_ERROR = re.compile(r"[Ee]rror")
_WITH_TEXT = re.compile(r"([Ee]rror): .*")
_QUOTED_LINE = re.compile(r"^\s*LINE \d+: (?:\.\.\.)?(.+?)(?:\.\.\.)?$", re.MULTILINE)


def quoted_line(file: Path, message: str) -> int | None:
    """Find the line that DuckDB quotes; it counts in the compiled SQL, which nobody edits."""
    quoted = _QUOTED_LINE.search(message)
    if not quoted or not file.is_file():
        return None
    text = quoted[1].strip()
    lines = file.read_text(encoding="utf-8").splitlines()
    found = [number for number, line in enumerate(lines, 1) if text in line or line.strip() == text]
    return found[0] if len(found) == 1 else None


def without_values(message: str) -> str:
    """Return a message of dbt's or DuckDB's without what it may quote of a row.

    Returns
    -------
    str
        Of an error that is not about SQL the first line, up to the error's own text.
    """
    if not _AN_ERROR.search(message) or ABOUT_SQL.search(message) or _ABOUT_CODE.search(message):
        return message
    first, *others = message.strip("\n").split("\n")
    told = _WITH_TEXT.sub(rf"\1: {WITHHELD}", first)
    return f"{told}\n  {WITHHELD}" if any(map(str.strip, others)) else told
