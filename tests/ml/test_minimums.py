"""What is fitted is checked first: too little or degenerate data is a reason, never an error."""

from datetime import date, timedelta

import numpy as np
import pytest

from ml import models
from ml.plan import plan_cutoffs
from ml.samples import Sample

NIGHT = date(2018, 6, 30)
PLAN = plan_cutoffs(NIGHT, date(2017, 1, 1))
FEATURES = (
    "recency_days tenure_days gap_count gap_mean gap_median gap_usual_longest gap_longest gap_last"
    " gap_deviation largest_day_91d median_week_spend best_week_spend private_label_share_91d"
    " discount_share_91d departments_per_order_91d categories_per_order_91d stores_91d"
    " messages_91d messages_365d responses_91d responses_365d purchase_days_91d active_weeks_91d"
    " weekend_share_91d"
).split() + [f"{what}_{days}d" for what in ("orders", "spend")
             for days in (7, 14, 28, 30, 90, 91, 180, 365)]  # fmt: skip


def customers(size, cutoff=PLAN.evaluation, kinds=None, spend=None, days=None, seed=0):
    """Customers who differ, or of so many kinds."""
    rng = np.random.default_rng(seed)
    drawn = {name: rng.uniform(1, 50, size) for name in FEATURES}
    if kinds is not None:
        drawn = {name: values[:kinds][np.arange(size) % kinds] for name, values in drawn.items()}
    drawn["tenure_days"] += drawn["recency_days"]  # the first order is not after the last
    spend = rng.lognormal(3, 1, size) if spend is None else np.full(size, float(spend))
    until = rng.choice([5.0, np.nan], size) if days is None else np.full(size, float(days))
    ids = np.array([f"c{number:04}" for number in range(size)])
    return Sample(cutoff, ids, drawn, spend, until)


def learnt(model, training, evaluation):
    """Return why there is nothing to learn from, or None after a whole night of learning."""
    if reason := model.shortage(PLAN, training, evaluation):
        return reason
    estimator = model.fit(PLAN, training)
    for predicted in (model.predict(estimator, evaluation), model.baseline(PLAN, evaluation)):
        metrics = model.judge(PLAN, predicted, evaluation)
        assert np.isfinite(list(metrics.values())).all()
        assert len(model.published(predicted, evaluation)) == len(evaluation)
    return None


def test_five_customers_at_the_earlier_cutoff_do_not_stop_the_night():
    reason = learnt(models.load("segment"), [customers(5)], customers(400))
    assert reason == "5 customers to train on, 100 needed"


@pytest.mark.parametrize(
    ("training", "evaluation", "reason"),
    [
        (99, 100, "99 customers to train on, 100 needed"),
        (100, 99, "99 customers to evaluate on, 100 needed"),
        (0, 100, "0 customers to train on, 100 needed"),
        (100, 100, None),
    ],
)
def test_segments_need_customers_at_both_cutoffs(training, evaluation, reason):
    assert learnt(models.load("segment"), [customers(training)], customers(evaluation)) == reason


@pytest.mark.parametrize("which", ["to train on", "to evaluate on"])
def test_segments_need_six_kinds_of_customer_at_both_cutoffs(which):
    samples = [customers(200), customers(200)]
    samples["to evaluate on" == which] = customers(200, kinds=5)
    assert learnt(models.load("segment"), samples[:1], samples[1]) == (
        f"5 distinct kinds of customer {which}, 6 needed"
    )
    samples["to evaluate on" == which] = customers(200, kinds=6)
    assert learnt(models.load("segment"), samples[:1], samples[1]) is None


def test_one_stray_customer_among_thousands_is_no_error_of_the_silhouette():
    segment, sample = models.load("segment"), customers(4000)
    alone = np.zeros(4000)
    for stray in range(0, 4000, 500):
        predicted = alone.copy()
        predicted[stray] = 1.0
        assert -1.0 <= segment.judge(PLAN, predicted, sample)["silhouette"] <= 1.0


@pytest.mark.parametrize("spend", [0, -5])
def test_spend_needs_buyers(spend):
    model = models.load("spend")
    reason = "0 customers bought in the {} window, 100 needed"
    bought, nothing = customers(300), customers(300, spend=spend)
    assert learnt(model, [nothing], bought) == reason.format("training")
    assert learnt(model, [bought], nothing) == reason.format("evaluation")


def test_spend_of_which_refunds_leave_nothing_is_not_learnt_from():
    sample = customers(300)
    sample.spend[0] = -2 * sample.spend.sum()
    assert learnt(models.load("spend"), [sample], customers(300)) == (
        "the spend of the training window does not add up to more than nothing"
    )


@pytest.mark.parametrize("days", [np.nan, 3])
def test_churn_needs_both_those_who_left_and_those_who_stayed(days):
    model = models.load("churn")
    assert "needed" in learnt(model, [customers(300, days=days)], customers(300))
    assert "needed" in learnt(model, [customers(300)], customers(300, days=days))


@pytest.mark.parametrize("name", ["segment", "spend", "churn"])
@pytest.mark.parametrize("kinds", [None, 1, 6])
@pytest.mark.parametrize("size", [0, 5, 99, 100, 250])
def test_any_sample_is_learnt_from_or_there_is_a_reason(name, kinds, size):
    model, last = models.load(name), customers(450, seed=2)
    earlier = PLAN.evaluation - timedelta(days=118)
    own = [customers(size, kinds=kinds), customers(size, earlier, kinds=kinds, seed=1)]
    training = own[:1] if name == "segment" else own
    for evaluation in (last, own[0]):
        reason = learnt(model, training, evaluation)
        assert reason is None or "needed" in reason
        assert reason or size >= 100
