"""Scores every customer with the champions."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import duckdb

from dangol.build.warehouse import open_build
from dangol.faults import crash_point
from dangol.night import Night
from dangol.settings import Settings
from ml import models, registry
from ml.fitting import one_thread
from ml.model import Model
from ml.plan import Plan
from ml.samples import Sample, read_plan, read_samples

logger = logging.getLogger(__name__)

SCORED = "scored"
NO_ORDERS = "no orders"


def score(settings: Settings, night: Night) -> dict[str, int]:
    """Write ``ml.customer_scores``: one row per customer, as of the night's business date.

    Without a champion, a model's score is null with the status ``not enough data``; customers
    without an order have the status ``no orders``.

    Parameters
    ----------
    night
        Its models must have their decisions.

    Returns
    -------
    dict
        ``customers``, and the number that each model scored.
    """
    plan = read_plan(settings.models, night.business_date)
    (sample,) = read_samples(settings, settings.models, plan, [plan.scoring])
    columns: dict[str, Any] = {"customer_id": sample.customer_id.astype(object)}
    counts: dict[str, int] = {}
    with one_thread():
        for model in models.load_all():
            scores = _scores(settings, model, plan, sample)
            counts[model.name] = 0 if scores is None else len(sample)
            if scores is not None:
                columns[model.name] = scores
    with open_build(settings) as connection:
        connection.execute("begin")
        _write_scores(connection, night.business_date, columns)
        crash_point("ml.score.written")
        row = connection.execute("select count(*) from ml.customer_scores").fetchone()
        connection.execute("commit")
    crash_point("ml.score.committed")
    customers = int(row[0]) if row else 0
    logger.info("%d customers, scored: %s", customers, counts)
    return {"customers": customers, **counts}


def _scores(settings: Settings, model: Model, plan: Plan, sample: Sample) -> Any:
    folder = registry.serving(settings, model.name, plan.business_date)
    if folder is None or not len(sample):
        return None
    estimator = registry.load(folder, model.trusted_types)
    return model.published(model.predict(estimator, sample), sample)


def _write_scores(
    connection: duckdb.DuckDBPyConnection, business_date: date, columns: dict[str, Any]
) -> None:
    connection.register("scored", columns)
    picked, statuses = [], []
    for model in models.load_all():
        name = model.name
        has_model = name in columns
        value = f"scored.{name}" if has_model else "null"
        picked.append(f"cast({value} as {model.column_type}) as {model.column}")
        known = SCORED if has_model else registry.NOT_ENOUGH_DATA
        statuses.append(
            f"case when scored.customer_id is null then '{NO_ORDERS}' else '{known}' end"
            f" as {name}_status"
        )
    connection.execute(
        "create or replace table ml.customer_scores as"  # noqa: S608  # names of our own models
        " select customers.customer_id, ?::date as as_of,"
        f" {', '.join(picked + statuses)}"
        " from identity.customers as customers"
        " left join scored on customers.customer_id = scored.customer_id"
        " order by customers.customer_id",
        [business_date],
    )
    connection.unregister("scored")
