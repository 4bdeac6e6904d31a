"""Writes the page of one night, whether it was published or not, and the list of all nights."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from dangol import records
from dangol.files import write_whole
from dangol.night import Night
from dangol.settings import Settings
from pages import durations, streams
from pages.facts import Facts, gather
from pages.history import NIGHTS, Row
from pages.outcome import in_words, name_of, readers_now
from pages.places import index_of, page_of
from pages.render import grouped, render, seconds

log = logging.getLogger(__name__)

KEPT = 400
"""How many nights have a page: a year and a month. ``ops`` has the records of all."""

TABLE = "nights"
"""One row a night, from which the list is made."""

_KILLED = "It was killed, or the machine stopped: there is no message."
_WITHHELD = "Its message may quote values, so it is only in the task's log, with the traceback."


class Figure(NamedTuple):
    """One of the figures at the top of a page; ``kind`` is its colour."""

    name: str
    value: str
    note: str = ""
    kind: str = ""


def write_page(settings: Settings, night: Night, docs: str = "") -> Path:
    """Write a night's page and the list of nights.

    Parameters
    ----------
    docs
        The file of dbt's documentation, beside the page; empty if there is none.

    Returns
    -------
    Path
        The page.
    """
    facts = gather(settings, night)
    row = _row(facts, docs)
    records.record(settings, TABLE, night.business_date, "page", [row])
    page = page_of(settings, night.business_date)
    write_whole(page, render("night.html", page=_view(settings, facts, row)))
    nights, unread = _nights(settings)
    write_whole(
        index_of(settings),
        render(
            "index.html",
            company=settings.company.name,
            readers=readers_now(settings),
            state=_state(nights[0]),
            docs=docs,
            nights=nights,
        ),
    )
    if unread:
        log.error("no page is removed, and some are not listed: %s", "; ".join(unread))
    else:
        _remove_old(settings, nights)
    return page


def _row(facts: Facts, docs: str) -> Row:
    """Return the night in one row."""
    outcome = facts.outcome
    set_aside = facts.set_aside
    return {
        "run_id": facts.night.run_id,
        "is_published": outcome.is_published,
        "stopped_at": outcome.stopped_at,
        "critical": facts.count("critical"),
        "warnings": facts.count("warning"),
        "files": sum(each.loaded for each in facts.deliveries),
        "rows": sum(each.rows for each in facts.deliveries),
        "quarantined": sum(each.quarantined for each in facts.deliveries),
        "set_aside": None if set_aside is None else sum(each.rows for each in set_aside),
        "seconds": durations.seconds_of(facts.history.tonight("step_runs")),
        "docs": docs,
    }


def _view(settings: Settings, facts: Facts, row: Row) -> dict[str, Any]:
    """Return what the template shows."""
    day = facts.night.business_date
    earlier = [each for each in facts.history.nights[:-1] if page_of(settings, each).is_file()]
    began, ended = _times(settings, facts.history.tonight("step_runs"))
    return {
        "company": settings.company.name,
        "date": day.isoformat(),
        "day": in_words(day),
        "before": earlier[-1].isoformat() if earlier else "",
        "began": began,
        "ended": ended,
        "run_id": facts.night.run_id,
        "slots": NIGHTS,
        "docs": row["docs"],
        "state": _state(row),
        "verdict": _verdict(row),
        "is_published": row["is_published"],
        "readers": facts.outcome.readers,
        "happened": " ".join(_happened(facts)),
        "unread": facts.unread,
        "failed": [_failed(step) for step in facts.outcome.failed],
        "figures": list(_figures(facts, row)),
        "broken": facts.broken,
        "judged": facts.judged,
        "gates": facts.gates,
        "files": facts.files[: streams.FILES_SHOWN],
        "more_files": len(facts.files[streams.FILES_SHOWN :]),
        "unclaimed": facts.unclaimed,
        "deliveries": facts.deliveries,
        "owners": {each.system: each.owner for each in facts.deliveries},
        "set_aside": facts.set_aside,
        "quarantined": facts.quarantined,
        "models": facts.models,
        "chart": facts.chart,
        "steps": facts.steps,
        "slowest": facts.slowest,
    }


def _state(row: Row) -> str:
    if not row["is_published"]:
        return "stopped"
    return "warned" if row["warnings"] or row["critical"] or row["stopped_at"] else "published"


def _verdict(row: Row) -> str:
    if row["is_published"]:
        return "published"
    return f"stopped at {row['stopped_at']}" if row["stopped_at"] else "not published"


def _happened(facts: Facts) -> Iterator[str]:
    """Yield sentences about the night itself."""
    outcome, critical, warnings = facts.outcome, facts.count("critical"), facts.count("warning")
    if outcome.failed:
        first = outcome.failed[0]
        how = "was killed" if first["status"] == "running" else "failed"
        if outcome.is_published:
            yield f"After publishing, `{name_of(first)}` {how}."
        else:
            yield f"The night stopped: `{name_of(first)}` {how}, and nothing was published."
    elif not outcome.is_published:
        last = f" after `{outcome.ended_after}`" if outcome.ended_after else ""
        yield f"The night ended{last} without publishing."
    if critical:
        yield f"{_of(critical, 'critical expectation')} failed."
    if warnings:
        yield f"{_of(warnings, 'warning')} to look at."
    if outcome.is_published and not outcome.failed and not critical and not warnings:
        yield f"All {facts.judged:,} expectations passed."


def _failed(step: Row) -> dict[str, Any]:
    is_killed = step["status"] == "running"
    return {
        "name": name_of(step),
        "step": step["step"],
        "is_gate": step["step"].startswith("gate_"),
        "what": "killed" if is_killed else step["error"],
        "message": step["message"],
        "withheld": _KILLED if is_killed else _WITHHELD,
    }


def _figures(facts: Facts, row: Row) -> Iterator[Figure]:
    failed = row["critical"] + row["warnings"]
    yield Figure(
        "expectations failed",
        grouped(failed),
        f"{row['critical']} critical, of {facts.judged:,}" if failed else f"of {facts.judged:,}",
        "bad" if row["critical"] else "warn" if failed else "",
    )
    others = sum(each.others for each in facts.deliveries)
    yield Figure("files loaded", grouped(row["files"]), f"{others} not loaded" if others else "")
    yield Figure("rows loaded", grouped(row["rows"]))
    yield Figure(
        "quarantined", grouped(row["quarantined"]), kind="warn" if row["quarantined"] else ""
    )
    yield Figure(
        "set aside", grouped(row["set_aside"]), "" if row["set_aside"] is not None else "not known"
    )
    earlier = [
        durations.seconds_of(steps) for steps in facts.history.tables["step_runs"][:-1] if steps
    ]
    usual = median(earlier) if earlier else None
    note = f"usually {seconds(usual)}" if usual else ""
    yield Figure("seconds", seconds(row["seconds"]), note)


def _of(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _times(settings: Settings, steps: Sequence[Row]) -> tuple[str, str]:
    """Return when the run began and ended, in the company's zone; empty without steps."""
    if not steps:
        return "", ""
    began = [datetime.fromisoformat(step["started_at"]) for step in steps]
    ended = [
        start + timedelta(seconds=step["seconds"] or 0)
        for start, step in zip(began, steps, strict=True)
    ]
    zone = settings.company.zone
    first, last = min(began).astimezone(zone), max(ended).astimezone(zone)
    return f"{first:%Y-%m-%d %H:%M}", f"{last:%H:%M}, time of {settings.company.timezone}"


def _nights(settings: Settings) -> tuple[list[Row], list[str]]:
    """Return the rows of the nights that have a page, the last business day first.

    Returns
    -------
    tuple of list and list of str
        The rows, and what is wrong with records that can't be read.
    """
    days = sorted(records.nights_of(settings, TABLE), reverse=True)[:KEPT]
    found = [records.read_if_sound(settings, TABLE, day) for day in days]
    return [row for rows, _ in found for row in rows], [why for _, why in found if why]


def _remove_old(settings: Settings, nights: Sequence[Row]) -> None:
    """Remove pages of nights that are no longer listed, and documentation that none refers to."""
    kept = {f"{row['business_date']}.html" for row in nights}
    kept |= {row["docs"] for row in nights} | {index_of(settings).name}
    for file in settings.pages.glob("*.html"):
        if file.name not in kept:
            file.unlink()
