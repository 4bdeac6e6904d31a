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
from ml.features import parquet_file
from ml.plan import Plan

Floats = NDArray[np.float64]


class SampleError(DangolError):
    """The features on disk are missing, damaged or from another night."""


@dataclass(frozen=True)
class Sample:
    """The customers at one cut-off, ordered by id.

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
        In the order of the cut-offs, each ordered by customer id.
    """
    with open_memory(
        settings
    ) as connection:  # one for all: opening it takes longer than reading a file
        return [_sample(connection, folder, plan, cutoff) for cutoff in cutoffs]


def _sample(
    connection: duckdb.DuckDBPyConnection, folder: Path, plan: Plan, cutoff: date
) -> Sample:
    """Read one sample; features and outcomes must have the same customers."""
    features = _read(connection, parquet_file(folder, "features", cutoff))
    customer_id = features.pop("customer_id")
    nothing = np.empty(0, dtype=np.float64)
    if cutoff == plan.scoring:
        return Sample(cutoff, customer_id, features, nothing, nothing)
    outcomes = _read(connection, parquet_file(folder, "outcomes", cutoff))
    if not np.array_equal(customer_id, outcomes["customer_id"]):
        raise SampleError(
            f"features and outcomes of {cutoff} have different customers: run `features` again"
        )
    return Sample(cutoff, customer_id, features, outcomes["spend"], outcomes["days_until_order"])


def _read(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, NDArray[Any]]:
    rows = connection.read_parquet(str(file)).order("customer_id").fetchnumpy()
    del rows["cutoff"]
    columns: dict[str, NDArray[Any]] = {"customer_id": np.asarray(rows.pop("customer_id"), "U")}
    for name, values in rows.items():
        columns[name] = np.ma.filled(np.ma.asarray(values, dtype=np.float64), np.nan)
    return columns
