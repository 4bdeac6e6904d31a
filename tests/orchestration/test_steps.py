import os
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowFailException

from dangol.id_keys import IdKeyError
from dangol.nightly.ending import NotPublishedError
from dangol.nightly.lock import RunRefused
from dangol.orchestration import steps
from dangol.settings import Company
from dangol.tracebacks import UnexpectedError
from dangol.variables import SettingsError

GROCER = Company("Grocer", "America/New_York", "USD")
SHOP = Company("Shop", "Asia/Seoul", "KRW")
MADE = datetime(2018, 1, 1, 6, 0, tzinfo=UTC)  # 01:00 in New York, 15:00 in Seoul


def context_of(business_date=None, interval_end=None):
    return {
        "dag_run": SimpleNamespace(run_id="manual__1", run_after=MADE),
        "data_interval_end": interval_end,
        "params": {"business_date": business_date},
    }


def test_without_a_date_it_is_the_last_business_day_that_was_over():
    night = steps.night_of(context_of(), GROCER)
    assert (str(night.business_date), night.run_id) == ("2017-12-31", "manual__1")
    assert night.as_of == datetime(2018, 1, 1, 5, 0, tzinfo=UTC)


def test_a_scheduled_run_goes_by_its_data_interval_however_late_it_starts():
    interval_end = datetime(2017, 12, 20, 17, 0, tzinfo=UTC)  # 02:00 in Seoul
    night = steps.night_of(context_of(interval_end=interval_end), SHOP)
    assert str(night.business_date) == "2017-12-20"


def test_the_form_s_date_is_the_night():
    night = steps.night_of(context_of("2017-12-30"), GROCER)
    assert str(night.business_date) == "2017-12-30"


def test_the_partition_key_of_a_run_is_its_business_date():
    context = context_of()
    context["dag_run"].partition_key = "2017-12-30"
    assert str(steps.night_of(context, GROCER).business_date) == "2017-12-30"
    context["params"] = {"business_date": "2017-12-29"}
    with pytest.raises(steps.BusinessDateError) as refused:
        steps.night_of(context, GROCER)
    assert str(refused.value) == (
        "the run is for 2017-12-30 by its partition, for 2017-12-29 by its form"
    )


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (RunRefused("locked"), AirflowFailException),
        (NotPublishedError("nothing"), AirflowFailException),
        (SettingsError("DANGOL_THREADS is no number"), AirflowFailException),
        (IdKeyError("another secret"), AirflowFailException),
        (ConnectionError("the API server does not answer"), ConnectionError),
    ],
)
def test_an_answer_fails_at_once_and_a_fault_is_retried(error, raised, monkeypatch):
    task = SimpleNamespace(execution_timeout=None, pool="default_pool", retries=3)
    context = context_of() | {"task": task, "ti": SimpleNamespace(try_number=1)}
    monkeypatch.setattr(steps, "get_current_context", lambda: context)
    monkeypatch.setattr(steps, "die_with_parent", lambda: None)
    with pytest.raises(raised) as ended, steps._task("begin"):
        raise error
    assert error in (ended.value, ended.value.__cause__)


def test_what_a_step_raises_is_logged_without_the_values_that_it_quotes(monkeypatch):
    task = SimpleNamespace(execution_timeout=None, pool="default_pool", retries=0)
    context = context_of() | {"task": task, "ti": SimpleNamespace(try_number=1)}
    name, told = "kim", []
    monkeypatch.setattr(steps, "get_current_context", lambda: context)
    monkeypatch.setattr(steps, "die_with_parent", lambda: None)
    monkeypatch.setattr(steps.progress, "tell", lambda *_, **details: told.append(details))
    monkeypatch.setattr(steps.log, "error", lambda _, trace: told.append(trace))
    with pytest.raises(UnexpectedError) as ended, steps._task("begin"):
        float(name + "@example.com")
    assert (ended.value.__cause__, ended.value.__suppress_context__) == (None, True)
    assert "kim@example.com" not in f"{ended.value}{told}"
    assert "ValueError in " in str(ended.value)
    assert told[-1].startswith("Traceback (most recent call last):")


def test_a_day_that_is_not_over_is_refused():
    with pytest.raises(steps.BusinessDateError) as refused:
        steps.night_of(context_of("2018-01-01"), GROCER)
    assert str(refused.value) == (
        "2018-01-01 was not over in America/New_York when this run was created; the last day that "
        "was over is 2017-12-31"
    )


def test_nonsense_is_refused():
    with pytest.raises(steps.BusinessDateError) as refused:
        steps.night_of(context_of("31.12.2017"), GROCER)
    assert str(refused.value) == "'31.12.2017' is not a date; write it as 2017-12-31"


def test_a_step_hands_on_references_and_never_data():
    assert steps._small("cleaned", {"rows": 12}) == {"rows": 12}
    with pytest.raises(steps.ResultTooLargeError, match=r"step cleaned returned 10002 bytes"):
        steps._small("cleaned", "x" * 10_000)


DEAF = """
import signal
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from dangol.orchestration import steps

steps.HANG_GRACE = timedelta(0)
steps.get_current_context = lambda: {
    "task": SimpleNamespace(execution_timeout=timedelta(seconds=1), pool="build", retries=0),
    "ti": SimpleNamespace(try_number=1),
    "dag_run": SimpleNamespace(run_id="manual__1", run_after=datetime(2018, 1, 1, tzinfo=UTC)),
    "params": {},
}
with steps._task("cleaned"):
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    signal.pause()
"""


def test_a_task_that_is_deaf_to_its_timeout_is_ended_and_shows_where_it_hung(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", DEAF],
        env={**os.environ, "DANGOL_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Timeout (0:00:01)!")
    assert 'File "<string>", line 16 in <module>' in ended.stderr
