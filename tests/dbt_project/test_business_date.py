"""Days begin at midnight in the company's zone: the macro `business_date`, where clocks change."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest


@pytest.fixture(scope="module")
def expression(compile_sql: Callable[[Sequence[str]], list[str]]) -> str:
    return compile_sql(["{{ business_date('moment', 'zone') }}"])[0]


@pytest.mark.parametrize("session", ["UTC", "Asia/Seoul", "America/New_York"])
@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 7), 24),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Seoul", date(2026, 3, 8), 24),
        ("Asia/Seoul", date(1988, 5, 8), 23),  # Korea's last summer time
        ("Asia/Seoul", date(1988, 10, 9), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # the clocks changed at midnight
    ],
)
def test_every_minute_belongs_to_the_day_on_the_wall(
    expression: str, session: str, zone: str, day: date, hours: float
) -> None:
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = '{session}'")
        minutes = "unnest(generate_series($1, $1 + interval 3 day, interval 1 minute))"
        found = connection.execute(
            f"select moment, {expression} from (select {minutes} as moment, $2 as zone)",
            [begins.replace(tzinfo=None), zone],
        ).fetchall()
    wall = ZoneInfo(zone)
    assert [(moment, each) for moment, each in found] == [
        (moment, moment.replace(tzinfo=UTC).astimezone(wall).date()) for moment, _ in found
    ]
    assert sum(each == day for _, each in found) == hours * 60
