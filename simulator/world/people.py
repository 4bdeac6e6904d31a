"""The people: households, ages, lifetimes, rates, tastes. Made in blocks, one array per trait.

A person is a number from 0 to ``customers`` - 1. Eight consecutive numbers make a cell, which is
divided into households, so a person's household follows from the number without looking at anyone
else.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator import data
from simulator.company import Company, day_number
from simulator.draws import Floats, Integers, pick
from simulator.world.arrays import Arrays, Booleans

BLOCK = 4096
"""People in a block: a multiple of the cell size of eight, small enough for the CPU cache."""

KEPT_BLOCKS = 32
"""Blocks that are cached, a megabyte each; also the number of cached contact points."""

CELLS = (
    (8, (1, 1, 1, 1, 1, 1, 1, 1)),
    (9, (2, 1, 1, 2, 1, 1)),
    (7, (2, 2, 1, 2, 1)),
    (4, (3, 2, 1, 2)),
    (4, (4, 1, 2, 1)),
    (1, (5, 2, 1)),
)
"""Weights of the ways to divide a cell into households: 45 % live alone, as in Korea's census."""

NEVER = 1_000_000
"""A day that never comes."""


@dataclass(frozen=True)
class People(Arrays):
    """A block of people. Each trait is an array of shape ``(people,)``; days count from 1970-01-01.

    Parameters
    ----------
    household, position, household_size
        A household's number is its first member's, who has position 0; then come the partner and
        grown-up children.
    is_foreign, is_female, birth_year, is_staff
        Staff members keep test accounts.
    joined_day, gone_day
        A person buys from the first of these days until the day before the second.
    online_rate, store_rate
        Visits on an average day.
    drop_rate
        The chance of leaving, per day.
    conversion
        Multiple of the average chance that a visit ends in an order.
    spend
        Multiple of the average basket value: how expensive the chosen products are.
    lines
        Products in a basket, on average.
    discount_share
        How much a promotion influences the person, from 0 to 1.
    need_period, need_phase
        A household runs out of things every ``need_period`` days.
    favourites
        Positions in the list of categories, the favourite first, shape ``(people, 3)``.
    home_store, region
        The nearest shop, and the region of the address.
    hours
        One of four daily rhythms.
    appliance, appliance_day, refill_days
        The product that needs refills (-1: none), when it is bought, and how long a refill lasts.
    response, best_channel, best_hour
        How strongly marketing influences the person, the best channel, and the best hour.
    """

    person: Integers
    household: Integers
    position: Integers
    household_size: Integers
    is_foreign: Booleans
    is_female: Booleans
    is_staff: Booleans
    birth_year: Integers
    joined_day: Integers
    gone_day: Integers
    online_rate: Floats
    store_rate: Floats
    drop_rate: Floats
    conversion: Floats
    spend: Floats
    lines: Floats
    discount_share: Floats
    need_period: Integers
    need_phase: Integers
    favourites: Integers
    home_store: Integers
    region: Integers
    hours: Integers
    appliance: Integers
    appliance_day: Integers
    refill_days: Integers
    response: Floats
    best_channel: Integers
    best_hour: Integers


def block_numbers(company: Company) -> range:
    """Return the numbers of a company's blocks."""
    return range(-(-company.customers // BLOCK))


@lru_cache(maxsize=KEPT_BLOCKS)
def block(company: Company, number: int) -> People:
    """Make a block of people.

    Parameters
    ----------
    number
        The block's number, from 0.

    Returns
    -------
    People
        The same people on every call.
    """
    draws = company.draws
    person = np.arange(number * BLOCK, min((number + 1) * BLOCK, company.customers))
    household, position, size = _households(company, person)
    btyd = company.process == "btyd"

    opened = day_number(company.opened)
    was_known = draws.chance(company.known_before_share, "was known", person)
    before = draws.exponential(500, "known since", person)
    after = draws.exponential(company.join_mean_days, "joined", person)
    joined = opened + np.where(was_known, -1 - before, after).astype(np.int64)

    drop_rate = draws.gamma(company.dropout_shape, 1 / company.dropout_mean_days, "drop", person)
    lifetime = draws.exponential(1 / drop_rate, "lifetime", person)
    gone = np.maximum(joined, opened) + 1 + np.minimum(lifetime, NEVER / 2).astype(np.int64)
    is_dormant = was_known & draws.chance(0.15, "is dormant", person)
    share_of_past = draws.uniform("dormant since", person)
    gone = np.where(is_dormant, joined + 1 + (before * share_of_past).astype(np.int64), gone)

    place = pick(draws.uniform("places", person), (0.22, 0.30, 0.48))
    online = np.array((0.06, 1.35, 1.10))[place] * company.online_visits
    store = np.array((1.70, 0.04, 1.00))[place] * company.store_visits
    keenness = draws.gamma(company.visits_shape, 1.0, "keenness", person)
    if btyd:
        # one rate for all places, and each visit is an order
        online, store = online * company.online_conversion, store * company.store_conversion

    birth_year = _birth_years(company, household, position)
    has_appliance = draws.chance(0.0 if btyd else 0.16, "has appliance", household)
    bought = np.maximum(joined, opened) + draws.exponential(240, "appliance", person)
    return People(
        person=person,
        household=household,
        position=position,
        household_size=size,
        is_foreign=draws.chance(company.foreign_share, "is foreign", household),
        is_female=draws.chance(0.5, "is female", household)
        ^ ((position % 2 == 1) & draws.chance(0.97, "differs", person)),
        is_staff=draws.chance(0.0006, "is staff", person),
        birth_year=birth_year,
        joined_day=joined,
        gone_day=gone,
        online_rate=online * keenness,
        store_rate=store * keenness,
        drop_rate=drop_rate,
        conversion=np.exp((not btyd) * 0.35 * draws.normal("conversion", person)),
        # frequent visitors spend less each time, unless the models' assumptions are requested
        spend=np.exp(0.40 * draws.normal("spend", person))
        * (1.0 if btyd else np.clip(keenness, 0.05, 10) ** -0.08),
        lines=1 + draws.gamma(2.0, company.lines_mean - 1, "lines", person),
        discount_share=draws.uniform("discounts", person) ** 1.5,
        need_period=9 + draws.below(26, "need period", household),
        need_phase=draws.below(35, "need phase", household),
        favourites=_favourites(company, person, birth_year),
        home_store=draws.below(company.stores, "store", household),
        region=draws.choice(data.numbers("words/regions", "weight"), "region", household),
        hours=draws.choice((0.25, 0.25, 0.35, 0.15), "hours", person),
        appliance=np.where(
            has_appliance & (position == 0), draws.below(3, "appliance kind", household), -1
        ),
        appliance_day=np.where(bought < NEVER, bought, NEVER).astype(np.int64),
        refill_days=np.array((28, 45, 60))[draws.below(3, "refill days", household)],
        response=np.exp(0.45 * draws.normal("response", person) - 0.10),
        best_channel=draws.below(len(company.channels), "best channel", person),
        best_hour=draws.choice((1, 2, 2, 4, 3, 2, 2, 3, 4, 5, 3), "best hour", person) + 9,
    )


def is_alive(people: People, days: Integers) -> Booleans:
    """Return who can buy on which day.

    Parameters
    ----------
    days
        Day numbers, shape ``(days,)``.

    Returns
    -------
    Booleans
        Shape ``(people, days)``.
    """
    return (people.joined_day[:, None] <= days) & (days < people.gone_day[:, None])


def need(people: People, days: Integers) -> Floats:
    """Return how much a household needs something: the need grows, is met, and grows again.

    Parameters
    ----------
    days
        Day numbers, shape ``(days,)``.

    Returns
    -------
    Floats
        From 0 to below 1, shape ``(people, days)``.
    """
    # 32-bit division takes half the time
    period = people.need_period[:, None].astype(np.int32)
    since = days.astype(np.int32) + people.need_phase[:, None].astype(np.int32)
    return (since % period) / period


def _households(company: Company, person: Integers) -> tuple[Integers, Integers, Integers]:
    """Divide each cell of eight into households: first member, position in it, size."""
    cell, seat = person // 8, person % 8
    cut = company.draws.choice([weight for weight, _ in CELLS], "household", cell)
    first = np.array([np.repeat(np.cumsum((0, *sizes[:-1])), sizes) for _, sizes in CELLS])
    sizes = np.array([np.repeat(sizes, sizes) for _, sizes in CELLS])
    household = cell * 8 + first[cut, seat]
    inside = np.minimum(household + sizes[cut, seat], company.customers) - household
    return household, person - household, inside


def _birth_years(company: Company, household: Integers, position: Integers) -> Integers:
    """Draw birth years: the partner's is close to the first member's, the children's are later."""
    draws = company.draws
    first = np.clip(1983 + 13 * draws.normal("birth year", household), 1940, 2006)
    partner = first + 3 * draws.normal("partner's birth year", household)
    child = np.clip(first + 27 + 4 * draws.uniform("child's", household, position), None, 2009)
    year = np.where(position == 0, first, np.where(position == 1, partner, child))
    return np.clip(year, 1938, 2009).astype(np.int64)


def _favourites(company: Company, person: Integers, birth_year: Integers) -> Integers:
    """Draw three categories by their popularity at that age; one may occur twice."""
    popularity = np.asarray(data.numbers("words/categories", "popularity"))
    among_young = popularity * data.numbers("words/categories", "young")
    uniform = company.draws.uniform("favourite", person[:, None], np.arange(3))
    is_young = birth_year[:, None] >= 1990
    return np.where(is_young, pick(uniform, among_young), pick(uniform, popularity))
