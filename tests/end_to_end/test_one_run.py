"""One run at a time, and a machine that refuses space or write access."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dangol.settings import PROJECT_ROOT

pytestmark = pytest.mark.end_to_end

LAST_NIGHT, TONIGHT = "2017-12-30", "2017-12-31"


def test_a_second_run_is_refused_until_the_first_ends_or_is_killed(home, tmp_path):
    """Both are real nights; the first is stopped half-way."""
    first = home.start("command", paused=True, arguments=["night", "--date", TONIGHT])
    first.wait_until_paused()
    first.go()
    claim = home.path / "run.json"
    deadline = time.monotonic() + 30
    while "extract" not in first.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGSTOP)
    for command in (["night", "--date", TONIGHT], ["rebuild", "--date", TONIGHT]):
        status, said = home.command(*command)
        assert status == 1
        assert f"dangol: {home.path} is locked by dangol night {TONIGHT}" in said
        assert f"process {first.pid} on " in said
    home.assert_published_is_whole(LAST_NIGHT)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert '"ended_at": ""' in claim.read_text()
    status, said = home.command("night", "--date", TONIGHT, "--until", "stage_raw")
    assert status == 0, said
    assert '"ended_at": ""' not in claim.read_text()


def test_too_little_memory_fails_the_night_and_memory_is_all_it_takes(home, undisturbed):
    act = home.start(
        "command",
        arguments=["night", "--date", TONIGHT],
        environment={"DANGOL_MEMORY_LIMIT": "12MB"},
    )
    assert act.wait() == 1
    said = act.log.read_text()
    assert "dangol: DuckDB ran out of memory" in said
    assert "DANGOL_MEMORY_LIMIT" in said
    home.assert_published_is_whole(LAST_NIGHT)
    home.night(TONIGHT)
    assert home.published() == undisturbed.checksums
    home.assert_nothing_is_left()


PROGRAM = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import nursery

home = Path(os.environ["DANGOL_HOME"])
if sys.argv[2] == "full":
    left = os.statvfs(home)
    filler = home / "filler"
    with filler.open("wb") as stream:
        stream.write(bytes(max(left.f_bavail * left.f_frsize - int(sys.argv[3]), 0)))
try:
    nursery.steps("2017-12-31", ["publish"])
    print("published")
except Exception as error:
    print(type(error).__name__, str(error)[:400].replace(chr(10), " "))
print("readers get", (home / "warehouse" / "dangol.duckdb").readlink().parent.name)
if sys.argv[2] == "full":
    filler.unlink()
    nursery.steps("2017-12-31", ["begin", "publish"])
    print("readers get", (home / "warehouse" / "dangol.duckdb").readlink().parent.name)
"""


def in_a_namespace(mounting, home, *arguments):
    """Run the program in a mount namespace that only it sees, as an ordinary user."""
    script = f'{mounting} && exec "$@"'
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec", script, "sh",
         sys.executable, "-c", PROGRAM, str(Path(__file__).parent), *arguments],
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)} | home.environment,
        cwd=PROJECT_ROOT, capture_output=True, text=True,
    )  # fmt: skip


def may_mount():
    """Return whether this machine lets an ordinary user mount in a separate namespace."""
    if shutil.which("unshare") is None:
        return False
    probe = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "x", "/mnt"]
    return subprocess.run(probe, capture_output=True).returncode == 0


needs_mount = pytest.mark.skipif(not may_mount(), reason="this machine allows no mount namespaces")


@pytest.fixture
def unpublished(finished_home):
    """A home with something new to publish."""
    import duckdb

    with duckdb.connect(finished_home.settings.build_file) as build:
        build.execute("update customer_view.customers set city = 'another'")
    return finished_home


@needs_mount
@pytest.mark.parametrize("left", ["0", "200000", "1500000"])
def test_a_full_disk_leaves_what_readers_have_and_space_is_all_it_takes(
    unpublished, tmp_path, left
):
    home = unpublished
    (name,) = {home.settings.published_file.readlink().parent.name}
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = f"mount -t tmpfs -o size=120m tmpfs {disk} && cp -a {home.path}/. {disk}/"
    home.environment["DANGOL_HOME"] = str(disk)
    done = in_a_namespace(mounting, home, "full", left)
    assert done.returncode == 0, done.stderr
    failed, before, after = done.stdout.splitlines()[-3:]
    assert "published" not in failed
    assert before == f"readers get {name}"
    assert after == f"readers get {name.replace('0004', '0005')}"


@needs_mount
def test_a_read_only_home_can_be_read_and_refuses_a_night(unpublished):
    home = unpublished
    name = home.settings.published_file.readlink().parent.name
    mounting = f"mount --bind {home.path} {home.path} && mount -o remount,ro,bind {home.path}"
    done = in_a_namespace(mounting, home, "read-only")
    assert done.returncode == 0, done.stderr
    failed, before = done.stdout.splitlines()[-2:]
    assert "published" not in failed
    assert failed.startswith("WarehouseError ")
    assert "Read-only file system). Check that the disk is mounted and writable" in failed
    assert before == f"readers get {name}"
    home.assert_published_is_whole(TONIGHT)
