"""The Data Docs site: what the gates found in the last two weeks.

The site is static and self-contained. Great Expectations' pages load style sheets and scripts from
six external sites, which would learn when someone looks at a gate; these pages load nothing.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dangol.files import write_whole
from dangol.night import Night
from expectations.engine import (
    RESULTS_FOLDER,
    SITE,
    ExpectationSuiteIdentifier,
    ExpectationSuiteValidationResult,
    RunIdentifier,
    ValidationResultIdentifier,
)

NIGHTS_KEPT = 14
"""Two weeks of pages; ops.gate_results has the results of all nights."""

# inline scripts go too: they only drive what the remote ones draw
_REMOTE = re.compile(
    r"<script.*?</script>|<(?:link|img)[^>]*\s(?:href|src)=[\"']https?://[^>]*>"
    r"|<a\s[^>]*href=[\"']https?://.*?</a>|<footer.*?</footer>"
    r"|url\([\"']?https?://[^)]*\)",
    re.IGNORECASE | re.DOTALL,
)
_STYLE = """<style>
body { font-family: sans-serif; margin: 1.5rem; color: #222; background: #fff; }
.sticky, .modal, .navbar, .cloud-footer, .col-lg-2 { display: none; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
td, th { border: 1px solid #ccc; padding: .35rem .6rem; text-align: left; vertical-align: top; }
ul { list-style: none; padding-left: .5rem; }
.fa-check-circle::before { content: "\\2714"; color: #188038; }
.failed { color: #c5221f; } .fa-times::before { content: "\\2718"; color: #c5221f; }
.fa-exclamation-triangle::before { content: "\\26A0"; color: #b06000; }
.fa-solid, .fas { font-style: normal; }
</style>"""


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
    context.build_data_docs(site_names=[SITE], resource_identifiers=[key], build_index=False)
    page = folder.joinpath("validations", *key.to_tuple()).with_suffix(".html")
    if not page.is_file():
        raise OSError(f"Great Expectations did not write {page}")
    text = _REMOTE.sub("", page.read_text(encoding="utf-8"))
    write_whole(page, text.replace("</head>", f"{_STYLE}</head>", 1).encode())
    index = folder / "index.html"
    write_whole(index, _index(folder).encode())
    return index


def _drop_old(folder: Path, gate: str, keep: int, replaced: str) -> None:
    for section in (RESULTS_FOLDER, "validations"):
        nights = sorted(path for path in (folder / section / gate).glob("*") if path.is_dir())
        older = [path for path in nights if path.name != replaced]
        for path in [path for path in nights if path.name == replaced] + older[: -(keep - 1)]:
            shutil.rmtree(path)


def _index(folder: Path) -> str:
    """Build the index page: Great Expectations' own needs remote scripts."""
    rows = []
    for file in sorted(folder.glob(f"{RESULTS_FOLDER}/*/*/*/*.json"), reverse=True):
        gate, day = file.relative_to(folder / RESULTS_FOLDER).parts[:2]
        result = json.loads(file.read_text(encoding="utf-8"))
        page = Path("validations", file.relative_to(folder / RESULTS_FOLDER)).with_suffix(".html")
        numbers = result["statistics"]
        verdict = (
            "all passed" if result["success"] else f"{numbers['unsuccessful_expectations']} failed"
        )
        style = "" if result["success"] else " class=failed"
        cells = (
            f"<td>{escape(day)}</td><td><a href='{quote(page.as_posix())}'>{escape(gate)}</a></td>"
            f"<td>{numbers['evaluated_expectations']}</td><td{style}>{verdict}</td>"
        )
        rows.append((day, file.stat().st_mtime_ns, f"<tr>{cells}</tr>"))
    body = "\n".join(row for _, _, row in sorted(rows, reverse=True))
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Gates</title>{_STYLE}"
        "</head><body><h1>What the gates found</h1><table><thead><tr><th>night</th><th>gate</th>"
        f"<th>expectations</th><th>result</th></tr></thead><tbody>\n{body}\n</tbody></table></body"
        "></html>\n"
    )
