"""Turns the ``controlTotal`` of a contract into SQL, which can only be arithmetic over columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from dangol.contracts.model import Column, ContractError, Stream

_DIGITS = 18
_TOO_LARGE = f"1e{_DIGITS}"
"""A million million such amounts can be added in a total."""

_TOTAL = "decimal(38, 8)"
_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*)|(?P<number>\d+)|(?P<mark>[-+*()]))")


def control_total(where: str, text: str | None, columns: Iterable[Column]) -> str | None:
    """Return the SQL of a row's amount.

    Parameters
    ----------
    text
        Such as ``quantity * unit_price``.
    columns
        DECIMAL and BIGINT columns may be named: their sums are exact.

    Returns
    -------
    str or None
        Columns in double quotes; None if there is no total.

    Raises
    ------
    ContractError
        If it is anything but whole numbers, columns, ``+``, ``-``, ``*`` and balanced brackets.
    """
    if text is None:
        return None
    types = {column.name: column.sql_type for column in columns}
    parts: list[str] = []
    place, depth, needs_value, factors = 0, 0, True, 1
    while place < len(text.rstrip()):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ContractError(_refused(where, text))
        place = token.end()
        name, mark = token["name"], token["mark"]
        if name and name not in types:
            raise ContractError(f"{where}: controlTotal names {name}, which is not a column")
        if name and not types[name].startswith(("DECIMAL", "BIGINT")):
            raise ContractError(
                f"{where}: {types[name]} can't be part of a controlTotal, whose sum must be exact: "
                "use DECIMAL or BIGINT"
            )
        opens_value = not mark or mark == "("
        is_sign = mark in {"+", "-"} and needs_value
        if opens_value != needs_value and not is_sign:
            raise ContractError(_refused(where, text))
        needs_value = mark in {"+", "-", "*", "("}
        factors = factors + 1 if mark == "*" else 1 if mark in {"+", "-"} else factors
        if factors > 2:
            raise ContractError(
                f"{where}: controlTotal multiplies more than two values, which may have more "
                "digits than a sum keeps"
            )
        depth += {"(": 1, ")": -1}.get(mark or "", 0)
        if depth < 0:
            raise ContractError(_refused(where, text))
        parts.append(f'"{name}"' if name else token[0].strip())
    if depth or needs_value:
        raise ContractError(_refused(where, text))
    return " ".join(parts)


def _refused(where: str, text: str) -> str:
    return (
        f"{where}: controlTotal is {text!r}; it must be a column or an expression of columns, "
        "whole numbers, +, -, * and brackets"
    )


def control_sum(stream: Stream) -> str:
    """Return the control total of stored rows, in SQL.

    Returns
    -------
    str
        Null if the stream has none, or a row's amount is too large: one that was loaded by another
        contract.
    """
    if stream.control_total is None:
        return "null"
    values = {column.name: f'"{column.name}"' for column in stream.columns}
    exact = _amount(stream, values, _exact_type)
    if not _may_be_too_large(stream):
        return f"cast(sum({exact}) as varchar)"
    too_large = amount_is_too_large(stream, values)
    amount = f"case when not ({too_large}) then try({exact}) end"
    total = f"cast(sum(cast({amount} as {_TOTAL})) as varchar)"
    return f"case when not coalesce(bool_or({too_large}), false) then {total} end"


def amount_is_too_large(stream: Stream, values: Mapping[str, str]) -> str | None:
    """Return the SQL of whether a row's amount is too large to be added to others.

    Parameters
    ----------
    values
        The SQL of each column, of any type of number; a column that is missing is null.

    Returns
    -------
    str or None
        False or null if it is not; None if no amount can be.
    """
    if not _may_be_too_large(stream):
        return None
    rough = _amount(stream, values, lambda _: "double")
    exact = _amount(stream, values, _exact_type)
    return f"abs({rough}) >= {_TOO_LARGE} or (try({exact}) is null and {rough} is not null)"


def columns_in(stream: Stream) -> list[Column]:
    """Return the columns that a control total names."""
    named = stream.control_total or ""
    return [column for column in stream.columns if f'"{column.name}"' in named]


def _may_be_too_large(stream: Stream) -> bool:
    types = [column.sql_type for column in columns_in(stream)]
    numbers = re.findall(r"\d+", re.sub('"[^"]*"', "", stream.control_total or ""))
    is_narrow = all(each == "BIGINT" or int(each[8:].split(",")[0]) <= _DIGITS for each in types)
    is_sum = "*" not in (stream.control_total or "")
    return not (is_sum and is_narrow and all(len(each) <= _DIGITS for each in numbers))


def _amount(stream: Stream, values: Mapping[str, str], sql_type: Callable[[Column], str]) -> str:
    named = {column.name: column for column in columns_in(stream)}
    return re.sub(
        '"([^"]*)"',
        lambda name: f"cast({values.get(name[1], 'null')} as {sql_type(named[name[1]])})",
        stream.control_total or "",
    )


def _exact_type(column: Column) -> str:
    return "decimal(19, 0)" if column.sql_type == "BIGINT" else column.sql_type
