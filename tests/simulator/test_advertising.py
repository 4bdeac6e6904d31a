"""What a platform reports: strangers, fraud, more than its last clicks, nothing during a pause."""

from datetime import date

import duckdb
import numpy as np
import pytest

from simulator.common.advertising import (
    PLATFORMS,
    campaign_of,
    duty_free,
    report_of,
    table_report,
)
from simulator.company import Company, day_number
from simulator.night import Night
from simulator.words.vocabulary import create_vocabulary
from simulator.world.campaigns import budget
from simulator.world.facts import Span, load_facts
from simulator.world.unwanted import robots

FIRST, DAYS = day_number(date(2026, 3, 9)), 14
COMPANY = Company(3_000, seed=7)


@pytest.fixture(scope="module")
def connection():
    connection = duckdb.connect()
    create_vocabulary(connection, COMPANY)
    load_facts(connection, COMPANY, Span(FIRST, FIRST + DAYS - 1))
    return connection


@pytest.fixture(scope="module")
def reports(connection):
    return {
        name: [report_of(Night(COMPANY, FIRST + day, connection), name) for day in range(DAYS)]
        for name in PLATFORMS
    }


def _summed(reports, column):
    return np.sum([getattr(report, column) for report in reports], axis=0)


def _is_paused(name, day):
    return budget(COMPANY, name, np.asarray(FIRST + day)) == 0


def test_some_budget_is_paused_in_these_days_and_some_is_not():
    paused = [_is_paused(name, day) for name in PLATFORMS for day in range(DAYS)]
    assert 0 < sum(paused) < len(paused)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_paused_campaign_reports_nothing(reports, name):
    for day, report in enumerate(reports[name]):
        everything = sum(array.sum() for array in vars(report).values())
        assert (everything == 0) == _is_paused(name, day)


@pytest.mark.parametrize("name", PLATFORMS)
def test_strangers_see_it_some_tens_of_times_as_often(reports, connection, name):
    number = [channel.name for channel in COMPANY.channels].index(name)
    seen = connection.execute(
        "select sum(seen) from ad_days where channel = ?", [number]
    ).fetchall()[0][0]
    assert 10 < _summed(reports[name], "impressions").sum() / seen < 80


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_platform_claims_up_to_half_as_many_more_than_its_last_clicks(reports, name):
    for report in reports[name]:
        assert (report.claimed >= report.orders).all()
        assert (report.claimed <= 1.5 * report.orders).all()
    orders = _summed(reports[name], "orders").sum()
    if orders:
        assert orders < _summed(reports[name], "claimed").sum()


@pytest.mark.parametrize("name", PLATFORMS)
def test_orders_and_their_worth_are_the_facts(reports, connection, name):
    number = [channel.name for channel in COMPANY.channels].index(name)
    for day, report in enumerate(reports[name]):
        if _is_paused(name, day):
            continue
        rows = connection.execute(
            """
            select person, total from orders
            where visit_id in (select visit_id from visits where source = ? and day = ?)
            """,
            [number, FIRST + day],
        ).fetchall()
        persons = np.array([person for person, _ in rows], dtype=np.int64)
        campaigns = campaign_of(COMPANY, number, persons, FIRST + day)
        assert report.orders.tolist() == np.bincount(campaigns, minlength=3).tolist()
        worth = np.bincount(campaigns, weights=[total for _, total in rows], minlength=3)
        assert (report.claimed_won >= worth).all()
        assert (report.claimed_won <= 1.5 * worth).all()


@pytest.mark.parametrize("name", PLATFORMS)
def test_fraud_is_the_clicks_of_the_robots(reports, name):
    number = [channel.name for channel in COMPANY.channels].index(name)
    every = robots(COMPANY, FIRST, FIRST + DAYS - 1)
    clicks = [(every.day[every.channel == number] == FIRST + day).sum() for day in range(DAYS)]
    assert [report.fraud.sum() for report in reports[name]] == clicks
    assert all((report.fraud <= report.clicks).all() for report in reports[name])


def test_there_is_fraud_at_all(reports):
    assert sum(_summed(reports[name], "fraud").sum() for name in PLATFORMS) > 0


@pytest.mark.parametrize("name", PLATFORMS)
def test_counts_fit_each_other(reports, name):
    for report in reports[name]:
        assert (report.clicks <= report.impressions).all()
        assert (report.reach <= report.impressions).all()


@pytest.mark.parametrize("name", PLATFORMS)
def test_cost_follows_clicks_or_impressions(reports, name):
    platform = PLATFORMS[name]
    by = "clicks" if platform.click_won[1] else "impressions"
    middle = platform.click_won if platform.click_won[1] else platform.thousand_won
    unit = 1 if platform.click_won[1] else 1000
    price = _summed(reports[name], "won") * unit / _summed(reports[name], by)
    assert np.allclose(price, middle, rtol=0.2)


def test_whole_purchases_are_never_fewer_than_the_last_clicks(reports, connection):
    for name in ("meta_ads", "naver_ads", "kakao_ads"):
        for day, report in enumerate(reports[name]):
            table_report(Night(COMPANY, FIRST + day, connection), name, report)
            purchases, won = (
                connection.execute(
                    f"select purchases, purchase_won from {name}_rows order by campaign"
                )
                .fetchnumpy()
                .values()
            )
            assert (purchases >= report.orders).all()
            assert (purchases <= 1.5 * report.orders + 1).all()
            assert ((won > 0) == (purchases > 0)).all()


def test_a_persons_campaign_is_that_of_the_exposures(connection):
    """The table of the facts counts the same visits, campaign by campaign."""
    rows = connection.execute(
        "select source, day, person from visits where source < 4 and day between ? and ?",
        [FIRST, FIRST + DAYS - 1],
    ).fetchall()
    counted = {}
    for source, day, person in rows:
        key = (source, day, int(campaign_of(COMPANY, source, np.asarray(person), day)))
        counted[key] = counted.get(key, 0) + 1
    wanted = connection.execute(
        "select channel, day, campaign, visits from ad_days where visits > 0"
    ).fetchall()
    assert counted == {
        (channel, day, campaign): visits for channel, day, campaign, visits in wanted
    }


def test_travellers_have_a_budget_of_their_own(connection):
    for day in range(DAYS):
        found = duty_free(Night(COMPANY, FIRST + day, connection), "google_ads")
        assert {name: array.shape for name, array in found.items()} == dict.fromkeys(found, (1,))
        assert found["impressions"][0] > found["clicks"][0] > found["purchases"][0] >= 0
