"""How long the night took, step by step, beside the nights before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from pages.charts import stacked_bars
from pages.history import NIGHTS, History, Row
from pages.sparkline import sparkline

MODELS_SHOWN = 8

_PARTS = {"files": "#5d7a99", "models of dbt": "#1f5fa8", "gates": "#9aa9b8",
          "learning": "#b9782b", "the rest": "#46525e"}  # fmt: skip
_PART_OF = {
    "begin": "files", "extract": "files", "stage_raw": "files",
    "cleaned": "models of dbt", "aggregated": "models of dbt", "features": "models of dbt",
    "customer_view": "models of dbt",
    "train": "learning", "evaluate": "learning", "promote": "learning", "score": "learning",
}  # fmt: skip


@dataclass(frozen=True)
class Duration:
    """How long something took.

    Parameters
    ----------
    instances
        How many ran; their seconds are added up, though they may have run side by side.
    usual
        The median of the nights before, in seconds; None for the first.
    share
        Of the longest in its table, for a bar.
    """

    name: str
    status: str
    instances: int
    seconds: float
    usual: float | None
    share: float
    bars: Markup


def steps_of(history: History) -> list[Duration]:
    """Return tonight's steps in the order in which they began."""
    nights = [_by_step(rows) for rows in history.tables["step_runs"]]
    tonight = sorted(history.tonight("step_runs"), key=lambda row: row["started_at"])
    names = list(dict.fromkeys(row["step"] for row in tonight))
    return _durations(names, nights, {name: _status(name, tonight) for name in names})


def slowest_models(history: History) -> list[Duration]:
    """Return the dbt models that took longest tonight."""
    nights = [
        {row["model"]: (row["seconds"], 1) for row in rows if row["kind"] == "model"}
        for rows in history.tables["model_runs"]
    ]
    names = sorted(nights[-1], key=lambda name: (-nights[-1][name][0], name))[:MODELS_SHOWN]
    return _durations(names, nights, {})


def seconds_of(rows: Iterable[Row]) -> float:
    """Add up the seconds of a night's steps."""
    return round(sum(row["seconds"] or 0.0 for row in rows), 1)


def chart_of(history: History) -> Markup | None:
    """Draw the seconds of the last nights by what they were spent on; None without records."""
    rows = []
    for night, steps in zip(history.nights, history.tables["step_runs"], strict=True):
        parts: dict[str, float] = defaultdict(float)
        for row in steps:
            parts[part_of(row["step"])] += row["seconds"] or 0.0
        rows += [
            {"night": night.isoformat(), "series": part, "value": round(seconds, 1)}
            for part, seconds in parts.items()
        ]
    return stacked_bars(rows, _PARTS, "seconds", "Seconds of each night by part") if rows else None


def part_of(step: str) -> str:
    """Return what a step's time is spent on."""
    return "gates" if step.startswith("gate_") else _PART_OF.get(step, "the rest")


def _by_step(rows: Iterable[Row]) -> dict[str, tuple[float, int]]:
    sums: dict[str, tuple[float, int]] = {}
    for row in rows:
        seconds, count = sums.get(row["step"], (0.0, 0))
        sums[row["step"]] = (seconds + (row["seconds"] or 0.0), count + 1)
    return sums


def _status(name: str, rows: Iterable[Row]) -> str:
    """Return the worst status of a step's instances."""
    statuses = {row["status"] for row in rows if row["step"] == name}
    return next(each for each in ("failed", "running", "done") if each in statuses)


def _durations(
    names: Sequence[str],
    nights: Sequence[dict[str, tuple[float, int]]],
    statuses: dict[str, str],
) -> list[Duration]:
    longest = max((nights[-1][name][0] for name in names), default=0.0) or 1.0
    rows = []
    for name in names:
        values = [night[name][0] if name in night else None for night in nights]
        before = [value for value in values[:-1] if value is not None]
        seconds, instances = nights[-1][name]
        rows.append(
            Duration(
                name=name,
                status=statuses.get(name, ""),
                instances=instances,
                seconds=seconds,
                usual=median(before) if before else None,
                share=seconds / longest,
                bars=sparkline(values, "Seconds of the last nights", NIGHTS),
            )
        )
    return rows
