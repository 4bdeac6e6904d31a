"""Incidents, kind by kind: the file is changed as described, and the correct values are kept."""

import gzip
import unicodedata

import duckdb
import pytest

from simulator.company import DAY_MS, KOREA_AHEAD_MS
from simulator.damage import damage_bytes, damage_form, damage_rows, outage
from simulator.forms import Csv, Lines
from simulator.incidents import KINDS, Incident

DAY = 20_500
BY_NAME = {kind.name: kind for kind in KINDS}
CHOICES = [0, 1, 12_345_678_901_234_567, 2**63 + 77, 2**64 - 1]


def incident(name, system="shopify", choice=CHOICES[2], day=DAY):
    return Incident(system, day, BY_NAME[name], choice)


@pytest.fixture
def connection():
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


def struck(connection, found, query, form=None):
    """Apply an incident to a query's rows; return them by column, and the clean values."""
    connection.execute(f"create or replace temp table exported as {query}")
    columns = [row[0] for row in connection.execute("describe exported").fetchall()]
    happened = damage_rows(connection, columns, form or Csv(), [found])
    rows = connection.execute("select * from exported order by rowid").fetchall()
    assert columns == [row[0] for row in connection.execute("describe exported").fetchall()]
    return happened, [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("choice", CHOICES)
def test_a_share_is_within_its_limits(choice):
    for least, most in ((0.0, 1.0), (0.55, 0.97), (0.2, 0.21)):
        assert least <= incident("truncated", choice=choice).share(least, most) <= most


@pytest.mark.parametrize("choice", CHOICES)
def test_a_truncated_file_is_the_beginning_of_the_whole_one(choice, tmp_path):
    path, content = tmp_path / "file.csv", bytes(range(256)) * 40
    path.write_bytes(content)
    copies, happened = damage_bytes(path, [incident("truncated", choice=choice)], DAY + 9)
    left = path.read_bytes()
    assert content.startswith(left)
    assert 0.5 < len(left) / len(content) < 0.98
    assert (len(copies), len(happened)) == (0, 1)


def test_an_unfinished_file_ends_in_the_middle_only_on_the_last_night(tmp_path):
    path, found = tmp_path / "file.csv", [incident("unfinished")]
    path.write_bytes(bytes(1000))
    assert len(damage_bytes(path, found, DAY + 1)[1]) == 1
    assert path.stat().st_size == 1000
    damage_bytes(path, found, DAY)
    assert path.stat().st_size < 1000


def test_a_file_sent_twice_has_a_copy(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"a")
    copies, happened = damage_bytes(path, [incident("sent_twice")], DAY)
    assert (copies, len(happened)) == ([path], 1)


@pytest.mark.parametrize("packed", [True, False])
def test_hangul_comes_in_its_parts_and_is_the_same_text(packed, tmp_path):
    path, text = tmp_path / "file", "이름,café\n단골\n"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    assert len(damage_bytes(path, [incident("in_nfd")], DAY)[1]) == 1
    content = path.read_bytes()
    told = (gzip.decompress(content) if packed else content).decode()
    assert told != text
    assert unicodedata.normalize("NFC", told) == text
    path.write_bytes(b"plain\n")
    assert damage_bytes(path, [incident("in_nfd")], DAY)[1] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("12000", "1200000"),
        ("0", "0"),
        ("$12.40", "$1240.00"),
        ("-$3.00", "-$300.00"),
        ("₩1,240", "₩124000"),
        ("$1,240.05", "$124005.00"),
        ("", ""),
    ],
)
def test_prices_are_a_hundred_times_what_they_were(right, wrong, connection):
    found = incident("prices_times_100", "square")
    _, (row,) = struck(connection, found, f"select '{right}' as \"Gross Sales\", 1 as other")
    assert row["Gross Sales"] == wrong
    assert row["_clean_Gross Sales"] == (right if right != wrong else None)


def test_whole_numbers_stay_numbers_a_hundred_times_as_large(connection):
    found = incident("prices_times_100", "product_catalogue")
    _, (row,) = struck(connection, found, "select 12500 as price_krw")
    assert (row["price_krw"], row["_clean_price_krw"]) == ("1250000", "12500")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("2026-03-01 08:15:00 +0900", "2026-02-28 23:15:00 +0900"),
        ("2026-03-01T12:00:00Z", "2026-03-01T03:00:00Z"),
        ("", ""),
    ],
)
def test_a_clock_is_nine_hours_off(right, wrong, connection):
    found = incident("clock_nine_hours_off")
    _, (row,) = struck(connection, found, f"select '{right}' as \"Created at\"")
    assert row["Created at"] == wrong
    assert row["_clean_Created at"] == (right if right != wrong else None)


def test_an_unknown_value(connection):
    query = "select 'paid' as \"Financial Status\" from range(70)"
    _, rows = struck(connection, incident("new_value"), query)
    told = [row["Financial Status"] for row in rows]
    assert told.count("authorized") == 10
    assert all(
        (row["_clean_Financial Status"] == "paid") == (row["Financial Status"] == "authorized")
        for row in rows
    )


def test_everyone_is_granted(connection):
    query = "select unnest(['granted', 'withdrawn', null, 'denied']) as status"
    _, rows = struck(connection, incident("all_granted", "consents"), query)
    assert [row["status"] for row in rows] == ["granted", "granted", None, "granted"]
    assert [row["_clean_status"] for row in rows] == [None, "withdrawn", None, "denied"]


def test_a_currency_is_mixed_up(connection):
    query = "select unnest(['KRW', null]) as \"Currency\""
    _, rows = struck(connection, incident("currency_mixed_up"), query)
    assert [(row["Currency"], row["_clean_Currency"]) for row in rows] == [
        ("USD", "KRW"), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES)
def test_two_neighbours_swap_ids(choice, connection):
    found = incident("ids_swapped", "salesforce", choice)
    _, rows = struck(connection, found, "select 'id' || range as \"Id\" from range(9)")
    changed = [place for place, row in enumerate(rows) if row["Id"] != f"id{place}"]
    assert changed == [changed[0], changed[0] + 1]
    assert [rows[place]["Id"] for place in changed] == [f"id{p}" for p in reversed(changed)]
    assert [rows[place]["_clean_Id"] for place in changed] == [f"id{p}" for p in changed]


@pytest.mark.parametrize("choice", CHOICES)
def test_an_outage_is_some_hours_of_the_day_and_the_same_for_all_files(choice, connection):
    found = incident("tracking_outage", "ga4", choice)
    first, last = outage(found)
    midnight = DAY * DAY_MS - KOREA_AHEAD_MS
    assert midnight < first < last < midnight + DAY_MS
    assert 2 <= (last - first) / 3_600_000 <= 8
    every = f"select {midnight} + range * 60000 as _at_ms, range as number from range(1440)"
    happened, rows = struck(connection, found, every, Lines())
    assert len(happened) == 1
    assert [row["number"] for row in rows] == [
        number for number in range(1440) if not first <= midnight + number * 60_000 <= last
    ]
    happened, rows = struck(connection, found, f"{every} limit 10", Lines())
    assert (happened, len(rows)) == ([], 10)


@pytest.mark.parametrize(
    "name", ["column_renamed", "column_added", "columns_reordered", "in_cp949"]
)
@pytest.mark.parametrize("choice", CHOICES)
def test_the_header_is_not_what_it_was_and_the_rows_are(name, choice, connection, tmp_path):
    connection.execute("create temp table exported as select 1 as a, '둘' as b, 3 as c")
    found, before = [incident(name, choice=choice)], ["a", "b", "c"]
    form, columns, happened = damage_form(connection, Csv(), before, found)
    form.write(connection, columns, tmp_path / "file.csv", True)
    content = (tmp_path / "file.csv").read_bytes()
    head, row = content.decode("cp949" if name == "in_cp949" else "utf-8").splitlines()
    told = dict(zip(head.split(","), row.split(","), strict=True))
    assert len(happened) == 1
    assert (head != "a,b,c") == (name != "in_cp949")
    match name:
        case "column_renamed":
            assert len(set(told) - set(before)) == len(set(before) - set(told)) == 1
            assert list(told.values()) == ["1", "둘", "3"]
        case "column_added":
            assert told.pop("remarks") == "-"
            assert told == {"a": "1", "b": "둘", "c": "3"}
        case _:
            assert told == {"a": "1", "b": "둘", "c": "3"}


def test_what_cp949_can_not_encode_is_kept_in_the_truth(connection):
    query = "select unnest(['₩1,000', '단골', 'café', null]) as told, 7 as other"
    happened, rows = struck(connection, incident("in_cp949", "square"), query)
    assert [row["told"] for row in rows] == ["\\1,000", "단골", "caf?", None]
    assert [row["_clean_told"] for row in rows] == ["₩1,000", None, "café", None]
    assert "_clean_other" not in rows[0]
    assert happened == [], "the form tells of it"
    _, rows = struck(connection, incident("in_cp949", "square"), query, Csv(encoding="cp949"))
    assert rows[0]["told"] == "₩1,000"
