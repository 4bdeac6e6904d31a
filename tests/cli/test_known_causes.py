"""What a person can mend is a message and a code, whatever is wrong with a home."""

import errno
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from dangol import ledger, records
from dangol.cli import main
from dangol.files import sha256_of, write_whole
from dangol.id_keys import IdKey, write_file
from dangol.ledger import Load, write_manifest
from dangol.nightly.claim import Claim, read_claim, write_claim
from dangol.nightly.lock import hold_home
from dangol.publication.rollback import rollback
from dangol.settings import Settings, get_settings
from tests.id_key import SECRET

READING = [
    ["loads", "--problems"], ["quarantine"], ["report"], ["publications"], ["query", "select 1"],
    ["tables"], ["verify"], ["checksums"], ["contracts"], ["copy"], ["whois", "0c31"],
    ["docs", "--port", "0"],
]  # fmt: skip
WRITING = [
    ["rollback", "--yes"], ["resume"], ["rotate-ids", "--lost"],
    ["night", "--date", "2017-12-31", "--until", "begin"],
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
    for table in ("unclaimed_files", "alerts", "plans", "gate_results", "nights"):
        records.record(home, table, date(2017, 12, 31), "begin", [{"run_id": "r"}])
    write_file(home, IdKey(SECRET), None)
    write_whole(home.ops / "whois.jsonl", b'{"ids": []}\n')
    write_whole(home.pages / "index.html", b"the nights")
    monkeypatch.setattr("http.server.ThreadingHTTPServer.serve_forever", interrupt)
    write_claim(home, Claim.of("the last one", date(2017, 12, 31), is_one_process=True))
    write_whole(home.warehouse / "copied.json", b'{"address": "s3://b", "publications": []}')
    rollback(home)
    monkeypatch.setenv("DANGOL_COPY_TO", "s3://bucket")
    get_settings.cache_clear()
    (home.home / "landing").mkdir()
    return home


def interrupt(_server: object) -> None:
    raise KeyboardInterrupt


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
    "id-key.json", "ops/whois.jsonl", "ops/alerts/2017-12-31.jsonl", "ops/plans/2017-12-31.jsonl",
    "ops/publications/2017-12-30.jsonl", "ops/gate_results/2017-12-31.jsonl",
    "ops/nights/2017-12-31.jsonl", "pages/index.html",
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


def faults_of(
    home: Settings,
    name: str,
    damages: Sequence[Callable[[Path], None]],
    capsys: pytest.CaptureFixture[str],
    aside: Path,
) -> list[str]:
    """Damage a file in several ways; return what commands then say that they should not."""
    file = home.home / name
    assert file.is_file()
    shutil.copytree(home.home, aside, symlinks=True)
    faults = []
    for damage in damages:
        file.chmod(0o600)
        damage(file)
        get_settings.cache_clear()
        for command in (*READING, ["quarantine", LOAD_ID], *WRITING):
            try:
                told(capsys, *command)
            except AssertionError as error:
                faults.append(f"{damage.__name__}: {error}")
        shutil.rmtree(home.home)
        shutil.copytree(aside, home.home, symlinks=True)
    return faults


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_a_home_may_be_anything(
    lived_in: Settings, name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Each file in one way, each way at some file."""
    damage = DAMAGES[FILES.index(name) % len(DAMAGES)]
    assert faults_of(lived_in, name, [damage], capsys, tmp_path / "aside") == []


@pytest.mark.sweep
@pytest.mark.parametrize("name", FILES)
def test_any_file_of_a_home_may_be_anything(
    lived_in: Settings, name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert faults_of(lived_in, name, DAMAGES, capsys, tmp_path / "aside") == []


IMPOSSIBLE = ["a file", "below a file", "a dangling link", "a link to itself", "in proc"]


@pytest.fixture
def impossible(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A folder that can't be a home, but whose company is described elsewhere."""
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "home")
    (tmp_path / "circle").symlink_to("circle")
    home = {
        "a file": tmp_path / "file", "below a file": tmp_path / "file" / "home",
        "a dangling link": tmp_path / "dangling", "a link to itself": tmp_path / "circle",
        "in proc": Path("/proc/home"),
    }[request.param]  # fmt: skip
    toml = b'name = "Shop"\ntimezone = "Asia/Seoul"\ncurrency = "KRW"\n'
    write_whole(tmp_path / "company" / "company.toml", toml)
    monkeypatch.setenv("DANGOL_HOME", str(home))
    monkeypatch.setenv("DANGOL_COMPANY", str(tmp_path / "company"))
    get_settings.cache_clear()
    yield home
    get_settings.cache_clear()


@pytest.mark.parametrize("impossible", IMPOSSIBLE, indirect=True)
def test_an_impossible_home_is_said_to_be_one(
    impossible: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in (*READING, *WRITING, ["quarantine", LOAD_ID], ["docs"], ["resubmit", "a", "b"]):
        if command == ["contracts"]:
            continue  # it needs no home
        code, error = told(capsys, *command)
        assert code == 1
        assert error.startswith(f"dangol: {impossible} "), command
        assert "DANGOL_HOME" in error


def test_a_folder_that_is_no_home_is_said_to_be_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    get_settings.cache_clear()
    for command in (*READING, *WRITING[:2], ["docs"]):
        if command == ["contracts"]:
            continue  # the company could be described elsewhere
        code, error = told(capsys, *command)
        assert code == 1
        assert error == (
            f"dangol: {tmp_path} is no home of Dangol: it has neither company, lake, warehouse, ops"
            " nor landing. Set DANGOL_HOME to the company's folder; `dangol init` makes a new one\n"
        )
    code, error = told(capsys, "contracts")
    assert code == 1
    assert "`dangol init --name" in error
    assert list(tmp_path.iterdir()) == []
    get_settings.cache_clear()


def test_an_empty_home_variable_is_unset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DANGOL_HOME", "")
    get_settings.cache_clear()
    assert told(capsys, "loads")[1].startswith(f"dangol: {tmp_path / 'var'} is no home of Dangol: ")
    get_settings.cache_clear()


def test_a_full_disk_while_the_claim_ends_is_a_warning_and_the_next_run_starts(
    home: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk, hold_home(home, "a night"):
        disk.setattr("dangol.nightly.claim.write_whole", full)
    assert caplog.record_tuples == [
        (
            "dangol.nightly.lock", logging.WARNING,
            f"{home.home}/run.json can't be told that this run has ended (No space left on device):"
            " the next one starts all the same",
        )
    ]  # fmt: skip
    with hold_home(home, "the next"):
        claim = read_claim(home)
        assert claim is not None
        assert claim.run_id == "the next"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/home/x"),
         "/home/x: No space left on device; free some space, then run the command again"),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system; the disk is read"),
        (OSError(errno.EACCES, "Permission denied", "a", None, "b"),
         "a -> b: Permission denied; run it as the account that runs the pipeline"),
        (duckdb.IOException("IO Error: Could not write file: No space left\n\nstack"),
         "IO Error: Could not write file: No space left; check that the disk has space"),
        (MemoryError(), "the machine has no memory left: stop something else"),
    ],
)  # fmt: skip
def test_what_the_machine_lacks_is_a_message(
    home: Settings, error: Exception, message: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(ledger, "read_ledger", fail)
    code, said = told(capsys, "loads")
    assert code == 1
    assert said.startswith(f"dangol: {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "2017-13-01",
            "there is no day '2017-13-01'; write year, month and day, such as 2017-12-31",
        ),
        ("2017-02-29", "there is no day '2017-02-29'; write year"),
        ("20171231", "'20171231' is not a date from 1900 to 2199; write it as 2017-12-31"),
        ("9999-12-31", "'9999-12-31' is not a date from 1900 to 2199"),
        ("２０１７-12-31", "is not a date from 1900 to 2199; write it as 2017-12-31"),
        ("", "'' is not a date"),
    ],
)
def test_a_date_that_is_none_says_what_to_write(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["night", "--date", text])
    assert end.value.code == 2
    assert f"argument --date: {message}" in capsys.readouterr().err.replace("'２０１７-12-31' ", "")
