"""Checks and reads the features and outcomes of the night's cut-offs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from dangol.build.warehouse import open_memory
from dangol.errors import DangolError
from dangol.files import DAMAGE, sha256_of
from dangol.settings import Settings
from ml.features import parquet_file, parts_of
from ml.plan import Plan

Floats = NDArray[np.float64]
_NOTHING = np.empty(0, dtype=np.float64)


class SampleError(DangolError):
    """The features on disk are missing, damaged or from another night."""


@dataclass(frozen=True)
class Sample:
    """The customers at one cut-off, ordered by what is known of them.

    Not by id: ids are keyed with the home's secret, and what is learnt depends on the order of the
    rows in its last digits, and in where k-means starts.

    Parameters
    ----------
    cutoff
        The cut-off's day.
    customer_id
        Strings, shape (n,).
    features
        A column per feature, shape (n,) each; NaN where undefined for a customer.
    spend
        Money spent within the horizon, shape (n,). Empty at the scoring cut-off.
    days_until_order
        Days from the cut-off to the first order within the horizon, shape (n,); NaN if none.
    """

    cutoff: date
    customer_id: NDArray[Any]
    features: Mapping[str, Floats]
    spend: Floats
    days_until_order: Floats

    def churned(self, horizon_days: int) -> NDArray[np.bool_]:
        """Return a mask of the customers without an order for so many days from the cut-off on."""
        return ~(self.days_until_order < horizon_days)

    def __len__(self) -> int:
        return len(self.customer_id)


def read_plan(folder: Path, business_date: date) -> Plan:
    """Read the plan of a night, and check every file that it names.

    Returns
    -------
    Plan
        The night's cut-offs.

    Raises
    ------
    SampleError
        If the features are missing, damaged or from another night.
    """
    file = folder / "features" / "plan.json"
    if not file.exists():
        raise SampleError(f"{file} is missing: run the step `features` of {business_date} first")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        plan, hashes = Plan.from_json(content["plan"]), dict(content["sha256"])
    except DAMAGE as error:
        raise SampleError(
            f"{file} is damaged: run the step `features` of {business_date} again"
        ) from error
    if plan.business_date != business_date:
        raise SampleError(
            f"the features are from {plan.business_date}, the night is {business_date}: run the "
            "step `features` again"
        )
    files = {parquet_file(folder, *part) for part in parts_of(plan)}
    if {folder / name for name in hashes} != files:
        raise SampleError(f"{file} names other files than the night's: run `features` again")
    for name, sha256 in hashes.items():
        if not (folder / name).exists() or sha256_of(folder / name) != sha256:
            raise SampleError(
                f"{folder / name} was changed after it was written: run `features` again"
            )
    return plan


def read_samples(
    settings: Settings, folder: Path, plan: Plan, cutoffs: Sequence[date]
) -> list[Sample]:
    """Return the customers at some of a plan's cut-offs.

    Returns
    -------
    list of Sample
        In the order of the cut-offs.
    """
    with open_memory(
        settings
    ) as connection:  # one for all: opening it takes longer than reading a file
        return [_sample(connection, folder, plan, cutoff) for cutoff in cutoffs]


def _sample(
    connection: duckdb.DuckDBPyConnection, folder: Path, plan: Plan, cutoff: date
) -> Sample:
    """Read one sample; features and outcomes must have the same customers."""
    rows = connection.read_parquet(str(parquet_file(folder, "features", cutoff)))
    names = [name for name in rows.columns if name not in ("cutoff", "customer_id")]
    outcomes = [] if cutoff == plan.scoring else ["spend", "days_until_order"]
    if outcomes:
        later = connection.read_parquet(str(parquet_file(folder, "outcomes", cutoff)))
        known, judged = len(rows), len(later)
        rows = rows.join(later.project(", ".join(["customer_id", *outcomes])), "customer_id")
        if not known == judged == len(rows):
            raise SampleError(
                f"features and outcomes of {cutoff} have different customers: run `features` again"
            )
    found = rows.order(", ".join([*names, *outcomes, "customer_id"])).fetchnumpy()
    columns = {name: _numbers(found[name]) for name in [*names, *outcomes]}
    spend, days = (columns.pop(name, _NOTHING) for name in ("spend", "days_until_order"))
    return Sample(cutoff, np.asarray(found["customer_id"], "U"), columns, spend, days)


def _numbers(values: Any) -> Floats:
    filled: Floats = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
    return filled
