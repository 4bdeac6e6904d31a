"""The world behind the files: people, visits, the effect of marketing, and its counterfactual."""

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from simulator.company import Company, SimulationError, day_number
from simulator.world import people
from simulator.world import visits as visiting
from simulator.world.baskets import baskets, has_cart, totals
from simulator.world.behaviour import visits
from simulator.world.catalogue import make_catalogue
from simulator.world.contacts import FOREIGN_PHONES, PHONES, contacts
from simulator.world.people import BLOCK, NEVER, block

COMPANY = Company(BLOCK, seed=11)
FIRST = day_number(date(2026, 3, 2))
LAST = FIRST + 27


@pytest.fixture(scope="module")
def month():
    return visits(COMPANY, block(COMPANY, 0), contacts(COMPANY, 0), FIRST, LAST)


def keys(some):
    return set(zip(some.person.tolist(), some.day.tolist(), some.slot.tolist(), strict=True))


def test_a_day_is_the_same_alone_as_in_its_month(month):
    alone = visits(COMPANY, block(COMPANY, 0), contacts(COMPANY, 0), FIRST + 9, FIRST + 9)
    inside = month.where(month.day == FIRST + 9)
    for each in fields(alone):
        assert (getattr(alone, each.name) == getattr(inside, each.name)).all(), each.name


def test_people_do_not_depend_on_how_many_there_are():
    more = Company(3 * BLOCK, seed=11)
    one, two = block(COMPANY, 0), block(more, 0)
    for each in fields(one):
        assert (getattr(one, each.name) == getattr(two, each.name)).all(), each.name


@pytest.mark.parametrize("channel", [each.name for each in COMPANY.channels])
def test_without_a_channel_only_its_visits_are_missing(month, channel):
    """The counterfactual is exact: nothing else moves."""
    bit = [each.name for each in COMPANY.channels].index(channel)
    other = visits(COMPANY.without(channel), block(COMPANY, 0), contacts(COMPANY, 0), FIRST, LAST)
    added = month.where((month.due_to >> bit) & 1 == 1)
    assert keys(month) - keys(other) == keys(added)
    assert keys(other) <= keys(month)
    assert len(added) > 0
    kept = month.where((month.due_to >> bit) & 1 == 0)
    assert (kept.started_ms == other.started_ms).all()
    assert (kept.is_order == other.is_order).all()


def test_search_ads_claim_more_than_they_add(month):
    """People who are about to buy see more of them, so last-click attribution flatters them."""
    names = [each.name for each in COMPANY.channels]
    added = sum(
        int((((month.due_to >> names.index(name)) & 1) * month.is_order).sum())
        for name in ("google_ads", "naver_ads")
    )
    claimed = np.isin(month.source, [names.index("google_ads"), names.index("naver_ads")])
    assert (claimed & month.is_order).sum() > 1.5 * added


def test_an_experiment_changes_only_visits_that_saw_the_variant():
    company = Company(BLOCK, seed=3)
    first = day_number(date(2025, 3, 10))
    some = visits(company, block(company, 0), contacts(company, 0), first, first + 40)
    changed = some.where(some.order_due_to_variant != 0)
    assert len(changed) > 0
    assert (changed.variant == 1).all()
    assert (changed.order_due_to_variant == 1).all(), "this one helps everybody"
    tested = some.where((some.experiment == 0) & (some.slot < 4))
    rate = [tested.is_order[tested.variant == arm].mean() for arm in (0, 1)]
    assert rate[1] > rate[0]


def test_no_one_buys_before_joining_or_after_leaving(month):
    crowd = block(COMPANY, 0)
    assert (month.day >= crowd.joined_day[month.local]).all()
    assert (month.day < crowd.gone_day[month.local]).all()


def test_btyd_people_buy_as_the_models_assume():
    """Counts of active people are Poisson, rates gamma, the chance of leaving memoryless."""
    company = Company(BLOCK, seed=5, process="btyd")
    crowd = block(company, 0)
    some = visits(company, crowd, contacts(company, 0), FIRST, FIRST + 179)
    drawn = some.where(some.slot < visiting.FIRST_ORDER)
    assert some.is_order.all()
    assert (some.due_to == 0).all()
    alive = (crowd.joined_day <= FIRST) & (crowd.gone_day > FIRST + 179)
    counts = np.bincount(drawn.local, minlength=BLOCK)[alive]
    expected = 180 * (crowd.online_rate + crowd.store_rate)[alive]
    assert counts.sum() == pytest.approx(expected.sum(), rel=0.03)
    # Pearson's dispersion of a Poisson is 1
    assert ((counts - expected) ** 2 / expected).mean() == pytest.approx(1.0, abs=0.15)
    assert not (crowd.appliance >= 0).any()


def test_households_are_whole():
    crowd = block(COMPANY, 0)
    sizes = np.bincount(crowd.household - crowd.household.min(), minlength=BLOCK)
    first = crowd.position == 0
    assert (sizes[crowd.household[first]] == crowd.household_size[first]).all()
    assert (crowd.person - crowd.position == crowd.household).all()
    for trait in ("is_foreign", "home_store", "region", "need_period"):
        value = getattr(crowd, trait)
        assert (value == value[crowd.household]).all(), trait


def test_numbers_given_out_first_are_never_the_same():
    company = Company(3 * BLOCK, seed=2)
    numbers = np.concatenate([contacts(company, each).phone for each in range(3)])
    assert len(np.unique(numbers)) == len(numbers)
    assert numbers.max() < PHONES + FOREIGN_PHONES
    foreign = numbers[numbers >= PHONES]
    assert len(foreign) > 0


def test_some_numbers_are_given_out_again():
    book = contacts(Company(BLOCK, seed=2), 0)
    changed = book.phone_change_day < NEVER
    again = np.isin(book.second_phone[changed], book.phone)
    assert 0 < again.mean() < 0.3


def test_no_one_gets_a_number_before_it_was_given_up():
    company = Company(2 * BLOCK, seed=2)
    books = [contacts(company, each) for each in range(2)]
    crowd = [block(company, each) for each in range(2)]
    phone, second, changed, gone, joined = (
        np.concatenate(arrays)
        for arrays in (
            [book.phone for book in books],
            [book.second_phone for book in books],
            [book.phone_change_day for book in books],
            [people.gone_day for people in crowd],
            [people.joined_day for people in crowd],
        )
    )
    owner = {number: person for person, number in enumerate(phone.tolist())}
    again = [
        (person, owner[number])
        for person, number in enumerate(second.tolist())
        if changed[person] < NEVER and number in owner
    ]
    assert len(again) > 8
    for person, before in again:
        assert changed[before] + 90 < changed[person]
        assert joined[before] < changed[before] < gone[before]


def test_people_who_have_left_sign_up_for_nothing():
    crowd, book = block(COMPANY, 0), contacts(COMPANY, 0)
    for day in (
        *(book.account_day, book.second_account_day, book.card_day, book.second_card_day),
        *(book.app_day, book.second_email_day, book.phone_change_day),
    ):
        assert (day[day < NEVER] < crowd.gone_day[day < NEVER]).all()
        assert (day < NEVER).any()


def test_the_shops_sell_nothing_on_a_closed_holiday():
    seollal = day_number(date(2026, 2, 17))
    few = visits(COMPANY, block(COMPANY, 0), contacts(COMPANY, 0), seollal - 1, seollal + 1)
    sold = np.bincount(few.day[few.place == visiting.STORE] - seollal + 1, minlength=3)
    assert sold[1] == 0
    assert sold[2] > 0
    assert (few.day[few.is_order] == seollal).any(), "the site does"


def test_first_orders_have_what_was_clicked_last_and_would_have_been_anyway(month):
    first = month.where((month.slot == visiting.FIRST_ORDER) & (month.place != visiting.STORE))
    assert (first.due_to == 0).all()
    assert len(np.unique(first.source)) > 3
    assert (first.message_day == -1).all() or (first.source[first.message_day >= 0] >= 4).all()


def test_baskets_add_up(month):
    company, crowd = COMPANY, block(COMPANY, 0)
    filled = month.where(has_cart(company, month))
    lines = baskets(company, crowd, make_catalogue(company.draws), filled)
    assert (lines.net == lines.quantity * lines.unit_price - lines.discount).all()
    assert (lines.net > 0).all()
    assert totals(lines, len(filled)).sum() == lines.net.sum()
    assert set(np.unique(lines.visit)) == set(range(len(filled)))
    back = lines.return_day < NEVER
    assert filled.is_order[lines.visit[back]].all(), "only what was bought can come back"
    wait = lines.return_day[back] - filled.day[lines.visit[back]]
    assert (wait.min(), wait.max()) == (1, 14)


def test_an_appliance_leads_to_its_refills():
    company = Company(BLOCK, seed=11)
    crowd, catalogue = block(company, 0), make_catalogue(company.draws)
    year = visits(company, crowd, contacts(company, 0), FIRST - 200, FIRST)
    made_for = year.where(year.refill >= 0)
    lines = baskets(company, crowd, catalogue, made_for)
    first = lines.product[lines.line == 0]
    bought = catalogue.appliances[made_for.refill % 3]
    refill = catalogue.refill[bought]
    assert (first == np.where(made_for.refill < 3, bought, refill)).all()
    assert {0, 1, 2, 3, 4, 5} == set(made_for.refill.tolist())


@pytest.mark.parametrize("customers", [0, 10_000_001])
def test_a_company_of_an_impossible_size_is_refused(customers):
    with pytest.raises(SimulationError, match="give from 1 to 10,000,000"):
        Company(customers)


def test_an_unknown_channel_is_refused():
    with pytest.raises(SimulationError, match="no channel is called fax"):
        COMPANY.without("fax")


def test_half_of_the_people_live_alone():
    crowd = block(COMPANY, 0)
    assert (crowd.household_size == 1).mean() == pytest.approx(0.48, abs=0.05)
    assert people.need(crowd, np.arange(FIRST, LAST)).max() < 1
