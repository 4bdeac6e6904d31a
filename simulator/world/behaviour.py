"""Visits to the shop, the site and the app: who buys, and why."""

from collections.abc import Sequence

import numpy as np

from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company, day_number
from simulator.draws import Integers, pick
from simulator.world.arrays import Booleans
from simulator.world.campaigns import SEND_HOUR
from simulator.world.comings import comings
from simulator.world.contacts import Contacts
from simulator.world.people import People
from simulator.world.seasons import HOURS_ONLINE, HOURS_STORE, days_between
from simulator.world.visits import (
    APP,
    DIRECT,
    FIRST_ORDER,
    HABIT,
    ONLINE_SLOTS,
    REFERRAL,
    SEARCH,
    STORE,
    WEB,
    Visits,
)

Key = tuple[Integers, Integers, Integers]
"""The person, the day and the slot of each visit."""

HOUR_SHIFTS = (-2, 0, 1, 3)
"""How much later than average the four daily rhythms are."""


def visits(
    company: Company,
    people: People,
    book: Contacts,
    first: int,
    last: int,
    *,
    with_causes: bool = True,
) -> Visits:
    """Draw who comes when, and who buys.

    Parameters
    ----------
    first, last
        Day numbers, both included.
    with_causes
        Whether to compute ``due_to``, which takes longer; otherwise it is zero.

    Returns
    -------
    Visits
        All visits that begin on these days.
    """
    days = days_between(first, last)
    found = comings(company, people, book, days, with_causes=with_causes)
    local, day, slot, due_to, refill, *reached = map(np.concatenate, zip(*found, strict=True))
    order = np.lexsort((slot, day, local))
    local, day, slot, due_to, refill, *reached = (
        column[order] for column in (local, day, slot, due_to, refill, *reached)
    )

    draws, key = company.draws, (people.person[local], day, slot)
    in_store = ((slot >= ONLINE_SLOTS) & (slot < FIRST_ORDER)) | (
        (slot >= FIRST_ORDER) & (people.store_rate[local] > people.online_rate[local])
    )
    # people who would have come to a closed shop visit the site
    in_store &= (days.store[day - first] > 0) | (company.process == "btyd")
    in_app = (book.app_day[local] <= day) & draws.chance(0.6, "in app", *key)
    place = np.where(in_store, STORE, np.where(in_app, APP, WEB))
    elsewhere = draws.chance(0.15, "another store", *key)
    any_store = draws.below(company.stores, "which store", *key)
    store = np.where(elsewhere, any_store, people.home_store[local])
    started_ms = _start(company, people.hours[local], key, in_store)
    source, message_day = _source(company, reached, key, started_ms, place)
    is_order, experiment, variant, difference = _decide(company, people.where(local), key, place)
    return Visits(
        person=key[0],
        local=local,
        day=day,
        slot=slot,
        place=place,
        store=np.where(in_store, store, -1),
        started_ms=started_ms,
        source=source,
        message_day=message_day,
        is_order=is_order,
        due_to=due_to,
        experiment=experiment,
        variant=variant,
        order_due_to_variant=difference,
        refill=refill,
    )


def _decide(
    company: Company, visitors: People, key: Key, place: Integers
) -> tuple[Booleans, Integers, Integers, Integers]:
    """Draw which visits end in an order, and the effect of the day's A/B test on that."""
    draws, (person, day, slot) = company.draws, key
    online = place != STORE
    chance = np.where(online, company.online_conversion, company.store_conversion)
    chance = np.minimum(chance * np.where(online, visitors.conversion, 1.0), 0.98)
    if company.process == "btyd":
        chance = np.ones(len(day))
    experiment, variant = np.full(len(day), -1), np.zeros(len(day), dtype=np.int64)
    lift = np.zeros(len(day))
    for number, test in enumerate(company.experiments if company.process == "life" else ()):
        inside = (day >= day_number(test.first_date)) & (day <= day_number(test.last_date)) & online
        if not inside.any():
            continue
        experiment[inside] = number
        variant[inside] = draws.chance(0.5, test.experiment_id, person[inside])
        effect = test.lift + test.app_lift * (place == APP)
        effect = effect + test.foreign_lift * visitors.is_foreign
        lift = np.where(inside & (variant == 1), effect, lift)
    uniform = draws.uniform("orders", *key)
    forced = slot >= FIRST_ORDER
    without = forced | (uniform < chance)
    is_order = forced | (uniform < chance * (1 + lift))
    return is_order, experiment, variant, is_order.astype(np.int64) - without


def _start(company: Company, rhythm: Integers, key: Key, in_store: Booleans) -> Integers:
    """Draw the moment at which a visit begins."""
    draws, (_, day, _) = company.draws, key
    hour_draw = draws.uniform("hour", *key)
    online = pick(hour_draw, HOURS_ONLINE) + np.asarray(HOUR_SHIFTS)[rhythm]
    hour = np.where(in_store, pick(hour_draw, HOURS_STORE), online % 24)
    inside = draws.below(HOUR_MS, "moment", *key)
    # the shops open at half past nine
    inside = np.where(in_store & (hour == 9), inside // 2 + 1_800_000, inside)
    started_ms: Integers = day * DAY_MS - KOREA_AHEAD_MS + hour * HOUR_MS + inside
    return started_ms


def _source(
    company: Company, reached: Sequence[Integers], key: Key, started_ms: Integers, place: Integers
) -> tuple[Integers, Integers]:
    """Draw the last click, whether or not it had an effect, and the day of a clicked message."""
    draws, (_, day, slot) = company.draws, key
    own = draws.choice((5, 3, 1), "own source", *key)
    source = np.asarray((DIRECT, SEARCH, REFERRAL))[own]
    message_day = np.full(len(source), -1)
    hour = (started_ms + KOREA_AHEAD_MS) % DAY_MS // HOUR_MS
    for number, (channel, bits) in enumerate(zip(company.channels, reached, strict=True)):
        # a message that is sent later in the day can't have been clicked yet
        bits = np.where(hour > SEND_HOUR.get(channel.name, -1), bits, bits & 0b110)
        clicked = draws.chance(channel.click, f"click {channel.name}", *key)
        clicked &= bits > 0
        if channel.name == "push":
            clicked &= place == APP
        source = np.where(clicked, number, source)
        ago = np.select((bits & 1 == 1, bits & 2 == 2), (0, 1), 2)
        sent = day - ago if channel.kind == "message" else -1
        message_day = np.where(clicked, sent, message_day)
    by_itself = (place == STORE) | (slot == HABIT)
    return np.where(by_itself, DIRECT, source), np.where(by_itself, -1, message_day)
