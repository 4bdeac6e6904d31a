"""All are measured on one window, and what came out is kept whole."""

import sys
from datetime import date, timedelta

import numpy as np
import pytest

import ml
from ml import registry
from ml.evaluate import evaluate
from ml.failures import failure_of
from ml.model import deciles
from ml.plan import plan_cutoffs
from ml.promote import promote
from ml.train import train

NIGHT = date(2017, 12, 31)
FIRST_DAY = date(2017, 1, 1)


@pytest.fixture
def visits(monkeypatch, with_visits):
    """The only model of the night: it predicts a median less the days without an order."""
    monkeypatch.setattr(ml, "MODEL_NAMES", ("visits",))


@pytest.fixture
def trained(settings, night_of, lay_out):
    """A function that trains a night's challenger on customers who spent so much."""

    def run(day, spent, first_day=FIRST_DAY):
        lay_out(plan_cutoffs(day, first_day), spent)
        train(settings, night_of(day), "visits")
        return registry.entry(settings, "visits", day)

    return run


def test_champion_challenger_and_baseline_are_measured_on_one_window(
    settings, night_of, visits, trained
):
    before = NIGHT - timedelta(days=1)
    trained(before, spent=11.0)
    assert evaluate(settings, night_of(before), "visits") == {
        "model": "visits",
        "challenger": 1.0,
        "champion": None,
        "baseline": 7.5,
    }
    promote(settings, night_of(before))
    folder = trained(NIGHT, spent=10.25)
    assert evaluate(settings, night_of(NIGHT), "visits") == {
        "model": "visits",
        "challenger": 0.25,
        "champion": 1.0,
        "baseline": 7.5,
    }
    assert registry.read_json(folder / "evaluation.json") == {
        "metric": "error",
        "evaluated_from": "2017-10-03",
        "evaluated_to": "2017-12-31",
        "customers": 4,
        "metrics": {
            "baseline": {"error": 7.5, "bias": -7.5},
            "challenger": {"error": 0.25, "bias": 0.25},
            "champion": {"error": 1.0, "bias": 1.0},
        },
        "deciles": {
            "challenger": [
                {"decile": 1, "customers": 1, "predicted": 9.25, "actual": 9.0},
                {"decile": 2, "customers": 1, "predicted": 8.25, "actual": 8.0},
                {"decile": 3, "customers": 1, "predicted": 7.25, "actual": 7.0},
                {"decile": 4, "customers": 1, "predicted": 6.25, "actual": 6.0},
            ],
            "champion": [
                {"decile": 1, "customers": 1, "predicted": 10.0, "actual": 9.0},
                {"decile": 2, "customers": 1, "predicted": 9.0, "actual": 8.0},
                {"decile": 3, "customers": 1, "predicted": 8.0, "actual": 7.0},
                {"decile": 4, "customers": 1, "predicted": 7.0, "actual": 6.0},
            ],
        },
        "agreement": 0.25,
    }


def test_model_of_which_nothing_comes_true_has_no_deciles_and_may_agree_on_nothing(
    settings, night_of, visits, trained, monkeypatch
):
    before = NIGHT - timedelta(days=1)
    trained(before, spent=11.0)
    evaluate(settings, night_of(before), "visits")
    promote(settings, night_of(before))
    folder = trained(NIGHT, spent=10.25)
    model = sys.modules["ml.visits"].Visits
    monkeypatch.delattr(model, "actual")
    monkeypatch.delattr(model, "agreement")
    evaluate(settings, night_of(NIGHT), "visits")
    found = registry.read_json(folder / "evaluation.json")
    assert (found["deciles"], found["agreement"]) == ({}, None)
    assert list(found["metrics"]) == ["baseline", "challenger", "champion"]


def test_without_a_challenger_nothing_is_measured(settings, night_of, visits, trained):
    folder = trained(NIGHT, spent=10.25, first_day=NIGHT)
    assert evaluate(settings, night_of(NIGHT), "visits") == {
        "model": "visits",
        "challenger": None,
        "champion": None,
        "baseline": None,
    }
    assert registry.read_json(folder / "evaluation.json") == {
        "metric": "error",
        "evaluated_from": "2017-10-03",
        "evaluated_to": "2017-12-31",
        "customers": 4,
        "metrics": {},
        "deciles": {},
        "agreement": None,
    }


@pytest.mark.parametrize("trained_to", ["2017-10-03", "2017-10-04"])
def test_model_that_knew_the_window_is_not_judged_on_it(
    settings, night_of, visits, trained, trained_to
):
    folder = trained(NIGHT, spent=10.25)
    facts = registry.training_of(folder) | {"trained_to": trained_to}
    registry.save(folder, facts, None)
    assert evaluate(settings, night_of(NIGHT), "visits")["challenger"] is None
    failure = failure_of(settings, "visits", NIGHT)
    assert failure.step == "evaluate"
    assert f"was trained to {trained_to} and can't be judged" in failure.reason


def test_deciles_are_equal_groups_by_falling_prediction():
    predicted = np.array([1.0, 3.0, 2.0, 3.0, *np.zeros(16)])
    actual = np.arange(20.0)
    bands = deciles(predicted, actual)
    assert [band["customers"] for band in bands] == [2] * 10
    assert bands[:3] == [
        {"decile": 1, "customers": 2, "predicted": 3.0, "actual": 2.0},
        {"decile": 2, "customers": 2, "predicted": 1.5, "actual": 1.0},
        {"decile": 3, "customers": 2, "predicted": 0.0, "actual": 11.5},
    ]
    shuffled = np.random.default_rng(0).permutation(20)
    assert deciles(predicted[shuffled], actual[shuffled]) == bands
