"""How numbers are checked for digits that would be lost."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.contracts.model import Column
from dangol.extract import values

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
