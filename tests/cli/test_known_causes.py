"""What a person can mend is a message and a code, whatever is wrong with a home."""

import errno
import logging
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dangol import ledger, records
from dangol.cli import main
from dangol.files import sha256_of, write_whole
from dangol.ledger import Load, write_manifest
from dangol.nightly.claim import Claim, read_claim, write_claim
from dangol.nightly.lock import hold_home
from dangol.publication.rollback import rollback
from dangol.settings import Settings, get_settings

READING = [
    ["loads", "--problems"], ["quarantine"], ["report"], ["publications"], ["query", "select 1"],
    ["tables"], ["verify"], ["checksums"], ["contracts"], ["copy"],
]  # fmt: skip
WRITING = [
    ["rollback", "--yes"], ["resume"], ["night", "--date", "2017-12-31", "--until", "begin"],
]  # fmt: skip
LOAD_ID = "till.lines.000001"


@pytest.fixture
def lived_in(published: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with one file of each kind that commands read."""
    home = published
    folder = "till/lines/load_date=2017-12-31"
    raw, quarantined = (room / folder / "1-1.parquet" for room in (home.raw, home.quarantine))
    write_whole(raw, b"rows " * 100)
    quarantined.parent.mkdir(parents=True)
    duckdb.sql(
        f"copy (select '{LOAD_ID}' as load_id, '1.csv' as file, 1 as line, 'a' as column_name,"
        f" 'no number' as reason, 'x' as original_text, '' as header) to '{quarantined}'"
    )
    load = Load(
        load_id=LOAD_ID, number=1, system="till", stream="lines", file="1.csv",
        fingerprint="1-1", load_date="2017-12-31", run_id="r", contract_version="1.0.0",
        started_at="", status=ledger.LOADED, rows_read=3, rows_loaded=2, rows_quarantined=1,
        raw_file=str(raw.relative_to(home.home)), raw_sha256=sha256_of(raw),
        quarantine_file=str(quarantined.relative_to(home.home)),
        quarantine_sha256=sha256_of(quarantined),
    )  # fmt: skip
    write_manifest(raw.with_name("1-1.loads.jsonl"), [load])
    records.record(home, "step_runs", date(2017, 12, 31), "begin", [{"step": "begin"}])
    records.record(home, "closed_days", date(2017, 12, 31), "cli", [{"system": "till"}])
    records.record(home, "unclaimed_files", date(2017, 12, 31), "begin", [])
    write_claim(home, Claim.of("the last one", date(2017, 12, 31), is_one_process=True))
    write_whole(home.warehouse / "copied.json", b'{"address": "s3://b", "publications": []}')
    rollback(home)
    monkeypatch.setenv("DANGOL_COPY_TO", "s3://bucket")
    get_settings.cache_clear()
    (home.home / "landing").mkdir()
    return home


def garbage(file: Path) -> None:
    file.write_bytes(b"\x00garbage\xff" * 40)


def another_shape(file: Path) -> None:
    file.write_bytes(b'[{"a": [1]}]')


def nothing(file: Path) -> None:
    file.write_bytes(b"")


def deeply_nested(file: Path) -> None:
    file.write_bytes(b"[" * 100_000)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_dangling_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def a_link_to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def a_broken_disk(file: Path) -> None:
    file.unlink()
    file.symlink_to("/proc/self/mem")  # reading it is an I/O error


DAMAGES = [garbage, another_shape, nothing, deeply_nested, a_folder, a_dangling_link,
           a_link_to_itself, a_broken_disk]  # fmt: skip

FILES = [
    "company/company.toml", "run.json", "warehouse/pinned.json", "warehouse/copied.json",
    "warehouse/dangol.duckdb", "warehouse/build.duckdb",
    "warehouse/publications/2017-12-30-0001/publication.json",
    "warehouse/publications/2017-12-30-0001/dangol.duckdb",
    "lake/raw/till/lines/load_date=2017-12-31/1-1.loads.jsonl",
    "lake/raw/till/lines/load_date=2017-12-31/1-1.parquet",
    "lake/quarantine/till/lines/load_date=2017-12-31/1-1.parquet",
    "ops/step_runs/2017-12-31.jsonl", "ops/closed_days/2017-12-31.jsonl",
    "ops/unclaimed_files/2017-12-31.jsonl", "ops/pointer_moves.jsonl",
]  # fmt: skip


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command; return its code and what it wrote to standard error."""
    capsys.readouterr()
    code = main(arguments)
    output = capsys.readouterr()
    assert "Traceback" not in output.err, f"{arguments}: {output.err}"
    assert code in {0, 1}
    assert code == 0 or output.err.startswith("dangol: "), f"{arguments}: {output.err}"
    return code, output.err


@pytest.mark.parametrize("name", FILES)
def test_any_file_of_a_home_may_be_anything(
    lived_in: Settings, name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = lived_in.home / name
    assert file.is_file()
    aside = tmp_path / "aside"
    shutil.copytree(lived_in.home, aside, symlinks=True)
    faults = []
    for damage in DAMAGES:
        file.chmod(0o600)
        damage(file)
        get_settings.cache_clear()
        for command in (*READING, ["quarantine", LOAD_ID], *WRITING):
            try:
                told(capsys, *command)
            except AssertionError as error:
                faults.append(f"{damage.__name__}: {error}")
        shutil.rmtree(lived_in.home)
        shutil.copytree(aside, lived_in.home, symlinks=True)
    assert faults == []
