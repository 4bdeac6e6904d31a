"""A fourth model, as CONTRIBUTING asks for one: what a customer's next visits bring."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyRegressor

from ml.model import Model
from ml.plan import Plan
from ml.samples import Floats, Sample


class Visits(Model):
    """The median of what was spent, less a unit for each day without an order."""

    name = "visits"
    metric = "error"
    is_higher_better = False
    purpose = "Predicts what the visits of the next {horizon_days} days bring."
    column = "predicted_visits"
    column_type = "decimal(9, 1)"
    digits = 1
    published_metrics = ("bias",)

    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        return None if training else "no cut-off to learn from"

    def fit(self, plan: Plan, training: Sequence[Sample]) -> Any:
        spent = np.concatenate([sample.spend for sample in training])
        return DummyRegressor(strategy="median").fit(np.zeros((len(spent), 1)), spent)

    def predict(self, estimator: Any, sample: Sample) -> Floats:
        recency = sample.features["recency_days"]
        return estimator.predict(recency[:, np.newaxis]) - recency

    def baseline(self, plan: Plan, sample: Sample) -> Floats:
        return np.zeros(len(sample))

    def actual(self, plan: Plan, sample: Sample) -> Floats:
        return sample.spend

    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        error = predicted - sample.spend
        return {"error": float(np.abs(error).mean()), "bias": float(error.mean())}

    def agreement(self, predicted: Floats, other: Floats) -> float:
        return 1.0 - float(np.abs(predicted - other).mean())
