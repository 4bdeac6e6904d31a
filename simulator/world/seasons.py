"""What a day is like: weekday, season, payday, holiday. One factor per day, around 1.

Modelled on the Korean retail year: gifts before Seollal and Chuseok and closed shops on the day
itself, sales in November, a quiet February and August, paydays on the 10th and the 25th.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np

from simulator.company import EPOCH
from simulator.draws import Floats, Integers

MONTHS = (1.02, 0.90, 0.97, 0.98, 1.03, 0.99, 0.97, 0.92, 1.02, 1.03, 1.16, 1.12)
STORE_WEEKDAYS = (0.80, 0.82, 0.86, 0.92, 1.08, 1.36, 1.16)
ONLINE_WEEKDAYS = (1.10, 1.06, 1.03, 1.00, 0.92, 0.90, 0.99)
PAYDAYS = (10, 25)

HOURS_STORE = (0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4, 6, 7, 7, 7, 7, 8, 9, 10, 9, 7, 4, 0, 0)
"""Weights of the hours of a day: the shops are open from 9:30 to 22:00."""

HOURS_ONLINE = (5, 3, 2, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 8, 7, 7, 7, 7, 7, 8, 10, 12, 12, 9)
"""Lunch time and late evening."""


@dataclass(frozen=True)
class Days:
    """Some consecutive days.

    Parameters
    ----------
    numbers
        Days since 1970-01-01, shape ``(days,)``.
    online, store
        The day's visits as a multiple of an average day's, shape ``(days,)``.
    weekday
        0 is Monday.
    gifts
        How close a gift-giving holiday is, from 0 to 1.
    """

    numbers: Integers
    online: Floats
    store: Floats
    weekday: Integers
    gifts: Floats

    @property
    def first(self) -> int:
        """The first day's number."""
        return int(self.numbers[0])


@lru_cache(maxsize=64)
def days_between(first: int, last: int) -> Days:
    """Return what some days are like.

    Parameters
    ----------
    first, last
        Days since 1970-01-01, both included.

    Returns
    -------
    Days
        Their factors.
    """
    numbers = np.arange(first, last + 1)
    dates = [EPOCH + timedelta(days=int(number)) for number in numbers]
    weekday = (numbers + 3) % 7
    month = np.array([MONTHS[day.month - 1] for day in dates])
    payday = np.array([_payday(day) for day in dates])
    gifts, closed = _feasts(dates)
    free = np.array([day in _korean(day.year) for day in dates])
    shop_weekday = np.where(free, max(STORE_WEEKDAYS), np.asarray(STORE_WEEKDAYS)[weekday])
    return Days(
        numbers=numbers,
        online=month * payday * (1 + 0.35 * gifts) * np.asarray(ONLINE_WEEKDAYS)[weekday],
        store=month * payday * (1 + 0.55 * gifts) * shop_weekday * np.where(closed, 0.0, 1.0),
        weekday=weekday,
        gifts=gifts,
    )


def feast_days(year: int) -> list[date]:
    """Return the holidays on which the shops are closed and for which everyone buys gifts.

    Returns
    -------
    list of date
        Seollal and Chuseok.
    """
    return sorted(
        day for day, name in _korean(year).items() if name in {"Korean New Year", "Chuseok"}
    )


def _payday(day: date) -> float:
    """Return the factor of the days after a payday: a sixth more at first, gone after four days."""
    since = min((day.day - payday) % 31 for payday in PAYDAYS)
    return 1.0 + 0.16 * max(0.0, 1 - since / 4)


def _feasts(dates: Iterable[date]) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return how close a holiday is, and whether it is today."""
    dates = list(dates)
    years = {day.year for day in dates} | {day.year + 1 for day in dates}
    feasts = sorted(feast for year in years for feast in feast_days(year))
    ahead = [min((feast - day).days for feast in feasts if feast >= day) for day in dates]
    gifts = np.array([max(0.0, 1 - days / 14) if days else 0.0 for days in ahead])
    return gifts, np.array([days == 0 for days in ahead])


@lru_cache(maxsize=32)
def _korean(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("KR", years=year, language="en_US")
