"""Setting up shows how far it is."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dangol.settings import PROJECT_ROOT


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PROJECT_ROOT / "tools"))
    import install

    return install


OUTPUT = """\
Ignoring colorama: markers 'sys_platform == "win32"' don't match your environment
Collecting duckdb==1.5.5 (from -r requirements.lock (line 1))
  Downloading duckdb-1.5.5.whl (20 MB)
Requirement already satisfied: packaging==25.0 in /x
Installing collected packages: duckdb
Successfully installed duckdb-1.5.5
"""


def test_packages_are_counted_as_pip_meets_them(install: ModuleType) -> None:
    shown: list[tuple[str, bool]] = []
    last = install.follow(OUTPUT.splitlines(keepends=True), 3, lambda *line: shown.append(line))
    assert shown == [
        ("  1 of 3 packages downloaded", False),
        ("  2 of 3 packages downloaded", False),
        ("  3 of 3 packages downloaded", True),
        ("  installing them", True),
    ]
    assert last == OUTPUT.splitlines()


def test_every_package_of_a_lock_is_counted(install: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("a==1 \\\n    --hash=sha256:0\n    # via b==2\nfsspec[http]==2 ; x\nc.d-e==3\n")
    assert install.count_packages([lock]) == 3
    assert install.count_packages([PROJECT_ROOT / "requirements.lock"]) > 200


def test_what_pip_could_not_do_is_shown(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("no requirement, but words\n")
    done = subprocess.run(
        [sys.executable, PROJECT_ROOT / "tools" / "install.py", lock],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Invalid requirement" in done.stdout
