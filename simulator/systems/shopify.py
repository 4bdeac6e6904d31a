"""The web shop: Shopify's exports of orders, every night, and of customers, month by month.

An order takes as many lines as it has items, and only the first of them tells about the order. It
is exported on its day and again on a day on which money moved: a bank deposit came in, something
came back and was refunded. A few orders by bank deposit are cancelled before anybody paid
(``voided``). Ids of customers bear an apostrophe, which keeps spreadsheets from rounding them; so
do postcodes of orders, and numbers that begin with a plus. A person who made two accounts is two
customers; a guest is none.

Files change as the real ones did: until June 2025 orders end at ``Cancelled at`` and customers
have no id; from May 2026 on customers have two columns more. Real files repeat e-mail and time on
each line of an order; these follow the rule that all of an order's columns stand on its first
line. Our own choices: when the headers change, won without decimals, the metafield, and that a
file holds one day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from simulator.export import Export
from simulator.forms import Csv
from simulator.night import Night
from simulator.systems import shopify_customers, shopify_orders
from simulator.systems.shopify_forms import HEADER, OLDER_HEADER, create_forms

NAME = "shopify"

GREW_ON = date(2025, 7, 1)
"""Since then orders have all of their columns, and customers an id."""

APPENDED_ON = date(2026, 5, 1)
"""Since then customers have two more columns at their end."""


def exports(night: Night) -> Iterator[Export]:
    """List the files of a night: orders every night; customers after the first day of a month."""
    create_forms(night)
    is_old = night.date < GREW_ON
    header = OLDER_HEADER if is_old else HEADER
    yield Export(
        f"orders_export_{night.date}.csv", shopify_orders.orders_query(night, tuple(header)), Csv()
    )
    if night.date.day == 1:
        header = shopify_customers.OLDER_HEADER if is_old else shopify_customers.HEADER
        if night.date >= APPENDED_ON:
            header = shopify_customers.NEWER_HEADER
        yield Export(
            f"customers_export_{night.date}.csv",
            shopify_customers.customers_query(night, tuple(header)),
            Csv(),
            of_everyone=True,
            prepare=shopify_customers.prepare_history,
        )
