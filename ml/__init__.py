"""Predicts segment, spend and churn per customer, and measures how good the predictions are."""

from dangol.settings import Settings

MODEL_NAMES = ("segment", "spend", "churn")
"""The models of a night, in the order in which they are promoted or refused.

Each name is a module of this package with a `ml.model.Model` of that name (``churn``: ``Churn``).
"""


def each_model(settings: Settings) -> list[tuple[str]]:
    """Return the arguments of the steps that run once per model, the same in every home."""
    return [(name,) for name in MODEL_NAMES]
