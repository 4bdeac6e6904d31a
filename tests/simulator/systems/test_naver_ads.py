"""Naver search ads: CP949, a title before the header, dates with dots, costs with tax."""

import csv
import io
from datetime import date, timedelta

import duckdb
import numpy as np

from simulator.company import Company, day_number
from simulator.world.campaigns import budget
from tests.simulator.golden_files import golden

HEADER = [
    *("일별", "캠페인유형", "캠페인", "노출수", "클릭수", "클릭률(%)"),
    *("평균클릭비용(VAT포함,원)", "총비용(VAT포함,원)"),
    *("총 전환수", "직접전환수", "간접전환수", "총 전환매출액(원)"),
]

FIRST, LAST = date(2026, 3, 8), date(2026, 3, 23)
ALONE, PAUSED = date(2026, 3, 14), date(2026, 3, 8)
DAYS = [FIRST + timedelta(days=number) for number in range(16)]


def _content(world, day):
    folder, _ = world.write("naver_ads", FIRST, LAST)
    return (folder / f"naver_campaign_report_{day}.csv").read_bytes()


def _rows(world, day):
    lines = io.StringIO(_content(world, day).decode("cp949"), newline="")
    next(lines)
    return list(csv.DictReader(lines))


def test_the_file_is_cp949_with_the_line_ends_of_windows(world, monday):
    content = _content(world, monday)
    text = content.decode("cp949")
    assert text.encode("cp949") == content
    assert text.count("\r\n") == text.count("\n") == 5


def test_it_is_not_utf_8(world, monday):
    content = _content(world, monday)
    assert content.decode("utf-8", "replace").count("\ufffd") > 10


def test_a_title_comes_before_the_header(world, monday):
    title, header, *_ = _content(world, monday).decode("cp949").splitlines()
    assert title == '"캠페인보고서(2026.03.09.~2026.03.09.),dangolmart"'
    assert next(csv.reader([header])) == HEADER
    # columns whose names contain commas are quoted
    assert '"평균클릭비용(VAT포함,원)","총비용(VAT포함,원)"' in header


def test_dates_have_a_dot_after_the_day(world, monday):
    assert {row["일별"] for row in _rows(world, monday)} == {"2026.03.09."}


def test_the_average_is_of_the_cost_with_tax(world, monday):
    for row in _rows(world, monday):
        average = int(row["총비용(VAT포함,원)"]) / int(row["클릭수"])
        assert abs(int(row["평균클릭비용(VAT포함,원)"]) - average) <= 0.5
        rate = 100 * int(row["클릭수"]) / int(row["노출수"])
        assert abs(float(row["클릭률(%)"]) - rate) < 0.006


def test_conversions_are_direct_ones_and_indirect_ones(world):
    kinds = set()
    for day in DAYS:
        for row in _rows(world, day):
            every, direct, indirect = (
                int(row[name]) for name in ("총 전환수", "직접전환수", "간접전환수")
            )
            assert every == direct + indirect
            assert (int(row["총 전환매출액(원)"]) > 0) == (every > 0)
            kinds |= {name for name, count in (("direct", direct), ("more", indirect)) if count}
    assert kinds == {"direct", "more"}


def test_a_pause_is_a_row_of_zeros(world):
    company = Company(1500, seed=7)
    assert budget(company, "naver_ads", np.asarray(day_number(PAUSED))) == 0
    rows = _rows(world, PAUSED)
    assert len(rows) == 3
    for row in rows:
        assert {float(row[name]) for name in HEADER[3:]} == {0.0}


def test_rows_are_linked_to_their_campaigns_and_to_no_person(world, monday):
    _, truth = world.write("naver_ads", FIRST, LAST)
    rows = duckdb.sql(
        f"select person, key from '{truth}/records/{monday}.parquet' order by row"
    ).fetchall()
    assert rows == [
        (None, "naver_ads 20112000006"),
        (None, "naver_ads 20112007925"),
        (None, "naver_ads 20112015844"),
    ]


def test_a_day_alone_is_the_day_within_two_weeks(world):
    alone, _ = world.write("naver_ads", ALONE, None, customers=1500, seed=7)
    assert [path.read_bytes() for path in alone.iterdir()] == [_content(world, ALONE)]


def test_the_golden_file(world):
    golden(world, "naver_ads", f"naver_campaign_report_{ALONE}.csv", ALONE, customers=1500)
