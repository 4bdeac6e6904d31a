"""Data Docs, the site of Great Expectations: what the gates found in the last nights.

The pages are as Great Expectations makes them, from results that contain counts and no values. They
load style sheets and scripts from other sites, without which they are plain, and their list is
empty; a night's own page (`pages.night`) links to each of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dangol.night import Night
from expectations.engine import (
    RESULTS_FOLDER,
    SITE,
    ExpectationSuiteIdentifier,
    ExpectationSuiteValidationResult,
    RunIdentifier,
    ValidationResultIdentifier,
)

NIGHTS_KEPT = 7
"""A week: every gate reads the results of all of them to list them. ops.gate_results has all."""


def publish_results(
    context: Any, folder: Path, night: Night, gate: str, results: Sequence[Any]
) -> Path:
    """Add one gate's results to the site, replacing those of an earlier run for the same night.

    Parameters
    ----------
    context
        From `expectations.engine.open_context`, for the same folder.
    results
        From `expectations.validate.validate`: counts, no values.

    Returns
    -------
    Path
        The site's first page.

    Raises
    ------
    OSError
        If the site can't be written.
    """
    day = night.business_date.isoformat()
    passed = sum(bool(result.success) for result in results)
    run = RunIdentifier(run_name=day, run_time=night.as_of)
    key = ValidationResultIdentifier(ExpectationSuiteIdentifier(gate), run, gate)
    _drop_old(folder, gate, keep=NIGHTS_KEPT, replaced=day)
    context.validation_results_store.set(
        key,
        ExpectationSuiteValidationResult(
            success=passed == len(results),
            results=list(results),
            suite_name=gate,
            statistics={
                "evaluated_expectations": len(results),
                "successful_expectations": passed,
                "unsuccessful_expectations": len(results) - passed,
                "success_percent": 100.0 * passed / len(results) if results else None,
            },
            meta={
                "run_id": run,
                "validation_time": night.as_of,
                "great_expectations_version": version("great-expectations"),
            },
        ),
    )
    context.build_data_docs(site_names=[SITE], resource_identifiers=[key])
    page = folder.joinpath("validations", *key.to_tuple()).with_suffix(".html")
    if not page.is_file():
        raise OSError(f"Great Expectations did not write {page}")
    return folder / "index.html"


def _drop_old(folder: Path, gate: str, keep: int, replaced: str) -> None:
    for section in (RESULTS_FOLDER, "validations"):
        nights = sorted(path for path in (folder / section / gate).glob("*") if path.is_dir())
        older = [path for path in nights if path.name != replaced]
        for path in [path for path in nights if path.name == replaced] + older[: -(keep - 1)]:
            shutil.rmtree(path)
