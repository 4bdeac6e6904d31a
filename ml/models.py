"""The models of a night, by name. Each is imported on demand."""

from __future__ import annotations

from importlib import import_module

import ml
from ml.model import Model


def load(name: str) -> Model:
    """Return a model by its name in `ml.MODEL_NAMES`: for ``churn``, an `ml.churn.Churn`."""
    model: Model = getattr(import_module(f"ml.{name}"), name.title().replace("_", ""))()
    return model


def load_all() -> tuple[Model, ...]:
    """Return the models of a night, in the order of `ml.MODEL_NAMES`."""
    return tuple(load(name) for name in ml.MODEL_NAMES)
