"""Masks sample rows for the log: enough to find the fault, nothing about a person.

Text is masked unless its column is known to be harmless, and every column that is personal by its
contract or by its name is masked. Nulls stay visible, since they are often the fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MASK = "***"
LONGEST_TEXT = 60
"""Characters of a harmless text that are shown; a field can contain thousands."""
LONGEST_REASON = 600

READABLE_TEXT = frozenset({
    "system", "stream", "source_system", "status", "delivery", "load_id", "_load_id",
    "duplicate_of", "superseded_by", "superseded_reason", "contract_version", "table_name",
    "file", "contender", "missing_parts",
    "problem", "part", "entity", "row_state", "state_reason", "set_aside_reason", "refund_id",
    "layer", "gate", "order_id", "order_line_id", "product_id",
    "store_id", "campaign_id", "campaign_type",
    "coupon_id", "department", "category", "brand", "segment", "control_total", "timezone",
    "load_reason",
})  # fmt: skip
"""Text columns whose values say nothing about a person."""

_PERSONAL_NAME = re.compile(
    r"identifier|customer|household|member|person|visitor|cookie|device|account|card|mail|phone"
    r"|mobile|name$|address|postal|zip|city|birth|age$|gender|sex$|income|marital|kids|home|_extra"
    r"|message_id|response_id"
)


def mask_rows(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], personal: Collection[str] = ()
) -> list[str]:
    """Write rows as text, with personal values masked.

    Parameters
    ----------
    rows
        Their values, in the same order.
    personal
        Names of columns that are personal by contract, in lower case.

    Returns
    -------
    list of str
        One ``column=value, …`` line per row.
    """
    return [
        ", ".join(
            f"{column}={mask(column, value, personal)}"
            for column, value in zip(columns, row, strict=True)
        )
        for row in rows
    ]


def mask(column: str, value: Any, personal: Collection[str] = ()) -> str:
    """Write one value, or the mask.

    Parameters
    ----------
    value
        As DuckDB returns it.

    Returns
    -------
    str
        Numbers, dates and times of columns that are not personal, harmless text, and ``null``;
        ``***`` for everything else.
    """
    if value is None:
        return "null"
    known = column.lower()
    if known in personal:
        return MASK
    if known in READABLE_TEXT and isinstance(value, str):
        if known == "problem":  # it names a file
            return value
        most = LONGEST_REASON if known == "load_reason" else LONGEST_TEXT
        return value if len(value) <= most else f"{value[:most]}…"
    # a count or a sum about customers is not personal
    is_figure = known.endswith(("_count", "_share", "_amount", "_days"))
    if not is_figure and _PERSONAL_NAME.search(known):
        return MASK
    if isinstance(value, bool | int | float | Decimal | date | datetime):
        return str(value)
    return MASK


def personal_columns(contracts: Mapping[str, Any]) -> frozenset[str]:
    """Return the names that the contracts classify as personal.

    Parameters
    ----------
    contracts
        From `dangol.contracts.load_contracts`.

    Returns
    -------
    frozenset of str
        In lower case.
    """
    return frozenset(
        column.name.lower()
        for contract in contracts.values()
        for stream in contract.streams
        for column in stream.columns
        if column.is_personal
    )
