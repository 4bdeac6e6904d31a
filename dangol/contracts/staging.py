"""Finds a system's staging models, and checks them before dbt reads the models of all systems.

dbt reads all of its project or nothing, so a mistake that it would stumble over is found here and
costs only its own system.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from pathlib import Path

import yaml

from dangol.contracts.model import Contract, ContractError
from dangol.model_facts import MODELS, YAML_LOADER, strategies
from dangol.settings import SOURCES

STAGING = MODELS / "staging"
_KINDS = {".sql", ".yml"}
_WRITTEN_BY_DANGOL = {"ops"}
"""The sources beside a system's own that a staging model may read."""


class StagingError(ContractError):
    """A file beside a contract can't be used; the message names it and, if possible, its line."""


def is_own(contract: Contract) -> bool:
    """Return whether a system is the company's own, and not one of Dangol's."""
    return contract.folder.parent != SOURCES


def models_of(contract: Contract) -> list[Path]:
    """List the files of a system's staging models: beside its contract, or among Dangol's own.

    Returns
    -------
    list of Path
        SQL and YAML, by name.
    """
    folder = contract.folder if is_own(contract) else STAGING / contract.system
    return [
        file
        for file in sorted(folder.iterdir())
        if file.suffix in _KINDS and not file.name.endswith("contract.yml")
    ]


def check_staging(contract: Contract) -> None:
    """Check that a system has the staging models that its contract names, and that they parse.

    Raises
    ------
    StagingError
        If an entity does not exist, is in the wrong one of both properties or has no staging model;
        or if a file has another system's name, or is no YAML, no Jinja or no text.
    """
    _check_entities(contract)
    files = models_of(contract)
    for file in files:
        if problem := _problem_of(file, file.stat().st_mtime_ns, contract):
            raise StagingError(f"{file}{problem}")
    present = {file.stem for file in files}
    for entity in entities_of_system(contract):
        if (model := f"stg_{contract.system}__{entity}") not in present:
            raise StagingError(
                f"{contract.folder}: the contract says that its rows make up {entity}, but there "
                f"is no {model}.sql"
            )


def entities_of_system(contract: Contract) -> list[str]:
    """Return the entities that a system's rows make up or describe, in the contract's order."""
    named = [(*stream.received_in, *stream.describes) for stream in contract.streams]
    return list(dict.fromkeys(chain.from_iterable(named)))


def _check_entities(contract: Contract) -> None:
    known = strategies()
    for stream in contract.streams:
        for entity in (*stream.received_in, *stream.describes):
            if entity not in known:
                raise StagingError(
                    f"{contract.folder}: {stream.name} names the entity {entity}, which does not "
                    f"exist; the entities are {', '.join(known)}"
                )
        for names, property_name, strategy in (
            (stream.received_in, "describes", "latest"),
            (stream.describes, "receivedIn", "versions"),
        ):
            if wrong := [entity for entity in names if known[entity] == strategy]:
                raise StagingError(
                    f"{contract.folder}: the entity {wrong[0]} of {stream.name} belongs in "
                    f"{property_name}: of rows that are received each one is counted, of those "
                    "that are described only the last of a key is kept"
                )


@lru_cache(maxsize=1024)
def _problem_of(file: Path, changed: int, contract: Contract) -> str:
    """Say what is wrong with a file, after its name; an edited one is read again."""
    system = contract.system
    if not file.name.startswith((f"stg_{system}__", f"_{system}__")):
        return (
            f": its name must begin with stg_{system}__ (a model) or _{system}__ (its YAML), so "
            "that no two systems have the same"
        )
    if file.name == f"_{system}__sources.yml":
        return ": Dangol writes this file from the contract: give it another name"
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return f":{line}: it is not UTF-8 text: save it as UTF-8"
    except OSError as error:
        return f" can't be read: {error.strerror}"
    return _problem_of_yaml(text) if file.suffix == ".yml" else _problem_of_sql(text, contract)


def _problem_of_yaml(text: str) -> str:
    try:
        document = yaml.load(text, YAML_LOADER)  # noqa: S506 - a safe one
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"{line}: it is not YAML: {error.problem}"
    except yaml.YAMLError as error:
        return f": it is not YAML: {error}"
    if not isinstance(document, dict):
        return ":1: it must be a mapping, with models: and a list of them"
    models = document.get("models", [])
    if not isinstance(models, list) or any(
        not isinstance(each, dict) or not isinstance(each.get("name"), str) for each in models
    ):
        return ": models must be a list, each with a name"
    return ""


def _problem_of_sql(text: str, contract: Contract) -> str:
    from jinja2 import Environment, TemplateSyntaxError, nodes

    try:
        template = Environment(extensions=["jinja2.ext.do"]).parse(text)  # noqa: S701 - no HTML
    except TemplateSyntaxError as error:
        return f":{error.lineno}: {error.message}"
    streams = {stream.name for stream in contract.streams}
    own = {file.stem for file in models_of(contract)}
    for call in template.find_all(nodes.Call):
        name = getattr(call.node, "name", None)
        given = [each.value for each in call.args if isinstance(each, nodes.Const)]
        if name == "source" and len(given) == 2:
            system, stream = given
            if system not in {contract.system, *_WRITTEN_BY_DANGOL}:
                return f":{call.lineno}: a staging model reads only its own system's streams"
            if system == contract.system and stream not in streams:
                return (
                    f":{call.lineno}: the contract has no stream {stream}; its streams are "
                    f"{', '.join(sorted(streams))}"
                )
        if name == "ref" and len(given) == 1 and given[0] not in own | _shared_models():
            return f":{call.lineno}: there is no model {given[0]}"
    return ""


@lru_cache(maxsize=1)
def _shared_models() -> frozenset[str]:
    return frozenset(
        file.stem for file in MODELS.rglob("*.sql") if not file.is_relative_to(STAGING)
    )
