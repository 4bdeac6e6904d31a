"""One key in several parts of a delivery: nothing says which of them is later."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.row_states.conftest import Shop

CONTRADICT = "no two rows of order_lines contradict each other"
NAMES = ("seoul_2017-01-03.csv", "busan_2017-01-03.csv")
PARTLESS = ("seoul.csv", "busan.csv")
REASON = "its key has other content in a delivery of the same days"


@pytest.mark.parametrize("names", permutations(NAMES))
def test_other_content_in_two_parts_stops_the_night_in_whatever_order_they_come(
    shop: Shop, names: tuple[str, str]
) -> None:
    shop.contract(filePattern=r"{part}_{date}\.csv", laterDeliveries="revise")
    shop.land("seoul_2017-01-02.csv", "a,1,p1,1,1.00")
    shop.land(names[0], "a,1,p1,1,5.00")
    assert shop.night("2017-01-03") == {}
    shop.land(names[1], "a,1,p1,1,7.00")
    failed = shop.night("2017-01-04")
    assert set(failed) == {CONTRADICT}
    for told in (*NAMES, "net_amount=5.0000", "net_amount=7.0000", REASON):
        assert told in failed[CONTRADICT]
    assert "net_amount=1.0000" not in failed[CONTRADICT]
    # what comes later settles it
    shop.land("seoul_2017-01-04.csv", "a,1,p1,1,9.00")
    assert shop.night("2017-01-04") == {}
    assert shop.current() == [("a", "1", "9.00")]
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night


def test_other_content_in_two_parts_is_set_aside_where_conflicts_are(shop: Shop) -> None:
    shop.contract(
        filePattern=r"{part}_{date}\.csv", laterDeliveries="revise", onConflict="set_aside"
    )
    shop.land("seoul_2017-01-02.csv", "a,1,p1,1,1.00", "b,1")
    shop.land(NAMES[0], "a,1,p1,1,5.00")
    shop.land(NAMES[1], "a,1,p1,1,7.00")
    assert shop.night("2017-01-03") == {}
    assert shop.states() == [
        ("a", "1", "1.00", "superseded", "a later delivery revised it"),
        ("a", "1", "5.00", "set_aside", REASON),
        ("a", "1", "7.00", "set_aside", REASON),
        ("b", "1", "1.00", "current", None),
    ]


def test_the_same_content_in_two_parts_counts_once(shop: Shop) -> None:
    shop.contract(filePattern=r"{part}_{date}\.csv", laterDeliveries="revise")
    shop.land(NAMES[0], "a,1,p1,1,5.00", "b,1")
    shop.land(NAMES[1], "a,1,p1,1,5.00")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "5.00"), ("b", "1", "1.00")]


def test_a_correction_of_one_part_is_no_later_than_another_part(shop: Shop) -> None:
    shop.contract(filePattern=r"{part}_{date}\.csv", laterDeliveries="revise")
    shop.land("seoul_2017-01-03_r1.csv", "a,1,p1,1,5.00")
    shop.land(NAMES[1], "a,1,p1,1,7.00")
    assert set(shop.night("2017-01-03")) == {CONTRADICT}


def test_a_supplement_revises_the_part_that_it_belongs_to(shop: Shop) -> None:
    shop.contract(filePattern=r"{part}_{date}\.csv", laterDeliveries="revise")
    shop.land(NAMES[0], "a,1,p1,1,5.00")
    shop.land("seoul_2017-01-03_s1.csv", "a,1,p1,1,6.00")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "6.00")]


def test_a_file_without_a_date_is_of_the_night_that_loads_it(shop: Shop) -> None:
    shop.contract(filePattern=r"\w+\.csv", delivery="append", laterDeliveries="revise")
    shop.land("z.csv", "a,1,p1,1,5.00,m1,paid,2017-01-02")
    assert shop.night("2017-01-02") == {}
    shop.land("a.csv", "a,1,p1,1,6.00,m1,paid,2017-01-02")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "6.00")]
    shop.land("b.csv", "a,1,p1,1,7.00,m1,paid,2017-01-02")
    shop.land("c.csv", "a,1,p1,1,8.00,m1,paid,2017-01-02")
    assert set(shop.night("2017-01-04")) == {CONTRADICT}
    # the same file with other content is the later one
    shop.land("b.csv", "a,1,p1,1,8.00,m1,paid,2017-01-02", "b,1,p1,1,1.00,m1,paid,2017-01-02")
    assert shop.night("2017-01-04") == {}
    assert shop.current() == [("a", "1", "8.00"), ("b", "1", "1.00")]
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night


STREAM = """
select
    'shop' as source_system, order_no as order_id, _place as order_line_id, sku as product_id,
    qty as quantity, amount as gross_amount, amount as net_amount,
    cast(day as timestamp) as ordered_at, day as order_date, _load_id, _row
from {{{{ source('shop', '{stream}') }}}}
"""


def test_rows_of_two_streams_by_place_never_share_a_key(shop: Shop) -> None:
    """A till's sales and a web shop's: one order number, one day, the first row of each file."""
    shop.contract(key=())
    text = (shop.folder / "contract.yml").read_text()
    other = text.replace("name: sales", "name: web").replace("sales_", "web_")
    shop._write("web.contract.yml", other)
    (shop.folder / "contract.yml").rename(shop.folder / "sales.contract.yml")
    shop._write(
        "stg_shop__order_lines.sql",
        STREAM.format(stream="sales") + "union all" + STREAM.format(stream="web"),
    )
    shop.land("sales_2017-01-02.csv", "a,,p1,1,5.00")
    shop.land("web_2017-01-02.csv", "a,,p1,1,7.00")
    assert shop.night("2017-01-02") == {}
    assert shop.current() == [
        ("a", "sales/2017-01-02#1", "5.00"), ("a", "web/2017-01-02#1", "7.00"),
    ]  # fmt: skip
