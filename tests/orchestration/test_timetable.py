from datetime import UTC, date, datetime

import pendulum
import pytest
from airflow.serialization.decoders import decode_timetable
from airflow.serialization.encoders import encode_timetable
from airflow.timetables.base import TimeRestriction
from airflow.utils.types import DagRunType

from dangol.orchestration.timetable import NightTimetable, run_id


def timetable(schedule="Asia/Seoul", business="Asia/Seoul"):
    return NightTimetable("0 2 * * *", timezone=schedule, business_timezone=business)


def infos(timetable, count):
    last = None
    for _ in range(count):
        restriction = TimeRestriction(pendulum.datetime(2017, 12, 30, tz="UTC"), None, catchup=True)
        last = timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=restriction)
        yield last


@pytest.mark.parametrize(
    ("schedule", "business", "keys"),
    [
        ("Asia/Seoul", "Asia/Seoul", ["2017-12-30", "2017-12-31"]),
        # 02:00 in Seoul is noon of the day before in New York, whose day before that is over
        ("Asia/Seoul", "America/New_York", ["2017-12-29", "2017-12-30"]),
        ("America/New_York", "America/New_York", ["2017-12-29", "2017-12-30"]),
    ],
)
def test_a_scheduled_run_is_called_after_the_last_day_that_is_over(schedule, business, keys):
    table = timetable(schedule, business)
    runs = list(infos(table, 2))
    assert [run.partition_key for run in runs] == keys
    for run in runs:
        name = table.generate_run_id(
            run_type=DagRunType.SCHEDULED, run_after=run.run_after, data_interval=None
        )
        assert name == f"scheduled__{run.partition_key}__{run.run_after:%Y%m%dT%H%M%S}"


def test_a_run_that_is_triggered_elsewhere_is_not_called_after_a_day_that_it_may_not_be_for():
    at = pendulum.datetime(2018, 1, 1, 6, tz="UTC")
    name = timetable().generate_run_id(run_type=DagRunType.MANUAL, run_after=at, data_interval=None)
    assert name == "manual__20180101T060000"


def test_a_key_is_read_back_as_its_day():
    table = timetable("Asia/Seoul")
    [run] = infos(table, 1)
    assert table.resolve_partition_date(run.partition_key) == run.partition_date


def test_airflow_s_own_backfill_runs_each_date_once_it_is_over():
    day = datetime(2017, 12, 30, tzinfo=UTC)
    [run] = timetable().iter_partition_dagrun_infos(earliest=day, latest=day.replace(hour=12))
    assert (run.partition_key, run.run_after.isoformat()) == (
        "2017-12-30", "2017-12-30T17:00:00+00:00",
    )  # fmt: skip
    assert timetable().business_date(run.run_after) == date(2017, 12, 30)


def test_it_survives_airflow_s_database():
    stored = encode_timetable(timetable("Asia/Seoul", "America/New_York"))
    again = decode_timetable(stored)
    assert encode_timetable(again) == stored
    assert again.serialize() == {
        "cron": "0 2 * * *",
        "timezone": "Asia/Seoul",
        "business_timezone": "America/New_York",
    }


def test_two_runs_of_one_day_have_two_ids():
    at = [datetime(2018, 1, 1, 6, 0, second, tzinfo=UTC) for second in (0, 1)]
    assert [run_id("manual", "2017-12-31", each) for each in at] == [
        "manual__2017-12-31__20180101T060000",
        "manual__2017-12-31__20180101T060001",
    ]
