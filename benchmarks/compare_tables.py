"""Compares the tables of a build with those of `benchmarks.expert_pandas`, value by value.

``python -m benchmarks.compare_tables BUILD_FILE FOLDER`` prints a line per table and exits with 1
if one differs. Amounts are compared as decimals; only what both round by contract is rounded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from benchmarks.ids import KEY
from benchmarks.needs import need_path
from dangol.build.key_plugin import give_key
from dangol.id_keys import keyed_sql

CENTS = "cast({0} / 100 as decimal(18, 2))"
AVERAGE = "cast(average_order_value / 10000 as decimal(18, 4))"

QUERIES: dict[str, tuple[str, str]] = {
    "orders": (
        """
        select
            order_id, identifier_id, store_id, ordered_at_utc, order_date, line_count, unit_count,
            gross_amount, discount_amount, coupon_amount, net_amount
        from build.aggregated.fct_orders
        """,
        """
        select
            order_id, {identifier}, store_id, cast(ordered_at as timestamp),
            cast(order_date as date), line_count, unit_count,
            {gross_amount}, {discount_amount}, {coupon_amount}, {net_amount}
        from '{folder}/orders.parquet'
        """,
    ),
    "identifier_days": (
        """
        select
            identifier_id, activity_date, order_count, line_count, unit_count,
            gross_amount, discount_amount, coupon_amount, net_amount
        from build.aggregated.fct_identifier_days
        """,
        """
        select
            {identifier}, cast(activity_date as date), order_count, line_count, unit_count,
            {gross_amount}, {discount_amount}, {coupon_amount}, {net_amount}
        from '{folder}/identifier_days.parquet'
        """,
    ),
    "identifier_windows": (
        """
        select
            identifier_id, window_days, order_count, line_count, unit_count, active_day_count,
            gross_amount, discount_amount, coupon_amount, net_amount
        from build.aggregated.identifier_windows
        """,
        """
        select
            {identifier}, window_days, order_count, line_count, unit_count, active_day_count,
            {gross_amount}, {discount_amount}, {coupon_amount}, {net_amount}
        from '{folder}/identifier_windows.parquet'
        """,
    ),
    "identifier_tastes": (
        """
        select identifier_id, department, category, brand, line_count, net_amount
        from build.aggregated.identifier_tastes
        """,
        """
        select {identifier}, department, product_category, brand, line_count, {net_amount}
        from '{folder}/identifier_tastes.parquet'
        """,
    ),
    "kpi_days": (
        """
        select
            business_date, gross_revenue, order_count, average_order_value, customer_count,
            new_customer_count, returning_customer_count, active_customer_count_30d,
            active_customer_count_90d, repurchase_rate_90d
        from build.aggregated.kpi_days
        """,
        """
        select
            cast(business_date as date), {revenue}, order_count,
            case when isnan(average_order_value) then null else {average_order_value} end,
            customer_count, new_customer_count, returning_customer_count,
            active_customer_count_30d, active_customer_count_90d, repurchase_rate_90d
        from '{folder}/kpi_days.parquet'
        """,
    ),
    "customers": (
        """
        select * exclude (
            segment, predicted_spend_90d, churn_probability, country, region, city, birth_year,
            gender, language, joined_date, refund_amount, net_amount_after_refunds
        )
        from build.customer_view.customers
        """,
        """
        select
            customer_id, cast(first_order_date as date) as first_order_date,
            cast(last_order_date as date) as last_order_date, recency_days,
            {average_order_value} as average_order_value, recency_score, frequency_score,
            monetary_score, cast(discount_share_365d as decimal(6, 4)) as discount_share_365d,
            favourite_department, favourite_categories, favourite_brands,
            cast(favourite_brand_share as decimal(6, 4)) as favourite_brand_share,
            favourite_weekday, favourite_hour, cast(as_of as date) as as_of, order_count,
            {net_amount} as net_amount,
            orders_7d, {spend_7d} as spend_7d, orders_30d, {spend_30d} as spend_30d,
            orders_90d, {spend_90d} as spend_90d, orders_365d, {spend_365d} as spend_365d,
            frequency, {monetary} as monetary, campaigns_received, campaigns_answered,
            campaign_response_count
        from '{folder}/customers.parquet'
        """,
    ),
}


def compare(build_file: Path, folder: Path) -> list[tuple[str, int, int, int]]:
    """Compare every table.

    Parameters
    ----------
    folder
        The folder of the contender's Parquet files.

    Returns
    -------
    list of tuple
        Table, rows in the build, and rows that only the build or only the contender has.
    """
    connection = duckdb.connect()
    connection.execute(f"attach '{build_file}' as build (read_only)")
    money = (
        "gross_amount discount_amount coupon_amount net_amount revenue "
        "spend_7d spend_30d spend_90d spend_365d monetary"
    ).split()
    words = {name: CENTS.format(name) for name in money}
    words["average_order_value"] = AVERAGE
    give_key(connection, KEY)
    words["identifier"] = keyed_sql("'loyalty_member:' || household_id")
    answers = []
    for table, (ours, theirs) in QUERIES.items():
        connection.execute(f"create or replace temp table ours as {ours}")
        connection.execute(
            f"create or replace temp table theirs as {theirs.format(folder=folder, **words)}"
        )
        columns = [name for name, *_ in connection.execute("describe ours").fetchall()]
        if table == "customers":
            names = ", ".join(columns)
            connection.execute(f"create or replace temp table theirs as select {names} from theirs")  # noqa: S608 - our own names
        counts = [
            connection.execute(f"select count(*) from ({query})").fetchall()[0][0]  # noqa: S608 - our own queries
            for query in (
                "from ours",
                "from ours except all from theirs",
                "from theirs except all from ours",
            )
        ]
        answers.append((table, *counts))
    return answers


if __name__ == "__main__":
    need_path(Path(sys.argv[1]), "python -m benchmarks.full_build --folder FOLDER")
    need_path(Path(sys.argv[2]), "python -m benchmarks.full_build --folder FOLDER")
    results = compare(Path(sys.argv[1]), Path(sys.argv[2]))
    for table, rows, only_ours, only_theirs in results:
        verdict = "equal" if only_ours == only_theirs == 0 else "DIFFERENT"
        print(f"{table:<20}{rows:>12,} rows  {verdict}  {only_ours:,} / {only_theirs:,}")
    sys.exit(any(only_ours or only_theirs for _, _, only_ours, only_theirs in results))
