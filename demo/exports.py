"""The files that the grocer's systems export, and their contents.

The queries read the tables of The Complete Journey and ``sales``, its transactions with their
business day.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import NamedTuple

FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2017, 12, 31)


class Export(NamedTuple):
    """One kind of file.

    Parameters
    ----------
    system, name, suffix
        The parts of its path: ``<system>/<name>_<day><suffix>``.
    query
        Returns the file's columns after ``day``, the day of the file that a row belongs to: one
        query serves all files.
    order
        The sort order of a day's rows, so that a file is always the same.
    every
        ``night``, ``month`` or ``week``: a file comes then, even if it has only a header;
        ``event``: it comes only if there are rows.
    is_snapshot
        Whether a file also contains the rows of earlier days. Its lines are then sorted as text.
    """

    system: str
    name: str
    suffix: str
    query: str
    order: str
    every: str = "night"
    is_snapshot: bool = False

    def target(self, landing: Path, day: date) -> Path:
        """Return the path of a day's file."""
        return landing / self.system / f"{self.name}_{day}{self.suffix}"

    def comes_on(self, day: date) -> bool:
        """Return whether a file may come on a day."""
        if self.every == "month":
            return day.day == 1
        return self.every != "week" or (day - FIRST_DAY).days % 7 == 0


SALES = """
create temp table if not exists sales as
select
    *,
    cast(timezone('America/New_York', timezone('UTC', transaction_timestamp)) as date) as day
from transactions
"""

_TRANSACTIONS = """
select
    day, household_id, store_id, basket_id, product_id, quantity,
    cast(sales_value as decimal(18, 2)) as sales_value,
    cast(retail_disc as decimal(18, 2)) as retail_disc,
    cast(coupon_disc as decimal(18, 2)) as coupon_disc,
    cast(coupon_match_disc as decimal(18, 2)) as coupon_match_disc,
    week,
    strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ') as transaction_timestamp
from sales
"""

_CAMPAIGN_DAY = "greatest(cast(start_date as date), date '2017-01-01')"

_MEMBERS = f"""
select
    min(seen_day) as day, household_id, age, income, home_ownership, marital_status,
    household_size, household_comp, kids_count
from (
    select household_id, min(day) as seen_day from sales group by household_id
    union all
    select household_id, {_CAMPAIGN_DAY}
    from campaigns join campaign_descriptions using (campaign_id)
) left join demographics using (household_id)
group by all
"""

_PRODUCTS = """
select
    date '2017-01-01' as day, product_id, manufacturer_id, department, brand, product_category,
    product_type, package_size
from products
"""

_CAMPAIGNS = f"""
select
    {_CAMPAIGN_DAY} as day, campaign_id, campaign_type, cast(start_date as date) as start_date,
    cast(end_date as date) as end_date
from campaign_descriptions
"""

_SENDS = f"""
select {_CAMPAIGN_DAY} as day, campaign_id, household_id, cast(start_date as date) as sent_date
from campaigns join campaign_descriptions using (campaign_id)
"""

_COUPONS = f"""
select {_CAMPAIGN_DAY} as day, coupon_upc, product_id, coupons.campaign_id
from coupons join campaign_descriptions using (campaign_id)
"""

_REDEMPTIONS = """
select
    cast(redemption_date as date) as day, household_id, coupon_upc, campaign_id,
    cast(redemption_date as date) as redemption_date
from coupon_redemptions
"""

_PROMOTIONS = """
select
    date '2017-01-01' + 7 * (cast(week as integer) - 1) as day, product_id, store_id,
    display_location, mailer_location, week
from promotions
"""

EXPORTS = (
    Export("grocer_till", "transactions", ".csv.gz", _TRANSACTIONS,
           "transaction_timestamp, basket_id, product_id"),
    Export("grocer_loyalty", "members", ".csv", _MEMBERS, "household_id", is_snapshot=True),
    Export("grocer_catalogue", "products", ".csv.gz", _PRODUCTS, "product_id", "month",
           is_snapshot=True),
    Export("grocer_campaigns", "campaigns", ".csv", _CAMPAIGNS, "campaign_id", "event"),
    Export("grocer_campaigns", "sends", ".csv", _SENDS, "campaign_id, household_id", "event"),
    Export("grocer_campaigns", "coupons", ".csv", _COUPONS, "campaign_id, coupon_upc, product_id",
           "event"),
    Export("grocer_campaigns", "redemptions", ".csv", _REDEMPTIONS,
           "household_id, coupon_upc, campaign_id"),
)  # fmt: skip
"""In the order in which they are written."""

PROMOTIONS = Export(
    "grocer_catalogue", "promotions", ".csv.gz", _PROMOTIONS, "product_id, store_id", "week"
)

SYSTEMS = tuple(sorted({export.system for export in EXPORTS}))
"""Dangol's own systems that the grocer has."""
