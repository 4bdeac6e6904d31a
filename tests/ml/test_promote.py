"""A challenger is promoted on a win over champion and baseline, and on nothing less."""

import pytest

from ml import models
from ml.promote import decide


def decision(name, challenger, champion, baseline):
    model = models.load(name)
    values = {"challenger": challenger, "champion": champion, "baseline": baseline}
    metrics = {who: {model.metric: value} for who, value in values.items() if value is not None}
    return decide(model, {"status": "trained"}, {"metrics": metrics})


@pytest.mark.parametrize(
    ("name", "challenger", "champion", "baseline", "expected"),
    [
        ("spend", 0.35, None, 0.37, "promoted"),
        ("spend", 0.37, None, 0.37, "refused"),
        ("spend", 0.38, None, 0.37, "refused"),
        ("spend", 0.340, 0.350, 0.37, "promoted"),
        ("spend", 0.349, 0.350, 0.37, "refused"),
        ("spend", 0.360, 0.350, 0.37, "refused"),
        ("spend", 0.38, 0.40, 0.37, "refused"),
        ("churn", 0.90, None, 0.86, "promoted"),
        ("churn", 0.86, None, 0.86, "refused"),
        ("churn", 0.902, 0.90, 0.86, "promoted"),
        ("churn", 0.9009, 0.90, 0.86, "refused"),
        ("churn", 0.85, 0.80, 0.86, "refused"),
        ("segment", 0.32, 0.30, 0.18, "promoted"),
        ("segment", 0.303, 0.30, 0.18, "refused"),
    ],
)
def test_decision(name, challenger, champion, baseline, expected):
    assert decision(name, challenger, champion, baseline)[0] == expected


def test_reason_names_both_numbers():
    assert decision("spend", 0.349, 0.35, 0.37)[1] == (
        "wmape 0.3490 against the champion's 0.3500: a win takes 0.0035"
    )
    assert decision("churn", 0.85, 0.80, 0.86)[1] == (
        "auc 0.8500 does not beat the baseline's 0.8600"
    )


def test_without_a_challenger_the_reason_is_what_was_missing():
    training = {"status": "not enough data", "reason": "30 days of history, 270 needed"}
    assert decide(models.load("churn"), training, {"metrics": {}}) == (
        "not enough data",
        "30 days of history, 270 needed",
    )
