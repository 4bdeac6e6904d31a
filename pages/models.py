"""The machine learning models: tonight's decision, and the metric that decides over time."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pages.charts import BLUE, GREY, ORANGE, lines
from pages.history import History, Row

_SERIES = {"tonight's": BLUE, "champion": ORANGE, "baseline": GREY}
_COLUMNS = ("challenger_value", "champion_value", "baseline_value")


@dataclass(frozen=True)
class Model:
    """One model.

    Parameters
    ----------
    values
        The metric of tonight's model, of the champion and of the baseline.
    chart
        The same of the last nights; None without a value.
    failed_step
        The step in which it failed; empty if it did not.
    """

    name: str
    metric: str
    values: tuple[float | None, ...]
    decision: str
    reason: str
    serves: str
    chart: Markup | None
    failed_step: str


def models_of(history: History) -> list[Model]:
    """Return the models that were judged tonight, by name."""
    tonight = sorted(history.tonight("ml.model_runs"), key=lambda row: row["model"])
    return [_model(row, history) for row in tonight]


def _model(row: Row, history: History) -> Model:
    name, metric = row["model"], row.get("metric") or ""
    points = [
        {"night": night.isoformat(), "series": series, "value": each[column]}
        for night, rows in zip(history.nights, history.tables["ml.model_runs"], strict=True)
        for each in rows
        if each["model"] == name and each.get("metric") == row.get("metric")
        for series, column in zip(_SERIES, _COLUMNS, strict=True)
        if each.get(column) is not None
    ]
    said = f"{name}: {metric} of each night's model, of the champion and of the baseline"
    return Model(
        name=name,
        metric=metric,
        values=tuple(row.get(column) for column in _COLUMNS),
        decision=row["decision"],
        reason=row["reason"] or "",
        serves=row.get("champion_after") or "",
        chart=lines(points, _SERIES, ".3~f", said) if points else None,
        failed_step=row.get("failed_step") or "",
    )
