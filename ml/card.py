"""Writes a model's card: what it is, what it was trained on, how good it is, and its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dangol.files import write_whole
from ml.model import Model

_LIMITS = (
    "Trained on what customers did, not on why. It knows nothing about future prices, store "
    "openings or planned campaigns, and it must not be used to refuse anyone a service. Scores of"
    " customers "
    "with a single purchase are based on very little."
)


def write_card(
    folder: Path,
    model: Model,
    training: dict[str, Any],
    evaluation: dict[str, Any],
    decision: str,
    reason: str,
) -> None:
    """Write ``card.md`` into a registry entry.

    The card has counts and averages, nothing about a person.
    """
    lines = [
        f"# {model.name}-{training['business_date']}",
        "",
        model.purpose.format(**training),
        "",
        f"- Decision: **{decision}**: {reason}",
        f"- Trained on: {training['rows']} rows at the cut-offs {', '.join(training['cutoffs'])}; "
        f"no day after {training['trained_to']}",
        f"- Evaluated on: {evaluation['evaluated_from']} to {evaluation['evaluated_to']}, "
        f"{evaluation['customers']} customers",
        f"- Limits: {_LIMITS}",
        "",
    ]
    if "estimator" in training:
        lines += ["```", training["estimator"], "```", ""]
    names = sorted({name for values in evaluation["metrics"].values() for name in values})
    if names:
        lines += [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for who, values in evaluation["metrics"].items():
        cells = (f"{values[name]:.4f}" if name in values else "" for name in names)
        lines.append(f"| {who} | {' | '.join(cells)} |")
    write_whole(folder / "card.md", ("\n".join(lines) + "\n").encode())
