"""Builds all models on Spark, in this process, from the inputs of the same nights on DuckDB.

Run by `make test-spark` in a separate environment; elsewhere there is nothing to collect. DuckDB's
nights run in the default environment's Python, which DANGOL_PYTHON names.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dangol.id_keys import IdKey
from tests.id_key import SECRET

if importlib.util.find_spec("pyspark") is None:
    collect_ignore_glob = ["test_*.py"]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SETTINGS = {
    # what portable checksums and the models' use of time need
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    # small data on one machine: no shuffles to balance, no plans to change, no pages to serve
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.ui.enabled": "false",
    # nothing listens on the network
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.parquet.compression.codec": "uncompressed",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.log.level": "ERROR",
}


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of DuckDB's nights: inputs/<night>/<schema>/<table>.parquet and checksums.json."""
    folder = tmp_path_factory.mktemp("duckdb") / "nights"
    done = subprocess.run(
        [os.environ["DANGOL_PYTHON"], str(HERE / "duckdb_nights.py"), str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session that dbt finds in this process too."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    warehouse = tmp_path_factory.mktemp("spark") / "warehouse"
    session = builder.config("spark.sql.warehouse.dir", str(warehouse)).getOrCreate()
    for name, value in IdKey(SECRET).variables().items():
        session.sql(f"declare or replace variable {name} binary default x'{value.hex()}'")
    yield session
    session.stop()


class SparkBuild:
    """The dbt project as Spark builds it."""

    def __init__(self, spark: Any, folder: Path, project: Path) -> None:
        self.spark, self.folder, self.project = spark, folder, project

    def lay(self, inputs: Path) -> None:
        """Provide a night's inputs as views."""
        for file in sorted(inputs.glob("*/*.parquet")):
            schema = file.parent.name
            self.spark.sql(f"create database if not exists {schema}")
            self.spark.sql(
                f"create or replace view {schema}.{file.stem} as select * from parquet.`{file}`"
            )

    def dbt(self, *arguments: str) -> Any:
        """Run dbt in this process, and return its results."""
        from dbt.cli.main import dbtRunner

        outcome = dbtRunner().invoke(
            ["--no-use-colors", "--log-level", "none", "--log-path", str(self.folder),
             "--no-write-json", *arguments,
             "--project-dir", str(self.project), "--profiles-dir", str(HERE / "profile"),
             "--target-path", str(self.folder / "target")]
        )  # fmt: skip
        assert outcome.result is not None, outcome.exception
        failed = {
            result.node.name: result.message
            for result in outcome.result.results
            if str(result.status) not in {"success", "pass"}
        }
        assert failed == {}
        return outcome.result.results

    def checksum(self, table: str) -> str:
        """Return the portable checksum of a table."""
        from dangol.build.checksum import portable_query

        columns = [
            (field.name, field.dataType.simpleString().replace("_ntz", ""))
            for field in self.spark.table(table).schema.fields
        ]
        row = self.spark.sql(portable_query(table, columns, engine="spark")).collect()[0]
        return f"{row[0]}-{row[1]}"

    def differences(self, expected: Mapping[str, str]) -> dict[str, tuple[str, str]]:
        """Return the tables whose checksum is not DuckDB's, with both."""
        pairs = {table: (checksum, self.checksum(table)) for table, checksum in expected.items()}
        return {table: pair for table, pair in pairs.items() if pair[0] != pair[1]}


@pytest.fixture(scope="session")
def project(nights: Path) -> Path:
    """The dbt project that DuckDB's nights assembled."""
    return nights / "home" / "dbt" / "project"


@pytest.fixture(scope="session")
def build(spark: Any, project: Path, tmp_path_factory: pytest.TempPathFactory) -> SparkBuild:
    """The project, before anything is built."""
    return SparkBuild(spark, tmp_path_factory.mktemp("dbt"), project)
