"""Who saw which advertisement and got which message, and what that does to him.

An exposure counts for sixteen days. Its carry-over halves every few days, several add up, and their
sum saturates (a Hill curve of order 1), which is the form that marketing-mix models assume (Jin,
Wang, Sun, Chan and Koehler, *Bayesian methods for media mix modeling with carryover and shape
effects*, Google 2017). Because sixteen days are sixteen bits, the whole of it is one look-up in a
table for each channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dangol.simulator.company import Channel, Company
from dangol.simulator.draws import Floats, Integers
from dangol.simulator.world.arrays import Booleans
from dangol.simulator.world.campaigns import budget, is_delivered
from dangol.simulator.world.contacts import Contacts
from dangol.simulator.world.people import People, need

MEMORY_DAYS = 16
"""How long an exposure counts."""


@dataclass(frozen=True)
class Exposures:
    """What reached a block of people on some days.

    Parameters
    ----------
    first
        The first of the days.
    seen
        Whether something came, by channel, shape ``(people, days)``.
    recent
        Bit 0: something came on that day; bits 1 and 2: on the two before it. By channel, in the
        same shape.
    saturation
        How saturated a person is, from 0 to 1, by channel, in the same shape.
    """

    first: int
    seen: dict[str, Booleans]
    recent: dict[str, NDArray[np.uint8]]
    saturation: dict[str, NDArray[np.float32]]


def expose(company: Company, people: People, book: Contacts, first: int, last: int) -> Exposures:
    """Decide who sees what.

    Parameters
    ----------
    company
        With its channels.
    people, book
        A block of people and its contact points.
    first, last
        Day numbers, both included.

    Returns
    -------
    Exposures
        Of these days; the days before count as they are remembered.
    """
    days = np.arange(first - MEMORY_DAYS + 1, last + 1)
    wanting = need(people, days)
    seen, recent, saturation = {}, {}, {}
    for channel in company.channels:
        if channel.kind == "ad":
            came = _sees_ad(company, channel, people, days, wanting)
        else:
            came = is_delivered(company, channel.name, people, book, days)
        history = _last_sixteen(came)
        seen[channel.name] = came[:, MEMORY_DAYS - 1 :]
        recent[channel.name] = (history & 0b111).astype(np.uint8)
        saturation[channel.name] = saturation_table(channel)[history]
    return Exposures(first, seen, recent, saturation)


def multiplier(
    company: Company,
    people: People,
    saturation: Mapping[str, NDArray[np.floating[Any]]],
    where: Integers | slice,
) -> Floats:
    """Return by how much marketing multiplies the visits of people.

    Parameters
    ----------
    company
        With what its channels do.
    people
        A block.
    saturation
        How saturated each person is, by channel.
    where
        The people (positions in the block) that the first axis of ``saturation`` stands for.

    Returns
    -------
    Floats
        From 1 on, in the shape of the saturations.
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
    """Work out how saturated each history of sixteen days leaves a person.

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


def _sees_ad(
    company: Company, channel: Channel, people: People, days: Integers, wanting: Floats
) -> Booleans:
    """Draw who sees an advertisement: more often those who are about to buy anyway."""
    draws, person = company.draws, people.person[:, None]
    taste = 0.5 + draws.uniform(f"sees {channel.name}", person)
    chased = (1 + channel.chasing * wanting**2) / (1 + channel.chasing / 3)
    # platforms show more to those who shop more
    busy = np.clip((people.online_rate / company.online_visits)[:, None], 0.2, 2.5) ** 0.5
    chance = channel.reach * budget(company, channel.name, days) * taste * chased * busy
    return draws.chance(chance, f"ad {channel.name}", person, days)


def _last_sixteen(came: Booleans) -> NDArray[np.uint16]:
    """Pack each day and the fifteen before it into bits, today the lowest."""
    days = came.shape[1] - MEMORY_DAYS + 1
    history = np.zeros((came.shape[0], days), dtype=np.uint16)
    for ago in range(MEMORY_DAYS):
        start = MEMORY_DAYS - 1 - ago
        history |= came[:, start : start + days].astype(np.uint16) << np.uint16(ago)
    return history
