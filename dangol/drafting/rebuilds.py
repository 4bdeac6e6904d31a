"""Says what a change of a system's contract or staging models means for the next night."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from dangol import layers
from dangol.build.published import open_publication
from dangol.build.state import fingerprint
from dangol.build.transform import parse_project
from dangol.build.warehouse import WarehouseError
from dangol.contracts.model import Contract
from dangol.contracts.staging import models_of
from dangol.drafting.check import CheckedHome
from dangol.errors import DangolError
from dangol.publication.dictionary import published_tables
from dangol.settings import Settings

_MOST_NAMED = 8


@dataclass(frozen=True)
class _Build:
    """The home's last build.

    Parameters
    ----------
    day
        For which it was built.
    fingerprint
        Of what it was built with.
    columns
        From stream to its columns' types, of the checked system.
    """

    day: str
    fingerprint: str
    columns: dict[str, dict[str, str]]


def rebuilds(settings: Settings, home: CheckedHome, contract: Contract) -> list[str]:
    """Return what the next night rebuilds because of the system as it is now.

    Parameters
    ----------
    settings
        Of the company's own home, which is only read.
    contract
        As it is in the system's folder.

    Returns
    -------
    list of str
        Sentences.
    """
    build = _last_build(settings, contract.system)
    if build is None:
        told = "the home has no build yet: the first night builds every table"
        return [told, _tables(home, [])]
    models, columns = _changed_models(settings, contract), _changed_columns(build, contract)
    changes = [*models, *columns]
    if build.fingerprint == fingerprint(settings) and contract.is_active:
        return [f"nothing has changed since the last build, of {build.day}: nothing is rebuilt"]
    if not changes:
        return [
            f"the models and columns are those of the last build, of {build.day}, but the contract,"
            " another system or Dangol itself has changed: the next night rebuilds every table "
            "from the lake"
        ]
    when = "the next night" if contract.is_active else "the first night with `status: active`"
    return [
        f"since the last build, of {build.day}: {'; '.join(changes)}",
        f"{when} rebuilds every table from the lake, and only then goes on; until it has "
        "published, readers keep the last publication",
        # which models read a column is not known
        _tables(home, [] if columns else [each.split(".sql ")[0] for each in models]),
    ]


def _last_build(settings: Settings, system: str) -> _Build | None:
    if not settings.build_file.exists():
        return None
    try:
        with open_publication(settings, settings.build_file) as build:
            ((day, built_with),) = build.execute(
                "select built_for::varchar, fingerprint from ops.build_state"
            ).fetchall()
            columns: dict[str, dict[str, str]] = {}
            for view, name, sql_type in build.execute(
                "select table_name, column_name, data_type from duckdb_columns()"
                " where schema_name = 'raw' and starts_with(table_name, ?)",
                [f"{system}__"],
            ).fetchall():
                stream = view.removeprefix(f"{system}__")
                columns.setdefault(stream, {})[name] = sql_type
    except (duckdb.Error, WarehouseError, ValueError, OSError):
        return None  # it is being written, or from another version: it will be built anew
    return _Build(day, built_with, columns)


def _changed_models(settings: Settings, contract: Contract) -> list[str]:
    """Return which staging models differ from those that the last night ran."""
    folder = settings.dbt / "project" / "models" / "staging" / contract.system
    own = {file.name: file for file in models_of(contract) if file.suffix == ".sql"}
    told = []
    for name, file in own.items():
        built = folder / name
        if not built.exists():
            told.append(f"{name} is new")
        elif built.read_bytes() != file.read_bytes():
            told.append(f"{name} has changed")
    gone = {file.name for file in folder.glob("*.sql")} - set(own) if folder.is_dir() else set()
    return told + [f"{name} is gone" for name in sorted(gone)]


def _changed_columns(build: _Build, contract: Contract) -> list[str]:
    """Return which columns the contract names now, names no more, or types otherwise."""
    told = []
    for stream in contract.streams:
        before = build.columns.get(stream.name)
        if before is None:
            continue
        now = {column.name: column.sql_type for column in stream.columns}
        kept = {name: kind for name, kind in before.items() if not name.startswith("_")}
        for name in [*now, *(each for each in kept if each not in now)]:
            if now.get(name) != kept.get(name):
                was, is_now = kept.get(name, "absent"), now.get(name, "absent")
                told.append(f"{stream.name}.{name} was {was} and is {is_now}")
    return told


def _tables(home: CheckedHome, changed: Collection[str]) -> str:
    """Name the tables that depend on the system's models, or on the changed ones."""
    try:
        dependent = _dependent(home, changed)
    except DangolError:
        return "its models can't be read, so the tables that depend on them are unknown"
    readers = {table.full_name for table in published_tables()}
    published = sorted(
        (name for name in dependent if name in readers),
        key=lambda name: (layers.PUBLISHED.index(name.partition(".")[0]), name),
    )
    shown = ", ".join(published[:_MOST_NAMED])
    more = f" and {len(published) - _MOST_NAMED} more" if len(published) > _MOST_NAMED else ""
    return f"{len(dependent)} tables depend on it, {len(published)} of them published" + (
        f": {shown}{more}" if published else ""
    )


def _dependent(home: CheckedHome, changed: Collection[str]) -> list[str]:
    """Return the tables below the changed models in dbt's graph, or below all of the system."""
    _, manifest = parse_project(home.rehearsal.settings)
    manifest.build_parent_and_child_maps()
    staging = f"stg_{home.rehearsal.contract.system}__"
    own = [key for key, node in manifest.nodes.items() if node.name.startswith(staging)]
    wanted = [key for key in own if manifest.nodes[key].name in changed] or own
    found = _below(manifest.child_map, wanted)
    nodes: Iterable[Any] = (manifest.nodes[key] for key in found if key in manifest.nodes)
    return sorted(
        f"{node.schema}.{node.alias}"
        for node in nodes
        if str(node.resource_type) == "model" and node.config.materialized != "view"
    )


def _below(children: dict[str, list[str]], start: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return found
