"""Runs dbt itself, for DuckDB: what it knows about the project, and how SQL compiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dangol.build.project import assemble_project
from dangol.contracts.reading import systems_in
from dangol.settings import SOURCES, Company, Settings

MARK = "\n---------- next\n"


def invoke_dbt(folder: Path, before: Sequence[str], *arguments: str) -> Any:
    """Run dbt in this process with all its output in a folder, and return its result."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    company = Company("Grocer", "America/New_York", "USD", systems=tuple(systems_in(SOURCES)))
    project = str(assemble_project(Settings(home=folder, landing="", company=company)))
    environment = {
        "DANGOL_BUILD_FILE": str(folder / "build.duckdb"),
        "DANGOL_DBT_MEMORY_LIMIT": "500MB",
        "DANGOL_DBT_THREADS": "1",
        "DANGOL_DBT_SPILL": str(folder / "spill"),
        "DANGOL_DBT_EXTENSIONS": str(folder),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            outcome = dbtRunner().invoke(
                ["--log-level", "none", "--log-path", str(folder), "--no-write-json", *before,
                 *arguments, "--project-dir", project, "--profiles-dir", project,
                 "--target-path", str(folder / "target")]
            )  # fmt: skip
        finally:
            DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception
    return outcome.result


@pytest.fixture(scope="session")
def compile_sql(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Sequence[str]], list[str]]:
    """Return a function that compiles several texts with Jinja in one go."""
    folder = tmp_path_factory.mktemp("dbt")

    def compile_texts(texts: Sequence[str]) -> list[str]:
        result = invoke_dbt(
            folder, [], "compile", "--inline", MARK.join(texts), "--no-populate-cache"
        )
        return str(result.results[0].node.compiled_code).split(MARK)

    return compile_texts


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The parsed project; a warning by dbt is an error."""
    result = invoke_dbt(tmp_path_factory.mktemp("dbt"), ["--warn-error"], "parse")
    return dict(result.writable_manifest().to_dict(omit_none=False))
