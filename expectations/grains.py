"""Derives the uniqueness checks of the gates from the grains in the models' YAML."""

from __future__ import annotations

from dangol import layers
from dangol.model_facts import ModelFacts, read_models, strategies
from expectations.vocabulary import Expectation, unique

FIX_THE_MODEL = (
    "this is a bug in the model: fix its SQL in dbt_project/models/ and run the night again"
)


def of_grains(gate: str) -> list[Expectation]:
    """Return, for each model of a gate's layers, the check that its grain is unique and not null.

    Staging is left out: its rows are counted and deduplicated where they are received.

    Returns
    -------
    list of Expectation
        One per model.
    """
    folders = set(layers.folders_of(gate)) - {"staging"}
    return [_grain(model) for model in read_models() if model.layer in folders]


def _grain(model: ModelFacts) -> Expectation:
    is_entity = model.name in strategies()
    return unique(
        model.full_name,
        model.grain,
        because="this is the table's grain; joins and sums rely on it",
        advice=f"the check of whole keys names the file of a blank one; else {FIX_THE_MODEL}"
        if is_entity
        else FIX_THE_MODEL,
        nullable=model.nullable,
        tonight=model.tonight,
    )
