"""The customer view by expert pandas: the last part of `benchmarks.expert_pandas`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.ids import KEY

WINDOWS = (7, 30, 90, 365)
WEEKDAYS = pd.Index(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])


def favourites_of(
    tastes: pd.DataFrame, orders: pd.DataFrame, business_date: pd.Timestamp, time_zone: str
) -> pd.DataFrame:
    """Find what each household bought most, and when.

    Parameters
    ----------
    tastes
        One row per household, department, category and brand.
    business_date
        The last day of the year that is counted.
    time_zone
        For weekdays and hours.

    Returns
    -------
    pandas.DataFrame
        One row per household.
    """
    recent = orders[orders["order_date"] > business_date - pd.Timedelta(days=365)]
    local = recent["ordered_at"].dt.tz_convert(time_zone)
    one = pd.Series(1, index=recent.index)
    bought, spent = tastes["household_id"], tastes["net_amount"]
    brands = _heaviest(bought, tastes["brand"], spent)
    categories = _heaviest(bought, tastes["product_category"], spent)
    first = {
        "favourite_department": _heaviest(bought, tastes["department"], spent),
        "favourite_weekday": _heaviest(
            recent["household_id"], WEEKDAYS.take(local.dt.dayofweek).to_series(recent.index), one
        ),
        "favourite_hour": _heaviest(recent["household_id"], local.dt.hour, one),
    }
    brand = brands[brands["standing"] == 0].set_index("household_id")
    share = brand["weight"] / brand["total"].where(brand["total"] != 0)
    lists = {
        "favourite_categories": categories.groupby("household_id")["choice"].agg(list),
        "favourite_brands": brands.groupby("household_id")["choice"].agg(list),
        "favourite_brand_share": np.floor(share * 10_000 + 0.5) / 10_000,
    }
    chosen = {
        name: ranked[ranked["standing"] == 0].set_index("household_id")["choice"]
        for name, ranked in first.items()
    }
    return pd.DataFrame(lists | chosen)


def _heaviest(
    household: pd.Series[Any], choice: pd.Series[Any], weight: pd.Series[Any]
) -> pd.DataFrame:
    """Return each household's three heaviest choices, ties in alphabetical order."""
    codes, choices = pd.factorize(choice, sort=True)
    keyed = pd.DataFrame({"household": household.cat.codes, "choice": codes, "weight": weight})
    sums = keyed[codes >= 0].groupby(["household", "choice"])["weight"].sum().reset_index()
    sums["total"] = sums.groupby("household")["weight"].transform("sum")
    order = np.lexsort((sums["choice"], -sums["weight"], sums["household"]))
    ranked = sums.iloc[order]
    ranked = ranked.assign(standing=ranked.groupby("household").cumcount())
    ranked = ranked[ranked["standing"] < 3]
    return ranked.assign(
        choice=choices.take(ranked["choice"]),
        household_id=household.cat.categories.take(ranked["household"]).astype("str"),
    )


def campaigns_of(
    sends: pd.DataFrame, redemptions: pd.DataFrame, business_date: pd.Timestamp
) -> pd.DataFrame:
    """Count campaigns received and answered.

    Parameters
    ----------
    sends, redemptions
        Already deduplicated.
    business_date
        Later messages and answers are ignored.

    Returns
    -------
    pandas.DataFrame
        One row per household.
    """
    limit = str(business_date.date())
    sent = sends[sends["sent_date"] <= limit].astype({"household_id": "str"})
    redeemed = redemptions[redemptions["redemption_date"] <= limit]
    redeemed = redeemed.astype({"household_id": "str"})
    answered = redeemed.drop_duplicates(["household_id", "campaign_id"])
    return pd.DataFrame(
        {
            "campaigns_received": sent.groupby("household_id").size(),
            "campaigns_answered": answered.groupby("household_id").size(),
            "campaign_response_count": redeemed.groupby("household_id").size(),
        }
    )


def make_customers(
    business_date: pd.Timestamp,
    members: pd.DataFrame,
    windows: pd.DataFrame,
    days: pd.DataFrame,
    favourites: pd.DataFrame,
    campaigns: pd.DataFrame,
) -> pd.DataFrame:
    """Put the customer view together.

    Parameters
    ----------
    members
        Attributes per household.
    windows, days
        Orders per household.

    Returns
    -------
    pandas.DataFrame
        One row per customer, money in cents.
    """
    grouped = days.groupby("household_id", observed=True)
    orders = grouped[["order_count", "net_amount"]].sum()
    orders["first_order_date"] = grouped["activity_date"].min()
    orders["last_order_date"] = grouped["activity_date"].max()
    for length in WINDOWS:
        recent = windows[windows["window_days"] == length].set_index("household_id")
        orders[f"orders_{length}d"] = recent["order_count"]
        orders[f"spend_{length}d"] = recent["net_amount"]
        if length == 365:
            discount = recent["discount_amount"] + recent["coupon_amount"]
            share = discount / recent["gross_amount"].where(recent["gross_amount"] != 0)
            orders["discount_share_365d"] = np.floor(share * 10_000 + 0.5) / 10_000
    counted = [name for length in WINDOWS for name in (f"orders_{length}d", f"spend_{length}d")]
    orders = orders.fillna(dict.fromkeys(counted, 0)).astype(dict.fromkeys(counted, "int64"))
    orders["recency_days"] = (business_date - orders["last_order_date"]).dt.days
    orders["average_order_value"] = rounded(100 * orders["net_amount"] / orders["order_count"])
    orders["recency_score"] = _score(-orders["recency_days"])
    orders["frequency_score"] = _score(orders["order_count"])
    orders["monetary_score"] = _score(orders["net_amount"])
    orders.index = orders.index.astype("str")

    attributes = members.astype({"household_id": "str"}).set_index("household_id")
    attributes = attributes.rename(
        columns={
            "age": "age_band",
            "income": "income_band",
            "household_comp": "household_composition",
        }
    )
    everybody = attributes.index.union(orders.index).union(campaigns.index)
    view = attributes.reindex(everybody).join(orders).join(favourites).join(campaigns)
    counts = ["order_count", "net_amount", *counted, *campaigns.columns]
    view[counts] = view[counts].fillna(0).astype("int64")
    view = view.assign(
        frequency=view["order_count"], monetary=view["net_amount"], as_of=business_date
    )
    view.insert(0, "customer_id", [_customer_id(household) for household in view.index])
    return view


def rounded(values: Any) -> Any:
    """Round positive amounts half up.

    Parameters
    ----------
    values
        Cents with fractions.

    Returns
    -------
    Any
        Whole cents.
    """
    return np.floor(values + 0.5)


def _score(measure: pd.Series[Any]) -> pd.Series[Any]:
    return 1 + (5 * (measure.rank(method="min").astype("int64") - 1)) // len(measure)


def _customer_id(household: str) -> str:
    return KEY.id_of(f"customer:{KEY.id_of(f'loyalty_member:{household}')}")
