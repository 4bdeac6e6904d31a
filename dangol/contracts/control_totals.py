"""Turns the ``controlTotal`` of a contract into SQL, which can only be arithmetic over columns."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dangol.contracts.model import Column, ContractError, Stream

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
    """Return the control total of stored rows, in SQL; null if the stream has none."""
    if stream.control_total is None:
        return "null"
    amount = stream.control_total
    for column in stream.columns:
        exact = "decimal(19, 0)" if column.sql_type == "BIGINT" else column.sql_type
        amount = amount.replace(f'"{column.name}"', f'cast("{column.name}" as {exact})')
    return f"cast(sum({amount}) as varchar)"
