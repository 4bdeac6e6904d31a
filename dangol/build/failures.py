"""Says which models failed, where they are and why, without a value of a row."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from dangol.build.faulty_rows import is_about_values, largest_rows, unconvertible_rows
from dangol.build.project import DBT_PROJECT
from dangol.build.warehouse import open_build
from dangol.contracts.reading import load_contracts
from dangol.contracts.staging import STAGING, is_own
from dangol.settings import Settings
from dangol.sql_errors import ABOUT_SQL, quoted_line

_ABOUT_VALUES = re.compile(r"\b(\w+) Error: ")
_OF_A_MACRO = re.compile(r"\s*Compilation Error in [^\n]+\n\s*([^\n]+)")


def describe_failures(settings: Settings, failed: list[Any]) -> str:
    """Describe dbt's failed results, one after the other.

    Returns
    -------
    str
        Each model, with its file and, if the error is about its SQL, the line and the error. What
        an error about rows says may be a value, and is left out.
    """
    return "; ".join(_describe(settings, result) for result in failed)


def with_own_paths(settings: Settings, text: str) -> str:
    """Return dbt's text with the files that a person edits, not their copies in the home."""
    contracts = load_contracts(settings)

    def own(match: re.Match[str]) -> str:
        contract = contracts.get(match[1])
        return f"{contract.folder}/" if contract and is_own(contract) else f"{STAGING / match[1]}/"

    return re.sub(r"[^\s'\"(]*models/staging/(\w+)/", own, text)


def _describe(settings: Settings, result: Any) -> str:
    name = str(result.node.name)
    if result.failures:
        return f"{name} ({result.failures} rows)"
    message = str(result.message)
    if is_about_values(message) and (told := _about_values(settings, result.node)):
        return told
    file = _file_of(settings, result.node)
    line = quoted_line(file, message)
    where = f"{file}, line {line}" if line else str(file)
    if cause := ABOUT_SQL.search(message) or _OF_A_MACRO.match(message):
        return f"{name} ({where}): {cause[cause.re.groups]}"
    kind = _ABOUT_VALUES.search(message)
    told = f"{kind[1]} error" if kind else "an error"
    return f"{name} ({where}): {told}, whose text is withheld, as it may quote a value"


def _about_values(settings: Settings, node: Any) -> str:
    """Name the rows whose values a model can't convert or add; empty if there are none."""
    is_received = str(node.config.materialized) in {"versions", "latest"}
    try:
        with open_build(settings, read_only=True) as build:
            compiled = str(node.compiled_code)
            rows = unconvertible_rows(build, compiled) if is_received else largest_rows(build)
    except duckdb.Error:  # what is told besides must not hide what failed
        rows = []
    if is_received:
        streams = ", ".join(
            f"{contract.system}.{stream.name}"
            for contract in load_contracts(settings).values()
            for stream in contract.streams
            if node.name
            in {f"int_{each}_received" for each in stream.received_in + stream.describes}
        )
        where = f"of {'; '.join(rows)}" if rows else f"of tonight's files of {streams}"
        return (
            f"{node.name}: a value {where} does not fit the type that its staging model or the "
            "entity gives it. Correct the file and send it again, or use try_cast in the staging "
            "model and give such rows a set_aside_reason"
        )
    if not rows:
        return ""
    return (
        f"{node.name}: a number is too large, such as the sum of a day or of a customer. The "
        f"largest that count are in {'; '.join(rows)}. Correct these files and send them again, or "
        "give such rows a set_aside_reason in their staging model"
    )


def _file_of(settings: Settings, node: Any) -> Path:
    path = Path(str(node.original_file_path))
    contract = load_contracts(settings).get(path.parent.name)
    if contract and is_own(contract):
        return contract.folder / path.name
    return DBT_PROJECT / path
