"""The columns that the YAML lists are those of the built tables: names, order and types."""

import pytest
import yaml

from dangol.settings import PROJECT_ROOT

pytestmark = pytest.mark.end_to_end

LISTED = {
    model["name"]: [(column["name"], column["data_type"]) for column in model["columns"]]
    for file in (PROJECT_ROOT / "dbt_project" / "models").rglob("_*__models.yml")
    for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
    if any("data_type" in column for column in model.get("columns", []))
}
ADDED = {"int_order_lines_received": "order_lines"}
"""Models whose YAML lists what they have besides the columns of another."""


def plain(kind):
    """Name a type of DuckDB as the YAML does."""
    return kind.lower().replace("varchar", "string").replace(",", ", ")


def test_the_listed_columns_are_those_of_the_tables(past):
    rows = past.ask_build(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema in ('cleaned', 'customer_view') order by ordinal_position"
    )
    built = {
        name: [(column, plain(kind)) for table, column, kind in rows if table == name]
        for name in LISTED
    }
    expected = {
        name: [*LISTED.get(ADDED.get(name), []), *columns] for name, columns in LISTED.items()
    }
    for columns in expected.values():
        for place, (column, kind) in enumerate(columns):
            if "array" in kind:
                columns[place] = (column, kind.split("else '")[1].split("'")[0])
    assert built == expected
    assert {"order_lines", "products", "contact_records", "customers"} <= set(built)
