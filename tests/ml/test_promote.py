"""A challenger is promoted on a win over champion and baseline, and all of it is recorded."""

from datetime import date

import pytest

import ml
from ml import models, registry
from ml.promote import decide, promote

BEFORE, NIGHT = date(2017, 12, 30), date(2017, 12, 31)


def decision(name, challenger, champion, baseline, instead=None):
    model = models.load(name)
    values = {"challenger": challenger, "champion": champion, "baseline": baseline}
    metrics = {
        who: {model.metric: value, "bias": 0.0, "wmape": 0.4}
        for who, value in values.items()
        if value is not None
    }
    return decide(model, {"status": "trained"}, {"metrics": metrics | (instead or {})})


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
        "nrmse 0.3490 against the champion's 0.3500: the gain must exceed 0.0035"
    )
    assert decision("churn", 0.85, 0.80, 0.86)[1] == (
        "auc 0.8500 does not beat the baseline's 0.8600"
    )


def test_good_metric_does_not_outweigh_an_objection():
    off = {"nrmse": 0.30, "bias": -0.2, "wmape": 0.3}
    assert decision("spend", 0.30, 0.35, 0.37, {"challenger": off}) == (
        "refused",
        "the predicted total is -20.0% off; 10% are allowed",
    )


def test_champion_that_there_is_an_objection_to_gives_way_without_a_gain():
    off = {"nrmse": 0.35, "bias": -0.2, "wmape": 0.3}
    assert decision("spend", 0.351, 0.35, 0.37, {"champion": off}) == (
        "promoted",
        "nrmse 0.3510 beats the baseline's 0.3700; of the champion: the predicted total is "
        "-20.0% off; 10% are allowed",
    )


def test_without_a_challenger_the_reason_is_what_was_missing():
    training = {"status": "not enough data", "reason": "30 days of history, 270 needed"}
    assert decide(models.load("churn"), training, {"metrics": {}}) == (
        "not enough data",
        "30 days of history, 270 needed",
    )


KINDS = {
    # metric: challenger's, champion's and baseline's value; more of judge; agreement
    "segment": ("silhouette", (0.5, 0.25, 0.125), {}, 0.875),
    "spend": ("nrmse", (0.25, 0.5, 0.75), {"bias": -0.0625, "wmape": 0.3125}, None),
    "churn": ("auc", (0.875, 0.75, 0.5), {"brier": 0.0625, "mean_probability": 0.1}, None),
}
BANDS = {
    "challenger": [
        {"decile": 1, "customers": 60, "predicted": 0.75, "actual": 0.5},
        {"decile": 2, "customers": 59, "predicted": 0.25, "actual": 0.125},
    ],
    "champion": [{"decile": 1, "customers": 119, "predicted": 0.625, "actual": 0.375}],
}
NOTHING = dict.fromkeys(
    [
        "brier",
        "bias",
        "wmape",
        "failed_step",
        "agreement",
        "churn_horizon_days",
        "churn_horizon_reason",
        "serving_churn_horizon_days",
    ]
)
SPECIAL = {
    # what only this model records: of tonight's challenger, and of the model that serves
    "segment": ({"agreement": 0.875}, {}),
    "spend": ({"bias": -0.0625, "wmape": 0.3125}, {}),
    "churn": ({"brier": 0.0625}, {"serving_churn_horizon_days": 60}),
}
HORIZON = {"churn_horizon_days": 90, "churn_horizon_reason": "90 days exceed most pauses"}


def enter(settings, name, night, churn_horizon_days, **more):
    """Write what `train` leaves of a model."""
    training = {
        "business_date": night.isoformat(),
        "trained_to": "2017-10-02",
        "cutoffs": ["2017-07-05"],
        "rows": 480,
        "horizon_days": 90,
        "churn_horizon_days": churn_horizon_days,
        "churn_horizon_reason": f"{churn_horizon_days} days exceed most pauses",
        "meaning": models.load(name).meaning,
        **({"status": "trained", "estimator": "Estimator()"} | more),
    }
    folder = registry.entry(settings, name, night)
    registry.save(folder, {key: value for key, value in training.items() if value}, None)
    return folder


def judged(settings, name, contestants, has_lost=False):
    """Write what `evaluate` leaves of tonight's models."""
    metric, values, more, agreement = KINDS[name]
    if has_lost:
        values = (values[1], values[0], values[2])
    by_name = dict(zip(("challenger", "champion", "baseline"), values, strict=True))
    is_scored = name != "segment" and "challenger" in contestants
    found = {
        "metric": metric,
        "evaluated_from": "2017-10-03",
        "evaluated_to": "2017-12-31",
        "customers": 119,
        "metrics": {who: {metric: by_name[who], "bias": 0.0, "wmape": 0.4} for who in contestants},
        "deciles": {who: BANDS[who] for who in contestants if who in BANDS and is_scored},
        "agreement": agreement if "champion" in contestants else None,
    }
    if "challenger" in contestants:
        found["metrics"]["challenger"] |= more
    registry.write_json(registry.entry(settings, name, NIGHT) / "evaluation.json", found)


def champion_of_the_night_before(settings, name):
    folder = enter(settings, name, BEFORE, churn_horizon_days=60)
    registry.write_json(folder / "decision.json", {"decision": "promoted", "reason": "it won"})


@pytest.fixture
def decided(settings, night_of, ml_rows, monkeypatch):
    """A function that decides on one model, and returns its row and its deciles."""

    def run(name):
        monkeypatch.setattr(ml, "MODEL_NAMES", (name,))
        decisions = promote(settings, night_of(NIGHT))
        (row,) = ml_rows(settings, "model_runs")
        entry = registry.entry(settings, name, NIGHT)
        kept = registry.read_json(entry / "decision.json")
        assert decisions == {name: row["decision"]}
        assert kept == {"decision": row["decision"], "reason": row["reason"]}
        assert f"- Decision: **{row['decision']}**: {row['reason']}\n" in (
            (entry / "card.md").read_text()
        )
        return row, ml_rows(settings, "deciles")

    return run


def bands(name, night, who):
    if name == "segment":
        return []
    of_whom = {"business_date": NIGHT, "model": name, "model_id": f"{name}-{night}"}
    return [of_whom | band for band in BANDS[who]]


def row_of(name, **facts):
    return {
        "business_date": NIGHT,
        "model": name,
        "challenger": f"{name}-2017-12-31",
        "champion_before": f"{name}-2017-12-30",
        "champion_after": f"{name}-2017-12-31",
        "trained_to": date(2017, 10, 2),
        "training_rows": 480,
        "evaluated_from": date(2017, 10, 3),
        "evaluated_to": NIGHT,
        "evaluated_customers": 119,
        "metric": KINDS[name][0],
        **NOTHING,
        **(HORIZON if name == "churn" else {}),
        **facts,
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("segment", "silhouette 0.5000 beats the champion's 0.2500 and the baseline's 0.1250"),
        ("spend", "nrmse 0.2500 beats the champion's 0.5000 and the baseline's 0.7500"),
        ("churn", "auc 0.8750 beats the champion's 0.7500 and the baseline's 0.5000"),
    ],
)
def test_row_and_deciles_of_a_promoted_challenger(settings, decided, name, reason):
    champion_of_the_night_before(settings, name)
    enter(settings, name, NIGHT, churn_horizon_days=90)
    judged(settings, name, ["baseline", "challenger", "champion"])
    challenger, champion, baseline = KINDS[name][1]
    row, deciles = decided(name)
    assert row == row_of(
        name,
        decision="promoted",
        reason=reason,
        challenger_value=challenger,
        champion_value=champion,
        baseline_value=baseline,
        **SPECIAL[name][0],
        **({"serving_churn_horizon_days": 90} if name == "churn" else {}),
    )
    assert deciles == bands(name, NIGHT, "challenger")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("segment", "silhouette 0.2500 against the champion's 0.5000: the gain must exceed 0.0050"),
        ("spend", "nrmse 0.5000 against the champion's 0.2500: the gain must exceed 0.0025"),
        ("churn", "auc 0.7500 against the champion's 0.8750: the gain must exceed 0.0013"),
    ],
)
def test_row_and_deciles_of_a_refused_challenger(settings, decided, name, reason):
    champion_of_the_night_before(settings, name)
    enter(settings, name, NIGHT, churn_horizon_days=90)
    judged(settings, name, ["baseline", "challenger", "champion"], has_lost=True)
    champion, challenger, baseline = KINDS[name][1]
    row, deciles = decided(name)
    assert row == row_of(
        name,
        champion_after=f"{name}-2017-12-30",
        decision="refused",
        reason=reason,
        challenger_value=challenger,
        champion_value=champion,
        baseline_value=baseline,
        **SPECIAL[name][0],
        **SPECIAL[name][1],
    )
    assert deciles == bands(name, BEFORE, "champion")


@pytest.mark.parametrize("name", list(KINDS))
def test_row_without_enough_data_keeps_the_champion(settings, decided, name):
    champion_of_the_night_before(settings, name)
    lacking = {"status": "not enough data", "reason": "30 days, 270 needed", "estimator": None}
    enter(settings, name, NIGHT, churn_horizon_days=90, **lacking)
    judged(settings, name, [])
    row, deciles = decided(name)
    assert row == row_of(
        name,
        challenger=None,
        champion_after=f"{name}-2017-12-30",
        decision="not enough data",
        reason="30 days, 270 needed",
        trained_to=None,
        training_rows=None,
        challenger_value=None,
        champion_value=None,
        baseline_value=None,
        **SPECIAL[name][1],
    )
    assert deciles == []


@pytest.mark.parametrize("name", list(KINDS))
def test_row_of_a_first_challenger_that_does_not_beat_the_baseline(settings, decided, name):
    enter(settings, name, NIGHT, churn_horizon_days=90)
    metric, (_, _, baseline), *_ = KINDS[name]
    judged(settings, name, ["baseline", "challenger"])
    file = registry.entry(settings, name, NIGHT) / "evaluation.json"
    evaluation = registry.read_json(file)
    evaluation["metrics"]["challenger"][metric] = baseline
    registry.write_json(file, evaluation)
    row, deciles = decided(name)
    special = {key: value for key, value in SPECIAL[name][0].items() if key != "agreement"}
    assert row == row_of(
        name,
        champion_before=None,
        champion_after=None,
        decision="refused",
        reason=f"{metric} {baseline:.4f} does not beat the baseline's {baseline:.4f}",
        challenger_value=baseline,
        champion_value=None,
        baseline_value=baseline,
        **special,
    )
    assert deciles == []


def test_each_model_has_a_row_and_a_night_that_is_run_again_replaces_its_own(
    settings, night_of, ml_rows
):
    for name in KINDS:
        champion_of_the_night_before(settings, name)
        enter(settings, name, NIGHT, churn_horizon_days=90)
        judged(settings, name, ["baseline", "challenger", "champion"])
    for _ in range(2):
        assert promote(settings, night_of(NIGHT)) == dict.fromkeys(KINDS, "promoted")
    rows = ml_rows(settings, "model_runs")
    assert [(row["model"], row["champion_before"]) for row in rows] == [
        ("churn", "churn-2017-12-30"),
        ("segment", "segment-2017-12-30"),
        ("spend", "spend-2017-12-30"),
    ]
    found = [(band["model"], band["decile"]) for band in ml_rows(settings, "deciles")]
    assert found == [("churn", 1), ("churn", 2), ("spend", 1), ("spend", 2)]


def test_champion_that_predicted_a_median_is_retired(settings, decided):
    enter(settings, "spend", BEFORE, churn_horizon_days=60, meaning=None)
    folder = registry.entry(settings, "spend", BEFORE)
    registry.write_json(folder / "decision.json", {"decision": "promoted", "reason": "it won"})
    assert registry.champion(settings, "spend", NIGHT, "mean") is None
    assert registry.champion(settings, "spend", NIGHT) == folder
    enter(settings, "spend", NIGHT, churn_horizon_days=90)
    judged(settings, "spend", ["baseline", "challenger"])
    row, _ = decided("spend")
    assert (row["champion_before"], row["champion_after"]) == (None, "spend-2017-12-31")
    assert row["reason"] == (
        "nrmse 0.2500 beats the baseline's 0.7500; there was no champion (spend-2017-12-30 is"
        " retired: its number was no mean)"
    )


def test_retired_champion_scores_nobody_even_if_nothing_has_won_yet(settings, decided):
    enter(settings, "spend", BEFORE, churn_horizon_days=60, meaning=None)
    folder = registry.entry(settings, "spend", BEFORE)
    registry.write_json(folder / "decision.json", {"decision": "promoted", "reason": "it won"})
    lacking = {"status": "not enough data", "reason": "30 days, 270 needed", "estimator": None}
    enter(settings, "spend", NIGHT, churn_horizon_days=90, **lacking)
    judged(settings, "spend", [])
    row, _ = decided("spend")
    assert (row["champion_after"], row["decision"]) == (None, "not enough data")
    assert registry.serving(settings, "spend", NIGHT, "mean") is None
