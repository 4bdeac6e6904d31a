"""No row leaves without a reason: what becomes of rows that come again, by what the contract says.

Each test is a story. All of them passed every gate once, with rows or money missing.
"""

from __future__ import annotations

import re
from itertools import permutations

import pytest

from dangol.build.transform import LayerFailedError
from dangol.cli import main
from dangol.contracts.reading import contract_problems
from tests.row_states.conftest import PROPERTIES, Shop

CONTRADICT = "no two rows of order_lines contradict each other"
REFUSED = "no file is refused: no two claim one delivery, none has the content of another"


def test_rows_that_come_once_are_current(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1", "a,2", "b,1")
    assert shop.night("2017-01-02") == {}
    assert [state for *_, state, _ in shop.states()] == ["current"] * 3


# ---------------------------------------------------------------- one key twice in one file


def test_a_key_twice_in_one_file_stops_the_night_with_rows_and_amounts(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,1.00", "a,1,p1,2,2.00", "b,1")
    failed = shop.night("2017-01-02")
    assert set(failed) == {CONTRADICT}
    told = failed[CONTRADICT]
    assert "order_id=a, order_line_id=1" in told
    assert "net_amount=1.0000, state_reason=its key is repeated in its file" in told
    assert "net_amount=2.0000" in told
    assert "rowIdentity: place, laterDeliveries: revise" in told


def test_exact_doubles_with_a_key_stop_the_night_unless_they_are_set_aside(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1", "a,1", "b,1")
    assert set(shop.night("2017-01-02")) == {CONTRADICT}
    shop.contract(exactDoubles="set_aside")
    assert shop.night("2017-01-02") == {}
    assert shop.states() == [
        ("a", "1", "1.00", "current", None),
        ("a", "1", "1.00", "set_aside", "an exact double in its file"),
        ("b", "1", "1.00", "current", None),
    ]
    assert shop.ask("select reason, row_count, amount from (" + SET_ASIDE + ")") == [
        ("an exact double in its file", 1, 1)
    ]


SET_ASIDE = (
    "select state_reason as reason, row_count, cast(amount as integer) as amount"
    " from cleaned.row_states where row_state = 'set_aside'"
)


def test_without_a_key_the_same_product_twice_in_an_order_is_two_lines(shop: Shop) -> None:
    shop.contract(key=())
    shop.land("sales_2017-01-02.csv", "a", "a", "a,1,p1,2,2.00")
    assert shop.night("2017-01-02") == {}
    assert shop.current() == [
        ("a", "sales/2017-01-02#1", "1.00"), ("a", "sales/2017-01-02#2", "1.00"),
        ("a", "sales/2017-01-02#3", "2.00"),
    ]  # fmt: skip


def test_without_a_key_exact_doubles_may_be_set_aside(shop: Shop) -> None:
    shop.contract(key=(), exactDoubles="set_aside")
    shop.land("sales_2017-01-02.csv", "a", "a", "a,1,p1,2,2.00")
    assert shop.night("2017-01-02") == {}
    assert [amount for *_, amount in shop.current()] == ["1.00", "2.00"]


# ---------------------------------------------------------------- one key on two days


def test_a_receipt_number_used_again_stops_the_night(shop: Shop) -> None:
    """The till starts its numbers anew: another household, another day."""
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,5.00,m1")
    assert shop.night("2017-01-02") == {}
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,7.00,m2")
    failed = shop.night("2017-01-03")
    assert set(failed) == {CONTRADICT}
    assert "its key came again with other content" in failed[CONTRADICT]
    assert "net_amount=5.0000" in failed[CONTRADICT]
    assert "net_amount=7.0000" in failed[CONTRADICT]


def test_a_conflict_that_is_set_aside_ends_with_a_correction(shop: Shop) -> None:
    shop.contract(onConflict="set_aside")
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,5.00", "b,1")
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,7.00")
    assert shop.night("2017-01-03") == {}
    reason = "its key came again with other content"
    assert shop.states() == [
        ("a", "1", "5.00", "set_aside", reason),
        ("a", "1", "7.00", "set_aside", reason),
        ("b", "1", "1.00", "current", None),
    ]
    shop.land("sales_2017-01-03_r1.csv", "c,1,p1,1,7.00")
    assert shop.night("2017-01-04") == {}
    assert shop.current() == [("a", "1", "5.00"), ("b", "1", "1.00"), ("c", "1", "7.00")]


def test_the_same_row_again_on_another_day_counts_once(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,1.00,m1,paid,2017-01-02", "b,1")
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,1.00,m1,paid,2017-01-02", "c,1")
    assert shop.night("2017-01-03") == {}
    assert ("a", "1", "1.00", "superseded", "the same row came again") in shop.states()
    assert [order for order, *_ in shop.current()] == ["a", "b", "c"]


@pytest.mark.parametrize("order", permutations((2, 3, 4)))
def test_a_revising_delivery_replaces_earlier_rows_whatever_the_order_of_arrival(
    shop: Shop, order: tuple[int, ...]
) -> None:
    shop.contract(laterDeliveries="revise")
    for night, day in enumerate(order, 5):
        shop.land(f"sales_2017-01-0{day}.csv", f"a,1,p1,1,{day}.00", f"b{day},1")
        assert shop.night(f"2017-01-0{night}") == {}
    assert shop.current() == [
        ("a", "1", "4.00"), ("b2", "1", "1.00"), ("b3", "1", "1.00"), ("b4", "1", "1.00"),
    ]  # fmt: skip
    assert [state for *_, state, _ in shop.states()].count("superseded") == 2


def test_a_correction_gives_a_day_back_what_it_had(shop: Shop) -> None:
    """A correction takes a revising row away: the version before it counts again."""
    shop.contract(laterDeliveries="revise")
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,2.00")
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,3.00")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "3.00")]
    shop.land("sales_2017-01-03_r1.csv", "b,1")
    assert shop.night("2017-01-04") == {}
    assert shop.current() == [("a", "1", "2.00"), ("b", "1", "1.00")]


# ---------------------------------------------------------------- two files of one day


@pytest.mark.parametrize(
    "names",
    [
        ("sales_2017-01-02.csv", "sales_2017-01-02.csv.gz"),
        ("sales_2017-01-02_r01.csv", "sales_2017-01-02_r1.csv"),
    ],
)
def test_two_names_for_one_day_stop_the_night_until_one_is_gone(
    shop: Shop, names: tuple[str, str]
) -> None:
    shop.land(names[0], "a,1,p1,1,5.00")
    second = shop.land(names[1], "b,1,p1,1,7.00")
    failed = shop.night("2017-01-02")
    assert set(failed) == {REFUSED}
    assert f"file={names[1]}, contender={names[0]}" in failed[REFUSED]
    second.unlink()
    assert shop.night("2017-01-02") == {}
    assert shop.current() == [("a", "1", "5.00")]


def test_two_shops_deliver_a_day_each_once_the_contract_tells_them_apart(shop: Shop) -> None:
    shop.contract(filePattern=r"\w+_sales_{date}\.csv")
    shop.land("seoul_sales_2017-01-02.csv", "a,1,p1,1,5.00")
    shop.land("busan_sales_2017-01-02.csv", "b,1,p1,1,7.00")
    assert set(shop.night("2017-01-02")) == {REFUSED}
    shop.contract(filePattern=r"{part}_sales_{date}\.csv")
    assert shop.night("2017-01-02") == {}
    assert shop.current() == [("a", "1", "5.00"), ("b", "1", "7.00")]
    # one shop's correction leaves the other's rows
    shop.land("busan_sales_2017-01-02_r1.csv", "b,1,p1,1,8.00")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "5.00"), ("b", "1", "8.00")]


def test_yesterday_s_file_under_today_s_name_stops_the_night(shop: Shop) -> None:
    shop.contract(key=())
    rows = ("a,1,p1,1,5.00,m1,paid,2017-01-02",)
    shop.land("sales_2017-01-02.csv", *rows)
    assert shop.night("2017-01-02") == {}
    shop.land("sales_2017-01-03.csv", *rows)
    failed = shop.night("2017-01-03")
    assert set(failed) == {REFUSED}
    assert "file=sales_2017-01-03.csv, contender=sales_2017-01-02.csv" in failed[REFUSED]
    shop.land("sales_2017-01-03.csv", "b")
    assert shop.night("2017-01-03") == {}
    assert [amount for *_, amount in shop.current()] == ["5.00", "1.00"]


# ---------------------------------------------------------------- bulk files


@pytest.mark.parametrize(
    ("overlap", "amounts"),
    [("daily", ["1.00", "30.00"]), ("bulk", ["1.00", "2.00"])],
)
@pytest.mark.parametrize("bulk_first", [True, False])
def test_a_day_of_a_bulk_file_and_a_nightly_one_counts_from_one_of_them(
    shop: Shop, overlap: str, amounts: list[str], bulk_first: bool
) -> None:
    shop.contract(
        key=(), filePattern=r"(history_{from}_{to}|sales_{date})\.csv", overlap=overlap,
        eventTime="day",
    )  # fmt: skip
    files = {
        "history_2017-01-01_2017-01-02.csv": (
            "a,,p1,1,1.00,m1,paid,2017-01-01", "b,,p1,1,2.00,m1,paid,2017-01-02",
        ),
        "sales_2017-01-02.csv": ("c,,p1,1,30.00,m1,paid,2017-01-02",),
    }  # fmt: skip
    names = list(files) if bulk_first else list(files)[::-1]
    for night, name in enumerate(names, 2):
        shop.land(name, *files[name])
        assert shop.night(f"2017-01-0{night}") == {}
    assert sorted(amount for *_, amount in shop.current()) == amounts
    assert [reason for *_, state, reason in shop.states() if state == "superseded"] == [
        "its day counts from another file"
    ]


def test_a_day_of_two_files_stops_the_night_if_the_contract_does_not_say(shop: Shop) -> None:
    shop.contract(key=(), filePattern=r"(history_{from}_{to}|sales_{date})\.csv")
    shop.land("history_2017-01-01_2017-01-02.csv", "a,,p1,1,2.00,m1,paid,2017-01-02")
    shop.land("sales_2017-01-02.csv", "b,,p1,1,30.00,m1,paid,2017-01-02")
    failed = shop.night("2017-01-02")
    assert set(failed) == {CONTRADICT}
    assert "its day is also in history_2017-01-01_2017-01-02.csv" in failed[CONTRADICT]


def test_with_a_key_a_bulk_file_and_a_nightly_one_agree_row_by_row(shop: Shop) -> None:
    shop.contract(filePattern=r"(history_{month}|sales_{date})\.csv")
    same = "a,1,p1,1,2.00,m1,paid,2017-01-02"
    shop.land("sales_2017-01-02.csv", same)
    assert shop.night("2017-01-02") == {}
    shop.land("history_2017-01.csv", same, "b,1,p1,1,1.00,m1,paid,2017-01-20")
    assert shop.night("2017-01-31") == {}
    assert shop.current() == [("a", "1", "2.00"), ("b", "1", "1.00")]


# ---------------------------------------------------------------- set aside


def test_a_row_that_does_not_count_is_set_aside_and_everything_balances(shop: Shop) -> None:
    shop.staging(reason="case when status <> 'paid' then 'status ' || status end")
    shop.land("sales_2017-01-02.csv", "a,1", "t,1,p1,1,9.00,m1,test", "c,1,p1,1,3.00,m1,cancelled")
    assert shop.night("2017-01-02") == {}
    assert shop.states() == [
        ("a", "1", "1.00", "current", None),
        ("c", "1", "3.00", "set_aside", "status cancelled"),
        ("t", "1", "9.00", "set_aside", "status test"),
    ]
    assert shop.ask(SET_ASIDE + " order by all") == [
        ("status cancelled", 1, 3), ("status test", 1, 9),
    ]  # fmt: skip


def test_a_staging_model_that_leaves_rows_out_is_caught_by_row_and_by_amount(shop: Shop) -> None:
    shop._write(
        "stg_shop__order_lines.sql",
        (shop.folder / "stg_shop__order_lines.sql").read_text() + " where status = 'paid'",
    )
    shop.land("sales_2017-01-02.csv", "a,1", "t,1,p1,1,9.00,m1,test")
    failed = shop.night("2017-01-02")
    assert set(failed) == {
        "every row of a file is current, superseded or set aside in one entity",
        "the rows of every file sum to its control total",
    }
    assert "give rows that do not count a set_aside_reason instead of a where" in "".join(
        failed.values()
    )


def test_an_order_that_is_cancelled_later_is_set_aside_then(shop: Shop) -> None:
    shop.contract(laterDeliveries="revise")
    shop.staging(reason="case when status = 'cancelled' then 'cancelled' end")
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,5.00,m1,paid")
    assert shop.night("2017-01-02") == {}
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,5.00,m1,cancelled,2017-01-02")
    assert shop.night("2017-01-03") == {}
    assert shop.states() == [
        ("a", "1", "5.00", "set_aside", "cancelled"),
        ("a", "1", "5.00", "superseded", "a later delivery revised it"),
    ]


# ---------------------------------------------------------------- ids and amounts


@pytest.mark.parametrize(
    "placeholder", ["", "NULL", r"\N", "NA", "nan", "-", "\u200b", "\u00a0", " n/a "]
)
def test_a_placeholder_is_no_customer(shop: Shop, placeholder: str) -> None:
    shop.land("sales_2017-01-02.csv", f"a,1,p1,1,1.00,{placeholder}", "b,1,p1,1,1.00, m1\u00a0")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select identifier_value from cleaned.order_lines order by order_id") == [
        (None,), ("m1",),
    ]  # fmt: skip


def test_a_tenth_of_a_cent_is_kept(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,0.001", "b,1,p1,1,0.0001")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select cast(sum(net_amount) as varchar) from cleaned.order_lines") == [
        ("0.0011",)
    ]


def test_amounts_that_are_too_large_are_told_by_file_and_row(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Two amounts that fit their own type, and whose sum fits no amount."""
    shop.contract()
    text = (shop.folder / "contract.yml").read_text().replace("DECIMAL(18,4)", "DECIMAL(18,2)")
    (shop.folder / "contract.yml").write_text(text)
    shop.land("sales_2017-01-02.csv", "b,1", "a,1,p1,1,9999999999999999.99")
    failed = shop.night("2017-01-02")
    assert set(failed) == {"the rows of every file sum to its control total"}
    assert "load_id=shop.sales.000001" in "".join(failed.values())
    assert shop.states()[0][3:] == ("set_aside", "an amount has too many digits")
    assert "no amount of tonight's files has too many digits" in caplog.text
    assert "file=sales_2017-01-02.csv, entity=order_lines, record_number=2" in caplog.text
    shop.land("sales_2017-01-02.csv", "b,1", "a,1,p1,1,9999.99")
    assert shop.night("2017-01-02") == {}
    assert shop.rebuilt("2017-01-02") == {}


def test_half_a_unit_is_a_weight_and_not_a_count(shop: Shop) -> None:
    text = (shop.folder / "stg_shop__order_lines.sql").read_text()
    halves = "qty as quantity,\n    qty / cast(2 as decimal(9, 1)) as unit_quantity,"
    shop._write("stg_shop__order_lines.sql", text.replace("qty as quantity,", halves))
    shop.land("sales_2017-01-02.csv", "a,1,p1,3", "b,1,p1,4", "c,1,p1,0")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select order_id, unit_quantity from cleaned.order_lines order by all") == [
        ("a", None), ("b", 2), ("c", 0),
    ]  # fmt: skip


def test_a_blank_key_stops_the_night_with_its_stream_and_file(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1", "-,1", " ,2")
    failed = shop.night("2017-01-02")
    told = failed["every row of order_lines has a whole key"]
    assert "system=shop, stream=sales, file=sales_2017-01-02.csv, row_count=2, first_row=" in told
    assert "set such rows aside in the staging model (set_aside_reason)" in told
    shop.staging(reason="case when trim(order_no) in ('', '-') then 'no number' end")
    assert shop.night("2017-01-02") == {}


# ---------------------------------------------------------------- staging models


def test_a_mistake_that_only_dbt_finds_is_named_with_its_file_and_line(shop: Shop) -> None:
    file = shop.folder / "stg_shop__order_lines.sql"
    text = file.read_text().replace("qty", "qtty", 1) + "-- {{ env_var('NOBODY', '') }}\n"
    shop._write(file.name, text)
    shop.land("sales_2017-01-02.csv", "a,1")
    with pytest.raises(LayerFailedError) as caught:
        shop.night("2017-01-02")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "qtty" in each)
    assert str(caught.value).startswith(
        f"layer cleaned failed: stg_shop__order_lines ({file}, line {line}): Binder Error: "
        'Referenced column "qtty" not found in FROM clause!. Readers keep the last publication.'
    )


def test_an_optional_column_may_be_missing(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select store_id, discount_amount from cleaned.order_lines") == [(None, None)]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        (
            {"receivedIn": ["orderlines"]},
            r"sales names the entity orderlines, which does not exist;",
        ),
        (
            {"describes": ["order_lines"], "receivedIn": []},
            "order_lines of sales belongs in receivedIn",
        ),
        (
            {"receivedIn": ["products"]},
            "the entity products of sales belongs in describes: of rows",
        ),
    ],
)
def test_an_entity_in_the_wrong_place_is_named(
    shop: Shop,
    properties: dict[str, list[str]],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop.contract(**properties)
    monkeypatch.setattr("dangol.cli.show.get_settings", lambda: shop.settings)
    assert main(["contracts"]) == 1
    assert re.search(message, capsys.readouterr().err)
    assert re.search(message, contract_problems(shop.settings)["shop"])


def test_a_contract_that_names_an_entity_needs_its_staging_model(shop: Shop) -> None:
    shop.contract(receivedIn=["order_lines", "refunds"])
    told = contract_problems(shop.settings)["shop"]
    assert "make up refunds, but there is no stg_shop__refunds.sql" in told


def test_a_corrected_control_total_holds_for_files_that_were_loaded_before(shop: Shop) -> None:
    shop.contract(controlTotal="amount + amount")
    shop.land("sales_2017-01-02.csv", "a,1,p,1,1.10", "b,1,p,1,2.20")
    assert set(shop.night("2017-01-02")) == {"the rows of every file sum to its control total"}
    shop.contract(controlTotal="amount")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select cast(control_total as varchar) from ops.loads") == [("3.30000000",)]
    shop.land("sales_2017-01-03.csv", "c,1,p,1,4.40")
    assert shop.night("2017-01-03") == {}
    assert shop.ask("select cast(control_total as varchar) from ops.loads order by all") == [
        ("3.30000000",), ("4.40000000",),
    ]  # fmt: skip


def test_a_control_total_that_is_left_out_binds_no_file_that_was_loaded_before(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.contract(controlTotal="amount + amount")
    shop.land("sales_2017-01-02.csv", "a,1,p,1,1.10", "b,1,p,1,2.20")
    assert set(shop.night("2017-01-02")) == {"the rows of every file sum to its control total"}
    monkeypatch.delitem(PROPERTIES, "controlTotal")
    shop.contract()
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select control_total from ops.loads") == [(None,)]
    shop.land("sales_2017-01-03.csv", "c,1,p,1,4.40")
    assert shop.night("2017-01-03") == {}
    assert shop.ask("select distinct control_total from ops.loads") == [(None,)]
