"""Money is divided exactly: the macros `amount_per` and `share_of`."""

from decimal import Decimal
from typing import Any

import duckdb
import jinja2
import pytest

from dangol.settings import PROJECT_ROOT

MACROS = PROJECT_ROOT / "dbt_project" / "macros"


def value_of(macro: str, first: str, second: str) -> Any:
    text = (MACROS / f"{macro}.sql").read_text(encoding="utf-8")
    call = f"{{{{ {macro}('first', 'second') }}}}"
    expression = jinja2.Environment(autoescape=False).from_string(text + call).render()  # noqa: S701 - this is SQL
    query = f"select {expression} from (select {first} as first, {second} as second)"
    return duckdb.sql(query).fetchall()[0][0]


@pytest.mark.parametrize(
    ("amount", "count", "expected"),
    [
        ("8.37", 2, "4.19"),  # as floating point numbers, 4.184999…
        ("-8.37", 2, "-4.19"),
        ("1.00", 3, "0.33"),
        ("0.05", 10, "0.01"),
        ("9999999999999.99", 1, "9999999999999.99"),
    ],
)
def test_an_amount_by_a_count_is_rounded_half_up(amount: str, count: int, expected: str) -> None:
    value = value_of("amount_per", f"cast({amount} as decimal(18, 2))", str(count))
    assert value == Decimal(expected)


def test_an_amount_by_nothing_is_null() -> None:
    assert value_of("amount_per", "cast(1 as decimal(18, 2))", "0") is None


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        ("0.69", "8.00", "0.0863"),  # .08625 exactly
        ("1.23", "80.00", "0.0154"),  # .015375
        ("2.00", "3.00", "0.6667"),
        ("3.00", "3.00", "1.0000"),
        ("-0.69", "8.00", "-0.0863"),
    ],
)
def test_a_share_is_rounded_half_up(part: str, whole: str, expected: str) -> None:
    value = value_of(
        "share_of", f"cast({part} as decimal(18, 2))", f"cast({whole} as decimal(18, 2))"
    )
    assert value == Decimal(expected)


def test_a_share_of_nothing_is_null() -> None:
    zero = "cast(0 as decimal(18, 2))"
    assert value_of("share_of", zero, zero) is None
