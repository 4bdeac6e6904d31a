"""Columns of the fact tables: further details of a visit, an order, a campaign."""

from dataclasses import dataclass

import numpy as np

from simulator.company import DAY_MS, KOREA_AHEAD_MS, Company
from simulator.draws import Integers
from simulator.world import baskets
from simulator.world.campaigns import audience, has_campaign
from simulator.world.contacts import contacts
from simulator.world.people import BLOCK, block
from simulator.world.visits import STORE, Visits, visit_ids

PRIVATE_WINDOWS = 0.07
"""Share of a browser's visits that are made in a private window."""

LATEST_DAYS = 3
"""For how many days an app may delay events that happened without a network."""


@dataclass(frozen=True)
class Span:
    """The days of the facts.

    Parameters
    ----------
    first, last
        Day numbers, both included.
    """

    first: int
    last: int


def campaigns_of(company: Company, span: Span) -> dict[str, np.ndarray]:
    """List the campaigns that are sent on some days, and earlier ones that still bring visits.

    Returns
    -------
    dict of str to array
        ``channel``, ``day`` and ``theme``: the category that it is about, or -1.
    """
    # a message is clicked for two days, and a phone may be offline for three
    days, found = np.arange(span.first - LATEST_DAYS - 2, span.last + 1), []
    for number, channel in enumerate(company.channels):
        if channel.kind == "message":
            on = days[has_campaign(company, channel.name, days)]
            found.append((np.full(len(on), number), on, audience(company, channel.name, on)))
    names = ("channel", "day", "theme")
    return dict(zip(names, map(np.concatenate, zip(*found, strict=True)), strict=True))


def said_on(company: Company, number: int, span: Span) -> dict[str, np.ndarray]:
    """List the consents and withdrawals of a block of people on some days.

    Returns
    -------
    dict of str to array
        ``person``, ``permission`` (position in ``PERMISSIONS``), ``day`` and ``is_given``.
    """
    book, found = contacts(company, number), []
    for is_given, days in ((True, book.allowed_from), (False, book.allowed_until)):
        local, permission = np.nonzero((span.first <= days) & (days <= span.last))
        given = np.full(len(local), is_given)
        found.append((local + number * BLOCK, permission, days[local, permission], given))
    names = ("person", "permission", "day", "is_given")
    return dict(zip(names, map(np.concatenate, zip(*found, strict=True)), strict=True))


def late_days(company: Company, every: Visits) -> Integers:
    """Return how many days after a visit in the app its events arrive.

    Returns
    -------
    Integers
        Usually 0; up to three for one app visit in 25.
    """
    draws, key = company.draws, (every.person, every.day, every.slot)
    wait = 1 + draws.choice((6, 3, 1), "late by", *key)
    return np.where((every.place == 1) & draws.chance(0.04, "is late", *key), wait, 0)


def visit_columns(company: Company, number: int, every: Visits) -> dict[str, np.ndarray]:
    """Return the account, device and cookie of each visit."""
    draws, key = company.draws, (every.person, every.day, every.slot)
    people, book, local = block(company, number), contacts(company, number), every.local
    has_account = book.account_day[local] <= every.day
    second = has_account & (book.second_account_day[local] <= every.day)
    second &= draws.chance(0.7, "second account", *key)
    logs_in = has_account & (
        (every.place == 1) | draws.chance(0.45, "logs in", *key) | every.is_order
    )
    as_guest = every.is_order & (every.place == 0)
    as_guest &= draws.chance(company.guest_checkout, "as guest", *key)
    account = np.where(logs_in & ~as_guest, np.where(second, 2, 1), 0)

    # 0: the phone's browser, 1: the computer's, 2: the app
    on_computer = draws.chance(0.35, "computer", *key)
    device = np.where(every.place == 1, 2, np.where(on_computer, 1, 0))
    owner = np.where(
        (device == 1) & book.shares_device[local], people.household[local], every.person
    )
    # an app keeps its id as long as it is installed
    days = np.where(device == 2, 3_000, book.cookie_days[owner - number * BLOCK])
    age = (every.day + book.cookie_phase[owner - number * BLOCK]) % days
    cookie = draws.bits("cookie", owner, device, every.day - age)
    return {
        **{name: column for name, column in every.columns().items() if name != "local"},
        "visit_id": visit_ids(company, every),
        "account": account,
        "device": device,
        "cookie": cookie,
        "cookie_day": every.day - age,
        # whose browser it is, and whether the visit is in a private window
        "owner": owner,
        "is_private": draws.chance(PRIVATE_WINDOWS, "private window", *key) & (device != 2),
    }


def order_columns(
    company: Company,
    number: int,
    every: Visits,
    visit_id: Integers,
    order_ms: Integers,
    total: Integers,
) -> dict[str, np.ndarray]:
    """Return how each order was paid and how the buyer was identified."""
    draws, chosen = company.draws, every.is_order
    orders = every.where(chosen)
    key, local = (orders.person, orders.day, orders.slot), orders.local
    book, total, in_store = contacts(company, number), total[chosen], orders.place == STORE
    has_card = book.card_day[local] <= orders.day
    shown = in_store & has_card & draws.chance(company.card_shown, "card shown", *key)
    second = (book.second_card_day[local] <= orders.day) & (
        book.card_person[local] == orders.person
    )
    free = in_store | (total >= baskets.FREE_SHIPPING)
    return {
        "visit_id": visit_id[chosen],
        "person": orders.person,
        "day": (order_ms[chosen] + KOREA_AHEAD_MS) // DAY_MS,
        "at_ms": order_ms[chosen],
        "place": orders.place,
        "store": orders.store,
        "total": total,
        "shipping": np.where(free, 0, baskets.SHIPPING),
        "has_coupon": baskets.uses_coupon(company, orders),
        # 0 credit card, 1 a phone's wallet, 2 cash in shops and a bank transfer online
        "payment": draws.choice((60, 30, 10), "payment", *key),
        # whose card was shown, and whether it was the second one; -1 for none
        "card_person": np.where(shown, book.card_person[local], -1),
        "is_second_card": shown & second,
        "clerk": draws.below(9, "clerk", orders.store + 1, orders.day, orders.slot),
        "due_to": orders.due_to,
    }
