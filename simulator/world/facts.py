"""The facts of some days, as tables in DuckDB: what happened, independent of any system.

=============== ==================================================================================
``visits``      a row a visit, to the site, the app or a shop; with device, account and cookie
``actions``     a row a page or click of an online visit, on the day on which it was done
``orders``      a row an order; those of the thirty days before too, if something follows them now
``lines``       a row a line of an order or of a cart that was left
``reactions``   a row a review, ticket, call, survey answer or post about an order, from a week
                before the first day on
``messages``    a row a message of a campaign, or a person that was kept from it
``campaigns``   a row a campaign that goes out: channel, day and whom it is about
``ad_days``     a row a campaign and day on an advertising platform
``devices``     a row a person whose household has a connected appliance
``permissions`` a row a yes or no that was said
``persons``     a row a person that stands in any of these, as of the night (a view)
=============== ==================================================================================

Only numbers, except in ``persons``; a system's query turns them into its own words. ``visit_id`` is
a key in all of them; it encodes person, day and slot.
"""

from dataclasses import replace
from functools import partial

import numpy as np

from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company
from simulator.night import Connection
from simulator.world import aftermath, baskets, browsing, fact_columns
from simulator.world.behaviour import visits
from simulator.world.catalogue import make_catalogue
from simulator.world.contacts import contacts
from simulator.world.exposure_days import ad_days
from simulator.world.fact_columns import LATEST_DAYS, Span
from simulator.world.identities import add_persons
from simulator.world.people import BLOCK, block, block_numbers
from simulator.world.sending import messages
from simulator.world.sessions import counted_since, session_columns
from simulator.world.visits import STORE

FOLLOWED_UP_DAYS = 7
"""Reactions from this many earlier days are included: a ticket is answered on a later day."""

TABLES = (
    *("visits", "actions", "orders", "lines", "reactions", "messages"),
    *("campaigns", "ad_days", "devices", "permissions", "person_rows"),
)


def load_facts(
    connection: Connection, company: Company, span: Span, *, with_sessions: bool = True
) -> None:
    """Fill the tables with what happened on some days.

    Parameters
    ----------
    connection
        With the vocabulary; tables of these names are replaced.
    with_sessions
        Whether visits are counted, which takes one pass over all days since the opening.
    """
    for table in TABLES:
        connection.execute(f"drop table if exists {table}")
    _add(connection, "campaigns", **fact_columns.campaigns_of(company, span))
    for number in block_numbers(company):
        load_block(connection, company, number, span, with_sessions=with_sessions)


def load_block(
    connection: Connection, company: Company, number: int, span: Span, *, with_sessions: bool = True
) -> None:
    """Add what one block of people did."""
    people, book = block(company, number), contacts(company, number)
    catalogue = make_catalogue(company.draws)
    before = aftermath.LONGEST_DAYS + FOLLOWED_UP_DAYS
    every = visits(company, people, book, span.first - before, span.last)
    sent = messages(company, people, book, every, span.first - 2, span.last)
    told = fact_columns.visit_columns(company, number, every)
    if with_sessions:
        since = counted_since(company, span)
        told |= session_columns(company, number, every, told, since)

    # from earlier days: late evenings, delayed app events, orders with a reaction now
    orders = every.where(every.is_order)
    answers = aftermath.reactions(company, orders, span.first - FOLLOWED_UP_DAYS, span.last)
    is_answered = np.zeros(len(every), dtype=bool)
    is_answered[np.flatnonzero(every.is_order)[answers.visit]] = True
    late = fact_columns.late_days(company, every)
    is_now = every.day >= span.first
    evening = (every.day == span.first - 1) & (
        every.started_ms >= span.first * DAY_MS - KOREA_AHEAD_MS - 4 * HOUR_MS
    )
    is_late = (every.day >= span.first - LATEST_DAYS) & (late > 0)
    bought_lately = every.is_order & (every.day >= span.first - 15)
    chosen = is_now | evening | is_late | is_answered | bought_lately
    every, late = every.where(chosen), late[chosen]
    told = {name: column[chosen] for name, column in told.items()}

    cart = baskets.has_cart(company, every)
    filled = np.flatnonzero(cart)
    lines = baskets.baskets(company, people, catalogue, every.where(filled))
    line_visit = filled[lines.visit]
    visit_id = told["visit_id"]

    online = every.place != STORE
    position = np.cumsum(online) - 1
    on_line = online[line_visit]
    of_online = replace(lines.where(on_line), visit=position[line_visit[on_line]])
    actions = browsing.browse(
        company, people, catalogue, every.where(online), cart[online], of_online
    )
    online_ids = visit_id[online]
    action_day = (actions.at_ms + KOREA_AHEAD_MS) // DAY_MS
    # an order in a shop takes eight minutes, one on the site ends with the last action
    order_ms = every.started_ms + 480_000
    done = actions.kind == browsing.PURCHASE
    order_ms[np.flatnonzero(online)[actions.visit[done]]] = actions.at_ms[done]

    total = np.bincount(line_visit, weights=lines.net, minlength=len(every)).astype(np.int64)
    add = partial(_add, connection)
    add("visits", **told, has_cart=cart, late_days=late)
    add(
        "actions",
        visit_id=online_ids[actions.visit],
        number=actions.number,
        kind=actions.kind,
        product=actions.product,
        at_ms=actions.at_ms,
        day=action_day,
        arrived_day=action_day + late[online][actions.visit],
    )
    add("orders", **fact_columns.order_columns(company, number, every, visit_id, order_ms, total))
    add(
        "lines",
        visit_id=visit_id[line_visit],
        line=lines.line,
        product=lines.product,
        quantity=lines.quantity,
        unit_price=lines.unit_price,
        discount=lines.discount,
        net=lines.net,
        return_day=lines.return_day,
    )
    add(
        "reactions",
        visit_id=(orders.day * company.customers + orders.person)[answers.visit] * 8
        + orders.slot[answers.visit],
        person=orders.person[answers.visit],
        kind=answers.kind,
        at_ms=answers.at_ms,
        day=(answers.at_ms + KOREA_AHEAD_MS) // DAY_MS,
        satisfaction=np.round(answers.satisfaction, 6),
    )
    add("messages", **sent.columns())
    add("ad_days", **ad_days(company, people, every, span.first, span.last))

    # bought in a shop it is at home the next day, from the site on the third
    to_store = people.store_rate > people.online_rate
    begins = people.appliance_day + np.where(to_store, 1, 3)
    owners = np.flatnonzero((people.appliance >= 0) & (begins <= span.last))
    add(
        "devices",
        person=people.person[owners],
        kind=people.appliance[owners],
        since_day=begins[owners],
        gone_day=people.gone_day[owners],
    )
    said = fact_columns.said_on(company, number, span)
    add("permissions", **said)

    known = np.zeros(len(people), dtype=bool)
    for local in (every.local, sent.local, owners, said["person"] - number * BLOCK):
        known[local] = True
    add_persons(connection, company, np.flatnonzero(known) + number * BLOCK)


def _add(connection: Connection, table: str, /, **columns: np.ndarray) -> None:
    """Append columns to a table; the first call creates it."""
    connection.register("added", columns)
    connection.execute(f"create table if not exists {table} as select * from added limit 0")
    connection.execute(f"insert into {table} by name select * from added")
    connection.unregister("added")
