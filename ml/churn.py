"""Churn without contracts: no order within the churn horizon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ml.inputs import churn_inputs
from ml.model import SEED, Model, customers_where, short_history
from ml.plan import Plan
from ml.samples import Floats, Sample

MINIMUM_EACH_WAY = 100
"""Of customers who left and of those who stayed, in the training rows and in the window."""


class Churn(Model):
    """The probability that a customer places no order within the churn horizon."""

    name = "churn"
    metric = "auc"
    is_higher_better = True
    purpose = (
        "Predicts the probability that a customer places no order for {churn_horizon_days} days "
        "({churn_horizon_reason})."
    )
    column = "churn_probability"
    column_type = "double"
    published_metrics = ("brier",)
    published_facts = ("churn_horizon_days", "churn_horizon_reason")
    serving_facts = ("churn_horizon_days",)
    is_backtested = True

    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        """Require 100 customers who left and 100 who stayed, in training and in evaluation."""
        if not training:
            return short_history(plan)
        for what, samples in (("training", training), ("evaluation", [evaluation])):
            churned = [sample.churned(plan.churn_horizon_days) for sample in samples]
            left = len(customers_where(samples, churned))
            stayed = len(customers_where(samples, [~flags for flags in churned]))
            if min(left, stayed) < MINIMUM_EACH_WAY:
                return (
                    f"{left} customers left and {stayed} stayed in the {what} window, "
                    f"{MINIMUM_EACH_WAY} of each needed"
                )
        return None

    def fit(self, plan: Plan, training: Sequence[Sample]) -> Any:
        """Fit on the rows of all training cut-offs together."""
        inputs = np.concatenate([churn_inputs(sample.features) for sample in training])
        churned = np.concatenate([s.churned(plan.churn_horizon_days) for s in training])
        # strong regularisation: many inputs are highly correlated
        logistic = LogisticRegression(C=0.01, max_iter=1000, random_state=SEED)
        return make_pipeline(StandardScaler(), logistic).fit(inputs, churned.astype(np.int64))

    def predict(self, estimator: Any, sample: Sample) -> Floats:
        """Return probabilities."""
        probability: Floats = estimator.predict_proba(churn_inputs(sample.features))[:, 1]
        return probability

    def baseline(self, plan: Plan, sample: Sample) -> Floats:
        """Return the days since the last order: the longer, the likelier to be lost."""
        return sample.features["recency_days"]

    def actual(self, plan: Plan, sample: Sample) -> Floats:
        """Return 1 for those who left, 0 for those who stayed."""
        return sample.churned(plan.churn_horizon_days).astype(np.float64)

    def measure(self, predicted: Floats, actual: Floats) -> float:
        """Return the AUC."""
        return float(roc_auc_score(actual, predicted))

    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        """Return the AUC, and calibration metrics if the prediction is a probability."""
        churned = self.actual(plan, sample)
        metrics = {"auc": self.measure(predicted, churned)}
        if predicted.max() <= 1.0:
            metrics["brier"] = float(brier_score_loss(churned, predicted))
            metrics["mean_probability"] = float(predicted.mean())
            metrics["share_churned"] = float(churned.mean())
        return metrics
