"""The table of visits, which behaviour fills and everything else reads."""

from dataclasses import dataclass

from simulator.company import Company
from simulator.draws import Integers
from simulator.world.arrays import Arrays, Booleans

WEB, APP, STORE = 0, 1, 2

ONLINE_SLOTS, STORE_SLOTS = 4, 2
"""The most visits per person and day. Slots 0 to 3 are online, 4 and 5 in shops."""

SLOTS = 8
FIRST_ORDER, HABIT = 6, 7
"""Slots of visits that only the person's own need causes."""

DIRECT, SEARCH, REFERRAL = 20, 21, 22
"""Sources of visits that come through no channel of the company; below 20: a channel's position."""


@dataclass(frozen=True)
class Visits(Arrays):
    """Visits, as arrays of shape ``(visits,)``, ordered by person, day and slot.

    Parameters
    ----------
    person, local
        The person's number, and the position in the block.
    day, slot
        A visit's key, with the person: day numbers and 0 to 7.
    place, store
        ``WEB``, ``APP`` or ``STORE``; the shop's number, -1 online.
    started_ms
        UTC, in milliseconds since 1970-01-01.
    source
        The source of the visit, as an analyst would see it.
    message_day
        The day of the campaign whose message was clicked; -1 where ``source`` is no message.
    is_order
        Whether it ended in one.
    due_to
        One bit per channel: this visit would not have happened without that channel.
    experiment, variant
        The A/B test that the visit was in (-1: none) and whether it saw the variant.
    order_due_to_variant
        -1: an order that the variant prevented; 1: an order that only the variant caused; else 0.
    refill
        The appliance or refill that it was for; -1 for others.
    """

    person: Integers
    local: Integers
    day: Integers
    slot: Integers
    place: Integers
    store: Integers
    started_ms: Integers
    source: Integers
    message_day: Integers
    is_order: Booleans
    due_to: Integers
    experiment: Integers
    variant: Integers
    order_due_to_variant: Integers
    refill: Integers


def visit_ids(company: Company, every: Visits) -> Integers:
    """Return the number of each visit, which encodes person, day and slot.

    Returns
    -------
    Integers
        ``visit_id``, shape ``(visits,)``.
    """
    return (every.day * company.customers + every.person) * SLOTS + every.slot
