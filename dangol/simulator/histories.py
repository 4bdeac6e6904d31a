"""What people have bought up to a day, from the company's opening on, for each account and card.

The facts of a span hold only its days; a list of customers with what each has spent needs all of
them. A block's sums are kept and carried on from day to day, so only a file of a first day looks
at the whole past.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, fields, replace

import numpy as np

from dangol.simulator import baskets, fact_columns
from dangol.simulator.behaviour import visits
from dangol.simulator.catalogue import make_catalogue
from dangol.simulator.company import Company, day_number
from dangol.simulator.contacts import Contacts, contacts
from dangol.simulator.draws import Integers
from dangol.simulator.people import People, block
from dangol.simulator.visits import STORE, Visits

RETURNED_WITHIN_DAYS = 14
"""No line comes back later."""

DAYS_AT_ONCE = 120
"""Days that are looked at together: enough to share what is worked out once, few for memory."""

KEPT_BLOCKS = 1024
"""Blocks whose sums are kept, some 260 kB each."""


@dataclass(frozen=True)
class History:
    """What a block of people has bought up to a day. Amounts are in won, less what came back.

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
    """

    last: int
    orders: Integers
    paid: Integers
    card_paid: Integers


_kept: OrderedDict[tuple[Company, int], History] = OrderedDict()


def history(company: Company, number: int, last: int) -> History:
    """Return what a block of people has bought up to a day.

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
        )
    while found.last < last:
        found = _carried_on(company, number, found, min(found.last + DAYS_AT_ONCE, last))
    _kept[key] = found
    if len(_kept) > KEPT_BLOCKS:
        _kept.popitem(last=False)
    return found


def _carried_on(company: Company, number: int, before: History, last: int) -> History:
    """Add the days after those that are summed up already."""
    first = max(day_number(company.opened), before.last + 1 - RETURNED_WITHIN_DAYS)
    everybody, book = block(company, number), contacts(company, number)
    there = np.flatnonzero((everybody.joined_day <= last) & (everybody.gone_day > first))
    people = People(*(getattr(everybody, each.name)[there] for each in fields(People)))
    some = Contacts(*(getattr(book, each.name)[there] for each in fields(Contacts)))
    every = visits(company, people, some, first, last)
    orders = every.where(every.is_order)
    lines = baskets.baskets(company, people, make_catalogue(company.draws), orders)

    # an order counts on the day of its visit, what came back on the day on which it did
    total = baskets.totals(lines, len(orders))
    back = (lines.return_day > before.last) & (lines.return_day <= last)
    returned = np.bincount(
        lines.visit, weights=np.where(back, lines.net, 0), minlength=len(orders)
    ).astype(np.int64)
    is_new = orders.day > before.last
    orders = replace(orders, local=there[orders.local])
    account, shipping, holder, is_second = _known(company, number, orders, total)
    paid = np.where(is_new, total + shipping, 0) - returned

    result = History(last, before.orders.copy(), before.paid.copy(), before.card_paid.copy())
    online = np.flatnonzero(orders.place != STORE)
    at = (account[online], orders.local[online])
    np.add.at(result.orders, at, is_new[online])
    np.add.at(result.paid, at, paid[online])
    shown = np.flatnonzero(holder >= 0)
    at = (is_second[shown].astype(np.int64), holder[shown] - everybody.person[0])
    np.add.at(result.card_paid, at, paid[shown])
    return result


def _known(
    company: Company, number: int, orders: Visits, total: Integers
) -> tuple[Integers, Integers, Integers, Integers]:
    """Return each order's account, shipping, card's owner and whether it was the second card."""
    # the very columns of the facts, so that both tell the same of an order
    nothing = np.zeros(len(orders), dtype=np.int64)
    made = fact_columns.visit_columns(company, number, orders, nothing, orders.is_order, nothing)
    paid = fact_columns.order_columns(company, number, orders, nothing, orders.started_ms, total)
    return made["account"], paid["shipping"], paid["card_person"], paid["is_second_card"]
