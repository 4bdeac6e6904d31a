"""What becomes of each message: held out, bounced, delivered, opened, clicked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dangol.simulator.campaigns import SEND_HOUR, has_campaign, is_addressed, is_held_out
from dangol.simulator.company import DAY_MS, KOREA_AHEAD_MS, Company
from dangol.simulator.contacts import Contacts
from dangol.simulator.draws import Integers
from dangol.simulator.people import Booleans, People

OPENED = {"email": 0.24, "push": 0.09, "sms": 0.0, "kakao": 0.45}
CLICKED = {"email": 0.12, "push": 1.0, "sms": 0.05, "kakao": 0.10}
BOUNCED = {"email": 0.012, "push": 0.03, "sms": 0.02, "kakao": 0.04}
MACHINE_OPENED = 0.22
"""Share of e-mails that the mailbox's privacy proxy opens by itself."""


@dataclass(frozen=True)
class Messages:
    """Messages of campaigns, arrays of shape ``(messages,)``. A time of -1 means never.

    Parameters
    ----------
    local, person
        To whom.
    day, channel
        The campaign's key: a day number and a position among the company's channels.
    is_held_out
        Kept from the campaign, to measure it: nothing was sent.
    is_bounced
        Sent, and not delivered.
    sent_ms, delivered_ms, opened_ms, clicked_ms, machine_opened_ms
        UTC, in milliseconds since 1970-01-01. People open near the hour that they prefer.
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


def messages(company: Company, people: People, book: Contacts, first: int, last: int) -> Messages:
    """Send the campaigns of some days.

    Parameters
    ----------
    company
        Whose campaigns.
    people, book
        A block of people and its contact points.
    first, last
        Day numbers, both included.

    Returns
    -------
    Messages
        By channel, person and day, the control group included.
    """
    draws, days = company.draws, np.arange(first, last + 1)
    found = []
    for number, channel in enumerate(company.channels):
        if channel.kind != "message":
            continue
        on = days[has_campaign(company, channel.name, days)]
        local, column = np.nonzero(is_addressed(company, channel.name, people, book, on))
        day, person = on[column], people.person[local]
        held_out = is_held_out(company, channel.name, person, day)
        bounced = ~held_out & draws.chance(BOUNCED[channel.name], "bounce", person, day, number)
        # the queue takes a quarter of an hour
        queue = draws.below(900_000, "queue", person, day, number)
        sent = day * DAY_MS - KOREA_AHEAD_MS + SEND_HOUR[channel.name] * 3_600_000 + queue
        arrived = ~held_out & ~bounced
        takes = 400 + draws.exponential(2_500, "delivery", person, day, number).astype(np.int64)
        delivered = np.where(arrived, sent + takes, -1)
        best = np.where(people.best_channel[local] == number, 1.7, 0.85)
        opens = arrived & draws.chance(
            np.minimum(OPENED[channel.name] * best, 0.95), "opens", person, day, number
        )
        opened = delivered + _wait(company, people, local, day, number, channel.name)
        clicks = (opens if OPENED[channel.name] else arrived) & draws.chance(
            CLICKED[channel.name], "clicks", person, day, number
        )
        soon = 2_000 + draws.exponential(20_000, "click", person, day, number).astype(np.int64)
        machine = arrived & (channel.name == "email")
        machine &= draws.chance(MACHINE_OPENED, "machine", person)
        columns = (local, person, day, np.full(len(local), number), held_out, bounced)
        times = (
            np.where(held_out, -1, sent),
            delivered,
            np.where(opens, opened, -1),
            np.where(clicks, opened + soon, -1),
            np.where(machine, delivered + 1_700, -1),
        )
        found.append((*columns, *times))
    return Messages(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _wait(
    company: Company, people: People, local: Integers, day: Integers, number: int, channel: str
) -> Integers:
    """Draw how long a message lies unread: half wait for the reader's best hour."""
    draws, person = company.draws, people.person[local]
    at_once = draws.exponential(2_400_000, "reads", person, day, number).astype(np.int64)
    until_best = (people.best_hour[local] - SEND_HOUR[channel]) % 24 * 3_600_000
    at_best = draws.chance(0.5, "at the best hour", person, day, number)
    return np.minimum(np.where(at_best, until_best + at_once // 4, at_once), 2 * DAY_MS - 1) + 3_000
