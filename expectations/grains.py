"""What one row of each model is: the YAML beside the model says so, and the gates derive this."""

from __future__ import annotations

from dangol import layers
from dangol.build.model_facts import ModelFacts, read_models
from expectations.vocabulary import Expectation, unique

FIX_THE_MODEL = "this is a fault of the model: see its SQL in dbt_project/models/"


def of_grains(gate: str) -> list[Expectation]:
    """Return that each model of a gate's layers has one row per key, and no null in it.

    Staging is left out: its rows are counted and told apart where they are received.

    Returns
    -------
    list of Expectation
        One a model.
    """
    folders = set(layers.folders_of(gate)) - {"staging"}
    return [_grain(model) for model in read_models() if model.layer in folders]


def _grain(model: ModelFacts) -> Expectation:
    return unique(
        model.full_name,
        model.grain,
        because="this is the table's grain; joins and sums rely on it",
        advice=FIX_THE_MODEL,
        nullable=model.nullable,
        tonight=model.tonight,
    )
