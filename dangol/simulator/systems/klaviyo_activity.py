"""What Klaviyo knows of a profile from the shop: its orders, and the day of the last visit."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from dangol.simulator.behaviour import visits
from dangol.simulator.company import Company, day_number
from dangol.simulator.contacts import contacts
from dangol.simulator.draws import Integers
from dangol.simulator.fact_columns import visit_columns
from dangol.simulator.histories import history
from dangol.simulator.night import Night
from dangol.simulator.people import NEVER, block
from dangol.simulator.visits import STORE

DAYS_AT_ONCE = 120
KEPT_BLOCKS = 1024
"""Blocks whose days are kept for the next week's file, some 200 kB each."""

PROFILES = """
create or replace table klaviyo_profiles as
with late as (
    -- an order of the day's last visit can be made after midnight: it is the next day's
    select
        visits.person,
        if(visits.account = 2, 2, 1) as profile,
        count(*) as orders,
        sum(orders.total + orders.shipping) as paid
    from orders inner join visits on orders.visit_id = visits.visit_id
    where visits.day <= {day} and orders.day > {day} and orders.place < 2
    group by all
)

select
    klaviyo_counted.* replace (
        klaviyo_counted.orders - coalesce(late.orders, 0) as orders,
        klaviyo_counted.paid - coalesce(late.paid, 0) as paid
    )
from klaviyo_counted left join late using (person, profile)
"""


@dataclass(frozen=True)
class Activity:
    """Days of a block of people, of shape ``(2, people)``: on the first profile, on the second.

    Parameters
    ----------
    last
        The number of the day up to which visits count.
    first_order, last_order, last_visit
        Day numbers; ``NEVER`` and -1 where there is none yet. Orders without logging in are the
        first profile's, whose address the buyer gives.
    """

    last: int
    first_order: Integers
    last_order: Integers
    last_visit: Integers


_kept: OrderedDict[tuple[Company, int], Activity] = OrderedDict()


def activity(company: Company, number: int, last: int) -> Activity:
    """Return when a block of people came and bought, up to a day.

    Parameters
    ----------
    company
        Whose customers.
    number
        Which block.
    last
        The day's number.

    Returns
    -------
    Activity
        It is not to be changed: the next week's is made from it.
    """
    key = (company, number)
    found = _kept.pop(key, None)
    if found is None or found.last > last:
        shape = (2, len(block(company, number)))
        found = Activity(
            day_number(company.opened) - 1,
            first_order=np.full(shape, NEVER),
            last_order=np.full(shape, -1),
            last_visit=np.full(shape, -1),
        )
    while found.last < last:
        found = _carried_on(company, number, found, min(found.last + DAYS_AT_ONCE, last))
    _kept[key] = found
    if len(_kept) > KEPT_BLOCKS:
        _kept.popitem(last=False)
    return found


def show_profiles(night: Night, number: int) -> None:
    """Make the table ``klaviyo_profiles``: a row a person and profile of a block.

    Parameters
    ----------
    night
        Up to which day.
    number
        Which block.
    """
    past, days = (
        history(night.company, number, night.day),
        activity(night.company, number, night.day),
    )
    person = block(night.company, number).person
    night.table(
        "klaviyo_counted",
        {
            "person": np.tile(person, 2),
            "profile": np.repeat([1, 2], len(person)),
            "orders": np.concatenate([past.orders[0] + past.orders[1], past.orders[2]]),
            "paid": np.concatenate([past.paid[0] + past.paid[1], past.paid[2]]),
            "first_order_day": days.first_order.ravel(),
            "last_order_day": days.last_order.ravel(),
            "last_visit_day": days.last_visit.ravel(),
        },
    )
    night.connection.execute(PROFILES.format(day=night.day))


def _carried_on(company: Company, number: int, before: Activity, last: int) -> Activity:
    """Add the days after those that are known already."""
    every = visits(
        company, block(company, number), contacts(company, number), before.last + 1, last
    )
    every = every.where(every.place != STORE)
    nothing = np.zeros(len(every), dtype=np.int64)
    made = visit_columns(company, number, every, nothing, every.is_order, nothing)
    at = ((made["account"] == 2).astype(np.int64), every.local)
    bought = (at[0][every.is_order], at[1][every.is_order])
    found = Activity(
        last, before.first_order.copy(), before.last_order.copy(), before.last_visit.copy()
    )
    np.minimum.at(found.first_order, bought, every.day[every.is_order])
    np.maximum.at(found.last_order, bought, every.day[every.is_order])
    np.maximum.at(found.last_visit, at, every.day)
    return found
