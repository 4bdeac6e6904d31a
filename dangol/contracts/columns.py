"""Reads the columns of a stream: our name, the file's own, type and class."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dangol.contracts.model import PERSONAL_CLASSES, Column, ContractError, comparable_name
from dangol.contracts.properties import OF_COLUMN, read_properties

SQL_TYPES = "VARCHAR, BIGINT, DOUBLE, BOOLEAN, DATE, TIMESTAMP or DECIMAL(p,s)"

_COLUMN_NAME = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset({"_extra", "_load_id", "_file", "_row", "_place"})
_SQL_TYPE = re.compile(r"VARCHAR|BIGINT|DOUBLE|BOOLEAN|DATE|TIMESTAMP|DECIMAL\((\d+),(\d+)\)")


def read_columns(where: str, properties: Iterable[Any]) -> tuple[Column, ...]:
    """Read the columns of a stream.

    Parameters
    ----------
    where
        Opens each message.

    Returns
    -------
    tuple of Column
        In the contract's order.

    Raises
    ------
    ContractError
        If one is invalid, or two have the same name.
    """
    columns = tuple(_read_column(where, column) for column in properties)
    names = [column.name.lower() for column in columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"{where}: the columns {', '.join(twice)} occur more than once")
    headers = [
        (comparable_name(text), column.name) for column in columns for text in column.header_names
    ]
    for text, name in headers:
        if others := [other for same, other in headers if same == text and other != name]:
            raise ContractError(
                f"{where}: the columns {name} and {others[0]} have the same name in files: {text}"
            )
    for column in columns:
        taken = {former.lower() for former in column.former_names} & set(names)
        if reused := sorted(taken - {column.name.lower()}):
            raise ContractError(
                f"{where}: {column.name} was called {reused[0]} before, and another column is now: "
                "earlier files could not be told from later ones; give that one another name"
            )
    return columns


def _read_column(where: str, column: Any) -> Column:
    where = f"{where}.{column.name}"
    if not _COLUMN_NAME.fullmatch(column.name or "") or column.name.lower() in _RESERVED:
        raise ContractError(
            f"{where}: a column's name must consist of letters, digits and underscores, and must "
            f"not be one of {', '.join(sorted(_RESERVED))}; physicalName is the file's own"
        )
    physical_type = column.physicalType or "VARCHAR"
    sql_type = _SQL_TYPE.fullmatch(physical_type)
    if not sql_type:
        raise ContractError(
            f"{where}: physicalType is {column.physicalType!r}; it must be {SQL_TYPES}"
        )
    if sql_type[1] and not int(sql_type[2]) <= int(sql_type[1]) <= 34:
        raise ContractError(
            f"{where}: {physical_type} has more than 34 digits, or more decimals than digits"
        )
    classification = column.classification or "public"
    if classification not in {"public", *PERSONAL_CLASSES}:
        raise ContractError(
            f"{where}: classification is {classification!r}; it must be one of public, "
            f"{', '.join(sorted(PERSONAL_CLASSES))}"
        )
    given = read_properties(column.customProperties, OF_COLUMN, where)
    if "format" in given and physical_type not in {"DATE", "TIMESTAMP"}:
        raise ContractError(f"{where}: format is for a DATE or a TIMESTAMP")
    return Column(
        name=column.name,
        sql_type=physical_type,
        required=bool(column.required),
        classification=classification,
        description=column.description or "",
        is_key=bool(column.primaryKey),
        physical_name=column.physicalName or "",
        former_names=tuple(given.get("formerNames", ())),
        time_format=given.get("format"),
    )
