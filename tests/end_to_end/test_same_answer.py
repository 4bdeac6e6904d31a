"""P2: the same inputs give the same result, no matter how often, when and where they are run.

P3 on whole nights: four nights of late, corrected and repeated files give the same as one rebuild,
and the same as a new home that gets all the files at once.
"""

import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dangol import layers
from dangol.publication.store import list_publications
from dangol.settings import PROJECT_ROOT

LAST_NIGHT, TONIGHT = "2017-12-30", "2017-12-31"

pytestmark = pytest.mark.end_to_end

OF_THE_PAST = {
    "ml.model_runs": "each night's models and what was decided about them",
    "ml.deciles": "how each night's models did",
    "ml.customer_scores": "made by the champion, which an earlier night has promoted",
    "customer_view.customers": "has the scores as columns",
    "ops.applied_loads": "files are numbered in the order in which they arrive",
    "ops.loads": "when each file arrived, and its number",
    "ops.publications": "which nights have published",
    "cleaned.int_order_lines_received": "names the load of each line",
    "cleaned.order_lines": "the same",
    "cleaned.int_sales_received": "the same",
    "cleaned.row_states": "the same",
    "ops.load_days": "names each load",
    "ops.set_aside": "which night set a row aside",
}
"""Tables that record earlier nights: they differ in a home without those nights."""

SCORES = {"segment", "predicted_spend_90d", "churn_probability"}


def test_tonight_has_the_faults_and_its_models_learned(undisturbed):
    undisturbed.assert_published_is_whole(TONIGHT)
    undisturbed.assert_nothing_is_left()
    undisturbed.assert_the_ledger_balances()
    loads = undisturbed.ask(
        "select regexp_extract(file, '12-.*'), status, rows_loaded, rows_quarantined,"
        " superseded_by is not null from ops.loads"
        " where load_date = $1 and stream = 'transactions' and file_date < $1 order by file",
        TONIGHT,
    )
    assert [(file, status, bad, replaced) for file, status, _, bad, replaced in loads] == [
        ("12-15_r1.csv.gz", "duplicate", 0, False),
        ("12-19_r1.csv.gz", "empty", 0, False),
        ("12-20_r1.csv.gz", "loaded", 0, False),
        ("12-22_s1.csv.gz", "loaded", 1, False),
        ("12-27.csv.gz", "loaded", 0, False),
    ]
    days = "select count(*) from aggregated.fct_orders where order_date = $1"
    assert undisturbed.ask(days, "2017-12-19") == [(0,)]
    assert undisturbed.ask(days, "2017-12-27") != [(0,)]
    decisions = undisturbed.ask(
        "select model, champion_after is not null from ml.model_runs where business_date = $1"
        " order by all",
        TONIGHT,
    )
    assert decisions == [("churn", False), ("segment", True), ("spend", False)]
    assert undisturbed.ask("select count(segment) > 100 from ml.customer_scores") == [(True,)]


def test_promotions_arrive_week_by_week(undisturbed, exports):
    """Not in the demo because of their size: twenty million rows a year."""
    landed = exports / "tonight" / "grocer_catalogue" / "promotions_*.csv.gz"
    ((rows, files),) = duckdb.sql(
        f"select count(*), count(distinct filename) from read_csv('{landed}', filename = true)"
    ).fetchall()
    assert files > 2
    assert rows > 1000
    assert undisturbed.ask_build("select count(*) from cleaned.promotions") == [(rows,)]


def test_a_night_that_is_run_twice_gives_the_same_tables(undisturbed, finished_home):
    home = finished_home
    built = home.built()
    names = sorted(file.name for file in home.settings.publications.iterdir())
    home.night(TONIGHT)
    assert home.published() == undisturbed.checksums
    assert home.differing(home.built(), built) == set()
    assert sorted(file.name for file in home.settings.publications.iterdir()) == names
    home.assert_nothing_is_left()


def test_night_after_night_gives_what_one_rebuild_gives(undisturbed, finished_home):
    status, text = finished_home.command("rebuild", "--date", TONIGHT)
    assert status == 0, text
    home = finished_home
    assert home.differing(home.built(), undisturbed.built()) == set()
    assert finished_home.published() == undisturbed.checksums, "the same tables are published once"


def test_night_after_night_gives_what_a_new_home_gives(undisturbed, empty_home):
    empty_home.night(TONIGHT)
    different = empty_home.differing(empty_home.built(), undisturbed.built())
    assert different <= set(OF_THE_PAST)
    view = "customer_view.customers"
    assert empty_home.published(view, without=SCORES) == undisturbed.published(view, without=SCORES)


def test_a_backfill_gives_the_tables_of_its_own_night(past, tmp_path):
    """It rebuilds as of its day; readers keep their publication, and the next night continues."""
    home = past.copy(tmp_path / "home")
    before = list_publications(home.settings)
    assert [each.business_date for each in before][-2:] == ["2017-12-29", LAST_NIGHT]
    home.assert_published_is_whole(LAST_NIGHT)
    home.night("2017-12-29")
    assert list_publications(home.settings) == before, "the same tables are published once"
    home.assert_published_is_whole(LAST_NIGHT)
    home.steps(LAST_NIGHT, "stage_raw", "cleaned", "aggregated", "applied")
    latest = past.built("aggregated", "identity")
    assert home.differing(home.built("aggregated", "identity"), latest) == set()


MACHINES = [
    dict(zip(("TZ", "PYTHONHASHSEED", "DANGOL_THREADS"), values, strict=True))
    | {"LC_ALL": "C" if values[0] == "UTC" else "C.UTF-8"}
    for values in itertools.product(("UTC", "Asia/Seoul"), ("1", "77"), ("1", "16"))
]
SAMPLE = [MACHINES[0], MACHINES[3], MACHINES[5], MACHINES[6]]
"""Every combination of each two variables."""

STEPS = ("begin", "extract", "stage_raw", "cleaned", "aggregated", "features", "train", "evaluate",
         "promote", "score", "customer_view", "publish")  # fmt: skip


LAYERS = layers.BUILT


def run_elsewhere(home, machine, *before):
    """Run everything that makes tables in a process with another machine's environment."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import nursery;"
        " nursery.steps(sys.argv[2], sys.argv[3:])"
    )
    done = subprocess.run(
        [*before, sys.executable, "-c", program, str(Path(__file__).parent), TONIGHT, *STEPS],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)} | home.environment | machine,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return home.built(*LAYERS)


@pytest.mark.parametrize("machine", SAMPLE, ids=lambda machine: "-".join(machine.values()))
def test_time_zone_locale_hash_seed_and_threads_do_not_matter(undisturbed, home, machine):
    assert home.differing(run_elsewhere(home, machine), undisturbed.built(*LAYERS)) == set()


@pytest.mark.sweep
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: "-".join(machine.values()))
def test_no_machine_makes_a_difference(undisturbed, home, machine):
    assert home.differing(run_elsewhere(home, machine), undisturbed.built(*LAYERS)) == set()


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
def test_the_wall_clock_does_not_matter(undisturbed, home):
    """Not even if the clock is ten years ahead and runs a thousand times as fast."""
    fast = ("faketime", "-f", "+10y x1000")
    found = run_elsewhere(home, {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}, *fast)
    assert home.differing(found, undisturbed.built(*LAYERS)) == set()
    started = home.ask_build(
        "select min(started_at_utc) from ops.loads where load_date = $1", TONIGHT
    )
    assert started[0][0].year > 2030, "the clock was not moved"


CLOCKS = re.compile(
    r"\b(now|today|current_date|current_timestamp|current_time|get_current_\w+|localtime\w*"
    r"|transaction_timestamp|random|uuid|gen_random_uuid|setseed)\s*\(|\bcurrent_(date|timestamp)\b"
)


def test_no_model_asks_for_the_time_or_for_chance():
    """transaction_timestamp is a column of the till; as a function it would be a clock."""
    found = [
        f"{file.relative_to(PROJECT_ROOT)}: {match[0]}"
        for file in (PROJECT_ROOT / "dbt_project").rglob("*.sql")
        for match in CLOCKS.finditer(file.read_text(encoding="utf-8").lower())
    ]
    assert found == []
