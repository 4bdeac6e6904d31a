"""Robots on the site: crawlers, scraping bursts, click fraud, and headless browsers.

They make 8 % of the page requests. Half of these come from honest crawlers that identify
themselves. On one day in twenty a network takes thousands of product pages within an hour. A few
addresses click the same advertisement again and again and leave. And headless browsers run the tags
and so appear in the web analytics too.

A robot is a number, each of its visits is a row, and its requests follow from both: every system
that sees robots sees the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator import data
from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company
from simulator.draws import Floats, Integers, poisson
from simulator.world.arrays import Arrays, Booleans
from simulator.world.campaigns import budget
from simulator.world.exposure_days import CAMPAIGNS

KINDS = ("crawler", "scraper", "click fraud", "browser")
CRAWLER, SCRAPER, CLICK_FRAUD, BROWSER = range(4)

RUNS_TAGS = (CLICK_FRAUD, BROWSER)
"""Kinds that load the page as a browser does, so that the web analytics count them."""

AGENTS = data.columns("words/robot_agents")["agent"]
"""User agents. Crawlers say what they are, one of them with quotes; the others do not."""

AGENTS_OF = tuple(
    tuple(n for n, (kind, _) in enumerate(data.rows("words/robot_agents")) if kind == name)
    for name in KINDS
)
"""Positions in ``AGENTS``, by kind."""

PER_CUSTOMER = (0.0015, 0.0, 0.0005, 0.00075)
"""Robots per customer, by kind; a small company has one that comes rarely."""

VISITS = (1.5, 0.0, 4.0, 2.0)
"""Visits per robot and day, by kind; click fraud makes twice as many on half of the days."""

MEAN_REQUESTS = (6.0, 0.0, 1.0, 4.0)
"""Pages in a visit, by kind: click fraud leaves after the first."""

BURST_CHANCE = 0.05
BURST_PAGES = 0.16
"""Pages of one burst per customer; at least forty in all."""

BURST_ROBOTS = 24
"""IP addresses in the scraper's network."""

WAVE_ROBOTS = 150
"""The first robot of a wave is ``BURST_ROBOTS``: none of them comes on other days."""

NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
"""Address blocks for documentation (RFC 5737): so few that people share them by chance."""


@dataclass(frozen=True)
class Robots(Arrays):
    """Visits of robots, arrays of shape ``(visits,)``, by kind, robot, day and number.

    Parameters
    ----------
    robot
        The robot's number; the same through the years.
    kind
        Position in ``KINDS``.
    day, number
        With the robot, the visit's key: day number, and the number of earlier visits that day.
    started_ms
        UTC, in milliseconds since 1970-01-01. The last requests may be on the next day.
    requests
        How many pages it requests.
    agent
        Position in ``AGENTS``.
    address
        ``number // 256`` is the position in ``NETWORKS``, the remainder the last byte.
    channel, campaign
        The advertisement that click fraud came through; -1 for others.
    """

    robot: Integers
    kind: Integers
    day: Integers
    number: Integers
    started_ms: Integers
    requests: Integers
    agent: Integers
    address: Integers
    channel: Integers
    campaign: Integers


def robots(company: Company, first: int, last: int) -> Robots:
    """List the visits of robots that begin on some days.

    Parameters
    ----------
    first, last
        Day numbers, both included.

    Returns
    -------
    Robots
        The same for a day, whichever other days are requested.
    """
    days = np.arange(first, last + 1)
    regular = [_regular(company, kind, days) for kind in (CRAWLER, CLICK_FRAUD, BROWSER)]
    return together([*regular, _bursts(company, days)])


def _regular(company: Company, kind: int, days: Integers) -> Robots:
    """Draw the visits of the robots that come all year."""
    draws, name = company.draws, KINDS[kind]
    wanted = company.customers * PER_CUSTOMER[kind]
    robot, mean = np.arange(max(1, round(wanted))), np.asarray(VISITS[kind] * min(1.0, wanted))
    count = poisson(draws.uniform(f"{name} visits", robot[:, None], days), mean, 12)
    if kind == CLICK_FRAUD:
        count = 2 * count * draws.chance(0.5, "fraud day", robot[:, None], days)
    which, column = np.nonzero(count)
    each = np.repeat(np.arange(len(which)), count[which, column])
    number = np.arange(len(each)) - np.searchsorted(each, each)
    which, day = which[each], days[column[each]]
    key = (which, day, number)
    more = draws.exponential(MEAN_REQUESTS[kind] - 1, f"{name} requests", *key)
    agents = np.asarray(AGENTS_OF[kind])
    channel, campaign = np.full((2, len(which)), -1)
    if kind == CLICK_FRAUD:
        ads = [n for n, channel in enumerate(company.channels) if channel.kind == "ad"]
        channel = np.asarray(ads)[draws.below(len(ads), "fraud channel", which)]
        campaign = draws.below(len(CAMPAIGNS), "fraud campaign", which)
    # crawlers have a network, click fraud has few addresses, browsers hide among people
    network = draws.below(2, "browser network", which, day // 5)
    hidden = network * 256 + 1 + draws.below(254, "browser address", which, day // 5)
    address = (2 * 256 + 1 + which % 60, hidden, 256 + 200 + which % 12, hidden)[kind]
    robots = Robots(
        robot=which * len(KINDS) + kind,
        kind=np.full(len(which), kind),
        day=day,
        number=number,
        started_ms=day * DAY_MS - KOREA_AHEAD_MS + draws.below(DAY_MS, f"{name} at", *key),
        requests=np.minimum(1 + more.astype(np.int64), 400),
        agent=agents[draws.below(len(agents), f"{name} agent", which)],
        address=address,
        channel=channel,
        campaign=campaign,
    )
    return robots.where(_is_shown(company, robots))


def _is_shown(company: Company, robots: Robots) -> Booleans:
    """Return which visits are possible: none comes through a paused advertisement."""
    shown = np.ones(len(robots), dtype=bool)
    for number, channel in enumerate(company.channels):
        mine = robots.channel == number
        shown[mine] = budget(company, channel.name, robots.day[mine]) > 0
    return shown


def _bursts(company: Company, days: Integers) -> Robots:
    """Draw the days on which a network takes the whole catalogue, in one hour of the night."""
    draws = company.draws
    days = days[draws.chance(BURST_CHANCE, "scraping", days)]
    pages = BURST_PAGES * company.customers * np.exp(0.3 * draws.normal("scraped", days))
    begins = draws.below(6, "scraping hour", days) * HOUR_MS
    return _swarm(company, np.arange(BURST_ROBOTS), days, begins, np.maximum(pages, 40))


def wave(company: Company, day: int) -> Robots:
    """List the scrapers of a day with a wave of them.

    Parameters
    ----------
    day
        A day number.

    Returns
    -------
    Robots
        Each takes some products every hour, from before midnight to midnight; five pages per
        customer in all. Requests after midnight must not be counted.
    """
    robot, days = np.arange(BURST_ROBOTS, WAVE_ROBOTS), np.array([day])
    pages = np.array([max(5.0 * company.customers, 500) / 24])
    begins = [np.array([hour * HOUR_MS]) for hour in range(24)]
    return together(
        [_swarm(company, robot, days, at, pages, hour) for hour, at in enumerate(begins)]
    )


def _swarm(
    company: Company,
    robot: Integers,
    day: Integers,
    begins: Integers,
    pages: Floats,
    number: int = 0,
) -> Robots:
    """Divide pages among scrapers that begin within a minute."""
    draws, robot = company.draws, robot[:, None]
    pages = pages.astype(np.int64)
    share = pages // len(robot) + (robot - robot[0] < pages % len(robot))
    join = draws.below(60_000, "joins", robot, day, number)
    none = np.full(share.shape, -1)
    agents = np.asarray(AGENTS_OF[SCRAPER])
    columns = {
        "robot": robot * len(KINDS) + SCRAPER,
        "kind": none * 0 + SCRAPER,
        "day": day,
        "number": none * 0 + number,
        "started_ms": day * DAY_MS - KOREA_AHEAD_MS + begins + join,
        "requests": share,
        "agent": agents[draws.below(len(agents), "scraper agent", day)],
        "address": 2 * 256 + 64 + robot,
        "channel": none,
        "campaign": none,
    }
    every = Robots(
        **{name: np.broadcast_to(array, none.shape).ravel() for name, array in columns.items()}
    )
    return every.where(every.requests > 0)


def together(parts: Sequence[Robots]) -> Robots:
    """Put visits of robots into one list.

    Returns
    -------
    Robots
        All of them, by kind, robot, day and number.
    """
    columns = (part.columns().values() for part in parts)
    every = Robots(*map(np.concatenate, zip(*columns, strict=True)))
    return every.where(np.lexsort((every.number, every.day, every.robot, every.kind)))
