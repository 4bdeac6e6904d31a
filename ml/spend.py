"""The regressor of future spend: learns what share of the expected spend comes true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted, validate_data

from ml.inputs import spend_inputs
from ml.model import MINIMUM_CUSTOMERS, SEED, Model, customers_where, short_history
from ml.plan import Plan
from ml.samples import Floats, Sample


class SpendRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Gradient boosting of the ratio between a target and one of its inputs.

    wMAPE measures the sum of absolute errors over customers. It equals the sum of absolute errors
    of the ratio, each weighted with the input in its denominator, so that is what is minimised. A
    ratio also transfers to longer histories and to other prices.

    Parameters
    ----------
    floor
        Minimum of the denominator, in the unit of the first input.
    max_iter
        Number of trees.
    learning_rate
        Shrinkage of each tree's contribution.
    max_leaf_nodes
        Maximum number of leaves per tree.
    min_samples_leaf
        Minimum number of rows per leaf.
    max_features
        Share of the inputs considered at each split.
    l2_regularization
        L2 penalty on the leaves' values.
    random_state
        Seed of the boosting.

    Attributes
    ----------
    booster_ : HistGradientBoostingRegressor
        Predicts the ratio; it handles missing values natively.
    n_iter_ : int
        Number of trees grown.
    n_features_in_ : int
        Number of columns of the training matrix; the first is the expected spend.
    """

    def __init__(
        self,
        *,
        floor: float = 5.0,
        max_iter: int = 120,
        learning_rate: float = 0.05,
        max_leaf_nodes: int = 8,
        min_samples_leaf: int = 100,
        max_features: float = 0.3,
        l2_regularization: float = 1.0,
        random_state: int | None = None,
    ) -> None:
        self.floor = floor
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.l2_regularization = l2_regularization
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the ratio.

        Parameters
        ----------
        X
            Shape (n, p); the first column is the expected spend. NaN is allowed in the others.
        y
            Shape (n,): what was spent.

        Returns
        -------
        SpendRegressor
            Itself, fitted.
        """
        X, y = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True
        )
        scale = self._scale(X)
        self.booster_ = HistGradientBoostingRegressor(
            loss="absolute_error",
            max_iter=self.max_iter,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
            l2_regularization=self.l2_regularization,
            early_stopping=False,
            random_state=self.random_state,
        ).fit(X, y / scale, sample_weight=scale)
        self.n_iter_ = self.booster_.n_iter_
        return self

    def predict(self, X: Any) -> Any:
        """Return the predicted spend.

        Returns
        -------
        ndarray
            Shape (n,).
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return self.booster_.predict(X) * self._scale(X)

    def _scale(self, X: Any) -> Any:
        return np.maximum(np.abs(np.nan_to_num(X[:, 0])), self.floor)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        # in scikit-learn's test data the first column is unrelated to the target
        tags.regressor_tags.poor_score = True
        return tags


class Spend(Model):
    """Money spent within the horizon."""

    name = "spend"
    metric = "wmape"
    is_higher_better = False
    purpose = (
        "Predicts what each customer spends in the next {horizon_days} days: the median, as likely"
        " to "
        "be exceeded as not. The sum over customers is therefore too low."
    )
    column = "predicted_spend_90d"
    column_type = "decimal(18, 4)"
    digits = 2
    published_metrics = ("bias",)
    is_backtested = True
    trusted_types = (
        "ml.spend.SpendRegressor",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    )

    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        """Require a training cut-off, with 100 buyers in it and in the evaluation window."""
        if not training:
            return short_history(plan)
        for what, samples in (("training", training), ("evaluation", [evaluation])):
            buyers = len(customers_where(samples, [sample.spend > 0 for sample in samples]))
            if buyers < MINIMUM_CUSTOMERS:
                return f"{buyers} customers bought in the {what} window, {MINIMUM_CUSTOMERS} needed"
        return None

    def fit(self, plan: Plan, training: Sequence[Sample]) -> SpendRegressor:
        """Fit on the rows of all training cut-offs together."""
        inputs = np.concatenate([spend_inputs(sample.features) for sample in training])
        spent = np.concatenate([sample.spend for sample in training])
        return SpendRegressor(random_state=SEED).fit(inputs, spent)

    def predict(self, estimator: Any, sample: Sample) -> Floats:
        """Return amounts, never negative."""
        predicted: Floats = np.maximum(estimator.predict(spend_inputs(sample.features)), 0.0)
        return predicted

    def baseline(self, plan: Plan, sample: Sample) -> Floats:
        """Repeat the last 13 weeks, scaled from 91 days to the horizon."""
        return sample.features["spend_91d"] * (plan.horizon_days / 91)

    def actual(self, plan: Plan, sample: Sample) -> Floats:
        """Return what was spent."""
        return sample.spend

    def measure(self, predicted: Floats, actual: Floats) -> float:
        """Return wMAPE: the sum of absolute errors divided by the sum of spend."""
        return float(np.abs(predicted - actual).sum() / actual.sum())

    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        """Return wMAPE, the bias and the mean absolute error."""
        return {
            "wmape": self.measure(predicted, sample.spend),
            "bias": float(predicted.sum()) / float(sample.spend.sum()) - 1.0,
            "mean_absolute_error": float(np.abs(predicted - sample.spend).mean()),
        }

    def judge_with_newcomers(
        self, metrics: dict[str, float], sample: Sample, missed: float
    ) -> dict[str, float]:
        """Return wMAPE with newcomers, whose prediction is 0, so that all their spend is error."""
        known = float(sample.spend.sum())
        return {"wmape_with_newcomers": (metrics["wmape"] * known + missed) / (known + missed)}
