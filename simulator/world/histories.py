"""What people have done from the company's opening up to a day, for each account and card.

The facts of a span contain only its days; a list of customers with their total spend needs all
days. A block's sums are kept and updated from day to day, so only the first day's file reads the
whole past.
"""

from collections import OrderedDict
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from simulator.company import Company, day_number
from simulator.draws import Integers
from simulator.world import baskets, fact_columns
from simulator.world.behaviour import visits
from simulator.world.catalogue import make_catalogue
from simulator.world.contacts import contacts
from simulator.world.people import NEVER, block
from simulator.world.visits import DIRECT, STORE, Visits

RETURNED_WITHIN_DAYS = 14
"""No line is returned later than this."""

DAYS_AT_ONCE = 120
"""Days that are processed together: enough to share common work, few enough for memory."""

KEPT_DAYS = 6
"""How many days before the last requested day a block's sums are kept."""

LATER_MS = 1 << 60
"""Later than any time."""

KEPT_HISTORIES = 1024
"""Blocks whose sums are kept, at a few megabytes each."""


@dataclass(frozen=True)
class History:
    """What a block of people has done up to a day. Amounts are in won, net of returns.

    Parameters
    ----------
    last
        The day's number: orders of visits that began by then count, and returns by then.
    orders
        Orders on the site and in the app, shape ``(3, people)``: as a guest, on the first
        account, on the second.
    paid
        The amounts paid for them including shipping, in the same shape.
    card_paid
        Purchases in shops with each person's loyalty card, no matter who showed it, shape ``(2,
        people)``: with the first card, with the second.
    first_order, last_order, last_visit
        Day numbers on the site and in the app, shape ``(2, people)``: on the first account, on the
        second; ``NEVER`` and -1 where there is none yet. Activity without a login counts for the
        first account, whose address a guest gives.
    cookie_day, sessions, first_ms, first_visit, first_source, first_message_day
        Of each person's browser on the phone, browser on the computer and app, shape ``(3,
        people)``: the day of its cookie and the number of visits with it; the start of the first of
        them, its ``visit_id`` and its source. Private windows do not count.
    """

    last: int
    orders: Integers
    paid: Integers
    card_paid: Integers
    first_order: Integers
    last_order: Integers
    last_visit: Integers
    cookie_day: Integers
    sessions: Integers
    first_ms: Integers
    first_visit: Integers
    first_source: Integers
    first_message_day: Integers


COLUMNS = fields(History)

EMPTY = {
    **dict.fromkeys(("orders", "paid", "cookie_day", "sessions"), (3, 0)),
    **dict.fromkeys(("first_visit", "first_message_day"), (3, -1)),
    "first_source": (3, DIRECT),
    "first_ms": (3, LATER_MS),
    "first_order": (2, NEVER),
    **dict.fromkeys(("last_order", "last_visit"), (2, -1)),
    "card_paid": (2, 0),
}
"""The rows of each column, and what is in them before the opening."""

_kept: OrderedDict[tuple[Company, int], list[History]] = OrderedDict()

_written: list[Path] = []
"""The folder with histories from other processes, if any."""


def history(company: Company, number: int, last: int) -> History:
    """Return what a block of people has done up to a day.

    Parameters
    ----------
    last
        The day's number.

    Returns
    -------
    History
        Do not change it: the next day's is computed from it.
    """
    key = (company, number)
    kept = _kept.pop(key, [])
    known = [each for each in kept if each.last <= last]
    found = max(known, key=lambda each: each.last) if known else _begun(company, number, last)
    while found.last < last:
        found = _carried_on(company, number, found, min(found.last + DAYS_AT_ONCE, last))
    # the next span begins shortly before the end of this one
    kept = sorted({each.last: each for each in (*kept, found)}.values(), key=lambda each: each.last)
    older = [each for each in kept if each.last < kept[-1].last - KEPT_DAYS]
    _kept[key] = older[-1:] + kept[len(older) :]
    if len(_kept) > KEPT_HISTORIES:
        _kept.popitem(last=False)
    return found


def write_history(company: Company, number: int, last: int, folder: Path) -> None:
    """Write what a block of people has done up to a day, for other processes.

    Parameters
    ----------
    folder
        The target, for one company only.
    """
    told = history(company, number, last)
    np.savez(folder / f"{number}.npz", **{each.name: getattr(told, each.name) for each in COLUMNS})


def begin_with(folder: Path) -> None:
    """Let this process start from the histories in a folder instead of from the opening.

    Parameters
    ----------
    folder
        Filled by :func:`write_history`.
    """
    _written[:] = [folder]


def _begun(company: Company, number: int, last: int) -> History:
    """Return a block's stored history, or an empty one."""
    for path in (folder / f"{number}.npz" for folder in _written):
        if path.exists():
            with np.load(path) as told:
                columns = {each.name: told[each.name] for each in COLUMNS}
            if (day := int(columns.pop("last"))) <= last:
                return History(day, **columns)
    return _nothing(company, number)


def _nothing(company: Company, number: int) -> History:
    """Return a block's empty history, as of the day before the opening."""
    size = len(block(company, number))
    empty = {name: np.full((rows, size), start) for name, (rows, start) in EMPTY.items()}
    return History(day_number(company.opened) - 1, **empty)


def histories(company: Company, blocks: range, last: int) -> History:
    """Return what people of several blocks have done up to a day.

    Parameters
    ----------
    blocks
        Consecutive block numbers.
    last
        The day's number.

    Returns
    -------
    History
        All of them, in the order of their numbers.
    """
    each = [history(company, number, last) for number in blocks]
    sums = [field.name for field in COLUMNS[1:]]
    joined = {name: [getattr(one, name) for one in each] for name in sums}
    return History(last, **{name: np.concatenate(some, axis=1) for name, some in joined.items()})


def _carried_on(company: Company, number: int, before: History, last: int) -> History:
    """Add the days that are not summed yet."""
    first = max(day_number(company.opened), before.last + 1 - RETURNED_WITHIN_DAYS)
    people, book = block(company, number), contacts(company, number)
    people_from = people.person[0]
    every = visits(company, people, book, first, last, with_causes=False)
    orders = every.where(every.is_order)
    lines = baskets.baskets(company, people, make_catalogue(company.draws), orders)
    total = baskets.totals(lines, len(orders))

    # the same columns as in the facts, so that both agree on a visit and an order
    zero = np.zeros(len(every), dtype=np.int64)
    made = fact_columns.visit_columns(company, number, every)
    sold = fact_columns.order_columns(
        company, number, orders, zero[: len(orders)], orders.started_ms, total
    )
    account = made["account"]

    # an order counts on the day of its visit, a return on its own day
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
    holder = sold["card_person"][shown] - people_from
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
    made["owner"] -= people_from
    _count_sessions(before, result, every, made)
    return result


def _count_sessions(
    before: History, result: History, every: Visits, made: dict[str, np.ndarray]
) -> None:
    """Add the visits of each browser since its current cookie."""
    told = (every.place != STORE) & ~made["is_private"] & (every.day > before.last)
    device, owner, cookie_day = (made[name] for name in ("device", "owner", "cookie_day"))
    place = (device[told], owner[told])
    np.maximum.at(result.cookie_day, place, cookie_day[told])
    is_new = result.cookie_day > before.cookie_day
    result.sessions[is_new], result.first_ms[is_new] = 0, LATER_MS

    told &= cookie_day == result.cookie_day[device, owner]
    place = (device[told], owner[told])
    np.add.at(result.sessions, place, 1)
    np.minimum.at(result.first_ms, place, every.started_ms[told])
    is_first = every.started_ms[told] == result.first_ms[place]
    place = (place[0][is_first], place[1][is_first])
    result.first_visit[place] = made["visit_id"][told][is_first]
    result.first_source[place] = every.source[told][is_first]
    result.first_message_day[place] = every.message_day[told][is_first]
