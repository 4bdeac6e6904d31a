"""What a log may show of a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dangol.contracts.reading import load_contracts
from dangol.settings import Settings
from expectations.masking import LONGEST_TEXT, MASK, KnownColumns, known_columns, mask, mask_rows


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("identifier_value", "2375"),
        ("identifier_id", "d41d8cd98f00b204e9800998ecf8427e"),
        ("customer_id", "k1"),
        ("household_id", 2375),
        ("email", "kim@example.com"),
        ("mobile", 1012345678),
        ("birth_date", date(1980, 1, 1)),
        ("given_name", "Minji"),
        ("message_id", "c1-h2375"),
        ("_extra", '{"note": "call Minji"}'),
        ("anything_unknown", "Minji"),
        ("shoe_size", b"\x00"),
    ],
)
def test_that_what_may_be_personal_is_masked(column: str, value: object) -> None:
    assert mask(column, value) == MASK


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("rows_read", 120, "120"),
        ("net_amount", Decimal("1.50"), "1.50"),
        ("order_date", date(2017, 12, 31), "2017-12-31"),
        ("_load_id", "grocer_till.transactions.000010", "grocer_till.transactions.000010"),
        ("product_id", "p1", "p1"),
        ("customer_count", 30, "30"),
        ("is_current", True, "True"),
        ("identifier_value", None, "null"),
        ("product_id", "p" * 100, "p" * LONGEST_TEXT + "…"),
    ],
)
def test_that_what_helps_to_find_the_row_is_shown(column: str, value: object, shown: str) -> None:
    assert mask(column, value) == shown


@pytest.mark.parametrize(
    "value",
    ["010-1234-5678", "01012345678", "+82 10-1234-5678", "kim@example.com", "900101-1234567",
     "9001011234567", "4111 1111 1111 1111", "110-123-456789", 1012345678],
)  # fmt: skip
@pytest.mark.parametrize(
    "column",
    ["order_id", "order_line_id", "refund_id", "product_id", "store_id", "coupon_id", "campaign_id",
     "part", "file", "state_reason"],
)  # fmt: skip
def test_that_an_id_that_may_be_a_person_s_number_is_masked(column: str, value: object) -> None:
    assert mask(column, value) == MASK


def test_that_of_a_file_s_name_only_the_number_is_masked() -> None:
    assert mask("file", "orders_01012345678_2017-12-31.csv") == "orders_***_2017-12-31.csv"


def test_that_a_contract_can_make_any_column_personal() -> None:
    known = KnownColumns(personal={"week", "order_id"})

    rows = mask_rows(["Week", "net_amount", "order_id"], [(1, 2, "a"), (3, 4, "b")], known)

    assert rows == [
        "Week=***, net_amount=2, order_id=***",
        "Week=***, net_amount=4, order_id=***",
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("resident_no", 9001011234567),
        ("rrn", 9001011234567),
        ("spouse_income_amount", Decimal("5200.00")),
        ("lines", 8),
        ("first_day", date(1990, 1, 1)),
        ("is_pregnant", True),
    ],
)
def test_that_of_a_company_s_own_query_nothing_is_shown_that_nobody_describes(
    settings: Settings, column: str, value: object
) -> None:
    known = known_columns(load_contracts(settings))

    assert mask(column, value, known, is_own=True) == MASK


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("net_amount", Decimal("1.50"), "1.50"),
        ("order_date", date(2017, 12, 31), "2017-12-31"),
        ("rows_read", 120, "120"),
        ("order_id", "o-77", "o-77"),
        ("_row", 3, "3"),
    ],
)
def test_that_of_a_company_s_own_query_described_columns_are_shown(
    settings: Settings, column: str, value: object, shown: str
) -> None:
    known = known_columns(load_contracts(settings))

    assert mask(column, value, known, is_own=True) == shown


def test_that_contracts_and_models_name_their_personal_columns(settings: Settings) -> None:
    known = known_columns(load_contracts(settings))

    assert {"household_id", "income", "marital_status", "birth_year", "record_id"} <= set(
        known.personal
    )
    assert {"product_id", "sales_value", "net_amount"} <= set(known.described)
    assert not set(known.personal) & set(known.described)
