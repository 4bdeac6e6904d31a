"""P2 and P3 over a month: thirty nights equal one rebuild; a night run twice equals one run.

The sweep replays the real year's December with every step of the night; `make test` replays ten
nights of the 140 households, without gates, models and publishing.
"""

from datetime import date, timedelta

import pytest

from demo.complete_journey import data_folder

pytestmark = pytest.mark.end_to_end

TONIGHT = date(2017, 12, 31)
LAYERS = ("begin", "extract", "stage_raw", "cleaned", "aggregated", "applied")


def days(nights):
    return [TONIGHT - timedelta(days=number) for number in range(nights, -1, -1)]


def test_night_after_night_gives_what_one_rebuild_gives(empty_home, tmp_path):
    home = empty_home
    for number, day in enumerate(days(10)):
        home.steps(day, *LAYERS)
        if number % 5 == 3:
            once = home.built()
            home.steps(day, *LAYERS)
            assert home.differing(home.built(), once) == set(), f"{day}, run twice"
    rebuilt = home.copy(tmp_path / "rebuilt")
    rebuilt.settings.build_file.unlink()
    rebuilt.steps(TONIGHT, *LAYERS)
    tables = home.built()
    assert {"aggregated.fct_orders", "aggregated.kpi_days"} <= tables.keys()
    assert home.differing(tables, rebuilt.built()) == set()


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_the_last_month_of_the_year_gives_what_one_rebuild_gives(new_home, nursery, tmp_path):
    home = new_home(tmp_path / "year", tmp_path / "year" / "landing")
    # the grocer's own is written with its exports
    (home.path / "company" / "company.toml").unlink()
    home.start("prepare", few=f"{data_folder()}", first="2017-01-01", last=f"{TONIGHT}").succeed()
    for day in days(30):
        home.night(day)
    nightly = home.built()
    published = home.published()
    home.assert_published_is_whole(TONIGHT)

    home.night(TONIGHT)
    assert home.differing(home.built(), nightly) == set(), "the last night, run twice"
    assert home.published() == published

    status, text = home.command("rebuild", "--date", f"{TONIGHT}")
    assert status == 0, text
    assert home.differing(home.built(), nightly) == set(), "the rebuild"
    assert home.published() == published
    home.assert_the_ledger_balances()
    home.assert_nothing_is_left()
