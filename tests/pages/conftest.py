"""Nights of a small grocer, as they record themselves, without building anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from dangol import ledger, records
from dangol.ledger import Load
from dangol.night import Night
from dangol.publication.publish import publish
from dangol.settings import Settings

STEPS = ("begin", "stage_raw", "gate_raw", "cleaned", "customer_view", "publish")


class Page(HTMLParser):
    """A page as it is read: its texts in order, its tags, and what is folded."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.source = file.read_text(encoding="utf-8")
        self.texts: list[str] = []
        self.folded: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "br", "path"}:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"style", "title"}.isdisjoint(self._open) and data.strip():
            self.texts.append(" ".join(data.split()))
            if "details" in self._open and "summary" not in self._open:
                self.folded.append(self.texts[-1])

    @property
    def text(self) -> str:
        """All that is read, in one line."""
        return " ".join(self.texts)


@pytest.fixture
def read() -> type[Page]:
    return Page


@pytest.fixture
def note_steps(small_home: Settings) -> Callable[..., None]:
    """Record the steps of a night: done, up to one that ended otherwise."""

    def note(night: Night, until: str = "publish", status: str = "done", **facts: Any) -> None:
        for place, step in enumerate(STEPS[: STEPS.index(until) + 1]):
            is_last = step == until
            row = {
                "run_id": night.run_id,
                "step": step,
                "instance": "",
                "status": status if is_last else "done",
                "started_at": f"2018-01-01T07:00:{place:02d}.000+00:00",
                "seconds": None if is_last and status == "running" else 1.5 + place,
                "error": None,
                "message": None,
                **(facts if is_last else {}),
            }
            records.record(small_home, "step_runs", night.business_date, step, [row])

    return note


@pytest.fixture
def note_gate(small_home: Settings) -> Callable[..., None]:
    """Record what a gate found: rows of sentence, severity, status and unexpected rows."""

    def note(night: Night, gate: str, *found: tuple[str, str, str, int | None]) -> None:
        rows = [
            {
                "gate": gate,
                "expectation": sentence,
                "severity": severity,
                "status": status,
                "passed": status == "passed",
                "unexpected_count": count,
                "observed": "365" if count is None else f"{count} unexpected rows of 1200",
                "reason": f"why {sentence}",
                "advice": f"ask about `{sentence}`",
                "sample": ["load_id=till.000001, quantity=-1"] if status == "failed" else [],
            }
            for sentence, severity, status, count in found
        ]
        records.record(small_home, "gate_results", night.business_date, gate, rows)

    return note


@pytest.fixture
def land(small_home: Settings) -> Callable[..., None]:
    """Write loads of the till into the ledger, as a night does."""

    def write(night: Night, *loads: dict[str, Any], stream: str = "transactions") -> None:
        day = night.business_date.isoformat()
        folder = small_home.raw / "grocer_till" / stream / f"load_date={day}"
        folder.mkdir(parents=True)
        rows = [
            Load(**{
                "load_id": f"grocer_till.{stream}.{day.replace('-', '')}{place}",
                "number": night.business_date.toordinal() * 10 + place,
                "system": "grocer_till", "stream": stream, "file": f"transactions_{day}.csv",
                "fingerprint": f"{place}", "load_date": day, "run_id": night.run_id,
                "contract_version": "1.0.0", "started_at": "", "status": "loaded",
                "file_date": day, "sha256": f"{day}{place}", **load,
            })
            for place, load in enumerate(loads)
        ]  # fmt: skip
        ledger.write_manifest(folder / "000001.loads.jsonl", rows)

    return write


@pytest.fixture
def published(
    small_home: Settings,
    last_night: Night,
    tonight: Night,
    fill_build: Callable[..., None],
    note_steps: Callable[..., None],
) -> Callable[[Sequence[Night]], None]:
    """Publish nights, last night's by default."""

    def run(nights: Sequence[Night] = (last_night,)) -> None:
        for customers, night in enumerate(nights, start=2):
            fill_build(night, customers)
            publish(small_home, night)
            note_steps(night)

    return run


@pytest.fixture
def earlier(small_home: Settings, tonight: Night) -> Callable[[int], Night]:
    """Return the night some days before tonight."""

    def of(days: int) -> Night:
        return Night.of(tonight.business_date - timedelta(days=days), small_home.company)

    return of
