"""Each macro gives on Spark what its cases say, as tests/dbt_project checks on DuckDB."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

ASKED_OF_DUCKDB = runpy.run_path(
    str(Path(__file__).parents[1] / "dbt_project" / "test_expressions.py")
)
CASES = ASKED_OF_DUCKDB["CASES"]
MARK = "\n---------- next\n"


@pytest.fixture(scope="module")
def compiled(build: Any) -> list[str]:
    text = MARK.join(ASKED_OF_DUCKDB["query_of"](case) for _, case in CASES)
    result = build.dbt("compile", "--inline", text, "--no-populate-cache")[0]
    return str(result.node.compiled_code).split(MARK)


@pytest.mark.parametrize("index", range(len(CASES)), ids=[macro for macro, _ in CASES])
def test_a_macro_gives_what_its_case_says(spark: Any, compiled: list[str], index: int) -> None:
    found = [
        tuple(ASKED_OF_DUCKDB["as_text"](value) for value in row)
        for row in spark.sql(compiled[index]).collect()
    ]
    assert found == ASKED_OF_DUCKDB["rows_of"](CASES[index][1]["gives"])
