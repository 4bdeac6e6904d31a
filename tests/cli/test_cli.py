import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest

from dangol import cli, records
from dangol.cli import main
from dangol.files import sha256_of, write_whole
from dangol.ledger import Load, write_manifest
from dangol.nightly import steps as nightly
from dangol.nightly.lock import hold_home
from dangol.nightly.steps import Step
from dangol.settings import Settings

NIGHT_OF = "Small Grocer, business days in America/New_York, amounts in USD: the night of"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Two steps instead of the night's; what they were called with."""
    calls: list[tuple[object, ...]] = []

    def resolve(address: str) -> Callable[..., object]:
        if address == "each":
            return lambda settings: [("a",), ("b",)]
        return lambda _, night, *rest: calls.append((address, night.business_date, *rest))

    two = (Step("first", "first"), Step("second", "second", each="each"))
    monkeypatch.setattr(nightly, "STEPS", two)
    monkeypatch.setattr(nightly, "resolve", resolve)
    return calls


def lines(text: str) -> list[list[str]]:
    return [re.split(r" {2,}", line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["night", "--date", "2017-02-30"],
        ["night", "--date", "today"],
        ["loads", "x"],
    ],
)
def test_wrong_arguments_are_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: dangol" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["query", "select 1"], "nothing is published at .*: run a night first"),
        (["report"], "nothing is published yet: run a night first"),
        (["rollback"], "there is no earlier publication; available: none"),
        (["resume"], "nothing is published yet: run a night first"),
        (
            ["night", "--until", "nowhere"],
            "there is no step 'nowhere'; the steps are begin, extract, ",
        ),
        (
            ["backfill", "2017-12-31", "2017-12-30"],
            "2017-12-30 is before 2017-12-31: swap the dates",
        ),
        (["quarantine", "--export", "x.csv"], "--export needs a load: "),
        (["resubmit", "till.lines.000001", "x.csv"], "the ledger has no load till.lines.000001"),
    ],
)
def test_what_is_known_to_go_wrong_is_one_line_and_code_1(
    home: Settings, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    output = capsys.readouterr()
    assert re.match(rf"dangol: {message}", output.err.replace("'nowhere'", "'nowhere'"))
    assert "Traceback" not in output.err


def test_a_fault_of_the_code_is_a_traceback_with_a_way_to_report_it(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for fault in (lambda: 1 / 0, lambda: {}["x"]):
        monkeypatch.setattr(cli.publications, "get_settings", fault)
        assert main(["publications"]) == 70
        told = capsys.readouterr().err
        assert told.startswith("Traceback (most recent call last):")
        assert "dangol/cli/publications.py" in told
        assert "This is a bug in Dangol, not a problem with your data." in told
        assert "report it as an issue" in told


def test_an_interruption_is_code_1(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.publications, "get_settings", interrupt)
    assert main(["publications"]) == 1
    assert capsys.readouterr().err == "interrupted\n"


def test_a_night_runs_its_steps_in_order_and_gives_the_home_back(
    home: Settings, steps: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    day = date(2017, 12, 31)
    assert main(["night", "--date", "2017-12-31"]) == 0
    assert steps == [("first", day), ("second", day, "a"), ("second", day, "b")]
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == f"{NIGHT_OF} 2017-12-31"
    assert [re.sub(r" +\d+\.\d s$", "", line) for line in shown[1:-1]] == [
        "  ✓  first", "  ✓  second a", "  ✓  second b",
    ]  # fmt: skip
    assert re.fullmatch(r"  done in \d+\.\d s", shown[-1])
    with hold_home(home, "somebody else"):
        pass


def test_a_night_can_end_early(home: Settings, steps: list[tuple[object, ...]]) -> None:
    assert main(["night", "--date", "2017-12-31", "--until", "first"]) == 0
    assert steps == [("first", date(2017, 12, 31))]


def test_systems_can_be_said_to_be_closed(
    home: Settings, steps: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    closed = ["grocer_till", "grocer_loyalty", "grocer_till"]
    assert main(["night", "--date", "2017-12-25", "--closed", *closed]) == 0
    assert [row["system"] for row in records.read(home, "closed_days", date(2017, 12, 25))] == [
        "grocer_loyalty", "grocer_till",
    ]  # fmt: skip
    assert steps[0] == ("first", date(2017, 12, 25))
    steps.clear()
    assert main(["night", "--date", "2017-12-26", "--closed", "till"]) == 1
    assert capsys.readouterr().err.startswith("dangol: no system till delivers; those that do: gr")
    assert (steps, records.read(home, "closed_days", date(2017, 12, 26))) == ([], [])


def test_a_backfill_runs_its_nights_in_order(
    home: Settings, steps: list[tuple[object, ...]]
) -> None:
    assert main(["backfill", "2017-12-30", "2018-01-01"]) == 0
    assert [call[1] for call in steps if call[0] == "first"] == [
        date(2017, 12, 30),
        date(2017, 12, 31),
        date(2018, 1, 1),
    ]


def test_a_rebuild_starts_from_nothing(home: Settings, steps: list[tuple[object, ...]]) -> None:
    for name in ("build.duckdb", "build.duckdb.wal"):
        home.warehouse.mkdir(exist_ok=True)
        (home.warehouse / name).touch()
    assert main(["rebuild", "--date", "2017-12-31"]) == 0
    assert list(home.warehouse.iterdir()) == []
    assert steps[0] == ("first", date(2017, 12, 31))


def test_a_second_run_is_refused_and_changes_nothing(
    home: Settings, steps: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    home.warehouse.mkdir()
    home.build_file.touch()
    with hold_home(home, "the other", date(2017, 12, 31)):
        for command in (["night", "--date", "2017-12-31"], ["rebuild", "--date", "2017-12-31"]):
            assert main(command) == 1
            assert re.match(
                rf"dangol: {home.home} is locked by the other ", capsys.readouterr().err
            )
    assert steps == []
    assert home.build_file.exists()


def test_publications_are_listed_with_who_gets_which(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = "2017-12-30-0001", "2017-12-31-0002"

    def listed() -> list[tuple[str, str, str]]:
        assert main(["publications"]) == 0
        head, *rows = lines(capsys.readouterr().out)
        assert head == ["publication", "business day", "created", "status"]
        return [(row[0], row[1], row[3] if len(row) > 3 else "") for row in rows]

    assert listed() == [(first, "2017-12-30", ""), (second, "2017-12-31", "current")]
    assert main(["rollback", "--yes"]) == 0
    assert capsys.readouterr().out == f"readers get {first} until `dangol resume`\n"
    assert listed() == [(first, "2017-12-30", "current, pinned"), (second, "2017-12-31", "")]
    assert main(["resume"]) == 0
    assert capsys.readouterr().out == f"readers get {second}\n"
    assert main(["rollback", "2017-12-30", "--yes"]) == 0


def test_a_damaged_manifest_or_pin_is_told_and_hides_no_other_publication(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (published.publications / "2017-12-30-0001" / "publication.json").chmod(0o600)
    (published.publications / "2017-12-30-0001" / "publication.json").write_text("{")
    (published.warehouse / "pinned.json").write_text('{"publication": "../build.duckdb"}')
    for command in ("publications", "verify"):
        assert main([command]) == 1
        told = capsys.readouterr()
        assert "publication.json is damaged: restore it from a backup" in told.err
        assert "Traceback" not in told.err
    assert main(["publications"]) == 1
    told = capsys.readouterr()
    assert [row[0] for row in lines(told.out)[1:]] == ["2017-12-31-0002"]
    assert "pinned.json is damaged, so it is unknown which publication is pinned" in told.err
    assert main(["rollback", "--yes"]) == 1
    assert (
        "there is no earlier publication; available: 2017-12-31-0002; " in capsys.readouterr().err
    )
    assert main(["resume"]) == 0
    assert not (published.warehouse / "pinned.json").exists()


def test_a_damaged_claim_is_a_message_with_what_to_do(
    home: Settings, steps: list[tuple[object, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    (home.home / "run.json").write_text("{")
    assert main(["night", "--date", "2017-12-31"]) == 1
    told = capsys.readouterr().err
    assert f"dangol: {home.home}/run.json is damaged, so it is unknown whether a run owns" in told
    assert told.rstrip().endswith("see to it that none is at work, then delete the file")
    assert steps == []


def test_a_report_is_that_of_the_night_that_readers_have(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report"]) == 0
    assert capsys.readouterr().out.startswith("Small Grocer: the night of 2017-12-31\n")
    assert main(["report", "--date", "2017-12-30"]) == 0
    assert capsys.readouterr().out.startswith("Small Grocer: the night of 2017-12-30\n")


def test_loads_are_listed_and_those_with_problems_alone(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(number: int, status: str, quarantined: int) -> Load:
        return Load(
            load_id=f"till.lines.{number:06d}", number=number, system="till", stream="lines",
            file=f"{number}.csv", fingerprint="1-1", load_date="2017-12-31", run_id="r",
            contract_version="1.0.0", started_at="", status=status, rows_read=3,
            rows_loaded=3 - quarantined, rows_quarantined=quarantined,
            reason="cut off" if status == "rejected" else "",
        )  # fmt: skip

    manifest = home.raw / "till" / "lines" / "load_date=2017-12-31" / "1-3.loads.jsonl"
    write_manifest(manifest, [load(1, "loaded", 0), load(2, "loaded", 1), load(3, "rejected", 0)])
    head = ["load", "file", "status", "read", "loaded", "quarantined", "reason"]
    assert main(["loads"]) == 0
    assert lines(capsys.readouterr().out) == [
        head,
        ["till.lines.000001", "1.csv", "loaded", "3", "3", "0"],
        ["till.lines.000002", "2.csv", "loaded", "3", "2", "1"],
        ["till.lines.000003", "3.csv", "rejected", "3", "3", "0", "cut off"],
    ]


def test_the_files_with_problems_are_listed_with_their_owners_though_nothing_is_published(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(number: int, status: str, night: str) -> Load:
        return Load(
            load_id=f"grocer_till.transactions.{number:06d}", number=number, system="grocer_till",
            stream="transactions", file=f"{number}.csv", fingerprint="1-1", load_date=night,
            run_id="r", contract_version="1.0.0", started_at="", status=status,
            reason="cut off" if status == "rejected" else "",
        )  # fmt: skip

    for night, loads in {
        "2017-12-30": [load(1, "loaded", "2017-12-30"), load(2, "rejected", "2017-12-30")],
        "2017-12-31": [load(3, "refused", "2017-12-31"), load(4, "waiting", "2017-12-31")],
    }.items():
        folder = home.raw / "grocer_till" / "transactions" / f"load_date={night}"
        write_manifest(folder / f"{night}.loads.jsonl", loads)
    assert main(["loads", "--problems"]) == 0
    rows = [row for row in lines(capsys.readouterr().out)[1:]]
    assert [row[:4] for row in rows] == [
        ["grocer_till.transactions.000003", "2017-12-31", "3.csv", "store-systems"],
        ["grocer_till.transactions.000004", "2017-12-31", "4.csv", "store-systems"],
        ["grocer_till.transactions.000002", "2017-12-30", "2.csv", "store-systems"],
    ]
    assert rows[-1][-1] == "cut off"


def test_unclaimed_files_are_named_by_the_command_alone(
    home: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, name in ((30, "old.csv"), (31, "kim_minji.csv")):
        row = {"system": "till", "file": name, "reason": "its name matches no stream"}
        records.record(home, "unclaimed_files", date(2017, 12, day), "begin", [row])
    assert main(["loads", "--unclaimed"]) == 0
    assert lines(capsys.readouterr().out)[1:] == [
        ["2017-12-31", "till", "kim_minji.csv", "its name matches no stream"]
    ]


@pytest.fixture
def refused(home: Settings) -> Settings:
    """A file with a hostile name was refused for a reason of many words."""
    load = Load(
        load_id="till.lines.000001", number=1, system="till", stream="lines",
        file="[red]회원\x1b[2J\n.csv", fingerprint="1-1", load_date="2017-12-31", run_id="r",
        contract_version="1.0.0", started_at="", status="rejected", rows_read=1234,
        reason="the header has no customer_id, " * 4 + "none",
    )  # fmt: skip
    folder = home.raw / "till" / "lines" / "load_date=2017-12-31"
    write_manifest(folder / "1-1.loads.jsonl", [load])
    return home


REFUSED = (
    "load               file                    status     read  loaded  quarantined  reason\n"
    "till.lines.000001  [red]회원\\x1b[2J\\n.csv  rejected  1,234       0            0  "
)


def test_another_program_gets_each_row_whole_on_one_plain_line(
    refused: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["loads"]) == 0
    reason = "the header has no customer_id, " * 4 + "none\n"
    assert capsys.readouterr().out == REFUSED + reason


def test_a_terminal_gets_the_reason_folded_in_its_column(
    refused: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "111")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["loads"]) == 0
    pieces = [*["the header has no customer_id,"] * 4, "none"]
    assert capsys.readouterr().out == REFUSED + f"\n{' ' * 81}".join(pieces) + "\n"


@pytest.mark.parametrize(
    "arguments",
    [["loads"], ["contracts"], ["publications"], ["night", "--date", "2017-12-31", "--until=begin"],
     ["query", "select 1"]],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_a_reader_that_wants_only_the_start_is_no_fault(
    published: Settings, refused: Settings, arguments: list[str]
) -> None:
    read, write = os.pipe()
    os.close(read)
    program = f"import sys; from dangol.cli import main; sys.exit(main({arguments}))"
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_pipe_that_breaks_elsewhere_is_a_fault(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise BrokenPipeError("of a server")

    monkeypatch.setattr(cli.publications, "get_settings", broken)
    assert main(["publications"]) == 70
    assert "of a server" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["raw file", "quarantine file", "manifest", "publication"])
def test_verify_finds_one_flipped_bit_anywhere(
    published: Settings, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = "till/lines/load_date=2017-12-31"
    raw = published.raw / folder / "1-1.parquet"
    quarantined = published.quarantine / folder / "1-1.parquet"
    for file in (raw, quarantined):
        write_whole(file, b"rows " * 100)
    load = Load(
        load_id="till.lines.000001", number=1, system="till", stream="lines", file="1.csv",
        fingerprint="1-1", load_date="2017-12-31", run_id="r", contract_version="1.0.0",
        started_at="", status="loaded", rows_read=3, rows_loaded=2, rows_quarantined=1,
        raw_file=str(raw.relative_to(published.home)), raw_sha256=sha256_of(raw),
        quarantine_file=str(quarantined.relative_to(published.home)),
        quarantine_sha256=sha256_of(quarantined),
    )  # fmt: skip
    manifest = raw.with_name("1-1.loads.jsonl")
    write_manifest(manifest, [load])
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == (
        "2 files of the lake, from 1 loads, match their manifests\n"
        "2 publications match their manifests\n"
    )
    broken = {
        "raw file": raw,
        "quarantine file": quarantined,
        "manifest": manifest,
        "publication": published.publications / "2017-12-30-0001" / "dangol.duckdb",
    }[kind]
    content = bytearray(broken.read_bytes())
    content[len(content) // 2] ^= 4
    broken.chmod(0o600)
    broken.write_bytes(content)
    assert main(["verify"]) == 1
    assert capsys.readouterr().err.startswith(f"dangol: {broken} is ")


def test_docs_are_served_until_they_are_interrupted(
    home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["docs", "--port", "0"]) == 1
    assert capsys.readouterr().err == (
        f"dangol: {home.home} has no page yet: the first night writes one\n"
    )
    write_whole(home.pages / "index.html", b"the nights")

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("http.server.ThreadingHTTPServer.serve_forever", interrupt)
    assert main(["docs", "--port", "0"]) == 0
    shown = capsys.readouterr().out
    assert re.fullmatch(
        r"The nights are at http://127\.0\.0\.1:\d+/[\w-]{22}/pages/index\.html\n"
        r"Stop with Ctrl-C\.\nstopped\n",
        shown,
    )


def test_up_listens_and_waits_as_it_is_told(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []
    monkeypatch.setattr(
        "dangol.orchestration.standalone.standalone", lambda *these: given.extend(these[2:])
    )
    assert main(["up", "--port", "8181", "--wait", "30"]) == 0
    assert given == [8181, 30]
