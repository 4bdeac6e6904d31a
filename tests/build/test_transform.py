import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from dangol import layers, pace, records
from dangol.build import project as build_project
from dangol.build import transform
from dangol.build.transform import LayerFailedError, run_layer
from dangol.build.warehouse import open_build
from dangol.night import Night
from dangol.settings import PROJECT_ROOT, Settings

TESTS = """
models:
  - name: customers
    description: One row per customer.
    columns:
      - name: customer_id
        data_tests: [not_null]
      - name: email
        data_tests: [not_null]
unit_tests:
  - name: customer_COUNTED
    model: customers
    given: []
    expect: {rows: [{customer_id: 9, email: x}]}
"""


SPILLS = """
select customer_id, 'a@b.example' as email
from (
    select range as customer_id, md5(range::varchar) as word from range(700000) order by word
)
limit 700000
"""
"""A sort that does not fit into 60 MB."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A dbt project of one layer with one model, run as the real one is."""
    root = tmp_path / "project"
    models = root / "dbt_project" / "models" / "customer_view"
    models.mkdir(parents=True)
    for name in ("dbt_project.yml", "profiles.yml", "macros"):
        source = PROJECT_ROOT / "dbt_project" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, root / "dbt_project" / name)
    (models / "_customer_view__models.yml").write_text(TESTS, encoding="utf-8")
    monkeypatch.setattr(build_project, "DBT_PROJECT", root / "dbt_project")
    monkeypatch.setattr(build_project, "load_contracts", lambda settings: {})

    def write(sql: str) -> None:
        (models / "customers.sql").write_text(sql, encoding="utf-8")
        transform._parse.cache_clear()  # a process reads the project once

    return write


def test_every_folder_of_models_is_built_in_one_layer() -> None:
    folders = [layer.name for layer in layers.LAYERS if layer.built_by]
    models = PROJECT_ROOT / "dbt_project" / "models"
    assert sorted(folders) == sorted(path.name for path in models.iterdir() if path.is_dir())


def test_a_layer_is_built_tested_and_recorded_without_its_unit_tests(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    project("select 1 as customer_id, 'a@b.example' as email")
    with open_build(small_home):
        pass
    assert run_layer(small_home, tonight, "customer_view") == {"models": 1, "tests": 2}
    with open_build(small_home, read_only=True) as build:
        rows = build.execute("from customer_view.customers").fetchall()
    assert rows == [(1, "a@b.example")]
    recorded = records.read(small_home, "model_runs", tonight.business_date)
    assert [(row["kind"], row["model"], row["status"], row["row_count"]) for row in recorded] == [
        ("model", "customers", "success", 1),
        ("test", "not_null_customers_customer_id", "pass", None),
        ("test", "not_null_customers_email", "pass", None),
    ]
    assert {(row["part"], row["run_id"]) for row in recorded} == {
        ("customer_view", "night-2017-12-31")
    }


def test_models_are_counted_while_a_layer_is_built(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    project("select 1 as customer_id, 'a@b.example' as email")
    with open_build(small_home):
        pace.start()
    run_layer(small_home, tonight, "customer_view")
    assert pace.so_far() == {"models": 1}


def test_a_test_that_fails_stops_the_layer_and_names_no_value(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    project("select unnest([1, 2]) as customer_id, null as email, 'SECRET' as word")
    with open_build(small_home):
        pass
    with pytest.raises(LayerFailedError) as error:
        run_layer(small_home, tonight, "customer_view")
    assert "layer customer_view failed: not_null_customers_email (2 rows)" in str(error.value)
    assert "SECRET" not in str(error.value)
    assert str(small_home.dbt / "logs" / "dbt.log") in str(error.value)
    status = {
        row["model"]: (row["status"], row["failures"])
        for row in records.read(small_home, "model_runs", tonight.business_date)
    }
    assert status == {
        "customers": ("success", 0),
        "not_null_customers_customer_id": ("pass", 0),
        "not_null_customers_email": ("fail", 2),
    }


def test_a_model_that_breaks_stops_the_layer_and_leaves_the_build_free(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    project("select 'SECRET'::integer as customer_id, '' as email")
    with open_build(small_home):
        pass
    with pytest.raises(LayerFailedError) as error:
        run_layer(small_home, tonight, "customer_view")
    told = "Conversion error, whose text is withheld, as it may quote a value. "
    assert f"models/customer_view/customers.sql): {told}" in str(error.value)
    assert "SECRET" not in str(error.value)
    log = (small_home.dbt / "logs" / "dbt.log").read_text(encoding="utf-8")
    assert "ERROR creating sql table model customer_view.customers" in log
    assert "SECRET" not in log
    with duckdb.connect(small_home.build_file) as build:
        assert build.execute("select 1").fetchall() == [(1,)]


def test_a_project_that_cannot_be_read_is_said_in_words(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    project("{{ ref('nobody') }}")
    with open_build(small_home):
        pass
    with pytest.raises(LayerFailedError, match=r"(?s)dbt can't read the models: .*nobody"):
        run_layer(small_home, tonight, "customer_view")


def test_the_log_shows_models_with_rows_seconds_and_tests(
    small_home: Settings,
    tonight: Night,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with open_build(small_home) as build:
        build.execute("create table customer_view.customers as select n from range(1234) as r (n)")
    monkeypatch.setattr(
        transform,
        "build_models",
        lambda *_: [
            result("model", "customers", "success", 0.25, materialized="table"),
            result("model", "int_days", "success", 0.5, materialized="view"),
            result("test", "unique_customers", "pass", 0.1, hangs_on="customers"),
            result("test", "not_null_customers", "warn", 0.1, hangs_on="customers"),
            result("operation", "on-run-end", "success", 0.1),
        ],
    )
    with caplog.at_level("INFO", logger="dangol.build.transform"):
        run_layer(small_home, tonight, "customer_view")
    (table,) = [entry.message for entry in caplog.records]
    assert table == (
        "model       rows  seconds  tests  status\n"
        "customers  1,234     0.25  1/2    success\n"
        "int_days       -     0.50         success\n"
        "tests: 1 of 2 passed"
    )


def result(
    kind: str,
    name: str,
    status: str,
    seconds: float,
    materialized: str = "test",
    hangs_on: str | None = None,
) -> SimpleNamespace:
    node = SimpleNamespace(
        resource_type=kind,
        name=name,
        alias=name,
        schema="customer_view",
        config=SimpleNamespace(materialized=materialized),
        attached_node=hangs_on and f"model.dangol.{hangs_on}",
    )
    return SimpleNamespace(node=node, status=status, execution_time=seconds, failures=None)


def test_a_model_changes_from_table_to_view_and_back(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    with open_build(small_home):
        pass
    found = []
    for number, kind in enumerate(["table", "view", "table", "table"]):
        project(
            f"{{{{ config(materialized='{kind}') }}}}"
            f" select {number} as customer_id, 'a@b.example' as email"
        )
        run_layer(small_home, tonight, "customer_view")
        with open_build(small_home, read_only=True) as build:
            found += build.execute(
                "select table_type, customer_id from customer_view.customers, "
                "information_schema.tables where table_name = 'customers'"
            ).fetchall()
    assert found == [("BASE TABLE", 0), ("VIEW", 1), ("BASE TABLE", 2), ("BASE TABLE", 3)]


@pytest.mark.parametrize("failing", ["table", "view"])
@pytest.mark.parametrize("kind", ["table", "view"])
def test_a_model_whose_query_fails_is_as_it_was(
    small_home: Settings,
    tonight: Night,
    project: Callable[[str], None],
    kind: str,
    failing: str,
) -> None:
    with open_build(small_home):
        pass
    sql = "{{ config(materialized='%s') }} select 1 as customer_id, 'a@b.example' as email"
    project(sql % kind)
    run_layer(small_home, tonight, "customer_view")
    project((sql % failing).replace("select 1", "select missing"))
    with pytest.raises(LayerFailedError, match="customers"):
        run_layer(small_home, tonight, "customer_view")
    with open_build(small_home, read_only=True) as build:
        tables = build.execute("select table_name from information_schema.tables").fetchall()
        assert build.execute("from customer_view.customers").fetchall() == [(1, "a@b.example")]
    assert not [name for (name,) in tables if "__dbt" in name]


def test_a_model_that_spills_does_so_with_the_extension_that_encrypts(
    small_home: Settings, tonight: Night, project: Callable[[str], None]
) -> None:
    settings = replace(small_home, memory_limit="60MB", threads=1)
    project(SPILLS)
    with open_build(settings):
        pass
    assert run_layer(settings, tonight, "customer_view")["models"] == 1


def test_without_the_extension_nothing_is_spilled_and_the_message_says_what_to_install(
    small_home: Settings,
    tonight: Night,
    project: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    settings = replace(small_home, memory_limit="60MB", threads=1)
    project(SPILLS)
    with open_build(settings):
        pass
    monkeypatch.setattr(transform, "extension_folder", lambda settings: tmp_path)
    with pytest.raises(LayerFailedError, match="reinstall duckdb-extension-httpfs"):
        run_layer(settings, tonight, "customer_view")
