"""Values with more decimals than their column keeps, in every format."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import fastavro
import openpyxl
import pytest

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

VALUES = ["8.21", "8.2100000000001", "1.00005", "-0.12345"]
"""Exact, with the noise of a floating-point number, and twice with a digit too many."""


def csv() -> bytes:
    return "\n".join(["amount", *VALUES, ""]).encode()


def json_lines() -> bytes:
    return "".join(f'{{"amount": {value}}}\n' for value in VALUES).encode()


def document() -> bytes:
    return json.dumps([{"amount": float(value)} for value in VALUES]).encode()


def parquet(sql_type: str) -> Callable[[], bytes]:
    def written() -> bytes:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.parquet"
            rows = ", ".join(f"({value}::{sql_type})" for value in VALUES)
            duckdb.execute(f"copy (from (values {rows}) as t(amount)) to '{file}' (format parquet)")
            return file.read_bytes()

    return written


def xlsx() -> bytes:
    book = openpyxl.Workbook()
    for value in ("amount", *map(float, VALUES)):
        book.active.append([value])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def avro() -> bytes:
    schema = {
        "type": "record", "name": "row", "fields": [{"name": "amount", "type": "double"}],
    }  # fmt: skip
    target = io.BytesIO()
    fastavro.writer(target, schema, [{"amount": float(value)} for value in VALUES])
    return target.getvalue()


@pytest.mark.parametrize(
    ("ending", "content"),
    [("csv", csv), ("jsonl", json_lines), ("json", document), ("parquet", parquet("double")),
     ("parquet", parquet("decimal(38, 15)")), ("xlsx", xlsx), ("avro", avro)],
)  # fmt: skip
def test_a_value_that_would_be_rounded_is_quarantined(
    make_feed: Callable[..., Feed], ending: str, content: Callable[[], bytes]
) -> None:
    feed = make_feed(
        {"name": "amount", "type": "DECIMAL(18,4)"},
        filePattern=rf"rows_{{date}}\.{ending}",
    )  # fmt: skip
    load = feed.load(f"rows_2017-01-05.{ending}", content())
    assert feed.values("amount") == [(Decimal("8.2100"),), (Decimal("8.2100"),)]
    assert load.rows_quarantined == 2
    assert {row[2] for row in feed.faults()} == {
        "amount has more digits than its type DECIMAL(18,4) keeps"
    }
