"""Rows without a whole key: each is alone, and is judged again like any other."""

from __future__ import annotations

import pytest

from tests.row_states.conftest import Shop

NO_NUMBER = "case when trim(order_no) in ('', '-') then 'no number' end"
CONTRADICT = "no two rows of order_lines contradict each other"
WHOLE_KEY = "every row of order_lines has a whole key"


def then_a_rebuild_is_the_same(shop: Shop, day: str) -> None:
    before = shop.tables()
    assert shop.rebuilt(day) == {}
    assert shop.tables() == before


@pytest.mark.parametrize("key", [("order_no", "line"), ()])
@pytest.mark.parametrize("later", [None, "revise"])
def test_a_blank_number_that_is_set_aside_may_be_corrected(
    shop: Shop, key: tuple[str, ...], later: str | None
) -> None:
    if later and not key:
        pytest.skip("what is revised has a key")
    shop.contract(key=key, **({"laterDeliveries": later} if later else {}))
    shop.staging(line="line" if key else "_place", reason=NO_NUMBER)
    shop.land("sales_2017-01-02.csv", "a,1", "-,1,p1,1,7.00")
    shop.land("sales_2017-01-03.csv", "b,1", "-,1,p1,1,8.00")
    assert shop.night("2017-01-03") == {}
    shop.land("sales_2017-01-02.csv", "a,1", "c,1,p1,1,7.00")
    assert shop.night("2017-01-04") == {}
    assert [(amount, *why) for order, _, amount, *why in shop.states() if not order] == [
        ("7.00", "superseded", "its file was corrected"), ("8.00", "set_aside", "no number"),
    ]  # fmt: skip
    assert [order for order, *_ in shop.current()] == ["a", "b", "c"]
    then_a_rebuild_is_the_same(shop, "2017-01-04")


@pytest.mark.parametrize("key", [("order_no", "line"), ()])
def test_a_night_that_is_killed_inserts_no_blank_number_twice(
    shop: Shop, key: tuple[str, ...]
) -> None:
    shop.contract(key=key)
    shop.staging(line="line" if key else "_place", reason=NO_NUMBER)
    shop.land("sales_2017-01-02.csv", "a,1", "-,1,p1,1,7.00")
    assert shop.night("2017-01-02", is_killed=True) == {}
    assert shop.night("2017-01-02") == {}
    assert [state for *_, state, _ in shop.states()] == ["current", "set_aside"]
    then_a_rebuild_is_the_same(shop, "2017-01-02")


def test_blank_numbers_that_are_set_aside_neither_contradict_nor_revise_each_other(
    shop: Shop,
) -> None:
    shop.contract(laterDeliveries="revise")
    shop.staging(reason=NO_NUMBER)
    shop.land("sales_2017-01-02.csv", "a,1", "-,1,p1,1,7.00", "-,1,p1,1,8.00")
    assert shop.night("2017-01-02") == {}
    shop.land("sales_2017-01-03.csv", "b,1", "-,1,p1,1,9.00")
    assert shop.night("2017-01-03") == {}
    assert [state for order, *_, state, _ in shop.states() if not order] == ["set_aside"] * 3
    then_a_rebuild_is_the_same(shop, "2017-01-03")


@pytest.mark.parametrize("rule", [{"onConflict": "set_aside"}, {"laterDeliveries": "revise"}, {}])
def test_blank_numbers_that_are_not_set_aside_stop_the_night_whatever_conflicts_do(
    shop: Shop, rule: dict[str, str]
) -> None:
    shop.contract(**rule)
    shop.land("sales_2017-01-02.csv", "a,1", "-,1,p1,1,7.00", "-,1,p1,1,8.00")
    failed = shop.night("2017-01-02")
    assert CONTRADICT not in failed
    assert "file=sales_2017-01-02.csv, row_count=2, first_row=" in failed[WHOLE_KEY]
