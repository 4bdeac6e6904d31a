"""The web shop: Shopify's exports of orders, every night, and of customers, every month.

An order has one line per item, and only the first of them has the order's columns. It is exported
on its day and again on a day on which money moved: a bank deposit arrived, or something was
returned and refunded. A few orders by bank deposit are cancelled before payment (``voided``).
Customer ids begin with an apostrophe, which keeps spreadsheets from rounding them; so do postcodes
of orders, and numbers with a leading plus. A person with two accounts is two customers; a guest is
none.

Files change as the real ones did: until June 2025 orders end at ``Cancelled at`` and customers have
no id; from May 2026 on customers have two more columns. Real files repeat e-mail and time on each
line of an order; these follow the rule that all of an order's columns are on its first line. Our
own choices: when the headers change, won without decimals, the metafield, and one file per day.
"""

from simulator.export import Csv, Export, Exports, Night
from simulator.systems.shopify_customers import customers_query, show_history
from simulator.systems.shopify_forms import create_forms
from simulator.systems.shopify_orders import orders_query

NAME = "shopify"


def exports(night: Night) -> Exports:
    """List the files of a night: orders every night; customers after the first day of a month."""
    create_forms(night)
    yield Export(f"orders_export_{night.date}.csv", orders_query(night), Csv())
    if night.date.day == 1:
        yield Export(
            f"customers_export_{night.date}.csv",
            customers_query(night),
            Csv(),
            of_everyone=True,
            prepare=show_history,
        )
