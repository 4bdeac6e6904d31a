"""What the models have in common.

A model has a name, a metric, a minimum amount of data, an estimator to fit, and a baseline to beat.
Differences between models are attributes or methods here; no other module checks a model's name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.plan import HISTORY_DAYS, TRAINING_STEP_DAYS, Plan
from ml.samples import Floats, Sample

SEED = 20170930
"""The seed of all random numbers."""

MINIMUM_CUSTOMERS = 100
"""Customers needed for training and for evaluation; with fewer, the status is "not enough data"."""


class Model(ABC):
    """One prediction per customer.

    Attributes
    ----------
    name
        As in `ml.MODEL_NAMES`.
    metric
        The metric that decides on promotion; a key of `judge`'s result.
    is_higher_better
        Whether a higher value of the metric is better.
    meaning
        What the number is, if it once was another: champions of another meaning are retired.
    purpose
        The card's first sentences. Fields such as ``{horizon_days}`` are filled in from
        ``training.json``.
    column, column_type
        In ``ml.customer_scores``; published once ``ops_tables.yml`` describes it.
    digits
        Decimal places of a published score: further ones depend on the machine, and could differ
        between two runs.
    published_metrics
        Metrics of the challenger that have a column in ``ml.model_runs``; keys of `judge`'s result.
    published_facts
        Keys of ``training.json`` that are copied to ``ml.model_runs``.
    serving_facts
        The same for the model that scores from tonight on, as ``serving_<fact>``.
    is_backtested
        Whether `ml.backtest` includes it; then it must implement `actual` and `measure`.
    trusted_types
        Classes of its estimator that skops does not trust by default; no others are loaded.
    """

    name: str
    metric: str
    is_higher_better: bool
    purpose: str
    meaning: str = ""
    column: str
    column_type: str
    digits: int = 6
    published_metrics: tuple[str, ...] = ()
    published_facts: tuple[str, ...] = ()
    serving_facts: tuple[str, ...] = ()
    is_backtested: bool = False
    trusted_types: tuple[str, ...] = ()

    def training_cutoffs(self, plan: Plan) -> tuple[date, ...]:
        """Return the cut-offs to train on."""
        return plan.training

    def evaluation_cutoff(self, plan: Plan) -> date:
        """Return the cut-off to evaluate on."""
        return plan.evaluation

    @abstractmethod
    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        """Return what is missing for training and evaluation, or None if there is enough data."""

    @abstractmethod
    def fit(self, plan: Plan, training: Sequence[Sample]) -> Any:
        """Return an estimator fitted to the training cut-offs."""

    @abstractmethod
    def predict(self, estimator: Any, sample: Sample) -> Floats:
        """Return one prediction per customer, shape (n,)."""

    @abstractmethod
    def baseline(self, plan: Plan, sample: Sample) -> Floats:
        """Return the baseline's predictions, which need no training, shape (n,)."""

    @abstractmethod
    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        """Return the metric, and others that help to interpret it."""

    def actual(self, plan: Plan, sample: Sample) -> Floats | None:
        """Return the actual outcomes, shape (n,), or None if the model has none."""
        return None

    def measure(self, predicted: Floats, actual: Floats) -> float:
        """Return the metric, from predictions and actual outcomes, shape (n,) each."""
        raise NotImplementedError(f"{self.name} is not backtested")

    def judge_with_newcomers(
        self, metrics: dict[str, float], sample: Sample, missed: float
    ) -> dict[str, float]:
        """Return more metrics for a backtest, given what new customers spent in its window."""
        return {}

    def agreement(self, predicted: Floats, other: Floats) -> float | None:
        """Return how far two models agree, at most 1, or None if it is not meaningful."""
        return None

    def published(self, predicted: Floats, sample: Sample) -> NDArray[Any]:
        """Return the published value of each prediction, shape (n,)."""
        return np.round(predicted, self.digits)

    def objection(self, metrics: dict[str, float], baseline: dict[str, float]) -> str | None:
        """Return why a model must not be used, however good its metric, or None.

        Parameters
        ----------
        metrics, baseline
            Results of `judge` on the same window, of the model and of the baseline.

        Returns
        -------
        str or None
            A sentence for ``ml.model_runs.reason``.
        """
        return None

    def is_win(self, challenger: float, other: float, least_gain: float = 0.0) -> bool:
        """Return whether the challenger's metric beats the other by more than ``least_gain``."""
        gain = challenger - other if self.is_higher_better else other - challenger
        return gain > least_gain


def deciles(predicted: Floats, actual: Floats) -> list[dict[str, float | int]]:
    """Return ten equal groups, highest predictions first.

    Parameters
    ----------
    predicted
        Shape (n,). Customers with the same prediction share their mean outcome, so it does not
        matter which of them are in which group.
    actual
        Shape (n,).

    Returns
    -------
    list of dict
        ``decile`` (1 has the highest predictions), ``customers``, and the means ``predicted``
        and ``actual`` of each group.
    """
    order = np.argsort(-predicted, kind="stable")
    _, kind, customers = np.unique(predicted, return_inverse=True, return_counts=True)
    shared = (np.bincount(kind, actual) / customers)[kind]
    return [
        {
            "decile": number,
            "customers": len(group),
            "predicted": round(float(predicted[group].mean()), 6),
            "actual": round(float(shared[group].mean()), 6),
        }
        for number, group in enumerate(np.array_split(order, 10), start=1)
        if len(group)
    ]


def customers_where(samples: Sequence[Sample], flags: Sequence[NDArray[np.bool_]]) -> set[str]:
    """Return the ids of the customers that are flagged in any of the samples."""
    pairs = zip(samples, flags, strict=True)
    return {str(one) for sample, flag in pairs for one in sample.customer_id[flag]}


def short_history(plan: Plan, windows: int = 1) -> str:
    """Say how much history there is, and how much so many training windows need."""
    needed = 2 * plan.horizon_days + HISTORY_DAYS + (windows - 1) * TRAINING_STEP_DAYS
    return f"{plan.history_days} days of history, {needed} needed for training and evaluation"
