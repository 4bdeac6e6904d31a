from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import DagRunState
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    DagRunTriggerException,
)

from dangol.orchestration import replay

LATEST = date(2018, 3, 1)


def between(first, last):
    return replay.nights_between({"from_date": first, "to_date": last}, LATEST)


def test_both_ends_belong_to_the_range():
    assert between("2017-12-30", "2018-01-02") == [
        date(2017, 12, 30),
        date(2017, 12, 31),
        date(2018, 1, 1),
        date(2018, 1, 2),
    ]
    assert between("2018-03-01", "2018-03-01") == [LATEST]


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (
            "2018-01-02",
            "2018-01-01",
            "the range ends on 2018-01-01, before it begins on 2018-01-02; swap the dates",
        ),
        (
            "2018-02-27",
            "2018-03-02",
            "2018-03-02 is not over yet; the last business day that is over is 2018-03-01",
        ),
        (
            "2016-12-31",
            "2018-01-01",
            "2016-12-31 to 2018-01-01 is 367 nights; at most 366: split the range",
        ),
        (
            "1/1/2018",
            "2018-01-01",
            "Invalid isoformat string: '1/1/2018'; write dates as 2017-12-31",
        ),
    ],
)
def test_nonsense_is_refused(first, last, message):
    with pytest.raises(replay.RangeError) as refused:
        between(first, last)
    assert str(refused.value) == message


def run_night(day, states):
    """Run the task of a day, where the nights before it have the given states."""
    earlier = {
        f"backfill__{date(2017, 12, 25) + timedelta(days=offset)}__20180301T000000": state
        for offset, state in enumerate(states)
    }
    instance = SimpleNamespace(
        get_dagrun_state=lambda dag_id, run_id: earlier[run_id],
        get_dag=lambda dag_id: SimpleNamespace(is_paused=False),
    )
    context = {
        "ti": instance,
        "params": {"from_date": "2017-12-25", "to_date": "2017-12-31"},
        "dag_run": SimpleNamespace(run_after=date(2018, 3, 1)),
    }
    replay.NightRun(task_id="night", business_date=day).execute(context)


def test_the_first_night_starts_and_is_waited_for():
    with pytest.raises(DagRunTriggerException) as started:
        run_night("2017-12-25", [])
    assert started.value.dag_run_id == "backfill__2017-12-25__20180301T000000"
    assert started.value.conf == {"business_date": "2017-12-25"}
    assert started.value.wait_for_completion


def test_a_night_follows_one_that_went_well():
    with pytest.raises(DagRunTriggerException):
        run_night("2017-12-27", [DagRunState.FAILED, DagRunState.SUCCESS])


def test_after_a_night_that_failed_the_rest_is_skipped():
    with pytest.raises(AirflowSkipException, match="2017-12-26 failed, so 2017-12-28 is not"):
        run_night("2017-12-28", [DagRunState.SUCCESS, DagRunState.FAILED, DagRunState.QUEUED])


def test_a_night_never_overtakes_another():
    with pytest.raises(AirflowFailException, match="2017-12-25 is running; 2017-12-26 can't run"):
        run_night("2017-12-26", [DagRunState.RUNNING])
