"""The bars on the real grocer's year, and two nights of it."""

import json
import logging
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import pytest

from dangol.files import write_whole
from demo.complete_journey import COMPANY
from ml import models
from ml.backtest import backtest, format_backtest
from ml.features import build_features
from ml.fitting import one_thread, samples_of
from ml.samples import read_plan

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.end_to_end

LAST_QUARTER_BARS = {"spend": 0.371, "churn": 0.856}
"""Measured before anything was built: wMAPE of 13 weeks repeated; AUC of recency alone."""


@pytest.fixture(scope="module")
def grocer(tmp_path_factory, settings_in, grocer_build):
    settings = settings_in(tmp_path_factory.mktemp("grocer"))
    grocer_build(settings, date(2017, 12, 31))
    return settings


@pytest.fixture(scope="module")
def last_quarter(grocer):
    return backtest(grocer, date(2017, 9, 30), 92)


def test_models_beat_the_bars_of_the_last_quarter(last_quarter):
    assert last_quarter["window"] == ["2017-10-01", "2017-12-31"]
    assert (last_quarter["customers"], last_quarter["newcomers"]) == (2446, 23)
    spend, churn = last_quarter["spend"]["metrics"], last_quarter["churn"]["metrics"]
    # the baselines are computed here as well, so a bar that is beaten was the same bar
    assert spend["baseline"]["wmape"] == pytest.approx(0.3703, abs=0.0001)
    assert spend["baseline"]["wmape_with_newcomers"] == pytest.approx(0.3715, abs=0.0001)
    assert churn["baseline"]["auc"] == pytest.approx(0.8593, abs=0.0001)
    assert spend["model"]["wmape_with_newcomers"] < LAST_QUARTER_BARS["spend"] - 0.01
    assert spend["model"]["nrmse"] < spend["baseline"]["nrmse"]
    assert abs(spend["model"]["bias"]) <= 0.05
    for band in last_quarter["spend"]["deciles"][:-1]:
        assert band["predicted"] == pytest.approx(band["actual"], rel=0.1)
    assert churn["model"]["auc"] > LAST_QUARTER_BARS["churn"] + 0.03
    assert churn["model"]["brier"] < 0.045


def test_win_is_not_due_to_chance(last_quarter):
    assert last_quarter["spend"]["gain"]["interval"][0] > 0.005
    assert last_quarter["churn"]["gain"]["interval"][0] > 0.005


@pytest.mark.parametrize(
    "trained_to", [date(2017, 5, 31) + timedelta(days=20 * n) for n in range(4)]
)
def test_totals_of_earlier_windows_come_true(grocer, night_of, trained_to):
    """The demo is too short for 90 days: 60 days, from 60 days on, and fewer training windows."""
    last = trained_to + timedelta(days=60)
    assert last < date(2017, 10, 1)
    build_features(grocer, night_of(last), horizon_days=60)
    model, plan = models.load("spend"), read_plan(grocer.models, last)
    training, sample = samples_of(grocer, grocer.models, plan, model)
    with one_thread():
        predicted = model.predict(model.fit(plan, training), sample)
    own = model.judge(plan, predicted, sample)
    logger.info("%s %d %s", trained_to, len(training), own)
    assert abs(own["bias"]) <= 0.1
    assert own["wmape"] <= model.judge(plan, model.baseline(plan, sample), sample)["wmape"]


def test_nothing_of_the_last_quarter_was_learnt_from(last_quarter):
    for name in ("spend", "churn"):
        latest = max(date.fromisoformat(cutoff) for cutoff in last_quarter[name]["cutoffs"])
        assert (date(2017, 10, 1) - latest).days >= 92


def test_deciles_fall_as_predicted(last_quarter):
    spend = [band["actual"] for band in last_quarter["spend"]["deciles"]]
    assert spend == sorted(spend, reverse=True)
    churn = [band["actual"] for band in last_quarter["churn"]["deciles"]]
    assert churn[0] > 5 * sum(churn) / 10
    assert sum(band["customers"] for band in last_quarter["churn"]["deciles"]) == 2446


def test_report_names_model_and_baseline(last_quarter):
    report = format_backtest(last_quarter)
    assert "Evaluated on 2017-10-01 to 2017-12-31: 2446 existing customers" in report
    assert "| baseline | 0.5692 | -0.0409 | 0.3703 |" in report
    assert report.count("| 10 | 244 |") == 2


def test_two_nights_of_the_demo(
    tmp_path, settings_in, night_of, grocer_build, run_models, ml_tables
):
    settings = settings_in(tmp_path)
    segments = []
    for day in (date(2017, 12, 30), date(2017, 12, 31)):
        grocer_build(settings, day)
        decisions = run_models(settings, night_of(day))
        if day.day == 30:
            assert set(decisions.values()) == {"promoted"}
        scores = ml_tables(settings)["customer_scores"]
        segments.append({row[0]: row[2] for row in scores})
        assert len(scores) == 2469
        assert min(Counter(segments[-1].values()).values()) > 0
    moved = sum(segments[1][customer] != name for customer, name in segments[0].items())
    assert moved / len(segments[0]) < 0.05
    runs = [row for row in ml_tables(settings)["model_runs"] if row[1] == "churn"]
    assert [row[-3] for row in runs] == [90, 90]


COMPUTE = """
import json, sys
from datetime import date, timedelta
from dataclasses import replace
from dangol.settings import get_settings
from ml.backtest import backtest
settings = replace(get_settings(), threads=int(sys.argv[1]))
json.dump(backtest(settings, date(2017, 9, 30), 92), sys.stdout)
"""


@pytest.mark.parametrize("threads", ["1", "3"])
def test_number_of_threads_changes_nothing(grocer, last_quarter, request, threads):
    write_whole(grocer.company_folder / "company.toml", COMPANY.encode())
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    done = subprocess.run(
        [sys.executable, "-c", COMPUTE, threads],
        check=True,
        capture_output=True,
        env=os.environ
        | {"DANGOL_HOME": str(grocer.home), "PYTHONPATH": str(request.config.rootpath)}
        | dict.fromkeys(variables, threads),
    )
    assert json.loads(done.stdout) == last_quarter
