"""What becomes of whole files: each lands in the ledger, with its fate and its reason."""

from __future__ import annotations

import gzip
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from dangol import pace, precedence

if TYPE_CHECKING:
    from tests.extract.conftest import Feed, Shop

GOOD = "a,Kim,1,9.90"


def test_a_file_is_loaded_with_its_types_and_its_place_in_the_ledger(shop: Shop) -> None:
    file = shop.land_orders(
        "orders_2017-01-05.csv",
        "a,김민지,3,9.90,0.25,true,2017-01-06,2017-01-05T10:11:12Z",
        "b,,-2,1234567.05,,,,",
    )

    assert shop.extract() == {
        "stream": "shop.orders",
        "loaded": 1,
        "rows_loaded": 2,
        "rows_quarantined": 0,
    }
    assert shop.rows() == [
        ("a", "김민지", 3, Decimal("9.90"), 0.25, True, date(2017, 1, 6),
         datetime(2017, 1, 5, 10, 11, 12), None, "shop.orders.000001", file.name, 1),
        ("b", None, -2, Decimal("1234567.05"), None, None, None,
         None, None, "shop.orders.000001", file.name, 2),
    ]  # fmt: skip
    load = shop.last()
    assert (load.status, load.reason, load.encoding, load.revision) == ("loaded", "", "utf-8", 0)
    assert (load.file_date, load.load_date, load.run_id) == (
        "2017-01-05", "2017-01-09", "night-2017-01-09",
    )  # fmt: skip
    assert (load.bytes, load.contract_version) == (file.stat().st_size, "1.0.0")
    assert load.control_total == "1234576.95"
    assert load.raw_file == "lake/raw/shop/orders/load_date=2017-01-09/000001-000001.parquet"


def test_rows_are_counted_while_files_are_read(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-05.csv", GOOD, "b,,x,1")
    shop.land_orders("orders_2017-01-06.csv", GOOD)
    pace.start()
    shop.extract()
    assert pace.so_far() == {"rows": 3}


def test_a_night_run_twice_adds_nothing(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-05.csv", GOOD, "b,,x,1")
    shop.land("orders_2017-01-06.csv.gz", b"")
    shop.land("orders_2017-01-07.csv", shop.header)
    (shop.landing / "orders_2017-01-08.csv").mkdir()
    shop.extract()
    before = shop.loads()

    assert shop.extract() == {"stream": "shop.orders", "rows_loaded": 0, "rows_quarantined": 0}
    assert shop.loads() == before
    assert len(before) == 4


def test_an_absent_system_has_no_rows(shop: Shop) -> None:
    assert shop.extract() == {"stream": "shop.orders", "rows_loaded": 0, "rows_quarantined": 0}
    assert shop.loads() == []


# ---------------------------------------------------------------- the same again


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("orders_2017-01-05.csv", id="same name"),
        pytest.param("orders_2017-01-05_r1.csv", id="other name"),
    ],
)
def test_the_same_content_is_noted_and_skipped(shop: Shop, name: str) -> None:
    shop.land_orders("orders_2017-01-05.csv", GOOD)
    shop.extract(night="2017-01-06")
    shop.land_orders(name, GOOD)

    assert shop.extract(night="2017-01-07")["duplicate"] == 1
    load = shop.last()
    assert (load.file, load.status, load.duplicate_of) == (name, "duplicate", "shop.orders.000001")
    assert (
        load.reason == "the same content was loaded as shop.orders.000001 (orders_2017-01-05.csv)"
    )
    assert shop.rows(columns="order_id") == [("a",)]
    assert shop.extract(night="2017-01-08")["rows_loaded"] == 0
    assert len(shop.loads()) == 2


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (("orders_2017-01-05.csv", "orders_2017-01-05.csv.gz"), "two names for one delivery"),
        (("orders_2017-01-05_r01.csv", "orders_2017-01-05_r1.csv"), "two names for one delivery"),
        (("orders_2017-01-05.csv", "orders_20170105.csv"), "two names for one delivery"),
    ],
)
def test_two_names_for_one_delivery_are_not_decided_by_the_alphabet(
    shop: Shop, names: tuple[str, str], reason: str
) -> None:
    shop.land_orders(names[0], GOOD)
    shop.land_orders(names[1], "b,Lee,1,2.00")
    shop.extract()
    first, second = shop.loads()
    assert (first.status, second.status) == ("loaded", "refused")
    assert reason in second.reason
    assert first.file in second.reason
    assert shop.rows(columns="order_id") == [("a",)]
    # removed, the night goes on; renamed to a correction, it counts
    (shop.landing / second.file).rename(shop.landing / "orders_2017-01-05_r2.csv")
    shop.extract()
    assert [(load.file, load.status) for load in shop.loads()[2:]] == [
        (second.file, "removed"),
        ("orders_2017-01-05_r2.csv", "loaded"),
    ]


def test_yesterday_s_file_under_today_s_name_is_refused(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-04.csv", GOOD)
    shop.land_orders("orders_2017-01-05.csv", GOOD)
    shop.extract(night="2017-01-05")
    assert [load.status for load in shop.loads()] == ["loaded", "refused"]
    assert "its content is that of orders_2017-01-04.csv, another delivery" in shop.last().reason
    shop.land_orders("orders_2017-01-05.csv", "z,Lee,1,1.00")
    shop.extract(night="2017-01-06")
    assert [load.status for load in shop.loads()] == ["loaded", "refused", "loaded"]


def test_a_correction_by_number_may_have_another_day_s_content(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-04.csv", GOOD)
    shop.land_orders("orders_2017-01-05_r1.csv", GOOD)
    shop.extract()
    assert [load.status for load in shop.loads()] == ["loaded", "loaded"]


def test_days_without_rows_may_be_alike(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-04.csv")
    shop.land_orders("orders_2017-01-05.csv")
    shop.extract()
    assert [load.status for load in shop.loads()] == ["empty", "empty"]


def test_a_revision_that_is_a_time_stops_no_night(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-05_r20171230093000.csv", GOOD)
    shop.extract()
    assert shop.fates() == [
        ("orders_2017-01-05_r20171230093000.csv", "rejected",
         "its revision has more than 4 digits"),
    ]  # fmt: skip
    assert shop.last().revision == 0


def test_a_correction_can_be_taken_back(shop: Shop) -> None:
    for number, row in enumerate((GOOD, "z,Lee,1,1.00", GOOD)):
        shop.land_orders("orders_2017-01-04.csv", row).touch()
        os.utime(shop.landing / "orders_2017-01-04.csv", (number, number))
        shop.extract()

    assert [load.status for load in shop.loads()] == ["loaded"] * 3
    assert precedence.superseded_loads(shop.loads()) == {
        "shop.orders.000001": "shop.orders.000003",
        "shop.orders.000002": "shop.orders.000003",
    }


def test_an_unchanged_snapshot_is_skipped_but_one_that_goes_back_is_loaded(shop: Shop) -> None:
    one, other = "member_id,이름\na,김\n", "member_id,이름\na,이\n"
    for day, content in enumerate((one, one, other, one), 1):
        shop.land(f"members_2017-01-0{day}.csv", content)
    shop.extract("members")

    assert [(load.file_date, load.status) for load in shop.loads("members")] == [
        ("2017-01-01", "loaded"),
        ("2017-01-02", "duplicate"),
        ("2017-01-03", "loaded"),
        ("2017-01-04", "loaded"),
    ]


@pytest.mark.parametrize("nights", [["2017-01-02"], ["2017-01-02", "2017-01-03"]])
def test_a_second_name_for_the_day_of_an_unchanged_snapshot_is_refused(
    shop: Shop, nights: list[str]
) -> None:
    one, other = "member_id,이름\na,김\n", "member_id,이름\na,이\n"
    shop.land("members_2017-01-01.csv", one)
    shop.land("members_2017-01-02.csv", one)
    for night in nights[:-1]:
        shop.extract("members", night=night)
    shop.land("members_20170102.csv", other)
    shop.extract("members", night=nights[-1])

    assert [load.status for load in shop.loads("members")] == ["loaded", "duplicate", "refused"]
    assert "members_2017-01-02.csv is already the file of 2017-01-02" in shop.last("members").reason


def test_a_late_snapshot_brings_back_the_one_that_was_skipped(shop: Shop) -> None:
    one, other = "member_id,이름\na,김\n", "member_id,이름\na,이\n"
    shop.land("members_2017-01-01.csv", one)
    shop.land("members_2017-01-03.csv", one)
    shop.extract("members", night="2017-01-03")
    shop.land("members_2017-01-02.csv", other)

    shop.extract("members", night="2017-01-04")

    assert [(load.file_date, load.status) for load in shop.loads("members")] == [
        ("2017-01-01", "loaded"),
        ("2017-01-03", "duplicate"),
        ("2017-01-02", "loaded"),
        ("2017-01-03", "loaded"),
    ]
    assert shop.extract("members", night="2017-01-05")["rows_loaded"] == 0


# ---------------------------------------------------------------- corrections


def test_all_orders_of_arrival_give_the_same_rows(make_shop: Callable[..., Shop]) -> None:
    files = {
        "orders_2017-01-04.csv": "a,Kim,1,1.00",
        "orders_2017-01-05.csv": "b,Kim,1,1.00",
        "orders_2017-01-05_r1.csv": "c,Kim,1,1.00",
        "orders_2017-01-05_s1.csv": "d,Kim,1,1.00",
    }
    results = set()
    for nth, order in enumerate(permutations(files)):
        shop = make_shop(f"home{nth}")
        for night, name in enumerate(order, 6):
            shop.land_orders(name, files[name])
            shop.extract(night=f"2017-01-{night:02}")
        replaced = precedence.superseded_loads(shop.loads())
        rows = shop.rows(columns="_load_id, order_id")
        results.add(frozenset(order for load, order in rows if load not in replaced))

    assert nth == 23
    assert results == {frozenset({"a", "c"})}


def test_the_same_name_with_new_content_replaces_the_day(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-04.csv", GOOD)
    shop.extract(night="2017-01-05")
    shop.land_orders("orders_2017-01-04.csv", GOOD, "b,Kim,2,2.00")
    shop.extract(night="2017-01-06")

    assert [(load.status, load.rows_loaded) for load in shop.loads()] == [
        ("loaded", 1),
        ("loaded", 2),
    ]
    assert precedence.superseded_loads(shop.loads()) == {"shop.orders.000001": "shop.orders.000002"}


def test_a_correction_without_rows_empties_the_day(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-04.csv", GOOD)
    shop.land_orders("orders_2017-01-04_r1.csv")
    shop.extract()

    assert shop.fates()[1] == ("orders_2017-01-04_r1.csv", "empty", "it has a header and no rows")
    assert precedence.superseded_loads(shop.loads()) == {"shop.orders.000001": "shop.orders.000002"}


def test_a_file_for_a_later_day_is_left_for_its_night(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-05.csv", GOOD)
    shop.land_orders("orders_2017-01-07.csv", "b,Kim,1,1.00")

    shop.extract(night="2017-01-06")
    assert [load.file for load in shop.loads()] == ["orders_2017-01-05.csv"]
    shop.extract(night="2017-01-07")
    assert [load.file for load in shop.loads()] == [
        "orders_2017-01-05.csv",
        "orders_2017-01-07.csv",
    ]


@pytest.mark.parametrize("name", ["orders_2017-02-30.csv", "orders.csv", "xorders_2017-01-05.csv",
                                  "orders_2017-01-05.csv.part", ".orders_2017-01-05.csv",
                                  "orders_２０１７-01-05.csv"])  # fmt: skip
def test_a_name_that_fits_no_stream_is_not_touched(shop: Shop, name: str) -> None:
    shop.land_orders(name, GOOD)
    shop.extract()
    assert shop.loads() == []


# ---------------------------------------------------------------- not there yet


def test_a_truncated_gzip_waits_and_is_rejected_on_the_second_night(shop: Shop) -> None:
    whole = gzip.compress("\n".join([shop.header, *["a,Kim,1,1.00,,,,"] * 999, ""]).encode())
    file = shop.land("orders_2017-01-05.csv", whole[:-20])
    shop.extract(night="2017-01-06")
    assert shop.fates() == [(file.name, "waiting", "its gzip stream is truncated")]
    shop.extract(night="2017-01-06")
    assert len(shop.loads()) == 1

    shop.extract(night="2017-01-07")
    assert shop.fates()[1] == (
        file.name,
        "rejected",
        "its gzip stream is truncated, and it has not changed since an earlier night",
    )
    shop.extract(night="2017-01-08")
    assert len(shop.loads()) == 2

    shop.land(file.name, whole)
    shop.extract(night="2017-01-08")
    assert (shop.last().status, shop.last().rows_loaded) == ("loaded", 999)


@pytest.mark.parametrize("cut", [1, 2, 6, 15, 40])
def test_a_truncated_last_line_waits(shop: Shop, cut: int) -> None:
    content = f"{shop.header}\n{GOOD},,,,\nb,김,12,34.50,,,,2017-01-05T10:11:12Z\n".encode()
    file = shop.land("orders_2017-01-05.csv", content[:-cut])
    shop.extract()

    assert shop.fates() == [(file.name, "waiting", "its last line does not end in a newline")]
    assert shop.rows() == []


def test_a_file_that_ends_within_a_character_waits(shop: Shop) -> None:
    content = f"{shop.header}\na,김".encode()
    shop.land("orders_2017-01-05.csv", content[:-1])
    shop.extract()
    assert shop.fates()[0][1:] == ("waiting", "it ends in the middle of a character")


def test_a_contract_can_do_without_the_last_line_end(shop: Shop) -> None:
    shop.land("codes.csv", "code\nx\ny")
    shop.extract("codes")
    assert shop.rows("codes", "code, _row") == [("x", 1), ("y", 2)]


def test_a_file_of_0_bytes_waits_and_is_rejected_on_the_second_night(shop: Shop) -> None:
    shop.land("orders_2017-01-05.csv", b"")
    shop.extract(night="2017-01-06")
    shop.extract(night="2017-01-07")
    assert shop.fates() == [
        ("orders_2017-01-05.csv", "waiting", "it is empty (0 bytes)"),
        (
            "orders_2017-01-05.csv",
            "rejected",
            "it is empty (0 bytes), and it has not changed since an earlier night",
        ),
    ]


def test_a_growing_file_waits_and_then_loads(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    file = shop.land_orders("orders_2017-01-05.csv", GOOD)
    shop.land_orders("orders_2017-01-04.csv", "b,Kim,1,1.00")
    os.utime(file)

    def write_meanwhile(seconds: float) -> None:
        with file.open("a") as end:
            end.write("c,Kim,1,1.00,,,,\n")

    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", write_meanwhile)
    shop.extract()
    assert shop.fates() == [
        ("orders_2017-01-04.csv", "loaded", ""),
        ("orders_2017-01-05.csv", "waiting", "it is still growing"),
    ]

    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", lambda seconds: None)
    shop.extract()
    assert (shop.last().status, shop.last().rows_loaded) == ("loaded", 2)


def test_nobody_waits_when_nothing_is_young(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(seconds: float) -> None:
        pytest.fail("slept although no file is young")

    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", wait)
    shop.land_orders("orders_2017-01-05.csv", GOOD)
    shop.land("members_2017-01-05.csv", "member_id\na\n", age=0)  # of another stream
    shop.extract()
    assert shop.last().status == "loaded"


# ---------------------------------------------------------------- never


def test_a_gzip_bomb_is_rejected_by_its_ratio(shop: Shop) -> None:
    shop.land(
        "orders_2017-01-05.csv.gz", f"{shop.header}\n".encode() + b"a,Kim,1,1.00,,,,\n" * 1_500_000
    )
    shop.extract()
    assert shop.last().status == "rejected"
    assert shop.last().reason.endswith(
        "expand to more than 17,825,792: no export is compressed more than 100 times"
    )
    assert not list(shop.settings.home.rglob("*.parquet"))


def test_a_file_over_the_contract_s_bytes_is_rejected(shop: Shop) -> None:
    lines = b"".join(b"%d,Kim,1,1.00,,,,\n" % number for number in range(2_200_000))
    shop.land("orders_2017-01-05.csv.gz", f"{shop.header}\n".encode() + lines)
    shop.extract()
    assert shop.fates()[0][1:] == (
        "rejected",
        "it is larger than the 40,000,000 bytes that its contract allows (maxBytes)",
    )
    assert not list(shop.settings.work.rglob("*.csv"))


def test_a_damaged_gzip_is_rejected(shop: Shop) -> None:
    raw = bytearray(gzip.compress(f"{shop.header}\n{GOOD},,,,\n".encode() * 500))
    raw[60] ^= 0xFF
    shop.land("orders_2017-01-05.csv", bytes(raw))
    shop.extract()
    assert shop.last().status == "rejected"
    assert shop.last().reason.startswith("its gzip stream is damaged after")


def test_gzip_files_strung_together_are_one(shop: Shop) -> None:
    first, second = f"{shop.header}\n{GOOD},,,,\n".encode(), b"b,Lee,2,2.00,,,,\n"
    padding = b"\0" * (2 << 20)
    raw = gzip.compress(first) + padding + gzip.compress(second) + padding
    shop.land("orders_2017-01-05.csv", raw)
    shop.extract()
    assert shop.rows(columns="order_id") == [("a",), ("b",)]


def test_an_empty_file_is_fine_where_the_contract_says_so(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-05.csv")
    shop.land("members_2017-01-05.csv", "member_id,이름\n\n\n")
    shop.extract()
    shop.extract("members")

    assert shop.fates() == [("orders_2017-01-05.csv", "empty", "it has a header and no rows")]
    assert shop.fates("members") == [(
        "members_2017-01-05.csv",
        "rejected",
        "it has a header and no rows, which its contract does not allow",
    )]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            gzip.compress(b"", mtime=0),
            "its gzip stream is complete but empty, without even a header",
        ),
        (b"\n\n\n", "it contains only blank lines, not even a header"),
        (b"order_id,\0\n",
         "line 1 contains a NUL byte: the file is damaged or not text"),
        ("order_id,a\n".encode("utf-16-le"),
         "line 1 contains a NUL byte: the file is damaged or not text"),
        (b"order_id\nx\n" + bytes(range(128, 256)) * 40,
         "it is not text in UTF-8, UTF-16 or CP949 (see line 3): ask for it in UTF-8"),
    ],
    ids=["empty gzip", "blank lines", "NUL", "UTF-16 without mark", "binary"],
)  # fmt: skip
def test_what_is_no_text_is_rejected(shop: Shop, content: bytes, reason: str) -> None:
    shop.land("orders_2017-01-05.csv", content)
    shop.extract()
    assert shop.last().status == "rejected"
    assert reason in shop.last().reason
    assert (shop.last().rows_read, shop.rows(), shop.quarantine()) == (0, [], [])


def test_what_the_contract_refused_is_looked_at_again_under_a_new_contract(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    shop.land("orders_2017-01-05.csv", "order_id,amount\na,1.00\n")
    shop.extract()
    assert (shop.last().status, shop.last().rows_quarantined) == ("rejected", 1)

    import dangol.extract.stream as module

    old = module.find_stream(shop.settings, "shop", "orders")
    columns = tuple(replace(column, required=column.is_key) for column in old.columns)
    new = replace(old, version="1.1.0", columns=columns)
    monkeypatch.setattr(module, "find_stream", lambda settings, system, stream: new)
    shop.extract()
    assert (shop.last().status, shop.last().contract_version) == ("loaded", "1.1.0")
    assert shop.rows(columns="order_id, quantity, amount") == [("a", None, Decimal("1.00"))]


# ---------------------------------------------------------------- not regular files


def test_only_regular_files_are_opened(shop: Shop) -> None:
    secret = shop.land("../../secret.csv", f"{shop.header}\nsecret,Kim,1,1.00,,,,\n")
    (shop.landing / "orders_2017-01-01.csv").symlink_to(secret)
    (shop.landing / "orders_2017-01-02.csv").symlink_to(shop.landing / "nowhere")
    (shop.landing / "orders_2017-01-03.csv").mkdir()
    os.mkfifo(shop.landing / "orders_2017-01-04.csv")
    with socket.socket(socket.AF_UNIX) as server:
        folder = os.getcwd()
        os.chdir(shop.landing)  # a socket's address is short
        server.bind("orders_2017-01-05.csv")
        os.chdir(folder)
    shop.extract()

    assert shop.fates() == [
        ("orders_2017-01-01.csv", "rejected", "it is a symbolic link"),
        ("orders_2017-01-02.csv", "rejected", "it is a symbolic link"),
        ("orders_2017-01-03.csv", "rejected", "it is a folder"),
        ("orders_2017-01-04.csv", "rejected", "it is a pipe"),
        ("orders_2017-01-05.csv", "rejected", "it is a socket"),
    ]
    assert shop.rows() == []
    assert shop.extract()["rows_loaded"] == 0
    assert len(shop.loads()) == 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_is_not_opened(shop: Shop) -> None:
    shop.landing.mkdir(parents=True, exist_ok=True)
    os.mknod(shop.landing / "orders_2017-01-06.csv", 0o600 | 0o020000, os.makedev(1, 5))
    shop.extract()
    assert shop.fates() == [("orders_2017-01-06.csv", "rejected", "it is a device")]


def test_a_hard_link_is_a_file_and_its_second_name_a_duplicate(shop: Shop) -> None:
    file = shop.land_orders("orders_2017-01-01.csv", GOOD)
    (shop.landing / "orders_2017-01-01_r1.csv").hardlink_to(file)
    shop.extract()
    assert [load.status for load in shop.loads()] == ["loaded", "duplicate"]


def test_a_linked_folder_is_not_read(shop: Shop) -> None:
    elsewhere = shop.settings.home / "elsewhere"
    elsewhere.mkdir(parents=True)
    (elsewhere / "orders_2017-01-01.csv").write_text(f"{shop.header}\n{GOOD},,,,\n")
    shop.landing.parent.mkdir()
    shop.landing.symlink_to(elsewhere)
    shop.extract()
    assert shop.loads() == []


# ---------------------------------------------------------------- times


def test_times_are_kept_in_utc_whatever_the_zone_of_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """02:30 never comes in New York on 12 March 2017, 01:30 comes twice on 5 November."""
    from dangol.extract import stream as module

    orders = module.find_stream(shop.settings, "shop", "orders")
    local_format = replace(orders.format, time_zone="America/New_York")
    local_orders = replace(orders, format=local_format)
    monkeypatch.setattr(module, "find_stream", lambda *each: local_orders)
    local = ["01-05T10:00", "03-12T02:30", "07-05T10:00", "11-05T01:30"]
    rows = [f"{number},,1,1.00,,,,2017-{at}:00Z" for number, at in enumerate(local)]
    shop.land_orders("orders_2017-01-05.csv", *rows)
    shop.extract()
    assert [f"{at:%m-%dT%H:%M}" for (at,) in shop.rows(columns="ordered_at")] == [
        "01-05T15:00",
        "03-12T07:30",
        "07-05T14:00",
        "11-05T06:30",
    ]


def test_a_day_that_is_exported_again_is_not_another_part(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "a"}, filePattern=r"rows_{date}_{exported}\.csv")
    assert feed.load("rows_20170105_093015.csv", "a\n1\n").status == "loaded"
    assert feed.load("rows_20170105_110000.csv", "a\n1\n").status == "duplicate"
    again = feed.load("rows_20170105_120000.csv", "a\n1\n2\n")
    assert (again.status, again.contender) == ("refused", "rows_20170105_093015.csv")
    feed.load("rows_20170105_120001_r1.csv", "a\n1\n3\n")
    assert ("rows_20170105_120001_r1.csv", "loaded", "") in feed.fates("rows")
