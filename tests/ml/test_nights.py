"""Whole nights of learning on a made-up shop."""

import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from hashlib import sha256

import pytest

from dangol.files import sha256_of
from dangol.night import Night

LAST = date(2017, 10, 20)

POINTS = (
    "ml.features.cutoffs_written",
    "features.built",
    "features.recorded",
    "ml.features.features_written",
    "ml.features.outcomes_written",
    "ml.features.plan_written",
    "ml.train.fitted",
    "ml.train.saved",
    "ml.evaluate.written",
    "ml.promote.recorded",
    "ml.promote.decided",
    "ml.score.written",
    "ml.score.committed",
)
SAMPLED = ("features.built", "ml.promote.recorded", "ml.score.written")


def model_files(settings):
    return {
        str(file.relative_to(settings.home)): sha256_of(file)
        for folder in (settings.models, settings.ops)
        for file in folder.rglob("*")
        if file.is_file() and "model_runs" not in file.parts  # dbt's: what took how many seconds
    }


def test_night_scores_every_customer_with_an_order(
    settings, night_of, new_shop, busy_shop, run_models, ml_tables
):
    shop = new_shop(lines=busy_shop.lines, visitors=["c-visitor"])
    shop.build(settings, LAST)
    assert run_models(settings, night_of(LAST)) == {
        "segment": "promoted",
        "spend": "promoted",
        "churn": "promoted",
    }
    tables = ml_tables(settings)
    scores = {row[0]: row[1:] for row in tables["customer_scores"]}
    assert len(scores) == len({line[0] for line in shop.lines}) + 1
    assert scores.pop("c-visitor") == (LAST, None, None, None, *["no orders"] * 3)
    assert {row[4:] for row in scores.values()} == {("scored",) * 3}
    assert all(row[2] >= 0 and 0 <= row[3] <= 1 for row in scores.values())
    assert set(Counter(row[1] for row in scores.values())) == {
        "champions",
        "loyal",
        "promising",
        "slipping",
        "dormant",
        "lost",
    }
    assert len(tables["deciles"]) == 20


def test_short_history_gives_a_status_and_never_a_number(
    settings, night_of, busy_shop, run_models, ml_tables
):
    early = date(2016, 11, 29)
    busy_shop.build(settings, early)
    assert set(run_models(settings, night_of(early)).values()) == {"not enough data"}
    tables = ml_tables(settings)
    assert len(tables["customer_scores"]) > 300
    assert {row[2:] for row in tables["customer_scores"]} == {
        (None, None, None, *["not enough data"] * 3)
    }
    reasons = {row[1]: row[6] for row in tables["model_runs"]}
    assert reasons == {
        "segment": "0 days of history to train on, 90 needed",
        "spend": "60 days of history, 354 needed for training and evaluation",
        "churn": "60 days of history, 270 needed for training and evaluation",
    }
    assert tables["deciles"] == []


def test_few_customers_give_a_status_and_never_a_number(
    settings, night_of, new_shop, busy_shop, run_models, ml_tables
):
    few = new_shop(lines=[line for line in busy_shop.lines if line[0] < "m050"])
    few.build(settings, LAST)
    assert set(run_models(settings, night_of(LAST)).values()) == {"not enough data"}
    assert {row[2:5] for row in ml_tables(settings)["customer_scores"]} == {(None, None, None)}


def test_shop_without_orders_has_a_night_too(settings, night_of, new_shop, run_models, ml_tables):
    new_shop(visitors=["c-visitor"]).build(settings, LAST)
    assert set(run_models(settings, night_of(LAST)).values()) == {"not enough data"}
    assert ml_tables(settings)["customer_scores"] == [
        ("c-visitor", LAST, None, None, None, *["no orders"] * 3)
    ]


def test_nights_again_give_the_same_and_meet_the_champion_they_met(
    settings, night_of, busy_shop, run_models, ml_tables
):
    first, second = LAST, LAST + timedelta(days=1)
    seen = {}
    for day in (first, second):
        busy_shop.build(settings, day)
        run_models(settings, night_of(day))
        seen[day] = ml_tables(settings, night_of(day))
    before = model_files(settings)
    assert {row[3] for row in seen[first]["model_runs"]} == {None}
    assert len(seen[second]["model_runs"]) == 6
    for day in (first, second, second):
        busy_shop.build(settings, day)
        run_models(settings, night_of(day))
        assert ml_tables(settings, night_of(day)) == seen[day]
    assert model_files(settings) == before


def test_scores_do_not_depend_on_the_secret_of_the_ids(
    settings, settings_in, night_of, new_shop, busy_shop, run_models, ml_rows
):
    found = []
    for secret in ("one", "other"):
        home = settings_in(settings.home / secret)
        known = {line[0] for line in busy_shop.lines}
        ids = {name: sha256(f"{secret}{name}".encode()).hexdigest() for name in known}
        new_shop([(ids[name], *line) for name, *line in busy_shop.lines]).build(home, LAST)
        assert set(run_models(home, night_of(LAST)).values()) == {"promoted"}
        names = {f"c-{keyed}": name for name, keyed in ids.items()}
        rows = {names[row.pop("customer_id")]: row for row in ml_rows(home, "customer_scores")}
        found.append((rows, ml_rows(home, "deciles"), ml_rows(home, "model_runs")))
    assert found[0] == found[1]


def test_next_night_keeps_the_segments_names(settings, night_of, busy_shop, run_models, ml_tables):
    segments = []
    for day in (LAST, LAST + timedelta(days=1)):
        busy_shop.build(settings, day)
        run_models(settings, night_of(day))
        segments.append({row[0]: row[2] for row in ml_tables(settings)["customer_scores"]})
    moved = sum(segments[1][customer] != name for customer, name in segments[0].items())
    assert {row[3] for row in ml_tables(settings)["model_runs"] if row[1] == "segment"} == {
        None,
        f"segment-{LAST}",
    }
    # one more day of silence moves some; other names for all would move everyone
    assert moved / len(segments[0]) < 0.1


NIGHT = """
import sys
from datetime import date
from dangol.night import Night
from dangol.settings import get_settings
from ml import MODEL_NAMES
from ml.evaluate import evaluate
from ml.features import build_features
from ml.promote import promote
from ml.score import score
from ml.train import train
settings = get_settings()
night = Night.of(date.fromisoformat(sys.argv[1]), settings.company)
build_features(settings, night)
for step in (train, evaluate):
    for name in MODEL_NAMES:
        step(settings, night, name)
promote(settings, night)
score(settings, night)
"""


@pytest.fixture
def killed_night(settings, request):
    def run(day, **environment):
        return subprocess.run(
            [sys.executable, "-c", NIGHT, day.isoformat()],
            check=False,
            env=os.environ
            | {"DANGOL_HOME": str(settings.home), "PYTHONPATH": str(request.config.rootpath)}
            | environment,
        ).returncode

    return run


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, settings_in, busy_shop, run_models, ml_tables):
    settings = settings_in(tmp_path_factory.mktemp("undisturbed"))
    busy_shop.build(settings, LAST)
    run_models(settings, Night.of(LAST, settings.company))
    return ml_tables(settings), model_files(settings)


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    "point",
    [pytest.param(point, marks=() if point in SAMPLED else pytest.mark.sweep) for point in POINTS],
)
def test_killed_night_ends_as_an_undisturbed_one(
    settings, night_of, busy_shop, run_models, ml_tables, killed_night, undisturbed, point
):
    busy_shop.build(settings, LAST)
    assert killed_night(LAST, DANGOL_CRASH_AT=point) == -9
    run_models(settings, night_of(LAST))
    assert ml_tables(settings) == undisturbed[0]
    assert model_files(settings) == undisturbed[1]
    assert not list(settings.home.rglob("*.part"))


@pytest.mark.end_to_end
def test_night_passes_every_crash_point(settings, busy_shop, killed_night, tmp_path):
    busy_shop.build(settings, LAST)
    log = tmp_path / "points"
    assert killed_night(LAST, DANGOL_CRASH_LOG=str(log)) == 0
    assert list(dict.fromkeys(log.read_text().split())) == list(POINTS)
