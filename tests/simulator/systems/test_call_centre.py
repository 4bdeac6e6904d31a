import csv
import io
import json
import re
from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 15)
CUSTOMERS = 4000
GOLDEN_FILES = {"calls_2026-03-25.csv": date(2026, 3, 25)}
HEADER = (
    "call_id,started_at,ended_at,queue,agent,caller_number,customer_number,reason_code,summary,"
    "is_resolved"
)


def content(world, day, first=None, last=None):
    folder, _ = world.write("call_centre", first or day, last, customers=CUSTOMERS)
    return (folder / f"calls_{day}.csv").read_bytes()


def days():
    return [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def files(world):
    return {day: content(world, day, FIRST, LAST) for day in days()}


@pytest.fixture(scope="module")
def rows(files):
    return [
        row | {"day": day, "row": number}
        for day, file in files.items()
        for number, row in enumerate(csv.DictReader(io.StringIO(file.decode("cp949"))), 1)
    ]


@pytest.fixture(scope="module")
def truth(world):
    return world.write("call_centre", FIRST, LAST, customers=CUSTOMERS)[1]


def test_the_file_is_that_of_an_old_windows_machine(files):
    for file in files.values():
        assert file.decode("cp949").split("\r\n")[0] == HEADER
        assert file.count(b"\n") == file.count(b"\r\n")
        assert "?" not in file.decode("cp949")
    with pytest.raises(UnicodeDecodeError):
        max(files.values(), key=len).decode("utf-8")


def test_calls_are_numbered_by_day_and_time(files, rows):
    for day in files:
        mine = [row for row in rows if row["day"] == day]
        assert [row["call_id"] for row in mine] == [
            f"C{day:%Y%m%d}-{number:05}" for number in range(1, len(mine) + 1)
        ]
        assert mine == sorted(mine, key=lambda row: (row["started_at"], row["call_id"]))


def test_times_are_local_and_of_the_day(rows):
    for row in rows:
        started = datetime.strptime(row["started_at"], "%Y-%m-%d %H:%M:%S")
        ended = datetime.strptime(row["ended_at"], "%Y-%m-%d %H:%M:%S")
        assert started.date() == row["day"]
        assert timedelta(seconds=4) < ended - started < timedelta(minutes=32)
        assert (row["queue"] == "야간ARS") == (not 9 <= started.hour < 21)


def test_the_exchange_sees_digits_or_nothing(rows):
    numbers = [row["caller_number"] for row in rows]
    assert all(re.fullmatch(r"(010\d{8}|1\d{3}555\d{4})?", number) for number in numbers)
    assert 0 < sum(not number for number in numbers) < len(numbers) / 3


def test_some_callers_are_found_out(rows):
    numbers = [row["customer_number"] for row in rows]
    assert all(re.fullmatch(r"(721\d{10}|DM\d{9})?", number) for number in numbers)
    assert {number[:2] for number in numbers} == {"", "72", "DM"}
    identified = sum(map(bool, numbers)) / len(numbers)
    assert 0.3 < identified < 0.85


def test_a_call_that_nobody_took_has_no_agent_and_no_reason(rows):
    for row in rows:
        unheard = not row["agent"]
        assert unheard == (not row["reason_code"])
        if unheard:
            assert row["is_resolved"] == "N"
            assert not row["customer_number"]
            assert row["summary"] in {"", "야간 자동응답, 회신 요청"}
        else:
            assert re.fullmatch(r"A12\d\d", row["agent"])
            assert re.fullmatch(r"[DQPSARKTX]\d\d", row["reason_code"])
            assert row["is_resolved"] in {"Y", "N"}


def test_the_truth_knows_who_called_and_what_about(rows, truth):
    letters = {
        **{"delivery": "D", "quality": "Q", "price": "P", "staff": "ST", "app": "A"},
        **{"refund": "R", "packaging": "K"},
    }
    records = {
        (file, number): (person, key)
        for file, number, person, key in duckdb.sql(
            f"select file, row, person, key from '{truth}/records/*.parquet'"
        ).fetchall()
    }
    assert len(records) == len(rows)
    for row in rows:
        person, key = records[f"calls_{row['day']}.csv", row["row"]]
        if row["reason_code"] == "X01":
            assert (person, key) == (None, None)
        elif row["reason_code"]:
            assert person >= 0
            assert row["reason_code"][0] in letters[json.loads(key)["topic"]]


def test_a_number_typed_wrong_is_noted_with_the_right_one(rows, truth):
    mistakes = duckdb.sql(
        f"select file, row, name, clean from '{truth}/mistakes/*.parquet'"
    ).fetchall()
    by_place = {(f"calls_{row['day']}.csv", row["row"]): row for row in rows}
    for file, number, name, clean in mistakes:
        assert name == "customer_number"
        wrong = by_place[file, number]["customer_number"]
        assert wrong != clean
        assert sorted(wrong) == sorted(clean)


def test_the_day_alone_has_the_bytes_of_the_day_in_its_weeks(world, files):
    assert content(world, date(2026, 3, 9)) == files[date(2026, 3, 9)]


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_the_one_that_was_read(world, name):
    golden(world, "call_centre", name, GOLDEN_FILES[name], customers=600)
