"""Our own estimators keep scikit-learn's contract."""

import numpy as np
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from ml.segment import SegmentClusterer
from ml.spend import SpendRegressor


@parametrize_with_checks([SegmentClusterer(random_state=0), SpendRegressor(random_state=0)])
def test_estimator_keeps_the_contract(estimator, check):
    check(estimator)


def test_segment_labels_are_ordered_by_what_they_mean():
    rng = np.random.default_rng(0)
    # recency, frequency, value of six kinds of customer, from champions to lost
    centres = np.array([[1, 9, 9], [1, 6, 6], [1, 3, 3], [4, 5, 5], [6, 3, 3], [9, 1, 1]])
    kinds = np.repeat(np.arange(6), 50)
    rows = centres[kinds] + rng.normal(scale=0.2, size=(300, 3))
    for seed in range(3):
        shuffled = rng.permutation(300)
        clusterer = SegmentClusterer(random_state=seed).fit(rows[shuffled])
        assert clusterer.predict(rows).tolist() == kinds.tolist()


def test_spend_is_learnt_as_a_share_of_the_expected():
    rng = np.random.default_rng(0)
    expected = rng.uniform(10, 1000, size=2000)
    keen = rng.integers(0, 2, size=2000)
    rows = np.column_stack([expected, keen])
    share = np.where(keen, 1.5, 0.5)
    spent = expected * (share + rng.normal(scale=0.1, size=2000))
    # a split considers a part of the inputs: of two only one, and often not the one that tells
    model = SpendRegressor(random_state=0, max_features=1.0).fit(rows, spent)
    richer = np.column_stack([expected * 100, keen])
    assert model.predict(richer) == pytest.approx(expected * 100 * share, rel=0.15)
