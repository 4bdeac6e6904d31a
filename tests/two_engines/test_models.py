"""Every model gives on Spark what it gives on DuckDB: a full build, then two incremental nights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NIGHTS = ["2017-11-04", "2017-11-05", "2017-11-06"]


@pytest.fixture(scope="module")
def built(build: Any, nights: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Of each night and table, DuckDB's checksum and Spark's."""
    expected = json.loads((nights / "checksums.json").read_text(encoding="utf-8"))
    assert list(expected) == NIGHTS
    pairs = {}
    for night, checksums in expected.items():
        build.lay(nights / "inputs" / night)
        build.dbt("run")
        pairs[night] = {
            table: (checksum, build.checksum(table)) for table, checksum in checksums.items()
        }
    return pairs


@pytest.mark.parametrize("night", NIGHTS)
def test_every_table_is_equal_on_both_engines(
    built: dict[str, dict[str, tuple[str, str]]], night: str
) -> None:
    different = {table: pair for table, pair in built[night].items() if pair[0] != pair[1]}
    assert different == {}
