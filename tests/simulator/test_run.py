"""From a company and days to files: the same bytes in every way of writing them, and the truth."""

import csv
import hashlib
import itertools
from datetime import date, timedelta

import duckdb
import pytest

from dangol.cli import main
from simulator import day as writing
from simulator import run as running
from simulator.company import Company, SimulationError
from simulator.run import Order, cut, simulate
from simulator.systems import SYSTEMS
from simulator.world.people import BLOCK

FIRST = date(2026, 3, 30)
LAST = date(2026, 4, 5)
"""A week with the first and the fifth of a month: every snapshot is taken."""


def written(
    folder, *, first=FIRST, last=LAST, workers=1, defects="hostile", systems=SYSTEMS, **other
):
    company = Company(300, seed=4, **other)
    order = Order(company, first, last, folder / "landing", folder / "truth", systems, defects)
    simulate(order, workers)
    return folder


def sums(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    return written(tmp_path_factory.mktemp("week"))


def test_the_same_seed_gives_the_same_bytes_for_any_workers(week, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "PERSON_DAYS", 900)
    assert sums(written(tmp_path, workers=2)) == sums(week)


def test_several_workers_share_the_history(tmp_path):
    """A company with more than one block of people."""
    company = Company(BLOCK + 40, seed=4, opened=FIRST - timedelta(days=20))
    for workers in (1, 2):
        landing, truth = (tmp_path / f"{workers}" / name for name in ("landing", "truth"))
        last = FIRST + timedelta(days=1)
        order = Order(company, FIRST, last, landing, truth, ("ga4",), has_future=False)
        simulate(order, workers)
    assert sums(tmp_path / "1") == sums(tmp_path / "2")
    assert not list(tmp_path.rglob(".simulating*"))


def test_an_error_ends_the_run_before_everything_else_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "PERSON_DAYS", 300)
    # a folder is where the first day's file should be; all other days could be written
    (tmp_path / "landing" / "sens" / f"alimtalk_{FIRST}.csv").mkdir(parents=True)
    with pytest.raises(OSError, match="alimtalk"):
        written(
            tmp_path, last=FIRST + timedelta(days=60), workers=2, systems=("sens",), defects="none"
        )
    assert len(list((tmp_path / "truth").glob("visits/*"))) < 30


def test_days_in_any_order_give_the_same_bytes(week, tmp_path):
    """Tomorrow's exports arrive tomorrow, including late and unfinished files."""
    for number in (4, 0, 1, 6, 5, 2, 3):
        day = FIRST + timedelta(days=number)
        written(tmp_path, first=day, last=day)
    whole, alone = sums(week / "landing"), sums(tmp_path / "landing")
    differing = {name for name in whole | alone if alone.get(name) != whole.get(name)}
    # an unfinished file is whole if the night after it is written after it
    unfinished = duckdb.sql(
        f"""select system || '/' || file from '{week}/truth/incidents/*.parquet'
        where kind = 'unfinished' and arrived_date in (date '2026-04-03', date '2026-04-05')"""
    ).fetchall()
    assert differing <= {name for (name,) in unfinished}
    assert len(whole) > 150


def test_files_of_everyone_are_the_same_whether_people_are_kept_or_not(tmp_path, monkeypatch):
    company, sunday = Company(5_000, seed=4), date(2026, 4, 5)

    def members(name):
        folder = tmp_path / name
        order = Order(
            company, sunday - timedelta(days=7), sunday, folder, tmp_path / "truth", ("loyalty",),
            has_future=False,
        )  # fmt: skip
        simulate(order)
        return sums(folder)

    stay = members("stay")
    monkeypatch.setattr(writing, "KEPT_CUSTOMERS", 0)
    assert members("go") == stay
    assert len(stay) == 4


@pytest.mark.parametrize(
    ("customers", "days", "workers", "lengths"),
    [(300, 7, 1, [7]), (300, 7, 2, [4, 3]), (300, 40, 1, [20, 20]), (100_000, 30, 2, [15, 15]),
     (3_000_000, 3, 2, [1, 1, 1]), (300, 1, 4, [1])],
)  # fmt: skip
def test_all_workers_have_days(customers, days, workers, lengths, tmp_path):
    last = FIRST + timedelta(days=days - 1)
    chunks = list(cut(Order(Company(customers), FIRST, last, tmp_path, tmp_path), workers))
    assert [(each.last_date - each.first_date).days + 1 for each in chunks] == lengths
    assert (chunks[0].first_date, chunks[-1].last_date) == (FIRST, last)
    for one, next_one in itertools.pairwise(chunks):
        assert next_one.first_date - one.last_date == timedelta(days=1)


def test_another_seed_gives_another_world(week, tmp_path):
    company = Company(300, seed=5)
    simulate(Order(company, FIRST, FIRST, tmp_path / "landing", tmp_path / "truth"))
    other = sums(tmp_path / "landing")
    same = {name for name, digest in sums(week / "landing").items() if other.get(name) == digest}
    about_people = duckdb.sql(
        f"""select distinct system || '/' || file from '{week}/truth/records/*.parquet'
        where person >= 0"""
    ).fetchall()
    assert len(same) < len(other) / 3
    assert same & {name for (name,) in about_people} == set()


def test_what_a_killed_run_left_is_written_over(tmp_path):
    day, systems = FIRST, ("sens", "braze", "ga4")
    whole = written(tmp_path / "whole", first=day, last=day, systems=systems, defects="none")
    for path in (whole / "landing").rglob("*.*"):
        left = tmp_path / "again" / path.relative_to(whole)
        left.parent.mkdir(parents=True, exist_ok=True)
        left.with_name(f".{left.name}.unfinished").write_bytes(path.read_bytes()[:100])
    again = written(tmp_path / "again", first=day, last=day, systems=systems, defects="none")
    assert sums(again) == sums(whole)


def test_no_file_is_left_unfinished(week):
    assert [path for path in week.rglob("*") if path.name.startswith(".")] == []


def test_each_system_writes_something_in_a_month(week):
    folders = {path.name for path in (week / "landing").iterdir()}
    assert folders == set(SYSTEMS)


def test_each_incident_is_recorded(week):
    told = duckdb.sql(f"select kind, count(*) from '{week}/truth/incidents/*.parquet' group by 1")
    assert len(told.fetchall()) > 8
    missing = duckdb.sql(
        f"""select system || '/' || file from '{week}/truth/incidents/*.parquet'
        where kind = 'missing' or arrived_date > date '{LAST}'"""
    ).fetchall()
    for (name,) in missing:
        late = duckdb.sql(
            f"""select count(*) from '{week}/truth/incidents/*.parquet'
            where system || '/' || file = '{name}' and kind in ('missing', 'late')"""
        ).fetchone()
        assert not late[0] or not (week / "landing" / name).exists()


def test_a_clean_world_has_no_mistakes(tmp_path):
    folder = written(tmp_path, defects="none", first=LAST, dirty=False)
    for table in ("mistakes", "incidents"):
        assert duckdb.sql(f"select * from '{folder}/truth/{table}/*.parquet'").fetchall() == []


def test_every_row_of_a_clean_file_is_in_the_records(tmp_path):
    folder = written(tmp_path, defects="none", systems=("shopify",))
    for path in (folder / "landing" / "shopify").glob("orders*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows = sum(1 for _ in csv.reader(file)) - 1
        told = duckdb.sql(
            f"""select count(*), min(row), max(row), count(person)
            from '{folder}/truth/records/*.parquet' where file = '{path.name}'"""
        ).fetchone()
        assert told == (rows, 1 if rows else None, rows or None, rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--from 2026-03-05 --to 2026-03-03", "ends before it begins; swap the dates"),
        ("--from 2024-12-31 --to 2025-01-03", "the company opened on 2025-01-01"),
        ("--from 2026-03-05 --to 2026-03-05 --systems fax", "no system is called 'fax'; there are"),
    ],
)
def test_nonsense_is_refused(arguments, message, tmp_path, capsys):
    command = f"simulate --customers 10 --out {tmp_path / 'landing'} {arguments}"
    assert main(command.split()) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "landing").exists()


def test_the_command_reports_what_it_writes(tmp_path, capsys):
    landing = tmp_path / "landing"
    command = f"simulate --customers 200 --from {FIRST} --to {FIRST} --out {landing} --workers 1"
    assert main([*command.split(), "--systems", "shopify"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"  1/1  {FIRST}  1 files, ")
    assert f"in {landing}, the truth in {landing}-truth" in lines[-1]
    assert (tmp_path / "landing-truth" / "channels.parquet").exists()


@pytest.mark.parametrize(("out", "truth"), [("a", "a/truth"), ("a/landing", "a"), ("a", "a")])
def test_truth_and_exports_must_be_in_separate_folders(out, truth, tmp_path, capsys):
    command = f"simulate --customers 10 --from {FIRST} --to {FIRST} --out {tmp_path / out}"
    assert main([*command.split(), "--truth", str(tmp_path / truth)]) == 1
    assert "must not contain each other: give --truth another folder" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_the_current_folder_is_accepted(tmp_path, monkeypatch, capsys):
    landing = tmp_path / "landing"
    landing.mkdir()
    monkeypatch.chdir(landing)
    command = f"simulate --customers 50 --from {FIRST} --to {FIRST} --out . --workers 1"
    assert main([*command.split(), "--systems", "sens", "--without-future"]) == 0
    assert (landing / "sens").is_dir()
    assert (tmp_path / "landing-truth").is_dir()
    capsys.readouterr()


def test_each_day_is_reported_when_it_ends_for_any_workers(tmp_path):
    told = []
    order = Order(
        Company(50, seed=4), FIRST, LAST, tmp_path / "landing", tmp_path / "truth", ("sens",),
        has_future=False,
    )  # fmt: skip
    days = simulate(order, 2, told.append)
    assert sorted(each.day for each in told) == [each.day for each in days]
    assert len(days) == 7


def test_an_order_that_ends_before_it_begins_is_refused(tmp_path):
    order = Order(Company(5), LAST, FIRST, tmp_path, tmp_path)
    with pytest.raises(SimulationError):
        simulate(order)
