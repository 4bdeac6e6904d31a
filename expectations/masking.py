"""Masks sample rows for the log: enough to find the fault, nothing about a person.

A value is shown if its column is described as not personal, by a contract or by a model; a text
only if its column is also known to have no prose, and without what looks like somebody's address or
number, since a staging model may give a personal column any name. A company's own query may call a
column anything, so what nobody describes is masked there, numbers too; those of Dangol's own
queries are counts and sums. Nulls stay visible, since they are often the fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dangol.model_facts import read_models
from dangol.ops_columns import CURRENT_RUN, LOADS
from dangol.personal_shapes import MASK, hide_personal

LONGEST_TEXT = 60
"""Characters of a harmless text that are shown; a field can contain thousands."""
LONGEST_REASON = 600

_WRITTEN_BY_US = frozenset({
    "system", "stream", "source_system", "status", "delivery", "load_id", "_load_id",
    "duplicate_of", "superseded_by", "superseded_reason", "contract_version", "table_name",
    "problem", "entity", "row_state", "layer", "gate", "timezone", "load_reason", "column_name",
    "control_total",
})  # fmt: skip
"""Text columns that Dangol fills, or a contract."""

_FILLED_BY_SYSTEMS = frozenset({
    "file", "contender", "missing_parts", "part", "refund_id", "order_id", "order_line_id",
    "product_id", "store_id", "campaign_id", "campaign_type", "coupon_id", "department", "category",
    "brand", "segment", "state_reason", "set_aside_reason",
})  # fmt: skip
"""Text columns in which a system or a staging model may have put anything, though no prose."""

_PERSONAL_NAME = re.compile(
    r"identifier|customer|household|member|person|visitor|cookie|device|account|card|mail|phone"
    r"|mobile|name$|address|postal|zip|city|birth|age$|gender|sex$|income|marital|kids|home|_extra"
    r"|message_id|response_id"
)


@dataclass(frozen=True)
class KnownColumns:
    """What contracts and models say of columns, by their names in lower case.

    Parameters
    ----------
    personal
        Those that a contract or a model classifies as personal.
    described
        Those that some describe and none classifies.
    """

    personal: Collection[str] = frozenset()
    described: Collection[str] = frozenset()


def mask_rows(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    known: KnownColumns = KnownColumns(),
    is_own: bool = False,
) -> list[str]:
    """Write rows as text, with personal values masked.

    Parameters
    ----------
    rows
        Their values, in the same order.
    is_own
        Whether a company's own query gave them.

    Returns
    -------
    list of str
        One ``column=value, …`` line per row.
    """
    return [
        ", ".join(
            f"{column}={mask(column, value, known, is_own)}"
            for column, value in zip(columns, row, strict=True)
        )
        for row in rows
    ]


def mask(
    column: str, value: Any, known: KnownColumns = KnownColumns(), is_own: bool = False
) -> str:
    """Write one value, or the mask; other parameters as in `mask_rows`.

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
    name = column.lower()
    if name in known.personal:
        return MASK
    if name in _FILLED_BY_SYSTEMS:
        return _shortened(hide_personal(str(value)), LONGEST_TEXT)
    if name in _WRITTEN_BY_US and isinstance(value, str):
        if name == "problem":  # it names a file
            return value
        return _shortened(value, LONGEST_REASON if name == "load_reason" else LONGEST_TEXT)
    # a count or a sum about customers is not personal
    is_figure = name.endswith(("_count", "_share", "_amount", "_days"))
    if not is_figure and _PERSONAL_NAME.search(name):
        return MASK
    if is_own and name not in known.described:
        return MASK
    if isinstance(value, bool | int | float | Decimal | date | datetime):
        return str(value)
    return MASK


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def known_columns(contracts: Mapping[str, Any]) -> KnownColumns:
    """Return what the contracts and the models say of columns.

    Parameters
    ----------
    contracts
        From `dangol.contracts.load_contracts`.

    Returns
    -------
    KnownColumns
        A name that one classifies as personal is personal, whatever the others say.
    """
    given = [
        column
        for contract in contracts.values()
        for stream in contract.streams
        for column in stream.columns
    ]
    models = read_models()
    personal = {column.name.lower() for column in given if column.is_personal}
    personal |= {name for model in models for name in model.classes}
    described = {column.name.lower() for column in given}
    described |= {name for model in models for name in model.columns}
    described |= set(re.findall(r"^ *(\w+)", CURRENT_RUN + LOADS, re.MULTILINE))
    return KnownColumns(frozenset(personal), frozenset(described - personal))
