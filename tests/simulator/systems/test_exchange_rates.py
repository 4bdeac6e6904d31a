"""Exchange rates: a file each business day, a walk that can be computed for any day."""

import csv
import io
from datetime import date

import duckdb
import numpy as np
import pytest

from simulator.company import Company, day_number
from simulator.systems.exchange_rates import CURRENCIES, is_business_day, won_for
from tests.simulator.golden_files import golden

HEADER = "기준일,통화코드,통화명,매매기준율,전신환 매입률,전신환 매도율"
COMPANY = Company(60, seed=7)


FIRST, LAST, ALONE = date(2026, 2, 27), date(2026, 3, 8), date(2026, 3, 5)


def _rows(world):
    text = world.text("exchange_rates", f"exchange_rates_{ALONE}.csv", FIRST, LAST, customers=60)
    return text.splitlines()[0], list(csv.reader(io.StringIO(text)))[1:]


def test_there_is_a_file_each_business_day_and_none_on_others(world):
    # the 1st is a Sunday and a holiday, so the 2nd is a substitute holiday
    folder, _ = world.write("exchange_rates", FIRST, LAST, customers=60)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"exchange_rates_{day}.csv"
        for day in ("2026-02-27", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06")
    ]


def test_the_header_is_ours(world):
    assert _rows(world)[0] == HEADER


def test_the_unit_is_in_the_code(world):
    codes = [row[1] for row in _rows(world)[1]]
    assert codes == list(CURRENCIES["code"])
    assert [code for code in codes if "(" in code] == ["JPY(100)", "VND(100)", "IDR(100)"]


def test_rates_have_two_decimals_and_commas(world):
    for row in _rows(world)[1]:
        for text in row[3:]:
            assert text == f"{float(text.replace(',', '')):,.2f}"


def test_a_bank_gives_less_than_it_takes(world):
    for row in _rows(world)[1]:
        middle, gives, takes = (float(text.replace(",", "")) for text in row[3:])
        assert gives == pytest.approx(middle * 0.99, abs=0.006)
        assert takes == pytest.approx(middle * 1.01, abs=0.006)


def test_a_rate_is_that_of_the_function_which_other_systems_use(world):
    rows = _rows(world)[1]
    assert [float(row[3].replace(",", "")) for row in rows] == [
        won_for(COMPANY, code, day_number(ALONE)) for code in CURRENCIES["code"]
    ]


@pytest.mark.parametrize("code", ["USD", "JPY(100)", "EUR"])
def test_a_rate_moves_as_rates_do(code):
    """By less than half a per cent on most days, and by a few per cent in a year."""
    rates = np.log([won_for(COMPANY, code, day) for day in range(20_000, 21_000)])
    assert 0.002 < np.diff(rates).std() < 0.008
    assert np.abs(np.diff(rates)).max() < 0.04
    assert 0.02 < rates.std() < 0.20


def test_worlds_differ():
    day = day_number(date(2026, 3, 9))
    assert won_for(COMPANY, "USD", day) != won_for(Company(60, seed=8), "USD", day)
    assert won_for(COMPANY, "USD", day) == won_for(Company(9_000, seed=7), "USD", day)


def test_banks_are_closed_on_weekends_and_holidays():
    closed = [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 2), date(2026, 9, 25)]
    assert [is_business_day(day) for day in (*closed, date(2026, 3, 9))] == [False] * 4 + [True]


def test_rows_are_linked_to_their_currencies(world):
    _, truth = world.write("exchange_rates", FIRST, LAST, customers=60)
    rows = duckdb.sql(
        f"select person, key from '{truth}/records/{ALONE}.parquet' order by row"
    ).fetchall()
    assert rows == [(None, code) for code in CURRENCIES["code"]]


def test_a_day_alone_is_the_day_within_a_week(world):
    name = f"exchange_rates_{ALONE}.csv"
    within, _ = world.write("exchange_rates", FIRST, LAST, customers=60)
    alone, _ = world.write("exchange_rates", ALONE, None, customers=60, seed=7)
    assert (alone / name).read_bytes() == (within / name).read_bytes()


def test_the_golden_file(world):
    golden(world, "exchange_rates", f"exchange_rates_{ALONE}.csv", ALONE)
