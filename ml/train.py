"""Fits the night's challenger. Promotion is decided elsewhere."""

from __future__ import annotations

import logging
from datetime import timedelta

from dangol.faults import crash_point
from dangol.night import Night
from dangol.settings import Settings
from ml import failures, models, registry
from ml.fitting import one_thread, samples_of
from ml.samples import read_plan

logger = logging.getLogger(__name__)


def train(settings: Settings, night: Night, model_name: str) -> dict[str, str]:
    """Fit a model to everything known before the evaluation window, and store it.

    Parameters
    ----------
    night
        The features must be from this night.

    Returns
    -------
    dict
        ``model`` and ``status``: ``trained``, ``not enough data``, or ``failed``.
    """
    status = registry.FAILED
    if failures.may_try(settings, model_name, night, "train"):
        with failures.contained(settings, night, "train", [model_name]):
            status = _train(settings, night, model_name)
    return {"model": model_name, "status": status}


def _train(settings: Settings, night: Night, model_name: str) -> str:
    model = models.load(model_name)
    plan = read_plan(settings.models, night.business_date)
    training, evaluation = samples_of(settings, settings.models, plan, model)
    folder = registry.entry(settings, model_name, night.business_date)
    facts = {
        "model": model_name,
        "business_date": night.business_date.isoformat(),
        "trained_to": (plan.evaluation - timedelta(days=1)).isoformat(),
        "cutoffs": [sample.cutoff.isoformat() for sample in training],
        "rows": sum(len(sample) for sample in training),
        "horizon_days": plan.horizon_days,
        "churn_horizon_days": plan.churn_horizon_days,
        "churn_horizon_reason": plan.churn_horizon_reason,
        "meaning": model.meaning,
    }
    if reason := model.shortage(plan, training, evaluation):
        logger.info("%s: not enough data: %s", model_name, reason)
        status = {"status": registry.NOT_ENOUGH_DATA, "reason": reason}
        registry.save(folder, {**facts, **status}, None)
        return registry.NOT_ENOUGH_DATA
    with one_thread():
        estimator = model.fit(plan, training)
    crash_point("ml.train.fitted")
    registry.save(folder, {**facts, "status": "trained", "estimator": repr(estimator)}, estimator)
    crash_point("ml.train.saved")
    logger.info("%s: trained on %d rows to %s", model_name, facts["rows"], facts["trained_to"])
    return "trained"
