"""Makes up a small file as the system would write it: the first test of a draft.

Its values are made up, never those of a sample.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dangol.contracts.deliveries import ARCHIVE_MARK, compile_pattern, delivery_of
from dangol.contracts.formats import FORMATS
from dangol.drafting.columns import Seen
from dangol.drafting.plan import Plan

_ORDERS = (
    ("A-1", "P-1", "1", 2, "M-1"),
    ("A-1", "P-2", "2", 1, "M-1"),
    ("A-2", "P-1", "1", 1, None),
)
_REFUND = ("C-1", "P-1", "1", -1, "M-1")
_PRICES = {"P-1": Decimal("1500.5"), "P-2": Decimal(20)}
_DAY = date(2026, 1, 5)
_PERSON = {"email": "person{n}@example.com", "phone": "010-0000-000{n}"}
_TEXTS = {"product_name": "Product {n}", "category": "Category", "brand": "Brand",
          "order_status": "paid", "store_id": "S-1", "channel": "email"}  # fmt: skip


def made_up_file(plan: Plan, has_refunds: bool) -> tuple[str, bytes] | None:
    """Return the name and the content of a made-up file.

    Returns
    -------
    tuple of (str, bytes) or None
        None for files of a format that is not text, and whose names have no date.
    """
    rows = made_up_rows(plan, has_refunds)
    name = plan.samples.each[0].name.removesuffix(".gz")
    if plan.kind == "csv":
        content = _csv(plan, rows)
    elif plan.kind == "json_lines":
        content = _json_lines(rows)
    elif plan.kind == "json":
        content = _document(plan.files.records, [_nested(row) for row in rows])
    else:
        supplement = _supplement_name(plan, name)
        return (supplement, _json_lines(rows)) if supplement else None
    archive, mark, member = name.partition(ARCHIVE_MARK)
    if not mark:
        return name, content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr(zipfile.ZipInfo(member, (2026, 1, 5, 0, 0, 0)), content)
    return archive, packed.getvalue()


def made_up_rows(plan: Plan, has_refunds: bool) -> list[dict[str, Any]]:
    """Return made-up rows: two lines of an order, a guest's, a refund if there are some."""
    orders = [*_ORDERS, _REFUND] if has_refunds else list(_ORDERS)
    return [
        {column.header: _value(plan, column, number, order) for column in plan.columns.each}
        for number, order in enumerate(orders, 1)
    ]


def _value(plan: Plan, column: Seen, number: int, order: tuple[Any, ...]) -> Any:
    _, product_id, line, quantity, _ = order
    is_only_key = plan.key_columns == (column,)
    price = _PRICES[product_id]
    if column.is_list:
        return []
    if column.sql_type in {"DATE", "TIMESTAMP"}:
        return _moment(plan, column, number)
    if column.sql_type == "BOOLEAN":
        return "true"
    if column.sql_type == "VARCHAR":
        text = _text(column, number, order, is_only_key)
        is_person_s = column.meaning == "customer_id" and column in plan.key_columns
        return f"M-{number}" if is_person_s else text
    if is_only_key:
        return _number(plan, column, Decimal(number))
    amounts = {
        "quantity": Decimal(quantity), "unit_price": price, "net_amount": price * quantity,
        "gross_amount": price * quantity, "order_total": price * quantity,
        "refund_amount": price, "order_line_id": Decimal(line),
    }  # fmt: skip
    usual = Decimal(number) if column in plan.key_columns else Decimal(1)
    return _number(plan, column, amounts.get(column.meaning, usual))


def _text(column: Seen, number: int, order: tuple[Any, ...], is_only_key: bool) -> str | None:
    order_id, product_id, line, _, customer = order
    ids = {"order_id": order_id, "product_id": product_id, "order_line_id": line}
    if column.meaning == "customer_id" and not is_only_key:
        return str(customer) if customer else None
    if column.meaning in ids and not is_only_key:
        return str(ids[column.meaning])
    if column.meaning in _PERSON:
        return _PERSON[column.meaning].format(n=number)
    if column.meaning in _TEXTS:
        return _TEXTS[column.meaning].format(n=product_id[-1])
    return f"{column.name} {number}"


def _number(plan: Plan, column: Seen, value: Decimal) -> str:
    if column.sql_type == "BIGINT":
        value = value.to_integral_value()
    marks = plan.columns.marks.notation
    text = f"{value.normalize():,f}" if marks.thousands else f"{value.normalize():f}"
    swapped = {",": marks.thousands, ".": marks.decimal}
    return "".join(swapped.get(each, each) for each in text)


def _moment(plan: Plan, column: Seen, number: int) -> Any:
    day = plan.names.days[0] if plan.names.days else _DAY
    moment = datetime(day.year, day.month, day.day, 10, 30, tzinfo=UTC) + timedelta(minutes=number)
    written = column.written.format if column.written else "%Y-%m-%d"
    if written.startswith("epoch"):
        scale = {"epoch_s": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}[written]
        return int(moment.timestamp()) * scale
    if FORMATS[plan.kind].has_times and written.startswith("%Y-%m-%d"):
        written = "%Y-%m-%d" if column.sql_type == "DATE" else "%Y-%m-%dT%H:%M:%S"
    if written.endswith("%z"):
        moment = moment.astimezone(ZoneInfo(plan.time_zone))
    return moment.strftime(written)


def _csv(plan: Plan, rows: Sequence[dict[str, Any]]) -> bytes:
    dialect = plan.dialect
    if dialect is None:
        return b""
    header = list(dialect.header)
    lines = io.StringIO()
    lines.write("made up\n" * dialect.skip_lines)
    writer = csv.writer(
        lines, delimiter=dialect.delimiter, quotechar=dialect.quote, lineterminator="\n"
    )
    writer.writerow(header)
    for _ in range(dialect.header_rows - 1):
        writer.writerow(["about" for _ in header])
    for row in rows:
        writer.writerow(["" if row.get(name) is None else _shown(row[name]) for name in header])
    if dialect.total:
        writer.writerow([dialect.total, *[""] * (len(header) - 1)])
    encoding = next((s.encoding for s in plan.samples.each if s.is_named), "utf-8")
    return lines.getvalue().encode(encoding, errors="replace")


def _shown(value: Any) -> str:
    return json.dumps(value) if isinstance(value, list) else str(value)


def _json_lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(_nested(row), ensure_ascii=False) + "\n" for row in rows).encode()


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with an object for each path."""
    found: dict[str, Any] = {}
    for path, value in row.items():
        *above, key = path.split(".")
        inner = found
        for each in above:
            inner = inner.setdefault(each, {})
        inner[key] = value
    return found


def _document(records: str, rows: list[dict[str, Any]]) -> bytes:
    document: Any = rows
    for key in reversed(records.split(".") if records else []):
        document = {key: document}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _supplement_name(plan: Plan, name: str) -> str | None:
    """Return the name of rows in JSON lines to a stream of another format."""
    pattern = compile_pattern("filePattern", plan.names.pattern)
    for place in range(len(name), 0, -1):
        candidate = f"{name[:place]}_s1{name[place:]}"
        named = delivery_of(pattern, candidate)
        if named and named.supplement == 1:
            return f"{candidate}.jsonl"
    return None
