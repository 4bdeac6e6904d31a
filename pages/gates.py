"""What the gates found tonight, each expectation beside its last nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from markupsafe import Markup

from dangol import layers
from dangol.settings import Settings
from pages.history import NIGHTS, History, Row
from pages.sparkline import sparkline

BROKEN = {"failed", "error"}


@dataclass(frozen=True)
class Check:
    """One expectation.

    Parameters
    ----------
    sample
        Masked rows that break it.
    broken_for
        How many nights running it has failed, tonight included; nights without it do not count.
    bars
        What was observed in the last nights.
    """

    gate: str
    sentence: str
    severity: str
    status: str
    observed: str
    reason: str
    advice: str
    sample: Sequence[str]
    broken_for: int
    bars: Markup

    @property
    def is_broken(self) -> bool:
        """Whether it failed or could not be evaluated."""
        return self.status in BROKEN

    @property
    def since(self) -> str:
        """For how long it has been failing, in words."""
        if self.broken_for < 2:
            return "new tonight"
        return f"{self.broken_for} nights running"


@dataclass(frozen=True)
class Gate:
    """One gate: its expectations in their order, and the page that Great Expectations made."""

    name: str
    checks: Sequence[Check]
    data_docs: str

    @property
    def said(self) -> str:
        """How many expectations ended in which way."""
        counts = {
            word: sum(check.status in statuses for check in self.checks)
            for word, statuses in (
                ("passed", {"passed"}), ("skipped", {"skipped"}), ("failed", BROKEN),
            )
        }  # fmt: skip
        return ", ".join(f"{count} {word}" for word, count in counts.items() if count)


def gates_of(settings: Settings, history: History) -> list[Gate]:
    """Return the gates that judged tonight, in their order."""
    tonight = history.tonight("gate_results")
    found: dict[tuple[str, str], list[Row | None]] = {
        (row["gate"], row["expectation"]): [None] * len(history.nights) for row in tonight
    }
    for place, rows in enumerate(history.tables["gate_results"]):
        for row in rows:
            if (key := (row["gate"], row["expectation"])) in found:
                found[key][place] = row
    return [
        Gate(
            name=name,
            checks=[
                _check(row, found[name, row["expectation"]])
                for row in tonight
                if row["gate"] == name
            ],
            data_docs=_data_docs(settings, name, history),
        )
        for name in layers.GATES
        if any(row["gate"] == name for row in tonight)
    ]


def broken_checks(gates: Sequence[Gate]) -> list[Check]:
    """Return what failed, critical expectations first, then in the order of the gates."""
    broken = [check for gate in gates for check in gate.checks if check.is_broken]
    return sorted(broken, key=lambda check: check.severity != "critical")


def _check(row: Row, nights: Sequence[Row | None]) -> Check:
    known = [night for night in nights if night is not None]
    broken_for = sum(1 for _ in takewhile(lambda night: night["status"] in BROKEN, reversed(known)))
    values = [_measured(night) for night in nights]
    said = f"{sum(night['status'] in BROKEN for night in known)} failures in {len(known)} nights"
    return Check(
        gate=row["gate"],
        sentence=row["expectation"],
        severity=row["severity"],
        status=row["status"],
        observed=_observed(row),
        reason=row.get("reason", ""),
        advice=row.get("advice") or "",
        sample=row.get("sample") or [],
        broken_for=broken_for,
        bars=sparkline(
            values,
            f"Observed in the last nights: {said}",
            NIGHTS,
            [night is not None and night["status"] in BROKEN for night in nights],
        ),
    )


def _measured(row: Row | None) -> float | None:
    """Return what an expectation measured as a number: the rows that break it, or a value."""
    if row is None or row["status"] == "skipped":
        return None
    if (count := row.get("unexpected_count")) is not None:
        return float(count)
    try:
        return float(row.get("observed", ""))
    except ValueError:
        return 1.0 if row["status"] in BROKEN else 0.0


def _observed(row: Row) -> str:
    """Shorten what was observed; thousands are grouped."""
    count, text = row.get("unexpected_count"), str(row.get("observed", ""))
    if row["status"] in {"error", "skipped"}:
        return text
    if count is None:
        return f"{int(text):,}" if text.isdigit() else text
    rows = text.rpartition(" of ")[2] if " of " in text else ""
    if rows.isdigit():
        return f"{count:,} of {int(rows):,} rows"
    return f"{count:,} row{'' if count == 1 else 's'}"


def _data_docs(settings: Settings, gate: str, history: History) -> str:
    """Return the link to Great Expectations' own page, or nothing if it was not built."""
    folder = settings.data_docs / "validations" / gate / history.nights[-1].isoformat()
    pages = sorted(folder.glob("*/*.html"))
    return f"../{pages[-1].relative_to(settings.home).as_posix()}" if pages else ""
