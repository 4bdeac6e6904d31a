"""A query's rows as text: a table, CSV, JSON or Markdown."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from dangol.tables import Numeral, render_table

FORMATS = ("table", "csv", "json", "markdown")

Rows = Iterable[Sequence[Any]]


def render(kind: str, names: Sequence[str], rows: Rows) -> Iterator[str]:
    """Render rows, piece by piece as they come; a table at once, because of its widths.

    Parameters
    ----------
    kind
        One of `FORMATS`.

    Returns
    -------
    iterator of str
        To be joined as they are.
    """
    writers = {"csv": _csv, "json": _json, "markdown": _markdown, "table": _table}
    return writers[kind](names, rows)


def render_for_terminal(names: Sequence[str], rows: Sequence[Sequence[Any]], width: int) -> str:
    """Render rows as a table, or below each other where that is too wide; nothing is cut off."""
    from rich.cells import cell_len

    shown = [[_shown(value) for value in row] for row in rows]
    table = render_table(names, shown, width)
    if all(cell_len(line) <= width for line in table.splitlines()):
        return table + "\n"
    parts = [
        render_table(
            [f"row {number}", ""],
            (
                (name, "-" if value is None else str(value))
                for name, value in zip(names, row, strict=True)
            ),
            width,
        )
        for number, row in enumerate(shown, start=1)
    ]
    return "\n\n".join(parts) + "\n"


def _table(names: Sequence[str], rows: Rows) -> Iterator[str]:
    if names:
        yield render_table(names, ([_shown(value) for value in row] for row in rows)) + "\n"


def _csv(names: Sequence[str], rows: Rows) -> Iterator[str]:
    """RFC 4180 with line feeds; no value is an empty field."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for row in chain([names] if names else [], rows):
        writer.writerow(["" if value is None else _text(value) for value in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _json(names: Sequence[str], rows: Rows) -> Iterator[str]:
    """Render an array of objects, one a line, whose numbers keep all their digits."""
    keys = [json.dumps(name, ensure_ascii=False) for name in _told_apart(names)]
    start = "["
    for row in rows:
        pairs = (f"{key}: {_as_json(value)}" for key, value in zip(keys, row, strict=True))
        yield f"{start}\n{{{', '.join(pairs)}}}"
        start = ","
    yield "[]\n" if start == "[" else "\n]\n"


def _markdown(names: Sequence[str], rows: Rows) -> Iterator[str]:
    def line(cells: Iterable[str]) -> str:
        plain = (" ".join(cell.replace("|", "\\|").splitlines()) for cell in cells)
        return "| " + " | ".join(plain) + " |\n"

    if names:
        yield line(names)
        yield line("---" for _ in names)
    for row in rows:
        yield line("" if value is None else _text(value) for value in row)


def _told_apart(names: Sequence[str]) -> list[str]:
    """Return names with a number where one comes again: an object has each key once."""
    made: list[str] = []
    for name in names:
        number, own = 1, name
        while own in made:
            number += 1
            own = f"{name}_{number}"
        made.append(own)
    return made


def _shown(value: Any) -> Any:
    """Return a value for a table: as CSV has it, numbers to the right."""
    if value is None:
        return None
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Numeral(_text(value)) if is_number else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return _as_json(value)
    return str(value)


def _as_json(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_as_json, value))}]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key), ensure_ascii=False)}: {_as_json(each)}"
                 for key, each in value.items())  # fmt: skip
        return f"{{{', '.join(pairs)}}}"
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "null"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(_text(value), ensure_ascii=False)
