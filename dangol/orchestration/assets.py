"""One Airflow asset per layer, so that other DAGs can start when a layer is ready.

A layer's asset is updated by its gate, not by the task that builds it: a layer that its gate
refuses is not ready for anyone.
"""

from __future__ import annotations

from airflow.sdk import Asset


def _layer(name: str) -> Asset:
    return Asset(name=name, uri=f"dangol://layer/{name}", group="dangol")


RAW = _layer("raw")
CLEANED = _layer("cleaned")
AGGREGATED = _layer("aggregated")
ML = _layer("ml")
CUSTOMER_VIEW = _layer("customer_view")
PUBLISHED = _layer("published")
"""Tonight is published: what readers of the tables wait for."""

LAYERS = (RAW, CLEANED, AGGREGATED, ML, CUSTOMER_VIEW, PUBLISHED)
