"""One bad row of each kind in facts, rollups and identity fails its own expectation."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dangol.night import Night
from dangol.settings import Settings
from expectations.aggregated import expectations
from expectations.gate import run_gate
from expectations.grains import of_grains

ORDERS_OF_LINES = "fct_orders matches its lines in money and rows, day by day"
DAYS_OF_ORDERS = (
    "fct_identifier_days matches the orders of known people in money and rows, day by day"
)
KPIS_OF_DAYS = "kpi_days matches the orders in money and number, day by day, guests apart"
KPIS_OF_REFUNDS = "kpi_days matches the refunds in money, day by day"
NET = "net revenue = gross revenue - refunds, on every day"
TONIGHT = "order_date = date '2017-12-31'"


def person(number: int) -> str:
    """Households 0, 7, 14, … buy the same things for the same money."""
    return f"md5('loyalty_member:h{number}')"


def copy_of_one(table: str, replacements: str = "") -> str:
    replaced = f"* replace ({replacements})" if replacements else "*"
    return f"insert into {table} select {replaced} from {table} limit 1"


def refund(replacements: str) -> str:
    return (
        "create or replace view aggregated.fct_refunds as select * replace ("
        f"{replacements}) from (select 'grocer_till' as source_system, 'r' as refund_id,"
        " null as identifier_id, date '2017-12-23' as refund_date, 1 as refund_amount)"
    )


NOTHING = ", ".join(
    f"0 as {column}"
    for column in ("gross_amount", "discount_amount", "coupon_amount", "net_amount")
)
CASES = {
    "aggregated.fct_messages.sent_date is not after the business day": copy_of_one(
        "aggregated.fct_messages", "'x' as message_id, date '2018-01-01' as sent_date"
    ),
    "aggregated.fct_campaign_responses.response_date is not after the business day": copy_of_one(
        "aggregated.fct_campaign_responses",
        "'x' as response_id, date '2018-01-01' as response_date",
    ),
    "aggregated.fct_identifier_days.activity_date is not after the business day": copy_of_one(
        "aggregated.fct_identifier_days",
        f"date '2018-01-01' as activity_date, 0 as order_count, 0 as line_count, {NOTHING}",
    ),
    "aggregated.kpi_days.business_date is not after the business day": copy_of_one(
        "aggregated.kpi_days",
        "date '2018-01-01' as business_date, 0 as gross_revenue, 0 as net_revenue,"
        " 0 as order_count, 0 as customer_count,"
        " 0 as new_customer_count, 0 as returning_customer_count, null as average_order_value",
    ),
    "aggregated.fct_refunds.refund_date is not after the business day": refund(
        "date '2018-01-01' as refund_date, 0 as refund_amount"
    ),
    KPIS_OF_REFUNDS: refund("'r' as refund_id"),
    NET: (
        "update aggregated.kpi_days set net_revenue = net_revenue + 0.01"
        " where business_date = date '2017-12-23'"
    ),
    "aggregated.fct_orders.net_amount is never null": (
        "update aggregated.fct_orders set net_amount ="
        f" case when identifier_id = {person(7)} then 20 end"
        f" where identifier_id in ({person(0)}, {person(7)}) and {TONIGHT}"
    ),
    ORDERS_OF_LINES: (
        "update aggregated.fct_orders set coupon_amount = 0.01"
        f" where identifier_id = {person(0)} and {TONIGHT};"
        "update aggregated.fct_identifier_days set coupon_amount = 0.01"
        f" where identifier_id = {person(0)} and activity_date = date '2017-12-31'"
    ),
    DAYS_OF_ORDERS: (
        "update aggregated.fct_identifier_days set coupon_amount = 0.01"
        f" where identifier_id = {person(0)} and activity_date = date '2017-12-23'"
    ),
    KPIS_OF_DAYS: (
        "update aggregated.kpi_days set gross_revenue = gross_revenue + 0.001,"
        " net_revenue = net_revenue + 0.001"
        " where business_date = date '2017-12-23'"
    ),
    "every identifier with activity is known": (
        f"delete from identity.identifiers where identifier_id = {person(0)}"
    ),
    "every identifier has a customer": (
        copy_of_one("identity.identifiers", "'newcomer' as identifier_id")
    ),
    "every customer of an identifier exists": (
        "delete from identity.customers where customer_id ="
        " (select min(customer_id) from identity.customers)"
    ),
    "every store with orders is known": ("delete from aggregated.dim_stores where store_id = 's1'"),
    "the windows are those of 7, 30, 90, 365 days": (
        "update aggregated.identifier_windows set window_days = 60 where window_days = 90"
    ),
    "a longer window contains at least as much as a shorter one": (
        "update aggregated.identifier_windows set order_count = order_count +"
        f" case when identifier_id = {person(0)} then -1 else 1 end"
        f" where identifier_id in ({person(0)}, {person(7)}) and window_days = 365"
    ),
    "every window sums to the money and the orders of its days": (
        "update aggregated.identifier_windows set net_amount = net_amount + 0.01"
        f" where identifier_id = {person(0)} and window_days = 365"
    ),
    "aggregated.kpi_days.repurchase_rate_90d is at least 0 and at most 1": (
        "update aggregated.kpi_days set repurchase_rate_90d = 1.1"
        " where business_date = date '2017-12-31'"
    ),
    "on every day, average order value = revenue / orders": (
        "update aggregated.kpi_days set average_order_value = average_order_value + 1"
        " where business_date = date '2017-12-31'"
    ),
    "on every day, new + returning customers = customers, and customers <= orders": (
        "update aggregated.kpi_days set new_customer_count = 1"
        " where business_date = date '2017-12-31'"
    ),
    "the business day has orders, or an empty file that says it had none": (
        f"delete from cleaned.int_order_lines_received where {TONIGHT};"
        f"delete from aggregated.fct_orders where {TONIGHT};"
        "delete from aggregated.fct_identifier_days where activity_date = date '2017-12-31';"
        "delete from aggregated.kpi_days where business_date = date '2017-12-31';"
        "delete from aggregated.identifier_windows"
    ),
}
# a row that violates these necessarily changes a sum too
GUESTS = "the share of guests among the orders of tonight's days is about as usual"
MANY_GUESTS = (
    "insert into aggregated.kpi_days select * exclude (range)"
    " replace (date '2017-12-22' - cast(range as integer) as business_date,"
    " 60 as order_count, 0 as gross_revenue, 0 as net_revenue, 0 as average_order_value)"
    " from (select kpi_days.*, range from aggregated.kpi_days cross join range(1, 16)"
    " where business_date = date '2017-12-22');"
    "update aggregated.kpi_days set order_count = 60, anonymous_order_count = 30,"
    " average_order_value = null where business_date = date '2017-12-31'"
)
CASES_WITH_COMPANY = {
    "aggregated.fct_orders.order_date is not after the business day": (
        copy_of_one(
            "aggregated.fct_orders",
            f"'x' as order_id, date '2018-01-01' as order_date, 0 as line_count, {NOTHING}",
        ),
        {DAYS_OF_ORDERS, KPIS_OF_DAYS},
    ),
    "aggregated.fct_orders.order_date is never null": (
        "update aggregated.fct_orders set order_date = null where order_id = 'b2017-12-31-1'",
        {ORDERS_OF_LINES, DAYS_OF_ORDERS, KPIS_OF_DAYS},
    ),
    GUESTS: (MANY_GUESTS, {KPIS_OF_DAYS}),
    "aggregated.kpi_days has at least 1 rows": ("delete from aggregated.kpi_days", {KPIS_OF_DAYS}),
    "aggregated.kpi_days.gross_revenue is at least 0": (
        copy_of_one(
            "aggregated.kpi_days",
            "date '2017-01-01' as business_date, -1 as gross_revenue, -1 as net_revenue,"
            " 0 as order_count,"
            " 0 as customer_count, 0 as new_customer_count, 0 as returning_customer_count,"
            " null as average_order_value",
        ),
        {KPIS_OF_DAYS},
    ),
}


LATE = MANY_GUESTS.replace("'2017-12-31'", "'2017-12-29'")


@pytest.mark.parametrize(
    ("statements", "is_told"),
    [
        (LATE, False),
        (f"{LATE}; insert into cleaned.int_days_restated values (date '2017-12-29')", True),
        (
            f"{LATE}; insert into cleaned.int_days_restated values (date '2017-12-29');"
            "update ops.current_run set is_full_refresh = true",
            True,
        ),
    ],
    ids=["not restated", "its file came late", "a rebuild"],
)
def test_that_guests_of_every_day_of_tonight_are_compared(
    statements: str, is_told: bool, what_breaks: Callable[[str, str], set[str]]
) -> None:
    assert (GUESTS in what_breaks("aggregated", statements)) == is_told


def test_that_a_good_build_passes(settings: Settings, night: Night) -> None:
    result = run_gate(settings, night, "aggregated")

    assert (result["passed"], result["warnings"]) == (len(expectations(night)), [])


@pytest.mark.parametrize("sentence", CASES)
def test_that_one_fault_breaks_one_expectation(
    sentence: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    assert what_breaks("aggregated", CASES[sentence]) == {sentence}


@pytest.mark.parametrize("sentence", CASES_WITH_COMPANY)
def test_that_a_fault_is_named_beside_the_sum_that_it_changes(
    sentence: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    statements, company = CASES_WITH_COMPANY[sentence]

    assert what_breaks("aggregated", statements) == {sentence, *company}


def test_that_a_person_whom_no_fact_could_name_is_missed(
    what_breaks: Callable[[str, str], set[str]],
) -> None:
    gone = "delete from identity.identifiers where identifier_id"
    nobody_s = "delete from aggregated.fct_identifier_days where identifier_id"
    broken = what_breaks("aggregated", f"{gone} = {person(0)}; {nobody_s} = {person(0)}")
    assert "every identifier with activity is known" in broken


def test_that_every_expectation_has_its_fault(night: Night) -> None:
    sentences = {expectation.sentence for expectation in expectations(night)}

    grains = {each.sentence for each in of_grains("aggregated")}
    assert sentences - grains == {
        *CASES,
        *CASES_WITH_COMPANY,
    }
