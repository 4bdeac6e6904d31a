"""Predicts segment, spend and churn per customer, and measures how good the predictions are."""

MODEL_NAMES = ("segment", "spend", "churn")
"""The models of a night, in the order in which they are promoted or refused.

Each name is a module of this package with a `ml.model.Model` of that name (``churn``: ``Churn``).
"""


def each_model() -> list[tuple[str]]:
    """Return the arguments of the steps that run once per model."""
    return [(name,) for name in MODEL_NAMES]
