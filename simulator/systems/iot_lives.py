"""The lives of connected appliances: who uses them, how long they are active, when filters change.

An appliance is bought by the first member of a household (``people.py``) and has that person's
number. It is handed on within the family, falls silent when its owner leaves the company, stays
active nevertheless, or is given away to another customer or a stranger.
"""

from dataclasses import dataclass

import numpy as np

from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company
from simulator.draws import Integers
from simulator.world.people import NEVER

STAYS, FAMILY, CUSTOMER, STRANGER = range(4)

LAST_REFILLS = 12
"""How many refills back to search for the last one bought; four in five are bought."""


@dataclass(frozen=True)
class Owners:
    """Owners of appliances, arrays of shape ``(devices,)``.

    Parameters
    ----------
    person
        Their numbers, which are also the devices'.
    kind
        Position in ``APPLIANCES``.
    since_day, gone_day
        When the device was bought, and when the owner leaves the company.
    household_size, refill_days
        As in ``persons``.
    """

    person: Integers
    kind: Integers
    since_day: Integers
    gone_day: Integers
    household_size: Integers
    refill_days: Integers


@dataclass(frozen=True)
class Lives:
    """The life of each device, arrays of shape ``(devices,)``; ``NEVER``: it does not happen.

    Parameters
    ----------
    until_day
        From which day on it is silent.
    change, change_day
        Whether and when someone else gets it: ``STAYS``, ``FAMILY``, ``CUSTOMER`` or ``STRANGER``.
    next_person
        Who gets it; -1 for no one or a stranger.
    registered_day, released_day
        When the owner registers it and, if ever, removes it from the account.
    next_registered_day
        When the next person registers it.
    """

    until_day: Integers
    change: Integers
    change_day: Integers
    next_person: Integers
    registered_day: Integers
    released_day: Integers
    next_registered_day: Integers


def lives(company: Company, owners: Owners) -> Lives:
    """Draw the lives of devices.

    Returns
    -------
    Lives
        Each depends only on its device.
    """
    draws, person = company.draws, owners.person
    has_family = owners.household_size > 1
    hands_on = has_family & draws.chance(0.25, "device handed on", person)
    handed_day = owners.since_day + 30 + draws.below(500, "device handed on after", person)
    hands_on &= handed_day < owners.gone_day
    # most devices fall silent when their owner leaves
    after = draws.choice((55, 25, 10, 10), "device after", person)
    given_day = owners.gone_day + draws.below(45, "device given after", person)
    change = np.select(
        [hands_on, after == CUSTOMER, after == STRANGER], [FAMILY, CUSTOMER, STRANGER], STAYS
    )
    silent_day = owners.gone_day + draws.below(20, "device silent after", person)
    changed_day = np.select([change == FAMILY, change > FAMILY], [handed_day, given_day], NEVER)

    member = person + 1 + draws.below(np.maximum(owners.household_size - 1, 1), "who gets", person)
    other = draws.below(company.customers, "device to", person)
    wait = draws.choice((70, 15, 10, 5), "device registered after", person)
    registers = draws.chance(0.90, "device registered", person)
    registered = np.where(registers, owners.since_day + np.asarray((0, 1, 4, 20))[wait], NEVER)
    registered = np.where(registered < np.minimum(changed_day, silent_day), registered, NEVER)
    takes_off = draws.chance(np.where(change == FAMILY, 0.85, 0.5), "device released", person)
    released = np.where(takes_off & (registered < NEVER), changed_day, NEVER)
    takes_over = np.isin(change, (FAMILY, CUSTOMER)) & draws.chance(0.8, "taken over", person)
    # within the family at once, otherwise when the parcel is unpacked
    unpacked = np.where(change == FAMILY, 0, 1 + draws.below(5, "device unpacked", person))
    return Lives(
        until_day=np.where((change == STAYS) & (after == 0), silent_day, NEVER),
        change=change,
        change_day=changed_day,
        next_person=np.select([change == FAMILY, change == CUSTOMER], [member, other], -1),
        registered_day=registered,
        released_day=released,
        next_registered_day=np.where(takes_over, changed_day + unpacked, NEVER),
    )


def last_services(company: Company, owners: Owners, day: int) -> tuple[Integers, Integers]:
    """Return when each device's filter was last replaced by the end of a day, and the time before.

    A refill is used on the day after it was bought. Purchases by a customer are drawn as in
    ``behaviour.py``; a device that stays active without the customer gets refills elsewhere, half
    of the time.

    Parameters
    ----------
    owners
        Of devices bought by that day.
    day
        The day's number.

    Returns
    -------
    last, before
        UTC, in milliseconds since 1970-01-01; a new device's filter counts from the evening of the
        purchase.
    """
    draws, person = company.draws, owners.person
    since, period = owners.since_day, owners.refill_days
    elsewhere = draws.chance(0.5, "refills elsewhere", person)
    new = since * DAY_MS - KOREA_AHEAD_MS + 19 * HOUR_MS
    last, before, found = new.copy(), new.copy(), np.zeros(len(person), dtype=np.int64)
    for ago in range(LAST_REFILLS):
        turn = (day - since) // period + 1 - ago
        jitter = draws.below(7, "refill jitter", person, np.maximum(turn, 0)) - 3
        bought = since + turn * period + jitter
        happens = (turn > 0) & draws.chance(0.8, "refill", person, np.maximum(turn, 0))
        happens &= (bought < owners.gone_day) | elsewhere
        put_in = (bought + 1) * DAY_MS - KOREA_AHEAD_MS + 8 * HOUR_MS
        put_in += draws.below(12 * HOUR_MS, "refill put in", person, np.maximum(turn, 0))
        happens &= (bought + 1 <= day) & (found < 2)
        last = np.where(happens & (found == 0), put_in, last)
        before = np.where(happens & (found == 1), put_in, before)
        found += happens
    return last, before
