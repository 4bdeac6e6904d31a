"""Gives the published rows of orders, messages and so on the customer to whom they belong.

The build keeps them by identifier, so that merging or splitting customers restates no history.
Whose an identifier is as of tonight is looked up while its rows are published.
"""

from __future__ import annotations

from collections.abc import Mapping

CUSTOMER, IDENTIFIER = "customer_id", "identifier_id"
MAP = "customer_view.customer_identifiers"
DESCRIPTION = "The customer, as of the publication's business day; null for a guest."

PARENTS = {"aggregated.fct_order_lines": ("aggregated.fct_orders", ("source_system", "order_id"))}
"""Of tables without identifiers: the table that has them, and the columns of its key."""


def lacks_customer(table: str, columns: Mapping[str, str]) -> bool:
    """Return whether the rows of a table of the build belong to customers without naming them."""
    return CUSTOMER not in columns and (IDENTIFIER in columns or table in PARENTS)


def with_customer(table: str, columns: Mapping[str, str]) -> dict[str, str]:
    """Add the customer to a table's columns and their descriptions.

    Returns
    -------
    dict of str to str
        With the customer before the identifier, or else behind the parent's key.
    """
    names, items = list(columns), list(columns.items())
    place = names.index(IDENTIFIER) if IDENTIFIER in names else len(PARENTS[table][1])
    return dict([*items[:place], (CUSTOMER, DESCRIPTION), *items[place:]])


def rows_with_customer(table: str, columns: Mapping[str, str]) -> str:
    """Return the SQL of a table's rows with their customers.

    Parameters
    ----------
    columns
        Of the table itself.

    Returns
    -------
    str
        A query in brackets.
    """
    listed = ", ".join(
        f'{"owners" if name == CUSTOMER else "own"}."{name}"'
        for name in with_customer(table, columns)
    )
    owners, keys = MAP, IDENTIFIER
    if table in PARENTS:
        parent, key = PARENTS[table]
        keys = ", ".join(key)
        of_parent = ", ".join(f"parent.{name}" for name in key)
        owners = (
            f"(select {of_parent}, map.{CUSTOMER} from {parent} as parent"
            f" left join {MAP} as map using ({IDENTIFIER}))"
        )
    return f"(select {listed} from {table} as own left join {owners} as owners using ({keys}))"
