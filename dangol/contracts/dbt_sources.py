"""Generates the dbt sources of the raw layer from the contracts, which describe each column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from dangol.contracts.model import Contract
from dangol.contracts.reading import load_contracts
from dangol.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "dbt_project" / "models" / "staging"
_HEADER = (
    "# Made from sources/{system}/contract.yml by `dangol contracts`; edit that file instead.\n"
)


def write_sources(folder: Path = FOLDER) -> list[Path]:
    """Write one sources file per contract; return the files in the order of the systems."""
    written = []
    for contract in load_contracts().values():
        file = sources_file(contract, folder)
        file.parent.mkdir(exist_ok=True)
        file.write_text(render(contract), encoding="utf-8")
        written.append(file)
    return written


def sources_file(contract: Contract, folder: Path = FOLDER) -> Path:
    """Return the path of a system's sources file."""
    return folder / contract.system / f"_{contract.system}__sources.yml"


def render(contract: Contract) -> str:
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
    document = {
        "version": 2,
        "sources": [
            {
                "name": contract.system,
                "schema": "raw",
                "description": contract.name,
                "tables": tables,
            }
        ],
    }
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=98)
    return _HEADER.format(system=contract.system) + text
