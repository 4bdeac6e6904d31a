"""Decides which model serves. A challenger that does not win is refused, with a recorded reason."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import ml
from dangol import records
from dangol.faults import crash_point
from dangol.night import Night
from dangol.settings import Settings
from ml import failures, models, registry
from ml.card import write_card
from ml.model import Model

logger = logging.getLogger(__name__)

LEAST_GAIN = 0.01
"""A challenger must close at least this share of the champion's gap to a perfect metric.

A smaller gain is noise between evaluation windows, and not worth changing everyone's scores."""


def promote(settings: Settings, night: Night) -> dict[str, str]:
    """Decide on every model of the night, and record the decisions and their numbers.

    Parameters
    ----------
    night
        All its models must be evaluated, or have failed.

    Returns
    -------
    dict
        The decision per model: ``promoted``, ``refused``, ``not enough data`` or ``failed``.
    """
    decisions: dict[str, str] = {}
    for name in ml.MODEL_NAMES:
        decisions[name] = registry.FAILED
        if failures.may_try(settings, name, night, "promote"):
            with failures.contained(settings, night, "promote", [name]):
                decisions[name] = _promote(settings, night, models.load(name))
        if failure := failures.failure_of(settings, name, night.business_date):
            decisions[name] = registry.FAILED
            _record_failure(settings, night, models.load(name), failure)
    return decisions


def _promote(settings: Settings, night: Night, model: Model) -> str:
    name = model.name
    folder = registry.entry(settings, name, night.business_date)
    training = registry.training_of(folder)
    evaluation = registry.read_json(folder / "evaluation.json")
    decision, reason = decide(model, training, evaluation)
    incumbent = registry.champion(settings, name, night.business_date, model.meaning)
    if incumbent is None:
        reason += _retirement(settings, night, model)
    winner = folder if decision == registry.PROMOTED else incumbent
    row = {
        "model": name,
        "challenger": registry.model_id(name, folder if "estimator" in training else None),
        **_champions(model, incumbent, winner),
        "decision": decision,
        "reason": reason,
        **_numbers(model, training, evaluation),
    }
    served_by = "challenger" if decision == registry.PROMOTED else "champion"
    bands = [
        {"model": name, "model_id": row["champion_after"], **band}
        for band in evaluation["deciles"].get(served_by, [])
    ]
    records.record(settings, "ml.model_runs", night.business_date, name, [row])
    records.record(settings, "ml.deciles", night.business_date, name, bands)
    crash_point("ml.promote.recorded")
    write_card(folder, model, training, evaluation, decision, reason)
    registry.write_json(folder / "decision.json", {"decision": decision, "reason": reason})
    crash_point("ml.promote.decided")
    logger.info("%s: %s: %s", name, decision, reason)
    return decision


def decide(model: Model, training: dict[str, Any], evaluation: dict[str, Any]) -> tuple[str, str]:
    """Return the decision on a challenger and the reason for it."""
    if training["status"] != "trained":
        return registry.NOT_ENOUGH_DATA, training["reason"]
    metrics = evaluation["metrics"]
    values = {who: each[model.metric] for who, each in metrics.items()}
    challenger, baseline = values["challenger"], values["baseline"]
    if not model.is_win(challenger, baseline):
        return registry.REFUSED, (
            f"{model.metric} {challenger:.4f} does not beat the baseline's {baseline:.4f}"
        )
    if objection := model.objection(metrics["challenger"], metrics["baseline"]):
        return registry.REFUSED, objection
    if "champion" not in values:
        return registry.PROMOTED, (
            f"{model.metric} {challenger:.4f} beats the baseline's {baseline:.4f}; "
            "there was no champion"
        )
    if objection := model.objection(metrics["champion"], metrics["baseline"]):
        return registry.PROMOTED, (
            f"{model.metric} {challenger:.4f} beats the baseline's {baseline:.4f}; of the champion:"
            f" {objection}"
        )
    champion = values["champion"]
    lacking = 1.0 - champion if model.is_higher_better else champion
    least_gain = LEAST_GAIN * lacking
    if not model.is_win(challenger, champion, least_gain):
        return registry.REFUSED, (
            f"{model.metric} {challenger:.4f} against the champion's {champion:.4f}: the gain must "
            f"exceed {least_gain:.4f}"
        )
    return registry.PROMOTED, (
        f"{model.metric} {challenger:.4f} beats the champion's {champion:.4f} and the baseline's "
        f"{baseline:.4f}"
    )


def _retirement(settings: Settings, night: Night, model: Model) -> str:
    """Say which champion no longer counts because its number meant something else."""
    retired = registry.last_promoted(settings, model.name, night.business_date)
    if retired is None:
        return ""
    return (
        f" ({registry.model_id(model.name, retired)} is retired: its number was no {model.meaning})"
    )


def _champions(model: Model, before: Path | None, after: Path | None) -> dict[str, Any]:
    return {
        "champion_before": registry.model_id(model.name, before),
        "champion_after": registry.model_id(model.name, after),
        **{
            f"serving_{fact}": after and registry.training_of(after)[fact]
            for fact in model.serving_facts
        },
    }


def _record_failure(
    settings: Settings, night: Night, model: Model, failure: failures.Failure
) -> None:
    """Record that a model failed: the champion stays, as after a refusal, if it can be told."""
    name = model.name
    try:
        incumbent = registry.champion(settings, name, night.business_date, model.meaning)
    except registry.ModelError as error:
        logger.critical("%s has no champion that can be told: %s", name, error)
        incumbent = None
    row = {
        "model": name,
        "challenger": None,
        "champion_before": registry.model_id(name, incumbent),
        "champion_after": registry.model_id(name, incumbent),
        "decision": registry.FAILED,
        "reason": f"the step {failure.step} failed: {failure.reason}",
        "failed_step": failure.step,
        "metric": model.metric,
    }
    records.record(settings, "ml.model_runs", night.business_date, name, [row])
    records.record(settings, "ml.deciles", night.business_date, name, [])
    folder = registry.entry(settings, name, night.business_date)
    decision = {"decision": registry.FAILED, "reason": row["reason"]}
    registry.write_json(folder / "decision.json", decision)


def _numbers(model: Model, training: dict[str, Any], evaluation: dict[str, Any]) -> dict[str, Any]:
    metrics = evaluation["metrics"]
    return {
        "trained_to": training["trained_to"] if "estimator" in training else None,
        "training_rows": training["rows"] if "estimator" in training else None,
        "evaluated_from": evaluation["evaluated_from"],
        "evaluated_to": evaluation["evaluated_to"],
        "evaluated_customers": evaluation["customers"],
        "metric": model.metric,
        **{
            f"{who}_value": metrics.get(who, {}).get(model.metric)
            for who in ("challenger", "champion", "baseline")
        },
        "agreement": evaluation["agreement"],
        **{metric: metrics.get("challenger", {}).get(metric) for metric in model.published_metrics},
        **{fact: training[fact] for fact in model.published_facts},
    }
