"""What is published as Parquet is read as it is, by Spark and by polars."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from .conftest import HERE, ROOT


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
    import polars

    with duckdb.connect(nights / "home" / "warehouse" / "dangol.duckdb", read_only=True) as file:
        for table in expected:
            schema, _, name = table.partition(".")
            frame = polars.read_parquet(parquet / schema / f"{name}.parquet")
            rows = file.execute(f"from {table}").fetchall()
            assert sorted(map(repr, frame.rows())) == sorted(map(repr, rows)), table


def test_money_is_exact_in_polars(parquet: Path) -> None:
    import polars

    file = parquet / "customer_view" / "customers.parquet"
    total = polars.read_parquet(file)["net_amount"].sum()
    assert isinstance(total, Decimal)
    with duckdb.connect() as connection:
        query = f"select sum(net_amount) from read_parquet('{file}')"
        assert connection.execute(query).fetchall() == [(total,)]


@pytest.fixture(scope="module")
def bucket(nights: Path) -> Iterator[dict[str, str]]:
    """A bucket with a copy of the last night's publication: its endpoint and its Parquet."""
    served = subprocess.Popen(
        [os.environ["DANGOL_PYTHON"], str(HERE / "served_copy.py"), str(nights / "home")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with served:
        assert served.stdout is not None
        yield json.loads(served.stdout.readline())
        served.terminate()


def test_polars_reads_a_copy_in_a_bucket(bucket: dict[str, str], parquet: Path) -> None:
    import polars

    options = {
        "aws_endpoint_url": bucket["endpoint"],
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test-secret",
        "aws_region": "us-east-1",
        "aws_allow_http": "true",
    }
    for name in ("customer_view/customers.parquet", "aggregated/fct_orders.parquet"):
        copied = polars.read_parquet(f"{bucket['parquet']}/{name}", storage_options=options)
        assert len(copied) > 10
        assert copied.equals(polars.read_parquet(parquet / name))
