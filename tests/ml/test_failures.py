"""A model that fails costs its own scores, and nothing else of the night."""

import logging
import sys
from datetime import date, timedelta

import numpy as np
import pytest

import ml
from dangol import records
from dangol.errors import DangolError
from dangol.nightly.steps import STEPS
from ml import failures, models, promote, registry
from ml.features import features
from ml.plan import plan_cutoffs

NIGHT = date(2017, 12, 31)
BEFORE = NIGHT - timedelta(days=1)
MODEL_STEPS = ("features", "train", "evaluate", "promote", "score")


QUOTED = "4111 1111 1111 1111 of kim@example.com"
"""Not in the line that raises it, which a traceback shows."""


class OddError(Exception):
    pass


@pytest.fixture
def visits(monkeypatch, with_visits):
    """The models of the night: one that can be broken, and one that lacks data."""
    monkeypatch.setattr(ml, "MODEL_NAMES", ("visits", "churn"))
    monkeypatch.setattr("ml.features.MODEL_NAMES", ("visits", "churn"))
    models.load("visits")
    return sys.modules["ml.visits"].Visits


@pytest.fixture
def run(settings, night_of, lay_out, learn):
    """A function that takes a night from its features to scores, and returns its decisions."""

    def night(day, spent=10.25):
        lay_out(plan_cutoffs(day, date(2017, 1, 1)), spent)
        return learn(settings, night_of(day))

    return night


def broken(*_, **__):
    raise OddError(QUOTED)


class KilledError(BaseException):
    """What no step catches, as a killed process or Airflow's timeout."""


def killed(*_, **__):
    raise KilledError


def rows_of(ml_rows, settings, model="visits", night=NIGHT):
    (row,) = (
        row
        for row in ml_rows(settings, "model_runs")
        if row["model"] == model and row["business_date"] == night
    )
    return row


def statuses(ml_rows, settings, name="visits_status"):
    return [row[name] for row in ml_rows(settings, "customer_scores")]


# what of a model raises, and the step in which it does
BREAKS = {"fit": "train", "shortage": "train", "judge": "evaluate", "published": "score"}


@pytest.mark.parametrize("method", BREAKS)
def test_failing_model_has_a_status_and_a_reason_and_the_other_models_theirs(
    settings, visits, run, ml_rows, monkeypatch, caplog, method
):
    monkeypatch.setattr(visits, method, broken)
    with caplog.at_level(logging.CRITICAL):
        decisions = run(NIGHT)
    assert decisions["churn"] == "not enough data"
    assert statuses(ml_rows, settings) == ["failed"] * 4 + ["no orders"]
    assert {row["predicted_visits"] for row in ml_rows(settings, "customer_scores")} == {None}
    assert statuses(ml_rows, settings, "churn_status") == ["not enough data"] * 4 + ["no orders"]
    row = rows_of(ml_rows, settings)
    assert row["failed_step"] == BREAKS[method]
    assert f"the step {BREAKS[method]} failed: OddError" in row["reason"]
    assert f"step {BREAKS[method]} failed for visits: OddError" in caplog.text
    assert "Traceback (most recent call last):" in caplog.text
    told = (
        caplog.text
        + row["reason"]
        + (registry.entry(settings, "visits", NIGHT) / "failure.json").read_text(encoding="utf-8")
    )
    assert "4111" not in told
    assert "kim@" not in told


@pytest.mark.parametrize("method", ["fit", "judge"])
def test_earlier_champion_scores_if_tonights_challenger_fails(
    settings, visits, run, ml_rows, monkeypatch, method
):
    assert run(BEFORE)["visits"] == "promoted"
    monkeypatch.setattr(visits, method, broken)
    assert run(NIGHT)["visits"] == "failed"
    assert statuses(ml_rows, settings) == ["scored"] * 4 + ["no orders"]
    row = rows_of(ml_rows, settings)
    assert (row["champion_before"], row["champion_after"]) == ("visits-2017-12-30",) * 2
    assert registry.champion(settings, "visits", NIGHT + timedelta(days=1)).name == "2017-12-30"


@pytest.mark.parametrize("name", ["decision.json", "training.json"])
def test_damaged_champion_of_an_earlier_night_costs_that_model_alone(
    settings, visits, run, ml_rows, name
):
    assert run(BEFORE)["visits"] == "promoted"
    damaged = registry.entry(settings, "visits", BEFORE) / name
    damaged.write_bytes(b"\x00")
    assert run(NIGHT) == {"visits": "failed", "churn": "not enough data"}
    row = rows_of(ml_rows, settings)
    assert f"{damaged} is damaged: restore it, or train that night again" in row["reason"]
    assert (row["champion_before"], row["champion_after"]) == (None, None)
    assert statuses(ml_rows, settings) == ["failed"] * 4 + ["no orders"]


@pytest.mark.parametrize(
    ("scores", "why"),
    [
        ([1.0, np.nan, 2.0, 3.0], "1 of 4 scores of visits are no decimal(9, 1)"),
        ([1.0, np.inf, -np.inf, 3.0], "2 of 4 scores of visits are no decimal(9, 1)"),
        ([1.0, 2.0, 3.0, 1e12], "1 of 4 scores of visits are no decimal(9, 1)"),
        (["a", "1", "2", "3"], "1 of 4 scores of visits are no decimal(9, 1)"),
        ([1.0, 2.0], "visits scored 2 of 4 customers: see visits.py"),
        ([[1.0]] * 4, "visits scored 4 of 4 customers: see visits.py"),
    ],
)
def test_scores_that_do_not_fit_their_column_cost_that_model_alone(
    settings, visits, run, ml_rows, monkeypatch, scores, why
):
    monkeypatch.setattr(visits, "published", lambda *_: np.array(scores))
    run(NIGHT)
    assert rows_of(ml_rows, settings)["reason"].endswith(f"the step score failed: {why}")
    assert statuses(ml_rows, settings) == ["failed"] * 4 + ["no orders"]
    assert statuses(ml_rows, settings, "churn_status") == ["not enough data"] * 4 + ["no orders"]


@pytest.mark.parametrize("content", [b"\x00", b"[]", b"{}", b'{"tries": "many"}'])
def test_damaged_record_of_a_failure_or_a_try_is_forgotten_by_the_next_run(
    settings, visits, run, ml_rows, content
):
    run(NIGHT)
    for name in ("failure.json", "tries_train.json", "tries_promote.json"):
        (registry.entry(settings, "visits", NIGHT) / name).write_bytes(content)
    (failure,) = failures.failures_of(settings, NIGHT)
    assert failure.reason.endswith("failure.json is damaged")
    assert run(NIGHT)["visits"] == "promoted"
    assert failures.failures_of(settings, NIGHT) == []


def test_failure_in_deciding_is_contained_too(settings, visits, run, ml_rows, monkeypatch):
    real = promote.decide

    def decide(model, *given):
        return broken() if model.name == "visits" else real(model, *given)

    monkeypatch.setattr("ml.promote.decide", decide)
    assert run(NIGHT) == {"visits": "failed", "churn": "not enough data"}
    assert rows_of(ml_rows, settings)["failed_step"] == "promote"


def test_without_features_every_model_failed_and_every_customer_has_a_row(
    settings, night_of, visits, lay_out, learn, ml_rows, monkeypatch
):
    lay_out(plan_cutoffs(BEFORE, date(2017, 1, 1)), 10.25)
    monkeypatch.setattr("ml.features.build_features", broken)
    assert features(settings, night_of(NIGHT)) == {"status": "failed"}
    assert learn(settings, night_of(NIGHT)) == {"visits": "failed", "churn": "failed"}
    scores = ml_rows(settings, "customer_scores")
    assert [row["customer_id"] for row in scores] == ["a", "b", "c", "d", "e"]
    assert {(row["visits_status"], row["churn_status"]) for row in scores} == {("failed",) * 2}
    assert {row["failed_step"] for row in ml_rows(settings, "model_runs")} == {"features"}


def test_night_that_is_run_again_forgets_the_failure(settings, visits, run, ml_rows, monkeypatch):
    with monkeypatch.context() as while_broken:
        while_broken.setattr(visits, "published", broken)
        run(NIGHT)
    assert rows_of(ml_rows, settings)["failed_step"] == "score"
    assert run(NIGHT)["visits"] == "promoted"
    assert rows_of(ml_rows, settings)["failed_step"] is None
    assert statuses(ml_rows, settings) == ["scored"] * 4 + ["no orders"]
    assert failures.failures_of(settings, NIGHT) == []


def test_scoring_again_after_it_failed_takes_the_failure_back(
    settings, night_of, visits, run, ml_rows, monkeypatch
):
    from ml.score import score

    with monkeypatch.context() as while_broken:
        while_broken.setattr(visits, "published", broken)
        run(NIGHT)
    assert "alerts" not in score(settings, night_of(NIGHT))
    row = rows_of(ml_rows, settings)
    assert (row["failed_step"], row["decision"]) == (None, "promoted")
    assert "failed" not in row["reason"]


def test_scores_say_what_someone_must_hear_of(settings, night_of, visits, run, monkeypatch):
    from ml.score import score

    monkeypatch.setattr(visits, "fit", broken)
    run(NIGHT)
    found = score(settings, night_of(NIGHT))
    assert found["warns"] == "critical: models failed: visits"
    (line,) = found["alerts"]
    assert line.startswith("visits: the step train failed: OddError")


def test_message_of_an_error_of_ours_is_quoted_up_to_its_first_line(settings, night_of, visits):
    with failures.contained(settings, night_of(NIGHT), "train", ["visits"]):
        raise DangolError("the file is damaged\nand more")
    assert failures.failure_of(settings, "visits", NIGHT) == failures.Failure(
        "visits", "train", "the file is damaged"
    )


@pytest.mark.parametrize(("method", "step"), [("fit", "train"), ("judge", "evaluate")])
def test_model_that_is_killed_twice_has_failed_and_the_night_goes_on(
    settings, visits, run, ml_rows, monkeypatch, method, step
):
    with monkeypatch.context() as while_hungry:
        while_hungry.setattr(visits, method, killed)
        for _ in range(failures.KILLED):
            with pytest.raises(KilledError):
                run(NIGHT)
            assert failures.failures_of(settings, NIGHT) == []
        assert run(NIGHT) == {"visits": "failed", "churn": "not enough data"}
    assert rows_of(ml_rows, settings)["reason"] == (
        f"the step {step} failed: its process was stopped 2 times: out of memory, or out of time"
    )
    assert statuses(ml_rows, settings) == ["failed"] * 4 + ["no orders"]
    assert run(NIGHT)["visits"] == "promoted"


def test_kill_before_a_success_is_forgotten(settings, visits, run, monkeypatch):
    for _ in range(failures.KILLED + 1):
        with monkeypatch.context() as while_hungry:
            while_hungry.setattr(visits, "fit", killed)
            with pytest.raises(KilledError):
                run(NIGHT)
        assert run(NIGHT)["visits"] == "promoted"
    assert not list(settings.models.rglob("tries_*.json"))


def test_killed_step_and_full_disk_are_no_failures_of_a_model(
    settings, night_of, visits, monkeypatch
):
    with (
        pytest.raises(KeyboardInterrupt),
        failures.contained(settings, night_of(NIGHT), "train", ["visits"]),
    ):
        raise KeyboardInterrupt

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ml.registry.write_json", full)
    with (
        pytest.raises(OSError, match="No space left"),
        failures.contained(settings, night_of(NIGHT), "train", ["visits"]),
    ):
        full()


def test_steps_are_those_of_the_night():
    assert failures.STEPS == MODEL_STEPS
    assert [step.name for step in STEPS if step.address.startswith("ml.")] == list(MODEL_STEPS)


def test_failed_model_is_recorded_once(settings, visits, run, monkeypatch):
    monkeypatch.setattr(visits, "fit", broken)
    for _ in range(2):
        run(NIGHT)
    rows = records.read(settings, "ml.model_runs", NIGHT)
    assert sorted(row["model"] for row in rows) == ["churn", "visits"]
