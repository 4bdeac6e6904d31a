"""A home with a build file in which every published table has its columns and a few rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dangol.id_keys import IdKey
from dangol.night import Night
from dangol.publication.dictionary import TableEntry, published_tables
from dangol.settings import Company, Settings
from demo.exports import SYSTEMS
from tests.id_key import SECRET

LAST_NIGHT, TONIGHT = date(2017, 12, 30), date(2017, 12, 31)

_TYPES = (
    ("as_of", "date"),
    ("_date", "date"),
    ("amount", "decimal(18, 4)"),
    ("amount_after_refunds", "decimal(18, 4)"),
    ("revenue", "decimal(18, 4)"),
    ("average_order_value", "decimal(18, 4)"),
    ("_count", "bigint"),
    ("_30d", "bigint"),
)


@pytest.fixture
def small_home(tmp_path: Path) -> Settings:
    """A home of a company in New York, with nothing in it."""
    home = tmp_path / "home"
    home.mkdir()
    company = Company("Small Grocer", "America/New_York", "USD", systems=SYSTEMS)
    return Settings(
        home=home,
        landing=str(home / "landing"),
        company=company,
        keep_publications=3,
        memory_limit="500MB",
        threads=1,
        id_key=SECRET.hex(),
    )


@pytest.fixture
def last_night(small_home: Settings) -> Night:
    """The night of 2017-12-30."""
    return Night.of(LAST_NIGHT, small_home.company)


@pytest.fixture
def tonight(small_home: Settings) -> Night:
    """The night of 2017-12-31."""
    return Night.of(TONIGHT, small_home.company)


@pytest.fixture
def fill_build(small_home: Settings) -> Callable[..., None]:
    """Write a night's build file from scratch: some customers, who spent 10.50 each."""

    def fill(night: Night, customers: int) -> None:
        small_home.warehouse.mkdir(exist_ok=True)
        small_home.build_file.unlink(missing_ok=True)
        with duckdb.connect(small_home.build_file) as build:
            for schema in ("customer_view", "aggregated", "ml", "ops"):
                build.execute(f"create schema {schema}")
            for table in published_tables():
                columns = ", ".join(f'"{name}" {_type(table, name)}' for name in table.columns)
                build.execute(f"create table {table.full_name} ({columns})")
            build.execute("alter table ops.loads add column is_new boolean")
            build.execute(
                "create table ops.build_state as select $1 as id_key", [IdKey(SECRET).fingerprint]
            )
            build.execute(
                "create schema cleaned; create table cleaned.row_states (load_date date,"
                " system varchar, stream varchar, entity varchar, row_state varchar,"
                " state_reason varchar, row_count bigint, amount decimal(38, 4))"
            )
            build.execute(
                "create table cleaned.unused_descriptions as"
                " select '' as load_id, * exclude (row_state, amount) from cleaned.row_states"
            )
            build.execute("create table ops.load_days (load_id varchar, is_in_force boolean)")
            build.execute(
                "create schema identity; create table identity.int_look_alikes (id_kind varchar,"
                " identifier_type varchar, source_system varchar, id varchar, first_id varchar,"
                " id_count bigint)"
            )
            build.execute(
                "create table ops.applied_loads (load_id varchar primary key, sha256 varchar)"
            )
            build.execute(
                "insert into customer_view.customers (customer_id, net_amount)"
                " select 'c' || n, 10.50 from range(?) as r (n)",
                [customers],
            )
            build.execute(
                "insert into aggregated.kpi_days (business_date, gross_revenue, refund_amount,"
                " order_count, average_order_value, new_customer_count, active_customer_count_30d)"
                " select ?, 10.50 * n, 0, n, 10.50, 0, n from (values (?)) as v (n)",
                [night.business_date, customers],
            )
            build.execute(
                "insert into ops.current_run (run_id, business_date, as_of_utc) values (?, ?, ?)",
                [night.run_id, night.business_date, night.as_of.replace(tzinfo=None)],
            )
            build.execute(
                "insert into ops.loads (load_id, sha256, system, stream, file, status, rows_read,"
                " rows_loaded, rows_quarantined, load_date, file_date, is_new)"
                " values ('till.lines.000001', 'abc', 'till', 'lines', 'lines.csv', 'loaded',"
                " 7, 6, 1, $day, $day, true)",
                {"day": night.business_date},
            )

    return fill


def _type(table: TableEntry, column: str) -> str:
    if column in table.types:
        return table.types[column]
    return next((kind for end, kind in _TYPES if column.endswith(end)), "varchar")
