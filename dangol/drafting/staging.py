"""Writes the staging models of a stream: what is known by name is mapped, the rest is listed."""

from __future__ import annotations

from dangol.drafting.amounts import Amount, find_amount, find_discount, is_numeric
from dangol.drafting.columns import Seen
from dangol.drafting.entities import all_entities
from dangol.drafting.lines import (
    Model,
    add_moment,
    add_order,
    add_person,
    add_product,
    add_set_aside,
    add_store,
    alias,
    line_id,
    named,
    utc_moment,
)
from dangol.drafting.plan import Plan
from dangol.extract.number_texts import plain_number

_FROM = {
    "record_id": ("customer_id", "email", "phone"),
    "refunded_at": ("refunded_at", "ordered_at"),
    "refund_date": ("refunded_at", "ordered_at"),
    "refund_amount": ("refund_amount", "net_amount", "order_total"),
    "sent_date": ("sent_at", "ordered_at"),
    "response_date": ("response_date", "ordered_at"),
    "joined_date": ("joined_at", "ordered_at"),
    "birth_year": ("birth_year", "birth_date"),
}
"""The meanings that fill a column of an entity, if not the one of its own name."""

_BY_PLACE = frozenset({"refund_id", "message_id", "response_id", "promotion_id", "record_id"})
_TECHNICAL = frozenset({"source_system", "identifier_type", "identifier_value", "_load_id", "_row",
                        "is_active", "inactive_since"})  # fmt: skip
_AS_PEOPLE_READ = ("_name", "category", "brand", "department", "_type", "package_size", "country",
                   "region", "city", "gender", "language", "channel", "_reason")  # fmt: skip


def draft_models(plan: Plan) -> tuple[list[Model], Amount | None]:
    """Draft the staging models of a stream: the entity's, and those that its rows make besides.

    Returns
    -------
    tuple of (list of Model, Amount or None)
        And the amount of a row.
    """
    if plan.entity.name != "order_lines":
        return [_generic(plan)], None
    amount = find_amount(plan)
    models = [_order_lines(plan, amount)]
    if amount and amount.negative:
        models[0].where = f"not {_is_refund(plan, amount)}"
        models.append(_refunds(plan, amount))
    product, name = plan.columns.meaning("product_id"), plan.columns.meaning("product_name")
    if product and name:
        models.append(_products(plan))
    return models, amount


def _order_lines(plan: Plan, amount: Amount | None) -> Model:
    model = Model(all_entities()["order_lines"], [])
    add_order(plan, model)
    model.add(f"        {line_id(plan)} as order_line_id,")
    add_person(plan, model)
    add_store(plan, model)
    add_product(plan, model)
    model.lines += ["", "        ---------- numbers"]
    quantity = plan.columns.meaning("quantity")
    if is_numeric(quantity) and quantity:
        number = f"received.{quantity.name}"
        model.add(f"        {named(number, 'quantity')},", quantity)
        if quantity.number and quantity.number.whole:
            model.add(f"        {number} as unit_quantity,")
    model.amount = amount.definition if amount and amount.is_computed else ""
    net = amount.sql if amount else "cast(null as decimal(18, 4))"
    if amount is None:
        plan.decide(
            "The amount of a row",
            "none: no column looks like one, and every row is set aside",
            "Give net_amount and gross_amount in the staging model, and controlTotal in the "
            "contract.",
        )
    model.used = (model.used or set()) | {each.name for each in (amount.columns if amount else ())}
    if discount := find_discount(plan, amount):
        off = f"abs(coalesce(received.{discount.name}, 0))"
        model.add(f"        {net} + {off} as gross_amount,", discount)
        model.add(f"        {off} as discount_amount,")
    else:
        model.add(f"        {net} as gross_amount,")
        model.add("        cast(0 as decimal(18, 4)) as discount_amount,")
    model.add(f"        {named(net, 'net_amount')},")
    add_moment(plan, model, "ordered_at", "order_date")
    add_set_aside(plan, model, net if amount is None or amount.empty else "")
    return model


def _refunds(plan: Plan, amount: Amount) -> Model:
    model = Model(all_entities()["refunds"], [], _is_refund(plan, amount))
    key = line_id(plan)
    order = plan.columns.meaning("order_id")
    if plan.key_columns and order and len(plan.key_columns) > 1:
        key = f"received.{order.name} || ' ' || {key}"
    elif plan.key_columns:
        key = f"received.{plan.key_columns[0].name}"
    model.lines += ["        ---------- ids", f"        '{plan.system}' as source_system,"]
    model.add(f"        {key} as refund_id,")
    if order and _refunds_name_orders(plan, amount, order):
        model.add(f"        received.{order.name} as order_id,", order)
    elif order:
        plan.decide(
            "Which order a refund belongs to",
            f"none: the negative rows have numbers of their own in {order.header}",
            "If a column names the order that is refunded, give it as order_id in the staging "
            "model of refunds.",
        )
    add_person(plan, model)
    add_store(plan, model)
    add_product(plan, model)
    model.lines += ["", "        ---------- numbers"]
    quantity = plan.columns.meaning("quantity")
    if quantity and is_numeric(quantity):
        model.add(f"        abs(received.{quantity.name}) as quantity,", quantity)
    model.amount = amount.definition if amount.is_computed else ""
    model.add(f"        -{amount.sql} as refund_amount,")
    add_moment(plan, model, "refunded_at", "refund_date")
    return model


def _products(plan: Plan) -> Model:
    model = Model(all_entities()["products"], [])
    model.lines += ["        ---------- ids", f"        '{plan.system}' as source_system,"]
    product = plan.columns.meaning("product_id")
    model.add(f"        received.{product.name if product else ''}{alias(product, 'product_id')},")
    model.lines += ["", "        ---------- text"]
    for name in ("product_name", "category", "brand", "department"):
        if column := plan.columns.meaning(name):
            model.add(f"        {{{{ clean_text('received.{column.name}') }}}} as {name},", column)
    return model


def _generic(plan: Plan) -> Model:
    """Fill an entity's columns by name; those without a counterpart are comments."""
    model = Model(plan.entity, [])
    model.lines += ["        ---------- ids", f"        '{plan.system}' as source_system,"]
    missing = []
    for name, description in plan.entity.facts.columns.items():
        if name == "identifier_type":
            add_person(plan, model)
        if name in _TECHNICAL:
            continue
        column = _column_for(plan, name)
        if column is not None:
            model.add(f"        {_mapped(model, plan, column, name)},", column)
        elif name in _BY_PLACE:
            model.add(f"        received._place as {name},")
        else:
            missing.append(f"        -- {name}: {description}")
            if name in plan.entity.facts.grain:
                model.add(f"        cast(null as string) as {name}, -- every row needs one")
    if missing:
        model.lines += ["", "        ---------- no column was found for", *missing]
    return model


def _column_for(plan: Plan, name: str) -> Seen | None:
    for meaning in _FROM.get(name, (name,)):
        column = plan.columns.meaning(meaning)
        if column is None:
            continue
        if name.endswith(("_date", "_at")) and column.sql_type not in {"DATE", "TIMESTAMP"}:
            continue
        if name.endswith("_amount") and not is_numeric(column):
            continue
        return column
    return None


def _mapped(model: Model, plan: Plan, column: Seen, name: str) -> str:
    """Return a column of the entity in SQL."""
    own = f"received.{column.name}"
    if name.endswith("_date") and column.sql_type == "TIMESTAMP":
        model.needs_run = True
        return f"{{{{ business_date('{own}', 'current_run.timezone') }}}} as {name}"
    if name.endswith("_at") and column.sql_type == "DATE":
        model.needs_run = True
        return f"{utc_moment(plan, model, own)} as {name}"
    if name == "birth_year" and column.meaning == "birth_date":
        readable = column.sql_type in {"DATE", "TIMESTAMP"}
        return f"year({own}) as {name}" if readable else f"cast(null as bigint) as {name}"
    if name.endswith("_amount"):
        return named(f"received.{column.name}", name)
    if name.endswith(_AS_PEOPLE_READ) and column.sql_type == "VARCHAR":
        return f"{{{{ clean_text('{own}') }}}} as {name}"
    if name.endswith("_id") and column.sql_type != "VARCHAR":
        return f"cast({own} as string) as {name}"
    return named(own, name)


def _is_refund(plan: Plan, amount: Amount) -> str:
    net = amount.sql
    quantity = plan.columns.meaning("quantity")
    if quantity and is_numeric(quantity):
        # what comes back for nothing is no line of an order either
        return f"coalesce({net} < 0 or ({net} = 0 and received.{quantity.name} < 0), false)"
    return f"coalesce({net} < 0, false)"


def _refunds_name_orders(plan: Plan, amount: Amount, order: Seen) -> bool:
    """Return whether most negative rows have an order's number that other rows have, too."""
    place = next(
        (each.place for each in amount.columns if each.negative),
        amount.columns[0].place,
    )
    plain = plain_number(plan.columns.marks.notation, f"trim(c{place})")
    negative = f"coalesce(starts_with({plain}, '-'), false)"
    (share,) = plan.profile.one(
        f"select coalesce(avg(cast(c{order.place} in (select c{order.place} from sample where not"
        f" {negative}) as integer)), 0) from sample where {negative}"
    )
    return float(share) > 0.5
