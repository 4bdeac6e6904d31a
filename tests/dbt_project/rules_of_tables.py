"""Rules on a table's name, the place of its description, and its content."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from dangol import layers
from dangol.contracts.reading import load_contract, systems_in
from dangol.publication.dictionary import published_tables
from dangol.settings import SOURCES
from expectations.grains import of_grains
from tests.dbt_project.project import Change, Findings, Project, rule

SUBJECTS = "advertising|behaviour|care|commerce|context|deliveries|messaging|people|permission"
PLACES = {
    "staging": r"(\w+)/stg_\1__\w+s",
    "cleaned": rf"({SUBJECTS})/((?!stg_|int_|fct_|dim_|kpi_)\w+s"
    r"|((versions|latest)/)?int_\w+_(received|restated))",
    "identity": r"identifiers|(identifier|identity|int)_\w+",
    "aggregated": rf"({SUBJECTS})/(fct|dim|kpi|identifier|int)_\w+",
    "features": r"(customer|int)_\w+",
    "customer_view": r"customers|customer_\w+s|int_customer_\w+",
}
"""Per layer, the folder in it and the name of a model."""


@rule(
    Change("fct_orders", "original_file_path", "models/fct_orders.sql"),
    Change("fct_orders", "original_file_path", "models/marts/commerce/fct_orders.sql"),
    Change("fct_orders", "original_file_path", "models/aggregated/fct_orders.sql"),
    Change("fct_orders", "original_file_path", "models/aggregated/sales/fct_orders.sql"),
    Change("products", "name", "dim_products_cleaned", "dim_products_cleaned"),
    Change(
        "stg_grocer_till__order_lines",
        "original_file_path",
        "models/staging/grocer_loyalty/stg_grocer_till__order_lines.sql",
    ),
    Change("customers", "schema", "aggregated"),
)
def a_models_name_and_folder_agree(project: Project) -> Findings:
    for name, model in project.models.items():
        _, *folders = PurePosixPath(model["original_file_path"]).parent.parts
        layer, *rest = [*folders, name]
        pattern = PLACES.get(layer, "(?!)")
        if not re.fullmatch(pattern, "/".join(rest)):
            yield name, f"is {'/'.join(rest)} in {layer}, where that is {pattern}"
        if model["schema"] != layer:
            yield name, f"is a table of {model['schema']} and in the folder of {layer}"


@rule(
    Change("fct_orders", "patch_path", "dangol://models/cleaned/commerce/_commerce__models.yml"),
    Change("fct_orders", "patch_path", "dangol://models/aggregated/commerce/schema.yml"),
    Change("fct_orders", "patch_path", None),
    Change("grocer_till.transactions", "original_file_path", "models/staging/_all__sources.yml"),
    Change("member_REMOVED_by_a_correction", "original_file_path", "models/cleaned/people/t.yml"),
)
def yaml_is_beside_what_it_describes(project: Project) -> Findings:
    for name, model in project.models.items():
        folder = PurePosixPath(model["original_file_path"]).parent
        if folder.name in {"versions", "latest"}:  # a folder that only chooses the strategy
            folder = folder.parent
        yaml = PurePosixPath((model["patch_path"] or "").removeprefix("dangol://"))
        if yaml.parent != folder or not re.fullmatch(r"_\w+__models\.yml", yaml.name):
            yield name, f"is in {folder} and described in {model['patch_path'] or 'no YAML'}"
    for name, source in project.sources.items():
        system = source["source_name"]
        expected = f"models/staging/{system}/_{system}__sources.yml"
        if project.layer(name) == "raw" and source["original_file_path"] != expected:
            yield name, f"is described in {source['original_file_path']}, not in {expected}"
    for test in project.unit_tests:
        model = PurePosixPath(project.models[test["model"]]["original_file_path"])
        expected = str(model.with_name(f"{test['model']}_unit_tests.yml"))
        if test["original_file_path"] != expected:
            yield test["name"], f"is in {test['original_file_path']}, not in {expected}"


# ---------- descriptions


@rule(
    Change("customers", "config.meta.grain", []),
    Change("customers", "config.meta.grain", ["person_id"]),
    Change("int_customer_choices", "config.meta.grain", ["customer_id", "tast"]),
    Change("dim_stores", "config.meta.nullable", ["city"]),
    Change("fct_orders", "config.meta.restated_by", "paid_date"),
)
def a_grain_is_of_the_models_columns(project: Project) -> Findings:
    for name, model in project.models.items():
        meta = model["config"]["meta"]
        grain, nullable = meta.get("grain", []), meta.get("nullable", [])
        if not grain:
            yield name, "has no grain"
        # a model that serves others lists some of its columns or none, so its SQL counts too
        known = set(model["columns"])
        if project.is_internal(name):
            entities = re.findall(r"(?:columns_of|union_of)\('(\w+)'", model["raw_code"])
            known |= {column for each in entities for column in project.models[each]["columns"]}
            known |= set(re.findall(r"\w+", model["raw_code"]))
        if unknown := {*grain, *filter(None, [meta.get("restated_by")])} - known:
            yield name, f"has no columns {sorted(unknown)}"
        if unknown := set(nullable) - set(grain):
            yield name, f"has {sorted(unknown)} in nullable and not in its grain"


@rule(
    Change("primary_key_customer_features_", "attached_node", None, "customer_features"),
    Change("fct_orders", "alias", "orders"),
    Change(
        "primary_key_customer_features_", "attached_node", "model.dangol.fct_orders", "fct_orders"
    ),
)
def a_grain_is_checked_once(project: Project) -> Findings:
    """Views and staging models keep no rows: the tables built from them are checked."""
    gated = [each.table for gate in layers.GATES for each in of_grains(gate)]
    tested = [
        project.name_of.get(test["attached_node"])
        for test in project.tests
        if test.get("test_metadata", {}).get("name") == "primary_key"
    ]
    for name, model in project.models.items():
        checks = gated.count(project.table(name)) + tested.count(name)
        keeps_none = model["config"]["materialized"] == "view" or name.startswith("stg_")
        if checks > 1 or (not checks and not keeps_none):
            yield name, f"has its grain checked {checks} times, by a gate or the test primary_key"


@rule(Change("identifiers", "config.materialized", "view"))
def what_keys_ids_is_no_view(project: Project) -> Findings:
    """A view would need the secret wherever it is read, and on Spark may not name it."""
    for name, model in project.models.items():
        keys_ids = {"macro.dangol.keyed_id", "macro.dangol.identifier_id"}
        if keys_ids & set(model["depends_on"]["macros"]) and (
            model["config"]["materialized"] == "view"
        ):
            yield name, "makes ids with the secret, and is a view"


@rule(
    Change("fct_orders", "description", "Orders."),
    Change("stg_grocer_till__order_lines", "description", ""),
)
def a_description_opens_with_the_grain(project: Project) -> Findings:
    for name, model in project.models.items():
        if not model["description"].startswith("One row per "):
            yield name, "should be described as: One row per …"


@rule(
    Change("fct_orders", "columns.store_id.description", " "),
    Change("dim_stores", "columns", {}),
    Change("identity_customers", "columns.customer_id.description", ""),
)
def columns_are_described(project: Project) -> Findings:
    """tests/end_to_end/test_columns.py checks in the built tables that none is missing."""
    for name, model in project.models.items():
        missing = _undescribed(model["columns"])
        if missing or (not model["columns"] and not project.is_internal(name)):
            yield name, f"has columns without a description: {missing or 'all'}"


@rule(
    Change("ops.loads", "source_description", ""),
    Change("ops.loads", "description", ""),
    Change("grocer_till.transactions", "columns.week.description", ""),
    Change("features.cutoffs", "columns", {}),
)
def sources_are_described(project: Project) -> Findings:
    """Our own published tables are described in ``ops_tables.yml``, and not here again."""
    own = {table.full_name: table.columns for table in published_tables()}
    for name, source in project.sources.items():
        elsewhere = own.get(name, {})
        if not (source["description"].strip() and source["source_description"].strip()):
            yield name, "has no description, or its system has none"
        if missing := _undescribed(source["columns"]):
            yield name, f"has columns without a description: {missing}"
        if not source["columns"] and not elsewhere:
            yield name, "has no columns"
        if twice := sorted(set(source["columns"]) & set(elsewhere)):
            yield name, f"has columns that ops_tables.yml describes: {twice}"


def _undescribed(columns: dict[str, Any]) -> list[str]:
    return [name for name, column in columns.items() if not column["description"].strip()]


@rule(
    Change("customers", "config.contract.enforced", False),
    Change("customers", "columns.segment.data_type", None),
    Change("products", "columns.brand.data_type", None),
)
def columns_have_types_where_readers_rely_on_them(project: Project) -> Findings:
    """Readers of the customer view have a contract; an entity's SQL comes from its columns."""
    for name, model in project.models.items():
        layer, columns = project.layer(name), model["columns"].values()
        if project.is_internal(name) or layer not in {"cleaned", "customer_view"}:
            continue
        if untyped := [column["name"] for column in columns if not column["data_type"]]:
            yield name, f"has columns without a data_type: {untyped}"
        if layer == "customer_view" and not model["config"]["contract"]["enforced"]:
            yield name, "has no enforced contract"


@rule(
    Change("grocer_till.transactions", "loaded_at_field", "_loaded_at"),
    Change("grocer_till.transactions", "name", "receipts", "grocer_till.receipts"),
)
def freshness_is_the_raw_gates(project: Project) -> Findings:
    """The gate reads each contract's schedule from ``ops.streams``; dbt must not check it again."""
    promised = {
        stream.label
        for each in (load_contract(SOURCES / each) for each in systems_in(SOURCES))
        for stream in each.streams
    }
    for name, source in project.sources.items():
        if source["loaded_at_field"] or source["loaded_at_query"]:
            yield name, "has a freshness of dbt's"
        if project.layer(name) == "raw" and name not in promised:
            yield name, "is no stream of a contract"
    for name in promised - set(project.sources):
        yield name, "is a stream that dbt does not know: run `dangol contracts`"
