"""Compiles SQL with the project's macros by dbt itself, for DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from dangol.settings import PROJECT_ROOT

MARK = "\n---------- next\n"


@pytest.fixture(scope="session")
def compile_sql(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Sequence[str]], list[str]]:
    """Return a function that compiles several texts with Jinja in one go."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("dbt")
    environment = {
        "DANGOL_BUILD_FILE": str(folder / "build.duckdb"),
        "DANGOL_DBT_MEMORY_LIMIT": "500MB",
        "DANGOL_DBT_THREADS": "1",
        "DANGOL_DBT_SPILL": str(folder / "spill"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    project = str(PROJECT_ROOT / "dbt_project")

    def compile_texts(texts: Sequence[str]) -> list[str]:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            try:
                outcome = dbtRunner().invoke(
                    ["--log-level", "none", "--log-path", str(folder), "--no-write-json",
                     "compile", "--inline", MARK.join(texts), "--no-populate-cache",
                     "--project-dir", project, "--profiles-dir", project,
                     "--target-path", str(folder / "target")]
                )  # fmt: skip
            finally:
                DuckDBConnectionManager.close_all_connections()
        assert outcome.success, outcome.exception
        return str(outcome.result.results[0].node.compiled_code).split(MARK)

    return compile_texts
