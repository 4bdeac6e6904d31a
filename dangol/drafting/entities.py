"""Chooses the entity that rows become, and finds the columns of ours that they fill."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from dangol.drafting.columns import Columns
from dangol.drafting.samples import SampleError
from dangol.model_facts import MODELS, ModelFacts, read_models

_SALES = frozenset({"ordered_at", "unit_price", "net_amount"})
_NEEDS = (
    ("refunds", ({"refund_amount", "refunded_at", "refund_id"},)),
    ("order_lines", ({"order_id", "ordered_at"}, {"product_id", "product_name"},
                     {"quantity", "net_amount", "unit_price", "gross_amount"})),
    ("order_lines", ({"order_id"}, {"net_amount", "order_total", "gross_amount"})),
    ("campaign_responses", ({"campaign_id", "coupon_id"}, {"customer_id", "email", "phone"},
                            {"response_type", "response_date"})),
    ("messages", ({"campaign_id", "message_id"}, {"customer_id", "email", "phone"})),
    ("coupons", ({"coupon_id"}, {"product_id"}, {"campaign_id"})),
    ("campaigns", ({"campaign_id"}, {"start_date", "end_date"})),
    ("promotions", ({"product_id"}, {"display_location", "advert_location", "week"})),
    ("products", ({"product_id"}, {"product_name", "category", "brand", "department"})),
    ("contact_records", ({"customer_id", "email", "phone"},)),
)  # fmt: skip
"""Which meanings make an entity: one of each set."""


@dataclass(frozen=True)
class Entity:
    """An entity of Dangol's.

    Parameters
    ----------
    name
        As contracts name it.
    facts
        Its columns with their descriptions, and its grain.
    is_received
        Whether each row arrives once (``receivedIn``); otherwise rows only describe it.
    """

    name: str
    facts: ModelFacts
    is_received: bool


@lru_cache(maxsize=1)
def all_entities() -> dict[str, Entity]:
    """Return every entity, by name."""
    found = {}
    for file in sorted((MODELS / "cleaned").rglob("int_*_received.sql")):
        name = file.stem.removeprefix("int_").removesuffix("_received")
        if file.parent.name in {"versions", "latest"}:
            facts = next(each for each in read_models() if each.name == name)
            found[name] = Entity(name, facts, file.parent.name == "versions")
    return found


def choose_entity(columns: Columns, wanted: str | None) -> Entity:
    """Choose the entity that rows become.

    Parameters
    ----------
    wanted
        Its name, or None to guess by the columns.

    Returns
    -------
    Entity
        With its columns.

    Raises
    ------
    SampleError
        If there is no such entity, or the columns say of none that they are it.
    """
    known = all_entities()
    if wanted:
        if wanted not in known:
            raise SampleError(f"there is no entity {wanted}; there are {', '.join(known)}")
        return known[wanted]
    meanings = {column.meaning for column in columns.each}
    for name, needs in _NEEDS:
        if name == "refunds" and meanings & _SALES:
            continue  # an order that also says what was paid back
        if all(meanings & need for need in needs):
            return known[name]
    told = "\n".join(f"  {each.name}: {each.facts.description}" for each in known.values())
    raise SampleError(
        "the columns do not say what a row is: name it with --entity, one of\n" + told
    )
