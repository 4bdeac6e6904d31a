import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.measure import ProgramFailedError, run
from benchmarks.workspace import workspace
from dangol.settings import PROJECT_ROOT


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def fill(folder: Path) -> Path:
    for name in ("home/dbt/logs/dbt.log", "home/build.duckdb", "landed/a.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "landed" / "link").symlink_to(PROJECT_ROOT)
    return folder / "benchmark.log"


def test_a_program_that_fails_is_named_with_the_end_and_the_path_of_its_log(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    command = [sys.executable, "-c", "for n in range(40): print('line', n)\nraise SystemExit(3)"]
    with pytest.raises(ProgramFailedError) as failed:
        run(command, {}, log)
    last = "".join(f"    line {number}\n" for number in range(10, 40))
    assert str(failed.value) == (
        f"{sys.executable} -c for n in range(40): print('line', n) raise SystemExit(3) ended "
        f"with 3. The last lines of its log:\n{last}The log is {log}"
    )
    assert log.read_text().count("line") == 40


def work_and_fail(folders: list[Path]) -> None:
    with workspace() as folder:
        folders.append(folder)
        run([sys.executable, "-c", "raise SystemExit('no such day')"], {}, fill(folder))


def work_and_be_wrong(folders: list[Path]) -> None:
    with workspace() as folder:
        folders.append(folder)
        fill(folder).touch()
        raise ZeroDivisionError


def test_after_a_failure_the_logs_stay(capsys: pytest.CaptureFixture[str]) -> None:
    folders: list[Path] = []
    with pytest.raises(SystemExit) as end:
        work_and_fail(folders)
    (folder,) = folders
    assert end.value.code == 1
    assert capsys.readouterr().err == (
        f"{sys.executable} -c raise SystemExit('no such day') ended with 1. "
        f"The last lines of its log:\n    no such day\nThe log is {folder / 'benchmark.log'}\n"
    )
    assert files_below(folder) == ["benchmark.log", "home/dbt/logs/dbt.log"]
    assert sorted(path.name for path in folder.iterdir()) == ["benchmark.log", "home"]
    assert (PROJECT_ROOT / "README.md").exists(), "no link was followed"


def test_a_fault_of_the_benchmark_keeps_its_traceback_and_the_logs() -> None:
    folders: list[Path] = []
    with pytest.raises(ZeroDivisionError):
        work_and_be_wrong(folders)
    assert files_below(folders[0]) == ["benchmark.log", "home/dbt/logs/dbt.log"]


def test_after_a_success_nothing_stays(temporary: Path) -> None:
    with workspace() as folder:
        fill(folder).touch()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("succeeds", [True, False])
def test_in_a_folder_of_the_users_everything_stays(tmp_path: Path, succeeds: bool) -> None:
    own = tmp_path / "own"
    try:
        with workspace(own) as folder:
            fill(folder).touch()
            if not succeeds:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        assert not succeeds
    assert folder == own
    assert files_below(own) == [
        "benchmark.log", "home/build.duckdb", "home/dbt/logs/dbt.log", "landed/a.csv",
    ]  # fmt: skip


def test_a_benchmark_whose_first_program_fails_ends_with_1_and_leaves_its_log(
    temporary: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.full_build", "--last", "yesterday"],
        cwd=PROJECT_ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    (log,) = temporary.rglob("*.log")
    assert re.fullmatch(r"dangol-benchmark-\w+/full_build\.log", str(log.relative_to(temporary)))
    first, *_, cause, last = done.stderr.splitlines()
    landed = f"{log.parent / 'landed-1'} 2017-01-01 yesterday 1"
    assert first == (
        f"{sys.executable} -m benchmarks.landing {landed} ended with 1. "
        "The last lines of its log:"
    )  # fmt: skip
    assert cause == "    ValueError: Invalid isoformat string: 'yesterday'"
    assert last == f"The log is {log}"
    assert "Traceback" not in first
    assert log.read_text().splitlines()[-1] == cause.strip()
