"""What the commands print at the end: short, and with the next command to run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from dangol.drafting.check import Checked, CheckedHome
from dangol.drafting.draft import Drafted
from dangol.drafting.notes import counted, file_facts, row_facts
from dangol.ledger import Load
from dangol.model_facts import strategies
from dangol.tables import render_table

_MOST_FILES = 12
_MOST_ODD = 20
_MOST_NAMED = 6
_MOST_REASONS = 12


def draft_in_words(draft: Drafted, files: Sequence[Path]) -> str:
    """Return what was seen, what was written, and what to do next."""
    plan = draft.plan
    lines = [f"{plan.system}.{plan.stream}"]
    lines += [f"  {fact}" for fact in [*file_facts(plan), *row_facts(plan, draft.models)]]
    people = [column.header for column in plan.columns.each if column.is_personal]
    if people:
        lines.append(f"  counted as personal: {', '.join(people)}")
    lines += ["", f"written to {draft.folder}"]
    lines += [f"  {file.relative_to(draft.folder)}" for file in draft.written]
    lines += [f"its made-up test file does not pass: {each}" for each in draft.problems]
    notes = next(file for file in draft.written if file.name.endswith(".notes.md"))
    lines += ["", f"{len(plan.decisions)} decisions are yours: {notes.name} says how to make each"]
    lines += [f"  {number}. {each.title}" for number, each in enumerate(plan.decisions, 1)]
    lines += ["", f"next: dangol source check {plan.system} {_listed(files)}"]
    if plan.status == "active":
        lines.append("the system is active: the next night loads this stream's files, too")
    elif plan.status == "draft":
        lines.append("then: `status: active` in the contract; the next night loads its files")
    return "\n".join(lines)


def check_in_words(home: CheckedHome, rebuilt: Sequence[str]) -> str:
    """Return what became of files and rows, and whether a night would accept them.

    Parameters
    ----------
    rebuilt
        What the next night rebuilds.

    Returns
    -------
    str
        The verdict last.
    """
    outcome = home.outcome
    rehearsal = home.rehearsal
    company = rehearsal.settings.company
    lines = [
        f"{rehearsal.contract.system} on the night of {rehearsal.night.business_date}, "
        f"{company.timezone}, {company.currency}; the home is not touched",
        "",
        _files(outcome.loads),
    ]
    lines += _quarantine(home)
    lines += _gate(home, "raw")
    lines += _entities(home)
    lines += _gate(home, "cleaned")
    lines += ["", *(f"rebuild: {each}" for each in rebuilt)]
    if outcome.notes:
        lines += ["", *(f"note: {note}" for note in outcome.notes)]
    lines += ["", *(f"problem: {problem}" for problem in outcome.problems)]
    if not outcome.problems:
        lines.append(_verdict(outcome))
    return "\n".join(lines)


def _verdict(outcome: Checked) -> str:
    """Say what a night would do, and how many rows would not count."""
    aside = [
        f"{count:,} of {each.entity}: {why}"
        for each in outcome.entities
        for (state, why), count in each.counts.items()
        if state == "set_aside"
    ]
    if not aside:
        return "a night would accept these files"
    more = f"; {len(aside) - _MOST_REASONS} more" if len(aside) > _MOST_REASONS else ""
    told = f"{'; '.join(aside[:_MOST_REASONS])}{more}"
    received = [each for each in outcome.entities if strategies()[each.entity] == "versions"]
    if not any(each.of("current") for each in received or outcome.entities):
        return f"a night would not stop, but no row would count: all are set aside ({told})"
    return f"a night would accept these files, and set rows aside ({told})"


def _gate(home: CheckedHome, gate: str) -> Iterator[str]:
    """Say how many of a gate's expectations hold, of those that had something to look at."""
    judged = [row for row in home.outcome.gates.get(gate, []) if row["status"] != "skipped"]
    if judged:
        passed = sum(row["status"] == "passed" for row in judged)
        yield ""
        yield f"{gate} gate: {passed} of {len(judged)} expectations hold"


def _files(loads: Sequence[Load]) -> str:
    """Return a table of the files: of many, those with something to say, and all together."""

    def row(load: Load) -> list[object]:
        return [load.file, load.status, load.rows_read, load.rows_loaded, load.rows_quarantined,
                load.rows_skipped, load.encoding, load.reason]  # fmt: skip

    odd = [
        each for each in loads if each.reason or each.rows_quarantined or each.status != "loaded"
    ]
    rows = [row(load) for load in (loads if len(loads) <= _MOST_FILES else odd[:_MOST_ODD])]
    if len(loads) > _MOST_FILES:
        rows.append(
            [f"all {len(loads):,} files", "", *(sum(counts) for counts in zip(
                *(row(load)[2:6] for load in loads), strict=True)), "", ""]
        )  # fmt: skip
    head = ["file", "status", "read", "loaded", "quarantined", "no rows", "encoding", "note"]
    return render_table(head, rows, None)


def _quarantine(home: CheckedHome) -> Iterator[str]:
    if home.outcome.quarantined:
        yield ""
        yield "quarantined"
    for load, reason, count, lines in home.outcome.quarantined:
        told = ", ".join(map(str, lines)) + (", …" if count > len(lines) else "")
        yield f"  {load.file}: {counted(count, 'row')}, {reason} (line {told})"


def _entities(home: CheckedHome) -> Iterator[str]:
    states = home.outcome.entities
    if not states:
        return
    yield ""
    yield render_table(
        ["entity", "rows", "current", "superseded", "set aside", "in conflict"],
        [
            [each.entity, sum(each.counts.values()), *(each.of(state) for state in
             ("current", "superseded", "set_aside", "conflict"))]
            for each in states
        ],
        None,
    )  # fmt: skip
    for each in states:
        told = [
            f"  {each.entity}: {count:,} {state.replace('_', ' ')}: {why}"
            for (state, why), count in each.counts.items()
            if state != "current"
        ]
        yield from told[:_MOST_REASONS]
        if len(told) > _MOST_REASONS:
            yield f"  {each.entity}: {len(told) - _MOST_REASONS} more: is a reason a value?"


def _listed(files: Sequence[Path]) -> str:
    shown = " ".join(shlex.quote(str(file)) for file in files[:_MOST_NAMED])
    return f"{shown} …" if len(files) > _MOST_NAMED else shown
