"""Turns features into the inputs of each model.

Counts and amounts depend on the length of the history, the shop and the currency, while a model
trained at one cut-off is used at a later one. So amounts are expressed as ratios to the customer's
expected spend, and counts and days as logarithms.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_WEEKS_13 = 91.0
_YEAR = 365.0
_WEEK = 7.0
_NEVER = 90.0
"""Days used for the gap of a customer with a single purchase, who has none."""


def expected_spend(features: Mapping[str, Floats]) -> Floats:
    """Return the expected spend in 13 weeks: the mean of the last 13 weeks and the yearly rate.

    Parameters
    ----------
    features
        Columns of shape (n,).

    Returns
    -------
    ndarray
        Shape (n,), in the company's currency.
    """
    yearly_rate = features["spend_365d"] * _WEEKS_13 / np.minimum(_tenure(features), _YEAR)
    return 0.5 * features["spend_91d"] + 0.5 * yearly_rate


def segment_inputs(features: Mapping[str, Floats]) -> Floats:
    """Return recency, frequency and value, as logarithms.

    Parameters
    ----------
    features
        Columns of shape (n,).

    Returns
    -------
    ndarray
        Shape (n, 3). Half a year, so that segments do not shift while the first year's history
        grows. A purchase within the last week counts as today's, or weekly shoppers would change
        segment from night to night (7.9 % of the demo's customers did; with this, 3.1 % do).
    """
    recency = np.maximum(features["recency_days"], _WEEK)
    value = _positive(features["spend_180d"])
    inputs: Floats = np.log1p(np.column_stack([recency, features["orders_180d"], value]))
    return inputs


def spend_inputs(features: Mapping[str, Floats]) -> Floats:
    """Return the expected spend, and the other inputs, with amounts relative to it.

    Parameters
    ----------
    features
        Columns of shape (n,).

    Returns
    -------
    ndarray
        Shape (n, p); the first column is `expected_spend`, as `ml.spend.SpendRegressor` requires.
    """
    expected = expected_spend(features)
    scale = np.maximum(expected, 1.0)
    tenure = _tenure(features)
    observed = np.minimum(tenure, _YEAR)
    columns = [expected]
    for days in (7, 14, 28, 90, 180, 365):
        to_13_weeks = _WEEKS_13 / np.minimum(observed, days)
        columns.append(features[f"spend_{days}d"] * to_13_weeks / scale)
        columns.append(features[f"orders_{days}d"] * to_13_weeks)
    earlier = features["spend_180d"] - features["spend_90d"]
    own_brand = features["private_label_share_91d"] * features["spend_91d"]
    for amount in (
        features["spend_91d"],
        features["median_week_spend"] * 13,
        features["best_week_spend"] * 13,
        features["largest_day_91d"],
        earlier,
        own_brand,
    ):
        columns.append(amount / scale)
    columns.append(tenure)
    columns += [
        features[name]
        for name in (
            "recency_days",
            "gap_mean",
            "gap_median",
            "gap_usual_longest",
            "gap_longest",
            "gap_last",
            "gap_deviation",
            "discount_share_91d",
            "departments_per_order_91d",
            "categories_per_order_91d",
            "stores_91d",
            "messages_91d",
            "messages_365d",
            "responses_91d",
            "responses_365d",
            "purchase_days_91d",
            "active_weeks_91d",
            "weekend_share_91d",
        )
    ]
    columns.append(features["recency_days"] / features["gap_mean"])
    return np.column_stack(columns)


CHURN_INPUTS = (
    "days since the last order",
    "orders in 13 weeks",
    "orders in 4 weeks",
    "orders in half a year",
    "spend in 13 weeks",
    "spend per 13 weeks over a year",
    "recency in the customer's own rhythm",
    "recency against the usual longest pause",
    "longest pause",
    "mean days between purchases",
    "usual longest pause",
    "days since the first order",
    "days between first and last order",
    "departments per order",
    "categories per order",
    "stores",
    "weeks with a purchase",
    "a campaign in 13 weeks",
    "a campaign in a year",
    "an answered campaign in a year",
    "recent and frequent",
    "largest day",
    "spend in 4 weeks against 13",
)
"""The columns of `churn_inputs`, in a marketer's words."""


def churn_inputs(features: Mapping[str, Floats]) -> Floats:
    """Return the signs that a customer has stopped buying, without missing values.

    Parameters
    ----------
    features
        Columns of shape (n,).

    Returns
    -------
    ndarray
        Shape (n, p), columns as in `CHURN_INPUTS`.
    """
    recency = features["recency_days"]
    tenure = features["tenure_days"]
    gap_mean = _or(features["gap_mean"], _NEVER)
    gap_usual = _or(features["gap_usual_longest"], _NEVER)
    spend = _positive(features["spend_91d"])
    yearly = _positive(features["spend_365d"]) * _WEEKS_13 / np.minimum(tenure, _YEAR)
    orders = np.log1p(features["orders_91d"])
    recent_share = features["spend_28d"] * (_WEEKS_13 / 28) / np.maximum(spend, 1.0)
    return np.column_stack(
        [
            np.log1p(recency),
            orders,
            np.log1p(features["orders_28d"]),
            np.log1p(features["orders_180d"]),
            np.log1p(spend),
            np.log1p(yearly),
            np.log1p(recency / gap_mean),
            np.log1p(recency / gap_usual),
            np.log1p(_or(features["gap_longest"], _NEVER)),
            np.log1p(gap_mean),
            np.log1p(gap_usual),
            np.log1p(tenure),
            np.log1p(tenure - recency),
            _or(features["departments_per_order_91d"], 0.0),
            np.log1p(_or(features["categories_per_order_91d"], 0.0)),
            features["stores_91d"],
            features["active_weeks_91d"],
            features["messages_91d"] > 0,
            features["messages_365d"] > 0,
            features["responses_365d"] > 0,
            np.log1p(recency) * orders,
            np.log1p(_positive(features["largest_day_91d"])),
            np.clip(recent_share, 0.0, 5.0),
        ]
    ).astype(np.float64)


def _tenure(features: Mapping[str, Floats]) -> Floats:
    """Return the days since the first order, at least 13 weeks: one order is no rate."""
    return np.maximum(features["tenure_days"], _WEEKS_13)


def _or(values: Floats, otherwise: float) -> Floats:
    return np.where(np.isnan(values), otherwise, values)


def _positive(values: Floats) -> Floats:
    """Clip at 0: refunds can make a window's spend negative, which has no logarithm."""
    return np.maximum(values, 0.0)
