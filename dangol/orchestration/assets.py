"""One Airflow asset per layer, so that other DAGs can start when a layer is ready.

A layer's asset is updated by its gate, not by the task that builds it: a layer that its gate
refuses is not ready for anyone. A night is a partition, so a DAG that waits for one is scheduled
with a ``PartitionedAssetTimetable``, and gets the business date as its own key.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Asset

from dangol import ledger, records
from dangol.night import Night
from dangol.orchestration.asgi import base_url
from dangol.settings import Settings


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

STEPS = {
    "raw": ("extract", "stage_raw", "gate_raw"),
    "cleaned": ("cleaned", "gate_cleaned"),
    "aggregated": ("aggregated", "gate_aggregated"),
    "ml": ("features", "train", "evaluate", "promote", "score"),
    "customer_view": ("customer_view", "gate_customer_view"),
    "published": ("publish",),
}
"""The steps that make each of them."""


def facts_of(settings: Settings, night: Night, name: str) -> dict[str, Any]:
    """Return what Airflow's list of assets shows about tonight's update of one.

    Parameters
    ----------
    name
        Of the asset.

    Returns
    -------
    dict
        ``business_date``, ``rows`` (of a layer's tables; of tonight's files for ``raw``, of the
        features for ``ml``, customers for ``published``), ``seconds`` of its steps, ``night`` and
        ``models``, the addresses of the night's page and of dbt's documentation, where they are
        known.
    """
    from dangol.publication import dbt_docs

    day = night.business_date.isoformat()
    seconds = sum(
        row["seconds"] or 0
        for row in records.read(settings, "step_runs", night.business_date)
        if row["run_id"] == night.run_id and row["step"] in STEPS[name]
    )
    facts: dict[str, Any] = {
        "business_date": day,
        "rows": _rows(settings, night, name),
        "seconds": round(seconds, 1),
    }
    if base := base_url().rstrip("/"):
        facts["night"] = f"{base}/nights/{day}.html"
        if docs := dbt_docs.latest(settings):
            facts["models"] = f"{base}/nights/pages/{docs}"
    return facts


def _rows(settings: Settings, night: Night, name: str) -> int | None:
    if name == "raw":
        loads = ledger.read_ledger(settings, night=night.business_date.isoformat())
        return sum(load.rows_loaded for load in loads)
    if name == "published":
        made = records.read(settings, "publications", night.business_date)
        return next((row["customers"] for row in reversed(made)), None)
    layer = "features" if name == "ml" else name
    built = [
        row["row_count"] or 0
        for row in records.read(settings, "model_runs", night.business_date)
        if row["layer"] == layer
    ]
    return sum(built) if built else None
