"""Scores every customer with the champions."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

import ml
from dangol import records
from dangol.build.warehouse import open_build, open_memory
from dangol.faults import crash_point
from dangol.night import Night
from dangol.settings import Settings
from ml import failures, models, registry
from ml.fitting import one_thread
from ml.model import Model
from ml.samples import Sample, read_plan, read_samples

logger = logging.getLogger(__name__)

SCORED = "scored"
NO_ORDERS = "no orders"
_BUT_SCORING = "; the step score failed: "
"""Follows the reason of a decision; a decision other than `failed` was made by the steps before."""


def score(settings: Settings, night: Night) -> dict[str, Any]:
    """Write ``ml.customer_scores``: one row per customer, as of the night's business date.

    Without a champion, a model's score is null with the status ``not enough data``, or ``failed``
    if the model failed; customers without an order have the status ``no orders``.

    Parameters
    ----------
    night
        Its models must have their decisions, or have failed.

    Returns
    -------
    dict
        ``customers``, the number that each model scored, and, if models failed, ``warns`` and
        ``alerts``: what someone must hear of.
    """
    without_features = failures.without_features(settings, night.business_date)
    names = [name for name in ml.MODEL_NAMES if name not in without_features]
    sample = None
    with failures.contained(settings, night, "score", names):
        if names:
            plan = read_plan(settings.models, night.business_date)
            (sample,) = read_samples(settings, settings.models, plan, [plan.scoring])
    columns: dict[str, Any] = {}
    if sample is not None:
        with one_thread():
            for name in names:
                with failures.contained(settings, night, "score", [name]):
                    scores = _scores(settings, night, models.load(name), sample)
                    columns |= {} if scores is None else {name: scores}
    counts = {name: len(columns.get(name, ())) for name in ml.MODEL_NAMES}
    with open_build(settings) as connection:
        connection.execute("begin")
        _write_scores(connection, settings, night.business_date, sample, columns)
        crash_point("ml.score.written")
        row = connection.execute("select count(*) from ml.customer_scores").fetchone()
        connection.execute("commit")
    crash_point("ml.score.committed")
    _record_failures(settings, night)
    customers = int(row[0]) if row else 0
    logger.info("%d customers, scored: %s", customers, counts)
    return {"customers": customers, **counts, **_alerts(settings, night)}


def _scores(settings: Settings, night: Night, model: Model, sample: Sample) -> Any:
    folder = registry.serving(settings, model.name, night.business_date, model.meaning)
    if folder is None or not len(sample):
        return None
    estimator = registry.load(folder, model.trusted_types)
    scores = np.asarray(model.published(model.predict(estimator, sample), sample))
    _check(settings, model, scores, sample)
    return scores


def _check(settings: Settings, model: Model, scores: NDArray[Any], sample: Sample) -> None:
    """See that scores fit their column: all models' scores are written together.

    Raises
    ------
    ModelError
        If there are more or fewer than customers, or some are no value of the column.
    """
    if scores.shape != (len(sample),):
        raise registry.ModelError(
            f"{model.name} scored {len(scores)} of {len(sample)} customers: see {model.name}.py"
        )
    unfit = int(np.sum(~np.isfinite(scores))) if scores.dtype.kind == "f" else 0
    with open_memory(settings) as scratch:
        scratch.register("scored", {"score": scores})
        row = scratch.execute(
            "select count(*) from scored"  # noqa: S608  # the type is the model's
            f" where try_cast(score as {model.column_type}) is null"
        ).fetchone()
    if unfit := max(unfit, row[0] if row else 0):
        raise registry.ModelError(
            f"{unfit} of {len(sample)} scores of {model.name} are no {model.column_type}"
        )


def _write_scores(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    business_date: date,
    sample: Sample | None,
    columns: dict[str, Any],
) -> None:
    known = np.empty(0, dtype=object) if sample is None else sample.customer_id.astype(object)
    connection.register("scored", {"customer_id": known, **columns})
    picked, statuses = [], []
    for model in models.load_all():
        name = model.name
        value = f"scored.{name}" if name in columns else "null"
        picked.append(f"cast({value} as {model.column_type}) as {model.column}")
        has_failed = failures.failure_of(settings, name, business_date) is not None
        without = registry.FAILED if has_failed else registry.NOT_ENOUGH_DATA
        status = f"'{SCORED if name in columns else without}'"
        if sample is not None:
            status = f"case when scored.customer_id is null then '{NO_ORDERS}' else {status} end"
        statuses.append(f"{status} as {name}_status")
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


def _record_failures(settings: Settings, night: Night) -> None:
    """Say in ``ml.model_runs`` which models could not score, although they were decided on."""
    for row in records.read(settings, "ml.model_runs", night.business_date):
        name = row["part"]
        failure = failures.failure_of(settings, name, night.business_date)
        if row["decision"] == registry.FAILED:
            continue
        reason = row["reason"].partition(_BUT_SCORING)[0]
        told = {"reason": reason, "failed_step": None}
        if failure:
            told = {
                "reason": f"{reason}{_BUT_SCORING}{failure.reason}",
                "failed_step": failure.step,
            }
        if told != {key: row.get(key) for key in told}:
            records.record(settings, "ml.model_runs", night.business_date, name, [row | told])


def _alerts(settings: Settings, night: Night) -> dict[str, Any]:
    failed = failures.failures_of(settings, night.business_date)
    if not failed:
        return {}
    names = ", ".join(failure.model for failure in failed)
    lines = [f"{each.model}: the step {each.step} failed: {each.reason}" for each in failed]
    return {"warns": f"critical: models failed: {names}", "alerts": lines}
