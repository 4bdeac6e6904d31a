"""What happens to each message: held out, bounced, delivered, opened, clicked."""

from dataclasses import dataclass

import numpy as np

from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company
from simulator.draws import Integers
from simulator.world import campaigns
from simulator.world.arrays import Arrays, Booleans
from simulator.world.contacts import Contacts
from simulator.world.people import People
from simulator.world.visits import Visits

OPENED = {"email": 0.22, "push": 0.0, "sms": 0.0, "kakao": 0.43}
"""Share of delivered messages that are opened without a click; a push is opened by the click, and
SMS opens are unknown."""

LEFT = {"email": 0.003, "push": 0.01, "sms": 0.004, "kakao": 0.004}
"""Share that is clicked by people who leave before the page loads: clicks without a visit."""

INDIFFERENT = 0.35
"""Factor for the opens of people who no longer buy."""

UNKNOWN_MS = 1 << 60
"""Later than any time."""

MACHINE_OPENED = 0.22
"""Share of e-mails that the mailbox's privacy proxy opens automatically."""


@dataclass(frozen=True)
class Messages(Arrays):
    """Messages of campaigns, arrays of shape ``(messages,)``. A time of -1 means never.

    Parameters
    ----------
    local, person
        The recipient.
    day, channel
        The campaign's key: a day number and a position among the company's channels.
    is_held_out
        In the control group: nothing was sent.
    is_bounced
        Sent, and not delivered.
    sent_ms, delivered_ms, opened_ms, clicked_ms, machine_opened_ms
        UTC, in milliseconds since 1970-01-01. People open near their preferred hour; a click is a
        few seconds before the first visit that it brings.
    """

    local: Integers
    person: Integers
    day: Integers
    channel: Integers
    is_held_out: Booleans
    is_bounced: Booleans
    sent_ms: Integers
    delivered_ms: Integers
    opened_ms: Integers
    clicked_ms: Integers
    machine_opened_ms: Integers


def messages(
    company: Company, people: People, book: Contacts, every: Visits, first: int, last: int
) -> Messages:
    """Send the campaigns of some days.

    Parameters
    ----------
    every
        The visits of these people from the first of the days on.
    first, last
        Day numbers, both included.

    Returns
    -------
    Messages
        By channel, person and day, including the control group.
    """
    draws, days = company.draws, np.arange(first, last + 1)
    found = []
    for number, channel in enumerate(company.channels):
        if channel.kind != "message":
            continue
        on = days[campaigns.has_campaign(company, channel.name, days)]
        local, column = np.nonzero(campaigns.is_addressed(company, channel.name, people, book, on))
        day, person = on[column], people.person[local]
        held_out = campaigns.is_held_out(company, channel.name, person, day)
        bounced = ~held_out & campaigns.is_bounced(company, channel.name, person, day)
        # the queue takes a quarter of an hour
        queue = draws.below(900_000, "queue", person, day, number)
        sent = day * DAY_MS - KOREA_AHEAD_MS + campaigns.SEND_HOUR[channel.name] * HOUR_MS + queue
        arrived = ~held_out & ~bounced
        takes = 400 + draws.exponential(2_500, "delivery", person, day, number).astype(np.int64)
        delivered = np.where(arrived, sent + takes, -1)
        best = np.where(people.best_channel[local] == number, 1.7, 0.85)
        best = np.where(people.gone_day[local] <= day, INDIFFERENT * best, best)
        opens = arrived & draws.chance(
            np.minimum(OPENED[channel.name] * best, 0.95), "opens", person, day, number
        )
        read = delivered + _wait(company, people, local, day, number, channel.name)
        soon = 2_000 + draws.exponential(20_000, "click", person, day, number).astype(np.int64)
        leaves = arrived & (people.gone_day[local] > day)
        leaves &= draws.chance(LEFT[channel.name], "leaves", person, day, number)
        came = _first_visit(every, number, local, day)
        loads = 1_200 + draws.below(2_400, "loads", person, day, number)
        came = np.where(came < UNKNOWN_MS, came - loads, came)
        clicked = np.minimum(came, np.where(leaves, read + soon, UNKNOWN_MS))
        opened = np.where(opens, read, UNKNOWN_MS)
        if channel.name != "sms":
            before = np.minimum(opened, np.maximum(clicked - soon, delivered + 1_000))
            opened = np.where(clicked < UNKNOWN_MS, before, opened)
        machine = arrived & (channel.name == "email")
        machine &= draws.chance(MACHINE_OPENED, "machine", person)
        columns = (local, person, day, np.full(len(local), number), held_out, bounced)
        times = (
            np.where(held_out, -1, sent),
            delivered,
            np.where(arrived & (opened < UNKNOWN_MS), opened, -1),
            np.where(arrived & (clicked < UNKNOWN_MS), clicked, -1),
            np.where(machine, delivered + 1_700, -1),
        )
        found.append((*columns, *times))
    return Messages(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _wait(
    company: Company, people: People, local: Integers, day: Integers, number: int, channel: str
) -> Integers:
    """Draw how long a message stays unread: half wait for the reader's best hour."""
    draws, person = company.draws, people.person[local]
    at_once = draws.exponential(2_400_000, "reads", person, day, number).astype(np.int64)
    until_best = (people.best_hour[local] - campaigns.SEND_HOUR[channel]) % 24 * HOUR_MS
    at_best = draws.chance(0.5, "at the best hour", person, day, number)
    return np.minimum(np.where(at_best, until_best + at_once // 4, at_once), 2 * DAY_MS - 1) + 3_000


def _first_visit(every: Visits, number: int, local: Integers, day: Integers) -> Integers:
    """Return the start of the first visit that each message brought; ``UNKNOWN_MS`` if none."""
    mine = np.flatnonzero(every.source == number)
    width = int(day.max(initial=0)) + 1
    keys = every.local[mine] * width + every.message_day[mine]
    order = np.lexsort((every.started_ms[mine], keys))
    keys, started = keys[order], every.started_ms[mine][order]
    wanted = local * width + day
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    if not len(keys):
        return np.full(len(local), UNKNOWN_MS)
    return np.where(keys[place] == wanted, started[place], UNKNOWN_MS)
