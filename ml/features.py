"""Builds what was known about each customer at each cut-off, and what then happened."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from dangol.build.transform import run_layer
from dangol.build.warehouse import open_build
from dangol.faults import crash_point
from dangol.files import private_folder, remove_leftovers, sha256_of, whole_file, write_whole
from dangol.night import Night
from dangol.settings import Settings
from ml import MODEL_NAMES, failures, registry
from ml.plan import CHURN_LADDER, HORIZON_DAYS, Plan, choose_churn_horizon, plan_cutoffs

logger = logging.getLogger(__name__)


def features(settings: Settings, night: Night) -> dict[str, int | str]:
    """Build the night's features: the step of that name.

    Returns
    -------
    dict
        As `build_features`; only ``status``, ``failed``, if that is what became of them, and so of
        every model.
    """
    found: dict[str, int | str] = {"status": registry.FAILED}
    with failures.contained(settings, night, "features", MODEL_NAMES):
        found = {**build_features(settings, night)}
    return found


def build_features(
    settings: Settings,
    night: Night,
    horizon_days: int = HORIZON_DAYS,
    churn_horizon_days: int | None = None,
) -> dict[str, int]:
    """Build the night's features and outcomes, and write one Parquet file per cut-off.

    All cut-offs are recomputed each night, in one pass, so that all of them include rows that
    arrived late. The cost stays constant: the number of cut-offs is fixed, and features look back a
    year at most.

    Parameters
    ----------
    night
        Its business date is the last known day.
    horizon_days
        Number of days that an outcome covers.
    churn_horizon_days
        Overrides the horizon that the rule chooses; for backtests with a given definition.

    Returns
    -------
    dict
        ``cutoffs``, ``customers`` (at the scoring cut-off) and ``churn_horizon_days``.
    """
    with open_build(settings) as build:
        first = first_day(build, night.business_date)
        plan = plan_cutoffs(night.business_date, first, horizon_days)
        write_cutoffs(build, plan)
    crash_point("ml.features.cutoffs_written")
    run_layer(settings, night, "features")
    with open_build(settings, read_only=True) as build:
        plan = _with_churn_horizon(build, plan, churn_horizon_days)
        customers = write_files(build, settings.models, plan)
    logger.info(
        "features of %d customers at %d cut-offs; churn is %d days without an order: %s",
        customers,
        len(plan.cutoffs),
        plan.churn_horizon_days,
        plan.churn_horizon_reason,
    )
    return {
        "cutoffs": len(plan.cutoffs),
        "customers": customers,
        "churn_horizon_days": plan.churn_horizon_days,
    }


def first_day(build: duckdb.DuckDBPyConnection, last: date) -> date | None:
    """Return the first day with an order, or None if there is none up to a day."""
    row = build.execute(
        "select min(activity_date) from aggregated.fct_identifier_days"
        " where order_count > 0 and activity_date <= ?",
        [last],
    ).fetchone()
    return row[0] if row else None


def write_cutoffs(build: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Replace ``features.cutoffs``, which the dbt models of the layer read."""
    build.execute("begin")
    build.execute(
        "create or replace table features.cutoffs"
        " (cutoff date, horizon_days integer, is_judged boolean)"
    )
    build.executemany(
        "insert into features.cutoffs values (?, ?, ?)",
        [(cutoff, plan.horizon_days, cutoff != plan.scoring) for cutoff in plan.cutoffs],
    )
    build.execute("commit")


def write_files(build: duckdb.DuckDBPyConnection, folder: Path, plan: Plan) -> int:
    """Write the Parquet files of a plan's cut-offs, then the plan itself.

    Parameters
    ----------
    folder
        Receives ``features/cutoff=<day>.parquet`` (one row per customer with an order before the
        day: ``cutoff, customer_id`` and a column per feature), ``outcomes/cutoff=<day>.parquet``
        (the same customers: ``spend`` and ``days_until_order`` within the horizon, null if none)
        and ``features/plan.json`` with the files' SHA-256. Files of other cut-offs are removed:
        they are from earlier nights, and an erasure must not have to search them.

    Returns
    -------
    int
        Customers at the scoring cut-off.
    """
    for kind in ("features", "outcomes"):
        remove_leftovers(private_folder(folder / kind))
    (folder / "features" / "plan.json").unlink(missing_ok=True)
    # the build's connections may reorder rows, but hashed files need a fixed order
    build.execute("set preserve_insertion_order = true")
    files: dict[str, str] = {}
    for kind, cutoff in parts_of(plan):
        file = parquet_file(folder, kind, cutoff)
        with whole_file(file) as part:
            _rows(build, kind, cutoff).write_parquet(str(part), compression="zstd")
        files[str(file.relative_to(folder))] = sha256_of(file)
        crash_point(f"ml.features.{kind}_written")
    _remove_others(folder, files)
    content = {"plan": plan.to_json(), "sha256": files}
    write_whole(folder / "features" / "plan.json", json.dumps(content, indent=1).encode())
    crash_point("ml.features.plan_written")
    return len(_rows(build, "features", plan.scoring))


def parts_of(plan: Plan) -> list[tuple[str, date]]:
    """Return the kind and cut-off of each file of a plan; the latest cut-off has no outcomes."""
    return [("features", cutoff) for cutoff in plan.cutoffs] + [
        ("outcomes", cutoff) for cutoff in plan.cutoffs[1:]
    ]


def parquet_file(folder: Path, kind: str, cutoff: date) -> Path:
    """Return the path of a cut-off's features or outcomes."""
    return folder / kind / f"cutoff={cutoff.isoformat()}.parquet"


def _rows(build: duckdb.DuckDBPyConnection, kind: str, cutoff: date) -> duckdb.DuckDBPyRelation:
    table = build.table(f"features.customer_{kind}")
    at_cutoff = duckdb.ColumnExpression("cutoff") == duckdb.ConstantExpression(cutoff)
    return table.filter(at_cutoff).order("customer_id")


def _with_churn_horizon(build: duckdb.DuckDBPyConnection, plan: Plan, given: int | None) -> Plan:
    """Choose the horizon from what was known at the evaluation cut-off."""
    if given is not None:
        return replace(
            plan, churn_horizon_days=given, churn_horizon_reason=f"{given} days were requested"
        )
    shares: dict[int, float] = {}
    customers = 0
    for rung in CHURN_LADDER:
        row = build.execute(
            "select count(*), count(*) filter (where gap_usual_longest < ?)"
            " from features.customer_features where cutoff = ? and gap_count >= 2",
            [rung, plan.evaluation],
        ).fetchone()
        customers, shorter = row or (0, 0)
        shares[rung] = shorter / customers if customers else 0.0
    days, reason = choose_churn_horizon(shares, customers)
    return replace(plan, churn_horizon_days=days, churn_horizon_reason=reason)


def _remove_others(folder: Path, files: dict[str, str]) -> None:
    for kind in ("features", "outcomes"):
        for file in (folder / kind).glob("cutoff=*.parquet"):
            if str(file.relative_to(folder)) not in files:
                file.unlink()
