"""Which rows of a plain file must be examined although DuckDB could read them, in SQL.

A file with one such row is read record by record. So a condition may hold for too many rows, but
must not miss one.
"""

from __future__ import annotations

import re

from dangol.contracts.model import AROUND_FIELDS, Column, Stream
from dangol.extract import columns, values
from dangol.extract.header import Layout

_SAME_IN_BOTH = re.compile(r"(?:\\[^\w\s]|[^\\(){]|\((?!\?)|\(\?:|\))*")
"""Regular expressions that mean the same to Python and to DuckDB: no classes, flags or looking."""

_DIFFERENT = re.compile(r"\[:|[*+?]\+")


def of(stream: Stream, layout: Layout) -> tuple[str, list[str]]:
    """Return the condition of a row of ``parsed`` that must be examined.

    Returns
    -------
    tuple of (str, list of str)
        In SQL, and the values of its parameters.
    """
    form = stream.format
    casts = set(columns.cast_places(layout, form))
    conditions = [rule.condition for rule in columns.rules(stream, layout, is_typed=False)]
    parameters: list[str] = []
    for place, column in enumerate(layout.columns):
        # DuckDB reads words such as 'infinity' as this day, so the text must be checked
        if column is not None and column.sql_type in {"DATE", "TIMESTAMP"} and place not in casts:
            conditions.append(f"c{place} = '1900-01-01'::{column.sql_type}")
    conditions += [f"c{place} is not null" for place in sorted(layout.unnamed)]
    if not any(column and column.required for column in layout.columns):
        empty = " and ".join(f"c{place} is null" for place in range(len(layout.columns)))
        conditions.append(f"({empty})")
    if not any(map(_breaks_its_type, layout.columns, layout.header)):
        texts = [
            place
            for place, column in enumerate(layout.columns)
            if _is_text(column) and layout.header[place]
        ]
        same = " and ".join(f"c{place} = ?" for place in texts)
        conditions.append(f"({same or 'true'})")
        parameters += [layout.header[place] for place in texts]
    if form.totals_row:
        name = "t0" if 0 in casts else "c0"
        if _is_simple(form.totals_row):
            conditions.append(f"regexp_full_match(trim(coalesce({name}, ''), ?), ?)")
            parameters += [AROUND_FIELDS, form.totals_row.pattern]
        else:
            conditions.append("true")
    return " or ".join(conditions) or "false", parameters


def _is_text(column: Column | None) -> bool:
    return column is None or column.sql_type == "VARCHAR"


def _breaks_its_type(column: Column | None, name: str) -> bool:
    """Return whether a column's own name can't be one of its values: a header is noticed then."""
    if column is None:
        return False
    if values.read_decimals(column) is not None:
        return bool(re.search(r"[^\d\s.,+\-_eE]", name))
    return column.sql_type in {"DATE", "TIMESTAMP"} and not re.search(r"\d", name)


def _is_simple(pattern: re.Pattern[str]) -> bool:
    flags = pattern.flags & ~re.UNICODE
    text = pattern.pattern
    return not flags and bool(_SAME_IN_BOTH.fullmatch(text)) and not _DIFFERENT.search(text)
