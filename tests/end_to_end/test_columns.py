"""The YAML lists exactly the columns of the built tables: names, order and types."""

import pytest
import yaml

from dangol.model_facts import read_models
from dangol.publication.dictionary import published_tables
from dangol.settings import PROJECT_ROOT

pytestmark = pytest.mark.end_to_end

MODELS = PROJECT_ROOT / "dbt_project" / "models"
LISTED = {
    model["name"]: [(column["name"], column["data_type"]) for column in model["columns"]]
    for file in MODELS.rglob("_*__models.yml")
    for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    if any("data_type" in column for column in model.get("columns", []))
}
ADDED = {
    name: name.removeprefix("int_").removesuffix("_received")
    for name in LISTED
    if name.endswith("_received") and name.removeprefix("int_").removesuffix("_received") in LISTED
}
"""Models whose YAML lists only the columns that they add to their entity's."""
OF_THE_VIEW = {"is_active", "inactive_since"}
"""Columns of an entity that its view adds to the latest rows."""


def plain(kind):
    """Return a DuckDB type's name in the YAML."""
    return kind.lower().replace("varchar", "string").replace(",", ", ")


def test_the_listed_columns_are_those_of_the_tables(past):
    rows = past.ask_build(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema in ('cleaned', 'customer_view') order by ordinal_position"
    )
    built = {
        name: [
            (column, plain(kind))
            for table, column, kind in rows
            if table == name and not column.startswith("own_")
        ]
        for name in LISTED
    }
    expected = {
        name: [
            *(each for each in LISTED.get(ADDED.get(name), []) if each[0] not in OF_THE_VIEW),
            *columns,
        ]
        for name, columns in LISTED.items()
    }
    for columns in expected.values():
        for place, (column, kind) in enumerate(columns):
            if "array" in kind:
                columns[place] = (column, kind.split("else '")[1].split("'")[0])
    assert built == expected
    assert {"order_lines", "products", "contact_records", "customers"} <= set(built)


@pytest.fixture(scope="module")
def built_columns(past):
    """The column names of each table and view of the build."""
    rows = past.ask_build(
        "select schema_name || '.' || table_name, column_name"
        " from duckdb_columns() where not internal"
    )
    return {table: {column for other, column in rows if other == table} for table in dict(rows)}


def test_every_grain_is_of_built_columns(built_columns):
    lacking = {
        model.full_name: sorted(set(model.grain) - built_columns[model.full_name])
        for model in read_models()
    }
    assert {table: columns for table, columns in lacking.items() if columns} == {}


def test_no_column_of_a_table_that_is_read_goes_undescribed(built_columns):
    described = {
        model.full_name: set(model.columns)
        for model in read_models()
        if not model.name.startswith(("stg_", "int_"))
    }
    assert described == {table: built_columns[table] for table in described}


def test_the_sources_that_we_write_ourselves_are_described(built_columns):
    """Published columns are described in ``ops_tables.yml``, the others with the source."""
    published = {table.full_name: set(table.columns) for table in published_tables()}
    described = {
        f"{source['name']}.{table['name']}": {
            *published.get(f"{source['name']}.{table['name']}", ()),
            *(column["name"] for column in table.get("columns", ())),
        }
        for file in MODELS.rglob("*__sources.yml")
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]
        for table in source["tables"]
        if source["schema"] != "raw"
    }
    assert {"ops.loads", "features.cutoffs"} <= set(described)
    assert described == {table: built_columns[table] for table in described}
