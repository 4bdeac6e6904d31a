"""Values at the limits of their types: they are added exactly, or told with file and row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dangol import ledger
from dangol.build.transform import LayerFailedError
from dangol.extract.quarantine import quarantined_rows
from dangol.night import Night
from dangol.nightly.steps import run_night
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


def test_a_value_that_a_staging_model_can_t_cast_is_told_with_file_and_row(shop: Shop) -> None:
    shop.staging(reason="cast(cast(status as date) as string)")
    shop.land("sales_2017-01-02.csv", *(f"a,{line},p1,1,1.00,m1,2017-01-02" for line in range(99)))
    shop.land("sales_2017-01-03.csv", *(f"b,{line},p1,1,1.00,m1,2017-01-02" for line in range(57)),
              "b,60,p1,1,1.00,m1,Mia Kim", "b,61,p1,1,1.00,m1,Mia Kim")  # fmt: skip
    with pytest.raises(LayerFailedError) as caught:
        shop.night("2017-01-03")
    message = str(caught.value)
    assert "int_order_lines_received: a value of shop file sales_2017-01-03.csv, row 58" in message
    assert "try_cast" in message
    assert "sales_2017-01-02.csv" not in message
    assert "Mia" not in message


@pytest.mark.parametrize(
    ("large", "column"),
    [(f"1,{LARGEST}", "net_amount"), ("9223372036854775807,1.00", "unit_quantity")],
)
def test_a_sum_that_is_too_large_stops_the_night_and_names_file_and_row(
    shop: Shop, large: str, column: str
) -> None:
    shop.contract(controlTotal="amount")
    staging = shop.folder / "stg_shop__order_lines.sql"
    text = staging.read_text()
    staging.write_text(text.replace("qty as quantity", "1 as quantity, qty as unit_quantity"))
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,5.00", f"a,2,p1,{large}", f"a,3,p1,{large}")
    with pytest.raises(LayerFailedError) as caught:
        run_night(shop.settings, Night.of(date(2017, 1, 2), shop.settings.company))
    message = str(caught.value)
    assert "fct_orders: a number is too large" in message
    assert f"shop file sales_2017-01-02.csv, row 3, column {column}" in message
    assert "99999" not in message
    assert "92233" not in message
