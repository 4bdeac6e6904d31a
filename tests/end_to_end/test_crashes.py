"""P4: kill the night anywhere: readers see last night or tonight; the next run completes it.

The crash points are those that a night passes; the night itself reports them.
"""

import ast
import fnmatch
import logging
import signal

import pytest

from dangol.settings import PROJECT_ROOT

log = logging.getLogger(__name__)

pytestmark = pytest.mark.end_to_end

LAST_NIGHT, TONIGHT = "2017-12-30", "2017-12-31"

ELSEWHERE = {
    "lock.night_claimed", "lock.step_held", "lock.step_done", "lock.night_ending",
    "rollback.pinned", "publish.parquet_written", "copy.file_uploaded", "copy.uploaded",
}  # fmt: skip
"""Passed by Airflow's tasks, a rollback, and nights with Parquet or a bucket, whose tests kill
them there."""

SAMPLE = (
    "extract.rows_written",
    "after.extract.grocer_till.transactions",
    "stage.build_ready",
    "cleaned.built",
    "ml.promote.decided",
    "publish.recorded",
    "publish.manifest_written",
    "publish.pointer_prepared",
)
"""One for each kind of unfinished work: not in a manifest, a build, the registry or the pointer."""


@pytest.fixture(scope="module")
def passed(undisturbed, past, exports, tmp_path_factory):
    """The names that tonight passes, in order."""
    home = past.copy(tmp_path_factory.mktemp("passed") / "home")
    home.environment["DANGOL_LANDING"] = str(exports / "tonight")
    log = home.path.with_name("passed.log")
    home.night(TONIGHT, DANGOL_CRASH_LOG=str(log))
    return list(dict.fromkeys(log.read_text().split()))


def written_in_code():
    """Every name in a call of crash_point; ``*`` where a part is computed."""
    names = set()
    for folder in ("dangol", "ml", "expectations"):
        for file in (PROJECT_ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "crash_point":
                    names.add(_text(node.args[0]))
    return names


def _text(node):
    if isinstance(node, ast.Constant):
        return node.value
    return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)


def die_and_go_on(home, undisturbed, point):
    crashed = home.start(
        "command", arguments=["night", "--date", TONIGHT], environment={"DANGOL_CRASH_AT": point}
    )
    assert crashed.wait() == -signal.SIGKILL, crashed.log.read_text()[-2000:]
    home.assert_published_is_whole(LAST_NIGHT, TONIGHT)
    home.night(TONIGHT)
    home.assert_published_is_whole(TONIGHT)
    differing = {
        name for name, value in home.published().items() if value != undisturbed.checksums[name]
    }
    assert differing == set()
    home.assert_the_ledger_balances()
    home.assert_nothing_is_left()


@pytest.mark.parametrize("point", SAMPLE)
def test_a_night_that_is_killed_is_ended_by_the_next_run(home, undisturbed, point):
    die_and_go_on(home, undisturbed, point)


def test_every_crash_point_is_passed(passed):
    assert len(passed) >= 40
    unreached = {name for name in written_in_code() - ELSEWHERE if not fnmatch.filter(passed, name)}
    assert unreached == set()
    assert set(SAMPLE) <= set(passed)


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_every_crash_point_in_turn(past, exports, undisturbed, passed, tmp_path):
    log.warning("%d crash points", len(passed))
    failures = {}
    for point in passed:
        home = past.copy(tmp_path / point)
        home.environment["DANGOL_LANDING"] = str(exports / "tonight")
        try:
            die_and_go_on(home, undisturbed, point)
        except AssertionError as error:
            failures[point] = str(error)
    assert failures == {}
