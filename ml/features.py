"""Builds what was known about each customer at each cut-off, and what then happened."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from dangol.build.warehouse import open_build
from dangol.faults import crash_point
from dangol.files import private_folder, remove_leftovers, sha256_of, whole_file, write_whole
from dangol.night import Night
from dangol.settings import Settings
from ml.plan import CHURN_LADDER, Plan, choose_churn_horizon, plan_cutoffs

logger = logging.getLogger(__name__)

_SQL = Path(__file__).parent / "sql"
_STATEMENTS = (
    "customer_days",
    "baskets",
    "touches",
    "feature_purchases",
    "feature_rhythms",
    "feature_baskets",
    "feature_touches",
    "features",
    "outcomes",
)


def build_features(settings: Settings, night: Night) -> dict[str, int]:
    """Write the night's features and outcomes, one Parquet file per cut-off.

    All cut-offs are computed anew each night, in one pass: their number is fixed and a feature
    looks back a year at most, and only so are rows that arrived late in every one of them.

    Parameters
    ----------
    settings
        Gives the build file and the folder of models.
    night
        Its business date is the last day that is known.

    Returns
    -------
    dict
        ``cutoffs``, ``customers`` (at the scoring cut-off) and ``churn_horizon_days``.
    """
    with open_build(settings, read_only=True) as connection:
        plan = plan_cutoffs(night.business_date, first_day(connection, night.business_date))
        plan = write_features(connection, settings.models, plan)
        row = connection.execute(
            "select count(*) from features where cutoff = ?", [plan.scoring]
        ).fetchone()
    customers = int(row[0]) if row else 0
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


def write_features(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    plan: Plan,
    churn_horizon_days: int | None = None,
) -> Plan:
    """Write the Parquet files of a plan's cut-offs, then the plan itself.

    Parameters
    ----------
    connection
        Over a build file; only temporary tables are made in it.
    folder
        Gets ``features/cutoff=<day>.parquet`` (one row per customer with an order before the day:
        ``cutoff, customer_id`` and a column per feature), ``outcomes/cutoff=<day>.parquet`` (the
        same customers: ``spend`` and ``days_until_order`` within the horizon, null if none) and
        ``features/plan.json`` with the files' SHA-256. Files of other cut-offs are removed: they
        are yesterday's, and hold behaviour that an erasure must not have to look for.
    plan
        The cut-offs.
    churn_horizon_days
        Instead of the rule's choice; for a backtest that is given its definition.

    Returns
    -------
    Plan
        The same cut-offs with the churn horizon, chosen from what was known at the evaluation
        cut-off.
    """
    _compute(connection, plan)
    plan = _with_churn_horizon(connection, plan, churn_horizon_days)
    for kind in ("features", "outcomes"):
        remove_leftovers(private_folder(folder / kind))
    (folder / "features" / "plan.json").unlink(missing_ok=True)
    files: dict[str, str] = {}
    for kind, cutoffs in (("features", plan.cutoffs), ("outcomes", plan.cutoffs[1:])):
        for cutoff in cutoffs:
            file = parquet_file(folder, kind, cutoff)
            with whole_file(file) as part:
                _copy(connection, kind, cutoff, part)
            files[str(file.relative_to(folder))] = sha256_of(file)
            crash_point(f"ml.features.{kind}_written")
    _remove_others(folder, files)
    content = {"plan": plan.to_json(), "sha256": files}
    write_whole(folder / "features" / "plan.json", json.dumps(content, indent=1).encode())
    crash_point("ml.features.plan_written")
    return plan


def parquet_file(folder: Path, kind: str, cutoff: date) -> Path:
    """Return where a cut-off's features or outcomes lie."""
    return folder / kind / f"cutoff={cutoff.isoformat()}.parquet"


def first_day(connection: duckdb.DuckDBPyConnection, last: date) -> date | None:
    """Return the first day with an order, or None if there is none up to a day."""
    row = connection.execute(
        "select min(activity_date) from aggregated.fct_identifier_days"
        " where order_count > 0 and activity_date <= ?",
        [last],
    ).fetchone()
    return row[0] if row else None


def _compute(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    # it would be drawn into the output of whoever asked for a table
    connection.execute("set enable_progress_bar = false")
    connection.execute(
        "create or replace temp table cutoffs"
        " (cutoff date, horizon_days integer, is_judged boolean)"
    )
    for cutoff in plan.cutoffs:
        connection.execute(
            "insert into cutoffs values (?, ?, ?)",
            [cutoff, plan.horizon_days, cutoff != plan.scoring],
        )
    for name in _STATEMENTS:
        connection.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))


def _with_churn_horizon(
    connection: duckdb.DuckDBPyConnection, plan: Plan, given: int | None
) -> Plan:
    if given is not None:
        return replace(
            plan, churn_horizon_days=given, churn_horizon_reason=f"{given} days were asked for"
        )
    shares: dict[int, float] = {}
    customers = 0
    for rung in CHURN_LADDER:
        row = connection.execute(
            "select count(*), count(*) filter (where gap_usual_longest < ?) from features"
            " where cutoff = ? and gap_count >= 2",
            [rung, plan.evaluation],
        ).fetchone()
        customers, shorter = row or (0, 0)
        shares[rung] = shorter / customers if customers else 0.0
    days, reason = choose_churn_horizon(shares, customers)
    return replace(plan, churn_horizon_days=days, churn_horizon_reason=reason)


def _copy(connection: duckdb.DuckDBPyConnection, kind: str, cutoff: date, part: Path) -> None:
    # the build's connections may reorder rows; a file that is hashed may not
    connection.execute("set preserve_insertion_order = true")
    rows = connection.table(kind).filter(
        duckdb.ColumnExpression("cutoff") == duckdb.ConstantExpression(cutoff)
    )
    rows.order("customer_id").write_parquet(str(part), compression="zstd")


def _remove_others(folder: Path, files: dict[str, str]) -> None:
    for kind in ("features", "outcomes"):
        for file in (folder / kind).glob("cutoff=*.parquet"):
            if str(file.relative_to(folder)) not in files:
                file.unlink()
