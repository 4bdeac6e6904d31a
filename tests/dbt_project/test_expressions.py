"""Each macro gives what its cases say; tests/two_engines checks the same on Spark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from dangol.build.key_plugin import give_key
from dangol.id_keys import IdKey
from dangol.settings import PROJECT_ROOT
from tests.id_key import SECRET

MACROS = PROJECT_ROOT / "dbt_project" / "macros"
CASES = [
    (macro, case)
    for macro, cases in yaml.safe_load(
        Path(__file__).with_name("expressions.yml").read_text(encoding="utf-8")
    ).items()
    for case in cases
]


def query_of(case: dict[str, Any]) -> str:
    if "query" in case:
        return str(case["query"])
    columns = ", ".join(case["given"])
    rows = ", ".join(f"({', '.join(row)})" for row in zip(*case["given"].values(), strict=True))
    return f"select {{{{ {case['call']} }}}} from (values {rows}) as given ({columns})"


def rows_of(gives: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in (gives if isinstance(gives, list) else [[gives]])]


def as_text(value: Any) -> Any:
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return None if value is None else str(value)


@pytest.fixture(scope="module")
def compiled(compile_sql: Callable[[Sequence[str]], list[str]]) -> list[str]:
    return compile_sql([query_of(case) for _, case in CASES])


@pytest.mark.parametrize("index", range(len(CASES)), ids=[macro for macro, _ in CASES])
def test_a_macro_gives_what_its_case_says(compiled: list[str], index: int) -> None:
    with duckdb.connect() as connection:
        give_key(connection, IdKey(SECRET))
        found = connection.execute(compiled[index]).fetchall()
    assert [tuple(as_text(value) for value in row) for row in found] == rows_of(
        CASES[index][1]["gives"]
    )


def test_every_expression_has_a_case() -> None:
    """Except the subquery in `test_strategies.py`, which reads a table."""
    expressions = {
        file.stem for folder in ("dialect", "expressions") for file in (MACROS / folder).iterdir()
    }
    assert {macro for macro, _ in CASES} | {"loads_withdrawn_tonight"} == expressions
