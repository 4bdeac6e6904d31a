"""How the columns of a file become typed columns of the lake, as SQL.

Files are read by position (``c0``, ``c1``, …), so no text of a header ever enters SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from dangol.contracts.control_totals import amount_is_too_large, columns_in
from dangol.contracts.model import EPOCHS, Column, Format, Stream
from dangol.extract import values
from dangol.extract.composed import composed
from dangol.extract.header import Layout
from dangol.extract.number_texts import literal

LONGEST_LINE = 16 << 20
"""In bytes, of what DuckDB reads as CSV."""


class Rule(NamedTuple):
    """A rule that a row which DuckDB could read may still break.

    Parameters
    ----------
    reason
        Why a row is quarantined.
    condition
        In SQL, true for such a row.
    """

    column: Column
    reason: str
    condition: str


def csv_rows(
    stream: Stream, layout: Layout, paths: Sequence[Path]
) -> tuple[str, list[str | list[str]]]:
    """Return a query of the rows of plain files, without those that do not fit their types.

    Parameters
    ----------
    layout
        The columns that all the files have. Those that DuckDB can't read into their type by itself
        are texts too, as ``t0``, ``t1``, …
    paths
        In each, as many lines before the rows as the contract says.

    Returns
    -------
    tuple of (str, list)
        The columns ``c0``, ``c1``, … with ``_path`` and ``_place``, which counts the rows of all
        files in their order if the connection keeps insertion order; and the parameters' values.
    """
    form = stream.format
    casts = cast_places(layout, form)
    types = {
        f"t{place}" if place in casts else f"c{place}": (
            "VARCHAR" if place in casts else values.reading_type(column, is_wide=False)
        )
        for place, column in enumerate(layout.columns)
    }
    listed = ", ".join(f"'{name}': '{sql_type}'" for name, sql_type in types.items())
    cast = "".join(
        f", {values.typed(layout.columns[place], form, f't{place}')} as c{place}" for place in casts
    )
    nulls = ", ".join(map(literal, values.null_words(form)))
    query = f"""
        select *{cast}, row_number() over () as _place
        from read_csv(
            ?, columns = {{{listed}}}, header = false, skip = {head_lines(form)},
            auto_detect = false, filename = '_path',
            delim = ?, quote = ?, escape = ?, nullstr = [{nulls}],
            dateformat = ?, timestampformat = ?,
            max_line_size = {LONGEST_LINE}, buffer_size = {LONGEST_LINE}, ignore_errors = true
        )
        """
    return query, [
        [str(path) for path in paths],
        form.delimiter,
        form.quote,
        form.quote,  # an escape of another kind is read record by record
        _strptime_or(form.date_format, "%Y-%m-%d"),
        _strptime_or(form.timestamp_format, "%Y-%m-%d %H:%M:%S"),
    ]


def head_lines(form: Format) -> int:
    """Return the number of lines before the rows of a plain file."""
    return form.skip_lines + form.header_rows


def type_texts(
    connection: duckdb.DuckDBPyConnection, stream: Stream, layout: Layout, source: str
) -> None:
    """Type texts into the temporary table ``parsed``.

    Parameters
    ----------
    layout
        Its columns become ``c0``, ``c1``, …, null where a text does not fit, and the texts of
        those that are not text stay as ``t0``, ``t1``, … Numbers with too many digits for the fast
        types become ``w0``, ``w1``, …
    source
        A table or a query in brackets: ``n``, the row's number; ``t0``, ``t1``, …; and ``extra``
        if the layout has one.
    """
    form = stream.format
    known = [
        f"{values.text_or_null(column, form, f't{place}')} as t{place}"
        for place, column in enumerate(layout.columns)
    ]
    cast = [
        f"{values.typed(column, form, f't{place}')} as c{place}"
        for place, column in enumerate(layout.columns)
    ]
    texts = [
        f"t{place}"
        for place, column in enumerate(layout.columns)
        if column is not None and column.sql_type != "VARCHAR"
    ]
    wide = [
        f"case when c{place} is null then "
        f"{values.typed(column, form, f't{place}', is_wide=True)} end as w{place}"
        for place, column in enumerate(layout.columns)
        if values.may_be_wide(column)
    ]
    extra = ["extra"] if layout.has_extra else []
    connection.execute(
        f"""
        create or replace temp table parsed as
        select {", ".join(["n", *cast, *wide, *texts, *extra])}
        from (select {", ".join(["n", *known, *extra])} from {source})
        """
    )


def cast_places(layout: Layout, form: Format) -> list[int]:
    """Return the positions of the columns that are read as text and cast then."""
    return [
        place
        for place, column in enumerate(layout.columns)
        if column is not None
        and column.sql_type != "VARCHAR"
        and (not values.is_direct(column, form) or (place == 0 and form.totals_row))
    ]


def rules(stream: Stream, layout: Layout, *, is_typed: bool) -> list[Rule]:
    """List the rules that the rows of ``parsed`` may break, in the order of the file's columns.

    Parameters
    ----------
    is_typed
        Whether all columns were typed from texts.

    Returns
    -------
    list of Rule
        The first that a row breaks is its reason.
    """
    form = stream.format
    casts = range(len(layout.columns)) if is_typed else cast_places(layout, form)
    found = [
        Rule(column, f"{column.name} {reason}", condition)
        for place, column in enumerate(layout.columns)
        if column is not None
        for reason, condition in _rules_of(place, column, form, place in casts, is_typed)
    ]
    numbers = {
        column.name: f"coalesce({', '.join(reversed(_names_of(place, column, is_typed)))})"
        for place, column in enumerate(layout.columns)
        if column is not None
    }
    if condition := amount_is_too_large(stream, numbers):
        reason = "makes the amount of the controlTotal too large to be added"
        first = columns_in(stream)[0]
        found.append(Rule(first, f"{first.name} {reason}", condition))
    return found


def select_list(
    stream: Stream, layout: Layout, *, is_typed: bool, is_ascii: bool = False
) -> tuple[str, list[str]]:
    """Return the columns of the lake, as a select list over ``parsed``.

    Parameters
    ----------
    is_typed
        Whether all columns were typed from texts.
    is_ascii
        Whether all texts are: they need not be composed.

    Returns
    -------
    tuple of (str, list of str)
        The contract's columns and ``_extra``, and the values of its parameters: the names of the
        columns that are not in the contract.
    """
    form = stream.format
    place = {column.name: nth for nth, column in enumerate(layout.columns) if column}
    casts = set(place.values()) if is_typed else set(cast_places(layout, form))
    kept = {
        column.name: _kept(form, column, place.get(column.name), casts, is_typed)
        for column in stream.columns
    }
    known = [
        f'{composed(kept[column.name])} as "{column.name}"'
        if column.sql_type == "VARCHAR" and not is_ascii
        else f'{kept[column.name]} as "{column.name}"'
        for column in stream.columns
    ]
    extra, names = _extra(layout)
    return ", ".join([*known, f"cast({extra} as varchar) as _extra"]), names


def _extra(layout: Layout) -> tuple[str, list[str]]:
    """Return the SQL of what is not in the contract, and the names in it."""
    if layout.has_extra:
        return composed("extra"), []
    unknown = [nth for nth, column in enumerate(layout.columns) if column is None]
    names = dict(zip(unknown, layout.extra_names, strict=True))
    named = [nth for nth in unknown if nth not in layout.unnamed]
    unnamed = [nth for nth in unknown if nth in layout.unnamed]
    listed = [names[nth] for nth in (*named, *unnamed)]
    extra = _object(named)
    if unnamed:
        # merging leaves out what is null: a column without a name is rarely more than padding
        base = extra if named else "'{}'"
        extra = f"json_merge_patch({base}, {_object(unnamed)})"
        extra = extra if named else f"nullif({extra}, '{{}}')"
    return extra if unknown else "null", listed


def _object(places: Sequence[int]) -> str:
    pairs = [f"?, {composed(f'c{nth}')}" for nth in places]
    return f"json_object({', '.join(pairs)})"


def _kept(form: Format, column: Column, place: int | None, casts: set[int], is_typed: bool) -> str:
    """Return the SQL of a value in its column's type, times in UTC."""
    if place is None:
        return f"cast(null as {column.sql_type})"
    kept = f"cast(c{place} as {column.sql_type})"
    if is_typed and values.may_be_wide(column):
        kept = f"coalesce({kept}, cast(w{place} as {column.sql_type}))"
    if column.sql_type == "TIMESTAMP" and place not in casts:
        return values.in_utc(form, kept)
    return kept


def _rules_of(
    place: int, column: Column, form: Format, is_cast: bool, is_typed: bool
) -> list[tuple[str, str]]:
    name, sql_type = f"c{place}", column.sql_type
    names = _names_of(place, column, is_typed)
    is_null = " and ".join(f"{each} is null" for each in names)
    found = []
    if is_cast and sql_type != "VARCHAR":
        found.append((f"does not fit its type {sql_type}", f"t{place} is not null and {is_null}"))
    if column.required:
        is_text = sql_type == "VARCHAR" and values.keeps_empty_texts(form)
        empty = f"coalesce({name}, '') = ''" if is_text else is_null
        found.append(("is required and empty", empty))
    if sql_type == "DOUBLE":
        found.append(("is not a finite number", f"not isfinite({name})"))
    elif sql_type in {"DATE", "TIMESTAMP"}:
        # a year written with two digits reads as one in antiquity
        found.append(("is before the year 1000", f"{name} < '1000-01-01'::{sql_type}"))
        if is_cast:
            found.append(("is after the year 9999", f"{name} >= '10000-01-01'::{sql_type}"))
    elif values.read_decimals(column) is not None:
        lost = " or ".join(
            values.loses_digits(column, each, is_wide=each.startswith("w")) for each in names
        )
        found.append((f"has more digits than its type {sql_type} keeps", lost))
    return found


def _names_of(place: int, column: Column, is_typed: bool) -> list[str]:
    """Return where a value is: in the narrow column, or else in the wide one."""
    return [f"c{place}", *([f"w{place}"] if is_typed and values.may_be_wide(column) else [])]


def _strptime_or(written: str, default: str) -> str:
    return default if written in EPOCHS else written
