"""Writes a contract as dbt sources of the raw layer, which describe each column."""

from __future__ import annotations

from typing import Any

import yaml

from dangol.contracts.model import Contract


def render_sources(contract: Contract) -> str:
    """Return a contract as a dbt sources file, in YAML."""
    tables: list[dict[str, Any]] = [
        {
            "name": stream.name,
            "identifier": f"{contract.system}__{stream.name}",
            "description": stream.description,
            "columns": [
                {"name": column.name, "description": column.description}
                | ({"config": {"tags": [column.classification]}} if column.is_personal else {})
                for column in stream.columns
            ],
        }
        for stream in contract.streams
    ]
    sources = {"name": contract.system, "schema": "raw", "description": contract.name}
    document = {"version": 2, "sources": [sources | {"tables": tables}]}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=98)
