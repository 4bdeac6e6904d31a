import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from dangol.nightly import lock
from dangol.nightly.claim import read_claim
from dangol.orchestration import driver
from dangol.settings import PROJECT_ROOT, Settings
from pages.places import page_of

pytestmark = pytest.mark.end_to_end

STUB = Path(__file__).parent / "stub"
DAY = date(2017, 12, 30)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    fail = tmp_path / "fail.txt"
    monkeypatch.setenv("PYTHONPATH", f"{STUB}:{PROJECT_ROOT}")
    monkeypatch.setenv("DANGOL_STUB_FAIL", str(fail))
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        monkeypatch.delenv(name)
    return Settings.from_environment({"DANGOL_HOME": str(tmp_path / "home")})


def steps_of(settings):
    return (settings.home / "steps.txt").read_text().splitlines()


def test_a_night_from_an_empty_home_and_again_after_airflow_s_database_is_lost(settings):
    shown = []
    outcome = driver.run_night_in_airflow(settings, DAY, shown.append)
    assert (outcome.succeeded, outcome.failed_task, outcome.error) == (True, "", "")
    assert shown[:4] == [
        "  Airflow's database is ready",
        "  …  begin",
        f"  ✓  {'begin':<44}{outcome.tasks['begin']:6.1f} s",
        shown[3],
    ]
    assert set(list(outcome.tasks)[-3:-1]) == {"report", "copy"}
    assert list(outcome.tasks)[-1] == "finish"
    assert len(outcome.tasks) == 24
    first = steps_of(settings)
    assert sorted(first) == sorted(f"2017-12-30 {task}" for task in named(outcome.tasks))
    assert read_claim(settings).ended_at
    for path in (settings.home, outcome.log_file, settings.airflow_home / "airflow.db"):
        assert path.stat().st_mode & 0o077 == 0

    (settings.airflow_home / "airflow.db").unlink()
    again = driver.run_night_in_airflow(settings, DAY, shown.append)
    assert again.succeeded
    assert sorted(steps_of(settings)) == sorted(first * 2)


def test_the_night_after_airflow_s_database_was_set_back_a_day(settings):
    """Yesterday's copy of it does not know of last night's run: tonight's goes all the same."""
    database = settings.airflow_home / "airflow.db"
    steps = []
    for day in (DAY, date(2017, 12, 31), date(2018, 1, 1)):
        if day == date(2017, 12, 31):
            yesterday = database.read_bytes()
        assert driver.run_night_in_airflow(settings, day, lambda _: None).succeeded
        if day == date(2017, 12, 31):
            database.write_bytes(yesterday)
        steps.append([line for line in steps_of(settings) if line.startswith(f"{day} ")])
    assert len(steps[0]) == len(steps[1]) == len(steps[2]) > 20


def named(tasks):
    """Return the steps as the stub writes them: mapped arguments apart, without the last task."""
    return [task.replace("grocer_till.", "grocer_till ") for task in tasks if task != "finish"]


def test_a_failed_gate_is_tried_once_and_shown_with_its_error_and_its_log(settings, tmp_path):
    (tmp_path / "fail.txt").write_text("gate_cleaned 2017-12-30")
    shown = []
    outcome = driver.run_night_in_airflow(settings, DAY, shown.append)
    assert not outcome.succeeded
    assert outcome.failed_task == "gate_cleaned"
    assert outcome.error == "GateFailed: gate_cleaned: 3 rows are not what they should be"
    assert shown[-3:] == [
        "\nThe night of 2017-12-30 failed at gate_cleaned:",
        "  GateFailed: gate_cleaned: 3 rows are not what they should be",
        f"Full log: {outcome.log_file}",
    ]
    assert [line for line in shown if line.startswith("  …")].count("  …  gate_cleaned") == 1
    assert [line.split()[1] for line in steps_of(settings)][-1] == "cleaned"
    assert read_claim(settings).ended_at
    assert "nothing was published" in page_of(settings, DAY).read_text(), "the last task writes it"


def test_an_airflow_that_can_not_start_is_an_outcome_too(settings, monkeypatch):
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "sqlite:////nowhere/airflow.db")
    outcome = driver.run_night_in_airflow(settings, DAY, lambda _: None)
    assert (outcome.succeeded, outcome.failed_task) == (False, "Airflow's start")
    assert outcome.error == f"`airflow db migrate` failed: see {outcome.log_file}"


def test_killing_the_driver_kills_its_airflow_and_frees_the_home(settings, tmp_path):
    (tmp_path / "hang.txt").write_text("cleaned 2017-12-30")
    program = (
        "import datetime\n"
        "from dangol.orchestration.driver import run_night_in_airflow\n"
        "from dangol.settings import get_settings\n"
        "run_night_in_airflow(get_settings(), datetime.date(2017, 12, 30),\n"
        "                     lambda line: print(line, flush=True))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "DANGOL_HOME": str(settings.home),
            "DANGOL_STUB_HANG": str(tmp_path / "hang.txt"),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert any("…  cleaned" in line for line in process.stdout)
    with (
        pytest.raises(lock.RunRefused, match="dangol run 2017-12-30 for the business date"),
        lock.hold_home(settings, "another"),
    ):
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10
    while True:
        try:
            with lock.hold_home(settings, "another"):
                break
        except lock.RunRefused:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert json.loads((settings.airflow_home / "prepared.json").read_text())["pool"] == "build"
