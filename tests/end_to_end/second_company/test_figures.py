"""What the gift shop publishes equals a computation that shares no code with Dangol."""

from collections import Counter
from decimal import Decimal

import pytest

from tests.end_to_end.second_company import by_pandas
from tests.end_to_end.second_company.troubles import CLOSED_NIGHT, SECOND_NIGHT

pytestmark = pytest.mark.end_to_end


def test_the_figures_of_every_day_equal_those_computed_by_pandas(gift_shop, rows):
    figures = {
        day: tuple(values)
        for day, *values in gift_shop.ask(
            "select business_date, gross_revenue, refund_amount, net_revenue, anonymous_revenue,"
            " order_count, anonymous_order_count, customer_count, new_customer_count"
            " from aggregated.kpi_days"
        )
    }
    assert figures == by_pandas.by_day(rows, SECOND_NIGHT)
    assert len(figures) == 375


def as_counted(rows, *columns):
    return Counter(rows[list(columns)].itertuples(index=False, name=None))


def test_the_order_lines_and_refunds_equal_those_of_the_files(gift_shop, rows):
    counted = rows[rows["reason"].isna()]
    lines, refunds = counted[~counted["is_refund"]], counted[counted["is_refund"]]
    assert Counter(
        gift_shop.ask(
            "select order_id, product_id, order_date, quantity, net_amount"
            " from aggregated.fct_order_lines"
        )
    ) == as_counted(lines, "order", "code", "day", "quantity", "amount")
    assert Counter(
        gift_shop.ask(
            "select store_id, product_id, refund_date, -quantity, -refund_amount"
            " from aggregated.fct_refunds"
        )
    ) == as_counted(refunds, "store", "code", "day", "quantity", "amount")


def test_the_totals_of_every_customer_equal_those_computed_by_pandas(gift_shop, rows):
    published = gift_shop.by_person(
        "select customer_id, order_count, net_amount, refund_amount, first_order_date,"
        " last_order_date, orders_30d, spend_90d from customer_view.customers"
    )
    expected = by_pandas.by_customer(rows, SECOND_NIGHT)
    assert {person: published[person] for person in expected} == expected
    without_orders = published.keys() - expected.keys()
    nothing = (0, Decimal(0), Decimal(0), None, None, 0, Decimal(0))
    assert {published[person] for person in without_orders} <= {nothing}


def test_the_products_have_the_names_that_they_had_last(gift_shop, rows):
    names = dict(gift_shop.ask("select product_id, product_name from aggregated.dim_products"))
    assert names == by_pandas.product_names(rows)
    assert names["PADS"] == "CUSHION PADS"


def test_what_is_set_aside_is_published_by_reason(gift_shop, rows):
    published = gift_shop.ask(
        "select reason, cast(sum(row_count) as bigint), sum(amount) from ops.set_aside"
        " group by reason"
    )
    expected = by_pandas.set_aside(rows)
    assert {reason: (count, amount) for reason, count, amount in published} == expected
    assert expected["bad debt"] == (1, Decimal("-11062.06"))


# ---------------------------------------------------------------- every row is accounted for


def test_every_row_of_every_file_is_loaded_or_quarantined(gift_shop, delivered):
    loads = gift_shop.ask(
        "select file, rows_read, rows_loaded, rows_quarantined from ops.loads"
        " where system = 'invoices' and status = 'loaded'"
    )
    assert Counter(loads) == Counter(
        (file.name, len(file.rows) + file.unreadable, len(file.rows), file.unreadable)
        for file in delivered
    )


def test_every_loaded_row_is_current_superseded_or_set_aside(gift_shop, delivered, rows):
    states = {
        state: tuple(values)
        for state, *values in gift_shop.ask_build(
            "select row_state, cast(sum(row_count) as bigint), sum(amount)"
            " from cleaned.row_states where system = 'invoices' group by row_state"
        )
    }
    everything = by_pandas.judged(delivered)
    current, aside = rows[rows["reason"].isna()], rows[rows["reason"].notna()]
    assert states == {
        "current": (len(current), current["amount"].sum()),
        "set_aside": (len(aside), aside["amount"].sum()),
        "superseded": (
            len(everything) - len(rows), everything["amount"].sum() - rows["amount"].sum()
        ),
    }  # fmt: skip
    assert states["superseded"][0] > 0


def test_on_a_closed_day_nothing_is_overdue(gift_shop):
    assert gift_shop.warnings(CLOSED_NIGHT) <= {"most customers are scored"}


def test_the_second_night_warns_only_of_what_is_unusual(gift_shop):
    assert gift_shop.warnings(SECOND_NIGHT) - {"most customers are scored"} == {
        "no daily file came twice tonight"
    }


def test_what_needs_a_campaign_is_skipped_and_said_to_be(gift_shop):
    skipped = gift_shop.ask(
        "select distinct expectation from ops.gate_results where status = 'skipped' order by all"
    )
    assert skipped == [
        (f"every row of cleaned.{entity} names a known campaign",)
        for entity in ("campaign_responses", "coupons", "messages")
    ]


def test_what_the_company_expects_itself_is_checked_every_night(gift_shop):
    assert gift_shop.ask(
        "select distinct status, severity from ops.gate_results"
        " where expectation = 'no line of an invoice is above a thousand pounds'"
    ) == [("passed", "warning")]


def test_the_system_s_own_made_up_file_becomes_what_it_should(gift_shop):
    status, said = gift_shop.command("source", "check", "invoices")
    assert status == 0, said
    assert "a night would accept these files" in said
