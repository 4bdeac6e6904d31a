"""Scores every customer with the champions, and lays the ``ml`` tables into the build file."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from dangol.build.warehouse import open_build
from dangol.faults import crash_point
from dangol.night import Night
from dangol.settings import Settings
from ml import MODEL_NAMES, registry
from ml.fitting import one_thread
from ml.models import MODELS
from ml.plan import Plan
from ml.samples import Sample, read_plan, read_sample
from ml.segment import segment_names

logger = logging.getLogger(__name__)

SCORED = "scored"
NO_ORDERS = "no orders"

_COLUMNS = {
    "segment": ("segment", "varchar"),
    "spend": ("predicted_spend_90d", "decimal(18, 2)"),
    "churn": ("churn_probability", "double"),
}

_RUNS = {
    "business_date": "date",
    "model": "varchar",
    "challenger": "varchar",
    "champion_before": "varchar",
    "champion_after": "varchar",
    "decision": "varchar",
    "reason": "varchar",
    "trained_to": "date",
    "training_rows": "bigint",
    "evaluated_from": "date",
    "evaluated_to": "date",
    "evaluated_customers": "bigint",
    "metric": "varchar",
    "challenger_value": "double",
    "champion_value": "double",
    "baseline_value": "double",
    "brier": "double",
    "bias": "double",
    "agreement": "double",
    "churn_horizon_days": "integer",
    "churn_horizon_reason": "varchar",
    "serving_churn_horizon_days": "integer",
}

_DECILES = {
    "business_date": "date",
    "model": "varchar",
    "model_id": "varchar",
    "decile": "integer",
    "customers": "bigint",
    "predicted": "double",
    "actual": "double",
}


def score(settings: Settings, night: Night) -> dict[str, int]:
    """Write ``ml.customer_scores``, ``ml.model_runs`` and ``ml.deciles``.

    One row per customer in ``ml.customer_scores``. A model without a champion gives nulls and the
    status ``not enough data``, never a number; a customer without an order gives ``no orders``.

    Parameters
    ----------
    settings
        Gives the build file and the folders of models and records.
    night
        Its models must have been decided on.

    Returns
    -------
    dict
        ``customers``, and how many of them each model scored.
    """
    plan = read_plan(settings.models, night.business_date)
    sample = read_sample(settings, settings.models, plan, plan.scoring)
    columns: dict[str, Any] = {"customer_id": sample.customer_id.astype(object)}
    counts: dict[str, int] = {}
    with one_thread():
        for name in MODEL_NAMES:
            scores = _scores(settings, name, plan, sample)
            counts[name] = 0 if scores is None else len(sample)
            if scores is not None:
                columns[name] = scores
    with open_build(settings) as connection:
        connection.execute("begin")
        _write_scores(connection, night.business_date, columns)
        for table, types in (("model_runs", _RUNS), ("deciles", _DECILES)):
            _write_history(connection, settings, table, types, night.business_date)
        crash_point("ml.score.written")
        row = connection.execute("select count(*) from ml.customer_scores").fetchone()
        connection.execute("commit")
    crash_point("ml.score.committed")
    customers = int(row[0]) if row else 0
    logger.info("%d customers, scored: %s", customers, counts)
    return {"customers": customers, **counts}


def _scores(settings: Settings, name: str, plan: Plan, sample: Sample) -> Any:
    folder = registry.serving(settings, name, plan.business_date)
    if folder is None or not len(sample):
        return None
    predicted = MODELS[name].predict(registry.load(folder), sample)
    if name == "segment":
        return segment_names(predicted, sample).astype(object)
    # more digits would be the machine's; they must not tell two runs apart
    return np.round(predicted, 2 if name == "spend" else 6)


def _write_scores(
    connection: duckdb.DuckDBPyConnection, business_date: date, columns: dict[str, Any]
) -> None:
    connection.register("scored", columns)
    picked, statuses = [], []
    for name, (column, kind) in _COLUMNS.items():
        has_model = name in columns
        picked.append(f"{f'scored.{name}' if has_model else 'null'}::{kind} as {column}")
        known = SCORED if has_model else registry.NOT_ENOUGH_DATA
        statuses.append(
            f"case when scored.customer_id is null then '{NO_ORDERS}' else '{known}' end"
            f" as {name}_status"
        )
    connection.execute(
        "create or replace table ml.customer_scores as"  # noqa: S608  # names of this module only
        " select customers.customer_id, ?::date as as_of,"
        f" {', '.join(picked + statuses)}"
        " from identity.customers as customers"
        " left join scored on customers.customer_id = scored.customer_id"
        " order by customers.customer_id",
        [business_date],
    )
    connection.unregister("scored")


def _write_history(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    table: str,
    types: dict[str, str],
    last: date,
) -> None:
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    connection.execute(f"create or replace table ml.{table} ({columns})")
    files = [str(file) for file in _records(settings.ops / f"ml.{table}", last)]
    if files:
        names = ", ".join(types)
        order = "business_date, model" + (", decile" if "decile" in types else "")
        connection.execute(
            f"insert into ml.{table} select {names}"  # noqa: S608  # names of this module only
            f" from read_json(?, format = 'newline_delimited', columns = ?) order by {order}",
            [files, types],
        )


def _records(folder: Path, last: date) -> list[Path]:
    return sorted(f for f in folder.glob("????-??-??.jsonl") if f.stem <= last.isoformat())
