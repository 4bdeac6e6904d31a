"""Assembles the dbt project that a night runs: Dangol's models and the company's own systems.

It is a folder of the home, ``$DANGOL_HOME/dbt/project``: dbt finds its models in one place, and
neither the checkout nor the company's folder is written to. Only files that changed are written, so
that dbt reads only these again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path, PurePosixPath

import yaml

from dangol.build.model_facts import strategies
from dangol.contracts.dbt_sources import render_sources
from dangol.contracts.model import Contract
from dangol.contracts.reading import SOURCES, load_contracts
from dangol.errors import DangolError
from dangol.files import private_folder
from dangol.settings import PROJECT_ROOT, Settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
_KINDS = {".sql", ".yml"}
_TEXTS = {".md"}  # of dbt's documentation; a company's folder has others
_STAGING = PurePosixPath("models/staging")


class ProjectError(DangolError):
    """A file of a system can't be part of the dbt project; the message names it."""


def assemble_project(settings: Settings) -> Path:
    """Bring the home's dbt project up to date.

    Returns
    -------
    Path
        Its folder.

    Raises
    ------
    ProjectError
        If a model of a system has another system's name, or an entity lacks its staging model.
    """
    target = private_folder(settings.dbt / "project")
    wanted = dict(_files(settings))
    for file in [file for file in target.rglob("*") if file.is_file()]:
        if file.relative_to(target).as_posix() not in wanted:
            file.unlink()
    for name, content in wanted.items():
        file = target / name
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return target


def project_digest(settings: Settings) -> str:
    """Return a SHA-256 of the project's files and of the contracts in force."""
    digest = hashlib.sha256()
    for name, content in sorted(_files(settings)):
        digest.update(name.encode() + b"\0" + content)
    for contract in load_contracts(settings).values():
        for file in sorted(contract.folder.glob("*contract.yml")):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _files(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """Yield each file's path in the project, and its content."""
    contracts = load_contracts(settings)
    for file in DBT_PROJECT.rglob("*"):
        path = PurePosixPath(file.relative_to(DBT_PROJECT).as_posix())
        if file.suffix in _KINDS | _TEXTS and not path.is_relative_to(_STAGING):
            is_settings = path == PurePosixPath("dbt_project.yml")
            yield str(path), _with_entities(file, contracts) if is_settings else file.read_bytes()
    for contract in contracts.values():
        folder = _STAGING / contract.system
        yield f"{folder}/_{contract.system}__sources.yml", render_sources(contract).encode()
        for file in models_of(contract):
            yield f"{folder}/{file.name}", file.read_bytes()


def models_of(contract: Contract) -> list[Path]:
    """List the files of a system's staging models: beside its contract, or among Dangol's own.

    Returns
    -------
    list of Path
        SQL and YAML, by name.

    Raises
    ------
    ProjectError
        If one has another system's name, which could replace that system's model.
    """
    is_own = contract.folder.parent == SOURCES
    folder = DBT_PROJECT / _STAGING / contract.system if is_own else contract.folder
    files = [
        file
        for file in sorted(folder.iterdir())
        if file.suffix in _KINDS and not file.name.endswith("contract.yml")
    ]
    for file in files:
        if not file.name.startswith((f"stg_{contract.system}__", f"_{contract.system}__")):
            raise ProjectError(
                f"{file}: its name must begin with stg_{contract.system}__ (a model) or "
                f"_{contract.system}__ (its YAML), so that no two systems have the same"
            )
    return files


def entities_of(contracts: dict[str, Contract]) -> dict[str, list[str]]:
    """Find out which staging models make up each entity.

    Returns
    -------
    dict of str to list of str
        From entity to models, in the order of the systems.

    Raises
    ------
    ProjectError
        If a contract names an entity that does not exist, in the wrong one of both properties, or
        for which its system has no staging model.
    """
    entities: dict[str, list[str]] = {}
    for contract in contracts.values():
        _check_entities(contract)
        present = {file.stem for file in models_of(contract)}
        named = [(*stream.received_in, *stream.describes) for stream in contract.streams]
        for entity in dict.fromkeys(chain.from_iterable(named)):
            model = f"stg_{contract.system}__{entity}"
            if model not in present:
                raise ProjectError(
                    f"{contract.folder}: the contract says that its rows make up {entity}, but "
                    f"there is no {model}.sql"
                )
            entities.setdefault(entity, []).append(model)
    return entities


def _check_entities(contract: Contract) -> None:
    known = strategies()
    for stream in contract.streams:
        for entity in (*stream.received_in, *stream.describes):
            if entity not in known:
                raise ProjectError(
                    f"{contract.folder}: {stream.name} names the entity {entity}, which does not "
                    f"exist; the entities are {', '.join(known)}"
                )
        for names, property_name, strategy in (
            (stream.received_in, "describes", "latest"),
            (stream.describes, "receivedIn", "versions"),
        ):
            if wrong := [entity for entity in names if known[entity] == strategy]:
                raise ProjectError(
                    f"{contract.folder}: the entity {wrong[0]} of {stream.name} belongs in "
                    f"{property_name}: of rows that are received each one is counted, of those "
                    "that are described only the last of a key is kept"
                )


def _with_entities(file: Path, contracts: dict[str, Contract]) -> bytes:
    """Return dbt_project.yml with the variable from which the unions are made."""
    variables = yaml.safe_dump({"vars": {"staging_of": entities_of(contracts)}})
    return file.read_bytes() + b"\n" + variables.encode()
