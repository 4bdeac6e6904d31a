"""The models of a night, by name."""

from __future__ import annotations

from ml.churn import Churn
from ml.model import Model
from ml.segment import Segment
from ml.spend import Spend

MODELS: dict[str, Model] = {model.name: model for model in (Segment(), Spend(), Churn())}
