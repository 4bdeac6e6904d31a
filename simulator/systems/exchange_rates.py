"""Context: exchange rates in won, one file each business day.

The rates are a keyed walk that can be computed for any single day: waves of a year, of months,
weeks and days, the slower the larger. No file is written on Saturdays, Sundays and holidays. Yen,
dong and rupiah are quoted per hundred, which only the code says: ``JPY(100)``.

The layout is our own convention, after the table that Korean banks publish: a base rate, and the
bank's buying and selling rates for transfers, one per cent below and above it.
"""

from datetime import date
from functools import lru_cache

import holidays
import numpy as np

from simulator import data
from simulator.company import Company
from simulator.export import Csv, Export, Exports, Night

NAME = "exchange_rates"

CURRENCIES = data.columns("words/currencies")
"""Code with the unit, Korean name, and the rate in won around which it moves."""

PERIODS = (512, 128, 32, 8, 2)
"""Approximate days between the peaks of each wave."""

RATES = """
select
    strftime(date_of({day}), '%Y-%m-%d') as "기준일",
    code as "통화코드",
    name as "통화명",
    format('{{:,.2f}}', rate) as "매매기준율",
    format('{{:,.2f}}', rate * 0.99) as "전신환 매입률",
    format('{{:,.2f}}', rate * 1.01) as "전신환 매도율",
    code as _key
from exchange_rates_today
order by number
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the rates of the day, if banks were open."""
    if not is_business_day(night.date):
        return
    night.table(
        "exchange_rates_today",
        number=np.arange(len(CURRENCIES["code"])),
        code=np.array(CURRENCIES["code"], dtype=object),
        name=np.array(CURRENCIES["name"], dtype=object),
        rate=np.array([won_for(night.company, c, night.day) for c in CURRENCIES["code"]]),
    )
    yield Export(f"exchange_rates_{night.date}.csv", RATES.format(day=night.day), Csv())


def won_for(company: Company, code: str, day: int) -> float:
    """Return the price of a unit of a currency in won.

    Parameters
    ----------
    code
        As in ``CURRENCIES``, with the unit.
    day
        A day number; days on which banks are closed have a rate too, which is not published.

    Returns
    -------
    float
        Rounded to 0.01 won.
    """
    middle = data.numbers("words/currencies", "won")[CURRENCIES["code"].index(code)]
    # all rise together when the won falls
    height = _waves(company, "won", day) + (code != "USD") * 0.5 * _waves(company, code, day)
    return float(np.round(middle * np.exp(height), 2))


def _waves(company: Company, purpose: str, day: int) -> float:
    """Add up waves: normally distributed heights at intervals, with linear interpolation."""
    height = 0.0
    for period in PERIODS:
        knot = day // period + np.arange(2)
        weight = np.array((1 - day % period / period, day % period / period))
        drawn = company.draws.normal(f"rate {purpose}", period, knot)
        height += 0.003 * period**0.5 * float((weight * drawn).sum())
    return height


def is_business_day(day: date) -> bool:
    """Return whether Korean banks are open.

    Returns
    -------
    bool
        False on Saturdays, Sundays and public holidays.
    """
    return day.weekday() < 5 and day not in _korean(day.year)


@lru_cache(maxsize=32)
def _korean(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("KR", years=year)
