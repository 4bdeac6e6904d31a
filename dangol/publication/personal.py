"""Keeps personal columns from being published, unless their model says so, with a reason."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from dangol.build.project import OWN, published_attributes
from dangol.contracts.reading import load_contracts
from dangol.model_facts import read_models
from dangol.publication.dictionary import TableEntry
from dangol.publication.store import PublicationError
from dangol.settings import Settings

KEPT_BACK = frozenset({"personal", "sensitive"})
"""The classes of columns that need a reason to be published."""


def need_permits(tables: Iterable[TableEntry]) -> None:
    """Check that no column is published that is personal and has no reason to be.

    A column is personal if its model says so, or if an entity has one of its name that is.

    Raises
    ------
    PublicationError
        If there is one; the message says what its model's YAML lacks.
    """
    inherited = {
        column: its
        for model in read_models()
        if model.layer == "cleaned"
        for column, its in model.classes.items()
    }
    for table in tables:
        for column in table.columns:
            its = table.classes.get(column, inherited.get(column, "public"))
            if its in KEPT_BACK and column not in table.permits:
                raise PublicationError(
                    f"nothing was published: {table.full_name}.{column} is of the class {its}. "
                    "Leave it out, or say in the column's meta, in its model's YAML, "
                    "`publish: true` and a `reason`"
                )


def withheld_attributes(build: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Return, for the log, the attributes of the company's own that readers don't get."""
    exists = build.execute(
        "select count(*) from information_schema.tables"
        " where table_schema = 'cleaned' and table_name = 'contact_attributes'"
    ).fetchall()
    if exists == [(0,)]:
        return []
    rows = build.execute(
        "select distinct source_system, attribute_name from cleaned.contact_attributes order by all"
    ).fetchall()
    permitted = published_attributes(load_contracts(settings))
    return [
        f"{OWN}{name} of stg_{system}__contact_records is not published: to publish it, say in its "
        "meta, in the model's YAML, `publish: true` and a `reason`"
        for system, name in rows
        if [system, name] not in permitted
    ]
