"""What people have done up to a day, from the company's opening on, for each account and card.

The facts of a span hold only its days; a list of customers with what each has spent needs all of
them. A block's sums are kept and carried on from day to day, so only a file of a first day looks
at the whole past.
"""

from __future__ import annotations

from collections import OrderedDict
from copy import deepcopy
from dataclasses import dataclass, fields, replace

import numpy as np

from dangol.simulator.company import Company, day_number
from dangol.simulator.draws import Integers
from dangol.simulator.world import baskets, fact_columns
from dangol.simulator.world.behaviour import visits
from dangol.simulator.world.catalogue import make_catalogue
from dangol.simulator.world.contacts import contacts
from dangol.simulator.world.people import NEVER, block
from dangol.simulator.world.visits import STORE

RETURNED_WITHIN_DAYS = 14
"""No line comes back later."""

DAYS_AT_ONCE = 120
"""Days that are looked at together: enough to share what is worked out once, few for memory."""

KEPT_BLOCKS = 1024
"""Blocks whose sums are kept, some 460 kB each."""


@dataclass(frozen=True)
class History:
    """What a block of people has done up to a day. Amounts are in won, less what came back.

    Parameters
    ----------
    last
        The day's number: orders of visits that began by then count, and what came back by then.
    orders
        Orders on the site and in the app, shape ``(3, people)``: as a guest, on the first
        account, on the second.
    paid
        What was paid for them, shipping included, in the same shape.
    card_paid
        What was bought in shops with each person's loyalty card, whoever showed it, shape
        ``(2, people)``: with the first card, with the second.
    first_order, last_order, last_visit
        Day numbers on the site and in the app, shape ``(2, people)``: on the first account, on
        the second; ``NEVER`` and -1 where there is none yet. What was done without logging in is
        the first one's, whose address a guest gives.
    """

    last: int
    orders: Integers
    paid: Integers
    card_paid: Integers
    first_order: Integers
    last_order: Integers
    last_visit: Integers


_kept: OrderedDict[tuple[Company, int], History] = OrderedDict()


def history(company: Company, number: int, last: int) -> History:
    """Return what a block of people has done up to a day.

    Parameters
    ----------
    company
        Whose customers.
    number
        Which block.
    last
        The day's number.

    Returns
    -------
    History
        It is not to be changed: the next day's is made from it.
    """
    key = (company, number)
    found = _kept.pop(key, None)
    if found is None or found.last > last:
        size = len(block(company, number))
        found = History(
            day_number(company.opened) - 1,
            orders=np.zeros((3, size), dtype=np.int64),
            paid=np.zeros((3, size), dtype=np.int64),
            card_paid=np.zeros((2, size), dtype=np.int64),
            first_order=np.full((2, size), NEVER),
            last_order=np.full((2, size), -1),
            last_visit=np.full((2, size), -1),
        )
    while found.last < last:
        found = _carried_on(company, number, found, min(found.last + DAYS_AT_ONCE, last))
    _kept[key] = found
    if len(_kept) > KEPT_BLOCKS:
        _kept.popitem(last=False)
    return found


def histories(company: Company, blocks: range, last: int) -> History:
    """Return what people of several blocks have done up to a day.

    Parameters
    ----------
    company
        Whose customers.
    blocks
        Numbers of blocks that follow each other.
    last
        The day's number.

    Returns
    -------
    History
        All of them, in the order of their numbers.
    """
    each = [history(company, number, last) for number in blocks]
    sums = [field.name for field in fields(History)[1:]]
    joined = {name: [getattr(one, name) for one in each] for name in sums}
    return History(last, **{name: np.concatenate(some, axis=1) for name, some in joined.items()})


def _carried_on(company: Company, number: int, before: History, last: int) -> History:
    """Add the days after those that are summed up already."""
    first = max(day_number(company.opened), before.last + 1 - RETURNED_WITHIN_DAYS)
    everybody, book = block(company, number), contacts(company, number)
    there = np.flatnonzero((everybody.joined_day <= last) & (everybody.gone_day > first))
    people = everybody.where(there)
    some = book.where(there)
    every = visits(company, people, some, first, last, with_causes=False)
    orders = every.where(every.is_order)
    lines = baskets.baskets(company, people, make_catalogue(company.draws), orders)
    total = baskets.totals(lines, len(orders))

    # the very columns of the facts, so that both tell the same of a visit and an order
    every = replace(every, local=there[every.local])
    orders = every.where(every.is_order)
    zero = np.zeros(len(every), dtype=np.int64)
    made = fact_columns.visit_columns(company, number, every, zero, every.is_order, zero)
    sold = fact_columns.order_columns(
        company, number, orders, zero[: len(orders)], orders.started_ms, total
    )
    account = made["account"]

    # an order counts on the day of its visit, what came back on the day on which it did
    back = (lines.return_day > before.last) & (lines.return_day <= last)
    returned = np.bincount(
        lines.visit, weights=np.where(back, lines.net, 0), minlength=len(orders)
    ).astype(np.int64)
    is_new = orders.day > before.last
    paid = np.where(is_new, total + sold["shipping"], 0) - returned

    result = replace(deepcopy(before), last=last)
    online = np.flatnonzero(orders.place != STORE)
    at = (account[every.is_order][online], orders.local[online])
    np.add.at(result.orders, at, is_new[online])
    np.add.at(result.paid, at, paid[online])
    shown = np.flatnonzero(sold["card_person"] >= 0)
    holder = sold["card_person"][shown] - everybody.person[0]
    at = (sold["is_second_card"][shown].astype(np.int64), holder)
    np.add.at(result.card_paid, at, paid[shown])

    online = np.flatnonzero(every.place != STORE)
    profile = (account == 2).astype(np.int64)
    at = (profile[online], every.local[online])
    np.maximum.at(result.last_visit, at, every.day[online])
    bought = online[every.is_order[online]]
    at = (profile[bought], every.local[bought])
    np.minimum.at(result.first_order, at, every.day[bought])
    np.maximum.at(result.last_order, at, every.day[bought])
    return result
