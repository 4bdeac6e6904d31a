"""What a log may show of a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dangol.contracts.reading import load_contracts
from dangol.settings import Settings
from expectations.masking import LONGEST_TEXT, MASK, mask, mask_rows, personal_columns


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


def test_that_a_contract_can_make_any_column_personal() -> None:
    rows = mask_rows(["Week", "net_amount"], [(1, 2), (3, 4)], {"week"})

    assert rows == ["Week=***, net_amount=2", "Week=***, net_amount=4"]


def test_that_the_contracts_name_their_personal_columns(settings: Settings) -> None:
    columns = personal_columns(load_contracts(settings))

    assert {"household_id", "income", "marital_status"} <= columns
    assert not {"product_id", "sales_value"} & columns
