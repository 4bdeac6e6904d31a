"""Clusters the customers into segments, and names the clusters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from ml.inputs import segment_inputs
from ml.model import MINIMUM_CUSTOMERS, SEED, Model
from ml.plan import Plan
from ml.samples import Floats, Sample

SEGMENT_NAMES = ("champions", "loyal", "promising", "slipping", "dormant", "lost")
"""In the order of `SegmentClusterer`'s labels."""

NEW_SEGMENT = "new"
"""Customers of the last 30 days, which is too short for a rhythm, so they get no cluster."""

_NEW_DAYS = 30

_SILHOUETTE_SAMPLE = 3000
"""The silhouette compares all pairs, so above this many customers a fixed sample is used."""


class SegmentClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # sklearn has no types
    """K-means whose labels do not depend on the order in which the clusters were found.

    The half of the clusters with the most recent purchases, the active ones, come first, by
    descending value; the other half follow, those longest without a purchase last. So label 0 is
    always the most valuable active cluster, and the last label the one inactive for longest.

    Parameters
    ----------
    n_clusters
        Number of segments.
    n_init
        Number of k-means starts, of which the best is kept.
    random_state
        Seed of the starts.

    Attributes
    ----------
    scaler_ : StandardScaler
        Scales the inputs.
    kmeans_ : KMeans
        Fitted on the scaled inputs; its clusters are in their original order.
    order_ : ndarray of shape (n_clusters,)
        The label of each cluster of ``kmeans_``.
    labels_ : ndarray of shape (n,)
        Labels of the training rows.
    n_features_in_ : int
        Number of columns of the training matrix; the first is recency, the last is value.
    """

    def __init__(
        self,
        *,
        n_clusters: int = len(SEGMENT_NAMES),
        n_init: int = 10,
        random_state: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the clusters and put them in order.

        Parameters
        ----------
        X
            Shape (n, p): recency first, value last.
        y
            Ignored; scikit-learn passes it.

        Returns
        -------
        SegmentClusterer
            Itself, fitted.
        """
        X = validate_data(self, X, dtype=np.float64)
        self.scaler_ = StandardScaler().fit(X)
        self.kmeans_ = KMeans(
            self.n_clusters, n_init=self.n_init, random_state=self.random_state
        ).fit(self.scaler_.transform(X))
        centres = self.kmeans_.cluster_centers_
        by_recency = np.argsort(centres[:, 0], kind="stable")
        active, quiet = np.split(by_recency, [(self.n_clusters + 1) // 2])
        by_value = active[np.argsort(-centres[active, -1], kind="stable")]
        self.order_ = np.empty(self.n_clusters, dtype=np.int64)
        self.order_[np.concatenate([by_value, quiet])] = np.arange(self.n_clusters)
        self.labels_ = self.order_[self.kmeans_.labels_]
        return self

    def predict(self, X: Any) -> Any:
        """Return each row's label.

        Returns
        -------
        ndarray
            Shape (n,), whole numbers below ``n_clusters``.
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float64, reset=False)
        return self.order_[self.kmeans_.predict(self.scaler_.transform(X))]


class Segment(Model):
    """Groups of alike customers, under names that marketing uses."""

    name = "segment"
    metric = "silhouette"
    is_higher_better = True
    purpose = "Groups customers by recency, frequency and value (half a year), under names."
    column = "segment"
    column_type = "varchar"
    trusted_types = ("ml.segment.SegmentClusterer",)

    def training_cutoffs(self, plan: Plan) -> tuple[date, ...]:
        """Train on the customers as they were at the start of the evaluation window."""
        return (plan.evaluation,)

    def evaluation_cutoff(self, plan: Plan) -> date:
        """Evaluate on the customers as they are at its end."""
        return plan.scoring

    def shortage(self, plan: Plan, training: Sequence[Sample], evaluation: Sample) -> str | None:
        """Require a quarter of history, and at both cut-offs 100 customers of six kinds."""
        before = 0 if plan.first_day is None else (plan.evaluation - plan.first_day).days
        if before < plan.horizon_days:
            return f"{max(before, 0)} days of history to train on, {plan.horizon_days} needed"
        for what, sample in (("to train on", training[-1]), ("to evaluate on", evaluation)):
            if len(sample) < MINIMUM_CUSTOMERS:
                return f"{len(sample)} customers {what}, {MINIMUM_CUSTOMERS} needed"
            kinds = len(np.unique(segment_inputs(sample.features), axis=0))
            if kinds < len(SEGMENT_NAMES):
                return f"{kinds} distinct kinds of customer {what}, {len(SEGMENT_NAMES)} needed"
        return None

    def fit(self, plan: Plan, training: Sequence[Sample]) -> SegmentClusterer:
        """Cluster the customers of the latest cut-off given."""
        latest = max(training, key=lambda sample: sample.cutoff)
        return SegmentClusterer(random_state=SEED).fit(segment_inputs(latest.features))

    def predict(self, estimator: Any, sample: Sample) -> Floats:
        """Return labels; `published` turns them into names."""
        labels: Floats = estimator.predict(segment_inputs(sample.features)).astype(np.float64)
        return labels

    def baseline(self, plan: Plan, sample: Sample) -> Floats:
        """Return the usual grid of recency and value quintiles, with as many groups."""
        _, frequency, value = segment_inputs(sample.features).T
        fresh = 4 - _fifth(sample.features["recency_days"])
        worth = (_fifth(frequency) + _fifth(value)) / 2
        conditions = [
            (fresh >= 3) & (worth >= 3),
            (fresh >= 1) & (worth >= 3),
            (fresh >= 3),
            (fresh >= 2),
            (worth >= 2),
        ]
        return np.select(conditions, [0.0, 1.0, 2.0, 3.0, 4.0], default=5.0)

    def judge(self, plan: Plan, predicted: Floats, sample: Sample) -> dict[str, float]:
        """Return the silhouette: how well the groups are separated, on the scaled sample."""
        scaled = StandardScaler().fit_transform(segment_inputs(sample.features))
        drawn = np.random.RandomState(SEED).permutation(len(scaled))[:_SILHOUETTE_SAMPLE]
        if len(np.unique(predicted[drawn])) < 2:
            return {"silhouette": -1.0}
        value = silhouette_score(scaled[drawn], predicted[drawn])
        return {"silhouette": float(value)}

    def agreement(self, predicted: Floats, other: Floats) -> float:
        """Return the adjusted Rand index."""
        return float(adjusted_rand_score(predicted, other))

    def published(self, predicted: Floats, sample: Sample) -> NDArray[Any]:
        """Return names; a customer whose first order is 30 days old or less is new."""
        names = np.asarray(SEGMENT_NAMES)[predicted.astype(np.int64)]
        named = np.where(sample.features["tenure_days"] <= _NEW_DAYS, NEW_SEGMENT, names)
        return named.astype(object)


def _fifth(values: Floats) -> Floats:
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return (ranks * 5 // len(values)).astype(np.float64)
