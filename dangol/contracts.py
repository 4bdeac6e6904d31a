"""Reads the contracts in ``sources/*/contract.yml``.

They follow the Open Data Contract Standard, version 3
(https://bitol-io.github.io/open-data-contract-standard/). What the standard has no word for (how a
file is named, how it is delivered) stands in its ``customProperties``; `Stream` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from dangol.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "sources"
PERSONAL_CLASSES = frozenset({"personal", "pseudonymous", "sensitive"})

Delivery = Literal["partition", "snapshot", "append"]


class ContractError(ValueError):
    """A contract can't be used; the message names file and field and says what would do."""


class NamedDelivery(NamedTuple):
    """What a file's name says of it.

    Parameters
    ----------
    day
        The business day that it is for, or None if its name has none.
    revision
        0, or the number of a correction, which replaces the day's file.
    supplement
        0, or the number of rows that come after it, such as corrected ones from quarantine.
    """

    day: date | None
    revision: int
    supplement: int


@dataclass(frozen=True)
class Column:
    """One column of a stream.

    Parameters
    ----------
    name
        As in the header of the file; matched whatever its case.
    sql_type
        DuckDB's type in the raw lake.
    required
        A row without it goes to quarantine, a file without it as a whole.
    classification
        ``public``, ``pseudonymous``, ``personal`` or ``sensitive``.
    description
        For the data dictionary.
    is_key
        Part of the key that tells rows of the stream apart.
    is_control_total
        Its sum is kept in the ledger per file and reconciled through every layer.
    """

    name: str
    sql_type: str
    required: bool
    classification: str
    description: str
    is_key: bool
    is_control_total: bool

    @property
    def is_personal(self) -> bool:
        """Whether its values must be masked in logs and reports."""
        return self.classification in PERSONAL_CLASSES


@dataclass(frozen=True)
class Stream:
    """One kind of file of a system.

    Parameters
    ----------
    system, name
        Its folder in the landing zone and its name in the contract.
    version
        Of the contract.
    description
        For the data dictionary.
    file_pattern
        A regular expression for the whole file name. Its groups ``date``, ``revision`` and
        ``supplement`` tell which delivery the file is; ``{date}`` in the contract stands for all
        three.
    delivery
        ``partition``: one file a day, a correction replaces the day's file. ``snapshot``: the whole
        state, the latest row of a key holds. ``append``: rows, each of which holds.
    columns
        In the contract's order.
    may_be_empty
        Whether a file of nothing but its header is fine.
    expected_every_days
        The promise of freshness, or None if files come when something happens.
    max_bytes
        Of the decoded file; a larger one is refused.
    delimiter, date_format, timestamp_format
        The dialect. Nothing is guessed.
    needs_final_newline
        Whether a last line without its newline means that the file is still being written.
    """

    system: str
    name: str
    version: str
    description: str
    file_pattern: re.Pattern[str]
    delivery: Delivery
    columns: tuple[Column, ...]
    may_be_empty: bool
    expected_every_days: int | None
    max_bytes: int
    delimiter: str = ","
    date_format: str = "%Y-%m-%d"
    timestamp_format: str = "%Y-%m-%dT%H:%M:%SZ"
    needs_final_newline: bool = True

    @property
    def label(self) -> str:
        """``<system>.<stream>``, as it stands in messages."""
        return f"{self.system}.{self.name}"

    def delivery_of(self, file_name: str) -> NamedDelivery | None:
        """Tell what a file's name says of it.

        Parameters
        ----------
        file_name
            Without its folder.

        Returns
        -------
        NamedDelivery or None
            None if the file is not this stream's.
        """
        match = self.file_pattern.fullmatch(file_name)
        if match is None:
            return None
        groups = match.groupdict()
        try:
            day = date.fromisoformat(groups["date"]) if groups.get("date") else None
        except ValueError:
            return None
        return NamedDelivery(
            day, int(groups.get("revision") or 0), int(groups.get("supplement") or 0)
        )


@dataclass(frozen=True)
class Contract:
    """What one system promises.

    Parameters
    ----------
    system
        The folder's name and the contract's id.
    name, version, owner
        For people.
    streams
        In the contract's order.
    """

    system: str
    name: str
    version: str
    owner: str
    streams: tuple[Stream, ...] = field(repr=False)


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
