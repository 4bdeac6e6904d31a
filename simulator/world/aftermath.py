"""What follows an order days later: reviews, tickets, calls, surveys, posts; and satisfaction."""

from dataclasses import dataclass

import numpy as np

from simulator import data
from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company
from simulator.draws import Floats, Integers
from simulator.world.visits import STORE, Visits

LONGEST_DAYS = 30
"""No reaction comes later than this many days after the order."""


@dataclass(frozen=True)
class Reaction:
    """A kind of reaction to an order.

    Parameters
    ----------
    name
        As in the table ``reactions``.
    share
        The share of orders that it follows, at neutral satisfaction.
    unhappy
        How much likelier it is after a bad order, as an exponent; 0 means not at all.
    first_day, last_day
        How many days after the order.
    in_stores, online
        Which orders it follows.
    """

    name: str
    share: float
    unhappy: float
    first_day: int
    last_day: int
    in_stores: bool
    online: bool


REACTIONS = tuple(
    Reaction(name, float(share), float(unhappy), int(first), int(last), shops == "1", online == "1")
    for name, share, unhappy, first, last, shops, online in data.rows("reactions")
)


@dataclass(frozen=True)
class Reactions:
    """Reactions to orders, arrays of shape ``(reactions,)``.

    Parameters
    ----------
    visit
        Position of the order's visit among those that were given.
    kind
        Position in ``REACTIONS``.
    at_ms
        UTC, in milliseconds since 1970-01-01.
    satisfaction
        From -3 to 3: the truth behind the words; the same for all reactions to one order.
    """

    visit: Integers
    kind: Integers
    at_ms: Integers
    satisfaction: Floats


def satisfaction(company: Company, visits: Visits) -> Floats:
    """Draw the satisfaction with each order.

    Returns
    -------
    Floats
        From -3 to 3, around .6: most people are content, and each has an individual level.
    """
    draws = company.draws
    own = 0.5 * draws.normal("temper", visits.person)
    this = 0.9 * draws.normal("satisfaction", visits.person, visits.day, visits.slot)
    return np.clip(0.6 + own + this, -3, 3)


def reactions(company: Company, visits: Visits, first: int, last: int) -> Reactions:
    """List the reactions on some days to orders of these days and the thirty before.

    Parameters
    ----------
    first, last
        Day numbers, both included.

    Returns
    -------
    Reactions
        By kind, then in the order of the visits.
    """
    draws, liked = company.draws, satisfaction(company, visits)
    key = (visits.person, visits.day, visits.slot)
    found = []
    for number, reaction in enumerate(REACTIONS):
        chance = np.clip(reaction.share * np.exp(reaction.unhappy * (0.6 - liked)), 0, 0.9)
        where = np.where(visits.place == STORE, reaction.in_stores, reaction.online)
        happens = draws.chance(chance * where, reaction.name, *key)
        span = reaction.last_day - reaction.first_day + 1
        wait = reaction.first_day + draws.below(span, f"{reaction.name} after", *key)
        day = visits.day + wait
        visit = np.flatnonzero(happens & (first <= day) & (day <= last))
        hour = draws.choice(_HOURS, f"{reaction.name} hour", *(each[visit] for each in key))
        inside = draws.below(HOUR_MS, f"{reaction.name} at", *(each[visit] for each in key))
        at_ms = day[visit] * DAY_MS - KOREA_AHEAD_MS + hour * HOUR_MS + inside
        # never before the order itself
        at_ms = np.maximum(at_ms, visits.started_ms[visit] + HOUR_MS)
        found.append((visit, np.full(len(visit), number), at_ms))
    visit, kind, at_ms = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Reactions(visit=visit, kind=kind, at_ms=at_ms, satisfaction=liked[visit])


_HOURS = (1, 0, 0, 0, 0, 0, 1, 2, 4, 7, 8, 8, 6, 7, 8, 7, 7, 6, 6, 6, 7, 8, 6, 3)
