"""Writes the contract of a stream: one line a column, and what is certain of its files."""

from __future__ import annotations

import re
from typing import Any

import yaml

from dangol.contracts.formats import FORMATS
from dangol.drafting.amounts import Amount
from dangol.drafting.columns import Seen
from dangol.drafting.decisions import (
    decide_frequency,
    decide_owner,
    decide_properties,
    decide_rows,
)
from dangol.drafting.file_format import format_properties
from dangol.drafting.lines import Model
from dangol.drafting.plan import Plan, closed_weekdays, days_of
from dangol.drafting.writing import notes_name

_DESCRIPTIONS = {
    "net_amount": "Amount of the row.",
    "order_total": "Amount of the order.",
    "discount_amount": "Discount.",
    "gross_amount": "Amount before discounts.",
    "tax_amount": "Tax.",
    "ordered_at": "When it was ordered.",
    "order_status": "Status of the order.",
    "refund_amount": "What was paid back.",
    "refunded_at": "When it was paid back.",
    "order_id": "The order.", "order_line_id": "The line of the order.",
    "product_id": "The product.", "product_name": "The product's name.",
    "quantity": "Units.", "unit_price": "Price of a unit.",
    "customer_id": "The customer; empty for guests.", "store_id": "The store.",
    "email": "E-mail address.", "phone": "Phone number.",
    "category": "The product's category.", "brand": "The product's brand.",
    "currency": "Currency of the amounts.",
}  # fmt: skip


def render_contract(plan: Plan, models: list[Model], amount: Amount | None) -> str:
    """Return the contract of a stream as YAML, with a comment where something is to be decided."""
    properties = {**format_properties(plan.files), **_values(plan), **_rows(plan, models, amount)}
    notes = decide_properties(plan)
    lines = [
        f"# Drafted from samples by `dangol source draft`. The decisions are in "
        f"{notes_name(plan.stream)}; when they are",
        "# made, `status: active` loads its files from the next night on.",
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {plan.system}",
        f"name: {plan.system}",
        "version: 1.0.0",
        f"status: {plan.status}",
        f"team: {{name: unknown}} # decision {decide_owner(plan)}",
        "schema:",
        f"  - name: {plan.stream}",
        f"    description: One row of {plan.stream}. # decision {decide_rows(plan)}",
        "    customProperties:",
    ]
    for name, value in properties.items():
        note = f" # decision {notes[name]}" if name in notes else ""
        lines.append(f"      - {flow({'property': name, 'value': value})}{note}")
    lines.append("    properties:")
    lines += [f"      - {flow(_column(plan, column))}" for column in plan.columns.each]
    days = days_of(plan)
    is_daily = _is_daily(plan, days)
    number = decide_frequency(plan, is_daily)
    if is_daily:
        promise = f"{{property: frequency, value: 1, unit: d, element: {plan.stream}}}"
        lines += ["slaProperties:", f"  - {promise} # decision {number}"]
    return "\n".join(lines) + "\n"


def flow(mapping: dict[str, Any]) -> str:
    """Return a mapping as one line of YAML."""
    text = yaml.safe_dump(
        mapping, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6
    )
    return str(text).strip()


def _values(plan: Plan) -> dict[str, Any]:
    """Return how values are written."""
    columns = plan.columns
    given: dict[str, Any] = {}
    if columns.null_words:
        given["nullWords"] = list(columns.null_words)
    notation = columns.marks.notation
    for property, found in (
        ("decimalMark", notation.decimal if notation.decimal != "." else ""),
        ("thousandsMark", notation.thousands),
        ("currencyMarks", list(notation.currencies)),
        ("negative", list(notation.negative)),
    ):
        if found:
            given[property] = found
    for name, sql_type, default in (
        ("dateFormat", "DATE", "%Y-%m-%d"),
        ("timestampFormat", "TIMESTAMP", _usual_time(plan)),
    ):
        written = usual_format(plan, sql_type)
        if written and written != default:
            given[name] = written
    if plan.local_times:
        given["timeZone"] = plan.time_zone
    return given


def usual_format(plan: Plan, sql_type: str) -> str:
    """Return the format of most columns of a type, or that of the event.

    Returns
    -------
    str
        Empty if none needs it: files that have times of their own need no format for them.
    """
    written = [
        _written(plan, column)
        for column in sorted(plan.columns.each, key=lambda each: each is not plan.event)
        if column.sql_type == sql_type and column.written and not _is_native(plan, column)
    ]
    if not written:
        return ""
    event = plan.event
    if event and event.sql_type == sql_type and event.written and not _is_native(plan, event):
        return _written(plan, event)
    return max(written, key=lambda each: (written.count(each), -written.index(each)))


def _written(plan: Plan, column: Seen) -> str:
    """Return a format; where other times are local, it reads its own zone."""
    written = column.written.format if column.written else ""
    if not plan.local_times:
        return written
    return re.sub(r"(?<=[^%])Z$", "%z", re.sub(r" UTC$", " %Z", written))


def _is_native(plan: Plan, column: Seen) -> bool:
    return bool(
        FORMATS[plan.kind].has_times
        and column.written
        and column.written.format.startswith("%Y-%m-%d")
    )


def _usual_time(plan: Plan) -> str:
    is_local = plan.local_times and plan.time_zone != "UTC"
    return "%Y-%m-%dT%H:%M:%S" if is_local else "%Y-%m-%dT%H:%M:%SZ"


def _rows(plan: Plan, models: list[Model], amount: Amount | None) -> dict[str, Any]:
    """Return what a row and a delivery are."""
    given: dict[str, Any] = {}
    if not plan.names.has_period:
        given["delivery"] = "append"
    else:
        given["delivery"] = "delta_snapshot" if plan.is_snapshot else "partition"
    if not plan.key_columns:
        given["rowIdentity"] = "place"
    received = [model.entity.name for model in models if model.entity.is_received]
    described = [model.entity.name for model in models if not model.entity.is_received]
    if received:
        given["receivedIn"] = received
    if described:
        given["describes"] = described
    if amount and amount.total:
        given["controlTotal"] = amount.total
    if plan.event:
        given["eventTime"] = plan.event.name
    if plan.deletion_mark:
        given["deletionMark"] = plan.deletion_mark.name
    if closed := closed_weekdays(days_of(plan)):
        given["closedWeekdays"] = closed
    return given


def _column(plan: Plan, column: Seen) -> dict[str, Any]:
    line: dict[str, Any] = {"name": column.name}
    if column.header != column.name:
        line["physicalName"] = column.header
    if column.sql_type != "VARCHAR":
        line["physicalType"] = column.sql_type
    if column in plan.key_columns:
        line |= {"required": True, "primaryKey": True}
    elif column is plan.event and column.filled == plan.profile.rows:
        line["required"] = True
    if column.is_personal:
        line["classification"] = column.classification
    if column.written and not _is_native(plan, column):
        usual = usual_format(plan, column.sql_type)
        if (written := _written(plan, column)) != usual:
            line["customProperties"] = [{"property": "format", "value": written}]
    line["description"] = _DESCRIPTIONS.get(column.meaning, "Not described yet.")
    return line


def _is_daily(plan: Plan, days: list[Any]) -> bool:
    if len(plan.names.days) < 7 or plan.names.is_monthly or plan.names.is_range:
        return False
    closed = closed_weekdays(days)
    span = (days[-1] - days[0]).days + 1
    return bool(len(days) >= 0.6 * span * (7 - len(closed)) / 7)
