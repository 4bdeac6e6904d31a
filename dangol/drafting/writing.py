"""Renders the staging models of a stream and their YAML as text."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from dangol.drafting.lines import Model
from dangol.drafting.plan import Plan

_ABOUT = """\
-- Drafted from samples by `dangol source draft`: look at every line. What samples can't say is a
-- decision in {notes}.
"""


def render_model(plan: Plan, model: Model) -> str:
    """Return a staging model as SQL."""
    ctes = [_received(plan, model)]
    joins = ["    from received"]
    if model.needs_run:
        ctes.append(_cte("current_run", "ops", "current_run"))
        joins.append("    cross join current_run")
    if model.needs_loads:
        ctes.append(_cte("loads", "ops", "loads"))
        joins.append("    inner join loads on received._load_id = loads.load_id")
    where = [f"    where {model.where}"] if model.where else []
    ctes.append(
        "\n".join(
            ["final as (", "", "    select", *model.lines, *_unmapped(plan, model), "",
             "        ---------- where it came from", "        received._load_id,",
             "        received._row", *joins, *where, "", ")"]
        )
    )  # fmt: skip
    about = _ABOUT.format(notes=notes_name(plan.stream))
    body = ",\n\n".join(ctes)
    return f"{about}\nwith\n\n{body}\n\nselect * from final\n"


def _received(plan: Plan, model: Model) -> str:
    """Return the CTE of the stream's rows, with their amount if it is computed."""
    if not model.amount:
        return _cte("received", plan.system, plan.stream)
    return "\n".join(
        ["received as (", "", "    select", "        *,", f"        {model.amount} as row_amount",
         f"    from {{{{ source('{plan.system}', '{plan.stream}') }}}}", "", ")"]
    )  # fmt: skip


def _cte(name: str, source: str, table: str) -> str:
    return f"{name} as (\n\n    select * from {{{{ source('{source}', '{table}') }}}}\n\n)"


def _unmapped(plan: Plan, model: Model) -> list[str]:
    """List the columns that nothing reads, as comments."""
    if model.entity.name != plan.entity.name:
        return []
    used = set(model.used or ()) | {column.name for column in plan.key_columns}
    rest = [column for column in plan.columns.each if column.name not in used]
    if not rest:
        return []
    lines = ["", "        ---------- not used here: map them, or leave them in the lake"]
    for column in rest:
        said = f" ({column.classification})" if column.is_personal else ""
        lines.append(f"        -- received.{column.name}: {column.sql_type}{said}")
    return lines


def render_yaml(plan: Plan, models: Sequence[Model]) -> str:
    """Return the YAML beside the staging models: a description that opens with the grain."""
    listed = [
        {
            "name": f"stg_{plan.system}__{model.entity.name}",
            "config": {"meta": {"grain": ["_load_id", "_row"], "arrives_by": "load"}},
            "description": f"One row per {_rows_of(plan, model)} of the loads that are new "
            "tonight.",
        }
        for model in models
    ]
    return yaml.safe_dump(
        {"version": 2, "models": listed}, sort_keys=False, allow_unicode=True, width=98
    )


def _rows_of(plan: Plan, model: Model) -> str:
    said = f"row of {plan.stream}"
    if model.entity.name == "refunds" and model.where:
        return f"{said} with a negative amount"
    if model.where:
        return f"{said} without a negative amount"
    return said


def notes_name(stream: str) -> str:
    """Return the name of the file with what was seen of a stream."""
    return f"{stream}.notes.md"
