import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from airflow.dag_processing.dagbag import DagBag

from dangol.night import Night
from dangol.nightly.steps import STEPS
from dangol.orchestration import alerts
from dangol.settings import Company, get_settings

DAGS = Path(__file__).resolve().parents[2] / "dags"

NIGHTLY = [
    "begin",
    "raw.extract",
    "raw.stage_raw",
    "raw.gate_raw",
    "cleaned.cleaned",
    "cleaned.gate_cleaned",
    "aggregated.aggregated",
    "aggregated.gate_aggregated",
    "ml.features",
    "ml.train",
    "ml.evaluate",
    "ml.promote",
    "ml.score",
    "customer_view.customer_view",
    "customer_view.gate_customer_view",
    "publish",
    "report",
    "copy",
    "finish",
]


@pytest.fixture(scope="module")
def bag():
    return DagBag(dag_folder=str(DAGS), collect_dags=True, bundle_name="dags-folder")


@pytest.fixture(scope="module")
def tasks(bag):
    return {task.task_id: task for task in bag.dags["nightly"].tasks}


def test_the_dags(bag):
    assert set(bag.dags) == {"nightly", "backfill"}
    assert bag.import_errors == {}


def test_each_file_is_one_page():
    pages = {page.stem: page.read_text().splitlines() for page in DAGS.glob("*.py")}
    assert set(pages) == {"nightly", "backfill"}
    assert [name for name, lines in pages.items() if len(lines) > 100] == []


@pytest.mark.parametrize("dag_id", ["nightly", "backfill"])
def test_the_documentation_has_its_four_headings(bag, dag_id):
    headings = [
        line.removeprefix("### ")
        for line in bag.dags[dag_id].doc_md.splitlines()
        if line.startswith("#")
    ]
    assert headings == ["What it builds", "When and from what", "If it fails", "Owner"]


@pytest.mark.parametrize("dag_id", ["nightly", "backfill"])
def test_owner_tags_alerts_and_limits(bag, dag_id):
    dag = bag.dags[dag_id]
    assert dag.tags == {"dangol"}
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    for task in dag.tasks:
        callbacks = (
            getattr(task, "on_failure_callback", None) or task.partial_kwargs["on_failure_callback"]
        )
        assert task.owner == "data-engineering", task.task_id
        assert callbacks in (alerts.on_failure, [alerts.on_failure]), task.task_id
        assert task.execution_timeout > timedelta(0), task.task_id


def test_the_order_of_the_night(bag):
    dag = bag.dags["nightly"]
    assert [task.task_id for task in dag.topological_sort()] == NIGHTLY
    *in_turn, copy, finish = NIGHTLY
    for before, after in pairwise(in_turn):
        assert before in dag.get_task(after).upstream_task_ids, f"{before} >> {after}"
    assert dag.get_task(copy).upstream_task_ids == {"publish"}, "the report does not wait for it"
    assert dag.get_task(finish).upstream_task_ids >= {copy, in_turn[-1]}


def test_the_night_in_airflow_is_the_night_without_it():
    steps = [step.name for step in STEPS]
    assert [task_id.rpartition(".")[2] for task_id in NIGHTLY] == [*steps, "finish"]


def test_what_is_mapped(tasks):
    mapped = {task_id for task_id, task in tasks.items() if task.is_mapped}
    assert mapped == {"raw.extract", "ml.train", "ml.evaluate"}
    for name in ("ml.train", "ml.evaluate"):
        models = tasks[name].op_kwargs_expand_input.value["arguments"]
        assert models == [["segment"], ["spend"], ["churn"]]


def test_the_home_is_taken_first_and_given_back_whatever_happens(tasks):
    assert tasks["begin"].is_setup
    assert tasks["finish"].is_teardown
    assert "begin" in tasks["finish"].upstream_task_ids, "they are cleared together"


def test_the_run_ends_as_its_last_task_does(tasks):
    """Airflow skips a teardown whose setup was skipped, and a run of skipped tasks is green."""
    assert tasks["finish"].on_failure_fail_dagrun
    assert tasks["finish"].trigger_rule == "all_done"


def test_retries(tasks):
    assert {task_id.rpartition(".")[2]: task.retries for task_id, task in tasks.items()} == {
        "begin": 3,
        "extract": 3,
        "stage_raw": 1,
        "gate_raw": 0,
        "cleaned": 1,
        "gate_cleaned": 0,
        "aggregated": 1,
        "gate_aggregated": 0,
        "features": 1,
        "train": 2,
        "evaluate": 2,
        "promote": 2,
        "score": 1,
        "customer_view": 1,
        "gate_customer_view": 0,
        "publish": 2,
        "report": 1,
        "copy": 3,
        "finish": 2,
    }


def test_whatever_opens_the_build_file_waits_for_the_one_slot(tasks):
    outside = {
        task_id.rpartition(".")[2] for task_id, task in tasks.items() if task.pool != "build"
    }
    assert outside == {"begin", "extract", "train", "evaluate", "promote", "copy", "finish"}


def test_a_layer_is_ready_when_its_gate_says_so(tasks):
    outlets = {
        task_id: [(asset.name, asset.uri) for asset in task.outlets]
        for task_id, task in tasks.items()
        if not task.is_mapped and task.outlets
    }
    assert outlets == {
        "raw.gate_raw": [("raw", "dangol://layer/raw")],
        "cleaned.gate_cleaned": [("cleaned", "dangol://layer/cleaned")],
        "aggregated.gate_aggregated": [("aggregated", "dangol://layer/aggregated")],
        "ml.score": [("ml", "dangol://layer/ml")],
        "customer_view.gate_customer_view": [("customer_view", "dangol://layer/customer_view")],
        "publish": [("published", "dangol://layer/published")],
    }


def test_the_form_takes_a_date_or_nothing(bag):
    form = bag.dags["nightly"].params
    assert form["business_date"] is None
    form["business_date"] = "2017-12-31"
    for nonsense in ("yesterday", 20171231, "2017-02-30"):
        with pytest.raises(Exception, match="Invalid input for param business_date"):
            form["business_date"] = nonsense


def test_the_clock_rings_at_two_and_asks_for_the_day_before(bag):
    timetable = bag.dags["nightly"].timetable
    assert timetable.serialize() == {
        "cron": "0 2 * * *",
        "timezone": get_settings().company.schedule_zone,
        "business_timezone": get_settings().company.timezone,
    }
    seoul = ZoneInfo("Asia/Seoul")
    rings = datetime(2026, 3, 1, 2, 0, tzinfo=seoul).astimezone(UTC)
    company = Company("Shop", "Asia/Seoul", "KRW")
    assert str(Night.ending_by(rings, company).business_date) == "2026-02-28"


def test_reading_the_dags_imports_no_engine():
    """Airflow reads the files every half minute; the tasks import the engines that they use."""
    program = (
        "import sys\n"
        f"sys.path[:0] = [{str(DAGS)!r}, {str(DAGS.parent)!r}]\n"
        "import nightly, backfill\n"
        "heavy = {'pandas', 'numpy', 'sklearn', 'duckdb', 'great_expectations', 'dbt', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert answer.stdout == "[]\n"
