"""The portable checksum is one number on both engines, for every type."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

EVERY_TYPE = """
    select
        1 as whole, cast(2 as bigint) as wide, '한글' as text,
        true as is_so, cast(1.50 as decimal(18, 2)) as money,
        cast(0.1 as double) as share, date '2017-01-01' as day,
        timestamp_ntz '2017-01-01 12:00:00' as moment, array('a', null, 'b') as list
"""
DUCKDBS = Path(__file__).parents[1] / "build" / "test_checksum.py"


def of_duckdb() -> str:
    """Read the number that the default environment's test asserts."""
    for node in ast.parse(DUCKDBS.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == (
            "PORTABLE_OF_EVERY_TYPE"
        ):
            return str(ast.literal_eval(node.value))
    raise LookupError(f"{DUCKDBS} has no PORTABLE_OF_EVERY_TYPE")


def test_spark_gives_the_number_that_duckdb_gives(spark: Any, build: Any) -> None:
    spark.sql("create database if not exists checked")
    spark.sql("drop table if exists checked.every_type")
    spark.sql(f"create table checked.every_type as {EVERY_TYPE}")
    assert build.checksum("checked.every_type") == of_duckdb()
