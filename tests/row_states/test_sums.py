"""Values at the limits of their types: they are added exactly, or told with file and row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dangol import ledger
from dangol.extract.quarantine import quarantined_rows
from tests.row_states.conftest import Shop

LARGEST = "99999999999999.9999"


@pytest.mark.parametrize("padding", ["", " "])
def test_a_row_whose_control_total_can_t_be_added_is_quarantined_until_it_is_corrected(
    shop: Shop, padding: str
) -> None:
    """Its total did not fit into the ledger, and stopped this night and every later one."""
    shop.contract(controlTotal="qty * amount")
    shop.land(
        "sales_2017-01-02.csv",
        f"a,1,p1,{padding}9223372036854775807,{LARGEST}",
        "a,2,p1,1,2.50",
    )
    assert shop.night("2017-01-02") == {}
    [row] = quarantined_rows(shop.settings)
    assert (row["file"], row["line"], row["column_name"]) == ("sales_2017-01-02.csv", 2, "qty")
    assert row["reason"] == "qty makes the amount of the controlTotal too large to be added"
    assert shop.ask("select cast(control_total as varchar) from ops.loads") == [("2.50000000",)]
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,3.00", "a,2,p1,1,2.50")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "3.00"), ("a", "2", "2.50")]


def test_a_total_that_an_earlier_version_wrote_does_not_stop_the_night(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,2.50")
    assert shop.night("2017-01-02") == {}
    with pytest.MonkeyPatch.context() as patch:
        real = ledger.read_ledger
        patch.setattr(
            ledger, "read_ledger",
            lambda *given: [
                replace(load, control_total="9" * 34) for load in real(*given)
            ],
        )  # fmt: skip
        assert shop.rebuilt("2017-01-02") == {}
