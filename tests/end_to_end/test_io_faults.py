"""P4: fail every I/O call of publishing, and of taking a file into the ledger, one at a time.

strace finds the calls that touch the home, and then fails each in turn: by killing the process
there, with a full disk from there on (ENOSPC), and with a broken disk there (EIO).
"""

import json
import logging
import re
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

log = logging.getLogger(__name__)

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

LAST_NIGHT, TONIGHT = "2017-12-30", "2017-12-31"
WRITING = (
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "fsync", "fdatasync", "ftruncate",
    "fallocate", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat",
    "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "mkdir", "mkdirat", "rmdir",
)  # fmt: skip
READING = ("openat", "read", "pread64", "lseek", "fcntl")
CALL = re.compile(r"^(\w+)\((.*)\)\s+=\s+(-?\d+)", re.DOTALL)


class Call(NamedTuple):
    """The n-th call of its name, counted from where the act begins."""

    name: str
    number: int
    text: str


class Fault(NamedTuple):
    """How a call fails."""

    name: str
    rule: str
    calls: tuple[str, ...]


FAULTS = (
    Fault("killed", "signal=SIGKILL:when={number}", WRITING),
    Fault("disk full", "error=ENOSPC:when={number}+", WRITING),
    Fault("disk broken", "error=EIO:when={number}", WRITING + READING),
)


def traced(home, log, *rules, do="steps", **arguments):
    """Run an act under strace; return its status."""
    act = home.start(do, paused=True, **arguments)
    act.wait_until_paused()
    command = ["strace", "-y", "-s", "60", "-o", str(log), "-p", str(act.pid)]
    tracer = subprocess.Popen([*command, *rules], stderr=subprocess.PIPE, text=True)
    said = tracer.stderr.readline()
    act.go()
    status = act.wait()
    tracer.communicate(timeout=60)
    if "attached" not in said:
        pytest.skip(f"strace may not attach here: {said}")
    return status


def calls_on(home, log):
    """Return the calls that touch the home."""
    counts = {}
    for line in log.read_text(errors="replace").splitlines():
        if match := CALL.match(line):
            counts[match[1]] = counts.get(match[1], 0) + 1
            if f"{home.path}/" in line or f'"{home.path}"' in line:
                yield Call(match[1], counts[match[1]], line.replace(f"{home.path}/", ""))


def every_case(calls):
    return [
        (call, fault)
        for call in calls
        for fault in FAULTS
        if call.name in fault.calls or ("O_CREAT" in call.text and fault.calls is WRITING)
    ]


def spread(cases, count):
    """Return one case of every kind of call and fault, or a given number of them."""
    kinds = {}
    for call, fault in cases:
        kinds.setdefault((call.name, fault.name), []).append((call, fault))
    chosen = [own[len(own) * number % 7 % len(own)] for number, own in enumerate(kinds.values())]
    return [chosen[int(step * len(chosen) / count)] for step in range(min(count, len(chosen)))]


def fail_each(cases, check, tmp_path):
    """Run the checks two at a time; return what went wrong by case.

    DuckDB's last calls are not the same in every run: a few faults may meet no call.
    """
    unmet = []

    def run(numbered):
        number, (call, fault) = numbered
        folder = tmp_path / f"{number}"
        folder.mkdir()
        try:
            if not check(folder, call, fault):
                unmet.append(call.text)
        except AssertionError as error:
            return f"{fault.name} at {call.name} {call.number}: {call.text}", str(error)
        finally:
            shutil.rmtree(folder)
        return None

    with ThreadPoolExecutor(2) as pool:
        failed = dict(filter(None, pool.map(run, enumerate(cases))))
    assert len(unmet) <= max(1, len(cases) // 100), unmet
    return failed


def is_met(log, fault, status):
    """Return whether the fault happened; otherwise the act must have ended as if undisturbed."""
    if "(INJECTED)" in log.read_text(errors="replace") or status == -signal.SIGKILL:
        assert (status == -signal.SIGKILL) == (fault.name == "killed")
        return True
    assert status == 0
    return False


@pytest.fixture(scope="module")
def ready(past, undisturbed, tmp_path_factory):
    """A home with everything built and nothing of tonight published; its tables are shortened."""
    home = undisturbed.copy(tmp_path_factory.mktemp("ready") / "home")
    shutil.rmtree(home.settings.warehouse / "publications")
    for name in ("publications", "dangol.duckdb"):
        source, target = past.settings.warehouse / name, home.settings.warehouse / name
        target.unlink(missing_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            shutil.copytree(source, target)
    (home.settings.ops / "publications" / f"{TONIGHT}.jsonl").unlink()
    with duckdb.connect(home.settings.build_file) as build:
        for table in ("cleaned.int_order_lines_received", "aggregated.fct_orders",
                      "aggregated.dim_products", "aggregated.fct_identifier_days",
                      "aggregated.identifier_tastes"):  # fmt: skip
            build.execute(f"delete from {table} where hash({table.partition('.')[2]}) % 50 <> 0")
        build.execute(
            "delete from ops.applied_loads where load_id in"
            f" (select load_id from ops.loads where load_date = '{TONIGHT}')"
        )
        build.execute(
            f"update ops.loads set is_new = load_date = '{TONIGHT}' and status = 'loaded'"
        )
        # deleted rows stay in the file: copy the rest into a new one
        small = home.path / "small.duckdb"
        build.execute(f"attach '{small}' as small (storage_version 'v1.5.0')")
        build.execute("copy from database build to small")
    small.replace(home.settings.build_file)
    shutil.rmtree(home.path / "lake")
    return home


@pytest.fixture(scope="module")
def publishing(ready, tmp_path_factory):
    """Publishing without a fault: its tables and its calls."""
    folder = tmp_path_factory.mktemp("publishing")
    home = ready.copy(folder / "home")
    log = folder / "strace.log"
    assert traced(home, log, day=TONIGHT, names=["publish"]) == 0
    home.assert_published_is_whole(TONIGHT)
    calls = [call for call in calls_on(home, log) if call.name in WRITING + READING]
    return home.published(), calls, log.read_text().replace(f"{home.path}/", "").splitlines()


def check_publishing(ready, tables):
    def check(folder, call, fault):
        home = ready.copy(folder / "home")
        rule = f"inject={call.name}:{fault.rule.format(number=call.number)}"
        status = traced(home, folder / "log", "-e", rule, day=TONIGHT, names=["publish"])
        met = is_met(folder / "log", fault, status)
        home.assert_published_is_whole(*([TONIGHT] if status == 0 else [LAST_NIGHT, TONIGHT]))
        home.steps(TONIGHT, "begin", "publish")
        home.assert_published_is_whole(TONIGHT)
        found = home.published()
        assert {name for name in tables if found.get(name) != tables[name]} == set()
        home.assert_nothing_is_left()
        return met

    return check


def test_publishing_survives_a_fault_of_each_kind(ready, publishing, tmp_path):
    tables, calls, _ = publishing
    assert {call.name for call in calls} >= {"write", "pwrite64", "fsync", "rename", "symlink"}
    cases = spread(every_case(calls), 40)
    assert fail_each(cases, check_publishing(ready, tables), tmp_path) == {}


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_publishing_survives_every_fault(ready, publishing, tmp_path):
    tables, calls, _ = publishing
    cases = every_case(calls)
    assert len(cases) > 200
    log.warning("%d faults of publishing", len(cases))
    assert fail_each(cases, check_publishing(ready, tables), tmp_path) == {}


def position(lines, pattern, after=0):
    """Return the line after which something was done."""
    for number, line in enumerate(lines[after:], start=after + 1):
        if re.search(pattern, line):
            return number
    raise AssertionError(f"no {pattern} after line {after}")


def test_a_publication_reaches_the_disk_before_its_manifest_and_that_before_the_pointer(publishing):
    """The power may fail at any moment: a file that is named must exist."""
    _, _, lines = publishing
    folder = "warehouse/publications/2017-12-31-0004"
    file = rf"{folder}/dangol\.duckdb"
    manifest = rf"{folder}/\.publication\.json\.part"
    pointer = r"warehouse/\.dangol\.duckdb\.part\d+"
    writes = [
        number
        for number, line in enumerate(lines, start=1)
        if re.match(rf"p?write\w*\(\d+<{file}>", line)
    ]
    steps = [
        rf"^fsync\(\d+<{file}>\) = 0",
        rf"^fsync\(\d+<{folder}>\) = 0",
        rf"^write\(\d+<{manifest}>",
        rf"^fsync\(\d+<{manifest}>\) = 0",
        rf'^rename\("{manifest}", "{folder}/publication\.json"\)',
        rf"^fsync\(\d+<{folder}>\) = 0",
        rf'^symlink\("publications/2017-12-31-0004/dangol\.duckdb", "{pointer}"\)',
        rf'^rename\("{pointer}", "warehouse/dangol\.duckdb"\) = 0',
        r"^fsync\(\d+<warehouse>\) = 0",
    ]
    at = writes[-1]
    for step in steps:
        at = position(lines, step, at)


# ---- loading a file into the ledger


@pytest.fixture(scope="module")
def landed(tmp_path_factory, new_home, write_export):
    """A home with one loaded file, and one with a bad row still to be loaded."""
    base = tmp_path_factory.mktemp("landed")
    home = new_home(base / "home", base / "landing")
    till = base / "landing" / "grocer_till"
    till.mkdir(parents=True)
    header = [
        "household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value",
        "retail_disc", "coupon_disc", "coupon_match_disc", "week", "transaction_timestamp",
    ]  # fmt: skip
    row = ["7", "1", "b1", "p1", "1", "1.00", "0.00", "0.00", "0.00", "1", "2017-12-30T17:00:00Z"]
    write_export(till / f"transactions_{LAST_NIGHT}.csv.gz", [header, row])
    home.start("extract", day=LAST_NIGHT, system="grocer_till", stream="transactions").succeed()
    bad = [*row[:4], "one", *row[5:]]
    write_export(till / f"transactions_{TONIGHT}.csv.gz", [header, [*row[:3], "p2", *row[4:]], bad])
    return home


TAKING = {"day": TONIGHT, "system": "grocer_till", "stream": "transactions"}


@pytest.fixture(scope="module")
def taking(landed, tmp_path_factory):
    """Loading the file without a fault: the ledger, the rows, and the calls."""
    folder = tmp_path_factory.mktemp("taking")
    home = landed.copy(folder / "home")
    log = folder / "strace.log"
    assert traced(home, log, do="extract", **TAKING) == 0
    calls = [call for call in calls_on(home, log) if call.name in WRITING + READING]
    return lake(home), calls, log.read_text().replace(f"{home.path}/", "").splitlines()


def lake(home):
    """Return the ledger without times, and the rows that it names."""
    ledger, rows = [], []
    for manifest in sorted(home.settings.raw.rglob("*.loads.jsonl")):
        for line in manifest.read_text().splitlines():
            entry = json.loads(line)
            for clock in ("started_at", "finished_at", "manifest_sha256"):
                entry.pop(clock, None)
            ledger.append(entry)
            for kind in ("raw_file", "quarantine_file"):
                if file := entry.get(kind):
                    with duckdb.connect() as connection:
                        rows += connection.read_parquet(str(home.path / file)).fetchall()
    return ledger, rows


def check_taking(landed, expected):
    def check(folder, call, fault):
        home = landed.copy(folder / "home")
        rule = f"inject={call.name}:{fault.rule.format(number=call.number)}"
        status = traced(home, folder / "log", "-e", rule, do="extract", **TAKING)
        met = is_met(folder / "log", fault, status)
        if status == 0:
            assert lake(home) == expected
        home.start("extract", **TAKING).succeed()
        assert lake(home) == expected
        left = [
            str(path.relative_to(home.path))
            for folder in ("lake", "work")
            for path in (home.path / folder).rglob("*")
            if path.is_file()
            and (".part" in path.name or not path.name.endswith((".parquet", ".loads.jsonl")))
        ]
        assert left == []
        assert len(list(home.settings.lake.rglob("*.parquet"))) == 3
        return met

    return check


def test_a_file_is_taken_in_whole_through_a_fault_of_each_kind(landed, taking, tmp_path):
    expected, calls, _ = taking
    assert [entry["rows_quarantined"] for entry in expected[0] if "load_id" in entry] == [0, 1]
    assert {call.name for call in calls} >= {"write", "fsync", "rename"}
    assert fail_each(spread(every_case(calls), 40), check_taking(landed, expected), tmp_path) == {}


@pytest.mark.sweep
@pytest.mark.timeout(7200)
def test_a_file_is_taken_in_whole_through_every_fault(landed, taking, tmp_path):
    expected, calls, _ = taking
    cases = every_case(calls)
    assert len(cases) > 200
    log.warning("%d faults of taking a file", len(cases))
    assert fail_each(cases, check_taking(landed, expected), tmp_path) == {}


def test_rows_reach_the_disk_before_the_manifest_that_names_them(taking):
    _, _, lines = taking
    raw = "lake/raw/grocer_till/transactions/load_date=2017-12-31"
    bad = raw.replace("raw", "quarantine")
    at = 0
    for folder in (raw, bad):
        part = rf"{folder}/\.000002-000002\.parquet\.part"
        at = position(lines, rf"^fsync\(\d+<{part}>\) = 0", at)
        at = position(lines, rf'^rename\("{part}", "{folder}/000002-000002\.parquet"\) = 0', at)
        at = position(lines, rf"^fsync\(\d+<{folder}>\) = 0", at)
    part = rf"{raw}/\.000002-000002\.loads\.jsonl\.part"
    at = position(lines, rf"^write\(\d+<{part}>", at)
    at = position(lines, rf"^fsync\(\d+<{part}>\) = 0", at)
    at = position(lines, rf'^rename\("{part}", "{raw}/000002-000002\.loads\.jsonl"\) = 0', at)
    position(lines, rf"^fsync\(\d+<{raw}>\) = 0", at)


def test_other_threads_do_not_write_to_the_home(ready, tmp_path):
    """strace counts the calls of one thread: the act's thread must be the one that writes."""
    home = ready.copy(tmp_path / "home")
    log = tmp_path / "log"
    assert traced(home, log, "-f", day=TONIGHT, names=["publish"]) == 0
    writers = {
        line.split()[0]
        for line in log.read_text(errors="replace").splitlines()
        if re.match(rf"\d+ +({'|'.join(WRITING)})\(", line) and str(home.path) in line
    }
    assert len(writers) == 1
    assert Path(log).exists()
