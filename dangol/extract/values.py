"""How the text of a value becomes a typed one, as SQL: a text that does not fit becomes null.

Numbers are read with more decimals than are stored, because DuckDB rounds silently.
"""

from __future__ import annotations

import re

from dangol.contracts.model import EPOCHS, Column, Format
from dangol.contracts.zones import ZONED
from dangol.extract.number_texts import Notation, literal, plain_number

NATIVE = "\x1d"
"""Precedes a date or time that a file has as such, in ISO form: with Z an instant, else local."""

NULL_IN_CSV = r"\N"

_TIMES = {"DATE", "TIMESTAMP"}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_SPARE_DECIMALS = 4
_FAST_DIGITS = 18
_MOST_DIGITS = 38
_ISO = (
    r"\d{4}-\d{2}-\d{2}"
    r"([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:\d{2})?)?)?"
)


def null_words(format: Format) -> list[str]:
    """Return the texts that mean no value."""
    return [*(["", NULL_IN_CSV] if format.kind == "csv" else [""]), *format.null_words]


def keeps_empty_texts(format: Format) -> bool:
    """Return whether the files tell an empty text from no value."""
    return format.facts.has_nulls


def is_direct(column: Column | None, format: Format) -> bool:
    """Return whether DuckDB's CSV reader can read a column into its type by itself."""
    if column is None or column.sql_type in {"VARCHAR", "BOOLEAN"}:
        return True
    if column.sql_type in _TIMES:
        usual = format.date_format if column.sql_type == "DATE" else format.timestamp_format
        written = column.time_format or usual
        return written == usual and written not in EPOCHS and not ZONED.search(written)
    return notation_of(format).is_plain


def reading_type(column: Column | None, *, is_wide: bool) -> str:
    """Return the type to read into: with spare decimals, where DuckDB would round.

    Parameters
    ----------
    is_wide
        Whether with all of DuckDB's digits, which takes many times as long.

    Returns
    -------
    str
        DuckDB's.
    """
    if column is None:
        return "VARCHAR"
    decimals = read_decimals(column)
    if decimals is None:
        return column.sql_type
    digits = _MOST_DIGITS if is_wide or decimals > _FAST_DIGITS else _FAST_DIGITS
    return f"DECIMAL({digits},{decimals})"


def may_be_wide(column: Column | None) -> bool:
    """Return whether a column has two reading types, of which the wide one is slow."""
    return reading_type(column, is_wide=False) != reading_type(column, is_wide=True)


def read_decimals(column: Column) -> int | None:
    """Return with how many decimals a column is read, or None if it is not an exact number."""
    if column.sql_type == "BIGINT":
        return _SPARE_DECIMALS
    match = _DECIMAL.fullmatch(column.sql_type)
    return min(int(match[2]) + _SPARE_DECIMALS, _MOST_DIGITS) if match else None


def loses_digits(column: Column, value: str, *, is_wide: bool) -> str:
    """Return the SQL of whether an exact number has more digits than its column's type keeps.

    Parameters
    ----------
    value
        In SQL, of the reading type with `is_wide`.

    Returns
    -------
    str
        A condition; false or null if the value is null.
    """
    read = _DECIMAL.fullmatch(reading_type(column, is_wide=is_wide))
    kept = _DECIMAL.fullmatch(column.sql_type)
    if read is None or int(read[1]) > _FAST_DIGITS:
        return f"{value} is distinct from try_cast({value} as {column.sql_type})"
    # a remainder takes a tenth of the time of two casts
    decimals = int(kept[2]) if kept else 0
    unit = f"0.{1:0{decimals}}::DECIMAL({decimals},{decimals})" if decimals else "1"
    lost = f"{value} % {unit} <> 0"
    whole_digits = int(kept[1]) - decimals if kept else _MOST_DIGITS
    if whole_digits >= int(read[1]) - int(read[2]):
        return lost
    return f"{lost} or abs({value}) >= 1{'0' * whole_digits}"


def text_or_null(column: Column | None, format: Format, text: str) -> str:
    """Return the SQL of a text, null where it means no value."""
    words = null_words(format)
    if keeps_empty_texts(format) and (column is None or column.sql_type == "VARCHAR"):
        words = list(format.null_words)
    if not words:
        return text
    listed = ", ".join(map(literal, words))
    return f"case when {text} in ({listed}) then null else {text} end"


def typed(column: Column | None, format: Format, text: str, *, is_wide: bool = False) -> str:
    """Return the SQL of a value in its reading type, times in UTC; null if the text does not fit.

    Parameters
    ----------
    text
        In SQL, of type VARCHAR.
    is_wide
        As of `reading_type`.

    Returns
    -------
    str
        Of the type that `reading_type` returns.
    """
    if column is None or column.sql_type == "VARCHAR":
        return text
    if column.sql_type in _TIMES:
        return f"cast({_time(column, format, text)} as {column.sql_type})"
    if column.sql_type != "BOOLEAN":
        text = plain_number(notation_of(format), text)
    return f"try_cast({text} as {reading_type(column, is_wide=is_wide)})"


def in_utc(format: Format, time: str) -> str:
    """Return the SQL of a local time of a file in UTC."""
    if format.time_zone == "UTC":
        return time
    return f"timezone('UTC', timezone({literal(format.time_zone)}, {time}))"


def notation_of(format: Format) -> Notation:
    """Return how a stream's numbers are written."""
    return Notation(
        format.decimal_mark, format.thousands_mark, format.currency_marks, format.negative
    )


def _time(column: Column, format: Format, text: str) -> str:
    """Return the SQL of a time in UTC or, for a DATE, of the day as it is written."""
    usual = format.date_format if column.sql_type == "DATE" else format.timestamp_format
    by_format = _by_format(column, format, column.time_format or usual, text)
    if not format.facts.has_times:
        return by_format
    native = _iso(column, format, f"substr({text}, 2)")
    otherwise = f"coalesce({by_format}, {_iso(column, format, text)})"
    return f"case when starts_with({text}, chr({ord(NATIVE)})) then {native} else {otherwise} end"


def _by_format(column: Column, format: Format, written: str, text: str) -> str:
    if written in EPOCHS:
        micros = EPOCHS[written]
        decimals = len(str(micros)) - 1
        number = f"try_cast({text} as decimal(18, {decimals}))"
        # the product has more digits than the number
        return f"make_timestamp(cast({number}::decimal(28, {decimals}) * {micros} as bigint))"
    # without a digit it is a word such as infinity, which DuckDB reads as a day in 1900
    guarded = f"case when regexp_matches({text}, '[0-9]') then {text} end"
    if ZONED.search(written):
        if written.endswith("%z"):
            guarded = f"regexp_replace({guarded}, '[Zz]$', '+00:00')"
        return f"timezone('UTC', try_strptime({guarded}, {literal(written)}))"
    parsed = f"try_strptime({guarded}, {literal(written)})"
    return parsed if column.sql_type == "DATE" else in_utc(format, parsed)


def _iso(column: Column, format: Format, text: str) -> str:
    """Return the SQL of a date or time in ISO form; a DATE has no time of day to lose."""
    shaped = f"case when regexp_full_match({text}, {literal(_ISO)}) then {text} end"
    is_instant = f"regexp_matches({text}, '(Z|:.*[+-][0-9:]+)$')"
    instant = f"try_cast({shaped} as timestamptz)"
    local = f"try_cast({shaped} as timestamp)"
    if column.sql_type == "TIMESTAMP":
        in_zone = in_utc(format, local)
        return f"case when {is_instant} then timezone('UTC', {instant}) else {in_zone} end"
    zone = literal(format.time_zone)
    day = f"case when {is_instant} then timezone({zone}, {instant}) else {local} end"
    return f"case when {day} = date_trunc('day', {day}) then {day} end"
