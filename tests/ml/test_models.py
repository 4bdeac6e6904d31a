"""What is special about a model is said by its class, and a new one needs no other change."""

import subprocess
import sys
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

import ml
from dangol.publication.dictionary import published_tables
from ml import models, registry
from ml.plan import plan_cutoffs
from ml.samples import Sample

NIGHT = date(2017, 12, 31)
PLAN = plan_cutoffs(NIGHT, date(2017, 1, 1))


def sample_of(spend, days_until_order, **features):
    columns = {name: np.array(values, dtype=float) for name, values in features.items()}
    size = len(next(iter(columns.values()))) if columns else len(spend)
    ids = np.array([f"c{i}" for i in range(size)])
    return Sample(PLAN.evaluation, ids, columns, np.array(spend), np.array(days_until_order))


def test_names_are_read_without_an_engine():
    heavy = "{'numpy', 'sklearn', 'duckdb', 'pandas', 'dbt'}"
    code = f"import ml, sys; print(ml.MODEL_NAMES, sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "('segment', 'spend', 'churn') []\n"


def test_each_name_is_of_a_model_of_that_name():
    assert [model.name for model in models.load_all()] == list(ml.MODEL_NAMES)


def test_readers_are_told_of_each_models_column_and_status():
    (table,) = (table for table in published_tables() if table.full_name == "ml.customer_scores")
    loaded = models.load_all()
    assert table.types == {
        "customer_id": "varchar",
        "as_of": "date",
        **{model.column: model.column_type for model in loaded},
        **{f"{model.name}_status": "varchar" for model in loaded},
    }


def test_what_models_record_has_columns():
    (table,) = (table for table in published_tables() if table.full_name == "ml.model_runs")
    for model in models.load_all():
        serving = {f"serving_{fact}" for fact in model.serving_facts}
        recorded = {*model.published_metrics, *model.published_facts, *serving}
        assert recorded <= set(table.columns), model.name


def test_special_things_about_each_model():
    told = {
        model.name: (
            model.metric,
            model.is_higher_better,
            model.column,
            model.digits,
            model.published_metrics,
            model.published_facts,
            model.serving_facts,
            model.is_backtested,
        )
        for model in models.load_all()
    }
    horizon = ("churn_horizon_days", "churn_horizon_reason")
    assert told == {
        "segment": ("silhouette", True, "segment", 6, (), (), (), False),
        "spend": ("nrmse", False, "predicted_spend_90d", 2, ("bias", "wmape"), (), (), True),
        "churn": (
            "auc", True, "churn_probability", 6, ("brier",), horizon, horizon[:1], True,
        ),
    }  # fmt: skip


def test_spend_is_judged_by_its_errors_and_newcomers_are_all_error():
    spend = models.load("spend")
    sample = sample_of([10.0, 0.0, 30.0], [1.0, np.nan, 2.0], spend_91d=[9.1, 0.0, 91.0])
    predicted = np.array([8.0, 4.0, 30.0])
    metrics = spend.judge(PLAN, predicted, sample)
    assert metrics == {
        "nrmse": pytest.approx((20 / 3) ** 0.5 / (40 / 3)),
        "wmape": 6 / 40,
        "bias": pytest.approx(2 / 40),
        "mean_absolute_error": 2.0,
    }
    assert spend.judge_with_newcomers(metrics, sample, 10.0) == {
        "wmape_with_newcomers": pytest.approx(16 / 50)
    }
    assert spend.actual(PLAN, sample).tolist() == [10.0, 0.0, 30.0]
    assert spend.baseline(PLAN, sample).tolist() == pytest.approx([9.0, 0.0, 90.0])
    assert spend.published(np.array([1.005, 2.675001]), sample).tolist() == [1.0, 2.68]
    assert spend.agreement(predicted, predicted) is None


def test_spend_may_not_be_far_off_in_total_nor_worse_than_the_baseline_by_wmape():
    spend = models.load("spend")
    baseline = {"bias": 0.02, "wmape": 0.4}
    assert spend.objection({"bias": 0.1, "wmape": 0.4}, baseline) is None
    assert spend.objection({"bias": -0.101, "wmape": 0.3}, baseline) == (
        "the predicted total is -10.1% off; 10% are allowed"
    )
    assert spend.objection({"bias": -0.2, "wmape": 0.3}, {"bias": 0.2, "wmape": 0.4}) is None
    assert spend.objection({"bias": 0.0, "wmape": 0.41}, baseline) == (
        "wmape 0.4100 is above the baseline's 0.4000"
    )


def test_mean_of_spend_wins_by_the_metric_and_the_median_does_not():
    spend = models.load("spend")
    actual = np.random.default_rng(0).lognormal(3, 1, 2000)
    mean = spend.measure(np.full(2000, actual.mean()), actual)
    assert mean < spend.measure(np.full(2000, np.median(actual)), actual)


def test_churn_is_judged_by_ranking_and_a_probability_by_calibration_too():
    churn = models.load("churn")
    sample = sample_of(
        [0.0, 5.0, 5.0, 0.0], [np.nan, 3.0, 90.0, np.nan], recency_days=[80, 1, 90, 70]
    )
    probabilities = np.array([0.9, 0.1, 0.6, 0.4])
    assert churn.actual(PLAN, sample).tolist() == [1.0, 0.0, 1.0, 1.0]
    assert churn.judge(PLAN, probabilities, sample) == {
        "auc": 1.0,
        "brier": pytest.approx((0.01 + 0.01 + 0.16 + 0.36) / 4),
        "mean_probability": 0.5,
        "share_churned": 0.75,
    }
    days = churn.baseline(PLAN, sample)
    assert days.tolist() == [80.0, 1.0, 90.0, 70.0]
    assert churn.judge(PLAN, days, sample) == {"auc": 1.0}
    assert churn.published(np.array([0.12345678]), sample).tolist() == [0.123457]
    assert churn.judge_with_newcomers({}, sample, 1.0) == {}


def test_segments_are_published_by_name_and_agree_whatever_their_numbers():
    segment = models.load("segment")
    sample = sample_of([], [], tenure_days=[31, 30, 400])
    assert segment.published(np.array([0.0, 0.0, 5.0]), sample).tolist() == [
        "champions",
        "new",
        "lost",
    ]
    assert segment.agreement(np.array([0.0, 0.0, 1.0]), np.array([2.0, 2.0, 0.0])) == 1.0
    assert segment.actual(PLAN, sample) is None
    with pytest.raises(NotImplementedError, match="segment is not backtested"):
        segment.measure(np.zeros(1), np.zeros(1))


def test_fourth_model_needs_a_module_and_a_name(
    settings, night_of, with_visits, lay_out, learn, ml_rows
):
    lay_out(PLAN, spent=10.25)
    lacking = "not enough data"
    assert learn(settings, night_of(NIGHT)) == {
        "segment": lacking,
        "spend": lacking,
        "churn": lacking,
        "visits": "promoted",
    }
    *_, run = ml_rows(settings, "model_runs")
    assert run == {
        "business_date": NIGHT,
        "model": "visits",
        "challenger": "visits-2017-12-31",
        "champion_before": None,
        "champion_after": "visits-2017-12-31",
        "decision": "promoted",
        "reason": "error 0.2500 beats the baseline's 7.5000; there was no champion",
        "failed_step": None,
        "trained_to": date(2017, 10, 2),
        "training_rows": 16,
        "evaluated_from": date(2017, 10, 3),
        "evaluated_to": NIGHT,
        "evaluated_customers": 4,
        "metric": "error",
        "challenger_value": 0.25,
        "champion_value": None,
        "baseline_value": 7.5,
        "brier": None,
        "bias": 0.25,
        "wmape": None,
        "agreement": None,
        "churn_horizon_days": None,
        "churn_horizon_reason": None,
        "serving_churn_horizon_days": None,
    }
    bands = [(band["decile"], band["predicted"]) for band in ml_rows(settings, "deciles")]
    assert bands == [(1, 9.25), (2, 8.25), (3, 7.25), (4, 6.25)]
    scores = {row["customer_id"]: row for row in ml_rows(settings, "customer_scores")}
    assert scores["d"] == {
        "customer_id": "d",
        "as_of": NIGHT,
        "segment": None,
        "predicted_spend_90d": None,
        "churn_probability": None,
        "predicted_visits": Decimal("6.2"),
        "segment_status": lacking,
        "spend_status": lacking,
        "churn_status": lacking,
        "visits_status": "scored",
    }
    card = (registry.entry(settings, "visits", NIGHT) / "card.md").read_text()
    assert card.startswith(
        "# visits-2017-12-31\n\nPredicts what the visits of the next 90 days bring.\n\n"
        "- Decision: **promoted**: error 0.2500 beats the baseline's 7.5000; there was no champion"
    )
