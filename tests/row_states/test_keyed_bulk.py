"""A file of a month beside those of its days, of rows with keys: row by row, as later files are."""

from __future__ import annotations

import pytest

from tests.row_states.conftest import Shop

pytestmark = pytest.mark.end_to_end

PATTERN = r"(history_{month}|sales_{date})\.csv"
CONTRADICT = "no two rows of order_lines contradict each other"
HISTORY = "history_2017-01.csv"


def row(order: str, amount: int, day: str) -> str:
    return f"{order},1,p1,1,{amount}.00,m1,paid,2017-{day}"


@pytest.mark.parametrize("bulk_first", [True, False])
def test_a_month_revises_the_days_before_its_end_and_is_revised_by_later_ones(
    shop: Shop, bulk_first: bool
) -> None:
    shop.contract(filePattern=PATTERN, laterDeliveries="revise")

    def land_bulk() -> None:
        shop.land(HISTORY, row("a", 3, "01-02"), row("b", 3, "01-02"), row("m", 1, "01-20"))

    if bulk_first:
        land_bulk()
        assert shop.night("2017-01-31") == {}
    shop.land("sales_2017-01-02.csv", row("a", 2, "01-02"), row("n", 1, "01-02"))
    shop.land("sales_2017-01-15.csv", row("a", 5, "01-02"))
    assert shop.night("2017-01-31") == {}
    if not bulk_first:
        assert shop.current() == [("a", "1", "5.00"), ("n", "1", "1.00")]
        land_bulk()
        assert shop.night("2017-01-31") == {}
    of_january = [("a", "1", "3.00"), ("b", "1", "3.00"), ("m", "1", "1.00"), ("n", "1", "1.00")]
    assert shop.current() == of_january

    shop.land("sales_2017-02-01.csv", row("b", 4, "01-02"))
    assert shop.night("2017-02-01") == {}
    assert shop.current() == [of_january[0], ("b", "1", "4.00"), *of_january[2:]]
    assert [state for *_, state, _ in shop.states()].count("superseded") == 3
    night_by_night = shop.states()
    assert shop.rebuilt("2017-02-01") == {}
    assert shop.states() == night_by_night


def test_a_month_that_contradicts_a_day_stops_the_night_with_both_files(shop: Shop) -> None:
    shop.contract(filePattern=PATTERN)
    shop.land("sales_2017-01-02.csv", row("a", 2, "01-02"), row("b", 1, "01-02"))
    assert shop.night("2017-01-02") == {}
    shop.land(HISTORY, row("a", 3, "01-02"), row("b", 1, "01-02"))
    failed = shop.night("2017-01-31")
    assert set(failed) == {CONTRADICT}
    for told in (HISTORY, "sales_2017-01-02.csv", "net_amount=2.0000", "net_amount=3.0000"):
        assert told in failed[CONTRADICT]
    assert "net_amount=1.0000" not in failed[CONTRADICT]
    shop.land("sales_2017-01-02.csv", row("b", 1, "01-02"), row("a", 3, "01-02"))
    assert shop.night("2017-01-31") == {}
    assert shop.current() == [("a", "1", "3.00"), ("b", "1", "1.00")]


def test_where_conflicts_are_set_aside_a_month_and_a_day_are_until_one_is_corrected(
    shop: Shop,
) -> None:
    shop.contract(filePattern=PATTERN, onConflict="set_aside")
    shop.land("sales_2017-01-02.csv", row("a", 2, "01-02"), row("b", 1, "01-02"))
    assert shop.night("2017-01-02") == {}
    shop.land(HISTORY, row("a", 3, "01-02"), row("b", 1, "01-02"))
    assert shop.night("2017-01-31") == {}
    assert shop.current() == [("b", "1", "1.00")]
    assert [each[2] for each in shop.states() if each[3] == "set_aside"] == ["2.00", "3.00"]
    shop.land(HISTORY, row("b", 1, "01-02"), row("a", 2, "01-02"))
    assert shop.night("2017-01-31") == {}
    assert shop.current() == [("a", "1", "2.00"), ("b", "1", "1.00")]
