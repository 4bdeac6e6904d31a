"""Reads the contracts in ``sources/<system>/``: ``contract.yml``, or ``<stream>.contract.yml``.

They follow the Open Data Contract Standard, version 3
(https://bitol-io.github.io/open-data-contract-standard/). What the standard does not cover (how a
file is named, how it is delivered) is in ``customProperties``: `dangol.contracts.properties`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dangol.contracts.model import Contract, ContractError, Stream
from dangol.contracts.properties import OF_CONTRACT, read_properties
from dangol.contracts.streams import NAME, NAME_IN_WORDS, read_stream
from dangol.settings import PROJECT_ROOT

SOURCES = PROJECT_ROOT / "sources"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where available
_STATES = {"active": True, "draft": False, "proposed": False, "deprecated": True, "retired": False}


def load_contracts(folder: Path = SOURCES) -> dict[str, Contract]:
    """Read every contract, in the systems' alphabetical order; raise if one is invalid."""
    return {each: load_contract(folder / each) for each in systems_in(folder)}


def systems_in(folder: Path) -> list[str]:
    """Return the sorted names of the folders that have a contract."""
    return sorted({file.parent.name for file in folder.glob("*/*contract.yml")})


def stream_names(folder: Path = SOURCES) -> list[tuple[str, str]]:
    """Return system and name of every stream, in the contracts' order."""
    contracts = load_contracts(folder).values()
    return [(contract.system, stream.name) for contract in contracts for stream in contract.streams]


def find_stream(system: str, stream: str, folder: Path = SOURCES) -> Stream:
    """Return one stream; without a contract for it, raise a `ContractError`."""
    known = load_contract(folder / system).streams if system in systems_in(folder) else ()
    for candidate in known:
        if candidate.name == stream:
            return candidate
    raise ContractError(f"{folder} has no contract for the stream {system}.{stream}")


def load_contract(folder: Path) -> Contract:
    """Read and check the contract of one system.

    Parameters
    ----------
    folder
        ``sources/<system>``, with one contract file or one a stream.

    Returns
    -------
    Contract
        With its streams.

    Raises
    ------
    ContractError
        If it does not follow the standard, or lacks what the extractor needs.
    """
    files = sorted(folder.glob("*contract.yml"))
    if not files:
        raise ContractError(f"{folder} has no contract.yml")
    parts = [_read_file(file, file.stat().st_mtime_ns) for file in files]
    streams = tuple(stream for part in parts for stream in part.streams)
    names = [stream.name for stream in streams]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ContractError(f"{files[0]}: the schema has {', '.join(twice)} more than once")
    if len({(part.is_active, part.active_from) for part in parts}) > 1:
        raise ContractError(f"{folder}: its files differ in status or activeFrom")
    first = parts[0]
    return Contract(
        system=first.system,
        name=first.name,
        version=first.version,
        owner=first.owner,
        folder=folder,
        is_active=first.is_active,
        active_from=first.active_from,
        streams=streams,
    )


@lru_cache
def _read_file(file: Path, changed: int) -> Contract:
    """Read one file; its time is part of the key, so that an edited one is read again."""
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
    if not NAME.fullmatch(system):
        raise ContractError(f"{file}: the folder {system!r} must be {NAME_IN_WORDS}")
    if not document.version or not document.schema_:
        raise ContractError(f"{file}: version and schema are required")
    if document.status not in _STATES:
        raise ContractError(
            f"{file}: its status is {document.status!r}; it must be {', '.join(_STATES)}"
        )
    promises = _promises(file, document.slaProperties or ())
    streams = tuple(
        read_stream(file, system, document.version, table, promises.pop(str(table.name), None))
        for table in document.schema_
    )
    if promises:
        raise ContractError(
            f"{file}: slaProperties give a frequency for {', '.join(promises)}, which the schema "
            "does not define"
        )
    given = read_properties(document.customProperties, OF_CONTRACT, str(file))
    return Contract(
        system=system,
        name=document.name or system,
        version=document.version,
        owner=(getattr(document.team, "name", None) or "unknown"),
        folder=file.parent,
        is_active=_STATES[document.status],
        active_from=_day(file, given.get("activeFrom")),
        streams=streams,
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


def _day(file: Path, text: str | None) -> date | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ContractError(f"{file}: activeFrom is {text!r}; write it as 2026-01-31")
    return date.fromisoformat(text)
