"""Reads the contracts in ``sources/*/contract.yml``.

They follow the Open Data Contract Standard, version 3
(https://bitol-io.github.io/open-data-contract-standard/). What the standard does not cover (how a
file is named, how it is delivered) is in ``customProperties``; `Stream` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml

from dangol.contracts.model import (
    PERSONAL_CLASSES,
    Column,
    Contract,
    ContractError,
    Stream,
    comparable_name,
)
from dangol.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "sources"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where available


def load_contracts(folder: Path = SOURCES) -> dict[str, Contract]:
    """Read every contract, in the systems' alphabetical order; raise if one is invalid."""
    return {each.parent.name: load_contract(each) for each in sorted(folder.glob("*/contract.yml"))}


def stream_names(folder: Path = SOURCES) -> list[tuple[str, str]]:
    """Return system and name of every stream, in the contracts' order."""
    contracts = load_contracts(folder).values()
    return [(contract.system, stream.name) for contract in contracts for stream in contract.streams]


def find_stream(system: str, stream: str, folder: Path = SOURCES) -> Stream:
    """Return one stream; without a contract for it, raise a `ContractError`."""
    file = folder / system / "contract.yml"
    for candidate in load_contract(file).streams if file.exists() else ():
        if candidate.name == stream:
            return candidate
    raise ContractError(f"{folder} has no contract for the stream {system}.{stream}")


@lru_cache
def load_contract(file: Path) -> Contract:
    """Read and check one contract.

    Parameters
    ----------
    file
        ``sources/<system>/contract.yml``.

    Returns
    -------
    Contract
        With its streams.

    Raises
    ------
    ContractError
        If it does not follow the standard, or lacks what the extractor needs.
    """
    # Airflow parses the DAG files often, without reading a contract
    from open_data_contract_standard.model import OpenDataContractStandard

    try:
        document = OpenDataContractStandard(**yaml.load(file.read_bytes(), _LOADER))  # noqa: S506 - a safe one
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ContractError(
            f"{file} does not follow the Open Data Contract Standard: {error}"
        ) from error
    system = file.parent.name
    if document.id != system:
        raise ContractError(f"{file}: its id is {document.id!r}; it must be the folder's name")
    if not _NAME.fullmatch(system):
        raise ContractError(f"{file}: the folder {system!r} must be {_NAME_IN_WORDS}")
    if not document.version or not document.schema_:
        raise ContractError(f"{file}: version and schema are required")
    promises = _promises(file, document.slaProperties or ())
    streams = tuple(
        _read_stream(file, system, document.version, table, promises.pop(str(table.name), None))
        for table in document.schema_
    )
    names = [stream.name for stream in streams]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"{file}: the schema has {', '.join(twice)} more than once")
    if promises:
        raise ContractError(
            f"{file}: slaProperties give a frequency for {', '.join(promises)}, which the schema "
            "does not define"
        )
    return Contract(
        system=system,
        name=document.name or system,
        version=document.version,
        owner=(getattr(document.team, "name", None) or "unknown"),
        streams=streams,
    )


_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_NAME_IN_WORDS = "lower-case letters, digits and underscores, as it names a folder and a view"
_COLUMN_NAME = re.compile(r"[^\W\d]\w*")
_RESERVED = frozenset({"_extra", "_load_id", "_file", "_row"})

_STREAM_PROPERTIES = {
    "filePattern": str, "format": str, "delivery": str, "emptyFiles": bool, "maxBytes": int,
    "delimiter": str, "dateFormat": str, "timestampFormat": str, "timeZone": str, "eventTime": str,
    "finalNewline": bool,
}  # fmt: skip
_KINDS = {str: "text", bool: "true or false", int: "a whole number"}

_DATE = (
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:_r(?P<revision>[0-9]+))?(?:_s(?P<supplement>[0-9]+))?"
)


def _promises(file: Path, properties: Iterable[Any]) -> dict[str, int]:
    """Read the number of days after which each stream must arrive again."""
    promises = {}
    for promise in properties:
        if promise.property != "frequency":
            continue
        days = str(promise.value)
        if promise.unit != "d" or not days.isdecimal() or int(days) < 1:
            raise ContractError(
                f"{file}: the frequency of {promise.element} is {promise.value!r} {promise.unit}; "
                "it must be a whole number of days, with unit d"
            )
        promises[promise.element] = int(days)
    return promises


def _read_stream(
    file: Path, system: str, version: str, table: Any, expected_every_days: int | None
) -> Stream:
    where = f"{file}: {table.name}"
    if not _NAME.fullmatch(table.name or ""):
        raise ContractError(f"{where}: the name must be {_NAME_IN_WORDS}")
    given = _custom(table.customProperties, _STREAM_PROPERTIES, where)
    for needed in ("filePattern", "format", "delivery", "emptyFiles"):
        if needed not in given:
            raise ContractError(f"{where}: the custom property {needed} is missing")
    if given["format"] != "csv":
        raise ContractError(f"{where}: format is {given['format']!r}; this version reads csv")
    if given["delivery"] not in {"partition", "snapshot", "append"}:
        raise ContractError(
            f"{where}: delivery is {given['delivery']!r}; it must be partition, snapshot or append"
        )
    delimiter = given.get("delimiter", ",")
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n.-+':
        raise ContractError(f"{where}: delimiter is {delimiter!r}; it must be one mark, such as ;")
    if given.get("maxBytes", 1) < 1:
        raise ContractError(f"{where}: maxBytes must be at least 1")
    if (time_zone := given.get("timeZone", "UTC")) not in available_timezones():
        raise ContractError(f"{where}: timeZone is {time_zone!r}; use a name such as Asia/Seoul")
    columns = _read_columns(where, table.properties or ())
    event_time = given.get("eventTime")
    if event_time and event_time not in {column.name for column in columns}:
        raise ContractError(f"{where}: eventTime is {event_time!r}, which is not a column")
    return Stream(
        system=system,
        name=table.name,
        version=version,
        description=table.description or "",
        file_pattern=_read_pattern(where, given["filePattern"], given["delivery"]),
        delivery=given["delivery"],
        columns=columns,
        may_be_empty=given["emptyFiles"],
        expected_every_days=expected_every_days,
        max_bytes=given.get("maxBytes", 4 << 30),
        delimiter=delimiter,
        date_format=given.get("dateFormat", "%Y-%m-%d"),
        timestamp_format=given.get("timestampFormat", "%Y-%m-%dT%H:%M:%SZ"),
        time_zone=time_zone,
        needs_final_newline=given.get("finalNewline", True),
    )


def _read_pattern(where: str, text: str, delivery: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(text.replace("{date}", _DATE))
    except re.error as error:
        raise ContractError(f"{where}: filePattern: {error}") from error
    if unknown := sorted(set(pattern.groupindex) - {"date", "revision", "supplement"}):
        raise ContractError(f"{where}: filePattern has the unknown groups {', '.join(unknown)}")
    if delivery != "append" and "date" not in pattern.groupindex:
        raise ContractError(
            f"{where}: filePattern has no {{date}}, so the business day of a {delivery} is unknown"
        )
    return pattern


_SQL_TYPE = re.compile(r"VARCHAR|BIGINT|DOUBLE|BOOLEAN|DATE|TIMESTAMP|DECIMAL\((\d+),(\d+)\)")


def _read_columns(where: str, properties: Iterable[Any]) -> tuple[Column, ...]:
    columns = tuple(_read_column(where, column) for column in properties)
    if not any(column.is_key for column in columns):
        raise ContractError(f"{where}: no column is a primaryKey, so rows can't be identified")
    names = [comparable_name(column.name) for column in columns]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"{where}: the columns {', '.join(twice)} occur more than once")
    return columns


def _read_column(where: str, column: Any) -> Column:
    where = f"{where}.{column.name}"
    if not _COLUMN_NAME.fullmatch(column.name or "") or column.name.lower() in _RESERVED:
        raise ContractError(
            f"{where}: a column's name must consist of letters, digits and underscores, and must "
            f"not be one of {', '.join(sorted(_RESERVED))}"
        )
    sql_type = _SQL_TYPE.fullmatch(column.physicalType or "")
    if not sql_type:
        raise ContractError(
            f"{where}: physicalType is {column.physicalType!r}; it must be VARCHAR, BIGINT, "
            "DOUBLE, BOOLEAN, DATE, TIMESTAMP or DECIMAL(p,s)"
        )
    if sql_type[1] and not int(sql_type[2]) <= int(sql_type[1]) <= 34:
        raise ContractError(
            f"{where}: {column.physicalType} has more than 34 digits, or more decimals than digits"
        )
    given = _custom(column.customProperties, {"controlTotal": bool}, where)
    is_control_total = given.get("controlTotal", False)
    if is_control_total and not column.physicalType.startswith(("DECIMAL", "BIGINT")):
        raise ContractError(
            f"{where}: {column.physicalType} can't be a controlTotal, whose sum must be exact: use "
            "DECIMAL or BIGINT"
        )
    classification = column.classification or "public"
    if classification not in {"public", *PERSONAL_CLASSES}:
        raise ContractError(
            f"{where}: classification is {classification!r}; it must be one of public, "
            f"{', '.join(sorted(PERSONAL_CLASSES))}"
        )
    return Column(
        name=column.name,
        sql_type=column.physicalType,
        required=bool(column.required),
        classification=classification,
        description=column.description or "",
        is_key=bool(column.primaryKey),
        is_control_total=is_control_total,
    )


def _custom(
    properties: Iterable[Any] | None, known: Mapping[str, type], where: str
) -> Mapping[str, Any]:
    given: dict[str, Any] = {}
    for custom in properties or ():
        if custom.property not in known:
            raise ContractError(
                f"{where}: the custom property {custom.property} is unknown; the known ones are "
                f"{', '.join(known)}"
            )
        if custom.property in given:
            raise ContractError(f"{where}: the custom property {custom.property} is given twice")
        if type(custom.value) is not known[custom.property]:
            raise ContractError(
                f"{where}: {custom.property} is {custom.value!r}; it must be "
                f"{_KINDS[known[custom.property]]}"
            )
        given[custom.property] = custom.value
    return given
