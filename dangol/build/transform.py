"""Runs the dbt models of one layer, and records how long each of them took.

One dbt invocation per layer, in this process: one per model would cost a second and a half each on
a real executor.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
from collections.abc import Sequence
from functools import lru_cache
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dangol import layers, pace, records
from dangol.build.failures import describe_failures, with_own_paths
from dangol.build.key_plugin import hand_over
from dangol.build.lean_dbt import discreet_log, import_dbt, lean_reading
from dangol.build.project import assemble_project, project_digest
from dangol.build.warehouse import extension_folder, open_build, resource_advice
from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import private_folder
from dangol.heap import kept_to_the_end, uncollected
from dangol.id_keys import need_key
from dangol.night import Night
from dangol.settings import Settings
from dangol.tables import render_table

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)


class LayerFailedError(DangolError):
    """A model or a test of a layer failed; the message says which, and where to look."""


class UnreadableProjectError(LayerFailedError):
    """dbt can't read a model or its YAML; the message is dbt's."""


def run_layer(settings: Settings, night: Night, layer: str) -> dict[str, object]:
    """Build the models of a layer and run their tests.

    Parameters
    ----------
    layer
        ``cleaned``, ``aggregated``, ``features`` or ``customer_view``.

    Returns
    -------
    dict
        How many models were built and tests passed.

    Raises
    ------
    LayerFailedError
        If a model can't be built or a test fails.
    """
    with uncollected():
        folders = layers.folders_of(layer)
        results = build_models(settings, [f"path:models/{folder}" for folder in folders])
    crash_point(f"{layer}.built")
    with open_build(settings, read_only=True) as build:
        rows = [row for row in (_describe(build, night, result) for result in results) if row]
    records.record(settings, "model_runs", night.business_date, layer, rows)
    crash_point(f"{layer}.recorded")
    log.info("%s", _table(rows))
    failed = [result for result in results if str(result.status) in {"error", "fail"}]
    if failed:
        raise LayerFailedError(_explain(settings, layer, failed))
    return {
        "models": sum(row["kind"] == "model" for row in rows),
        "tests": sum(row["tests"] for row in rows),
    }


def build_models(settings: Settings, selected: Sequence[str]) -> list[Any]:
    """Run some models and their tests.

    Parameters
    ----------
    selected
        In dbt's syntax: names of models, or ``path:models/<folder>``.

    Returns
    -------
    list of dbt's RunResult
        Of each model and test. Its ``message`` may quote values.

    Raises
    ------
    LayerFailedError
        If dbt can't read the project.
    """
    project, manifest = parse_project(settings)
    build = ["build", "--exclude-resource-type", "unit_test", "--select", *selected]
    try:
        results = _invoke_dbt(build, project, settings.dbt, manifest).results
    finally:
        import_dbt().close_all_connections()  # else the build file stays locked
    return list(results)


def generate_docs(settings: Settings) -> bytes:
    """Have dbt document the project: what ``dbt docs generate --static`` does.

    ``--static`` would put descriptions into a script as they are, and a ``</script>`` in a header
    of somebody's file would end it; here no text can.

    Returns
    -------
    bytes
        One HTML page, which loads nothing.

    Raises
    ------
    LayerFailedError
        If dbt can't compile the models, or can't read the build file.
    """
    project, manifest = parse_project(settings)
    target = settings.dbt / "docs"
    try:
        _invoke_dbt(["docs", "generate"], project, settings.dbt, manifest, target="docs")
        page = (target / "index.html").read_text(encoding="utf-8")
        for name in ("manifest", "catalog"):
            content = (target / f"{name}.json").read_text(encoding="utf-8")
            page = page.replace(
                f'"{name.upper()}.JSON INLINE DATA"', content.replace("<", "\\u003c"), 1
            )
    except FileNotFoundError as error:
        raise LayerFailedError(
            f"dbt's documentation was not made: {settings.dbt / 'logs' / 'dbt.log'} says why"
        ) from error
    finally:
        import_dbt().close_all_connections()  # else the build file stays locked
        shutil.rmtree(target, ignore_errors=True)
    return page.encode()


def parse_project(settings: Settings) -> tuple[Path, Any]:
    """Return the home's dbt project, brought up to date, and dbt's manifest of it."""
    os.environ |= {
        "DANGOL_BUILD_FILE": str(settings.build_file),
        "DANGOL_DBT_MEMORY_LIMIT": settings.memory_limit,
        "DANGOL_DBT_THREADS": str(settings.threads),
        "DANGOL_DBT_SPILL": str(private_folder(settings.work) / "spill-dbt"),
        "DANGOL_DBT_EXTENSIONS": str(extension_folder(settings)),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }
    hand_over(need_key(settings))
    project = assemble_project(settings)
    try:
        return project, _parse(project, settings.dbt, project_digest(settings))
    except UnreadableProjectError as error:
        raise LayerFailedError(
            f"dbt can't read the models: {with_own_paths(settings, str(error))}. Readers keep the "
            "last publication"
        ) from error


@lru_cache(maxsize=1)
def _parse(project: Path, folder: Path, digest: str) -> Any:
    """Return dbt's manifest of all models, parsed once per process and content."""
    with kept_to_the_end():
        import_dbt()
        with lean_reading():
            return _invoke_dbt(["parse"], project, folder)


def _invoke_dbt(
    command: list[str], project: Path, folder: Path, manifest: Any = None, target: str = "target"
) -> Any:
    from dbt.cli.main import dbtRunner

    arguments = [
        *("--log-path", str(private_folder(folder / "logs"))),
        # what dbt says of each model goes to its own file, never to the task's log
        *("--log-level", "none", "--log-level-file", "info"),
        *("--no-version-check", "--no-use-colors", "--no-write-json"),
        *command,
        *("--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(private_folder(folder / target))),
    ]
    with discreet_log():
        outcome = dbtRunner(manifest=manifest, callbacks=[_count_models]).invoke(arguments)
    if outcome.result is None:
        _end_threads_of_dbt()
        raise UnreadableProjectError(str(outcome.exception))
    return outcome.result


def _count_models(event: Any) -> None:
    """Count each model that dbt has built."""
    if event.info.name == "LogModelResult":
        pace.count(1, "models")


def _end_threads_of_dbt() -> None:
    """End the threads of a failed compilation, which dbt leaves waiting.

    Each has a connection of its own, and the process would be aborted at its end.
    """
    for each in gc.get_objects():
        if isinstance(each, ThreadPool):
            each.terminate()
            each.join()


def _describe(build: duckdb.DuckDBPyConnection, night: Night, result: Any) -> dict[str, Any] | None:
    """Return the row of a model or a test."""
    node = result.node
    kind = str(node.resource_type)
    if kind not in {"model", "test", "unit_test", "seed"}:
        return None
    is_table = kind in {"model", "seed"} and node.config.materialized != "view"
    is_there = is_table and str(result.status) == "success"
    query = f'select count(*) from {node.schema}."{node.alias}"'
    return {
        "run_id": night.run_id,
        "kind": kind,
        "layer": node.schema if kind in {"model", "seed"} else None,
        "model": node.name,
        "materialization": node.config.materialized if kind in {"model", "seed"} else None,
        "status": str(result.status),
        "row_count": build.execute(query).fetchall()[0][0] if is_there else None,
        "seconds": round(result.execution_time, 3),
        "failures": result.failures or 0,
        "tests": int(kind in {"test", "unit_test"}),
        "tested_model": _tested_model(node),
    }


def _tested_model(node: Any) -> str | None:
    """Return the model that a generic test is attached to."""
    attached = getattr(node, "attached_node", None)
    return attached.rpartition(".")[2] if attached else None


def _table(rows: list[dict[str, Any]]) -> str:
    """Format the models for the task's log: rows, seconds, and the tests of each."""
    models = [row for row in rows if row["kind"] in {"model", "seed"}]
    tests = [row for row in rows if row["tests"]]
    lines = []
    for row in models:
        own = [test["status"] == "pass" for test in tests if test["tested_model"] == row["model"]]
        passed = f"{sum(own)}/{len(own)}" if own else ""
        lines.append([row["model"], row["row_count"], row["seconds"], passed, row["status"]])
    count = sum(row["status"] == "pass" for row in tests)
    table = render_table(["model", "rows", "seconds", "tests", "status"], lines)
    return f"{table}\ntests: {count} of {len(tests)} passed"


def _explain(settings: Settings, layer: str, failed: list[Any]) -> str:
    """Say what failed without quoting dbt's messages about rows, which may contain values."""
    messages = [str(result.message) for result in failed]
    advice = next(filter(None, (resource_advice(settings, each) for each in messages)), "")
    return (
        f"layer {layer} failed: {describe_failures(settings, failed)}. "
        f"{advice + '. ' if advice else ''}Readers keep the last publication. dbt's log, in which "
        f"no value is quoted, is {settings.dbt / 'logs' / 'dbt.log'}; the compiled SQL is under "
        f"{settings.dbt / 'target' / 'compiled'}."
    )
