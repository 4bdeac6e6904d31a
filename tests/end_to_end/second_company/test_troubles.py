"""What becomes of each row and day of the gift shop with which something is wrong, by its name."""

import csv
from collections import Counter
from decimal import Decimal

import pytest

from tests.end_to_end.second_company.conftest import RESUBMITTED
from tests.end_to_end.second_company.exports import (
    NEW_NUMBERS,
    account_files,
    invoice_file,
    open_days,
)
from tests.end_to_end.second_company.troubles import (
    CORRECTED,
    COUNTED,
    DAY_OF,
    DUPLICATE,
    LATE,
    NO_ROW,
    NUMBERED,
    SECOND_NIGHT,
    SET_ASIDE,
    TROUBLES,
    UNREADABLE,
    trouble_file,
)

pytestmark = pytest.mark.end_to_end


def named(*kinds):
    """Parametrize over the troubles that become one of some kinds."""
    chosen = [each for each in TROUBLES if each.becomes in kinds]
    return pytest.mark.parametrize("trouble", chosen, ids=lambda each: each.name)


def number_of(trouble):
    """Return the number of a trouble's row, which is the last of its file."""
    _, content = invoice_file("harbour", DAY_OF[trouble.name])
    return content.count(b"\r\n")


@pytest.fixture(scope="module")
def quarantined(gift_shop):
    """Return the reasons in quarantine by file, as the command shows them."""
    status, shown = gift_shop.command("quarantine")
    assert status == 0
    rows = [line.split(maxsplit=3) for line in shown.splitlines() if line.startswith("invoices.")]
    return {file: reason.strip() for _, file, _, reason in rows}


@named(UNREADABLE)
def test_a_row_that_cannot_be_read_is_quarantined(quarantined, trouble):
    assert quarantined[trouble_file(trouble.name)] == trouble.reason


def test_nothing_else_is_quarantined(quarantined):
    assert set(quarantined) == {
        trouble_file(trouble.name) for trouble in TROUBLES if trouble.becomes == UNREADABLE
    }


def test_a_row_that_is_corrected_by_hand_counts(gift_shop):
    supplement = trouble_file(RESUBMITTED).replace(".csv", "_s1.csv")
    assert gift_shop.ask(
        "select rows_loaded, rows_quarantined from ops.loads where file = ?", supplement
    ) == [(1, 0)]
    assert states(gift_shop, supplement, 1) == [("order_lines", "current", None)]


@named(SET_ASIDE)
def test_a_row_that_does_not_count_is_set_aside_with_its_reason(gift_shop, trouble):
    [(_, state, reason)] = states(gift_shop, trouble_file(trouble.name), number_of(trouble))
    assert (state, reason) == ("set_aside", trouble.reason)


@named(COUNTED)
def test_a_row_that_looks_odd_counts(gift_shop, trouble):
    found = states(gift_shop, trouble_file(trouble.name), number_of(trouble))
    assert found == [(trouble.reason, "current", None)]


@named(NO_ROW)
def test_a_line_that_is_no_row_is_skipped_and_counted(gift_shop, trouble):
    assert gift_shop.ask(
        "select rows_read, rows_quarantined, rows_skipped from ops.loads where file = ?",
        trouble_file(trouble.name),
    ) == [(number_of(trouble) - 1, 0, 1)]


def states(gift_shop, file, number):
    """Return entity, state and reason of a row."""
    return [
        (entity, *found)
        for entity in ("order_lines", "refunds")
        for found in gift_shop.ask_build(
            f"select row_state, state_reason from cleaned.int_{entity}_received"
            " where _load_id = ? and _row = ?",
            gift_shop.load_of(file), number,
        )
    ]  # fmt: skip


# ---------------------------------------------------------------- files


def loads_of(gift_shop, file):
    return gift_shop.ask(
        "select status, load_date, superseded_by is not null from ops.loads where file = ?"
        " order by number",
        file,
    )


def test_a_late_file_is_loaded_on_the_night_it_arrives(gift_shop):
    file = f"invoices_{LATE[0]}_{LATE[1]}.csv"
    assert loads_of(gift_shop, file) == [("loaded", SECOND_NIGHT, False)]


def test_a_file_that_comes_again_with_other_content_replaces_the_first(gift_shop):
    file = f"invoices_{CORRECTED[0]}_{CORRECTED[1]}.csv"
    assert [(status, is_old) for status, _, is_old in loads_of(gift_shop, file)] == [
        ("loaded", True), ("loaded", False),
    ]  # fmt: skip


def test_a_numbered_correction_replaces_the_first_file(gift_shop):
    file = f"invoices_{NUMBERED[0]}_{NUMBERED[1]}.csv"
    assert [is_old for *_, is_old in loads_of(gift_shop, file)] == [True]
    correction = file.replace(".csv", "_r1.csv")
    assert [is_old for *_, is_old in loads_of(gift_shop, correction)] == [False]


def test_a_correction_without_a_change_is_skipped(gift_shop):
    file = f"invoices_{DUPLICATE[0]}_{DUPLICATE[1]}.csv"
    assert [is_old for *_, is_old in loads_of(gift_shop, file)] == [False]
    correction = file.replace(".csv", "_r1.csv")
    assert [status for status, *_ in loads_of(gift_shop, correction)] == ["duplicate"]


# ---------------------------------------------------------------- ordinary life


def test_a_product_twice_in_an_invoice_is_two_lines_even_if_they_are_equal(gift_shop, rows):
    equal = rows.duplicated(["order", "code", "quantity", "price"]).sum()
    repeated = rows.duplicated(["order", "code"]).sum()
    assert 0 < equal < repeated
    # the figures that equal pandas' contain both


def test_both_stores_use_the_same_numbers_and_new_tills_begin_them_anew(rows):
    stores = rows.groupby(["invoice", "day"])["store"].nunique()
    assert (stores == 2).any()
    before, after = rows[rows["day"] < NEW_NUMBERS], rows[rows["day"] >= NEW_NUMBERS]
    assert set(before["invoice"]) & set(after["invoice"])


def test_guests_have_many_names_and_are_no_customers(gift_shop, rows):
    [(guests,)] = gift_shop.ask(
        "select cast(sum(anonymous_order_count) as bigint) from aggregated.kpi_days"
    )
    lines = rows[~rows["is_refund"] & rows["reason"].isna()]
    assert guests == lines[lines["customer"].isna()]["order"].nunique() > 100
    assert gift_shop.ask_build(
        "select count(*) from identity.identifiers"
        " where not regexp_full_match(identifier_value, '0?[0-9]+(.0)?')"
    ) == [(0,)]


def test_ids_that_only_look_alike_are_customers_of_their_own(gift_shop):
    assert gift_shop.ask_build(
        "select identifier_value from identity.identifiers"
        " where try_cast(identifier_value as double) in (12345, 12352) order by all"
    ) == [("012352",), ("12345",), ("12345.0",), ("12352",)]


def test_ids_that_look_alike_are_reported(gift_shop):
    assert sorted(
        gift_shop.ask(
            "select id_kind, system, count(*), count(distinct first_id) from ops.look_alikes"
            " group by all"
        )
    ) == [("identifier", "accounts", 2, 2), ("identifier", "invoices", 4, 2)]


def test_a_tenth_of_a_penny_is_published(gift_shop):
    [(amount,)] = gift_shop.ask(
        "select min(net_amount) from aggregated.fct_order_lines where net_amount > 0"
    )
    assert amount == Decimal("0.0010")


def test_christmas_and_saturdays_are_days_without_orders(gift_shop):
    assert gift_shop.ask(
        "select count(*), count(*) filter (order_count = 0) from aggregated.kpi_days"
    ) == [(375, 375 - 305)]
    assert open_days()[-1] == SECOND_NIGHT


def test_who_has_left_is_inactive_since_the_first_list_without_them(gift_shop):
    assert gift_shop.ask_build(
        "select is_active, cast(inactive_since as varchar), count(*) from cleaned.contact_records"
        " group by all order by all"
    ) == [(False, "2025-08-01", 6), (True, None, 253)]


def test_what_only_this_company_knows_of_its_customers_is_published(gift_shop):
    last = {
        row["Customer ID"]: row["Price Band"]
        for _, content in account_files(SECOND_NIGHT)
        for row in csv.DictReader(content.decode().splitlines())
    }
    assert gift_shop.ask(
        "select attribute_name, attribute_value, count(*) from customer_view.customer_attributes"
        " group by all order by all"
    ) == [("price_band", band, count) for band, count in sorted(Counter(last.values()).items())]
