"""Finds in DuckDB's messages what is wrong with a model, and where."""

from __future__ import annotations

import re
from pathlib import Path

ABOUT_SQL = re.compile(r"(?:Parser|Binder|Catalog) Error: [^\n]+")
"""What a message says of a query, whatever its rows are."""

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
