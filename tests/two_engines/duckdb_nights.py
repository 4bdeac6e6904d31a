"""Runs the nasty nights on DuckDB: writes the models' inputs as Parquet, checksums as JSON.

Started by conftest.py with the default environment's Python: ``duckdb_nights.py <folder>``.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

# not as `tests.…`: a package of the environment is called `tests` too
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from id_key import SECRET
from nasty_exports import NIGHTS, deliver

from demo.exports import SYSTEMS

if TYPE_CHECKING:
    from dangol.night import Night
    from dangol.settings import Settings

STEPS = (
    "begin", "extract", "stage_raw", "cleaned", "aggregated", "features", "customer_view",
)  # fmt: skip
"""The steps of a night that dbt needs or runs; the models would have too little data here."""

SCORES = """
    create or replace table ml.customer_scores as
    select
        customer_id, '한글 ' || left(customer_id, 1) as segment,
        cast(length(customer_id) / 7 as decimal(18, 4)) as predicted_spend_90d,
        cast(1 as double) / 3 as churn_probability
    from identity.customers where left(customer_id, 1) < '8'
"""


def main(folder: Path) -> None:
    """Run the nights in a separate home below `folder`."""
    home = folder / "home"
    os.environ |= {"DANGOL_HOME": str(home), "DANGOL_THREADS": "1", "DANGOL_ID_KEY": SECRET.hex()}
    (home / "company").mkdir(parents=True)
    (home / "company" / "company.toml").write_text(
        'name = "Nasty"\ntimezone = "America/New_York"\ncurrency = "USD"\n'
        f"systems = {json.dumps(SYSTEMS)}\n",
        encoding="utf-8",
    )
    from dangol import layers
    from dangol.build.checksum import portable_checksums
    from dangol.build.state import mark_applied
    from dangol.build.warehouse import open_build
    from dangol.night import Night
    from dangol.nightly.steps import step_named
    from dangol.settings import get_settings

    settings = get_settings()
    checksums = {}
    for day in NIGHTS:
        deliver(home / "landing", day)
        night = Night.of(day, settings.company)
        for name in STEPS:
            if name == "customer_view":
                with open_build(settings) as build:
                    build.execute(SCORES)
            step = step_named(name)
            for arguments in step.instances(settings):
                step.run(settings, night, *arguments)
        with open_build(settings) as build:
            checksums[f"{day}"] = portable_checksums(build, layers.BUILT)
            _export_inputs(build, folder / "inputs" / f"{day}")
            mark_applied(build)
    _publish(settings, night, folder)
    (folder / "checksums.json").write_text(json.dumps(checksums, indent=1), encoding="utf-8")


def _publish(settings: Settings, night: Night, folder: Path) -> None:
    """Publish the last night with Parquet files; write the checksums of its tables."""
    from dangol import layers
    from dangol.build.checksum import portable_checksums
    from dangol.build.published import open_published
    from dangol.build.warehouse import open_build
    from dangol.publication.dictionary import published_tables
    from dangol.publication.publish import publish

    with open_build(settings) as build:
        for table in published_tables():  # the scores above have only what the models read
            for name, kind in table.types.items() if table.name == "customer_scores" else ():
                build.execute(
                    f'alter table {table.full_name} add column if not exists "{name}" {kind}'
                )
    publish(replace(settings, has_parquet=True), night)
    with open_published(settings) as published:
        checksums = portable_checksums(published, (*layers.PUBLISHED, layers.OPS))
    (folder / "published.json").write_text(json.dumps(checksums, indent=1), encoding="utf-8")


def _export_inputs(build: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the models' inputs."""
    tables = build.execute(
        """
        select table_schema, table_name from information_schema.tables
        where table_schema = 'raw' or (table_schema, table_name) in (
            ('ops', 'current_run'), ('ops', 'loads'), ('ops', 'streams'), ('ops', 'marked_rows'),
            ('ops', 'claimed_days'), ('ops', 'load_days'), ('ops', 'snapshots'),
            ('ml', 'customer_scores'),
            ('features', 'cutoffs')
        )
        """
    ).fetchall()
    for schema, name in tables:
        (folder / schema).mkdir(parents=True, exist_ok=True)
        build.execute(f"copy {schema}.{name} to '{folder / schema / name}.parquet'")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
