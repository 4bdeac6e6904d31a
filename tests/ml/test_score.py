"""Every customer has a row; a number only where a champion and an order are."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

import ml
from ml import registry
from ml.evaluate import evaluate
from ml.plan import plan_cutoffs
from ml.promote import promote
from ml.score import score
from ml.train import train

NIGHT = date(2017, 12, 31)
BEFORE = NIGHT - timedelta(days=1)


@pytest.fixture
def night_until_score(settings, night_of, with_visits, lay_out, monkeypatch):
    """A function that takes a night of the models visits and churn to its decisions."""
    monkeypatch.setattr(ml, "MODEL_NAMES", ("visits", "churn"))

    def run(day, spent):
        lay_out(plan_cutoffs(day, date(2017, 1, 1)), spent)
        for step in (train, evaluate):
            for name in ml.MODEL_NAMES:
                step(settings, night_of(day), name)
        return promote(settings, night_of(day))

    return run


def row(customer, visits, day=NIGHT, status="scored", churn_status="not enough data"):
    return {
        "customer_id": customer,
        "as_of": day,
        "predicted_visits": visits and Decimal(visits),
        "churn_probability": None,
        "visits_status": status,
        "churn_status": churn_status,
    }


def test_scores_are_rounded_and_a_model_without_a_champion_gives_a_status(
    settings, night_of, night_until_score, ml_rows
):
    night_until_score(NIGHT, spent=10.25)
    assert score(settings, night_of(NIGHT)) == {"customers": 5, "visits": 4, "churn": 0}
    assert ml_rows(settings, "customer_scores") == [
        row("a", "9.2"),
        row("b", "8.2"),
        row("c", "7.2"),
        row("d", "6.2"),
        row("e", None, status="no orders", churn_status="no orders"),
    ]


def test_refused_challenger_leaves_the_scoring_to_the_champion(
    settings, night_of, night_until_score, ml_rows
):
    assert night_until_score(BEFORE, spent=10.25)["visits"] == "promoted"
    assert night_until_score(NIGHT, spent=13.0)["visits"] == "refused"
    assert score(settings, night_of(NIGHT)) == {"customers": 5, "visits": 4, "churn": 0}
    scores = ml_rows(settings, "customer_scores")
    assert [each["predicted_visits"] for each in scores[:4]] == [
        Decimal(text) for text in ("9.2", "8.2", "7.2", "6.2")
    ]
    runs = [each for each in ml_rows(settings, "model_runs") if each["model"] == "visits"]
    assert [
        (each["business_date"], each["challenger"], each["champion_after"]) for each in runs
    ] == [
        (BEFORE, "visits-2017-12-30", "visits-2017-12-30"),
        (NIGHT, "visits-2017-12-31", "visits-2017-12-30"),
    ]


def test_night_that_was_not_decided_is_not_scored(settings, night_of, night_until_score):
    night_until_score(NIGHT, spent=10.25)
    (registry.entry(settings, "visits", NIGHT) / "decision.json").unlink()
    found = score(settings, night_of(NIGHT))
    assert (found["visits"], found["warns"]) == (0, "critical: models failed: visits")
    assert "has no decision yet" in found["alerts"][0]
