"""The cut-offs of a night, and what churn means in it."""

from datetime import date

import pytest

from ml.plan import Plan, choose_churn_horizon, plan_cutoffs


def test_cutoffs_of_the_demo_night():
    plan = plan_cutoffs(date(2017, 12, 31), date(2017, 1, 1))
    assert plan.scoring == date(2018, 1, 1)
    assert plan.evaluation == date(2017, 10, 3)
    assert plan.training == (
        date(2017, 7, 5),
        date(2017, 6, 7),
        date(2017, 5, 10),
        date(2017, 4, 12),
    )
    assert plan.history_days == 365


def test_cutoffs_without_a_quarter_of_history_are_not_learnt_from():
    assert plan_cutoffs(date(2017, 9, 27), date(2017, 1, 1)).training == (date(2017, 4, 1),)
    assert plan_cutoffs(date(2017, 9, 26), date(2017, 1, 1)).training == ()
    assert plan_cutoffs(date(2017, 9, 27), None).training == ()


def test_number_of_cutoffs_does_not_grow_with_the_history():
    assert len(plan_cutoffs(date(2027, 12, 31), date(2017, 1, 1)).cutoffs) == 6


def test_plan_survives_being_written():
    plan = plan_cutoffs(date(2017, 12, 31), date(2017, 1, 1))
    assert Plan.from_json(plan.to_json()) == plan
    empty = plan_cutoffs(date(2017, 12, 31), None)
    assert Plan.from_json(empty.to_json()) == empty


@pytest.mark.parametrize(
    ("shares", "days"),
    [
        ({14: 0.9, 21: 1, 30: 1, 45: 1, 60: 1, 90: 1}, 14),
        ({14: 0.3, 21: 0.5, 30: 0.7, 45: 0.82, 60: 0.8999, 90: 0.94}, 90),
        ({14: 0.3, 21: 0.5, 30: 0.7, 45: 0.82, 60: 0.9, 90: 0.94}, 60),
        ({14: 0, 21: 0, 30: 0, 45: 0, 60: 0, 90: 0.5}, 90),
    ],
)
def test_churn_horizon_is_the_first_rung_longer_than_most_usual_pauses(shares, days):
    assert choose_churn_horizon(shares, 100)[0] == days


def test_reason_for_the_churn_horizon_says_how_many_customers_it_rests_on():
    shares = {14: 0.3, 21: 0.5, 30: 0.7, 45: 0.82, 60: 0.88, 90: 0.939}
    assert choose_churn_horizon(shares, 2352) == (
        90,
        "90 days exceed the usual longest pause of 93.9% of 2352 customers with a rhythm; "
        "90% are required",
    )
