"""What happens in an online visit: pages, searches, products, cart, checkout, order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.company import Company
from simulator.draws import Integers, pick, poisson
from simulator.world.arrays import Arrays, Booleans
from simulator.world.baskets import Lines
from simulator.world.catalogue import RANKS, TIERS, Catalogue
from simulator.world.people import People
from simulator.world.visits import Visits

ACTIONS = "landing search list view_item add_to_cart view_cart begin_checkout purchase".split()
LANDING, SEARCH, LIST, VIEW_ITEM, ADD_TO_CART, VIEW_CART, BEGIN_CHECKOUT, PURCHASE = range(8)


@dataclass(frozen=True)
class Actions(Arrays):
    """Actions, as arrays of shape ``(actions,)``, ordered by visit and number.

    Parameters
    ----------
    visit
        Position of the visit among those that were given.
    number
        0, 1, 2 … within the visit.
    kind
        Position in ``ACTIONS``.
    product
        The product's number; -1 if there is none.
    at_ms
        UTC, in milliseconds since 1970-01-01; strictly rising within a visit.
    """

    visit: Integers
    number: Integers
    kind: Integers
    product: Integers
    at_ms: Integers


def browse(
    company: Company,
    people: People,
    catalogue: Catalogue,
    visits: Visits,
    has_cart: Booleans,
    lines: Lines,
) -> Actions:
    """Follow visits through the site or the app.

    Parameters
    ----------
    visits
        Visits online.
    has_cart
        Whether each filled a cart, shape ``(visits,)``.
    lines
        The lines of all these visits' baskets; ``lines.visit`` counts among ``visits``.

    Returns
    -------
    Actions
        What was done, in order.
    """
    draws, count = company.draws, len(visits)
    key = (visits.person, visits.day, visits.slot)
    leaves = ~has_cart & draws.chance(0.36, "leaves at once", *key)
    every = np.arange(count)

    lists = np.where(leaves, 0, 1 + poisson(draws.uniform("lists", *key), np.full(count, 0.7), 4))
    looked = np.where(leaves, 0, poisson(draws.uniform("looks", *key), np.full(count, 2.1), 9))
    list_of, list_number = _repeat(lists)
    searches = draws.chance(0.4, "searches", *(each[list_of] for each in key), list_number)
    look_of, look_number = _repeat(looked)
    at = (*(each[look_of] for each in key), look_number)
    favourite = people.favourites[
        visits.local[look_of], pick(draws.uniform("looks at", *at), (3, 2, 2))
    ]
    seen = catalogue.choose(
        favourite, draws.uniform("rank seen", *at), 0.6 * draws.normal("tier seen", *at)
    )
    in_cart = has_cart[lines.visit]
    line_of, line_number, bought = (
        array[in_cart] for array in (lines.visit, lines.line, lines.product)
    )
    goes_on = visits.is_order | (has_cart & draws.chance(0.45, "checkout left", *key))

    ordered = np.flatnonzero(goes_on)
    first = _first_of_category(company, people, visits, list_of, list_number)
    parts = (
        _part(every, 0, LANDING),
        _part(list_of, 1, np.where(searches, SEARCH, LIST), list_number, first),
        _part(look_of, 2, VIEW_ITEM, look_number, seen),
        _part(line_of, 3, VIEW_ITEM, line_number * 2, bought),
        _part(line_of, 3, ADD_TO_CART, line_number * 2 + 1, bought),
        _part(np.flatnonzero(has_cart), 4, VIEW_CART),
        _part(ordered, 5, BEGIN_CHECKOUT),
        _part(np.flatnonzero(visits.is_order), 6, PURCHASE),
    )
    visit, stage, kind, inner, product = np.concatenate(parts, axis=1)
    order = np.argsort((visit * 8 + stage) * 64 + inner, kind="stable")
    visit, kind, product = visit[order], kind[order], product[order]

    starts = np.searchsorted(visit, every)
    number = np.arange(len(visit)) - starts[visit]
    gap = draws.exponential(24_000, "gap", *(each[visit] for each in key), number)
    gap = np.where(number == 0, 0, 900 + gap).astype(np.int64)
    passed = np.cumsum(gap)
    at_ms = visits.started_ms[visit] + passed - passed[starts][visit]
    return Actions(visit=visit, number=number, kind=kind, product=product, at_ms=at_ms)


def _part(
    visit: Integers,
    stage: int,
    kind: int | Integers,
    number: int | Integers = 0,
    product: int | Integers = -1,
) -> NDArray[np.int64]:
    """Return some actions: their visits, stages, kinds, numbers within the stage, and products."""
    return np.array(np.broadcast_arrays(visit, stage, kind, number, product))


def _repeat(counts: Integers) -> tuple[Integers, Integers]:
    """Return, for each repetition, what is repeated and the number of earlier repetitions."""
    of = np.repeat(np.arange(len(counts)), counts)
    return of, np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts)


def _first_of_category(
    company: Company, people: People, visits: Visits, visit: Integers, number: Integers
) -> Integers:
    """Return the best-selling product of the category that a list or a search is about."""
    local = visits.local[visit]
    key = (visits.person[visit], visits.day[visit], visits.slot[visit])
    favourite = people.favourites[local, company.draws.below(3, "list of", *key, number)]
    return favourite * RANKS * len(TIERS)
