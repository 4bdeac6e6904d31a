"""What an advertising platform counts and claims for a day, campaign by campaign.

Customers are a small part of the people who see an advertisement: strangers see it tens of times as
often, and some of them click, which costs money and brings nothing. So does click fraud. A platform
claims the orders that came through its advertisement, and up to half as many more to which it says
it contributed. While a budget is paused there is nothing to report: visitors then followed an older
link.
"""

from dataclasses import dataclass, fields

import numpy as np

from simulator.company import Company
from simulator.draws import Floats, Integers
from simulator.night import Night
from simulator.world.campaigns import budget
from simulator.world.exposure_days import CAMPAIGNS
from simulator.world.unwanted import robots

SHARES = (3, 5, 2)
"""Weights of the three campaigns, as in the table ``ad_days``."""


@dataclass(frozen=True)
class Platform:
    """How a platform shows advertisements and charges for them.

    Parameters
    ----------
    strangers
        Impressions to strangers per expected impression to a customer, by campaign.
    click
        Click-through rate of these impressions, by campaign.
    click_won
        Price of a click by campaign; empty if impressions are charged.
    thousand_won
        Price of a thousand impressions by campaign; empty if clicks are charged.
    often
        Impressions per day and person reached.
    """

    strangers: tuple[float, ...]
    click: tuple[float, ...]
    click_won: tuple[float, ...] = (0, 0, 0)
    thousand_won: tuple[float, ...] = (0, 0, 0)
    often: float = 1.6


PLATFORMS = {
    "google_ads": Platform((10, 26, 14), (0.030, 0.011, 0.016), click_won=(140, 460, 310)),
    "naver_ads": Platform((12, 24, 12), (0.026, 0.010, 0.013), click_won=(120, 390, 260)),
    "meta_ads": Platform(
        (18, 52, 16), (0.006, 0.004, 0.008), thousand_won=(7_800, 6_400, 11_500), often=2.3
    ),
    "kakao_ads": Platform(
        (20, 44, 18), (0.003, 0.002, 0.004), thousand_won=(3_100, 2_700, 4_600), often=2.0
    ),
}
"""Prices and rates chosen by eye: brand keywords are cheap and often clicked."""


@dataclass(frozen=True)
class Report:
    """A platform's numbers for a day, arrays of shape ``(campaigns,)``.

    Parameters
    ----------
    impressions, clicks, reach
        Counts; ``reach`` counts people.
    won
        Cost before value-added tax, in won.
    orders
        Orders by last click.
    claimed
        Orders that the platform claims; at least ``orders``, at most half as many more.
    claimed_won
        The value of the claimed orders, in won.
    fraud
        Clicks by robots, among ``clicks``.
    """

    impressions: Integers
    clicks: Integers
    reach: Integers
    won: Integers
    orders: Integers
    claimed: Floats
    claimed_won: Floats
    fraud: Integers


def report_of(night: Night, name: str) -> Report:
    """Compute what a platform reports for a day.

    Returns
    -------
    Report
        By campaign; all zeros while the budget is paused.
    """
    company, draws, platform = night.company, night.company.draws, PLATFORMS[name]
    channel = position_of(company, name)
    campaign = np.arange(len(CAMPAIGNS))
    seen, visits, orders, worth = _of_customers(night, channel)
    if not budget(company, name, np.asarray(night.day)):
        seen, visits, orders, worth = np.zeros((4, len(CAMPAIGNS)), dtype=np.int64)
    every = robots(company, night.day, night.day)
    fraud = np.bincount(every.campaign[every.channel == channel], minlength=len(CAMPAIGNS))

    strangers = _strangers(company, name, night.day, platform)
    strange_clicks = np.rint(
        strangers
        * np.asarray(platform.click)
        * np.exp(0.2 * draws.normal(f"clicks {name}", campaign, night.day))
    ).astype(np.int64)
    own = np.rint(seen * platform.often).astype(np.int64)
    clicks = visits + strange_clicks + fraud
    # each click was an impression; robots look three times before they click
    impressions = np.maximum(own + strangers + 3 * fraud, clicks)
    price = np.exp(0.12 * draws.normal(f"price {name}", campaign, night.day))
    won = price * (
        np.asarray(platform.click_won) * clicks
        + np.asarray(platform.thousand_won) * impressions / 1000
    )
    # it claims more than the last clicks
    more = 1 + 0.5 * draws.uniform(f"claims {name}", campaign, night.day)
    return Report(
        impressions=impressions,
        clicks=clicks,
        reach=np.minimum(np.rint(impressions / platform.often), impressions).astype(np.int64),
        won=np.rint(won).astype(np.int64),
        orders=orders,
        claimed=orders * more,
        claimed_won=worth * more,
        fraud=fraud,
    )


def table_report(night: Night, name: str, report: Report, **more: Integers) -> None:
    """Put what a platform reports into the table ``<name>_rows``, one row per campaign.

    Parameters
    ----------
    report
        The numbers, which become columns beside ``campaign``, ``campaign_id`` and
        ``campaign_name``; ``purchases`` and ``purchase_won`` are the claims in whole orders.
    **more
        Columns that only this platform has.
    """
    campaign = np.arange(len(CAMPAIGNS))
    # most platforms round claims to whole orders, up or down
    up = night.company.draws.uniform(f"rounds {name}", campaign, night.day)
    purchases = np.floor(report.claimed + up).astype(np.int64)
    each_won = report.claimed_won / np.maximum(report.claimed, 1)
    listed = night.connection.execute(
        "select campaign_id, campaign_name from ad_campaigns where channel = ? order by campaign",
        [position_of(night.company, name)],
    ).fetchnumpy()
    night.table(
        f"{name}_rows",
        campaign=campaign,
        **{column: np.asarray(values) for column, values in listed.items()},
        **{each.name: getattr(report, each.name) for each in fields(report)},
        purchases=purchases,
        purchase_won=np.rint(purchases * each_won).astype(np.int64),
        **more,
    )


def _strangers(company: Company, name: str, day: int, platform: Platform) -> Integers:
    """Draw how often strangers see each campaign on a day."""
    channel = company.channels[position_of(company, name)]
    campaign = np.arange(len(CAMPAIGNS))
    level = budget(company, name, np.asarray(day)) * channel.reach * company.customers
    noise = np.exp(0.15 * company.draws.normal(f"strangers {name}", campaign, day))
    share = np.asarray(SHARES) / sum(SHARES)
    seen: Integers = np.rint(level * share * np.asarray(platform.strangers) * noise).astype(
        np.int64
    )
    return seen


def _of_customers(night: Night, channel: int) -> tuple[Integers, Integers, Integers, Integers]:
    """Sum what customers did: person-days with an impression, visits, orders, and orders' won."""
    counted = np.zeros((4, len(CAMPAIGNS)), dtype=np.int64)
    for campaign, *sums in night.connection.execute(
        """
        select campaign, sum(seen), sum(visits), sum(orders)
        from ad_days where channel = ? and day = ? group by campaign
        """,
        [channel, night.day],
    ).fetchall():
        counted[:3, campaign] = sums
    person, total = (
        night.connection.execute(
            """
            select visits.person, orders.total
            from orders inner join visits on orders.visit_id = visits.visit_id
            where visits.source = ? and visits.day = ?
            """,
            [channel, night.day],
        )
        .fetchnumpy()
        .values()
    )
    campaign = campaign_of(night.company, channel, np.asarray(person), night.day)
    np.add.at(counted[3], campaign, np.asarray(total, dtype=np.int64))
    return counted[0], counted[1], counted[2], counted[3]


def campaign_of(company: Company, channel: int, person: Integers, day: int | Integers) -> Integers:
    """Return which of a platform's campaigns a person sees on a day.

    Parameters
    ----------
    channel
        Position of an advertising channel.
    person, day
        Person and day numbers, broadcast against each other.

    Returns
    -------
    Integers
        Positions in ``CAMPAIGNS``.
    """
    name = company.channels[channel].name
    return company.draws.choice(SHARES, f"campaign {name}", person, day)


def position_of(company: Company, name: str) -> int:
    """Return a channel's position."""
    return next(n for n, channel in enumerate(company.channels) if channel.name == name)


def duty_free(night: Night, name: str) -> dict[str, np.ndarray]:
    """Compute the account of the duty-free shops: its travellers are in no other system.

    Parameters
    ----------
    name
        The channel on whose platform the account is.

    Returns
    -------
    dict of str to array
        ``impressions``, ``clicks``, ``reach``, ``won`` and ``purchases``, shape ``(1,)``. Never
        paused: it has a separate budget.
    """
    draws, platform = night.company.draws, PLATFORMS[name]
    noise = np.exp(0.25 * draws.normal(f"travellers {name}", np.array([night.day])))
    impressions = np.rint(40 + 0.4 * night.company.customers * noise).astype(np.int64)
    clicks = np.rint(impressions * platform.click[1] * 1.5).astype(np.int64)
    won = 520 * clicks if platform.click_won[1] else 9_000 * impressions / 1000
    purchases = np.rint(clicks * 0.04).astype(np.int64)
    return {
        "impressions": impressions,
        "clicks": clicks,
        "reach": np.minimum(np.rint(impressions / platform.often), impressions).astype(np.int64),
        "won": np.asarray(won, dtype=np.float64),
        "purchases": purchases,
    }
