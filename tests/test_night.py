from datetime import UTC, date, datetime, timedelta

import pytest

from dangol.night import Night
from dangol.settings import Company

NEW_YORK = Company("Grocer", "America/New_York", "USD")
SEOUL = Company("Shop", "Asia/Seoul", "KRW")


def test_a_night_ends_with_its_day_in_the_business_time_zone() -> None:
    assert Night.of(date(2017, 12, 31), SEOUL) == Night(
        business_date=date(2017, 12, 31),
        as_of=datetime(2017, 12, 31, 15, tzinfo=UTC),
        run_id="night-2017-12-31",
    )
    assert Night.of(date(2017, 12, 31), NEW_YORK, "run 7") == Night(
        business_date=date(2017, 12, 31), as_of=datetime(2018, 1, 1, 5, tzinfo=UTC), run_id="run 7"
    )


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 8), 23), (date(2026, 7, 1), 24), (date(2026, 11, 1), 25)],
)
def test_a_day_on_which_clocks_change_is_as_long_as_it_is(day: date, hours: int) -> None:
    before = Night.of(day - timedelta(days=1), NEW_YORK)
    assert Night.of(day, NEW_YORK).as_of - before.as_of == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2018, 1, 1, 4, 59, 59, tzinfo=UTC), date(2017, 12, 30)),
        (datetime(2018, 1, 1, 5, 0, 0, tzinfo=UTC), date(2017, 12, 31)),
        (datetime(2018, 1, 1, 17, 0, 0, tzinfo=UTC), date(2017, 12, 31)),
    ],
)
def test_the_last_night_is_that_of_the_last_day_that_is_over(instant: datetime, day: date) -> None:
    night = Night.ending_by(instant, NEW_YORK)
    assert night == Night.of(day, NEW_YORK)
    assert night.as_of <= instant < night.as_of + timedelta(days=1)


def test_the_last_night_keeps_the_id_of_its_run() -> None:
    assert Night.ending_by(datetime(2018, 1, 2, tzinfo=UTC), SEOUL, "run 7").run_id == "run 7"
