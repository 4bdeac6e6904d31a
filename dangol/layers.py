"""The layers of the data in order: the one list.

A layer's name is its schema in the warehouse, the folder of its dbt models, the module of its gate
(``expectations.<name>``), and its task group in Airflow.
"""

from __future__ import annotations

from typing import NamedTuple


class Layer(NamedTuple):
    """One layer.

    Parameters
    ----------
    built_by
        The step of the night that builds its dbt models; empty if it has none.
    has_gate
        Whether the night stops after it unless its expectations are met.
    is_published
        Whether analysts get its tables. The others contain personal data or only serve the night.
    """

    name: str
    built_by: str = ""
    has_gate: bool = False
    is_published: bool = False


LAYERS = (
    Layer("raw", has_gate=True),
    Layer("staging", built_by="cleaned"),
    Layer("cleaned", built_by="cleaned", has_gate=True),
    Layer("identity", built_by="aggregated"),
    Layer("aggregated", built_by="aggregated", has_gate=True, is_published=True),
    Layer("features", built_by="features"),
    Layer("ml", is_published=True),
    Layer("customer_view", built_by="customer_view", has_gate=True, is_published=True),
)

NAMES = tuple(layer.name for layer in LAYERS)

GATES = tuple(layer.name for layer in LAYERS if layer.has_gate)

OPS = "ops"
"""The schema of what a run records about itself. Not a layer: no data passes through it."""

PUBLISHED = tuple(layer.name for layer in reversed(LAYERS) if layer.is_published)
"""What analysts get, most wanted first."""

BUILT = tuple(name for name in NAMES if name not in {"raw", "staging"})
"""What a night builds from the files' rows; raw and staging only show tonight's new rows."""


def folders_of(step: str) -> tuple[str, ...]:
    """Return the folders of dbt models that a step of the night builds, in order."""
    return tuple(layer.name for layer in LAYERS if layer.built_by == step)
