"""Checks on the facts and rollups: all of them must agree on the money, day by day.

Sums are compared per business day over the whole history, so a day that an incremental model
restated wrongly is named, however old it is.
"""

from __future__ import annotations

from dangol.night import Night
from expectations.aggregated_kpis import of_kpis
from expectations.grains import FIX_THE_MODEL, of_grains
from expectations.vocabulary import (
    UP_TO_THE_DAY,
    Expectation,
    between,
    never_null,
    no_rows,
)

MONEY = ("gross_amount", "discount_amount", "coupon_amount", "net_amount")
WINDOWS = (7, 30, 90, 365)
"""In days; the models and the customer view use the same ones."""

DAYS = {
    "fct_orders": "order_date",
    "fct_refunds": "refund_date",
    "fct_messages": "sent_date",
    "fct_campaign_responses": "response_date",
    "fct_identifier_days": "activity_date",
    "kpi_days": "business_date",
}

RESTATE = (
    "the days named were not restated: rebuild with `dangol rebuild --date <day>`, and"
    " report which file the incremental model missed"
)


def expectations(night: Night) -> list[Expectation]:
    """Return the checks on facts, rollups and identifiers."""
    columns = [*of_grains("aggregated"), *_of_columns(night), *_of_windows(), *of_kpis()]
    return [*columns, *_of_reconciliation(), *_of_identity()]


def _of_columns(night: Night) -> list[Expectation]:
    days = [
        between(
            f"aggregated.{table}",
            day,
            most=night.business_date,
            said=UP_TO_THE_DAY,
            because="a day that is not over has no complete figures",
            advice="a later build has left these days: run the night again, which rebuilds them",
        )
        for table, day in DAYS.items()
    ]
    keys = [
        never_null("aggregated.fct_orders", column, why, FIX_THE_MODEL)
        for column, why in {
            "order_date": "an order without a day is missing from every day's total",
            "net_amount": "a missing amount would count as zero",
        }.items()
    ]
    return [*days, *keys]


def _same_by_day(
    table: str, sentence: str, upstream: str, downstream: str, figures: tuple[str, ...]
) -> Expectation:
    """Expect two queries of ``day, <figures>`` to agree on every day and figure."""
    left = ", ".join(f"upstream.{figure} as upstream_{figure}" for figure in figures)
    right = ", ".join(f"downstream.{figure} as own_{figure}" for figure in figures)
    differs = " or ".join(
        f"coalesce(upstream.{figure}, 0) <> coalesce(downstream.{figure}, 0)" for figure in figures
    )
    return no_rows(
        table,
        sentence,
        f"select coalesce(upstream.day, downstream.day) as day, {left}, {right}"  # noqa: S608
        f" from ({upstream}) as upstream full join ({downstream}) as downstream"
        f" on upstream.day = downstream.day where {differs}",
        because="every rollup must contain every sale of its day, to the cent and to the row",
        advice=RESTATE,
    )


def _sums(table: str, day: str, counts: str, where: str = "true") -> str:
    money = ", ".join(f"sum({column}) as {column}" for column in MONEY)
    return f"select {day} as day, {counts}, {money} from {table} where {where} group by {day}"  # noqa: S608


def _of_reconciliation() -> list[Expectation]:
    lines = _sums("aggregated.fct_order_lines", "order_date", "count(*) as line_count")
    orders = "count(*) as order_count, sum(line_count) as line_count"
    days = "sum(order_count) as order_count, sum(line_count) as line_count"
    return [
        _same_by_day(
            "aggregated.fct_orders",
            "fct_orders matches its lines in money and rows, day by day",
            lines,
            _sums("aggregated.fct_orders", "order_date", orders),
            ("line_count", *MONEY),
        ),
        _same_by_day(
            "aggregated.fct_identifier_days",
            "fct_identifier_days matches the orders of known people in money and rows, day by day",
            _sums("aggregated.fct_orders", "order_date", orders, "identifier_id is not null"),
            _sums("aggregated.fct_identifier_days", "activity_date", days),
            ("order_count", "line_count", *MONEY),
        ),
        _same_by_day(
            "aggregated.kpi_days",
            "kpi_days matches the orders in money and number, day by day, guests apart",
            "select order_date as day, count(*) as order_count, sum(net_amount) as gross_revenue,"
            " count(*) filter (identifier_id is null) as anonymous_order_count,"
            " sum(net_amount) filter (identifier_id is null) as anonymous_revenue"
            " from aggregated.fct_orders group by order_date",
            "select business_date as day, order_count, gross_revenue, anonymous_order_count,"
            " anonymous_revenue from aggregated.kpi_days",
            ("order_count", "gross_revenue", "anonymous_order_count", "anonymous_revenue"),
        ),
        _same_by_day(
            "aggregated.kpi_days",
            "kpi_days matches the refunds in money, day by day",
            "select refund_date as day, sum(refund_amount) as refund_amount"
            " from aggregated.fct_refunds group by refund_date",
            "select business_date as day, refund_amount from aggregated.kpi_days",
            ("refund_amount",),
        ),
    ]


def _of_people() -> str:
    """Return the query of tonight's rows that name a person, whom facts look up in the map.

    A fact whose person is not there has no identifier, and counts as nobody's.

    Returns
    -------
    str
        With the columns ``identifier_type``, ``identifier_value`` and ``day``.
    """
    return " union all ".join(
        f"select identifier_type, identifier_value, {day} as day from cleaned.{entity}"  # noqa: S608
        " where identifier_value is not null"
        " and _load_id in (select load_id from ops.loads where is_new)"
        for entity, day in (
            ("order_lines", "order_date"), ("refunds", "refund_date"),
            ("messages", "sent_date"), ("campaign_responses", "response_date"),
        )
    )  # fmt: skip


def _of_identity() -> list[Expectation]:
    because = "the customer view sums identifiers through this map: a missing one loses its orders"
    return [
        no_rows(
            "identity.identifiers",
            "every identifier with activity is known",
            f"select day, count(*) as row_count from ({_of_people()})"  # noqa: S608
            " anti join identity.identifiers using (identifier_type, identifier_value) group by day"
            " union all select activity_date, count(*) from aggregated.fct_identifier_days"
            " anti join identity.identifiers using (identifier_id) group by activity_date",
            because=because + ", and its published rows their customer",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            "identity.identifier_customers",
            "every identifier has a customer",
            "select identifier_id, first_seen_date from identity.identifiers"
            " anti join identity.identifier_customers using (identifier_id)",
            because=because,
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            "identity.customers",
            "every customer of an identifier exists",
            "select identifier_id, customer_id from identity.identifier_customers"
            " anti join identity.customers using (customer_id)",
            because=because,
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            "aggregated.dim_stores",
            "every store with orders is known",
            "select store_id, count(*) as order_count from aggregated.fct_orders"
            " anti join aggregated.dim_stores using (store_id_space, store_id)"
            " where store_id is not null group by store_id",
            because="dim_stores is built from the orders, so it cannot miss one",
            advice=FIX_THE_MODEL,
        ),
    ]  # fmt: skip


def _of_windows() -> list[Expectation]:
    windows = ", ".join(str(days) for days in WINDOWS)
    return [
        no_rows(
            "aggregated.identifier_windows",
            f"the windows are those of {windows} days",
            "select window_days, count(*) as row_count from aggregated.identifier_windows"  # noqa: S608
            f" where window_days not in ({windows}) group by window_days",
            because="the customer view has columns for these windows only",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            "aggregated.identifier_windows",
            "a longer window contains at least as much as a shorter one",
            """
            select identifier_id, window_days, order_count, net_amount, shorter_order_count,
                shorter_net_amount
            from (
                select *,
                    lag(order_count) over nested as shorter_order_count,
                    lag(net_amount) over nested as shorter_net_amount
                from aggregated.identifier_windows
                window nested as (partition by identifier_id order by window_days)
            )
            where order_count < shorter_order_count or net_amount < shorter_net_amount
            """,
            because="all windows end on the business day, and no amount is negative",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            "aggregated.identifier_windows",
            "every window sums to the money and the orders of its days",
            """
            with lengths as (
                select distinct window_days from aggregated.identifier_windows
            ),
            by_day as (
                select window_days, sum(order_count) as day_order_count,
                    sum(net_amount) as day_net_amount
                from lengths cross join ops.current_run
                inner join aggregated.fct_identifier_days
                    on activity_date > business_date - window_days
                group by window_days
            ),
            by_window as (
                select window_days, sum(order_count) as order_count, sum(net_amount) as net_amount
                from aggregated.identifier_windows group by window_days
            )
            select * from by_window left join by_day using (window_days)
            where order_count <> coalesce(day_order_count, 0)
                or net_amount <> coalesce(day_net_amount, 0)
            """,
            because="exact to the cent: a window is the sum of its days up to the business day",
            advice=FIX_THE_MODEL,
        ),
    ]
