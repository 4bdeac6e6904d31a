import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from dangol.night import Night
from dangol.nightly import lock
from dangol.nightly.claim import ClaimError, read_claim
from dangol.settings import PROJECT_ROOT, Settings

FIRST, SECOND = date(2017, 12, 30), date(2017, 12, 31)

PROGRAM = """
import subprocess, sys, time
from datetime import date
from dangol.night import Night
from dangol.nightly import lock
from dangol.settings import get_settings

settings = get_settings()
what, day = sys.argv[1], date.fromisoformat(sys.argv[2])
night = Night.of(day, settings.company, run_id=f"run of {day}")
try:
    if what == "home":
        with lock.hold_home(settings, night.run_id, day) as (descriptor, variables):
            print("held", flush=True)
            time.sleep(float(sys.argv[3]))
    elif what == "home-with-child":
        with lock.hold_home(settings, night.run_id, day) as (descriptor, variables):
            child = subprocess.Popen(["sleep", sys.argv[3]], pass_fds=(descriptor,))
            print(f"held {child.pid}", flush=True)
            time.sleep(float(sys.argv[3]))
    elif what == "night":
        lock.claim_night(settings, night)
        print("held", flush=True)
    elif what in {"step", "side-step"}:
        with lock.hold_step(settings, night, side_by_side=what == "side-step"):
            print("held", flush=True)
            time.sleep(float(sys.argv[3]))
    elif what == "release":
        lock.release_night(settings, night)
        print("held", flush=True)
except lock.RunRefused as refusal:
    print(f"refused: {refusal}", flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"DANGOL_HOME": str(tmp_path / "home")})


class Actors:
    """Real processes that take the home, and what each of them says first."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.running: list[subprocess.Popen[str]] = []

    def start(
        self, what: str, day: date, seconds: float = 60, **variables: str
    ) -> tuple[subprocess.Popen[str], str]:
        environment = {
            **os.environ,
            "DANGOL_HOME": str(self.settings.home),
            "PYTHONPATH": str(PROJECT_ROOT),
            **variables,
        }
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, what, day.isoformat(), str(seconds)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().strip()

    def says(self, what: str, day: date, seconds: float = 0, **variables: str) -> str:
        process, said = self.start(what, day, seconds, **variables)
        process.wait(20)
        return said


@pytest.fixture
def actors(settings):
    actors = Actors(settings)
    yield actors
    for process in actors.running:
        process.kill()
        process.wait()
        process.stdout.close()


def is_free_and_clean(settings: Settings) -> bool:
    """Return whether only the note of a run that has ended is there, and no temporary file."""
    names = {path.name for path in settings.home.iterdir()}
    return names == {"run.json"} and read_claim(settings).ended_at != ""


def test_a_second_run_is_told_who_has_the_home_and_since_when(settings, actors):
    holder, said = actors.start("home", FIRST)
    claim = read_claim(settings)
    assert (said, claim.pid) == ("held", holder.pid)
    refusal = actors.says("home", SECOND)
    assert refusal.startswith(
        f"refused: {settings.home} is locked by run of 2017-12-30 for the business date 2017-12-30 "
        f"since {claim.since} (process {holder.pid} on {claim.host}). Wait until it ends"
    )
    assert actors.says("night", SECOND).startswith("refused:")
    assert actors.says("home", FIRST).startswith("refused:"), "not even for the same day"


def test_a_run_that_ends_leaves_nothing(settings, actors):
    assert actors.says("home", FIRST) == "held"
    assert is_free_and_clean(settings)


def test_a_run_that_raises_leaves_nothing(settings):
    with pytest.raises(ZeroDivisionError), lock.hold_home(settings, "roll-back"):
        raise ZeroDivisionError
    assert is_free_and_clean(settings)


def test_a_killed_run_frees_the_home_at_once_and_the_next_run_cleans_up(settings, actors):
    holder, _ = actors.start("home", FIRST)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert read_claim(settings).ended_at == ""
    assert actors.says("home", SECOND) == "held"
    assert is_free_and_clean(settings)


def test_a_child_that_outlives_its_killed_parent_keeps_the_home(settings, actors):
    holder, said = actors.start("home-with-child", FIRST)
    orphan = int(said.split()[1])
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert actors.says("home", SECOND).startswith("refused:")
    os.kill(orphan, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while (said := actors.says("home", SECOND)) != "held":
        assert time.monotonic() < deadline, said


@pytest.mark.parametrize(
    ("point", "what"),
    [
        ("lock.home_held", "home"),
        ("lock.home_ending", "home"),
        ("lock.night_claimed", "night"),
        ("lock.step_held", "step"),
        ("lock.step_done", "step"),
        ("lock.night_ending", "release"),
    ],
)
def test_killed_at_any_point_the_same_night_goes_on_and_leaves_nothing(
    settings, actors, point, what
):
    if what in {"step", "release"}:
        actors.says("night", FIRST)
    holder, _ = actors.start(what, FIRST, 0, DANGOL_CRASH_AT=point)
    assert holder.wait(20) == -signal.SIGKILL
    assert actors.says("night", FIRST) == "held"
    assert actors.says("step", FIRST) == "held"
    assert actors.says("release", FIRST) == "held"
    assert is_free_and_clean(settings)


def test_between_two_tasks_the_claim_keeps_others_out(settings, actors):
    assert actors.says("night", FIRST) == "held"
    assert actors.says("night", SECOND).startswith("refused:")
    assert actors.says("home", SECOND).startswith("refused:")
    assert actors.says("step", FIRST) == "held"
    assert actors.says("release", FIRST) == "held"
    assert actors.says("night", SECOND) == "held"


def test_a_claim_without_a_sign_of_life_runs_out(settings, actors):
    actors.says("night", FIRST)
    long_ago = time.time() - lock.LEASE.total_seconds() - 1
    os.utime(settings.home / "run.json", (long_ago, long_ago))
    assert actors.says("night", SECOND) == "held"
    refusal = actors.says("step", FIRST)
    assert refusal.startswith("refused: run of 2017-12-30 for 2017-12-30 no longer owns")
    assert "last owner: run of 2017-12-31 for the business date 2017-12-31 since" in refusal
    assert "Clear the run from its first task" in refusal


def test_a_task_at_work_keeps_the_home_however_long_it_takes(settings, actors):
    actors.says("night", FIRST)
    actors.start("step", FIRST)
    long_ago = time.time() - 10 * lock.LEASE.total_seconds()
    os.utime(settings.home / "run.json", (long_ago, long_ago))
    assert actors.says("night", SECOND).startswith("refused:")


def test_each_task_renews_the_claim(settings, actors):
    actors.says("night", FIRST)
    long_ago = time.time() - 100
    os.utime(settings.home / "run.json", (long_ago, long_ago))
    actors.says("step", FIRST)
    assert time.time() - (settings.home / "run.json").stat().st_mtime < 50


def test_the_same_business_day_takes_over_a_claim_that_nobody_works_under(settings, actors):
    """Airflow's database was lost in mid-night: the run has a new name, the day is the same."""
    lock.claim_night(settings, Night.of(FIRST, settings.company, run_id="before the loss"))
    assert actors.says("night", FIRST) == "held"
    assert read_claim(settings).run_id == "run of 2017-12-30"


def test_side_by_side_tasks_share_the_home_and_others_wait_their_turn(settings, actors):
    actors.says("night", FIRST)
    assert actors.start("side-step", FIRST)[1] == "held"
    assert actors.says("side-step", FIRST) == "held"
    started = time.monotonic()
    assert actors.start("side-step", FIRST, 3)[1] == "held"
    first_holder = actors.running[1]
    first_holder.kill()
    first_holder.wait()
    assert actors.says("step", FIRST) == "held", "it waits for tasks of its own run"
    assert time.monotonic() - started > 2


def test_cleared_tasks_go_on_if_nobody_was_here_since(settings, actors):
    actors.says("night", FIRST)
    actors.says("release", FIRST)
    assert actors.says("step", FIRST) == "held"
    assert read_claim(settings).ended_at != ""
    assert actors.says("home", SECOND) == "held", "a cleared task has the home while it works"
    refusal = actors.says("step", FIRST)
    assert "no longer owns" in refusal
    assert "last owner: run of 2017-12-31 for the business date 2017-12-31 from" in refusal


def test_a_task_without_a_claim_does_not_run(settings, actors):
    refusal = actors.says("step", FIRST)
    assert refusal.startswith("refused:")
    assert "last owner: none" in refusal


def test_children_of_a_run_in_one_process_need_no_lock_of_their_own(settings, monkeypatch):
    night = Night.of(FIRST, settings.company)
    with lock.hold_home(settings, "dangol run", FIRST) as (_, variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        lock.claim_night(settings, night)
        with lock.hold_step(settings, night):
            assert read_claim(settings).run_id == "dangol run"
        lock.release_night(settings, night)
        assert read_claim(settings).run_id == "dangol run"


def test_a_left_over_variable_opens_nothing(settings, actors):
    actors.start("home", FIRST)
    assert actors.says("night", SECOND, DANGOL_RUN_CLAIM="0" * 32).startswith("refused:")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", "null", "[" * 100_000, b"\xff",
     '{"run_id": 1, "business_date": "", "pid": 1, "host": "", "since": "", "token": "",'
     ' "is_one_process": true}',
     '{"run_id": "r", "business_date": "", "pid": "1", "host": "", "since": "", "token": "",'
     ' "is_one_process": true}',
     '{"run_id": "r", "business_date": "2017-13-01", "pid": 1, "host": "", "since": "",'
     ' "token": "", "is_one_process": true}'],
)  # fmt: skip
def test_a_damaged_claim_is_named_with_what_to_do(settings, content):
    file = settings.home / "run.json"
    file.parent.mkdir()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with (
        pytest.raises(ClaimError, match="then delete the file"),
        lock.hold_home(settings, "a run"),
    ):
        pass
    file.unlink()
    with lock.hold_home(settings, "a run"):
        pass


def test_releasing_a_home_that_is_another_s_does_nothing(settings):
    lock.claim_night(settings, Night.of(FIRST, settings.company, run_id="its owner"))
    lock.release_night(settings, Night.of(FIRST, settings.company, run_id="someone else"))
    assert json.loads((settings.home / "run.json").read_text())["run_id"] == "its owner"
