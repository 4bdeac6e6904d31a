"""What was bought: the lines of a basket, their prices, and which of them are returned."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator import data
from simulator.company import EPOCH, Company
from simulator.draws import Floats, Integers, pick, poisson
from simulator.world.arrays import Arrays, Booleans
from simulator.world.catalogue import Catalogue
from simulator.world.people import NEVER, People
from simulator.world.seasons import days_between
from simulator.world.visits import STORE, Visits

MOST_LINES = 30
FREE_SHIPPING = 30_000
SHIPPING = 3_000
COUPON_PER_CENT = 10

MADE_FOR = 0.35
"""How much more a category sells in its best month."""


@dataclass(frozen=True)
class Lines(Arrays):
    """The lines of some baskets, as arrays of shape ``(lines,)``.

    Parameters
    ----------
    visit
        Position of its visit among those that were given.
    line
        0, 1, 2 … within the basket.
    product, quantity
        The product's number and the units.
    unit_price
        In won, before any discount.
    discount
        Of the whole line, in won: promotion and coupon.
    return_day
        When it is returned; ``NEVER`` if it is kept or was never bought.
    """

    visit: Integers
    line: Integers
    product: Integers
    quantity: Integers
    unit_price: Integers
    discount: Integers
    return_day: Integers

    @property
    def net(self) -> Integers:
        """The price of each line, in won."""
        return self.quantity * self.unit_price - self.discount


def has_cart(company: Company, visits: Visits) -> Booleans:
    """Return which visits filled a basket.

    Returns
    -------
    Booleans
        All orders, and the abandoned online carts.
    """
    left = company.draws.chance(0.13, "cart left", visits.person, visits.day, visits.slot)
    filled: Booleans = visits.is_order | (left & (visits.place != STORE) & (visits.slot < 4))
    return filled


def uses_coupon(company: Company, visits: Visits) -> Booleans:
    """Return which orders are paid with a coupon: often those that came through a message."""
    messages = [n for n, channel in enumerate(company.channels) if channel.kind == "message"]
    chance = np.where(np.isin(visits.source, messages), 0.4, 0.03)
    return company.draws.chance(chance, "coupon", visits.person, visits.day, visits.slot)


def baskets(company: Company, people: People, catalogue: Catalogue, visits: Visits) -> Lines:
    """Fill the baskets of some visits.

    Parameters
    ----------
    visits
        Those with a basket.

    Returns
    -------
    Lines
        By visit and line.
    """
    draws, local = company.draws, visits.local
    key = (visits.person, visits.day, visits.slot)
    # some visits are for one thing, some for the week
    errand = np.exp(0.8 * draws.normal("errand", *key) - 0.32)
    mean = (people.lines[local] - 1) * errand
    more = poisson(draws.uniform("more lines", *key), mean, MOST_LINES - 1)
    count = 1 + more
    visit = np.repeat(np.arange(len(visits)), count)
    line = np.arange(len(visit)) - np.repeat(np.cumsum(count) - count, count)
    who, day, slot = (array[visit] for array in key)
    at = (who, day, slot, line)

    category = _categories(company, people, local[visit], day, draws.uniform("category", *at))
    taste = np.log(people.spend[local[visit]]) + 0.5 * draws.normal("tier", *at)
    product = catalogue.choose(category, draws.uniform("rank", *at), taste)
    # one line in five goes with the line before it
    follows = (line > 0) & draws.chance(0.2, "follows", *at)
    before = np.concatenate([[0], product[:-1]])
    product = np.where(follows, catalogue.companion[before], product)
    product = _refills(catalogue, visits, visit, line, product)

    price = catalogue.price(product, day)
    per_cent = catalogue.promotion(product, day)
    # price-sensitive people buy more of what is reduced
    pull = people.discount_share[local[visit]] * per_cent / 25
    quantity = 1 + poisson(draws.uniform("quantity", *at), 0.18 + pull, 6)
    quantity = np.where(np.isin(product, catalogue.appliances), 1, quantity)
    coupon = COUPON_PER_CENT * uses_coupon(company, visits)[visit]
    discount = quantity * price * np.minimum(per_cent + coupon, 60) // 1000 * 10
    returned = np.asarray(data.numbers("words/categories", "returned"))[catalogue.category[product]]
    is_returned = visits.is_order[visit] & draws.chance(
        np.minimum(company.return_share * returned, 0.5), "returned", *at
    )
    wait = 1 + draws.below(14, "return after", *at)
    # what was ordered online has to come first
    wait = np.where(visits.place[visit] == STORE, wait, 4 + wait * 10 // 14)
    return Lines(
        visit=visit,
        line=line,
        product=product,
        quantity=quantity,
        unit_price=price,
        discount=discount,
        return_day=np.where(is_returned, day + wait, NEVER),
    )


def totals(lines: Lines, visits: int) -> Integers:
    """Sum the lines of each visit.

    Parameters
    ----------
    lines
        With positions below ``visits``.
    visits
        How many there are.

    Returns
    -------
    Integers
        In won, without shipping, shape ``(visits,)``.
    """
    return np.bincount(lines.visit, weights=lines.net, minlength=visits).astype(np.int64)


def _categories(
    company: Company, people: People, local: Integers, day: Integers, uniform: Floats
) -> Integers:
    """Draw each line's category: half are a favourite, the others follow the season."""
    first, second, third = 0.28, 0.43, 0.52
    favourite = people.favourites[local, np.minimum((uniform > first) + (uniform > second) * 1, 2)]
    rest = (uniform - third) / (1 - third)
    if not len(day):
        return favourite
    month = _months(int(day.min()), int(day.max()))[day - day.min()]
    other = np.zeros(len(day), dtype=np.int64)
    for number in np.unique(month):
        chosen = month == number
        other[chosen] = pick(rest[chosen], _popularity(int(number)))
    return np.where(uniform < third, favourite, other)


def _refills(
    catalogue: Catalogue, visits: Visits, visit: Integers, line: Integers, product: Integers
) -> Integers:
    """Put the appliance or refill that the visit was for on its first line."""
    machines = catalogue.appliances
    kind = visits.refill[visit]
    own = np.where(kind >= 3, catalogue.refill[machines][kind % 3], machines[kind % 3])
    return np.where((line == 0) & (kind >= 0), own, product)


@lru_cache(maxsize=16)
def _popularity(month: int) -> tuple[float, ...]:
    """Return the categories' weights in a month: higher in the peak month and next to it."""
    peak = np.asarray(data.numbers("words/categories", "peak_month"))
    apart = np.minimum((month - peak) % 12, (peak - month) % 12)
    near = np.maximum(0.0, 1 - apart / 3) * (peak > 0)
    return tuple(data.numbers("words/categories", "popularity") * (1 + MADE_FOR * near))


@lru_cache(maxsize=64)
def _months(first: int, last: int) -> Integers:
    numbers = days_between(first, last).numbers
    dates = np.datetime64(EPOCH) + numbers
    return dates.astype("datetime64[M]").astype(np.int64) % 12 + 1
