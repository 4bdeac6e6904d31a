"""How numbers are checked for digits that would be lost."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.contracts.model import Column
from dangol.extract import values
from dangol.extract.number_texts import Notation, plain_number

TYPES = ["BIGINT", "DECIMAL(18,2)", "DECIMAL(18,4)", "DECIMAL(6,2)", "DECIMAL(4,0)", "DECIMAL(3,3)"]


@pytest.mark.parametrize("sql_type", TYPES)
@settings(deadline=None)
@given(digits=st.integers(-(10**18) + 1, 10**18 - 1), cut=st.integers(0, 17))
def test_digits_are_lost_where_the_stored_number_differs(
    sql_type: str, digits: int, cut: int
) -> None:
    column = Column(name="amount", sql_type=sql_type)
    read = values.reading_type(column, is_wide=False)
    number = Decimal(digits // 10**cut).scaleb(-(values.read_decimals(column) or 0))
    ((loses, is_kept),) = duckdb.execute(
        f"select {values.loses_digits(column, 'x', is_wide=False)}, "
        f"x is not distinct from try_cast(x as {sql_type}) from (select ?::{read} as x)",
        [number],
    ).fetchall()
    assert loses is not is_kept


@pytest.mark.parametrize(
    ("notation", "read"),
    [
        (Notation(",", ".", ("€", "EUR"), ("trailing",)),
         {"8,21 €": "8.21", "€8,21": "8.21", "1.234,50 EUR": "1234.50", "-8,21 €": "-8.21",
          "€ -8,21": "-8.21", "8,21-": "-8.21", "8,21- €": "-8.21", "8,21 €-": "-8.21",
          "+8,21": "8.21", "8\u00a0€": "8", "8.21 €": None, "8,21 $": None, "(8,21)": None,
          "free": None, "€": "", "1.23,4": None, "--8": None, "-8-": None}),
        (Notation(".", ",", ("US$", "$"), ("brackets",)),
         {"(5.00)": "-5.00", "$(1,234.50)": "-1234.50", "(US$5.00)": "-5.00", "($5)": "-5",
          "US$5": "5", "(5.00": None, "5.00)": None, "(-5)": None, "1.5e3": "1.5e3", "5,00": None,
          "\u22125": None}),
        (Notation(".", ",", ("원",), ("triangle", "minus")),
         {"△5": "-5", "▲1,500원": "-1500", "\u22125": "-5", "\uff0d5": "-5", "-5": "-5",
          "1,500 원": "1500", "△-5": None, "5△": None}),
        (Notation(".", "'"), {"1'234.5": "1234.5", "1\u2019234.5": "1234.5"}),
        (Notation(",", " "), {"1 234,5": "1234.5", "1\u202f234,5": "1234.5", "12 34,5": None}),
    ],
)  # fmt: skip
def test_numbers_are_read_as_the_contract_says(
    notation: Notation, read: dict[str, str | None]
) -> None:
    query = f"select {plain_number(notation, 'v')} from (select unnest(?) as v)"
    found = [value for (value,) in duckdb.execute(query, [list(read)]).fetchall()]
    assert dict(zip(read, found, strict=True)) == read
