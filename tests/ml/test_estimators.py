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


def test_the_sums_of_spend_come_true_at_every_level_even_the_lowest():
    rng = np.random.default_rng(0)
    expected, kind = rng.lognormal(5, 1, size=4000), rng.integers(0, 4, size=4000)
    share = np.array([0.01, 0.1, 1.0, 1.2])[kind]
    spent = expected * share * rng.gamma(1.0, size=4000)
    rows = np.column_stack([expected, kind])
    said = SpendRegressor(random_state=0, max_features=1.0).fit(rows, spent).predict(rows)
    for number in range(4):
        assert said[kind == number].sum() == pytest.approx(spent[kind == number].sum(), rel=0.05)
    assert said.sum() == pytest.approx(spent.sum())


def test_spend_in_another_currency_is_the_same_but_for_its_unit():
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.lognormal(3, 1, size=1000), rng.uniform(size=1000)])
    rows[:50, 0] = 0
    spent = rows[:, 0] * rows[:, 1] + 1
    dollars, won = (
        SpendRegressor(random_state=0).fit(rows * [rate, 1], spent * rate).predict(rows * [rate, 1])
        for rate in (1, 1300)
    )
    assert won == pytest.approx(dollars * 1300)
