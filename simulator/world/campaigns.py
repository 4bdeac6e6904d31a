"""When campaigns run: platform budgets, message days and audiences, control groups."""

import numpy as np

from simulator.company import Company
from simulator.draws import Floats, Integers
from simulator.world.arrays import Booleans
from simulator.world.contacts import Contacts, is_allowed
from simulator.world.people import People

SEND_HOUR = {"email": 10, "push": 18, "sms": 11, "kakao": 12}
"""When a campaign's messages are sent."""

SEND_DAYS = {"email": (1, 4), "push": (0, 2, 5), "kakao": (3,), "sms": (2,)}
"""Weekdays on which campaigns are sent; SMS campaigns only every other week."""


BOUNCED = {"email": 0.012, "push": 0.03, "sms": 0.02, "kakao": 0.04}
"""Share of messages that are not delivered."""


def budget(company: Company, channel: str, days: Integers) -> Floats:
    """Return a platform's budget for a day, as a multiple of an average day's.

    Parameters
    ----------
    days
        Day numbers.

    Returns
    -------
    Floats
        It changes weekly, and is zero in about one week in nine.
    """
    draws, week = company.draws, (days + 3) // 7
    level = np.exp(0.4 * draws.normal(f"budget {channel}", week) - 0.08)
    return level * ~draws.chance(0.11, f"pause {channel}", week)


def has_campaign(company: Company, channel: str, days: Integers) -> Booleans:
    """Return on which days a campaign is sent.

    Parameters
    ----------
    days
        Day numbers.

    Returns
    -------
    Booleans
        True on the campaign's days.
    """
    weekday = (days + 3) % 7
    goes_out: Booleans = np.isin(weekday, SEND_DAYS[channel])
    if channel == "sms":
        goes_out &= (days + 3) // 7 % 2 == 0
    return goes_out


def audience(company: Company, channel: str, days: Integers) -> Integers:
    """Return the audience of a day's campaign.

    Parameters
    ----------
    days
        Day numbers.

    Returns
    -------
    Integers
        -1: everyone; otherwise the category whose fans it targets.
    """
    draws = company.draws
    for_all = draws.chance(0.6, f"audience {channel}", days)
    return np.where(for_all, -1, draws.below(12, f"theme {channel}", days))


def is_held_out(company: Company, channel: str, person: Integers, days: Integers) -> Booleans:
    """Return the random control group of a campaign.

    Parameters
    ----------
    company
        Has the share that is held out.
    person, days
        Person and day numbers, broadcast against each other.

    Returns
    -------
    Booleans
        True for the control group.
    """
    return company.draws.chance(company.holdout_share, f"holdout {channel}", person, days)


def is_addressed(
    company: Company, channel: str, people: People, book: Contacts, days: Integers
) -> Booleans:
    """Return a campaign's target group, including the control group.

    Parameters
    ----------
    days
        Day numbers, shape ``(days,)``.

    Returns
    -------
    Booleans
        Shape ``(people, days)``.
    """
    theme = audience(company, channel, days)
    likes = (people.favourites[:, :, None] == theme).any(axis=1) | (theme == -1)
    reachable = is_allowed(book, channel, days) & has_campaign(company, channel, days)
    if channel == "push":
        reachable &= book.app_day[:, None] <= days
    addressed: Booleans = reachable & likes & ~people.is_staff[:, None]
    return addressed


def is_bounced(company: Company, channel: str, person: Integers, days: Integers) -> Booleans:
    """Return whose messages bounce.

    Returns
    -------
    Booleans
        True where a message is not delivered.
    """
    return company.draws.chance(BOUNCED[channel], f"bounce {channel}", person, days)


def is_delivered(
    company: Company, channel: str, people: People, book: Contacts, days: Integers
) -> Booleans:
    """Return who receives a message.

    Returns
    -------
    Booleans
        The target group without the control group and bounces, shape ``(people, days)``.
    """
    reached = np.zeros((len(people), len(days)), dtype=bool)
    on = np.flatnonzero(has_campaign(company, channel, days))
    if len(on):
        some, person = days[on], people.person[:, None]
        reached[:, on] = is_addressed(company, channel, people, book, some)
        reached[:, on] &= ~is_held_out(company, channel, person, some)
        reached[:, on] &= ~is_bounced(company, channel, person, some)
    return reached
