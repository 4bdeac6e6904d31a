"""Kakao Moment: a byte order mark, two lines before the header, purchases of seven days."""

import csv
import io
from datetime import date, timedelta

import duckdb
import numpy as np

from simulator.company import Company, day_number
from simulator.world.campaigns import budget
from tests.simulator.golden_files import golden

HEADER = (
    "캠페인 이름,캠페인 유형,캠페인 목표,일,비용,노출수,클릭수,클릭률,도달수,"
    "구매 (7일),구매금액 (7일)"
)

FIRST, LAST = date(2026, 3, 8), date(2026, 3, 23)
ALONE, PAUSED = date(2026, 3, 12), date(2026, 3, 16)
DAYS = [FIRST + timedelta(days=number) for number in range(16)]


def _text(world, day):
    folder, _ = world.write("kakao_ads", FIRST, LAST)
    return (folder / f"kakao_moment_report_{day}.csv").read_bytes()


def _rows(world, day):
    lines = io.StringIO(_text(world, day).decode("utf-8-sig"), newline="")
    next(lines)
    next(lines)
    return list(csv.DictReader(lines))


def test_the_file_begins_with_a_byte_order_mark(world, monday):
    assert _text(world, monday).startswith(b"\xef\xbb\xbf\xeb\xb3\xb4")


def test_two_lines_come_before_the_header(world, monday):
    lines = _text(world, monday).decode("utf-8-sig").split("\r\n")
    assert lines[:3] == [
        "보고서명,단골마트 캠페인 일별",
        "기간,2026.03.09 ~ 2026.03.09",
        HEADER,
    ]
    assert lines[-1] == ""
    assert len(lines) == 7


def test_dates_have_no_dot_after_the_day(world, monday):
    assert {row["일"] for row in _rows(world, monday)} == {"2026.03.09"}


def test_numbers_fit_each_other(world):
    for day in DAYS:
        for row in _rows(world, day):
            seen, clicks, reach = (int(row[name]) for name in ("노출수", "클릭수", "도달수"))
            assert clicks <= seen
            assert reach <= seen
            assert row["클릭률"].endswith("%")
            rate = 100 * clicks / seen if seen else 0.0
            assert abs(float(row["클릭률"][:-1]) - rate) < 0.006
            assert (int(row["구매금액 (7일)"]) > 0) == (int(row["구매 (7일)"]) > 0)


def test_a_pause_is_a_row_of_zeros(world):
    company = Company(1500, seed=7)
    assert budget(company, "kakao_ads", np.asarray(day_number(PAUSED))) == 0
    rows = _rows(world, PAUSED)
    assert len(rows) == 3
    for row in rows:
        assert list(row.values())[4:] == ["0", "0", "0", "0.00%", "0", "0", "0"]


def test_rows_are_linked_to_their_campaigns_and_to_no_person(world, monday):
    _, truth = world.write("kakao_ads", FIRST, LAST)
    rows = duckdb.sql(
        f"select person, key from '{truth}/records/{monday}.parquet' order by row"
    ).fetchall()
    assert rows == [
        (None, "kakao_ads 20113000009"),
        (None, "kakao_ads 20113007928"),
        (None, "kakao_ads 20113015847"),
    ]


def test_a_day_alone_is_the_day_within_two_weeks(world):
    alone, _ = world.write("kakao_ads", ALONE, None, customers=1500, seed=7)
    assert [path.read_bytes() for path in alone.iterdir()] == [_text(world, ALONE)]


def test_the_golden_file(world):
    golden(world, "kakao_ads", f"kakao_moment_report_{ALONE}.csv", ALONE, customers=1500)
