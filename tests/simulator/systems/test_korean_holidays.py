"""Holidays: two years of them on the first of each month, in two languages."""

import csv
import io
from datetime import date

import duckdb
import holidays

from simulator.world.seasons import feast_days
from tests.simulator.golden_files import golden

FIRST = date(2026, 3, 1)
SPAN = date(2026, 2, 27), date(2026, 3, 3)


def _rows(world):
    text = world.text("korean_holidays", f"korean_holidays_{FIRST}.csv", *SPAN, customers=60)
    return list(csv.DictReader(io.StringIO(text)))


def test_there_is_a_file_only_on_the_first_of_a_month(world):
    folder, _ = world.write("korean_holidays", *SPAN, customers=60)
    assert [path.name for path in folder.iterdir()] == ["korean_holidays_2026-03-01.csv"]


def test_the_header_is_ours(world):
    assert list(_rows(world)[0]) == ["date", "name_korean", "name_english", "is_substitute"]


def test_it_contains_this_year_and_the_next(world):
    days = [row["date"] for row in _rows(world)]
    assert days == sorted(set(days))
    assert {day[:4] for day in days} == {"2026", "2027"}


def test_the_days_are_the_packages(world):
    listed = holidays.country_holidays("KR", years=(2026, 2027))
    assert {date.fromisoformat(row["date"]) for row in _rows(world)} == set(listed)


def test_the_holidays_match_the_companys_calendar(world):
    named = {
        date.fromisoformat(row["date"])
        for row in _rows(world)
        if row["name_korean"] in ("설날", "추석")
    }
    assert named == {*feast_days(2026), *feast_days(2027)}


def test_a_substitute_names_its_holiday(world):
    rows = [row for row in _rows(world) if row["is_substitute"] == "true"]
    assert {
        "date": "2026-03-02",
        "name_korean": "삼일절 대체 휴일",
        "name_english": "Alternative holiday for Independence Movement Day",
        "is_substitute": "true",
    } in rows
    assert all(row["name_english"].startswith("Alternative holiday for ") for row in rows)


def test_rows_are_linked_to_their_days(world):
    _, truth = world.write("korean_holidays", *SPAN, customers=60)
    rows = duckdb.sql(
        f"select person, key from '{truth}/records/{FIRST}.parquet' order by row"
    ).fetchall()
    assert rows == [(None, row["date"]) for row in _rows(world)]


def test_a_day_alone_is_the_day_within_a_span(world):
    name = f"korean_holidays_{FIRST}.csv"
    within, _ = world.write("korean_holidays", *SPAN, customers=60)
    alone, _ = world.write("korean_holidays", FIRST, None, customers=60, seed=7)
    assert (alone / name).read_bytes() == (within / name).read_bytes()


def test_the_golden_file(world):
    golden(world, "korean_holidays", f"korean_holidays_{FIRST}.csv", FIRST)
