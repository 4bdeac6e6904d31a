"""The regressor of future spend: learns what share of the expected spend comes true on average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted, validate_data

from ml.inputs import spend_inputs
from ml.model import MINIMUM_CUSTOMERS, SEED, Model, customers_where, short_history
from ml.plan import TRAINING_CUTOFFS, Plan
from ml.samples import Floats, Sample

LARGEST_BIAS = 0.10
"""How far the predicted total may be from the actual one in the evaluation window."""

LEFT = 0.5
"""Who is predicted less than this share of the expected spend has probably left."""


class SpendRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """Gradient boosting of the mean ratio between a target and one of its inputs.

    A ratio transfers to longer histories and to other prices, and it carries a trend: if customers
    spend a twentieth more than expected, they are predicted to do so again. It is learnt in two
    steps. Boosting minimises the Poisson deviance, whose minimum is the mean. Each ratio is
    weighted with the root of its denominator: larger amounts vary more, and weighted with the
    denominator itself a few large customers would decide. Boosting then stops before it reaches
    ratios near 0, those of customers who have probably left. So what is predicted for them, in up
    to four groups by ratio, and for all others together is made to add up to what was spent.

    Parameters
    ----------
    floor
        Minimum of the denominator, as a share of the first input's mean.
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
    bounds_ : ndarray
        The highest ratio of the booster in each group of those who have probably left. Shape (k,).
    factors_ : ndarray
        What its ratios are multiplied by in each group, and above them. Shape (k + 1,).
    floor_ : float
        Minimum of the denominator, in the unit of the first input.
    n_iter_ : int
        Number of trees grown.
    n_features_in_ : int
        Number of columns of the training matrix; the first is the expected spend.
    """

    def __init__(
        self,
        *,
        floor: float = 0.01,
        max_iter: int = 60,
        learning_rate: float = 0.05,
        max_leaf_nodes: int = 8,
        min_samples_leaf: int = 50,
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
            Shape (n,): what was spent; less than nothing counts as nothing.

        Returns
        -------
        SpendRegressor
            Itself, fitted.

        Raises
        ------
        ValueError
            If nobody spent anything.
        """
        X, y = validate_data(
            self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", y_numeric=True
        )
        self.floor_ = self.floor * float(np.abs(np.nan_to_num(X[:, 0])).mean()) or 1.0
        scale = self._scale(X)
        ratio = np.maximum(y, 0.0) / scale
        self.booster_ = HistGradientBoostingRegressor(
            loss="poisson",
            max_iter=self.max_iter,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features,
            l2_regularization=self.l2_regularization,
            early_stopping=False,
            random_state=self.random_state,
        ).fit(X, ratio, sample_weight=np.sqrt(scale / scale.mean()))
        said = self.booster_.predict(X)
        left = np.sort(said[said < LEFT])
        groups = min(4, len(left) // (2 * self.min_samples_leaf))
        parts = np.array_split(left, groups) if groups else []
        self.bounds_ = np.array([part[-1] for part in parts])
        group = np.searchsorted(self.bounds_, said)
        came, expected = (np.bincount(group, each * scale, groups + 1) for each in (ratio, said))
        self.factors_ = np.divide(came, expected, out=np.ones(groups + 1), where=expected > 0)
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
        ratio = self.booster_.predict(X)
        factor = self.factors_[np.searchsorted(self.bounds_, ratio)]
        return ratio * factor * self._scale(X)

    def _scale(self, X: Any) -> Any:
        return np.maximum(np.abs(np.nan_to_num(X[:, 0])), self.floor_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        # in scikit-learn's test data the first column is unrelated to the target
        tags.regressor_tags.poor_score = True
        tags.target_tags.positive_only = True
        return tags


class Spend(Model):
    """Money spent within the horizon."""

    name = "spend"
    metric = "nrmse"
    is_higher_better = False
    purpose = (
        "Predicts what each customer spends in the next {horizon_days} days on average: a mean, so"
        " the sum over any group of customers predicts what the group spends. Most customers spend"
        " less than their mean, a few much more."
    )
    meaning = "mean"
    column = "predicted_spend_90d"
    column_type = "decimal(18, 4)"
    digits = 2
    published_metrics = ("bias", "wmape")
    is_backtested = True
    trusted_types = (
        "ml.spend.SpendRegressor",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    )

    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        """Require all training cut-offs, and 100 buyers in them and in the evaluation window.

        With fewer, the history before them is so short that customers who have been away for
        longer are unlike any that were learnt from: totals were up to 13 % too high.

        Returns
        -------
        str or None
            What is missing.
        """
        if len(plan.training) < TRAINING_CUTOFFS:
            return short_history(plan, TRAINING_CUTOFFS)
        for what, samples in (("training", training), ("evaluation", [evaluation])):
            buyers = len(customers_where(samples, [sample.spend > 0 for sample in samples]))
            if buyers < MINIMUM_CUSTOMERS:
                return f"{buyers} customers bought in the {what} window, {MINIMUM_CUSTOMERS} needed"
            if sum(float(sample.spend.sum()) for sample in samples) <= 0:
                return f"the spend of the {what} window does not add up to more than nothing"
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
        """Return the root of the mean squared error over the mean spend: least for the mean."""
        return float(np.sqrt(np.square(predicted - actual).mean()) / actual.mean())

    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        """Return the metric, the bias of the total, wMAPE, and the mean absolute error."""
        errors, spent = np.abs(predicted - sample.spend), float(sample.spend.sum())
        return {
            "nrmse": self.measure(predicted, sample.spend),
            "bias": float(predicted.sum()) / spent - 1.0,
            "wmape": float(errors.sum()) / spent,
            "mean_absolute_error": float(errors.mean()),
        }

    def objection(self, metrics: dict[str, float], baseline: dict[str, float]) -> str | None:
        """Object to a total that is off by more than a tenth, and to a wMAPE above the baseline's.

        Returns
        -------
        str or None
            In a season that the past doesn't show, a total may be as far off as the baseline's.
        """
        bias = metrics["bias"]
        if abs(bias) > max(LARGEST_BIAS, abs(baseline["bias"])):
            return f"the predicted total is {bias:+.1%} off; {LARGEST_BIAS:.0%} are allowed"
        if metrics["wmape"] > baseline["wmape"]:
            return f"wmape {metrics['wmape']:.4f} is above the baseline's {baseline['wmape']:.4f}"
        return None

    def judge_with_newcomers(
        self, metrics: dict[str, float], sample: Sample, missed: float
    ) -> dict[str, float]:
        """Return wMAPE with newcomers, whose prediction is 0, so that all their spend is error."""
        known = float(sample.spend.sum())
        return {"wmape_with_newcomers": (metrics["wmape"] * known + missed) / (known + missed)}
