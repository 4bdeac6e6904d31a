"""Checks on the figures of each day: they agree with each other, and guests are as usual."""

from __future__ import annotations

from expectations.grains import FIX_THE_MODEL
from expectations.vocabulary import WARNING, Expectation, between, no_rows, row_count

GUESTS_HISTORY_DAYS = 28
GUESTS_ENOUGH_DAYS = 14
GUESTS_LEAST_ORDERS = 50
GUESTS_CHANGE = 0.1
WHY_GUESTS = (
    "compared with the median of the last 28 days, of which 14 must have 50 orders: the share of"
    " guests is a habit, and a tenth more in one day means that ids are missing from an export"
)


def of_kpis() -> list[Expectation]:
    """Return the checks on ``aggregated.kpi_days``."""
    kpis = "aggregated.kpi_days"
    return [
        row_count(kpis, least=1, because="without a single day there is nothing to publish",
                  advice="check in ops.loads whether any file was loaded"),
        between(kpis, "gross_revenue", least=0, because="no line is negative",
                advice=FIX_THE_MODEL),
        between(kpis, "repurchase_rate_90d", least=0, most=1, because="it is a share",
                advice=FIX_THE_MODEL),
        no_rows(
            kpis,
            "on every day, average order value = revenue / orders",
            "select business_date, gross_revenue, order_count, average_order_value"
            " from aggregated.kpi_days"
            " where abs(average_order_value * order_count - gross_revenue) > 0.0001 * order_count",
            because="the difference may be a ten-thousandth of rounding per order",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            kpis,
            "on every day, new + returning customers = customers, and customers <= orders",
            "select business_date, new_customer_count, returning_customer_count, customer_count,"
            " order_count from aggregated.kpi_days"
            " where new_customer_count < 0 or returning_customer_count < 0"
            " or new_customer_count + returning_customer_count <> customer_count"
            " or customer_count > order_count",
            because="every customer counted on a day ordered on that day",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            kpis,
            "net revenue = gross revenue - refunds, on every day",
            "select business_date, gross_revenue, refund_amount, net_revenue"
            " from aggregated.kpi_days where net_revenue <> gross_revenue - refund_amount",
            because="exact to the smallest unit",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            kpis,
            "the share of guests among the orders of tonight's days is about as usual",
            """
            with shares as (
                select business_date, order_count,
                    anonymous_order_count / order_count as guest_share
                from aggregated.kpi_days where order_count >= $least
            ),
            -- also a day whose file came late; of a history only the last weeks
            tonight as (
                select shares.* from shares cross join ops.current_run
                where shares.business_date in (
                    select restated_date from cleaned.int_days_restated
                )
                and (
                    not is_full_refresh or shares.business_date > current_run.business_date - $days
                )
            )
            select tonight.business_date, tonight.order_count, tonight.guest_share,
                median(past.guest_share) as usual_share
            from tonight inner join shares as past
                on past.business_date < tonight.business_date
                and past.business_date >= tonight.business_date - $days
            group by all
            having count(*) >= $enough
                and abs(tonight.guest_share - median(past.guest_share)) > $change
            """,
            severity=WARNING,
            bounds={
                "least": GUESTS_LEAST_ORDERS,
                "days": GUESTS_HISTORY_DAYS,
                "enough": GUESTS_ENOUGH_DAYS,
                "change": GUESTS_CHANGE,
            },
            because=WHY_GUESTS,
            advice="look for a column of ids that has become empty or full of placeholders",
        ),
        no_rows(
            kpis,
            "the business day has orders, or an empty file that says it had none",
            """
            select business_date from ops.current_run
            where business_date not in (select order_date from aggregated.fct_orders)
                and not exists (
                    select 1 from ops.loads
                    where loads.file_date = business_date and loads.status = 'empty'
                )
                and not exists (
                    select 1 from ops.closed_days where closed_date = business_date
                )
            """,
            severity=WARNING,
            because="the company may have been closed (Christmas Day), but a missing file is more"
            " likely; the raw gate stops the night once a stream is overdue",
            advice="check the company's calendar and ops.loads",
        ),
    ]  # fmt: skip
