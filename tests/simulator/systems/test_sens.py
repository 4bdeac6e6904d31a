import csv
import io
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.simulator.golden_files import golden

HEADER = (
    "requestId,messageId,requestTime,completeTime,plusFriendId,templateCode,countryCode,to,"
    "content,requestStatusCode,requestStatusName,requestStatusDesc,messageStatusCode,"
    "messageStatusName,messageStatusDesc"
)

RESULTS = {
    ("0000", "success", "성공"),
    ("3018", "fail", "메시지를 전송할 수 없음"),
    ("3019", "fail", "톡 유저가 아님"),
    ("3020", "fail", "알림톡 수신 차단"),
    ("", "processing", ""),
}

CUSTOMERS = 4000

GOLDEN_FILES = {
    # one undeliverable, one without a result yet
    "alimtalk_2026-03-25.csv": date(2026, 3, 25),
    "alimtalk_2026-04-13.csv": date(2026, 4, 13),
}


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def folders(world, monday):
    return world.write("sens", monday, monday + timedelta(days=13), customers=CUSTOMERS)


@pytest.fixture(scope="module")
def week(folders):
    """The rows of two weeks, by their date."""
    return {
        date.fromisoformat(path.stem[-10:]): rows_of(path.read_text(encoding="utf-8"))
        for path in sorted(folders[0].iterdir())
    }


@pytest.fixture(scope="module")
def rows(week):
    return [row for rows in week.values() for row in rows]


@pytest.fixture(scope="module")
def orders(world, monday):
    """The first lines of the shop's orders, from the last file about them."""
    folder, _ = world.write("shopify", monday, monday + timedelta(days=13), customers=CUSTOMERS)
    found = {}
    for path in sorted(folder.glob("orders_export_*.csv")):
        for row in rows_of(path.read_text(encoding="utf-8-sig")):
            if row["Total"]:
                found[row["Name"]] = row
    return found


def order_of(row):
    return re.search(r"주문번호: (#\d+)", row["content"]).group(1)


def test_header(folders, monday):
    text = (folders[0] / f"alimtalk_{monday}.csv").read_text(encoding="utf-8")

    assert text.split("\n")[0] == HEADER


def test_one_file_a_night(week, monday):
    assert list(week) == [monday + timedelta(days=number) for number in range(14)]


def test_content_has_several_lines(rows):
    for row in rows:
        first, empty, *others = row["content"].split("\n")
        assert first.startswith("[단골마트] ")
        assert empty == ""
        assert len(others) == 3


def test_messages_about_orders_are_no_advertisements(rows):
    assert not [row for row in rows if "광고" in row["content"] or "수신거부" in row["content"]]
    # so they may be sent at night
    assert {datetime.fromisoformat(row["requestTime"]).hour for row in rows} >= {23, 0}


def test_times_are_korean_and_of_the_day(week):
    for day, rows in week.items():
        times = [row["requestTime"] for row in rows]
        assert times == sorted(times)
        for row in rows:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", row["requestTime"])
            asked = datetime.fromisoformat(row["requestTime"])
            assert asked.date() == day
            if row["completeTime"]:
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", row["completeTime"])
                taken = datetime.fromisoformat(row["completeTime"]) - asked
                assert timedelta(0) <= taken < timedelta(seconds=7)


def test_numbers_have_no_country_code(rows):
    for row in rows:
        form = r"010[01]\d{7}" if row["countryCode"] == "82" else r"\d{3}555\d{4}"
        assert re.fullmatch(form, row["to"])
    assert {row["countryCode"] for row in rows} == {"82", "1"}


def test_results_are_kakaos(rows):
    found = Counter(
        (row["messageStatusCode"], row["messageStatusName"], row["messageStatusDesc"])
        for row in rows
    )

    assert set(found) == RESULTS
    assert 0.94 < found["0000", "success", "성공"] / len(rows) < 0.99
    for row in rows:
        assert (row["requestStatusCode"], row["requestStatusName"]) == ("A000", "success")
        assert (row["completeTime"] == "") == (row["messageStatusName"] == "processing")


def test_the_shops_orders_are_confirmed(rows, orders):
    received = {order_of(row): row for row in rows if row["templateCode"] == "orderReceived"}

    kept = {name for name, order in orders.items() if not order["Cancelled at"]}
    first = min(row["requestTime"] for row in rows)[:10]
    new = {name for name in kept if orders[name]["Created at"] >= first}
    late = {name for name in new if orders[name]["Created at"][11:19] > "23:59:30"}
    assert new - late <= set(received) <= new
    for name, row in received.items():
        amount = re.search(r"결제금액: ([\d,]+)원", row["content"]).group(1)
        assert amount.replace(",", "") == orders[name]["Total"]
        created = datetime.strptime(orders[name]["Created at"][:19], "%Y-%m-%d %H:%M:%S")
        waited = datetime.fromisoformat(row["requestTime"]) - created
        assert timedelta(seconds=1) < waited < timedelta(seconds=25)


def test_goods_are_announced_when_the_shop_has_sent_them(rows, orders):
    sent = [row for row in rows if row["templateCode"] == "orderShipped"]
    checked = 0

    for row in sent:
        order = orders.get(order_of(row))
        if order and order["Fulfilled at"]:
            fulfilled = datetime.strptime(order["Fulfilled at"][:19], "%Y-%m-%d %H:%M:%S")
            waited = datetime.fromisoformat(row["requestTime"]) - fulfilled
            assert timedelta(seconds=59) < waited < timedelta(minutes=22)
            checked += 1
        assert re.search(r"운송장번호: \d{12}$", row["content"])
    assert checked > 5
    counts = Counter(order_of(row) for row in sent)
    assert set(counts.values()) == {1}
    # a few days after the order, so about as many
    assert 0.8 < len(sent) / (len(rows) - len(sent)) < 1.2


def test_ids_are_unique(rows):
    assert len({row["messageId"] for row in rows}) == len(rows)
    assert len({row["requestId"] for row in rows}) == len(rows)


def test_the_truth_knows_buyer_and_order(folders, week):
    for day, rows in week.items():
        truth = duckdb.sql(
            f"select person, key from '{folders[1]}/records/{day}.parquet' order by row"
        ).fetchall()
        true_orders = dict(
            duckdb.sql(
                "select visit_id, person from "
                f"read_parquet('{folders[1]}/orders/*.parquet', union_by_name = true)"
            ).fetchall()
        )
        assert len(truth) == len(rows)
        for (person, key), row in zip(truth, rows, strict=True):
            visit, what = key.split(" ")
            assert true_orders.get(int(visit), person) == person
            assert (
                what == {"orderReceived": "received", "orderShipped": "sent"}[row["templateCode"]]
            )


def test_a_number_belongs_to_few_people(folders, week):
    people = defaultdict(set)
    for day, rows in week.items():
        truth = duckdb.sql(
            f"select person from '{folders[1]}/records/{day}.parquet' order by row"
        ).fetchall()
        for (person,), row in zip(truth, rows, strict=True):
            people[row["countryCode"], row["to"]].add(person)
    assert max(map(len, people.values())) <= 4


def test_a_day_alone_is_the_day_in_the_span(world, folders, monday):
    day = monday + timedelta(days=3)
    folder, truth = world.write("sens", day, customers=CUSTOMERS)
    name, records = f"alimtalk_{day}.csv", f"records/{day}.parquet"

    assert (folder / name).read_bytes() == (folders[0] / name).read_bytes()
    assert (
        duckdb.sql(f"select * from '{truth / records}' order by all").fetchall()
        == duckdb.sql(f"select * from '{folders[1] / records}' order by all").fetchall()
    )


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_golden_files(world, name):
    golden(world, "sens", name, GOLDEN_FILES[name], customers=300)
