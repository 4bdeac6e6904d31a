"""P4 for readers: never locked out, never shown half a night, rolled back in a second."""

import signal
import subprocess
import sys
from datetime import date, timedelta

import duckdb
import pytest

from dangol.night import Night
from dangol.publication.publish import publish
from dangol.publication.rollback import resume, rollback
from dangol.publication.store import current_publication, list_publications

pytestmark = pytest.mark.end_to_end

READER = """
import sys, duckdb
from pathlib import Path

seen = 0
while not Path(sys.argv[2]).exists():
    file = Path(sys.argv[1]).resolve()
    with duckdb.connect(str(file), read_only=True) as connection:
        ((day, customers, revenue, days),) = connection.execute(
            "select (select business_date from ops.current_run),"
            " (select count(*) from customer_view.customers),"
            " (select sum(gross_revenue)::bigint from aggregated.kpi_days),"
            " (select count(distinct as_of) from customer_view.customers)"
        ).fetchall()
    assert customers == revenue, (file, day, customers, revenue)
    assert days == 1
    assert day.isoformat() in file.parent.name, (file, day)
    seen += 1
print(seen)
"""
"""Reads three tables that agree within a publication and differ between publications."""


@pytest.fixture
def shop(small_home, fill_build):
    """Publish nights of a small home: the n-th has n customers and a revenue of n."""

    def publish_night(number):
        night = Night.of(date(2017, 1, 1) + timedelta(days=number), small_home.company)
        fill_build(night, number)
        with duckdb.connect(small_home.build_file) as build:
            build.execute("update customer_view.customers set as_of = ?", [night.business_date])
            build.execute("update aggregated.kpi_days set gross_revenue = ?", [number])
        return publish(small_home, night)

    return small_home, publish_night


def test_no_reader_fails_or_sees_half_a_night_while_nights_are_published(shop, tmp_path):
    settings, publish_night = shop
    publish_night(1)
    end = tmp_path / "end"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(settings.published_file), str(end)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for number in range(2, 14):
        publish_night(number)
        if number % 4 == 0:
            rollback(settings)
            resume(settings)
    end.touch()
    for reader in readers:
        output, error = reader.communicate(timeout=60)
        assert reader.returncode == 0, error
        assert int(output) > 5
    assert len(list_publications(settings)) == settings.keep_publications


def test_a_reader_keeps_a_publication_that_is_pruned_under_it(shop):
    settings, publish_night = shop
    publish_night(1)
    file = settings.published_file.resolve()
    with duckdb.connect(file, read_only=True) as reader:
        for number in range(2, 6):
            publish_night(number)
        assert not file.exists()
        assert reader.execute("select count(*) from customer_view.customers").fetchall() == [(1,)]
        assert reader.execute("select sum(gross_revenue) from aggregated.kpi_days").fetchall() == [
            (1,)
        ]


def test_a_rollback_stays_until_resumed(finished_home):
    """On whole nights: the next night publishes and leaves the pointer where it is."""
    home = finished_home
    chosen = rollback(home.settings)
    assert chosen.business_date == "2017-12-30"
    home.assert_published_is_whole("2017-12-30")
    with duckdb.connect(home.settings.build_file) as build:  # something to publish
        build.execute("update customer_view.customers set city = 'another'")
    home.steps("2017-12-31", "publish", "report")
    home.assert_published_is_whole("2017-12-30")
    assert current_publication(home.settings) == chosen
    report = (home.path / "reports" / "2017-12-31.txt").read_text()
    assert f"PINNED      readers get {chosen.name} until `dangol resume`" in report
    assert resume(home.settings).business_date == "2017-12-31"
    assert home.ask("select distinct city from customer_view.customers") == [("another",)]


def test_a_rollback_that_is_killed_is_ended_by_the_next_night(finished_home):
    act = finished_home.start(
        "command",
        arguments=["rollback", "--yes"],
        environment={"DANGOL_CRASH_AT": "rollback.pinned"},
    )
    assert act.wait() == -signal.SIGKILL
    finished_home.assert_published_is_whole("2017-12-31")
    finished_home.steps("2017-12-31", "publish")
    finished_home.assert_published_is_whole("2017-12-30")


def test_an_old_publication_shows_its_age(past):
    """If nights fail, readers and operators see the date of the tables."""
    assert past.ask("select business_date, as_of_utc::date from ops.current_run") == [
        (date(2017, 12, 30), date(2017, 12, 31))
    ]
    status, text = past.command("publications")
    assert status == 0
    (line,) = [line for line in text.splitlines() if line.endswith("current")]
    assert line.split()[:2] == ["2017-12-30-0003", "2017-12-30"]
