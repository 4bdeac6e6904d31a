"""The lines of a staging model's select list that several entities share."""

from __future__ import annotations

from dataclasses import dataclass

from dangol.drafting.columns import Seen
from dangol.drafting.entities import Entity
from dangol.drafting.plan import Plan


@dataclass
class Model:
    """A staging model.

    Parameters
    ----------
    entity
        What its rows are.
    lines
        Of its select list.
    where
        The condition of its rows, or empty.
    used
        The names of the columns that it reads.
    amount
        How ``row_amount`` is computed; empty if it is a column.
    needs_run, needs_loads
        Whether it reads the night's row, and that of the file.
    """

    entity: Entity
    lines: list[str]
    where: str = ""
    used: set[str] | None = None
    amount: str = ""
    needs_run: bool = False
    needs_loads: bool = False

    def add(self, line: str, column: Seen | None = None) -> None:
        """Add a line that reads a column."""
        self.lines.append(line)
        if column:
            self.used = (self.used or set()) | {column.name}


def add_order(plan: Plan, model: Model) -> None:
    """Add the system and the order."""
    model.lines += ["        ---------- ids", f"        '{plan.system}' as source_system,"]
    order = plan.columns.meaning("order_id")
    if order:
        model.add(f"        {named(f'received.{order.name}', 'order_id')},", order)
        return
    model.add("        received._place as order_id,")
    plan.decide(
        "What an order is",
        "each row is an order of its own: no column looks like an order's number",
        "If several columns make up an order (store, register, receipt), join them in the staging "
        "model.",
    )


def line_id(plan: Plan) -> str:
    """Return what tells the lines of an order apart."""
    rest = [column for column in plan.key_columns if column.meaning != "order_id"]
    if not plan.key_columns:
        return "received._place"
    if not rest:
        return "'1'"
    parts = [
        f"received.{each.name}" if each.sql_type == "VARCHAR"
        else f"cast(received.{each.name} as string)"
        for each in rest
    ]  # fmt: skip
    return " || ' ' || ".join(parts)


def add_person(plan: Plan, model: Model) -> None:
    """Add the identifier of the customer, if a column has one."""
    kinds = (("customer_id", "member"), ("email", "email"), ("phone", "phone"))
    for meaning, kind in kinds:
        column = plan.columns.meaning(meaning)
        if column is None:
            continue
        number = plan.decide(
            "Which kind of identifier a customer has",
            f"{kind}, from {column.header}; an empty one is a guest",
            "Two systems that use the same numbers must use the same identifier_type. Change it "
            "in the staging models.",
        )
        value = f"received.{column.name}"
        if kind == "email":
            value = f"{{{{ lower_case(strip_spaces('{value}')) }}}}"
        elif column.sql_type != "VARCHAR":
            value = f"cast({value} as string)"
        model.add(f"        '{kind}' as identifier_type, -- decision {number}")
        model.add(f"        {value} as identifier_value,", column)
        return


def add_store(plan: Plan, model: Model) -> None:
    """Add the store: a column, or the part of the file's name."""
    if column := plan.columns.meaning("store_id"):
        own = f"received.{column.name}"
        own = own if column.sql_type == "VARCHAR" else f"cast({own} as string)"
        model.add(f"        {named(own, 'store_id')},", column)
    elif "{part}" in plan.names.pattern and not plan.names.parts_are_counted:
        number = plan.decide(
            "What the part of a file's name is",
            "the store, as no column names one",
            "If it is an hour or a number, remove store_id from the staging models.",
        )
        model.add(f"        loads.part as store_id, -- decision {number}")
        model.needs_loads = True


def add_product(plan: Plan, model: Model) -> None:
    """Add the product: its number or, without one, its name."""
    column = plan.columns.meaning("product_id")
    if column is None and (column := plan.columns.meaning("product_name")):
        number = plan.decide(
            "What identifies a product",
            f"its name, {column.header}: no column looks like its number",
            "A product that is renamed becomes another one.",
        )
        model.add(f"        received.{column.name} as product_id, -- decision {number}", column)
    elif column:
        model.add(f"        {named(f'received.{column.name}', 'product_id')},", column)


def add_moment(plan: Plan, model: Model, at: str, day: str) -> None:
    """Add when it happened: a column, or the day of the file."""
    model.lines += ["", "        ---------- times"]
    column = plan.event
    if column is None:
        number = plan.decide(
            "When a row happened",
            "on the business day of its file: no column of a time could be read",
            "If a column has the time, give its format in the contract, and use it.",
        )
        moment = utc_moment(plan, model, "loads.file_date")
        model.add(f"        {moment} as {at}, -- decision {number}")
        model.add(f"        loads.file_date as {day},")
        model.needs_loads = model.needs_run = True
        return
    own = f"received.{column.name}"
    model.needs_run = True
    if column.sql_type == "DATE":
        model.add(f"        {utc_moment(plan, model, own)} as {at},", column)
        model.add(f"        {named(own, day)},")
        return
    model.add(f"        {named(own, at)},", column)
    model.add(f"        {{{{ business_date('{own}', 'current_run.timezone') }}}} as {day},")


def utc_moment(plan: Plan, model: Model, day: str) -> str:
    """Return the moment of a day in the company's zone: at the time of another column, if any."""
    moment = f"cast({day} as timestamp)"
    clock = plan.columns.meaning("time_of_day")
    if clock and clock.sql_type == "VARCHAR":
        model.used = (model.used or set()) | {clock.name}
        time = f"try_cast(cast({day} as string) || ' ' || received.{clock.name} as timestamp)"
        moment = f"coalesce({time}, {moment})"
    return f"{{{{ utc_time(\"{moment}\", 'current_run.timezone') }}}}"


def add_set_aside(plan: Plan, model: Model, net: str) -> None:
    """Say which rows do not count: those without an amount, and by hand those of a status."""
    status = plan.columns.meaning("order_status")
    moment = plan.event
    cases = [f"            when {net} is null then 'no amount'"] if net else []
    if moment and moment.filled < plan.profile.rows:
        cases.append(f"            when received.{moment.name} is null then 'no time'")
    order = plan.columns.meaning("order_id")
    if order and order.filled < plan.profile.rows:
        cases.append(f"            when received.{order.name} is null then 'no order number'")
    model.lines += ["", "        ---------- does it count?"]
    if status:
        number = plan.decide(
            "Which rows do not count",
            f"all count, whatever {status.header} says",
            "Give the rows of cancelled and test orders a set_aside_reason in the staging model: "
            "they stay visible in ops.set_aside. Leaving them out with a where stops the night.",
        )
        model.lines.append(
            f"        -- decision {number}: when received.{status.name} in (…) then 'cancelled'"
        )
        model.used = (model.used or set()) | {status.name}
    if cases:
        model.lines += ["        case", *cases, "        end as set_aside_reason,"]
    else:
        model.lines.append("        cast(null as string) as set_aside_reason,")


def alias(column: Seen | None, name: str) -> str:
    """Return the rest of a line that renames a column."""
    return "" if column is None or column.name == name else f" as {name}"


def named(expression: str, name: str) -> str:
    """Return an expression under a name."""
    return expression if expression == f"received.{name}" else f"{expression} as {name}"
