"""What is predicted about each customer, and how it is known to be any good."""

MODEL_NAMES = ("segment", "spend", "churn")
"""The models that a night trains, evaluates, promotes and scores with."""


def each_model() -> list[tuple[str]]:
    """Return the arguments of the steps that run once per model."""
    return [(name,) for name in MODEL_NAMES]
