"""Made-up grocers in the shape of The Complete Journey's tables, whose truth is known."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

DAYS = 570
"""From 2017-01-01 on."""

_SECONDS_A_DAY = 86_400
_OPENS = 14 * 3_600
"""In UTC: the shop keeps Eastern time, as the demo's."""

_EMPTY = {
    "campaigns": "select 1 as household_id, 1 as campaign_id where false",
    "campaign_descriptions": "select 1 as campaign_id, '' as campaign_type,"
    " date '2017-01-01' as start_date, date '2017-01-01' as end_date where false",
    "coupons": "select '1' as coupon_upc, 1 as product_id, 1 as campaign_id where false",
    "coupon_redemptions": "select 1 as household_id, '1' as coupon_upc, 1 as campaign_id,"
    " date '2017-01-01' as redemption_date where false",
    "demographics": "select 1 as household_id, '' as age, '' as income, '' as home_ownership,"
    " '' as marital_status, '' as household_size, '' as household_comp, '' as kids_count"
    " where false",
    "promotions": "select 1 as product_id, 1 as store_id, '' as display_location,"
    " '' as mailer_location, 1 as week where false",
}
_PRODUCTS = (
    "select number as product_id, 1 as manufacturer_id, 'GROCERY ' || number % 5 as department,"
    " if(number % 3 = 0, 'Private', 'National') as brand, 'KIND ' || number % 9 as"
    " product_category, 'TYPE' as product_type, '' as package_size"
    " from range(1, 51) as numbers (number)"
)


@dataclass(frozen=True)
class Trend:
    """How a shop changes within a year, as logarithms: prices, and visits of each customer."""

    prices: float = 0.0
    visits: float = 0.0


def write(folder: Path, seed: int, trend: Trend, households: int = 1500) -> None:
    """Write a grocer's tables as Parquet files.

    As many customers join as leave, so without a trend the shop stays as it is. Each has an own
    rhythm, with quiet spells, and an own basket, from which each visit departs.

    Parameters
    ----------
    households
        How many shop at any time.
    """
    folder.mkdir(parents=True)
    household, day = _visits(np.random.default_rng(seed), trend, households)
    rng = np.random.default_rng(seed + 1_000)
    usual = np.random.default_rng(seed + 2_000).lognormal(3.2, 0.7, household.max() + 1)
    amount = usual[household] * rng.lognormal(-0.18, 0.6, len(day))
    amount *= np.exp(trend.prices * day / 365)
    share = rng.uniform(0.2, 0.8, len(day))
    value = np.column_stack([amount * share, amount * (1 - share)]).ravel().round(2)
    second = np.floor(day) * _SECONDS_A_DAY + _OPENS + (day % 1) * 36_000
    lines = {
        "household_id": np.repeat(household + 1, 2),
        "store_id": np.repeat(household % 20 + 1, 2),
        "basket_id": np.repeat(np.arange(len(day)) + 1, 2),
        "product_id": rng.integers(1, 51, len(value)),
        "quantity": np.ones(len(value), dtype=np.int64),
        "sales_value": value,
        "retail_disc": (value * 0.1 * (rng.random(len(value)) < 0.3)).round(2),
        "coupon_disc": np.zeros(len(value)),
        "coupon_match_disc": np.zeros(len(value)),
        "week": np.repeat(np.floor(day / 7).astype(np.int64) + 1, 2),
        "transaction_timestamp": np.datetime64("2017-01-01")
        + np.repeat(second, 2).astype("timedelta64[s]"),
    }
    with duckdb.connect() as connection:
        connection.register("lines", lines)
        tables = {"transactions": "from lines", "products": _PRODUCTS} | _EMPTY
        for name, query in tables.items():
            connection.execute(f"copy ({query}) to '{folder / name}.parquet' (format parquet)")


def _visits(rng: np.random.Generator, trend: Trend, households: int) -> tuple[np.ndarray, ...]:
    """Return household and time, in days, of every visit in the order of time."""
    stay, before = 600.0, 3_000.0
    number = int(households * (before + DAYS) / stay)
    joined = rng.uniform(-before, DAYS, number)
    left = np.minimum(joined + rng.exponential(stay, number), DAYS)
    every = rng.lognormal(2.2, 0.9, number)
    found_household, found_day = [], []
    for household in range(number):
        start = max(joined[household], 0.0)
        if left[household] <= start:
            continue
        count = int((left[household] - start) / every[household] * 1.6 + 20)
        gaps = every[household] * rng.gamma(1.5, 1 / 1.5, count)
        gaps *= np.where(rng.random(count) < 0.04, rng.uniform(2, 6, count), 1.0)
        days = start + rng.uniform(0, every[household]) + np.cumsum(gaps)
        days = days[days < left[household]]
        latest = DAYS if trend.visits > 0 else 0
        comes = rng.random(len(days)) < np.exp(trend.visits * (days - latest) / 365)
        found_household.append(np.full(comes.sum(), household))
        found_day.append(days[comes])
    household, day = np.concatenate(found_household), np.concatenate(found_day)
    order = np.argsort(day, kind="stable")
    return household[order], day[order]
