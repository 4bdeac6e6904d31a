"""Every model gives on Spark what it gives on DuckDB: a full build, then two incremental nights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(1800)  # the first test waits for three nights on both engines

NIGHTS = ["2017-11-04", "2017-11-05", "2017-11-06"]


@pytest.fixture(scope="module")
def differences(build: Any, nights: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """Of each night, the tables that differ, with DuckDB's checksum and Spark's."""
    expected = json.loads((nights / "checksums.json").read_text(encoding="utf-8"))
    assert list(expected) == NIGHTS
    assert len(expected[NIGHTS[0]]) > 35
    found = {}
    for night, checksums in expected.items():
        build.lay(nights / "inputs" / night)
        build.dbt("run")
        found[night] = build.differences(checksums)
    return found


@pytest.mark.parametrize("night", NIGHTS)
def test_every_table_is_equal_on_both_engines(
    differences: dict[str, dict[str, tuple[str, str]]], night: str
) -> None:
    assert differences[night] == {}
