"""What the models have in common.

A model is a name, a metric, a bar of data, an estimator to fit, and a baseline to beat. What is
special about one is an attribute or a method here; no other module asks a model for its name.
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
        What decides; a key of what `judge` returns.
    is_higher_better
        The metric's direction.
    purpose
        The card's first sentences. Fields such as ``{horizon_days}`` are filled in from
        ``training.json``.
    column, column_type
        Of ``ml.customer_scores``; readers get it once ``ops_tables.yml`` describes it.
    digits
        Of a published score; more would be the machine's, and must not tell two runs apart.
    published_metrics
        What `judge` returns of the challenger that has a column of its own in ``ml.model_runs``.
    published_facts
        What ``training.json`` has that goes to ``ml.model_runs``.
    serving_facts
        The same of the model that scores from tonight on, as ``serving_<fact>``.
    is_backtested
        Whether `ml.backtest` takes it: then it has `actual` and `measure`.
    trusted_types
        Classes of its estimator that skops doesn't know; no other is loaded.
    """

    name: str
    metric: str
    is_higher_better: bool
    purpose: str
    column: str
    column_type: str
    digits: int = 6
    published_metrics: tuple[str, ...] = ()
    published_facts: tuple[str, ...] = ()
    serving_facts: tuple[str, ...] = ()
    is_backtested: bool = False
    trusted_types: tuple[str, ...] = ()

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

    def measure(self, predicted: Floats, actual: Floats) -> float:
        """Return the metric from nothing but predictions and what came true, shape (n,) each."""
        raise NotImplementedError(f"{self.name} is not backtested")

    def judge_with_newcomers(
        self, metrics: dict[str, float], sample: Sample, missed: float
    ) -> dict[str, float]:
        """Return more metrics for a backtest, given what unknown customers spent in its window."""
        return {}

    def agreement(self, predicted: Floats, other: Floats) -> float | None:
        """Return how far two models predict the same, 1 if they do, or None if it is of no use."""
        return None

    def published(self, predicted: Floats, sample: Sample) -> NDArray[Any]:
        """Return what readers get for each prediction, shape (n,)."""
        return np.round(predicted, self.digits)

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
        ``decile`` (1 has the highest predictions), ``customers``, and the means ``predicted``
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
