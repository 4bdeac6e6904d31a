"""What the three models have in common.

A model is a name, a metric, a bar of data, an estimator to fit, and a baseline to beat.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.plan import HISTORY_DAYS, Plan
from ml.samples import Floats, Sample

SEED = 20170930
"""Of everything that draws numbers."""

MINIMUM_CUSTOMERS = 100
"""Customers to learn from and to judge by; below, the answer is "not enough data"."""


class Model(ABC):
    """One prediction per customer.

    Attributes
    ----------
    name
        As in `ml.MODEL_NAMES`.
    metric
        What decides.
    is_higher_better
        The metric's direction.
    """

    name: str
    metric: str
    is_higher_better: bool

    def training_cutoffs(self, plan: Plan) -> tuple[date, ...]:
        """Return the cut-offs to learn from."""
        return plan.training

    def evaluation_cutoff(self, plan: Plan) -> date:
        """Return the cut-off to judge at."""
        return plan.evaluation

    @abstractmethod
    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        """Return what is missing to learn and judge, or None if there is enough."""

    @abstractmethod
    def fit(self, plan: Plan, training: Sequence[Sample]) -> Any:
        """Return an estimator fitted to the training cut-offs."""

    @abstractmethod
    def predict(self, estimator: Any, sample: Sample) -> Floats:
        """Return one prediction per customer, shape (n,)."""

    @abstractmethod
    def baseline(self, plan: Plan, sample: Sample) -> Floats:
        """Return what needs no learning, shape (n,)."""

    @abstractmethod
    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        """Return the metric, and others that help to read it."""

    def actual(self, plan: Plan, sample: Sample) -> Floats | None:
        """Return what came true, shape (n,), or None where nothing can."""
        return None

    def is_win(self, challenger: float, other: float, least_gain: float = 0.0) -> bool:
        """Return whether one value of the metric is better than another by more than a gain."""
        gain = challenger - other if self.is_higher_better else other - challenger
        return gain > least_gain


def deciles(predicted: Floats, actual: Floats) -> list[dict[str, float | int]]:
    """Return ten equal groups by falling prediction.

    Parameters
    ----------
    predicted
        Shape (n,); equal values keep the order of the rows, which is that of the customer ids.
    actual
        Shape (n,).

    Returns
    -------
    list of dict
        ``decile`` (1 holds the highest predictions), ``customers``, and the means ``predicted``
        and ``actual`` of each group.
    """
    order = np.argsort(-predicted, kind="stable")
    return [
        {
            "decile": number,
            "customers": len(group),
            "predicted": round(float(predicted[group].mean()), 6),
            "actual": round(float(actual[group].mean()), 6),
        }
        for number, group in enumerate(np.array_split(order, 10), start=1)
        if len(group)
    ]


def customers_where(samples: Sequence[Sample], flags: Sequence[NDArray[np.bool_]]) -> set[str]:
    """Return the ids of the customers that are flagged in any of the samples."""
    pairs = zip(samples, flags, strict=True)
    return {str(one) for sample, flag in pairs for one in sample.customer_id[flag]}


def short_history(plan: Plan) -> str:
    """Return the sentence that says how much history there is and how much is needed."""
    needed = 2 * plan.horizon_days + HISTORY_DAYS
    return f"{plan.history_days} days of history, {needed} needed to learn and to judge"
