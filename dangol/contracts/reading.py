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
from dangol.contracts.staging import check_staging
from dangol.contracts.standard import STATES
from dangol.contracts.streams import NAME, NAME_IN_WORDS, read_stream
from dangol.model_facts import YAML_LOADER
from dangol.settings import SOURCES, Settings


def load_contracts(settings: Settings) -> dict[str, Contract]:
    """Return the contracts of the systems that deliver, in the systems' alphabetical order.

    An invalid contract or staging model in the company's folder costs only its own system, which is
    left out: `contract_problems` says why.

    Returns
    -------
    dict of str to Contract
        Those of Dangol's own systems that ``company.toml`` names, and the company's; no drafts.

    Raises
    ------
    ContractError
        If ``company.toml`` names a system that does not exist, or one of both.
    StagingError
        If staging models of one of Dangol's own systems are missing or can't be read.
    """
    own = _own_folders(settings)
    known = systems_in(SOURCES)
    for system in settings.company.systems:
        if system not in known:
            raise ContractError(
                f"{settings.company_folder / 'company.toml'}: there is no system {system!r}; "
                f"Dangol has {', '.join(known)}"
            )
        if system in {folder.name for folder in own}:
            raise ContractError(
                f"{settings.company_folder}: {system} is both one of the company's own systems and "
                "named in company.toml: rename the folder, or remove the name"
            )
    folders = [*(SOURCES / each for each in settings.company.systems), *own]
    broken = contract_problems(settings)
    contracts = {
        folder.name: load_contract(folder) for folder in folders if folder.name not in broken
    }
    in_force = {name: contracts[name] for name in sorted(contracts) if contracts[name].is_active}
    for system in settings.company.systems:
        check_staging(contracts[system])
    return in_force


def contract_problems(settings: Settings) -> dict[str, str]:
    """Return, for each of the company's own systems that can't be used, what is wrong.

    Returns
    -------
    dict of str to str
        From system to problem: its contract is invalid or missing, or a staging model beside it
        can't be read.
    """
    problems = {}
    for folder in _own_folders(settings):
        try:
            contract = load_contract(folder)
            if contract.is_active:
                check_staging(contract)
        except ContractError as error:
            problems[folder.name] = str(error)
    return problems


def _own_folders(settings: Settings) -> list[Path]:
    """List the folders of the company's own systems, also those whose contract is missing."""
    files = (settings.company_folder / "systems").glob("*/*")
    return sorted(
        {
            file.parent
            for file in files
            if file.suffix in {".sql", ".yml", ".yaml"} and not file.parent.name.startswith(".")
        }
    )


def systems_in(folder: Path) -> list[str]:
    """Return the sorted names of the folders that have a contract."""
    return sorted({file.parent.name for file in folder.glob("*/*contract.yml")})


def stream_names(settings: Settings) -> list[tuple[str, str]]:
    """Return system and name of every stream, in the contracts' order."""
    contracts = load_contracts(settings).values()
    return [(contract.system, stream.name) for contract in contracts for stream in contract.streams]


def find_stream(settings: Settings, system: str, stream: str) -> Stream:
    """Return one stream; without a contract for it, raise a `ContractError`."""
    contract = load_contracts(settings).get(system)
    for candidate in contract.streams if contract else ():
        if candidate.name == stream:
            return candidate
    raise ContractError(f"no contract describes the stream {system}.{stream}")


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
        raise ContractError(f"{folder} has no contract.yml or <stream>.contract.yml")
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
        document = OpenDataContractStandard(**yaml.load(file.read_bytes(), YAML_LOADER))  # noqa: S506 - a safe one
    except OSError as error:
        raise ContractError(f"{file} can't be read: {error.strerror}") from error
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
    if document.status not in STATES:
        raise ContractError(
            f"{file}: its status is {document.status!r}; it must be {', '.join(STATES)}"
        )
    promises = _promises(file, document.slaProperties or ())
    due = promises if document.status != "retired" else {}
    streams = tuple(
        read_stream(file, system, document.version, table, due.get(str(table.name)))
        for table in document.schema_
    )
    if unknown := [each for each in promises if each not in {stream.name for stream in streams}]:
        raise ContractError(
            f"{file}: slaProperties give a frequency for {', '.join(map(str, unknown))}, which the "
            "schema does not define"
        )
    given = read_properties(document.customProperties, OF_CONTRACT, str(file))
    return Contract(
        system=system,
        name=document.name or system,
        version=document.version,
        owner=(getattr(document.team, "name", None) or "unknown"),
        folder=file.parent,
        is_active=STATES[document.status],
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
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ContractError(f"{file}: activeFrom is {text!r}; write a day as 2026-01-31")
