"""Rows by place: a day that several deliveries bring counts from one, as declared, or stops."""

from __future__ import annotations

from itertools import permutations

import pytest

from dangol.build.deliveries import MergedDeliveriesError
from tests.row_states.conftest import Shop

CONTRADICT = "no two rows of order_lines contradict each other"
PATTERN = r"(history_{from}_{to}|month_{month}|sales_{date})\.csv"
BY_SHOP = r"(history_{part}_{from}_{to}|all_{from}_{to}|{part}_{date})\.csv"


def by_place(shop: Shop, overlap: str | None = None, pattern: str = PATTERN) -> None:
    declared = {} if overlap is None else {"overlap": overlap}
    shop.contract(key=(), filePattern=pattern, eventTime="day", **declared)


def row(amount: int, day: str) -> str:
    return f"o{amount},,p1,1,{amount}.00,m1,paid,2017-{day}"


def amounts(shop: Shop) -> list[int]:
    return sorted(int(float(amount)) for *_, amount in shop.current())


def states(shop: Shop) -> list[tuple[int, str, str | None]]:
    return sorted(
        (int(float(amount)), state, reason) for *_, amount, state, reason in shop.states()
    )


def night_after_night(shop: Shop, files: dict[str, tuple[str, ...]], last: str) -> None:
    """Land a file a night, the last ones after all of them are due; then compare a rebuild."""
    for number, (name, rows) in enumerate(files.items()):
        shop.land(name, *rows)
        assert shop.night(f"{last[:-2]}{int(last[-2:]) - len(files) + 1 + number:02d}") == {}
    before = shop.tables()
    assert shop.rebuilt(last) == {}
    assert shop.tables() == before


TWO_BULKS = {
    "history_2017-01-01_2017-01-03.csv": (row(1, "01-02"), row(2, "01-03")),
    "history_2017-01-03_2017-01-05.csv": (row(30, "01-03"), row(4, "01-04")),
}
OTHER = "its day counts from another file"


@pytest.mark.parametrize("overlap", [None, "daily", "bulk"])
def test_bulk_files_that_cross_stop_the_night_with_both_names(
    shop: Shop, overlap: str | None
) -> None:
    by_place(shop, overlap)
    for name, rows in TWO_BULKS.items():
        shop.land(name, *rows)
    failed = shop.night("2017-01-05")
    assert set(failed) == {CONTRADICT}
    for told in (*TWO_BULKS, "order_date=2017-01-03", "net_amount=2.0000", "net_amount=30.0000"):
        assert told in failed[CONTRADICT]
    assert "overlap" in failed[CONTRADICT]
    assert "2017-01-04" not in failed[CONTRADICT]


@pytest.mark.parametrize("names", permutations(TWO_BULKS))
def test_of_bulk_files_that_cross_the_later_may_be_declared_to_count(
    shop: Shop, names: tuple[str, ...]
) -> None:
    by_place(shop, "later")
    night_after_night(shop, {name: TWO_BULKS[name] for name in names}, "2017-01-08")
    assert states(shop) == [
        (1, "current", None), (2, "superseded", OTHER), (4, "current", None),
        (30, "current", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("overlap", "expected"),
    # the quarter ends last
    [("daily", [2, 10, 400]), ("bulk", [1, 2, 4]), ("later", [1, 2, 4])],
)
def test_files_of_a_quarter_a_month_and_a_day_follow_the_declared_rule(
    shop: Shop, overlap: str, expected: list[int]
) -> None:
    by_place(shop, overlap)
    files = {
        "sales_2017-01-31.csv": (row(400, "01-31"),),
        "history_2017-01-01_2017-03-31.csv": (row(1, "01-10"), row(2, "02-10"), row(4, "01-31")),
        "month_2017-01.csv": (row(10, "01-10"), row(40, "01-31")),
    }
    for name, rows in files.items():
        shop.land(name, *rows)
    assert shop.night("2017-03-31") == {}
    assert amounts(shop) == expected


def test_a_rolling_export_counts_each_day_from_the_last_file_that_has_it(shop: Shop) -> None:
    by_place(shop, "later")
    night_after_night(
        shop,
        {
            "history_2017-01-01_2017-01-03.csv": (
                row(1, "01-01"),
                row(2, "01-02"),
                row(3, "01-03"),
            ),
            "history_2017-01-02_2017-01-04.csv": (row(20, "01-02"), row(30, "01-03")),
            "history_2017-01-03_2017-01-05.csv": (row(300, "01-03"), row(500, "01-05")),
        },
        "2017-01-07",
    )
    assert amounts(shop) == [1, 20, 300, 500]


def test_a_day_that_the_counting_file_has_no_rows_of_is_empty(shop: Shop) -> None:
    by_place(shop, "bulk")
    night_after_night(
        shop,
        {
            "sales_2017-01-02.csv": (row(2, "01-02"),),
            "history_2017-01-01_2017-01-03.csv": (row(1, "01-01"),),
        },
        "2017-01-04",
    )
    assert amounts(shop) == [1]


PROMOTIONS = """
select 'shop' as source_system, _place as promotion_id, sku as product_id, _load_id, _row
from {{ source('shop', 'sales') }}
"""


def test_rows_without_a_day_stop_the_night_if_two_files_have_their_days(shop: Shop) -> None:
    by_place(shop, "daily")
    contract = shop.folder / "contract.yml"
    declared = contract.read_text().replace("- order_lines", "- promotions")
    contract.write_text(declared.replace("controlTotal", "dateFormat").replace(
        "value: amount", "value: '%Y-%m-%d'"
    ))  # fmt: skip
    (shop.folder / "stg_shop__order_lines.sql").unlink()
    shop._write("stg_shop__promotions.sql", PROMOTIONS)
    shop.land("history_2017-01-01_2017-01-03.csv", row(1, "01-02"))
    shop.land("sales_2017-01-04.csv", row(2, "01-04"))
    assert shop.night("2017-01-04") == {}
    shop.land("sales_2017-01-02.csv", row(3, "01-02"))
    failed = shop.night("2017-01-05")
    assert set(failed) == {"no two rows of promotions contradict each other"}
    told = "".join(failed.values())
    assert "state_reason=its rows have no day, and another file is for its days" in told
    # which of its rows give way can't be told; the daily file counts in any case
    assert "file=history_2017-01-01_2017-01-03.csv" in told
    assert "file=sales_2017-01" not in told


# ---------------------------------------------------------------- parts


def test_a_bulk_file_of_one_shop_shares_no_day_with_another_shop(shop: Shop) -> None:
    by_place(shop, None, BY_SHOP)
    shop.land("history_seoul_2017-01-01_2017-01-03.csv", row(1, "01-02"))
    shop.land("busan_2017-01-02.csv", row(2, "01-02"))
    assert shop.night("2017-01-03") == {}
    assert amounts(shop) == [1, 2]
    shop.land("seoul_2017-01-02.csv", row(4, "01-02"))
    failed = shop.night("2017-01-04")
    assert set(failed) == {CONTRADICT}
    assert "net_amount=2.0000" not in failed[CONTRADICT]
    by_place(shop, "daily", BY_SHOP)
    assert shop.night("2017-01-04") == {}
    assert amounts(shop) == [2, 4]


@pytest.mark.parametrize(("overlap", "stops"), [(None, True), ("daily", True), ("bulk", False)])
def test_a_file_of_all_shops_never_gives_way_to_that_of_one(
    shop: Shop, overlap: str | None, stops: bool
) -> None:
    """The day's file of Seoul can't stand for Busan, whose rows only the history has."""
    by_place(shop, overlap, BY_SHOP)
    shop.land("all_2017-01-01_2017-01-03.csv", row(1, "01-02"), row(2, "01-02"))
    shop.land("seoul_2017-01-02.csv", row(4, "01-02"))
    failed = shop.night("2017-01-03")
    assert set(failed) == ({CONTRADICT} if stops else set())
    if stops:
        assert "all_2017-01-01_2017-01-03.csv" in failed[CONTRADICT]
        assert "seoul_2017-01-02.csv" in failed[CONTRADICT]
    else:
        assert amounts(shop) == [1, 2]


# ---------------------------------------------------------------- late rows


def test_a_late_row_counts_where_its_day_comes_from_daily_files(shop: Shop) -> None:
    by_place(shop, "daily")
    night_after_night(
        shop,
        {
            "sales_2017-01-02.csv": (row(2, "01-02"),),
            "sales_2017-01-03.csv": (row(3, "01-03"), row(20, "01-02")),
            "history_2017-01-01_2017-01-02.csv": (row(1, "01-01"), row(4, "01-02")),
        },
        "2017-01-05",
    )
    assert amounts(shop) == [1, 2, 3, 20]


@pytest.mark.parametrize("overlap", ["daily", "bulk", "later"])
@pytest.mark.parametrize("bulk_first", [True, False])
def test_a_late_row_of_a_day_that_a_bulk_file_has_is_set_aside_and_told(
    shop: Shop, overlap: str, bulk_first: bool
) -> None:
    by_place(shop, overlap)
    files = {
        "history_2017-01-01_2017-01-02.csv": (row(1, "01-01"), row(2, "01-02")),
        "sales_2017-01-03.csv": (row(3, "01-03"), row(20, "01-02")),
    }
    names = list(files) if bulk_first else list(files)[::-1]
    night_after_night(shop, {name: files[name] for name in names}, "2017-01-05")
    assert states(shop)[-1] == (
        20, "set_aside", "a row of a day that counts from another file",
    )  # fmt: skip
    assert amounts(shop) == [1, 2, 3]


def test_a_late_row_of_a_day_that_a_bulk_file_has_stops_the_night_undeclared(shop: Shop) -> None:
    by_place(shop)
    shop.land("history_2017-01-01_2017-01-02.csv", row(1, "01-01"), row(2, "01-02"))
    shop.land("sales_2017-01-03.csv", row(3, "01-03"), row(20, "01-02"))
    failed = shop.night("2017-01-03")
    assert set(failed) == {CONTRADICT}
    assert "net_amount=20.0000" in failed[CONTRADICT]
    assert "history_2017-01-01_2017-01-02.csv" in failed[CONTRADICT]
    assert "net_amount=2.0000" not in failed[CONTRADICT]


def test_a_row_beyond_the_days_of_its_bulk_file_stops_the_night_undeclared(shop: Shop) -> None:
    by_place(shop)
    shop.land("history_2017-01-01_2017-01-02.csv", row(1, "01-01"), row(30, "01-03"))
    assert shop.night("2017-01-03") == {}
    shop.land("sales_2017-01-03.csv", row(3, "01-03"))
    failed = shop.night("2017-01-04")
    assert set(failed) == {CONTRADICT}
    assert "net_amount=30.0000" in failed[CONTRADICT]


# ---------------------------------------------------------------- contracts that change


def test_shops_that_a_contract_no_longer_tells_apart_stop_the_night_with_both_names(
    shop: Shop,
) -> None:
    shop.contract(key=(), filePattern=r"{part}_{date}\.csv")
    shop.land("seoul_2017-01-02.csv", row(1, "01-02"))
    shop.land("busan_2017-01-02.csv", row(2, "01-02"))
    assert shop.night("2017-01-02") == {}
    shop.contract(key=(), filePattern=r"\w+_{date}\.csv")
    told = r"shop\.sales: busan_2017-01-02\.csv and seoul_2017-01-02\.csv are loaded"
    with pytest.raises(MergedDeliveriesError, match=told):
        shop.night("2017-01-03")
    shop.contract(key=(), filePattern=r"{part}_{date}\.csv")
    assert shop.night("2017-01-03") == {}
    assert amounts(shop) == [1, 2]


def test_a_shop_s_correction_never_replaces_another_shop_s_file(shop: Shop) -> None:
    shop.contract(key=(), filePattern=r"{part}_{date}\.csv")
    shop.land("seoul_2017-01-02.csv", row(1, "01-02"))
    shop.land("busan_2017-01-02_r1.csv", row(2, "01-02"))
    assert shop.night("2017-01-02") == {}
    shop.contract(key=(), filePattern=r"\w+?_{date}\.csv")
    with pytest.raises(
        MergedDeliveriesError, match=r"busan_2017-01-02_r1\.csv and seoul_2017-01-02\.csv"
    ):
        shop.night("2017-01-03")


def test_a_contract_that_begins_to_tell_shops_apart_keeps_what_was_loaded(shop: Shop) -> None:
    shop.contract(key=(), filePattern=r"\w+?_{date}\.csv")
    shop.land("seoul_2017-01-02.csv", row(1, "01-02"))
    assert shop.night("2017-01-02") == {}
    shop.contract(key=(), filePattern=r"{part}_{date}\.csv")
    shop.land("seoul_2017-01-02_r1.csv", row(3, "01-02"))
    shop.land("busan_2017-01-02.csv", row(2, "01-02"))
    assert shop.night("2017-01-03") == {}
    assert amounts(shop) == [2, 3]
