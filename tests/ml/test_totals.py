"""Predicted spend is a mean: sums over customers come true, on shops whose truth is known.

What is judged is what readers get. At each origin a night learns, promotes and scores, and its
published sums are compared with what the same customers spent in the 90 days after it.
"""

import logging
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from dangol.build.warehouse import open_build
from tests.ml.made_up_grocer import Trend, write

logger = logging.getLogger(__name__)

TRENDS = {
    "flat": Trend(),
    "prices rise": Trend(prices=0.25),
    "prices and visits rise": Trend(prices=0.12, visits=0.12),
    "prices fall": Trend(prices=-0.2),
    "visits fall": Trend(visits=-0.2),
}
LAST = date(2018, 7, 24)
"""The last day of the made-up shops."""

ORIGINS = [date(2017, 12, 20) + timedelta(days=42 * number) for number in range(4)]
"""Business dates: the first night with enough history, and later ones, each 90 days before the end
of the shop at the latest."""


SURPRISE = 3.5
"""Standard errors: of the ninety tenths that the sweep judges, one is further off by chance in one
sweep of twenty (Bonferroni)."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory, settings_in, grocer_tables):
    """A function that writes a made-up grocer's year and a half and builds its tables."""

    def make(seed, trend):
        folder = tmp_path_factory.mktemp("made_up")
        write(folder / "data", seed, trend)
        settings = settings_in(folder / "home")
        return settings, lambda last: grocer_tables(settings, folder / "data", last)

    return make


def spent_by(settings, first, days):
    """Return what each customer spent on so many days."""
    with open_build(settings, read_only=True) as build:
        return dict(
            build.execute(
                "select customer_id, sum(net_amount)::double from aggregated.fct_orders"
                " inner join identity.identifier_customers using (identifier_id)"
                " where order_date >= $first and order_date < $first + $days::integer group by all",
                {"first": first, "days": days},
            ).fetchall()
        )


def published(settings, night, run_models, ml_rows):
    """Run a night, and return its predictions by customer."""
    run_models(settings, night)
    return {
        row["customer_id"]: float(row["predicted_spend_90d"])
        for row in ml_rows(settings, "customer_scores")
    }


def tenths(predicted):
    """Return the tenth of each customer, 0 with the highest predictions."""
    found = np.empty(len(predicted), dtype=int)
    for tenth, group in enumerate(np.array_split(np.argsort(-predicted, kind="stable"), 10)):
        found[group] = tenth
    return found


def check_calibration(nights, is_flat):
    """Check sums by tenth over several nights.

    The noise is the standard error of the difference between the sums, by customer: windows
    overlap, so what surprises in one does in the next. Under a trend, tenths are judged within
    the total, whose own bound is another. The four lowest tenths spend a sixtieth of it, too little
    to be told apart.

    Parameters
    ----------
    nights
        Of each night: customers, what they were predicted and what they spent, shape (n,) each.
    """
    customer, predicted, actual = (np.concatenate(each) for each in zip(*nights, strict=True))
    tenth = np.concatenate([tenths(night) for _, night, _ in nights])
    if not is_flat:
        predicted = predicted * (actual.sum() / predicted.sum())
    said, came = (np.bincount(tenth, each) for each in (predicted, actual))
    group, member = np.unique(np.column_stack([tenth, customer]), axis=0, return_inverse=True)
    error = np.bincount(member.ravel(), actual - predicted)
    noise = np.sqrt(np.bincount(group[:, 0], error**2))
    logger.warning("sums of tenths over those that came: %s", np.round(said / came, 2))
    low, true_low = said[6:].sum(), came[6:].sum()
    excess = 100 * (low - true_low) / came.sum()
    logger.warning("four lowest: %.2f times, %+.2f %% of the total", low / true_low, excess)
    assert np.all(np.abs(said - came)[:6] <= np.maximum(0.1 * came, SURPRISE * noise)[:6])
    assert abs(excess) <= 1
    assert low <= 2 * true_low
    assert all(higher > lower for higher, lower in pairwise(came[:8]))


SAMPLED = [(name, 1, ORIGINS[::3]) for name in ("flat", "prices rise")]
SWEPT = [(name, seed, ORIGINS) for name in TRENDS for seed in (11, 12, 13)]


@pytest.mark.parametrize(
    ("name", "seed", "origins"),
    SAMPLED + [pytest.param(*case, marks=pytest.mark.sweep) for case in SWEPT],
)
def test_published_totals_come_true_at_rolling_origins(
    shop, night_of, run_models, ml_rows, name, seed, origins
):
    settings, build = shop(seed, TRENDS[name])
    build(LAST)
    truths = [spent_by(settings, origin + timedelta(days=1), 90) for origin in origins]
    nights, numbers = [], {}
    for origin, truth in zip(origins, truths, strict=True):
        build(origin)
        scores = published(settings, night_of(origin), run_models, ml_rows)
        last_weeks = spent_by(settings, origin - timedelta(days=90), 91)
        predicted = np.array(list(scores.values()))
        actual, repeated = (
            np.array([spent.get(customer, 0.0) for customer in scores])
            for spent in (truth, last_weeks)
        )
        bias = predicted.sum() / actual.sum() - 1
        wmape, baseline = (
            np.abs(each - actual).sum() / actual.sum() for each in (predicted, repeated * 90 / 91)
        )
        logger.warning(
            "%s: total %+.1f %%, wMAPE %.3f (baseline %.3f)", origin, 100 * bias, wmape, baseline
        )
        assert abs(bias) <= (0.05 if name == "flat" else 0.1), origin
        assert wmape <= baseline, origin
        customers = np.array([numbers.setdefault(each, len(numbers)) for each in scores])
        nights.append((customers, predicted, actual))
    check_calibration(nights, name == "flat")
