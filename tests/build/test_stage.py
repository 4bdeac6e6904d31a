import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dangol.build import project, state
from dangol.build.stage import stage_raw, verify_raw_files
from dangol.build.state import discard_build, fingerprint, mark_applied
from dangol.build.warehouse import open_build
from dangol.contracts import reading, staging
from dangol.contracts.reading import find_stream, load_contracts
from dangol.files import sha256_of
from dangol.ledger import DamagedFileError, Load, write_manifest
from dangol.night import Night
from dangol.settings import PROJECT_ROOT, Settings

TILL = ("grocer_till", "transactions")
MEMBERS = ("grocer_loyalty", "members")


@pytest.fixture
def land(small_home: Settings) -> Callable[..., Load]:
    """Put a load into the lake as the extractor does: so many rows, and its manifest."""

    def put(stream: tuple[str, str], number: int, day: str, rows: int = 2, **facts: object) -> Load:
        system, name = stream
        folder = small_home.raw / system / name / f"load_date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        parquet = folder / f"{number:06d}-{number:06d}.parquet"
        load = Load(
            load_id=f"{system}.{name}.{number:06d}",
            number=number,
            system=system,
            stream=name,
            file=f"{name}_{day}.csv",
            fingerprint="1-1",
            sha256=f"{number}" * 64,
            load_date=day,
            file_date=day,
            run_id="r",
            contract_version="1.0.0",
            started_at="2017-12-31T06:00:00.000+00:00",
            finished_at="2017-12-31T06:00:01.000+00:00",
            rows_read=rows,
            rows_loaded=rows,
            status="loaded",
            raw_file=str(parquet.relative_to(small_home.home)),
            control_total="1.50" if stream == TILL else None,
        )
        load = replace(load, **facts)
        if facts.get("supplement"):
            load = replace(load, file=f"{name}_{day}_s{load.supplement}.csv")
        if load.status == "loaded":
            columns = ", ".join(
                f'null::{column.sql_type} as "{column.name}"'
                for column in find_stream(small_home, system, name).columns
            )
            duckdb.execute(
                f"copy (select {columns}, null::varchar as _extra, '{load.load_id}' as _load_id,"
                f" '{load.file}' as _file, n as _row from range({rows}) as r (n))"
                f" to '{parquet}' (format parquet)"
            )
            load = replace(load, raw_sha256=sha256_of(parquet))
        else:
            load = replace(load, rows_read=0, rows_loaded=0, raw_file=None)
        write_manifest(parquet.with_suffix(".loads.jsonl"), [load])
        return load

    return put


def asked(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with open_build(settings, read_only=True) as build:
        return build.execute(query).fetchall()


def publish_what_is_staged(settings: Settings) -> None:
    with open_build(settings) as build:
        mark_applied(build)


def test_the_run_is_one_row(small_home: Settings, tonight: Night) -> None:
    assert stage_raw(small_home, tonight) == {"full_refresh": True, "new_loads": 0}
    assert asked(small_home, "from ops.current_run") == [
        (
            "night-2017-12-31",
            date(2017, 12, 31),
            datetime(2018, 1, 1, 5),
            "America/New_York",
            "USD",
            True,
            None,
        )
    ]


def test_a_night_knows_which_one_was_taken_in_before(
    small_home: Settings, last_night: Night, tonight: Night
) -> None:
    """Not which one was begun: that may have failed half-way."""
    query = "select previous_business_date from ops.current_run"
    stage_raw(small_home, last_night)
    stage_raw(small_home, tonight)
    assert asked(small_home, query) == [(None,)]
    with open_build(small_home) as build:
        mark_applied(build)
    stage_raw(small_home, tonight)
    assert asked(small_home, query) == [(date(2017, 12, 31),)]


def test_the_ledger_is_registered_with_every_fact(
    small_home: Settings, tonight: Night, land: Callable[..., Load]
) -> None:
    load = land(TILL, 1, "2017-12-31", encoding="utf-8", bytes=123, supplement=2)
    stage_raw(small_home, tonight)
    with open_build(small_home, read_only=True) as build:
        rows = build.execute("from ops.loads")
        names = [column[0] for column in rows.description or ()]
        (row,) = rows.fetchall()
    assert dict(zip(names, row, strict=True)) == {
        "load_id": "grocer_till.transactions.000001",
        "number": 1,
        "system": "grocer_till",
        "stream": "transactions",
        "file": "transactions_2017-12-31_s2.csv",
        "sha256": "1" * 64,
        "bytes": 123,
        "encoding": "utf-8",
        "first_date": None,
        "file_date": date(2017, 12, 31),
        "part": "",
        "delivery": "2017-12-31/s2",
        "revision": 0,
        "supplement": 2,
        "rows_read": 2,
        "rows_loaded": 2,
        "rows_quarantined": 0,
        "rows_skipped": 0,
        "comments_skipped": 0,
        "totals_skipped": 0,
        "headers_skipped": 0,
        "blank_skipped": 0,
        "duplicate_of": None,
        "superseded_by": None,
        "contract_version": "1.0.0",
        "status": "loaded",
        "contender": None,
        "reason": "",
        "control_total": Decimal("1.5"),
        "raw_file": load.raw_file,
        "load_date": date(2017, 12, 31),
        "run_id": "r",
        "started_at_utc": datetime(2017, 12, 31, 6),
        "finished_at_utc": datetime(2017, 12, 31, 6, 0, 1),
        "is_new": True,
    }


def test_the_views_show_new_rows_alone_and_absent_streams_are_empty(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-30", rows=3)
    assert stage_raw(small_home, last_night) == {"full_refresh": True, "new_loads": 1}
    publish_what_is_staged(small_home)
    land(TILL, 2, "2017-12-31", rows=4)
    assert stage_raw(small_home, tonight) == {"full_refresh": False, "new_loads": 1}
    assert asked(
        small_home, "select _load_id, count(*) from raw.grocer_till__transactions group by all"
    ) == [("grocer_till.transactions.000002", 4)]
    (row,) = asked(
        small_home, "select count(*), count(household_id) from raw.grocer_loyalty__members"
    )
    assert row == (0, 0)
    views = asked(small_home, "select view_name from duckdb_views() where schema_name = 'raw'")
    assert {str(name) for (name,) in views} >= {
        "grocer_till__transactions",
        "grocer_loyalty__members",
        "grocer_catalogue__products",
        "grocer_catalogue__promotions",
        "grocer_campaigns__sends",
    }


def test_a_batch_that_is_new_in_part_shows_that_part(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    """A backfill sees a batch's earlier files first; its later ones are new to the next night."""
    first = land(TILL, 1, "2017-12-30", rows=1)
    parquet = small_home.home / str(first.raw_file)
    duckdb.execute(
        f"copy (from '{parquet}' union all select * replace ('grocer_till.transactions.000002' as"
        f" _load_id) from '{parquet}') to '{parquet}.new' (format parquet)"
    )
    os.replace(f"{parquet}.new", parquet)
    first = replace(first, raw_sha256=sha256_of(parquet))
    second = replace(
        first,
        load_id="grocer_till.transactions.000002",
        number=2,
        file="transactions_2017-12-31.csv",
        file_date="2017-12-31",
    )
    write_manifest(parquet.with_suffix(".loads.jsonl"), [first, second])
    seen = "select _load_id from raw.grocer_till__transactions"
    assert stage_raw(small_home, last_night)["new_loads"] == 1
    assert asked(small_home, seen) == [("grocer_till.transactions.000001",)]
    publish_what_is_staged(small_home)
    assert stage_raw(small_home, tonight)["new_loads"] == 1
    assert asked(small_home, seen) == [("grocer_till.transactions.000002",)]


def test_a_night_that_did_not_publish_finds_its_loads_new_again(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-30")
    stage_raw(small_home, last_night)
    land(TILL, 2, "2017-12-31")
    assert stage_raw(small_home, tonight) == {"full_refresh": True, "new_loads": 2}
    publish_what_is_staged(small_home)
    assert stage_raw(small_home, tonight) == {"full_refresh": False, "new_loads": 0}


def test_loads_that_were_half_marked_can_be_marked_again(
    small_home: Settings, tonight: Night, land: Callable[..., Load]
) -> None:
    load = land(TILL, 1, "2017-12-31")
    stage_raw(small_home, tonight)
    with open_build(small_home) as build:
        build.execute("insert into ops.applied_loads values (?, ?)", [load.load_id, load.sha256])
    publish_what_is_staged(small_home)
    assert asked(small_home, "from ops.applied_loads") == [(load.load_id, load.sha256)]
    assert asked(small_home, "select is_new from ops.loads") == [(False,)]


def test_files_of_later_days_are_not_seen(
    small_home: Settings, last_night: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-30")
    land(TILL, 2, "2017-12-31")
    assert stage_raw(small_home, last_night)["new_loads"] == 1
    assert asked(small_home, "select number from ops.loads") == [(1,)]


def test_a_file_without_a_day_counts_from_the_night_that_took_it_in(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-31", status="rejected", file="odd.csv", file_date=None)
    stage_raw(small_home, last_night)
    assert asked(small_home, "from ops.loads") == []
    stage_raw(small_home, tonight)
    assert asked(small_home, "select status, file_date, is_new from ops.loads") == [
        ("rejected", None, False)
    ]


def test_a_correction_supersedes_a_days_file_and_a_snapshot(
    small_home: Settings, tonight: Night, land: Callable[..., Load]
) -> None:
    for number in (1, 2):
        land(TILL, number, "2017-12-31", revision=number - 1, file=f"r{number}.csv")
        land(MEMBERS, number, "2017-12-31", revision=number - 1, file=f"r{number}.csv")
    stage_raw(small_home, tonight)
    assert asked(small_home, "select load_id, superseded_by from ops.loads order by all") == [
        ("grocer_loyalty.members.000001", "grocer_loyalty.members.000002"),
        ("grocer_loyalty.members.000002", None),
        ("grocer_till.transactions.000001", "grocer_till.transactions.000002"),
        ("grocer_till.transactions.000002", None),
    ]


def test_a_run_for_an_earlier_day_starts_empty_and_the_next_continues_it(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-30")
    land(TILL, 2, "2017-12-31")
    stage_raw(small_home, tonight)
    publish_what_is_staged(small_home)
    assert stage_raw(small_home, last_night) == {"full_refresh": True, "new_loads": 1}
    publish_what_is_staged(small_home)
    assert stage_raw(small_home, tonight) == {"full_refresh": False, "new_loads": 1}


@pytest.mark.parametrize("change", ["model", "contract", "time zone", "currency", "duckdb"])
def test_a_change_of_what_the_tables_depend_on_starts_empty(
    small_home: Settings,
    last_night: Night,
    tonight: Night,
    land: Callable[..., Load],
    change: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import shutil

    root = tmp_path / "project"
    for folder in ("dbt_project", "sources"):
        shutil.copytree(PROJECT_ROOT / folder, root / folder)
    monkeypatch.setattr(project, "DBT_PROJECT", root / "dbt_project")
    for module in (reading, staging):
        monkeypatch.setattr(module, "SOURCES", root / "sources")
    land(TILL, 1, "2017-12-30")
    stage_raw(small_home, last_night)
    publish_what_is_staged(small_home)
    assert stage_raw(small_home, last_night)["new_loads"] == 0
    if change == "model":
        model = next((root / "dbt_project" / "models").rglob("fct_orders.sql"))
        model.write_text(model.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    elif change == "contract":
        contract = root / "sources" / "grocer_till" / "contract.yml"
        contract.write_text(contract.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    elif change == "time zone":
        company = replace(small_home.company, timezone="Asia/Seoul")
        small_home = replace(small_home, company=company)
    elif change == "currency":
        company = replace(small_home.company, currency="KRW")
        small_home = replace(small_home, company=company)
    else:
        monkeypatch.setattr(state.duckdb, "__version__", "9.9.9")
    if change == "duckdb":  # the extension of another version can't be loaded
        assert fingerprint(small_home) != fingerprint_of_now(small_home, monkeypatch)
    else:
        assert stage_raw(small_home, tonight) == {"full_refresh": True, "new_loads": 1}


def fingerprint_of_now(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(state.duckdb, "__version__", "1.0.0")
    return fingerprint(settings)


def test_a_batch_that_was_taken_out_of_the_lake_starts_empty(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    """As the advice on a damaged file has it: its files come again under other numbers."""
    land(TILL, 1, "2017-12-29")
    gone = land(TILL, 2, "2017-12-30")
    stage_raw(small_home, last_night)
    publish_what_is_staged(small_home)
    parquet = small_home.home / str(gone.raw_file)
    parquet.unlink()
    parquet.with_suffix(".loads.jsonl").unlink()
    land(TILL, 3, "2017-12-30", sha256=gone.sha256)
    land(TILL, 4, "2017-12-31")
    assert stage_raw(small_home, tonight) == {"full_refresh": True, "new_loads": 3}


def test_a_build_of_nobody_starts_empty(
    small_home: Settings, tonight: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-31")
    small_home.warehouse.mkdir()
    with duckdb.connect(small_home.build_file) as build:
        build.execute("create schema raw; create table raw.grocer_till__transactions as select 1")
    assert stage_raw(small_home, tonight)["full_refresh"] is True


def test_a_build_is_discarded_with_its_log(small_home: Settings, tonight: Night) -> None:
    stage_raw(small_home, tonight)
    wal = small_home.build_file.with_suffix(".duckdb.wal")
    wal.write_bytes(b"left by a killed run")
    discard_build(small_home)
    assert not wal.exists()
    assert not small_home.build_file.exists()
    discard_build(small_home)  # nothing there is fine


def test_a_damaged_raw_file_is_noticed_before_the_build_changes(
    small_home: Settings, last_night: Night, tonight: Night, land: Callable[..., Load]
) -> None:
    land(TILL, 1, "2017-12-30")
    stage_raw(small_home, last_night)
    publish_what_is_staged(small_home)
    load = land(TILL, 2, "2017-12-31")
    file = small_home.home / str(load.raw_file)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedFileError, match="is damaged: its SHA-256 differs"):
        stage_raw(small_home, tonight)
    assert asked(small_home, "select business_date from ops.current_run") == [(date(2017, 12, 30),)]
    assert asked(small_home, "select count(*) from ops.loads") == [(1,)]


def test_raw_files_that_are_not_asked_for_are_not_read(
    small_home: Settings, land: Callable[..., Load]
) -> None:
    first, second = land(TILL, 1, "2017-12-30"), land(TILL, 2, "2017-12-31")
    verify_raw_files(small_home, [first, second], {str(first.raw_file), str(second.raw_file)})
    (small_home.home / str(second.raw_file)).unlink()
    verify_raw_files(small_home, [first, second], {str(first.raw_file)})
    with pytest.raises(DamagedFileError, match="is missing") as error:
        verify_raw_files(small_home, [first, second], {str(second.raw_file)})
    assert str(small_home.home / str(second.raw_file)) in str(error.value)


def test_what_the_contracts_promise_is_written_for_the_gate(
    small_home: Settings, tonight: Night
) -> None:
    stage_raw(small_home, tonight)
    promises = asked(
        small_home,
        "select system || '.' || stream, delivery, expected_every_days, may_be_empty, owner"
        " from ops.streams where system in ('grocer_till', 'grocer_loyalty')",
    )
    assert sorted(promises) == [
        ("grocer_loyalty.members", "full_snapshot", 1, False, "loyalty"),
        ("grocer_till.transactions", "partition", 1, True, "store-systems"),
    ]
    promised = asked(small_home, "select system, stream, expected_every_days from ops.streams")
    assert set(promised) == {
        (stream.system, stream.name, stream.expected_every_days)
        for contract in load_contracts(small_home).values()
        for stream in contract.streams
    }
