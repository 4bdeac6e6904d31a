"""What robots request: pages of the site, as a table for each system that sees them."""

import numpy as np

from simulator.company import DAY_MS, KOREA_AHEAD_MS, Company
from simulator.draws import Integers
from simulator.night import Night
from simulator.world import unwanted
from simulator.world.browsing import LANDING, LIST, SEARCH, VIEW_ITEM
from simulator.world.catalogue import CATEGORIES, RANKS, TIERS, make_catalogue
from simulator.world.unwanted import KINDS, SCRAPER, Robots


def pages_of(company: Company, robots: Robots) -> dict[str, Integers]:
    """Follow robots through the site.

    Returns
    -------
    dict of str to array
        Shape ``(pages,)``: ``visit`` (position among the visits), ``number`` within it, ``action``
        (position in ``browsing.ACTIONS``), ``product`` (-1 on a landing page; for a list or search
        the first of its category) and ``at_ms``.
    """
    draws, catalogue = company.draws, make_catalogue(company.draws)
    visit = np.repeat(np.arange(len(robots)), robots.requests)
    starts = np.cumsum(robots.requests) - robots.requests
    number = np.arange(len(visit)) - np.repeat(starts, robots.requests)
    key = (robots.robot[visit], robots.day[visit], robots.number[visit], number)
    scrapes = robots.kind[visit] == SCRAPER

    action = np.array((VIEW_ITEM, LIST, SEARCH))[draws.choice((15, 4, 1), "robot asks", *key)]
    action = np.where(scrapes, VIEW_ITEM, np.where(number == 0, LANDING, action))
    any_product = draws.below(len(catalogue), "robot product", *key)
    any_list = draws.below(len(CATEGORIES), "robot list", *key) * RANKS * len(TIERS)
    # a scraper takes one product after another; its robots divide the catalogue
    turn = (
        number * unwanted.BURST_ROBOTS
        + robots.robot[visit] // len(KINDS)
        + robots.number[visit] * 997
    )
    product = np.where(action == VIEW_ITEM, any_product, any_list)
    product = np.where(scrapes, turn % len(catalogue), np.where(action == LANDING, -1, product))

    mean = np.array((4_000, 0, 0, 9_000))[robots.kind]
    mean = np.where(robots.kind == SCRAPER, 3_300_000 / robots.requests, mean)[visit]
    gap = draws.exponential(mean, "robot gap", *key).astype(np.int64)
    passed = np.cumsum(np.where(number == 0, 0, np.where(scrapes, 5, 200) + gap))
    at_ms = robots.started_ms[visit] + passed - passed[starts[visit]]
    return {"visit": visit, "number": number, "action": action, "product": product, "at_ms": at_ms}


def show_robot_pages(night: Night, table: str, kinds: tuple[int, ...] = (0, 1, 2, 3)) -> None:
    """Put the pages that robots request on a day into a system's own table.

    The columns of :class:`Robots`, with ``day`` and ``number`` as ``visit_day`` and
    ``visit_number``; those of :func:`pages_of`, with the request's ``day``; a ``visit_id``, which
    is negative; two texts; and ``key``, for the truth.

    Parameters
    ----------
    table
        Its name, which should begin with the system's.
    kinds
        Positions in ``KINDS``: which robots the system sees.
    """
    every = unwanted.robots(night.company, night.day - 1, night.day)
    if night.has_bot_wave:
        every = unwanted.together([every, unwanted.wave(night.company, night.day)])
    every = every.where(np.isin(every.kind, kinds))
    pages = pages_of(night.company, every)
    day = (pages["at_ms"] + KOREA_AHEAD_MS) // DAY_MS
    # visits that began late the evening before continue today
    today = day == night.day
    visit = pages.pop("visit")[today]
    columns = every.where(visit).columns()
    columns["visit_day"], columns["visit_number"] = columns.pop("day"), columns.pop("number")
    columns |= {name: array[today] for name, array in pages.items()} | {"day": day[today]}
    night.table(table, **columns)
    night.connection.execute(
        f"""
        create or replace table {table} as
        select
            *,
            -1 - (visit_day * 131072 + robot) * 64 - visit_number as visit_id,
            (?)[agent + 1] as agent_text,
            (?)[address // 256 + 1] || '.' || address % 256 as address_text,
            'robot ' || (?)[kind + 1] || ' ' || robot as key
        from {table}
        """,
        [list(unwanted.AGENTS), list(unwanted.NETWORKS), list(KINDS)],
    )
