"""Who comes on which day: by habit, by need, and because of advertisements and messages."""

from collections.abc import Iterator

import numpy as np

from simulator.company import Company, day_number
from simulator.draws import Floats, Integers, poisson
from simulator.world.contacts import Contacts
from simulator.world.marketing import MEMORY_DAYS, Exposures, expose, multiplier
from simulator.world.people import NEVER, People, is_alive, need
from simulator.world.seasons import Days
from simulator.world.visits import FIRST_ORDER, HABIT, ONLINE_SLOTS, STORE_SLOTS

Coming = tuple[Integers, Integers, Integers, Integers, Integers]
"""Visits: position in the batch, day, slot, bits of the channels that caused them, and refill."""

PERSON_DAYS_AT_ONCE = 1 << 16
"""Person-days that are computed at once: as many as fit into the CPU cache."""


def comings(
    company: Company, people: People, book: Contacts, days: Days, *, with_causes: bool
) -> Iterator[tuple[np.ndarray, ...]]:
    """Draw who comes on which day, some people at a time.

    Yields
    ------
    tuple of array
        ``local``, ``day``, ``slot``, ``due_to`` and ``refill`` of :class:`Visits`; then, for each
        channel, what recently reached the visitor: bit 0 is the day itself, bits 1 and 2 are the
        two days before it. One tuple per batch and kind of visit.
    """
    first, last = days.first, int(days.numbers[-1])
    there = np.flatnonzero((people.joined_day <= last) & (people.gone_day > first))
    size = max(1, PERSON_DAYS_AT_ONCE // len(days.numbers))
    # at least one batch, even if empty, so that there is something to concatenate
    for start in range(0, max(1, len(there)), size):
        hand = there[start : start + size]
        some = people.where(hand)
        local, *others = _of_hand(company, some, book.where(hand), days, with_causes)
        yield hand[local], *others


def _of_hand(
    company: Company, people: People, book: Contacts, days: Days, with_causes: bool
) -> tuple[np.ndarray, ...]:
    """Return the visits of a batch; ``local`` is the position in it."""
    last = int(days.numbers[-1])
    wanting = need(people, np.arange(days.first - MEMORY_DAYS + 1, last + 1))
    exposures = expose(company, people, book, days.first, last, wanting)
    wanting = wanting[:, MEMORY_DAYS - 1 :]
    found = [
        *_drawn(company, people, days, wanting, exposures, with_causes),
        *_habits(company, people, days),
    ]
    local, day, slot, due_to, refill = map(np.concatenate, zip(*found, strict=True))
    reached = [
        exposures.history[channel.name][local, day - days.first] & 0b111
        for channel in company.channels
    ]
    return local, day, slot, due_to, refill, *reached


def _drawn(
    company: Company,
    people: People,
    days: Days,
    wanting: Floats,
    exposures: Exposures,
    with_causes: bool,
) -> Iterator[Coming]:
    """Draw visits from each person's rate."""
    draws, person = company.draws, people.person[:, None]
    coming = is_alive(people, days.numbers).astype(np.float64)
    moved = np.ones(coming.shape)
    online, store = people.online_rate[:, None], people.store_rate[:, None]
    if company.process != "btyd":
        coming *= 0.4 + 1.2 * wanting
        moved = multiplier(company, people, exposures.saturation, slice(None))
        online, store = online * days.online, store * days.store
    for purpose, mean, most, first_slot in (
        ("online visits", online * coming, ONLINE_SLOTS, 0),
        ("store visits", store * coming, STORE_SLOTS, ONLINE_SLOTS),
    ):
        uniform = draws.uniform(purpose, person, days.numbers)
        counts = poisson(uniform, mean * moved, most)
        local, column = np.nonzero(counts)
        count = counts[local, column]
        each = np.repeat(np.arange(len(local)), count)
        number = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
        due_to = np.zeros(len(each), dtype=np.int64)
        if with_causes:
            fewer = _without_each(company, people, exposures, uniform, mean, most, local, column)
            for bit, reduced in enumerate(fewer):
                due_to |= (number >= reduced[each]).astype(np.int64) << bit
        day, refill = column[each] + days.first, np.full(len(each), -1)
        yield local[each], day, number + first_slot, due_to, refill


def _without_each(
    company: Company,
    people: People,
    exposures: Exposures,
    uniform: Floats,
    mean: Floats,
    most: int,
    local: Integers,
    column: Integers,
) -> list[Integers]:
    """Count the visits without each of the channels, with the same draws."""
    saturation = {
        name: level[local, column].astype(np.float64)
        for name, level in exposures.saturation.items()
    }
    counts = []
    for channel in company.channels:
        other = company.without(channel.name)
        factor = (
            np.ones(len(local))
            if company.process == "btyd"
            else multiplier(other, people, saturation, local)
        )
        counts.append(poisson(uniform[local, column], mean[local, column] * factor, most))
    return counts


def _habits(company: Company, people: People, days: Days) -> Iterator[Coming]:
    """List the first orders, the appliances and their refills on these days."""
    draws = company.draws
    begins = np.flatnonzero(
        (people.joined_day >= max(days.first, day_number(company.opened)))
        & (people.joined_day <= days.numbers[-1])
    )
    slot = np.full(len(begins), FIRST_ORDER)
    yield begins, people.joined_day[begins], slot, begins * 0, begins * 0 - 1
    owners = np.flatnonzero((people.appliance >= 0) & (people.appliance_day < NEVER))
    since, period = people.appliance_day[owners], people.refill_days[owners]
    turn = np.maximum(0, (days.first - since) // period)
    for _ in range(2 + (days.numbers[-1] - days.first) // 28):
        person = people.person[owners]
        jitter = draws.below(7, "refill jitter", person, turn) - 3
        day = since + turn * period + np.where(turn > 0, jitter, 0)
        happens = (turn == 0) | draws.chance(0.8, "refill", person, turn)
        happens &= (days.first <= day) & (day <= days.numbers[-1])
        happens &= (people.joined_day[owners] <= day) & (day < people.gone_day[owners])
        some = owners[happens]
        # 0, 1, 2: an appliance is bought; 3, 4, 5: its refill is
        kind = people.appliance[some] + np.where(turn[happens] > 0, 3, 0)
        yield some, day[happens], np.full(len(some), HABIT), some * 0, kind
        turn = turn + 1
