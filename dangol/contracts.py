"""Reads the contracts in ``sources/*/contract.yml``.

They follow the Open Data Contract Standard, version 3
(https://bitol-io.github.io/open-data-contract-standard/). What the standard has no word for (how a
file is named, how it is delivered) stands in its ``customProperties``; `Stream` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dangol.contract_model import (
    Column,
    Contract,
    ContractError,
    NamedDelivery,
    Stream,
)
from dangol.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "sources"

__all__ = [
    "Column", "Contract", "ContractError", "NamedDelivery", "Stream", "find_stream",
    "load_contract", "load_contracts",
]  # fmt: skip


@lru_cache(maxsize=4)
def load_contracts(folder: Path = SOURCES) -> dict[str, Contract]:
    """Read every contract.

    Parameters
    ----------
    folder
        Holds one folder per system.

    Returns
    -------
    dict of str to Contract
        By system, in alphabetical order.

    Raises
    ------
    ContractError
        If one can't be used.
    """
    return {file.parent.name: load_contract(file) for file in sorted(folder.glob("*/contract.yml"))}


def find_stream(system: str, stream: str, folder: Path = SOURCES) -> Stream:
    """Return one stream.

    Parameters
    ----------
    system, stream
        Their names.
    folder
        Holds the contracts.

    Returns
    -------
    Stream
        As the contract has it.

    Raises
    ------
    ContractError
        If there is none.
    """
    contract = load_contracts(folder).get(system)
    for candidate in contract.streams if contract else ():
        if candidate.name == stream:
            return candidate
    raise ContractError(f"{folder} has no contract for the stream {system}.{stream}")


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
        If it is not of the standard, or lacks what the extractor needs.
    """
    # Airflow parses the DAG files often and needs no contract then
    from open_data_contract_standard.model import OpenDataContractStandard

    try:
        document = OpenDataContractStandard.from_string(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        raise ContractError(f"{file} does not follow the standard: {error}") from error
    system = file.parent.name
    if document.id != system:
        raise ContractError(f"{file}: its id is {document.id!r}; it must be the folder's name")
    if not document.version or not document.schema_:
        raise ContractError(f"{file}: version and schema must be given")
    promises = {
        promise.element: int(promise.value or 0)
        for promise in document.slaProperties or ()
        if promise.property == "frequency"
    }
    team = document.team
    return Contract(
        system=system,
        name=document.name or system,
        version=document.version,
        owner=(getattr(team, "name", None) or "unknown"),
        streams=tuple(
            _read_stream(file, system, document.version, table, promises.get(table.name))
            for table in document.schema_
        ),
    )


_STREAM_PROPERTIES = {
    "filePattern", "format", "delivery", "emptyFiles", "maxBytes", "delimiter", "dateFormat",
    "timestampFormat", "timeZone", "eventTime", "finalNewline",
}  # fmt: skip


_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})(?:_r(?P<revision>\d+))?(?:_s(?P<supplement>\d+))?"


def _read_stream(
    file: Path, system: str, version: str, table: Any, expected_every_days: int | None
) -> Stream:
    where = f"{file}: {table.name}"
    given = _custom(table.customProperties, _STREAM_PROPERTIES, where)
    for needed in ("filePattern", "format", "delivery", "emptyFiles"):
        if needed not in given:
            raise ContractError(f"{where}: the custom property {needed} is missing")
    if given["format"] != "csv":
        raise ContractError(f"{where}: format is {given['format']!r}; this version reads csv")
    if given["delivery"] not in {"partition", "snapshot", "append"}:
        raise ContractError(f"{where}: delivery is partition, snapshot or append")
    try:
        pattern = re.compile(given["filePattern"].replace("{date}", _DATE))
    except re.error as error:
        raise ContractError(f"{where}: filePattern: {error}") from error
    columns = tuple(_read_column(where, column) for column in table.properties or ())
    if not any(column.is_key for column in columns):
        raise ContractError(f"{where}: no column is a primaryKey, so rows can't be told apart")
    return Stream(
        system=system,
        name=table.name,
        version=version,
        description=table.description or "",
        file_pattern=pattern,
        delivery=given["delivery"],
        columns=columns,
        may_be_empty=bool(given["emptyFiles"]),
        expected_every_days=expected_every_days,
        max_bytes=int(given.get("maxBytes", 4 << 30)),
        delimiter=given.get("delimiter", ","),
        date_format=given.get("dateFormat", "%Y-%m-%d"),
        timestamp_format=given.get("timestampFormat", "%Y-%m-%dT%H:%M:%SZ"),
        needs_final_newline=bool(given.get("finalNewline", True)),
    )


_SQL_TYPE = re.compile(r"VARCHAR|BIGINT|DOUBLE|BOOLEAN|DATE|TIMESTAMP|DECIMAL\((\d+),(\d+)\)")


def _read_column(where: str, column: Any) -> Column:
    where = f"{where}.{column.name}"
    if not _SQL_TYPE.fullmatch(column.physicalType or ""):
        raise ContractError(
            f"{where}: physicalType is {column.physicalType!r}; it takes VARCHAR, BIGINT, DOUBLE, "
            "BOOLEAN, DATE, TIMESTAMP or DECIMAL(p,s)"
        )
    given = _custom(column.customProperties, {"controlTotal"}, where)
    return Column(
        name=column.name,
        sql_type=column.physicalType,
        required=bool(column.required),
        classification=column.classification or "public",
        description=column.description or "",
        is_key=bool(column.primaryKey),
        is_control_total=bool(given.get("controlTotal", False)),
    )


def _custom(properties: Iterable[Any] | None, known: set[str], where: str) -> Mapping[str, Any]:
    given = {custom.property: custom.value for custom in properties or ()}
    if unknown := sorted(set(given) - known):
        raise ContractError(f"{where}: unknown custom properties {', '.join(unknown)}")
    return given
