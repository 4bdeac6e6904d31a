"""Who saw which advertisement and got which message, and the effect.

An exposure counts for sixteen days. Its carry-over halves every few days, several add up, and their
sum saturates (a Hill curve of order 1), which is the form that marketing-mix models assume (Jin,
Wang, Sun, Chan and Koehler, *Bayesian methods for media mix modeling with carryover and shape
effects*, Google 2017). Because sixteen days are sixteen bits, all of it is one table look-up per
channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.company import Channel, Company
from simulator.draws import Floats, Integers
from simulator.world.arrays import Booleans
from simulator.world.campaigns import budget, is_delivered
from simulator.world.contacts import Contacts
from simulator.world.people import People

MEMORY_DAYS = 16
"""For how many days an exposure counts: a power of two, the number of bits in a 16-bit number."""


@dataclass(frozen=True)
class Exposures:
    """What reached a block of people on some days.

    Parameters
    ----------
    history
        Bit 0: an exposure on that day; bits 1 to 15: on the days before it. By channel, shape
        ``(people, days)``.
    saturation
        How saturated a person is, from 0 to 1, by channel, in the same shape.
    """

    history: dict[str, NDArray[np.uint16]]
    saturation: dict[str, NDArray[np.float32]]


def expose(
    company: Company, people: People, book: Contacts, first: int, last: int, wanting: Floats
) -> Exposures:
    """Draw who sees what.

    Parameters
    ----------
    first, last
        Day numbers, both included.
    wanting
        What the people need on these days and the fifteen before, as :func:`need` returns it.

    Returns
    -------
    Exposures
        For these days; earlier days count with their carry-over.
    """
    days = np.arange(first - MEMORY_DAYS + 1, last + 1)
    history, saturation = {}, {}
    for channel in company.channels:
        if channel.kind == "ad":
            came = sees_ad(company, channel, people, days, wanting)
        else:
            came = is_delivered(company, channel.name, people, book, days)
        history[channel.name] = _last_sixteen(came)
        saturation[channel.name] = saturation_table(channel)[history[channel.name]]
    return Exposures(history, saturation)


def sees_ad(
    company: Company, channel: Channel, people: People, days: Integers, wanting: Floats
) -> Booleans:
    """Draw who sees an advertisement: people who are about to buy anyway see more.

    Parameters
    ----------
    days
        Day numbers, shape ``(days,)``.
    wanting
        What the people need on these days, as :func:`need` returns it.

    Returns
    -------
    Booleans
        Shape ``(people, days)``.
    """
    draws, person = company.draws, people.person[:, None]
    taste = 0.5 + draws.uniform(f"sees {channel.name}", person)
    # platforms show more to people who shop more
    busy = np.clip((people.online_rate / company.online_visits)[:, None], 0.2, 2.5) ** 0.5
    chance = wanting**2
    chance *= channel.chasing
    chance += 1
    chance *= channel.reach * taste * busy / (1 + channel.chasing / 3)
    chance *= budget(company, channel.name, days)
    return draws.chance(chance, f"ad {channel.name}", person, days)


def multiplier(
    company: Company,
    people: People,
    saturation: Mapping[str, NDArray[np.floating[Any]]],
    where: Integers | slice,
) -> Floats:
    """Return the factor by which marketing multiplies people's visits.

    Parameters
    ----------
    saturation
        How saturated each person is, by channel.
    where
        The people (positions in the block) on the first axis of ``saturation``.

    Returns
    -------
    Floats
        At least 1, in the shape of the saturations.
    """
    some = next(iter(saturation.values()))
    rise = np.zeros(some.shape)
    shape = (-1,) + (1,) * (some.ndim - 1)
    for number, channel in enumerate(company.channels):
        if channel.lift:
            fits = np.where(people.best_channel[where] == number, 1.6, 0.9).reshape(shape)
            rise += channel.lift * fits * saturation[channel.name]
    for pair in company.interactions:
        if pair.lift:
            rise += pair.lift * saturation[pair.first] * saturation[pair.second]
    return 1 + people.response[where].reshape(shape) * rise


@lru_cache(maxsize=64)
def saturation_table(channel: Channel) -> NDArray[np.float32]:
    """Compute the saturation for each possible history of sixteen days.

    Parameters
    ----------
    channel
        With its half-life and its half-saturation.

    Returns
    -------
    NDArray[np.float32]
        Shape ``(65536,)``; bit 0 of the position is today, bit 15 is fifteen days ago.
    """
    history = np.arange(1 << MEMORY_DAYS)
    carried = np.zeros(len(history))
    for ago in range(MEMORY_DAYS):
        carried += ((history >> ago) & 1) * 0.5 ** (ago / channel.half_life)
    return (carried / (carried + channel.saturation)).astype(np.float32)


def _last_sixteen(came: Booleans) -> NDArray[np.uint16]:
    """Pack each day and the fifteen before it into bits, today the lowest."""
    history = came.astype(np.uint16)
    step = 1
    while step < MEMORY_DAYS:
        # doubles the days in each number: its own, and those that end where they begin
        longer = history.copy()
        longer[:, step:] |= history[:, :-step] << np.uint16(step)
        history, step = longer, 2 * step
    return history[:, MEMORY_DAYS - 1 :]
