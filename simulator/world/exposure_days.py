"""The customers' part in an advertising platform's day: impressions, visits, orders."""

import numpy as np

from simulator.company import Company
from simulator.world.marketing import sees_ad
from simulator.world.people import People, need
from simulator.world.visits import Visits

CAMPAIGNS = ("brand", "prospecting", "retargeting")
"""Each platform runs three; a person sees one of them on a day."""


def ad_days(
    company: Company, people: People, every: Visits, first: int, last: int
) -> dict[str, np.ndarray]:
    """Sum a block's part in each campaign's days.

    Parameters
    ----------
    every
        The block's visits, including those of these days.
    first, last
        Day numbers, both included.

    Returns
    -------
    dict of str to array
        ``channel``, ``day``, ``campaign`` and, for this block only, ``seen`` (person-days with an
        impression), ``visits`` (attributed to the channel by the last click) and ``orders`` of
        these; shape ``(channels * days * campaigns,)``.
    """
    draws, days = company.draws, np.arange(first, last + 1)
    wanting = need(people, days)
    rows = []
    for number, channel in enumerate(company.channels):
        if channel.kind != "ad":
            continue
        campaign = draws.choice((3, 5, 2), f"campaign {channel.name}", people.person[:, None], days)
        came = sees_ad(company, channel, people, days, wanting)
        chosen = (every.source == number) & (every.day >= first) & (every.day <= last)
        some = every.where(chosen)
        which = campaign[some.local, some.day - first]
        for position in range(len(CAMPAIGNS)):
            mine = which == position
            column = some.day[mine] - first
            seen = (came & (campaign == position)).sum(axis=0)
            visits = np.bincount(column, minlength=len(days))
            orders = np.bincount(column[some.is_order[mine]], minlength=len(days))
            rows.append(np.broadcast_arrays(number, days, position, seen, visits, orders))
    names = ("channel", "day", "campaign", "seen", "visits", "orders")
    return dict(zip(names, np.concatenate(rows, axis=1), strict=True))
