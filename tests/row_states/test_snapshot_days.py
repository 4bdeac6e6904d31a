"""From when until when a snapshot counts: files that come again, are corrected or withdrawn."""

from __future__ import annotations

from copy import deepcopy
from itertools import permutations

import pytest
import yaml

from tests.row_states.conftest import Shop
from tests.row_states.members import CONTESTED, PARTS, SHRUNK, Members

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (f"2017-01-0{day}" for day in range(2, 6))
BROKEN = '"{}",Seoul,,,one field too many'


def counted(shop: Shop) -> list[tuple[object, ...]]:
    """Day, whether it is complete, its unread rows, its rows and its active rows."""
    return shop.ask(
        "select cast(file_date as varchar), is_complete, unread_rows, row_count, active_count"
        " from ops.snapshots order by all"
    )


def need_the_same_from_the_lake(shop: Shop, day: str) -> None:
    night_by_night = shop.tables()
    assert shop.rebuilt(day) == {}
    assert shop.tables() == night_by_night


def test_a_snapshot_that_is_uploaded_again_counts_once(shop: Shop) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=0.1)
    everyone = [f"m{number},Seoul" for number in range(100)]
    for _ in range(3):
        members.land(f"members_{MONDAY}.csv", *everyone, "gone,Seoul,,yes")
        assert shop.night(MONDAY) == {}
    assert counted(shop) == [(MONDAY, True, 0, 101, 100)]
    members.land(f"members_{TUESDAY}.csv", *everyone, "gone,Seoul,,yes", "new,Seoul")
    assert shop.night(TUESDAY) == {}
    assert counted(shop)[1:] == [(TUESDAY, True, 0, 102, 101)]
    # and a loss is still seen
    members.land(f"members_{WEDNESDAY}.csv", *everyone[12:])
    failed = shop.night(WEDNESDAY)
    assert "row_count=88, known_count=101" in failed[SHRUNK]


def test_a_snapshot_with_a_supplement_that_is_uploaded_again_stays_complete(shop: Shop) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=1)
    members.land(f"members_{MONDAY}.csv", "a,Seoul", BROKEN.format("b"))
    assert shop.night(MONDAY) == {}
    assert counted(shop) == [(MONDAY, False, 1, 1, 1)]
    members.land(f"members_{MONDAY}_s1.csv", "b,Ulsan")
    assert shop.night(MONDAY) == {}
    assert counted(shop) == [(MONDAY, True, 0, 2, 2)]
    members.land(f"members_{MONDAY}.csv", "a,Seoul", BROKEN.format("b"))
    assert shop.night(MONDAY) == {}
    assert counted(shop) == [(MONDAY, True, 0, 2, 2)]
    members.land(f"members_{TUESDAY}.csv", "a,Seoul")
    assert shop.night(TUESDAY) == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Ulsan", TUESDAY)}
    need_the_same_from_the_lake(shop, TUESDAY)


def test_an_unchanged_snapshot_that_is_corrected_counts_no_more(shop: Shop) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=1)
    members.land(f"members_{MONDAY}.csv", "a,Seoul", "b,Busan")
    assert shop.night(MONDAY) == {}
    members.land(f"members_{TUESDAY}.csv", "a,Seoul", "b,Busan")
    assert shop.night(TUESDAY) == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Busan", None)}
    members.land(f"members_{TUESDAY}.csv", "a,Seoul")
    assert shop.night(WEDNESDAY) == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Busan", TUESDAY)}
    assert counted(shop) == [(MONDAY, True, 0, 2, 2), (TUESDAY, True, 0, 1, 1)]
    need_the_same_from_the_lake(shop, WEDNESDAY)


def test_an_unchanged_snapshot_outlasts_the_correction_of_what_it_repeats(shop: Shop) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=1)
    members.land(f"members_{MONDAY}.csv", "a,Seoul", "b,Busan")
    assert shop.night(MONDAY) == {}
    members.land(f"members_{TUESDAY}.csv", "a,Seoul", "b,Busan")
    assert shop.night(TUESDAY) == {}
    members.land(f"members_{MONDAY}.csv", "a,Ulsan")
    assert shop.night(WEDNESDAY) == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Busan", None)}
    assert counted(shop) == [(MONDAY, True, 0, 1, 1), (TUESDAY, True, 0, 2, 2)]
    members.land(f"members_{TUESDAY}_r1.csv", "b,Jeju")
    assert shop.night(WEDNESDAY) == {}
    assert members.known() == {"a": ("Ulsan", TUESDAY), "b": ("Jeju", None)}
    need_the_same_from_the_lake(shop, WEDNESDAY)


def test_an_unchanged_snapshot_that_left_the_landing_zone_says_the_same_of_its_day(
    shop: Shop,
) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=1)
    members.land(f"members_{MONDAY}.csv", "a,Seoul", "b,Busan")
    unchanged = members.land(f"members_{WEDNESDAY}.csv", "a,Seoul", "b,Busan")
    assert shop.night(WEDNESDAY) == {}
    unchanged.unlink()
    members.land(f"members_{TUESDAY}.csv", "a,Daegu", "c,Jeju")
    assert shop.night(THURSDAY) == {}
    expected = {"a": ("Seoul", None), "b": ("Busan", None), "c": ("Jeju", WEDNESDAY)}
    assert members.known() == expected
    members.land(f"members_{MONDAY}.csv", "b,Ulsan")
    assert shop.night(THURSDAY) == {}
    assert members.known() == expected
    need_the_same_from_the_lake(shop, THURSDAY)


def test_an_unchanged_delta_that_left_the_landing_zone_says_the_same_of_its_day(
    shop: Shop,
) -> None:
    members = Members(shop, "delta_snapshot")
    members.land(f"members_{MONDAY}.csv", "a,Seoul", "b,Busan,,yes")
    unchanged = members.land(f"members_{WEDNESDAY}.csv", "a,Seoul", "b,Busan,,yes")
    assert shop.night(WEDNESDAY) == {}
    unchanged.unlink()
    members.land(f"members_{TUESDAY}.csv", "a,Daegu", "b,Daegu")
    members.land(f"members_{MONDAY}.csv", "c,Jeju")
    assert shop.night(THURSDAY) == {}
    assert members.known() == {
        "a": ("Seoul", None), "b": ("Busan", WEDNESDAY), "c": ("Jeju", None),
    }  # fmt: skip
    need_the_same_from_the_lake(shop, THURSDAY)


def test_who_is_only_in_a_withdrawn_file_of_the_day_is_as_the_file_before_says(
    shop: Shop,
) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=1)
    members.land(f"members_{MONDAY}.csv", "a,Seoul", "b,Busan", "c,Jeju")
    assert shop.night(MONDAY) == {}
    members.land(f"members_{TUESDAY}.csv", "a,Wrong", "b,Wrong", "c,Wrong,,yes", "new,Wrong")
    assert shop.night(TUESDAY) == {}
    members.land(f"members_{TUESDAY}.csv", "a,Ulsan")
    assert shop.night(WEDNESDAY) == {}
    assert members.known() == {
        "a": ("Ulsan", None), "b": ("Busan", TUESDAY), "c": ("Jeju", TUESDAY),
        "new": ("Wrong", TUESDAY),
    }  # fmt: skip
    need_the_same_from_the_lake(shop, WEDNESDAY)
    # what only the withdrawn file names does not make every night a rebuild
    members.land(f"members_{WEDNESDAY}.csv", "a,Ulsan", "b,Busan")
    assert shop.night(WEDNESDAY) == {}
    members.land(f"members_{THURSDAY}.csv", "a,Ulsan", "b,Busan", "d,Busan")
    assert shop.night(THURSDAY) == {}
    assert shop.ask("select is_full_refresh from ops.current_run") == [(False,)]


@pytest.mark.parametrize("first", ["1", "2"])
def test_who_is_in_a_part_in_force_is_as_that_says_not_as_a_withdrawn_part(
    shop: Shop, first: str
) -> None:
    members = Members(shop, "full_snapshot", filePattern=PARTS)
    rows = {"1": ["mia,Seoul", "b,Jeju"], "2": ["mia,Busan", "c,Busan"]}
    members.land(f"members_{MONDAY}_{first}.csv", *rows.pop(first))
    assert shop.night(MONDAY) == {}
    ((second, others),) = rows.items()
    members.land(f"members_{MONDAY}_{second}.csv", *others)
    assert set(shop.night(TUESDAY)) == {CONTESTED}
    members.land(f"members_{MONDAY}_2.csv", "c,Busan")
    assert shop.night(TUESDAY) == {}
    assert members.known() == {
        "b": ("Jeju", None), "c": ("Busan", None), "mia": ("Seoul", None),
    }  # fmt: skip
    need_the_same_from_the_lake(shop, TUESDAY)


@pytest.mark.parametrize("late", ["1", "2", ""])
def test_an_unchanged_part_contradicts_another_of_its_day(shop: Shop, late: str) -> None:
    members = Members(shop, "full_snapshot", filePattern=PARTS, absentAtMost=1)
    members.land(f"members_{MONDAY}_1.csv", "mia,Seoul", "b,Jeju")
    members.land(f"members_{MONDAY}_2.csv", "c,Busan")
    assert shop.night(MONDAY) == {}
    tuesday = {"1": ["mia,Seoul", "b,Jeju"], "2": ["c,Busan", "mia,Busan"]}
    for part, rows in tuesday.items():
        if part != late:
            members.land(f"members_{TUESDAY}_{part}.csv", *rows)
    if late:
        assert shop.night(TUESDAY) == {}
        members.land(f"members_{TUESDAY}_{late}.csv", *tuesday[late])
    assert set(shop.night(WEDNESDAY)) == {CONTESTED}
    assert set(shop.rebuilt(WEDNESDAY)) == {CONTESTED}
    members.land(f"members_{TUESDAY}_1.csv", "b,Jeju")
    assert shop.night(WEDNESDAY) == {}
    assert members.known()["mia"] == ("Busan", None)
    need_the_same_from_the_lake(shop, WEDNESDAY)


def test_a_supplement_corrects_the_unread_rows_of_its_own_part_only(shop: Shop) -> None:
    members = Members(shop, "full_snapshot", filePattern=PARTS, absentAtMost=1)
    members.land(f"members_{MONDAY}_1.csv", "a,Seoul", "b,Seoul", "c,Seoul")
    members.land(f"members_{MONDAY}_2.csv", "d,Busan")
    assert shop.night(MONDAY) == {}
    members.land(f"members_{TUESDAY}_1.csv", "a,Seoul", BROKEN.format("b"), BROKEN.format("c"))
    members.land(f"members_{TUESDAY}_2.csv", "d,Busan", "e,Busan")
    members.land(f"members_{TUESDAY}_2_s1.csv", "f,Busan", "g,Busan")
    assert shop.night(TUESDAY) == {}
    assert {since for _, since in members.known().values()} == {None}
    assert counted(shop)[1:] == [(TUESDAY, False, 2, 5, 5)]
    members.land(f"members_{TUESDAY}_1_s1.csv", "b,Ulsan", "new,Ulsan")
    assert shop.night(WEDNESDAY) == {}
    assert counted(shop)[1:] == [(TUESDAY, True, 0, 7, 7)]
    assert {who: since for who, (_, since) in members.known().items() if since} == {"c": TUESDAY}
    need_the_same_from_the_lake(shop, WEDNESDAY)


def test_the_part_of_a_refused_file_that_was_removed_is_not_missing(shop: Shop) -> None:
    members = Members(
        shop, "full_snapshot", filePattern=r"members_{date}_[0-9]\.csv", absentAtMost=1
    )
    members.land(f"members_{MONDAY}_1.csv", "a,Seoul", "b,Seoul")
    assert shop.night(MONDAY) == {}
    members.land(f"members_{TUESDAY}_1.csv", "a,Seoul", "c,Ulsan")
    refused = members.land(f"members_{TUESDAY}_2.csv", "d,Seoul")
    assert len(shop.night(TUESDAY)) == 1
    refused.unlink()
    assert shop.night(TUESDAY) == {}
    # by a contract that tells parts apart, the refused file would have been one
    members = Members(shop, "full_snapshot", filePattern=PARTS, absentAtMost=1)
    assert shop.night(TUESDAY) == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Seoul", TUESDAY), "c": ("Ulsan", None)}


TWO_STREAMS = """
select 'shop' as source_system, sku as product_id, status as product_name, _load_id, _row
from {{ source('shop', 'sales') }}
union all
select 'shop' as source_system, sku as product_id, status as product_name, _load_id, _row
from {{ source('shop', 'catalogue') }}
"""


def describe_products_twice(shop: Shop, pattern: str) -> None:
    """Let a stream ``catalogue`` describe products beside the sales."""
    shop.contract(describes=["products"])
    file = shop.folder / "contract.yml"
    contract = yaml.safe_load(file.read_text())
    catalogue = deepcopy(contract["schema"][0]) | {"name": "catalogue"}
    given = {"filePattern": pattern, "delivery": "delta_snapshot", "describes": ["products"]}
    catalogue["customProperties"] = [{"property": k, "value": v} for k, v in given.items()]
    for column in catalogue["properties"]:
        column.pop("primaryKey", None)
        if column["name"] == "sku":
            column["primaryKey"] = True
    contract["schema"].append(catalogue)
    file.write_text(yaml.safe_dump(contract))
    (shop.folder / "stg_shop__products.sql").write_text(TWO_STREAMS)


PRODUCTS = "select product_id, product_name from cleaned.products order by all"


@pytest.mark.parametrize("names", permutations(["catalogue", "sales"]))
def test_of_two_streams_that_describe_a_product_on_one_day_the_last_by_name_counts(
    shop: Shop, names: tuple[str, str]
) -> None:
    describe_products_twice(shop, r"catalogue_{date}\.csv")
    # so the catalogue of Monday has the higher number
    shop.land("catalogue_2017-01-01.csv", "a,1,p1,1,1.00,m1,earlier")
    for name in names:
        shop.land(f"{name}_{MONDAY}.csv", f"a,1,p1,1,1.00,m1,{name}", f"b,1,p2,1,1.00,m1,{name}")
        assert shop.night(MONDAY) == {}
    assert shop.ask(PRODUCTS) == [("p1", "sales"), ("p2", "sales")]
    need_the_same_from_the_lake(shop, MONDAY)
    shop.land(f"catalogue_{TUESDAY}.csv", "a,1,p1,1,1.00,m1,later")
    assert shop.night(TUESDAY) == {}
    assert shop.ask(PRODUCTS) == [("p1", "later"), ("p2", "sales")]
    need_the_same_from_the_lake(shop, TUESDAY)


def test_two_streams_of_one_file_may_describe_its_products(shop: Shop) -> None:
    describe_products_twice(shop, r"sales_{date}\.csv")
    shop.land(f"sales_{MONDAY}.csv", "a,1,p1,1,1.00,m1,Tea", "b,1,p2,1,1.00,m1,Rice")
    assert shop.night(MONDAY) == {}
    assert shop.ask(PRODUCTS) == [("p1", "Tea"), ("p2", "Rice")]
    need_the_same_from_the_lake(shop, MONDAY)
