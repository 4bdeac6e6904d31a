"""Finds the amount of an order line, and the rows that are refunds."""

from __future__ import annotations

from dataclasses import dataclass

from dangol.drafting.columns import Seen
from dangol.drafting.plan import Plan
from dangol.extract.number_texts import plain_number

_NUMBERS = ("BIGINT", "DECIMAL", "DOUBLE")
_ENOUGH = 0.9


@dataclass(frozen=True)
class Amount:
    """The amount of a row.

    Parameters
    ----------
    columns
        One column, or quantity and price of a unit.
    total
        As a ``controlTotal``; empty if a column is not exact.
    negative
        How many rows have a negative one.
    empty
        How many rows have none.
    """

    columns: tuple[Seen, ...]
    total: str
    negative: int
    empty: int

    @property
    def is_computed(self) -> bool:
        """Whether it is more than a column, and gets a name of its own, ``row_amount``."""
        return len(self.columns) > 1

    @property
    def definition(self) -> str:
        """How it is computed, in SQL."""
        return " * ".join(column.name for column in self.columns)

    @property
    def sql(self) -> str:
        """The amount in SQL."""
        return f"received.{'row_amount' if self.is_computed else self.columns[0].name}"


def is_numeric(column: Seen | None) -> bool:
    """Return whether a column can be counted with."""
    return column is not None and column.sql_type.startswith(_NUMBERS)


def find_amount(plan: Plan) -> Amount | None:
    """Find the amount of an order line: a column, or quantity times price.

    Returns
    -------
    Amount or None
        None if no column looks like one.
    """
    columns = plan.columns
    quantity, price = columns.meaning("quantity"), columns.meaning("unit_price")
    product = (quantity, price) if is_numeric(quantity) and is_numeric(price) else None
    for meaning in ("net_amount", "gross_amount", "order_total"):
        column = columns.meaning(meaning)
        if column is None or not is_numeric(column):
            continue
        if product and meaning != "net_amount":
            break
        if product and _is_of_order(plan, column):
            plan.decide(
                f"What {column.header} is",
                "the total of a whole order: it is the same on all lines of an order, so a line's "
                "amount is quantity times price",
                f"If it is the amount of the line, use {column.name} in the staging model and in "
                "controlTotal.",
            )
            break
        if product:
            plan.decide(
                "What the seller receives for a line",
                f"{column.header}; quantity times price is the same on "
                f"{_share(plan, column, quantity, price)} of the rows",
                "If it includes what the seller does not receive (tax, shipping), change "
                "net_amount in the staging model and controlTotal alike.",
            )
        return _amount(plan, (column,))
    if product and quantity and price:
        return _amount(plan, (quantity, price))
    if price and is_numeric(price) and quantity is None:
        return _amount(plan, (price,))
    return None


def _amount(plan: Plan, columns: tuple[Seen, ...]) -> Amount:
    values = [_value(plan, column) for column in columns]
    product = " * ".join(values)
    negative, empty = plan.profile.one(
        f"select count(*) filter ({product} < 0), count(*) filter ({product} is null) from sample"
    )
    is_exact = all(
        column.sql_type == "BIGINT" or column.sql_type.startswith("DECIMAL") for column in columns
    )
    total = " * ".join(column.name for column in columns) if is_exact else ""
    return Amount(columns, total, int(negative), int(empty))


def _value(plan: Plan, column: Seen) -> str:
    text = plain_number(plan.columns.marks.notation, f"trim(c{column.place})")
    return f"try_cast({text} as decimal(18, 4))"


def find_discount(plan: Plan, amount: Amount | None) -> Seen | None:
    """Find the discount that was taken off quantity times price to make the amount.

    Returns
    -------
    Seen or None
        None if no column is one, or the rows do not show it: that is noted as a decision.
    """
    columns = plan.columns
    discount, quantity = columns.meaning("discount_amount"), columns.meaning("quantity")
    price = columns.meaning("unit_price")
    if discount is None or not is_numeric(discount) or amount is None:
        return None
    if not amount.is_computed and is_numeric(quantity) and is_numeric(price):
        full = " * ".join(_value(plan, each) for each in (quantity, price) if each)
        off = f"abs(coalesce({_value(plan, discount)}, 0))"
        (share,) = plan.profile.one(
            f"select coalesce(avg(cast(abs({full} - {off} - {_value(plan, amount.columns[0])})"
            f" < 0.01 as integer)), 0) from sample where {off} > 0"
        )
        if share >= _ENOUGH:
            return discount
    plan.decide(
        f"Whether {discount.header} was taken off the amounts",
        f"it is not used: net_amount is {amount.definition}, and discount_amount is 0",
        "Compare an order with a discount with the system's own screens. If the amount is before "
        "the discount, subtract it in net_amount and in controlTotal; give it as discount_amount, "
        "and gross_amount as the sum of both.",
    )
    return None


def _is_of_order(plan: Plan, column: Seen) -> bool:
    """Return whether an amount is the same on all lines of orders with several."""
    order = plan.columns.meaning("order_id")
    if order is None:
        return False
    orders, same = plan.profile.one(
        f"select count(*), count(*) filter (amounts = 1) from (select count(distinct"
        f" c{column.place}) as amounts from sample group by c{order.place} having count(*) > 1)"
    )
    quantity, price = plan.columns.meaning("quantity"), plan.columns.meaning("unit_price")
    return bool(orders) and same == orders and _same(plan, column, quantity, price) < 0.9


def _same(plan: Plan, column: Seen, quantity: Seen | None, price: Seen | None) -> float:
    """Return the share of rows whose amount is quantity times price."""
    if quantity is None or price is None:
        return 0.0
    (share,) = plan.profile.one(
        f"select coalesce(avg(cast(abs({_value(plan, quantity)} * {_value(plan, price)}"
        f" - {_value(plan, column)}) < 0.01 as integer)), 0) from sample"
    )
    return float(share)


def _share(plan: Plan, column: Seen, quantity: Seen | None, price: Seen | None) -> str:
    return f"{_same(plan, column, quantity, price):.1%}"
