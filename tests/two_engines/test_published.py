"""What is published as Parquet is read as it is, by Spark and by polars."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest


@pytest.fixture(scope="module")
def parquet(nights: Path) -> Path:
    """The folder ``<schema>/<table>.parquet`` of the last night's publication."""
    pointer = nights / "home" / "warehouse" / "dangol.duckdb"
    return pointer.resolve().parent / "parquet"


@pytest.fixture(scope="module")
def expected(nights: Path) -> dict[str, str]:
    """From published table to rows and checksum in the DuckDB file."""
    checksums = json.loads((nights / "published.json").read_text(encoding="utf-8"))
    assert len(checksums) > 20
    assert isinstance(checksums, dict)
    return checksums


def test_spark_reads_every_table_as_duckdb_does(
    spark: Any, build: Any, parquet: Path, expected: dict[str, str]
) -> None:
    read = {}
    for table in expected:
        schema, _, name = table.partition(".")
        frame = spark.read.parquet(str(parquet / schema / f"{name}.parquet"))
        frame.createOrReplaceTempView("published_table")
        read[table] = build.checksum("published_table")
    assert read == expected


def test_polars_reads_every_table_as_duckdb_does(
    nights: Path, parquet: Path, expected: dict[str, str]
) -> None:
    polars = pytest.importorskip("polars")
    with duckdb.connect(nights / "home" / "warehouse" / "dangol.duckdb", read_only=True) as file:
        for table in expected:
            schema, _, name = table.partition(".")
            frame = polars.read_parquet(parquet / schema / f"{name}.parquet")
            rows = file.execute(f"from {table}").fetchall()
            assert sorted(map(repr, frame.rows())) == sorted(map(repr, rows)), table


def test_money_is_exact_in_polars(parquet: Path) -> None:
    polars = pytest.importorskip("polars")
    file = parquet / "customer_view" / "customers.parquet"
    total = polars.read_parquet(file)["net_amount"].sum()
    assert isinstance(total, Decimal)
    with duckdb.connect() as connection:
        query = f"select sum(net_amount) from read_parquet('{file}')"
        assert connection.execute(query).fetchall() == [(total,)]
