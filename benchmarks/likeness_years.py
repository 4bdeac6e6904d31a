"""The two years that ``likeness.py`` draws: Dangol Mart's and The Complete Journey's."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from demo.complete_journey import data_folder
from demo.exports import SALES
from simulator.company import DAY_MS, KOREA_AHEAD_MS, Company, day_number
from simulator.run import Order as Exports
from simulator.run import simulate
from simulator.world import visits as visiting
from simulator.world.baskets import baskets, totals
from simulator.world.behaviour import visits
from simulator.world.catalogue import CATEGORIES, make_catalogue
from simulator.world.contacts import contacts
from simulator.world.people import BLOCK, block

Numbers = NDArray[np.float64]

FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)


@dataclass(frozen=True)
class Orders:
    """A year of orders: person, day (from 0), hour, value and number of lines."""

    name: str
    person: Numbers
    day: Numbers
    hour: Numbers
    weekday: Numbers
    value: Numbers
    lines: Numbers


@dataclass(frozen=True)
class Life:
    """The counts of the synthetic year."""

    orders: Orders
    in_store: Numbers
    visits_a_person: Numbers
    products: Numbers
    category_lines: Numbers
    identifiers: dict[str, Numbers]
    joined: Numbers
    month_orders: Numbers


def synthetic(company: Company) -> Life:
    """Count a year of the simulated world."""
    first, last = day_number(FIRST), day_number(LAST)
    catalogue = make_catalogue(company.draws)
    parts: dict[str, list[Numbers]] = {name: [] for name in _PARTS}
    products = np.zeros(len(catalogue))
    for number in range(-(-company.customers // BLOCK)):
        people, book = block(company, number), contacts(company, number)
        some = visits(company, people, book, first, last)
        orders = some.where(some.is_order)
        lines = baskets(company, people, catalogue, orders)
        products += np.bincount(lines.product, minlength=len(catalogue))
        alive = (people.joined_day <= first) & (people.gone_day > last)
        online = some.where(some.place != visiting.STORE)
        local_ms = orders.started_ms + KOREA_AHEAD_MS
        found = {
            "person": orders.person,
            "day": orders.day - first,
            "hour": local_ms % DAY_MS // 3_600_000,
            "weekday": (orders.day + 3) % 7,
            "value": totals(lines, len(orders)) / 1_350,
            "lines": np.bincount(lines.visit, minlength=len(orders)),
            "in_store": orders.place == visiting.STORE,
            "visits": np.bincount(online.local, minlength=len(people))[alive],
            "joined": people.joined_day[orders.local] - first,
            "emails": 1 + (book.second_email_day <= last)[alive],
            "phones": 1 + (book.phone_change_day <= last)[alive],
            "accounts": (book.account_day <= last)[alive]
            + (book.second_account_day <= last)[alive],
            "cards": (book.card_day <= last)[alive] + (book.second_card_day <= last)[alive],
            "cookies": _cookies(company, number, online)[alive],
        }
        for name, values in found.items():
            parts[name].append(np.asarray(values, dtype=np.float64))
    joined = {name: np.concatenate(values) for name, values in parts.items()}
    names = ("person", "day", "hour", "weekday", "value", "lines")
    return Life(
        orders=Orders("Dangol Mart (synthetic)", *(joined[name] for name in names)),
        in_store=joined["in_store"],
        visits_a_person=joined["visits"],
        products=products,
        category_lines=np.bincount(catalogue.category, weights=products, minlength=len(CATEGORIES)),
        identifiers={
            name: joined[name] for name in ("emails", "phones", "accounts", "cards", "cookies")
        },
        joined=joined["joined"],
        month_orders=np.bincount((joined["day"] // 30.5).astype(int), minlength=12).astype(
            np.float64
        ),
    )


_PARTS = (
    *("person", "day", "hour", "weekday", "value", "lines", "in_store", "visits", "joined"),
    *("emails", "phones", "accounts", "cards", "cookies"),
)


def _cookies(company: Company, number: int, online: visiting.Visits) -> Numbers:
    """Count the browsers' cookies and app ids that each person had in the year."""
    book, people = contacts(company, number), block(company, number)
    computer = company.draws.chance(0.35, "computer", online.person, online.day, online.slot)
    device = np.where(online.place == visiting.APP, 2, np.where(computer, 1, 0))
    days = np.where(device == 2, 3_000, book.cookie_days[online.local])
    since = online.day - (online.day + book.cookie_phase[online.local]) % days
    seen = np.unique(np.stack([online.local, device, since]), axis=1)
    return np.bincount(seen[0], minlength=len(people)).astype(np.float64)


def real() -> tuple[Orders, Numbers, Numbers]:
    """Read The Complete Journey's year.

    Returns
    -------
    Orders, products, departments
        Baskets; lines per product; lines per department, the largest first.
    """
    folder = data_folder()
    with duckdb.connect() as connection:
        connection.execute("load icu")
        for table in ("transactions", "products"):
            connection.read_parquet(str(folder / f"{table}.parquet")).create_view(table)
        connection.execute(SALES)
        columns = connection.execute("""
            with baskets as (
                select
                    household_id,
                    min(day) as day,
                    min(timezone('America/New_York', timezone('UTC', transaction_timestamp)))
                        as bought_at,
                    sum(sales_value) as value,
                    count(*) as lines
                from sales group by household_id, basket_id
            )
            select
                household_id,
                date_diff('day', date '2017-01-01', day),
                hour(bought_at),
                isodow(day) - 1,
                value,
                lines
            from baskets order by all
        """).fetchnumpy()
        products = connection.execute(
            "select count(*) as lines from sales group by product_id order by lines desc"
        ).fetchnumpy()["lines"]
        departments = connection.execute("""
            select count(*) as lines from sales inner join products using (product_id)
            group by department order by lines desc
        """).fetchnumpy()["lines"]
    values = [np.asarray(column, dtype=np.float64) for column in columns.values()]
    return Orders("The Complete Journey", *values), products, departments


LISTS = {
    "web shop": "shopify/customers",
    "loyalty members": "loyalty/loyalty_members",
    "loyalty cards": "loyalty/loyalty_cards",
    "HubSpot": "hubspot/",
    "Salesforce": "salesforce/Contact_",
    "Klaviyo": "klaviyo/",
    "Mailchimp": "mailchimp/.*_members_",
    "OneTrust": "onetrust/data_subjects",
    "bought outside": "enrichment/",
}
"""Systems with a list of people, and a pattern of those files' names."""

WEEK = (date(2026, 6, 1), date(2026, 6, 7))
"""Each list is exported once in this week."""


def known_where(customers: int) -> dict[str, Numbers]:
    """Write a week's exports and count the records of each person in each list.

    Returns
    -------
    dict of str to Numbers
        Of the people who had arrived by then, the shares with no record in a list, with one, two,
        and more; shape ``(4,)``.
    """
    with tempfile.TemporaryDirectory(prefix="dangol-likeness-") as name:
        landing, truth = Path(name, "landing"), Path(name, "truth")
        systems = tuple(sorted({files.split("/")[0] for files in LISTS.values()}))
        company = Company(customers, seed=1)
        simulate(Exports(company, *WEEK, landing, truth, systems, has_future=False))
        shares = {}
        for title, files in LISTS.items():
            rows = duckdb.execute(
                """
                with known as (
                    select person from read_parquet(?)
                    where joined_date <= ?
                ),

                records as (
                    select person, count(*) as records from read_parquet(?)
                    where regexp_matches(system || '/' || file, ?) group by person
                )

                select least(coalesce(records, 0), 3) as records, count(*)
                from known left join records using (person) group by records
                """,
                [f"{truth}/people/*", WEEK[1], f"{truth}/records/*", files],
            ).fetchall()
            counts = np.zeros(4)
            for records, people in rows:
                counts[records] += people
            shares[title] = counts / counts.sum()
    return shares
