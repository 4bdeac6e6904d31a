"""Evaluates challenger, champion and baseline on a window that none of them was trained on."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

from dangol.faults import crash_point
from dangol.night import Night
from dangol.settings import Settings
from ml import failures, models, registry
from ml.fitting import one_thread, rounded, samples_of
from ml.model import Model, deciles
from ml.plan import Plan
from ml.samples import Sample, read_plan

logger = logging.getLogger(__name__)


def evaluate(settings: Settings, night: Night, model_name: str) -> dict[str, Any]:
    """Evaluate all contenders on the night's evaluation window, and write the results.

    Parameters
    ----------
    night
        Its challenger must be trained.

    Returns
    -------
    dict
        ``model`` and the metric's values: ``challenger``, ``champion``, ``baseline``; None where
        the model does not exist, or failed.
    """
    values: dict[str, float | None] = dict.fromkeys(("challenger", "champion", "baseline"))
    if failures.may_try(settings, model_name, night, "evaluate"):
        with failures.contained(settings, night, "evaluate", [model_name]):
            values |= _evaluate(settings, night, model_name)
    return {"model": model_name, **values}


def _evaluate(settings: Settings, night: Night, model_name: str) -> dict[str, float | None]:
    model = models.load(model_name)
    plan = read_plan(settings.models, night.business_date)
    _, sample = samples_of(settings, settings.models, plan, model)
    folder = registry.entry(settings, model_name, night.business_date)
    incumbent = registry.champion(settings, model_name, night.business_date, model.meaning)
    found: dict[str, Any] = {
        "metric": model.metric,
        "evaluated_from": plan.evaluation.isoformat(),
        "evaluated_to": plan.business_date.isoformat(),
        "customers": len(sample),
        "metrics": {},
        "deciles": {},
        "agreement": None,
    }
    if registry.training_of(folder)["status"] == "trained":
        with one_thread():
            _judge(model, plan, sample, {"challenger": folder, "champion": incumbent}, found)
    registry.write_json(folder / "evaluation.json", found)
    crash_point("ml.evaluate.written")
    values = {
        who: found["metrics"].get(who, {}).get(model.metric)
        for who in ("challenger", "champion", "baseline")
    }
    logger.info("%s: %s %s", model_name, model.metric, values)
    return values


def _judge(
    model: Model,
    plan: Plan,
    sample: Sample,
    contestants: dict[str, Path | None],
    found: dict[str, Any],
) -> None:
    actual = model.actual(plan, sample)
    predictions = {"baseline": model.baseline(plan, sample)}
    for who, folder in contestants.items():
        if folder is None:
            continue
        trained_to = date.fromisoformat(registry.training_of(folder)["trained_to"])
        if trained_to >= plan.evaluation:
            raise registry.ModelError(
                f"the {who} {folder} was trained to {trained_to} and can't be judged on the window "
                f"from {plan.evaluation} on"
            )
        predictions[who] = model.predict(registry.load(folder, model.trusted_types), sample)
    for who, predicted in predictions.items():
        found["metrics"][who] = rounded(model.judge(plan, predicted, sample))
        if actual is not None and who != "baseline":
            found["deciles"][who] = deciles(predicted, actual)
    if "champion" in predictions:
        same = model.agreement(predictions["challenger"], predictions["champion"])
        found["agreement"] = None if same is None else round(same, 6)
