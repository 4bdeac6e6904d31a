"""Meta Ads by reference 3.13: the currency in the header, an account without days."""

import csv
import io
import re
from datetime import date, timedelta

import duckdb
import numpy as np

from simulator.company import Company, day_number
from simulator.world.campaigns import budget
from tests.simulator.golden_files import golden

REFERENCE = (
    "Campaign name,Day,Impressions,Amount spent (KRW),Link clicks,Purchases,"
    "Purchases conversion value,Purchase ROAS,Reporting starts,Reporting ends"
)
HEADER = f"{REFERENCE},Campaign ID,Reach,Clicks (all),Results,Cost per result"
DUTY_FREE_HEADER = (
    "Campaign name,Campaign ID,Reach,Impressions,Amount spent (USD),Link clicks,Purchases,"
    "Reporting starts,Reporting ends"
)


FIRST, LAST = date(2026, 3, 8), date(2026, 3, 23)
ALONE, PAUSED = date(2026, 3, 13), date(2026, 3, 16)
DAYS = [FIRST + timedelta(days=number) for number in range(16)]


def _rows(world, day, kind=""):
    text = world.text("meta_ads", f"{kind}campaigns_{day}.csv", FIRST, LAST)
    return text.splitlines()[0], list(csv.DictReader(io.StringIO(text)))


def test_the_header_is_the_references_and_more(world, monday):
    assert _rows(world, monday)[0] == HEADER


def test_the_currency_is_only_in_the_header(world, monday):
    for kind, currency in (("", "KRW"), ("duty_free_", "USD")):
        header, rows = _rows(world, monday, kind)
        assert re.findall(r"Amount spent \(([A-Z]{3})\)", header) == [currency]
        assert currency not in "".join("".join(row.values()) for row in rows)


def test_the_other_account_has_no_days_but_starts_and_ends(world, monday):
    header, rows = _rows(world, monday, "duty_free_")
    assert header == DUTY_FREE_HEADER
    assert [(row["Reporting starts"], row["Reporting ends"]) for row in rows] == [
        ("2026-03-09", "2026-03-09")
    ]


def test_a_won_has_no_hundredths_and_a_dollar_has(world, monday):
    (row,) = _rows(world, monday, "duty_free_")[1]
    assert re.fullmatch(r"\d+\.\d{2}", row["Amount spent (USD)"])
    for row in _rows(world, monday)[1]:
        assert re.fullmatch(r"\d+", row["Amount spent (KRW)"])


def test_a_zero_is_empty(world):
    seen = set()
    for day in DAYS:
        for row in _rows(world, day)[1]:
            without = [
                row[name] == ""
                for name in ("Purchases", "Purchases conversion value", "Purchase ROAS", "Results")
            ]
            assert len(set(without)) == 1
            assert (row["Cost per result"] == "") == without[0]
            seen.add(without[0])
            assert "0" not in (row["Purchases"], row["Link clicks"])
    assert seen == {True, False}


def test_numbers_fit_each_other(world):
    for day in DAYS:
        for row in _rows(world, day)[1]:
            spent = int(row["Amount spent (KRW)"])
            assert int(row["Link clicks"]) <= int(row["Clicks (all)"])
            assert int(row["Reach"]) <= int(row["Impressions"])
            if row["Purchases"]:
                value = int(row["Purchases conversion value"])
                assert float(row["Purchase ROAS"]) == round(value / spent, 6)
                assert float(row["Cost per result"]) == round(spent / int(row["Purchases"]), 2)
                assert row["Results"] == row["Purchases"]


def test_rows_are_of_the_day_on_every_date(world, monday):
    for row in _rows(world, monday)[1]:
        dates = {row["Day"], row["Reporting starts"], row["Reporting ends"]}
        assert dates == {"2026-03-09"}


def test_ids_are_long_and_the_same_each_day(world):
    ids = {tuple(row["Campaign ID"] for row in _rows(world, day)[1]) for day in DAYS}
    assert ids == {(), ("23851020111000003", "23851020111007922", "23851020111015841")}


def test_a_pause_is_a_file_with_only_a_header(world):
    company = Company(1500, seed=7)
    assert budget(company, "meta_ads", np.asarray(day_number(PAUSED))) == 0
    assert world.text("meta_ads", f"campaigns_{PAUSED}.csv", FIRST, LAST) == HEADER + "\n"
    assert len(_rows(world, PAUSED, "duty_free_")[1]) == 1


def test_rows_are_linked_to_their_campaigns_and_to_no_person(world, monday):
    _, truth = world.write("meta_ads", FIRST, LAST)
    rows = duckdb.sql(
        f"select person, key from '{truth}/records/{monday}.parquet' order by file, row"
    ).fetchall()
    assert rows == [
        (None, "meta_ads 20111000003"),
        (None, "meta_ads 20111007922"),
        (None, "meta_ads 20111015841"),
        (None, "meta_ads 23850000000170017"),
    ]


def test_a_day_alone_is_the_day_within_two_weeks(world):
    within, _ = world.write("meta_ads", FIRST, LAST)
    alone, _ = world.write("meta_ads", ALONE, None, customers=1500, seed=7)
    assert len(list(alone.iterdir())) == 2
    for path in alone.iterdir():
        assert path.read_bytes() == (within / path.name).read_bytes()


def test_the_golden_files(world):
    for kind in ("", "duty_free_"):
        golden(world, "meta_ads", f"{kind}campaigns_{ALONE}.csv", ALONE, customers=1500)
