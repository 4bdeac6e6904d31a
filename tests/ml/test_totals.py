"""Predicted spend is a mean: sums over customers come true, on shops whose truth is known.

What is judged is what readers get. At each origin a night learns, promotes and scores, and its
published sums are compared with what the same customers spent in the 90 days after it.
"""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from ml import models
from ml.features import build_features
from ml.fitting import one_thread, samples_of
from ml.samples import read_plan
from tests.ml.made_up_grocer import Trend, write

FLAT = Trend()
TRENDS = {
    "prices rise": Trend(prices=0.25),
    "prices and visits rise": Trend(prices=0.12, visits=0.12),
    "prices fall": Trend(prices=-0.2),
    "visits fall": Trend(visits=-0.2),
}
LAST = date(2018, 7, 24)
"""The last day of the made-up shops."""

FIRST_NIGHTS = [date(2017, 10, 10)]
"""One training window: customers who last bought longer ago than it reaches are still unknown."""

ORIGINS = [date(2017, 12, 12) + timedelta(days=42 * number) for number in range(4)]
"""Business dates of later nights; the shops are known for 90 days after each."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory, settings_in, grocer_tables):
    """A function that writes a made-up grocer's year and a half and builds its tables."""

    def make(seed, trend):
        folder = tmp_path_factory.mktemp("made_up")
        write(folder / "data", seed, trend)
        settings = settings_in(folder / "home")
        return settings, lambda last: grocer_tables(settings, folder / "data", last)

    return make


def judged(model, plan, settings):
    """Return what a model that is trained before a plan's window says of it, and what came."""
    training, sample = samples_of(settings, settings.models, plan, model)
    assert model.shortage(plan, training, sample) is None
    with one_thread():
        predicted = model.predict(model.fit(plan, training), sample)
    return predicted, sample


def tenths(predicted, actual):
    """Return sums of prediction and truth per tenth, highest predictions first."""
    groups = np.array_split(np.argsort(-predicted, kind="stable"), 10)
    return [(predicted[group].sum(), actual[group].sum()) for group in groups]


def published_against_truth(settings, build, night, run_models, ml_rows):
    """Run a night, and return its published predictions and what came in the 90 days after it."""
    build(night.business_date)
    run_models(settings, night)
    scores = {
        row["customer_id"]: float(row["predicted_spend_90d"])
        for row in ml_rows(settings, "customer_scores")
    }
    build(LAST)
    first = night.business_date + timedelta(days=1)
    with_spend = spent_by(settings, first, first + timedelta(days=90))
    actual = np.array([with_spend.get(customer, 0.0) for customer in scores])
    return np.array(list(scores.values())), actual


def spent_by(settings, first, end):
    import duckdb

    with duckdb.connect(settings.build_file, read_only=True) as connection:
        return dict(
            connection.execute(
                "select customer_id, sum(net_amount)::double from aggregated.fct_orders"
                " inner join identity.identifier_customers using (identifier_id)"
                " where order_date >= ? and order_date < ? group by all",
                [first, end],
            ).fetchall()
        )


@pytest.mark.parametrize(
    ("trend", "bound"), [(FLAT, 0.05), (TRENDS["prices rise"], 0.1)], ids=["flat", "prices rise"]
)
def test_total_of_one_window_comes_true_tenth_by_tenth(shop, night_of, trend, bound):
    settings, build = shop(1, trend)
    last = LAST - timedelta(days=60)
    build(last)
    build_features(settings, night_of(last))
    model, plan = models.load("spend"), read_plan(settings.models, last)
    predicted, sample = judged(model, plan, settings)
    own = model.judge(plan, predicted, sample)
    baseline = model.judge(plan, model.baseline(plan, sample), sample)
    assert abs(own["bias"]) <= bound
    assert own["wmape"] <= baseline["wmape"]
    bands = tenths(predicted, sample.spend)
    assert all(abs(said / came - 1) <= 0.15 for said, came in bands[:6])
    total = sample.spend.sum()
    assert all(abs(said - came) <= 0.01 * total for said, came in bands[6:])
    assert all(higher > lower for (_, higher), (_, lower) in pairwise(bands[:7]))


@pytest.mark.sweep
@pytest.mark.parametrize("seed", [11, 12, 13])
@pytest.mark.parametrize("trend", [FLAT, *TRENDS.values()], ids=["flat", *TRENDS])
def test_published_totals_come_true_at_rolling_origins(
    shop, night_of, run_models, ml_rows, trend, seed
):
    settings, build = shop(seed, trend)
    said, came = [], []
    for origin in FIRST_NIGHTS + ORIGINS:
        bound = 0.05 if trend == FLAT and origin in ORIGINS else 0.1
        predicted, actual = published_against_truth(
            settings, build, night_of(origin), run_models, ml_rows
        )
        said.append(tenths(predicted, actual))
        assert abs(predicted.sum() / actual.sum() - 1) <= bound, origin
        came.append(actual.sum())
    for predicted, actual in np.sum(said, axis=0):
        assert abs(predicted - actual) <= max(0.15 * actual, 0.01 * sum(came))
