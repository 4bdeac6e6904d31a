"""Robots: the same for a day in any request, as many as configured, behaving as their kind."""

from datetime import date

import duckdb
import numpy as np
import pytest

from simulator.common.robot_pages import pages_of, show_robot_pages
from simulator.company import DAY_MS, KOREA_AHEAD_MS, Company, day_number
from simulator.night import Night
from simulator.world.browsing import LANDING, VIEW_ITEM
from simulator.world.campaigns import budget
from simulator.world.unwanted import (
    BROWSER,
    BURST_ROBOTS,
    CLICK_FRAUD,
    CRAWLER,
    SCRAPER,
    robots,
    wave,
)

FIRST = day_number(date(2026, 3, 9))
COMPANY = Company(5_000, seed=7)


@pytest.fixture(scope="module")
def year():
    return robots(COMPANY, FIRST, FIRST + 364)


def test_a_day_alone_has_the_visits_that_it_has_within_a_year(year):
    alone, within = robots(COMPANY, FIRST + 8, FIRST + 8), year.where(year.day == FIRST + 8)
    for name in vars(alone):
        assert (getattr(alone, name) == getattr(within, name)).all(), name


def test_robots_ask_for_eight_in_a_hundred_pages(year):
    # people open .37 pages of the site a day and customer
    a_day = year.requests.sum() / 365 / COMPANY.customers
    assert 0.06 < a_day / (a_day + 0.37) < 0.10


def test_a_visit_is_identified_by_robot_day_and_number(year):
    keys = np.stack([year.robot, year.day, year.number], axis=1)
    assert len(np.unique(keys, axis=0)) == len(year)


def test_a_robot_keeps_its_kind_and_its_name(year):
    for column in (year.kind, year.agent):
        regular = year.kind != SCRAPER
        pairs = np.unique(np.stack([year.robot[regular], column[regular]], axis=1), axis=0)
        assert len(pairs) == len(np.unique(year.robot[regular]))


def test_a_burst_is_one_network_within_an_hour_or_so(year):
    scrapers = year.where(year.kind == SCRAPER)
    days = np.unique(scrapers.day)
    assert 8 < len(days) < 30
    for day in days:
        burst = scrapers.where(scrapers.day == day)
        assert len(burst) == BURST_ROBOTS
        assert (burst.address >= 2 * 256 + 64).all()
        assert (burst.address < 2 * 256 + 64 + BURST_ROBOTS).all()
        assert burst.requests.sum() > 300
        at_ms = pages_of(COMPANY, burst)["at_ms"]
        assert np.ptp(at_ms) < 3 * 3_600_000
        assert np.quantile(at_ms, 0.9) - at_ms.min() < 4_500_000


def test_a_scraper_takes_each_product_once_and_in_turn(year):
    scrapers = year.where(year.kind == SCRAPER)
    burst = scrapers.where(scrapers.day == scrapers.day[0])
    pages = pages_of(COMPANY, burst)
    assert (pages["action"] == VIEW_ITEM).all()
    assert len(np.unique(pages["product"])) == min(len(pages["product"]), 1_443)


def test_click_fraud_is_one_landing_of_few_addresses_through_one_advertisement(year):
    fraud = year.where(year.kind == CLICK_FRAUD)
    assert (fraud.requests == 1).all()
    assert (pages_of(COMPANY, fraud)["action"] == LANDING).all()
    assert len(np.unique(fraud.address)) == len(np.unique(fraud.robot)) == 2
    assert (fraud.channel < 4).all()
    assert (fraud.campaign >= 0).all()
    by_robot = np.stack([fraud.robot, fraud.channel, fraud.campaign], axis=1)
    assert len(np.unique(by_robot, axis=0)) == 2


def test_no_one_clicks_a_paused_advertisement(year):
    fraud = year.where(year.kind == CLICK_FRAUD)
    for number in np.unique(fraud.channel):
        days = fraud.day[fraud.channel == number]
        assert (budget(COMPANY, COMPANY.channels[number].name, days) > 0).all()


def test_only_click_fraud_has_an_advertisement(year):
    others = year.where(year.kind != CLICK_FRAUD)
    assert (others.channel == -1).all()
    assert (others.campaign == -1).all()


def test_pages_of_a_visit_follow_each_other(year):
    some = year.where(np.arange(1_000))
    pages = pages_of(COMPANY, some)
    assert np.bincount(pages["visit"]).tolist() == some.requests.tolist()
    same = np.diff(pages["visit"]) == 0
    assert (np.diff(pages["number"])[same] == 1).all()
    assert (np.diff(pages["at_ms"])[same] > 0).all()
    first = pages["number"] == 0
    assert (pages["at_ms"][first] == some.started_ms).all()


def test_robots_rarely_visit_a_small_company():
    few = robots(Company(60, seed=7), FIRST, FIRST + 99)
    people = 60 * 100 * 0.37
    regular = few.requests[few.kind != SCRAPER].sum()
    assert regular < 0.15 * people


def test_a_wave_is_far_more_than_any_other_day(year):
    every = wave(COMPANY, FIRST)
    usual = np.bincount(year.day - FIRST, weights=year.requests)
    assert every.requests.sum() > 10 * usual.max()
    assert not np.isin(every.robot, year.robot).any()
    assert (every.kind == SCRAPER).all()


def _shown(day, has_bot_wave=False, company=COMPANY, **options):
    connection = duckdb.connect()
    show_robot_pages(Night(company, day, connection, has_bot_wave), "shown_pages", **options)
    return connection.sql("select * from shown_pages")


def test_the_table_contains_only_the_requests_of_the_day():
    at_ms = _shown(FIRST + 1).fetchnumpy()["at_ms"]
    start = (FIRST + 1) * DAY_MS - KOREA_AHEAD_MS
    assert ((start <= at_ms) & (at_ms < start + DAY_MS)).all()


def test_requests_after_midnight_are_the_next_days():
    company = Company(200_000, seed=7)
    every = robots(company, FIRST, FIRST + 30)
    pages = pages_of(company, every)
    is_late = every.day[pages["visit"]] != (pages["at_ms"] + KOREA_AHEAD_MS) // DAY_MS
    visit = pages["visit"][is_late][0]
    begun = int(every.day[visit])
    shown = _shown(begun + 1, company=company).filter(
        f"visit_day = {begun} and robot = {every.robot[visit]}"
    )
    assert len(shown) == (is_late & (pages["visit"] == visit)).sum() > 0


def test_a_system_sees_the_kinds_that_it_can_see():
    kinds = _shown(FIRST, kinds=(CLICK_FRAUD, BROWSER)).fetchnumpy()["kind"]
    assert set(kinds.tolist()) <= {CLICK_FRAUD, BROWSER}
    assert CRAWLER in _shown(FIRST).fetchnumpy()["kind"]


def test_the_table_has_words_for_numbers():
    row = _shown(FIRST).filter("kind = 0").order("robot, at_ms").limit(1).fetchnumpy()
    assert "bot" in row["agent_text"][0].lower() or "Feed" in row["agent_text"][0]
    assert row["address_text"][0].startswith("203.0.113.")
    assert row["key"][0] == f"robot crawler {row['robot'][0]}"


def test_a_night_with_a_wave_shows_it():
    assert len(_shown(FIRST, has_bot_wave=True)) > len(_shown(FIRST)) + 15_000
