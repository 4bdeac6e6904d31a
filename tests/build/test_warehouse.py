import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dangol import layers
from dangol.build.warehouse import (
    DamagedBuildError,
    WarehouseError,
    connection_config,
    extension_folder,
    open_build,
    open_memory,
)
from dangol.settings import PROJECT_ROOT, Settings

HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.readline()
"""


class Holder:
    """Another process that has a database file open."""

    def __init__(self, file: Path, how: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(file), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "held\n"

    def __enter__(self) -> "Holder":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate("\n", timeout=30)


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    return connection.execute("select current_setting(?)", [name]).fetchall()[0][0]


def test_the_build_has_its_schemas_and_is_in_utc(small_home: Settings) -> None:
    with open_build(small_home) as build:
        found = build.execute("select schema_name from information_schema.schemata").fetchall()
        assert {name for (name,) in found} >= {*layers.NAMES, layers.OPS}
        assert setting(build, "TimeZone") == "UTC"
    assert small_home.warehouse.stat().st_mode & 0o777 == 0o700


def test_nobody_else_may_read_the_build_whatever_the_umask(small_home: Settings) -> None:
    before = os.umask(0o022)
    try:
        with open_build(small_home) as build:
            build.execute("create table ops.t as select 1 as n")
            modes = {each.name: each.stat().st_mode & 0o777 for each in build_files(small_home)}
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert modes == {"build.duckdb": 0o600, "build.duckdb.wal": 0o600}


def build_files(settings: Settings) -> list[Path]:
    return list(settings.warehouse.glob("build.duckdb*"))


def test_nothing_is_downloaded_and_nothing_spills_in_the_clear(small_home: Settings) -> None:
    with open_build(small_home) as build:
        assert setting(build, "autoinstall_known_extensions") is False
        assert setting(build, "temp_file_encryption") is True
        assert setting(build, "temp_directory") == str(small_home.work / f"spill-{os.getpid()}")
        assert setting(build, "threads") == 1
        assert setting(build, "preserve_insertion_order") is False


def test_a_spill_to_disk_is_encrypted_and_goes_away(small_home: Settings) -> None:
    spilled = False
    with open_memory(small_home) as connection:
        connection.execute("set memory_limit = '60MB'")
        connection.execute(
            "create temp table secrets as"
            " select 'SECRET-' || n || repeat('x', 200) as word from range(400000) as r (n)"
        )
        for file in (small_home.work / f"spill-{os.getpid()}").rglob("*"):
            if file.is_file():
                spilled = True
                assert b"SECRET-" not in file.read_bytes()
    assert spilled
    assert [file for file in small_home.work.rglob("*") if file.is_file()] == []


def test_a_build_that_another_process_writes_is_refused_with_advice(small_home: Settings) -> None:
    with open_build(small_home):
        pass
    with (
        Holder(small_home.build_file, "write"),
        pytest.raises(WarehouseError, match="If another night is running, wait") as error,
        open_build(small_home),
    ):
        pass
    assert str(small_home.build_file) in str(error.value)
    with open_build(small_home) as build:  # its end frees the file
        assert build.execute("select 1").fetchall() == [(1,)]


def test_a_build_that_is_no_database_is_told_from_one_in_use(small_home: Settings) -> None:
    small_home.warehouse.mkdir()
    small_home.build_file.write_bytes(b"x" * 10_000)
    with pytest.raises(DamagedBuildError, match="`dangol rebuild` rebuilds it from the lake"):
        open_build(small_home).__enter__()
    with open_build_of_another(small_home), pytest.raises(WarehouseError) as error:
        open_build(small_home).__enter__()
    assert not isinstance(error.value, DamagedBuildError)


def open_build_of_another(settings: Settings) -> Holder:
    settings.build_file.unlink()
    with open_build(settings):
        pass
    return Holder(settings.build_file, "write")


def test_several_may_read_the_build_at_once(small_home: Settings) -> None:
    with open_build(small_home) as build:
        build.execute("create table ops.t as select 42 as n")
    with (
        Holder(small_home.build_file, "read"),
        open_build(small_home, read_only=True) as build,
    ):
        assert build.execute("from ops.t").fetchall() == [(42,)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            build.execute("create table ops.u as select 1")


def test_duckdb_is_connected_to_in_few_places() -> None:
    """A connection made elsewhere would lack the limits, and encryption of what it spills."""
    allowed = {
        "dangol/build/warehouse.py": "the place",
        "dangol/build/published.py": "reads what is published, with the same limits",
        "dangol/scratch.py": "in memory, with a limit, of no home",
        "expectations/engine.py": "gives Great Expectations the connection that it asks for",
    }
    found = {
        str(file.relative_to(PROJECT_ROOT))
        for folder in ("dangol", "demo", "expectations", "ml", "pages", "simulator")
        for file in (PROJECT_ROOT / folder).rglob("*.py")
        if re.search(
            r"duckdb\.(connect|execute|sql|query|read_\w+)\(", file.read_text(encoding="utf-8")
        )
    }
    assert found - set(allowed) == set()


def test_the_limits_come_from_the_settings(small_home: Settings) -> None:
    assert connection_config(small_home) == {
        "memory_limit": "500MB",
        "threads": 1,
        "temp_directory": str(small_home.work / f"spill-{os.getpid()}"),
        "temp_file_encryption": True,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "extension_directory": str(small_home.home / "extensions"),
        "storage_compatibility_version": "v1.5.0",
    }


def test_the_extension_that_encrypts_is_found_again_when_the_environment_has_moved(
    small_home: Settings, tmp_path: Path
) -> None:
    folder = extension_folder(small_home)
    (link,) = folder.glob("*/*/*")
    file = link.resolve()
    link.unlink()
    link.symlink_to(tmp_path / "gone")  # a home that was copied, a virtual environment made anew
    assert extension_folder(small_home) == folder
    assert [each.resolve() for each in folder.glob("*/*/*")] == [file]


def test_a_link_for_another_platform_is_not_enough(small_home: Settings) -> None:
    (link,) = extension_folder(small_home).glob("*/*/*")
    other = link.parent.with_name("linux_other")
    link.parent.rename(other)  # the home came from another kind of machine
    extension_folder(small_home)
    assert link.exists()


def test_an_extension_of_another_version_is_noticed_before_anything_spills(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("duckdb.__version__", "1.5.99")
    with pytest.raises(WarehouseError, match=r"reinstall duckdb-extension-httpfs in .* 1\.5\.99"):
        extension_folder(small_home)
