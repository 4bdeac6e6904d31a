"""Checks a system on some files, as a night would, without touching the home.

It runs extraction, the raw gate, the models up to the cleaned layer and its gate, and
compares the system's made-up test files with the rows that were expected of them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from dangol import layers, ledger, records
from dangol.build.failures import describe_failures
from dangol.build.project import entities_of
from dangol.build.stage import stage_raw
from dangol.build.transform import build_models
from dangol.build.warehouse import open_build
from dangol.contracts.reading import load_contracts
from dangol.contracts.staging import models_of
from dangol.drafting.rehearsal import Rehearsal, rehearse
from dangol.errors import DangolError
from dangol.extract.quarantine import quarantined_rows
from dangol.extract.stream import extract_stream
from dangol.ledger import Load
from dangol.model_facts import strategies
from dangol.settings import Settings
from expectations.cleaned_descriptions import LEFT_OUT, count_descriptions
from expectations.cleaned_ids import ADVICE, FOUND, find_personal_ids
from expectations.gate import GateFailed, run_gate


class CheckFailed(DangolError):
    """A system can't be run on the files; the message says what is wrong with it."""


@dataclass(frozen=True)
class States:
    """What became of an entity's rows.

    Parameters
    ----------
    entity
        Its name.
    counts
        Rows by state and reason.
    """

    entity: str
    counts: dict[tuple[str, str], int]

    def of(self, state: str) -> int:
        """Return how many rows are in a state."""
        return sum(count for (each, _), count in self.counts.items() if each == state)


@dataclass
class Checked:
    """The outcome of a check.

    Parameters
    ----------
    loads
        The files' records in the ledger.
    quarantined
        Load, reason, number of rows and their first lines.
    gates
        By gate, the sentence, severity, status and observation of each expectation.
    entities
        What became of the rows, by entity.
    problems
        Why a night would stop, or a row would be lost; empty if all is well.
    notes
        What else should be known.
    """

    loads: list[Load] = field(default_factory=list)
    quarantined: list[tuple[Load, str, int, list[int]]] = field(default_factory=list)
    gates: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    entities: list[States] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextmanager
def checked(settings: Settings, folder: Path, files: Sequence[Path]) -> Iterator[CheckedHome]:
    """Run a system on files.

    Parameters
    ----------
    folder
        The system's.

    Yields
    ------
    CheckedHome
        The outcome, and the home in which it can be looked at.
    """
    with rehearse(settings, folder, files) as rehearsal, _gates_silent():
        yield CheckedHome(rehearsal, _run(rehearsal, folder))


@dataclass(frozen=True)
class CheckedHome:
    """A rehearsal that has been run.

    Parameters
    ----------
    rehearsal
        Its home has a build file with the staging models.
    outcome
        What was found.
    """

    rehearsal: Rehearsal
    outcome: Checked


def _run(rehearsal: Rehearsal, folder: Path) -> Checked:
    settings, night, contract = rehearsal.settings, rehearsal.night, rehearsal.contract
    found = Checked()
    streams = ", ".join(stream.name for stream in contract.streams)
    found.problems += [
        f"{name}: its name matches the filePattern of no stream ({streams}), so it would never be "
        "read"
        for name in rehearsal.unclaimed
    ]
    for stream in contract.streams:
        if stream.name in rehearsal.claimed:
            extract_stream(settings, night, contract.system, stream.name)
    found.loads = ledger.read_ledger(settings)
    found.quarantined = _quarantined(settings, found.loads)
    _judge_files(found)
    if not any(load.status == ledger.LOADED for load in found.loads):
        return found
    stage_raw(settings, night)
    _run_gate(rehearsal, found, "raw")
    _run_models(rehearsal, folder, found)
    if found.entities and not found.problems:
        _run_gate(rehearsal, found, "cleaned")
    return found


def _judge_files(found: Checked) -> None:
    for load in found.loads:
        if load.status not in {ledger.LOADED, ledger.EMPTY, ledger.DUPLICATE}:
            found.problems.append(f"{load.file}: {load.status}: {load.reason}")


def _quarantined(
    settings: Settings, loads: Sequence[Load]
) -> list[tuple[Load, str, int, list[int]]]:
    """Count quarantined rows by load and reason; values are in neither."""
    by_id = {load.load_id: load for load in loads}
    lines: dict[tuple[str, str], list[int]] = {}
    for row in quarantined_rows(settings):
        lines.setdefault((row["load_id"], row["reason"]), []).append(row["line"])
    return [
        (by_id[load_id], reason, len(taken), taken[:3])
        for (load_id, reason), taken in lines.items()
    ]


def _run_gate(rehearsal: Rehearsal, found: Checked, gate: str) -> None:
    settings, night = rehearsal.settings, rehearsal.night
    try:
        run_gate(settings, night, gate)
    except GateFailed:
        pass
    recorded = records.read(settings, "gate_results", night.business_date)
    found.gates[gate] = [row for row in recorded if row["gate"] == gate]
    for row in found.gates[gate]:
        if row["status"] in {"failed", "error"}:
            told = f"{gate} gate: not true: {row['expectation']} ({row['observed']})"
            is_critical = row["severity"] == "critical"
            (found.problems if is_critical else found.notes).append(told)


def _run_models(rehearsal: Rehearsal, folder: Path, found: Checked) -> None:
    settings, contract = rehearsal.settings, rehearsal.contract
    entities = list(entities_of(load_contracts(settings)))
    if not any(file.suffix == ".sql" for file in models_of(contract)):
        found.notes.append("it has no staging models yet: no entity gets its rows")
        return
    try:
        folders = layers.folders_of("cleaned")
        results = build_models(settings, [f"path:models/{each}" for each in folders])
    except DangolError as error:
        found.problems.append(_with_real_paths(str(error), rehearsal, folder))
        return
    failed = [each for each in results if str(each.status) in {"error", "fail"}]
    for result in failed:
        told = describe_failures(settings, [result])
        found.problems.append(_with_real_paths(told, rehearsal, folder))
    if not failed:
        with open_build(settings, read_only=True) as build:
            found.entities = [_states(build, entity) for entity in entities]
            found.problems += [
                *_losses(build, found), *_left_out(build, settings),
                *_personal_ids(build, settings),
            ]  # fmt: skip


def _states(build: duckdb.DuckDBPyConnection, entity: str) -> States:
    """Count an entity's rows; those that are described have no states but two."""
    query = (
        "select row_state, state_reason, row_count from cleaned.row_states where entity = ?"
        if strategies()[entity] == "versions"
        else "select 'set_aside' as row_state, state_reason, row_count"
        " from cleaned.unused_descriptions where entity = ?"
        f" union all select 'current', null, count(*) from cleaned.int_{entity}_received"
    )
    rows = build.execute(
        "select row_state, coalesce(state_reason, ''), cast(sum(row_count) as bigint)"
        f" from ({query}) group by all order by all",
        [entity],
    ).fetchall()
    return States(entity, {(state, why): count for state, why, count in rows if count})


def _losses(build: duckdb.DuckDBPyConnection, found: Checked) -> list[str]:
    """Say which files' rows do not all arrive in one entity, and which rows contradict others."""
    problems = [
        f"{states.entity}: {count:,} rows contradict each other: {why}"
        for states in found.entities
        for (state, why), count in states.counts.items()
        if state == "conflict"
    ]
    return problems + [
        f"{file}: {loaded:,} rows were loaded and {arrived:,} arrive in the entities of "
        "receivedIn: give a row that does not count a set_aside_reason, and each row to one "
        "entity only"
        for file, loaded, arrived in build.execute(_ARRIVED).fetchall()
    ]


def _left_out(build: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Say which files' rows do not all arrive in a staging model of what they describe."""
    count_descriptions(build, settings)
    rows = build.execute(
        f"select file, rows_loaded, arrived_rows, model from ({LEFT_OUT}) order by all"
    ).fetchall()
    return [
        f"{file}: {loaded:,} rows were loaded and {arrived:,} arrive in {model}: give a row that "
        "describes nothing a set_aside_reason instead of a where"
        for file, loaded, arrived, model in rows
    ]


def _personal_ids(build: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """Say which ids look like somebody's number or address; no value is quoted."""
    find_personal_ids(build, settings)
    return [
        f"{file}: {count:,} rows of {entity} have a {column} that looks like a phone number, an "
        f"e-mail address or a resident number: {ADVICE}"
        for _, entity, column, count, _, file in build.execute(f"{FOUND} order by all").fetchall()
    ]


_ARRIVED = """
    select loads.file, loads.rows_loaded,
        cast(coalesce(sum(states.row_count), 0) as bigint) as row_count
    from ops.loads
    inner join ops.streams on loads.system = streams.system and loads.stream = streams.stream
    left join cleaned.row_states as states on loads.load_id = states.load_id
    where loads.status = 'loaded' and streams.is_received
    group by all
    having loads.rows_loaded <> coalesce(sum(states.row_count), 0)
    order by all
"""


def _with_real_paths(text: str, rehearsal: Rehearsal, folder: Path) -> str:
    copy = rehearsal.settings.company_folder / "systems" / rehearsal.contract.system
    return text.replace(str(copy), str(folder))


@contextmanager
def _gates_silent() -> Iterator[None]:
    """Keep the gate from logging what the check reports."""
    log = logging.getLogger("expectations.gate")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
