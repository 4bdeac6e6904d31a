"""When the night runs, and what its runs are called: after their business date.

In Airflow's words a run is a partition, and its business date the partition's key. So the list of
runs has it in a column, and the form asks for no other date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval
from airflow.timetables.trigger import CronPartitionTimetable
from airflow.utils.types import DagRunType
from pendulum import DateTime

from dangol.night import last_day_over_at
from dangol.settings import Company

KEY_FORMAT = "%Y-%m-%d"


class NightTimetable(CronPartitionTimetable):
    """Runs at a fixed time, each time for the last business day that is over.

    Parameters
    ----------
    cron, timezone
        When it runs.
    business_timezone
        In which the company's days are cut.
    """

    def __init__(self, cron: str, *, timezone: str, business_timezone: str) -> None:
        super().__init__(cron, timezone=timezone, key_format=KEY_FORMAT)
        self._business_timezone = business_timezone

    @classmethod
    def of(cls, cron: str, company: Company) -> NightTimetable:
        """Return the timetable of a company, in its own zones."""
        return cls(cron, timezone=company.schedule_zone, business_timezone=company.timezone)

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> NightTimetable:
        """Restore the timetable from Airflow's database."""
        return cls(
            data["cron"], timezone=data["timezone"], business_timezone=data["business_timezone"]
        )

    def serialize(self) -> dict[str, Any]:
        """Return what `deserialize` takes."""
        return {
            "cron": self._expression,
            "timezone": str(getattr(self._timezone, "name", self._timezone)),
            "business_timezone": self._business_timezone,
        }

    def business_date(self, instant: datetime) -> date:
        """Return the last business day that is over at an instant."""
        return last_day_over_at(instant, ZoneInfo(self._business_timezone))

    def generate_run_id(
        self,
        *,
        run_type: DagRunType,
        run_after: DateTime,
        data_interval: DataInterval | None,
        **extra: Any,
    ) -> str:
        """Return the ID of a run, with its business date where that is known here.

        Returns
        -------
        str
            ``scheduled__2017-12-31__20171231T170000``. What the form asks for is not known here:
            `dangol.orchestration.requests` names such a run.
        """
        key = extra.get("partition_key")
        if key is None and run_type == DagRunType.SCHEDULED:
            key = self.business_date(run_after).isoformat()
        return run_id(run_type.value, key or "", run_after)

    def iter_partition_dagrun_infos(
        self, *, earliest: datetime, latest: datetime
    ) -> Iterable[DagRunInfo]:
        """Yield the runs for a range of business dates: each as soon as its day is over.

        Yields
        ------
        DagRunInfo
            For Airflow's own backfill.
        """
        for info in super().iter_partition_dagrun_infos(earliest=earliest, latest=latest):
            day = info.run_after.in_timezone(self._timezone).date()
            tick = info.run_after
            while self.business_date(tick) < day:
                tick = self._get_next(tick)
            partition_date, key = self._partition_of(day)
            yield DagRunInfo(tick, None, partition_date, key)

    def _get_partition_info(self, run_date: DateTime) -> tuple[DateTime, str]:
        return self._partition_of(self.business_date(run_date))

    def _partition_of(self, day: date) -> tuple[DateTime, str]:
        midnight = pendulum.datetime(day.year, day.month, day.day, tz=self._timezone)
        return midnight.in_timezone("UTC"), day.isoformat()


def run_id(kind: str, business_date: str, at: datetime) -> str:
    """Return the ID of a run.

    Parameters
    ----------
    kind
        ``manual`` or ``scheduled``.
    business_date
        In ISO form; empty if it is not known.
    at
        When it is to run, in any zone.

    Returns
    -------
    str
        Kind, business date and UTC time.
    """
    return "__".join(filter(None, [kind, business_date, f"{at.astimezone(UTC):%Y%m%dT%H%M%S}"]))
