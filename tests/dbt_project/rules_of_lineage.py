"""Rules on what reads what: sources, models, and the readers of the published tables."""

from __future__ import annotations

import re

from dangol import layers
from dangol.settings import PROJECT_ROOT
from tests.dbt_project.project import Change, Findings, Project, rule

MOST_PARENTS = 6
MOST_VIEWS_IN_A_ROW = 4
READERS = {
    "machine_learning": [*(PROJECT_ROOT / "ml").rglob("*.py")],
    "nightly_report": [PROJECT_ROOT / "dangol" / "nightly" / "report.py"],
}
"""The exposures in our own code, and where that code names the tables that it reads."""


@rule(
    Change("fct_orders", "depends_on.nodes", ["source.dangol.grocer_till.transactions"],
           "grocer_till.transactions"),
    exceptions={
        "ops.current_run": "the night's own day and time zone, the only clock of every model",
        "ops.loads": "the ledger: which load of a row is current, and which is new",
        "ops.streams": "what the contracts say of each stream: the strategies' rules",
        "ops.snapshots": "from which full snapshots someone is absent, as the contracts tell",
        "ops.marked_rows": "rows that the contracts tell to see: exact doubles, deleted ones, …",
        "ops.claimed_days": "from which delivery a day counts that several have",
        "features.cutoffs": "written by the night for the models of this layer",
        "ml.customer_scores": "written by ml/, which is a layer between features and the view",
    },
)  # fmt: skip
def only_staging_reads_sources(project: Project) -> Findings:
    for name in project.sources:
        readers = [each for each in project.readers(name) if each in project.models]
        if beyond := [each for each in readers if project.layer(each) != "staging"]:
            yield name, f"is a source that {beyond} read"


@rule(
    Change("stg_grocer_catalogue__products", "depends_on.nodes",
           ["source.dangol.grocer_till.transactions"], "grocer_till.transactions"),
    Change("stg_grocer_catalogue__products", "depends_on.nodes", [], "grocer_catalogue.products"),
)  # fmt: skip
def a_raw_source_is_read_by_its_own_system(project: Project) -> Findings:
    """Several models may read one: its rows may be order lines and refunds, and name products."""
    for name in project.sources:
        readers = project.readers(name)
        own = f"stg_{name.partition('.')[0]}__"
        if project.layer(name) == "raw" and not (readers and all(own in each for each in readers)):
            yield name, f"is read by {readers or 'nothing'}"


@rule(
    Change("customers", "depends_on.nodes", [], "ml.customer_scores"),
    Change("ops.loads", "relation_name", '"build"."ops"."current_run"'),
)
def a_source_is_read_and_listed_once(project: Project) -> Findings:
    relations = [source["relation_name"] for source in project.sources.values()]
    for name, source in project.sources.items():
        if not project.readers(name):
            yield name, "is read by nothing"
        if relations.count(source["relation_name"]) > 1:
            yield name, "is the same table as another source"


@rule(
    Change("stg_grocer_catalogue__products", "depends_on.nodes", ["model.dangol.products"]),
    Change("stg_grocer_catalogue__products", "depends_on.nodes", ["source.dangol.ops.current_run"]),
    Change("stg_grocer_catalogue__products", "depends_on.nodes", ["source.dangol.ops.loads"]),
    Change(
        "stg_grocer_catalogue__products",
        "depends_on.nodes",
        ["source.dangol.grocer_till.transactions"],
    ),
    Change(
        "stg_grocer_catalogue__products",
        "depends_on.nodes",
        ["source.dangol.grocer_catalogue.products", "source.dangol.grocer_catalogue.promotions"],
    ),
)
def a_staging_model_reads_one_raw_source(project: Project) -> Findings:
    for name in project.models:
        beside = {"ops.current_run", "ops.loads"}  # the day and what a file's name says
        parents = [each for each in project.parents(name) if each not in beside]
        system, _, entity = name.removeprefix("stg_").partition("__")
        own = [each for each in project.sources if each.startswith(f"{system}.")]
        if project.layer(name) == "staging" and (len(parents) != 1 or parents[0] not in own):
            yield name, f"reads {parents or 'nothing'} for {entity}, not one source of {system}"


@rule(
    Change("fct_orders", "depends_on.nodes", ["model.dangol.customers"]),
    Change("customer_features", "depends_on.nodes", ["source.dangol.ml.customer_scores"]),
)
def a_model_reads_its_own_layer_and_those_before(project: Project) -> Findings:
    for name in project.models:
        place = layers.NAMES.index(project.layer(name))
        for parent in project.parents(name):
            layer = project.layer(parent)
            if layer != layers.OPS and layers.NAMES.index(layer) > place:
                yield name, f"is in {project.layer(name)} and reads {parent} of {layer}"


@rule(Change("fct_orders", "depends_on.nodes", []))
def a_model_has_a_parent(project: Project) -> Findings:
    for name in project.models:
        if not project.parents(name):
            yield name, "reads no model and no source"


@rule(
    Change("analysts", "depends_on.nodes", [], "dim_stores"),
    exceptions={
        "promotions": "an entity from which no fact is made yet; a view, so free of cost",
        "row_states": "the gate of the layer reads it, and publishing makes ops.set_aside from it",
        "unused_descriptions": "publishing adds it to ops.set_aside",
        "int_look_alikes": "publishing makes ops.look_alikes from it",
    },
)
def a_model_is_read(project: Project) -> Findings:
    for name in project.models:
        if not project.readers(name):
            yield name, "is read by no model and no exposure"


@rule(
    Change("kpi_days", "depends_on.nodes",
           [f"source.dangol.grocer_campaigns.{name}"
            for name in ("campaigns", "sends", "coupons", "redemptions")]
           + ["source.dangol.ops.loads", "source.dangol.ops.current_run", "model.dangol.products"]),
    exceptions={
        "customers": "the one place where all that is known of a customer comes together, a row"
        " each: none of its joins multiplies rows, and halves would be read by nothing else",
        "row_states": "a count of every entity with versions, one union",
    },
)  # fmt: skip
def a_model_has_few_parents(project: Project) -> Findings:
    for name in project.models:
        if (count := len(project.parents(name))) > MOST_PARENTS:
            yield name, f"reads {count} models and sources, at most {MOST_PARENTS} are allowed"


@rule(Change("customer_features", "config.materialized", "view"))
def views_are_not_chained(project: Project) -> Findings:
    """DuckDB plans a chain as one query, and computes a view again for each model that reads it."""

    def depth(name: str) -> int:
        if name not in project.models or project.models[name]["config"]["materialized"] != "view":
            return 0
        return 1 + max(map(depth, project.parents(name)), default=0)

    for name in project.models:
        if (count := depth(name)) > MOST_VIEWS_IN_A_ROW:
            yield name, f"is a view over {count - 1} views, {MOST_VIEWS_IN_A_ROW - 1} are allowed"


@rule(
    Change("fct_orders", "raw_code", "select * from cleaned.order_lines"),
    Change("fct_orders", "raw_code", 'select 1 from {{ x }} inner join "build"."ops"."loads" on a'),
    Change("score_1_to_5", "macro_sql", "(select count(*) from ops.loads)"),
)
def tables_are_named_by_ref_and_source(project: Project) -> Findings:
    texts = {name: model["raw_code"] for name, model in project.models.items()}
    texts |= {name: macro["macro_sql"] for name, macro in project.macros.items()}
    for name, text in texts.items():
        sql = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|--[^\n]*", " ", text, flags=re.DOTALL)
        if found := re.findall(r'\b(?:from|join)\s+(["\w]+\.["\w.]+)', sql):
            yield name, f"names {found}"


@rule(
    Change("fct_orders", "config.incremental_strategy", None),
    Change("fct_orders", "config.incremental_strategy", "append"),
    Change("fct_orders", "config.unique_key", None),
)
def an_incremental_model_says_what_a_night_replaces(project: Project) -> Findings:
    for name, model in project.models.items():
        config = model["config"]
        if config["materialized"] == "incremental" and (
            config["incremental_strategy"] in {None, "append"} or not config["unique_key"]
        ):
            yield name, "has no strategy that replaces rows, or no unique_key"


# ---------- who reads the tables


@rule(
    Change("analysts", "depends_on.nodes", ["model.dangol.int_customer_days"]),
    Change("analysts", "depends_on.nodes", ["source.dangol.ops.loads"]),
    exceptions={
        "machine_learning": "it is a part of the night, and reads the build before it is published"
    },
)
def a_reader_gets_what_is_published(project: Project) -> Findings:
    for name in project.exposures:
        for parent in project.parents(name):
            if parent not in project.models or not project.is_published(parent):
                yield name, f"reads {parent}, which is not published"


@rule(
    Change("analysts", "depends_on.nodes", [], "dim_stores"),
    Change("machine_learning", "depends_on.nodes", []),
    Change("nightly_report", "depends_on.nodes", []),
    Change("analysts", "description", ""),
)
def each_reader_is_an_exposure(project: Project) -> Findings:
    """Analysts may read everything that is published; our own code names its tables."""
    for name in project.models:
        if project.is_published(name) and name not in project.parents("analysts"):
            yield name, "is published and not in the exposure analysts"
    for reader, files in READERS.items():
        code = "\n".join(file.read_text(encoding="utf-8") for file in files)
        named = [name for name in project.models if re.search(rf"\b{project.table(name)}\b", code)]
        parents = project.parents(reader)
        if missing := sorted(set(named) - set(parents)):
            yield reader, f"names {missing} in its code and not in its exposure"
    for name, exposure in project.exposures.items():
        if not exposure["description"].strip() or not exposure["owner"]["email"]:
            yield name, "has no description or no owner"
