"""The cut-offs of a night: the days for which it trains, evaluates and scores.

A cut-off is a business day. Features are built from the days before it; outcomes cover the days
from it on, as many as the horizon. The cut-offs are placed so that no model is evaluated on a day
that it was trained on::

      train                              evaluate             score
    ──┼────────── horizon ──────────┬──┼─── horizon ───────┬──┼──
      training cut-offs             │  evaluation cut-off  │  the day after the business date
                     the last day trained on       the last known day
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

HORIZON_DAYS = 90
"""How far ahead spend is predicted, and the length of the evaluation window."""

HISTORY_DAYS = 90
"""How much history a training cut-off must have before it."""

TRAINING_CUTOFFS = 4
"""The maximum, so that a night's cost does not grow with the history."""

TRAINING_STEP_DAYS = 28
"""Days between training cut-offs: whole weeks, so that all fall on the same weekday."""

CHURN_LADDER = (14, 21, 30, 45, 60, 90)
"""The possible churn horizons in days; none exceeds the evaluation window."""

CHURN_SHARE = 0.90
"""The share of customers whose usual longest pause the churn horizon must exceed."""


@dataclass(frozen=True)
class Plan:
    """A night's cut-offs and what churn means in it.

    Parameters
    ----------
    business_date
        The last known day.
    horizon_days
        Number of days that an outcome covers.
    scoring
        The day after the business date.
    evaluation
        The evaluation cut-off, whose outcome ends with the business date.
    training
        The training cut-offs, latest first; their outcomes end before the evaluation cut-off. May
        be empty.
    first_day
        The first day with an order; None without orders.
    churn_horizon_days
        A customer with no order for this long counts as lost.
    churn_horizon_reason
        How it was chosen, in a sentence.
    """

    business_date: date
    horizon_days: int
    scoring: date
    evaluation: date
    training: tuple[date, ...]
    first_day: date | None
    churn_horizon_days: int = CHURN_LADDER[-1]
    churn_horizon_reason: str = "no customer has a rhythm yet"

    @property
    def cutoffs(self) -> tuple[date, ...]:
        """Every cut-off, latest first."""
        return (self.scoring, self.evaluation, *self.training)

    @property
    def history_days(self) -> int:
        """Days from the first order to the business date, both inclusive."""
        return 0 if self.first_day is None else (self.scoring - self.first_day).days

    def to_json(self) -> dict[str, object]:
        """Return the plan as plain JSON values."""
        plain = json.dumps(asdict(self), default=date.isoformat)
        values: dict[str, object] = json.loads(plain)
        return values

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Plan:
        """Return the plan that `to_json` wrote."""
        known = dict(values)
        for name in ("business_date", "scoring", "evaluation", "first_day"):
            known[name] = _day(known[name])
        training = known["training"]
        if not isinstance(training, list):
            raise ValueError(f"the plan's training cut-offs are {training!r}, not a list")
        known["training"] = tuple(_day(cutoff) for cutoff in training)
        return cls(**known)  # type: ignore[arg-type]  # JSON's values; the names are the fields'


def plan_cutoffs(
    business_date: date, first_day: date | None, horizon_days: int = HORIZON_DAYS
) -> Plan:
    """Return a night's cut-offs.

    Parameters
    ----------
    first_day
        The first day with an order; None without orders.
    horizon_days
        Number of days that an outcome covers.

    Returns
    -------
    Plan
        With as many training cut-offs as the history allows, at most `TRAINING_CUTOFFS`.
    """
    scoring = business_date + timedelta(days=1)
    evaluation = scoring - timedelta(days=horizon_days)
    latest = evaluation - timedelta(days=horizon_days)
    steps = (latest - timedelta(days=TRAINING_STEP_DAYS * i) for i in range(TRAINING_CUTOFFS))
    training = tuple(
        cutoff
        for cutoff in steps
        if first_day is not None and (cutoff - first_day).days >= HISTORY_DAYS
    )
    return Plan(business_date, horizon_days, scoring, evaluation, training, first_day)


def choose_churn_horizon(share_shorter: dict[int, float], customers: int) -> tuple[int, str]:
    """Return the days without an order after which a customer counts as lost.

    The rule: the shortest rung of the ladder that exceeds the usual longest pause of at least 90 %
    of the customers with a rhythm. The usual longest pause is the 90th percentile of the days
    between purchases; a rhythm is at least three purchase days in a year.

    Parameters
    ----------
    share_shorter
        For each rung, the share of those customers whose usual longest pause is shorter.
    customers
        How many customers have a rhythm.

    Returns
    -------
    tuple of int and str
        The rung, and the sentence that goes into ``ml.model_runs``.
    """
    if not customers:
        return CHURN_LADDER[-1], "no customer has a rhythm yet: the longest rung"
    for rung in CHURN_LADDER:
        if share_shorter[rung] >= CHURN_SHARE:
            return rung, (
                f"{rung} days exceed the usual longest pause of {share_shorter[rung]:.1%} of "
                f"{customers} customers with a rhythm; {CHURN_SHARE:.0%} are required"
            )
    longest = CHURN_LADDER[-1]
    return longest, (
        f"{longest} days, the longest rung, exceed the usual longest pause of only "
        f"{share_shorter[longest]:.1%} of {customers} customers with a rhythm"
    )


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(str(value))
