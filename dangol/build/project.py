"""Assembles the dbt project that a night runs: Dangol's models and the company's own systems.

It is a folder of the home, ``$DANGOL_HOME/dbt/project``: dbt finds its models in one place, and
neither the checkout nor the company's folder is written to. Only files that changed are written, so
that dbt reads only these again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from dangol.contracts.dbt_sources import render_sources
from dangol.contracts.model import Contract
from dangol.contracts.reading import load_contracts
from dangol.contracts.staging import entities_of_system, models_of
from dangol.files import private_folder
from dangol.model_facts import YAML_LOADER, permits_of, strategies
from dangol.settings import PROJECT_ROOT, Settings

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
_KINDS = {".sql", ".yml"}
_TEXTS = {".md"}  # of dbt's documentation; a company's folder has others
_STAGING = PurePosixPath("models/staging")
OWN = "own_"
"""Begins the name of a staging model's column that is an attribute of the company's own."""
_OWN_COLUMN = re.compile(rf"{OWN}[a-z0-9_]+")


def assemble_project(settings: Settings) -> Path:
    """Bring the home's dbt project up to date.

    Returns
    -------
    Path
        Its folder.
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


def entities_of(contracts: dict[str, Contract]) -> dict[str, list[str]]:
    """Return the staging models that make up each entity, in the order of the systems."""
    entities: dict[str, list[str]] = {}
    for contract in contracts.values():
        for entity in entities_of_system(contract):
            entities.setdefault(entity, []).append(f"stg_{contract.system}__{entity}")
    return entities


def published_attributes(contracts: dict[str, Contract]) -> list[list[str]]:
    """List the attributes of a company's own that readers may have.

    An attribute is about a person, so it needs ``publish: true`` and a ``reason`` in the YAML of
    its staging model.

    Returns
    -------
    list of [system, attribute]
        In alphabetical order.
    """
    return sorted(
        [system, column.removeprefix(OWN)]
        for system, _, column in staging_permits(contracts)
        if _OWN_COLUMN.fullmatch(column)
    )


def staging_permits(contracts: dict[str, Contract]) -> Iterator[tuple[str, str, str]]:
    """Yield system, staging model and column of what a staging model's YAML lets readers have."""
    for contract in contracts.values():
        for file in models_of(contract):
            models = read_yaml(file).get("models") or () if file.suffix == ".yml" else ()
            for model in models:
                for column in permits_of(model):
                    yield contract.system, model["name"], column


def read_yaml(file: Path) -> dict[str, Any]:
    """Return a staging model's YAML; it was checked when the contract was read."""
    return dict(yaml.load(file.read_bytes(), YAML_LOADER) or {})  # noqa: S506 - a safe one


def _with_entities(file: Path, contracts: dict[str, Contract]) -> bytes:
    """Return dbt_project.yml with the variables from which the unions are made."""
    entities = {
        strategy: [each for each, its in strategies().items() if its == strategy]
        for strategy in sorted(set(strategies().values()))
    }
    variables = yaml.safe_dump(
        {
            "vars": {
                "staging_of": entities_of(contracts),
                "entities": entities,
                "published_attributes": published_attributes(contracts),
            }
        }
    )
    return file.read_bytes() + b"\n" + variables.encode()
