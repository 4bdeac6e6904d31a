"""The schemas of Braze Currents' records, from ``braze.yml``."""

from typing import Any

from simulator import data

EVENTS: dict[str, dict[str, str]] = data.tree("formats/braze")
"""Types of fields in their order, by event."""

ARRAYS: dict[str, Any] = {
    "strings": {"type": "array", "items": "string"},
    "texts": {"type": "array", "items": ["null", "string"]},
}


def schema(event: str) -> dict[str, Any]:
    """Write the schema of an event.

    Returns
    -------
    dict
        As JSON, without Braze's comments.
    """
    namespace, name = event.rsplit(".", 1)
    fields: list[dict[str, Any]] = []
    for field, kind in EVENTS[event].items():
        told = ARRAYS.get(kind.removesuffix("?"), kind.removesuffix("?"))
        is_nullable = {"type": ["null", told], "default": None}
        fields.append({"name": field, **(is_nullable if kind.endswith("?") else {"type": told})})
    return {
        "type": "record",
        "name": name,
        "namespace": f"dataexport.S3.inner.{namespace}",
        "fields": fields,
    }
