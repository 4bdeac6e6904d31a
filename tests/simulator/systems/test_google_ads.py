"""Google Ads by reference 3.12: two leading lines, thousands, totals, dashes, two languages."""

import csv
import io
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from simulator.company import Company, day_number
from simulator.systems.exchange_rates import won_for
from simulator.world.campaigns import budget
from tests.simulator.golden_files import golden

HEADER = "Day,Campaign,Campaign ID,Currency code,Cost,Impr.,Clicks,Conversions,Conv. value"
KOREAN_HEADER = "일,캠페인 ID,캠페인,노출수,클릭수,통화 코드,비용,전환수,전환 가치"
COMPANY = Company(1500, seed=7)

FIRST, LAST = date(2026, 3, 8), date(2026, 3, 23)
ALONE, PAUSED = date(2026, 3, 16), date(2026, 3, 23)


def _lines(world, day, kind=""):
    return world.text("google_ads", f"campaign_report{kind}_{day}.csv", FIRST, LAST).splitlines()


def _rows(lines):
    return list(csv.reader(io.StringIO("\n".join(lines))))


def _number(text):
    return float(text.replace(",", ""))


def _alone(world):
    return world.write("google_ads", ALONE, None, customers=1500, seed=7)


def test_two_lines_come_before_the_header(world, monday):
    assert _lines(world, monday)[:3] == [
        "Campaign report",
        '"March 9, 2026 - March 9, 2026"',
        HEADER,
    ]


def test_the_korean_account_has_korean_words_every_night_in_another_order(world, monday):
    for day in (monday, monday + timedelta(days=1)):
        said = f"2026년 3월 {day.day}일"
        lines = _lines(world, day, "_kr")
        assert lines[:3] == ["캠페인 보고서", f"{said} - {said}", KOREAN_HEADER]
        assert lines[-1].startswith("전체: 계정,--,--,")


def test_every_row_is_of_the_day(world, monday):
    rows = _rows(_lines(world, monday)[3:-1])
    assert {row[0] for row in rows} == {"2026-03-09"}


def test_thousands_have_commas_in_quotes(world, monday):
    lines = _lines(world, monday)
    # in the total if nowhere else
    assert '","' in lines[-1]
    for row in _rows(lines[3:]):
        for text in row[4:7]:
            assert text == f"{_number(text):,.{2 if '.' in text else 0}f}"


def test_two_currencies_are_in_one_file(world, monday):
    rows = _rows(_lines(world, monday)[3:-1])
    assert [row[3] for row in rows] == ["KRW", "KRW", "USD"]
    # a won has no hundredths, a dollar has
    assert ["." in row[4] for row in rows] == [False, False, True]


def test_a_name_can_contain_a_comma(world, monday):
    assert '"Duty free, travellers | Search | EN"' in _lines(world, monday)[5]


def test_the_last_row_is_the_account_in_won(world, monday):
    lines = _lines(world, monday)
    *rows, total = _rows(lines[3:])
    assert total[:4] == ["Total: Account", "--", "--", "KRW"]
    assert total[-1] == "--"
    assert len(total) == 9
    dollar = won_for(COMPANY, "USD", day_number(monday))
    won = sum(
        _number(row[4]) if row[3] == "KRW" else round(_number(row[4]) * dollar) for row in rows
    )
    assert _number(total[4]) == won
    for column in (5, 6, 7):
        assert _number(total[column]) == pytest.approx(sum(_number(row[column]) for row in rows))


def test_a_missing_number_is_two_dashes(world, monday):
    rows = _rows(_lines(world, monday)[3:-1])
    assert [row[8] == "--" for row in rows] == [False, False, True]


def test_conversions_have_two_decimals_that_are_not_zeros(world, monday):
    days = [monday + timedelta(days=number) for number in range(14)]
    rows = [row for day in days for row in _rows(_lines(world, day)[3:-1])]
    found = [row[7] for row in rows if row[3] == "KRW"]
    assert all(text[-3] == "." for text in found)
    assert any(not text.endswith(".00") for text in found)


def test_accounts_divide_the_campaigns(world, monday):
    english = {row[1] for row in _rows(_lines(world, monday)[3:-1])}
    korean = {row[2] for row in _rows(_lines(world, monday, "_kr")[3:-1])}
    assert english == {
        "Brand | Search | KR",
        "Prospecting | Search | KR",
        "Duty free, travellers | Search | EN",
    }
    assert korean == {"Retargeting | Search | KR"}


def test_a_paused_campaign_has_no_row(world):
    assert budget(COMPANY, "google_ads", np.asarray(day_number(PAUSED))) == 0
    assert [row[3] for row in _rows(_lines(world, PAUSED)[3:-1])] == ["USD"]
    assert _lines(world, PAUSED, "_kr")[3:] == ["전체: 계정,--,--,0,0,KRW,0,0.00,--"]


def test_rows_are_linked_to_their_campaigns_and_to_no_person(world, monday):
    _, truth = world.write("google_ads", FIRST, LAST)
    rows = duckdb.sql(
        f"select file, row, person, key from '{truth}/records/{monday}.parquet' order by file, row"
    ).fetchall()
    english, korean = f"campaign_report_{monday}.csv", f"campaign_report_kr_{monday}.csv"
    assert rows == [
        (english, 1, None, "google_ads 20110000000"),
        (english, 2, None, "google_ads 20110007919"),
        (english, 3, None, "google_ads 20990000017"),
        (korean, 1, None, "google_ads 20110015838"),
    ]


def test_a_day_alone_is_the_day_within_two_weeks(world):
    within, _ = world.write("google_ads", FIRST, LAST)
    alone, _ = _alone(world)
    assert len(list(alone.iterdir())) == 2
    for path in alone.iterdir():
        assert path.read_bytes() == (within / path.name).read_bytes()


@pytest.mark.parametrize("kind", ["", "_kr"])
def test_the_golden_files(world, kind):
    golden(world, "google_ads", f"campaign_report{kind}_{ALONE}.csv", ALONE, customers=1500)
