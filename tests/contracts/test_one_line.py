"""A column of a contract is one line, which says what does not follow from the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from dangol.contracts.reading import load_contract
from dangol.settings import PROJECT_ROOT, SOURCES

FOLDERS = (
    SOURCES,
    PROJECT_ROOT / "dangol" / "example" / "systems",
    # drafted from samples
    PROJECT_ROOT / "tests" / "end_to_end" / "second_company" / "company" / "systems",
)
FILES = [file for folder in FOLDERS for file in sorted(folder.glob("*/*contract.yml"))]
DERIVED = {"physicalType": "VARCHAR", "required": False, "primaryKey": False,
           "classification": "public"}  # fmt: skip


def named(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_column_is_one_line(file: Path) -> None:
    lines = [
        yaml.safe_load(line)[0]
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith("- {name:")
    ]
    document = yaml.safe_load(file.read_bytes())
    assert lines == [column for table in document["schema"] for column in table["properties"]]
    streams = load_contract(file.parent).streams
    assert {line["name"] for line in lines} <= {
        column.name for stream in streams for column in stream.columns
    }


@pytest.mark.parametrize("file", FILES, ids=named)
def test_what_follows_from_the_rest_is_not_written(file: Path) -> None:
    document = yaml.safe_load(file.read_bytes())
    for table in document["schema"]:
        for column in table["properties"]:
            assert column.get("physicalName") != column["name"], column["name"]
            assert "logicalType" not in column, column["name"]
            assert not [key for key, value in DERIVED.items() if column.get(key) == value], column
