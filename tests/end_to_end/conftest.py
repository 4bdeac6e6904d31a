"""A small grocer with a history: 140 of the real households, nine months, and three nights.

The home is prepared once per session and copied for each test. Its models learn, so every step of
the night does real work; tonight's exports contain what goes wrong in real life.
"""

import csv
import fcntl
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from dangol import layers
from dangol.build.checksum import table_checksum
from dangol.files import PART_SUFFIX, sha256_of
from dangol.publication.layout import manifest_of
from dangol.publication.store import current_publication, list_publications
from dangol.settings import PROJECT_ROOT, Settings
from demo.complete_journey import DataMissingError, data_folder
from demo.exports import SYSTEMS
from tests.id_key import SECRET

FIRST_EXPORT, HISTORY, TONIGHT = date(2017, 3, 28), date(2017, 12, 28), date(2017, 12, 31)
HOUSEHOLDS = 140

WALL_CLOCK = {
    "ops.loads": {"started_at_utc", "finished_at_utc"},
    "ops.model_runs": {"seconds"},
}
"""The columns that depend on the wall clock: durations, and when a file was read."""


OF_THE_RUN = {
    "cleaned.int_days_restated": "the days that tonight's files touch: all of them, for a rebuild",
    "aggregated.int_identifiers_restated": "the same, for identifiers: none, for a rebuild",
    "ops.current_run": "says whether the run was a rebuild",
    "ops.model_runs": "counts the rows of the tables above",
    "ops.gate_results": "counts tonight's files: they are others the second time",
}
"""Tables of the build that describe the run; the published ones are from its first run."""


class Nursery:
    """The client of ``nursery.py``."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("nursery.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT_ROOT,
            stderr=subprocess.STDOUT, start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT), "PYTHONHASHSEED": "0"},
        )  # fmt: skip
        self.turn = threading.Lock()
        first = self.process.stdout.readline()
        assert first.startswith("{"), first + self.process.stdout.read()

    def ask(self, request):
        with self.turn:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def stop(self):
        self.process.communicate(timeout=30)


class Act:
    """A child process that works on a home."""

    def __init__(self, home, pid, log):
        self.home, self.pid, self.log = home, pid, log

    def wait(self):
        """Return its exit code; negative if a signal killed it."""
        while (status := self.home.nursery.ask({"poll": self.pid})["status"]) is None:
            time.sleep(0.02)
        return status

    def go(self):
        """Start a paused child."""
        os.kill(self.pid, signal.SIGCONT)

    def wait_until_paused(self):
        stat = Path(f"/proc/{self.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "T":
            time.sleep(0.005)

    def succeed(self):
        assert self.wait() == 0, f"{self.log}:\n{self.log.read_text()[-4000:]}"


class Home:
    """A home on disk, and operations and queries on it."""

    def __init__(self, path, landing, nursery):
        self.path, self.nursery = Path(path), nursery
        self.environment = {
            "DANGOL_HOME": str(path),
            "DANGOL_LANDING": str(landing),
            "DANGOL_THREADS": "1",
            "DANGOL_KEEP_PUBLICATIONS": "3",
            "DANGOL_ID_KEY": SECRET.hex(),
        }
        self.count = 0

    @property
    def settings(self):
        return Settings.from_environment(self.environment)

    def start(self, do, paused=False, environment=(), **arguments):
        self.count += 1
        log = self.path.with_name(f"{self.path.name}.{self.count}.log")
        request = {"do": do, "with": arguments, "log": str(log), "paused": paused,
                   "environment": self.environment | dict(environment)}  # fmt: skip
        return Act(self, self.nursery.ask(request)["pid"], log)

    def night(self, day, **variables):
        """Run a night to its end."""
        self.start(
            "command", arguments=["night", "--date", f"{day}"], environment=variables
        ).succeed()

    def command(self, *arguments):
        act = self.start("command", arguments=list(arguments))
        return act.wait(), act.log.read_text()

    def steps(self, day, *names):
        self.start("steps", day=f"{day}", names=list(names)).succeed()

    def copy(self, path):
        """Copy the home, without the pages that every gate rewrites."""
        path = Path(path)
        shutil.copytree(self.path, path, symlinks=True, ignore=shutil.ignore_patterns("data_docs"))
        return Home(path, self.environment["DANGOL_LANDING"], self.nursery)

    @contextmanager
    def opened(self, file=None):
        """Open the publication that readers get, or the build."""
        file = file or self.settings.published_file.resolve()
        with duckdb.connect(file, read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            yield connection

    def ask(self, query, *parameters):
        """Ask the published warehouse."""
        with self.opened() as connection:
            return connection.execute(query, list(parameters)).fetchall()

    def ask_build(self, query, *parameters):
        with self.opened(self.settings.build_file) as connection:
            return connection.execute(query, list(parameters)).fetchall()

    def by_person(self, query):
        """Ask for ``customer_id`` and more, and return the rest by what a system calls a person."""
        people = dict(
            self.ask_build(
                "select customer_id, identifier_value from identity.identifiers"
                " inner join identity.identifier_customers using (identifier_id)"
            )
        )
        return {people[customer]: tuple(values) for customer, *values in self.ask(query)}

    def published(self, *names, file=None, without=()):
        """Return the checksums of published schemas or tables, without wall-clock columns."""
        with self.opened(file) as connection:
            return _checksums(connection, names or (*layers.PUBLISHED, layers.OPS), without)

    def built(self, *names):
        """Return the checksums of schemas or tables of the build, without wall-clock columns.

        Not those of raw, whose views show what is new.
        """
        with self.opened(self.settings.build_file) as connection:
            return _checksums(connection, names or (*layers.BUILT, layers.OPS))

    @staticmethod
    def differing(one, other):
        """Name the tables whose checksums differ, except those that describe the run itself."""
        names = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
        return names - set(OF_THE_RUN)

    def assert_published_is_whole(self, *days):
        """Readers get one of these nights: it opens, and matches its manifest bit by bit."""
        publication = current_publication(self.settings)
        assert publication is not None
        assert publication.business_date in {f"{day}" for day in days}
        file = self.settings.published_file.resolve()
        assert sha256_of(file) == publication.sha256
        rows = self.ask("select distinct business_date from ops.current_run")
        assert rows == [(date.fromisoformat(publication.business_date),)]
        assert self.ask("select count(*) > 0 from customer_view.customers") == [(True,)]

    def assert_nothing_is_left(self):
        """No temporary file, spill, lock or claim."""
        settings = self.settings
        left = [
            str(path.relative_to(self.path))
            for path in self.path.rglob("*")
            if (PART_SUFFIX in path.name and path.name.startswith("."))
            or path.name.endswith((".wal", ".tmp"))
            or (settings.work in path.parents and path.is_file())
        ]
        assert left == []
        files = {path for path in settings.publications.rglob("*") if not path.is_dir()}
        assert files == {
            file
            for publication in list_publications(settings)
            for file in (
                *publication.all_files(settings),
                manifest_of(settings, publication.name),
            )
        }
        assert {path.name for path in settings.publications.iterdir()} == {
            each.name for each in list_publications(settings)
        }
        manifests = {
            path.relative_to(settings.raw).parent / path.name.partition(".")[0]
            for path in settings.raw.rglob("*.loads.jsonl")
        }
        for room in (settings.raw, settings.quarantine):
            rows = {path.relative_to(room).with_suffix("") for path in room.rglob("*.parquet")}
            assert rows <= manifests
        assert json.loads((self.path / "run.json").read_text())["ended_at"]
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(descriptor)

    def assert_the_ledger_balances(self):
        """Every row that was read is loaded or quarantined, and no content is loaded twice."""
        from dangol.ledger import read_ledger

        loads = read_ledger(self.settings)
        for load in loads:
            assert load.rows_read == load.rows_loaded + load.rows_quarantined
        loaded = [
            (load.system, load.stream, load.sha256) for load in loads if load.status == "loaded"
        ]
        assert len(loaded) == len(set(loaded))
        landed = {file.name for file in Path(self.settings.landing).glob("*/*_20*")}
        assert {load.file for load in loads} <= landed


def _checksums(connection, names, without=()):
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables order by all"
    ).fetchall()
    return {
        name: table_checksum(connection, name, {*WALL_CLOCK.get(name, ()), *without})
        for schema, name in ((schema, f"{schema}.{name}") for schema, name in tables)
        if schema in names or name in names
    }


@pytest.fixture(scope="session")
def nursery():
    nursery = Nursery()
    yield nursery
    nursery.stop()


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder that all workers of a session share; each part of it is filled once."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = folder / "end_to_end"
    folder.mkdir(exist_ok=True)

    def once(name, make):
        with (folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            target, done = folder / name, folder / f"{name}.done"
            if not done.exists():
                make(target)
                done.touch()
        return target

    return once


@pytest.fixture(scope="session")
def exports(shared, nursery):
    """The exports of 140 households: the landing zone before tonight, and tonight's."""
    try:
        source = data_folder()
    except DataMissingError as error:
        pytest.skip(str(error))

    def make(target):
        few = target / "few"
        few.mkdir(parents=True)
        _keep_a_few_households(source, few)
        home = Home(target / "home", target / "home" / "landing", nursery)
        home.path.mkdir()
        home.start(
            "prepare", few=f"{few}", first=f"{FIRST_EXPORT}", last=f"{TONIGHT}", promotions=True
        ).succeed()
        tonight = target / "tonight"
        shutil.copytree(home.path / "landing", tonight)
        # files that changed long ago are not checked twice
        hour_ago = time.time() - 3600
        before = target / "before"
        shutil.copytree(home.path / "landing", before)
        (before / "grocer_till" / f"transactions_{LATE_DAY}.csv.gz").unlink()
        for file in before.glob(f"*/*_{TONIGHT}.*"):
            file.unlink()
        _add_what_goes_wrong(tonight / "grocer_till")
        for file in (*before.glob("*/*"), *tonight.glob("*/*")):
            os.utime(file, (hour_ago, hour_ago))

    return shared("exports", make)


@pytest.fixture(scope="session")
def past(shared, exports, nursery):
    """The home after the nights of 28, 29 and 30 December: copy it, never change it."""

    def make(target):
        target.mkdir()
        shutil.copytree(exports / "home" / "company", target / "company")
        home = Home(target, exports / "before", nursery)
        for days in range((TONIGHT - HISTORY).days):
            home.night(HISTORY + timedelta(days=days))

    return Home(shared("past", make), exports / "before", nursery)


@pytest.fixture(scope="session")
def undisturbed(shared, past, exports, nursery):
    """The home after tonight, without any fault."""

    def make(target):
        home = past.copy(target)
        home.environment["DANGOL_LANDING"] = str(exports / "tonight")
        home.night(TONIGHT)

    home = Home(shared("undisturbed", make), exports / "tonight", nursery)
    home.checksums = home.published()
    return home


@pytest.fixture
def home(past, exports, tmp_path):
    """A home before tonight, for one test; tonight's exports have landed."""
    home = past.copy(tmp_path / "home")
    home.environment["DANGOL_LANDING"] = str(exports / "tonight")
    return home


@pytest.fixture
def finished_home(undisturbed, tmp_path):
    """A home after tonight, for one test."""
    return undisturbed.copy(tmp_path / "home")


@pytest.fixture
def empty_home(exports, nursery, tmp_path):
    """A home without a history; tonight's exports and all earlier ones have landed."""
    path = tmp_path / "fresh"
    path.mkdir()
    shutil.copytree(exports / "home" / "company", path / "company")
    return Home(path, exports / "tonight", nursery)


def _keep_a_few_households(source, target):
    with duckdb.connect() as connection:
        connection.execute(
            f"create table few as select household_id from '{source}/transactions.parquet'"
            f" group by household_id order by md5(household_id::varchar) limit {HOUSEHOLDS}"
        )
        for table, condition in {
            "transactions": "household_id in (from few)",
            "demographics": "household_id in (from few)",
            "campaigns": "household_id in (from few)",
            "coupon_redemptions": "household_id in (from few)",
            "campaign_descriptions": "true",
            "promotions": f"week > 49 and product_id in (from '{target}/transactions.parquet'"
            " select product_id order by product_id limit 1000)",
            "products": f"product_id in (select product_id from '{target}/transactions.parquet')",
            "coupons": f"product_id in (select product_id from '{target}/transactions.parquet')",
        }.items():
            connection.execute(
                f"copy (from '{source}/{table}.parquet' where {condition})"
                f" to '{target}/{table}.parquet' (format parquet)"
            )


LATE_DAY, CORRECTED_DAY, EMPTIED_DAY = date(2017, 12, 27), date(2017, 12, 20), date(2017, 12, 19)
SUPPLEMENTED_DAY, REPEATED_DAY = date(2017, 12, 22), date(2017, 12, 15)


def _add_what_goes_wrong(till):
    """Add to tonight's exports what goes wrong in real life.

    A correction that drops a line, changes a price and moves a basket to the next day; a file that
    is corrected to nothing; rows that come after their file, one of which is bad; a file that comes
    twice; an unknown file. And one file comes four days late.
    """
    rows = read_export(till / f"transactions_{CORRECTED_DAY}.csv.gz")
    header, kept = rows[0], rows[2:]
    price = header.index("sales_value")
    kept[0][price] = f"{float(kept[0][price]) + 1:.2f}"
    basket, at = header.index("basket_id"), header.index("transaction_timestamp")
    for row in kept:
        if row[basket] == kept[-1][basket]:
            row[at] = f"{CORRECTED_DAY + timedelta(days=1)}T18:00:00Z"
    write_export(till / f"transactions_{CORRECTED_DAY}_r1.csv.gz", [header, *kept])
    write_export(till / f"transactions_{EMPTIED_DAY}_r1.csv.gz", [header])
    more = [list(row) for row in read_export(till / f"transactions_{SUPPLEMENTED_DAY}.csv.gz")[1:4]]
    for number, row in enumerate(more):
        row[basket] = f"9990000{number}"
    more[2][price] = "twelve"
    write_export(till / f"transactions_{SUPPLEMENTED_DAY}_s1.csv.gz", [header, *more])
    again = till / f"transactions_{REPEATED_DAY}.csv.gz"
    shutil.copy(again, till / f"transactions_{REPEATED_DAY}_r1.csv.gz")
    (till / "readme.txt").write_text("nobody reads this\n", encoding="utf-8")


def read_export(file):
    """Return the rows of an export, its header first."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


@pytest.fixture(scope="session")
def new_home(nursery):
    """Make an empty home of a company in New York, with its own landing zone."""

    def make(path, landing):
        (path / "company").mkdir(parents=True)
        company = 'name = "Corner Shop"\ntimezone = "America/New_York"\ncurrency = "USD"\n'
        company += f"systems = {json.dumps(SYSTEMS)}\n"
        (path / "company" / "company.toml").write_text(company, encoding="utf-8")
        return Home(path, landing, nursery)

    return make


@pytest.fixture(scope="session", name="write_export")
def write_export_fixture():
    return write_export


def write_export(file, rows):
    """Write an export whose bytes depend only on its rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    file.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
