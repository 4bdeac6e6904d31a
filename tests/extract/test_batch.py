"""A batch is written whole or not at all, wherever the run is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from dangol import ledger
from dangol.extract import batch as module
from dangol.extract.batch import ExtractError
from dangol.extract.quarantine import quarantined_rows
from dangol.settings import Company, Settings

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

POINTS = [
    "extract.listed",
    "extract.decoded",
    "extract.parts_written",
    "extract.rows_written",
    "extract.quarantine_written",
    "extract.batch_committed",
]

RUN = """
import sys
from datetime import date
from pathlib import Path
import dangol.extract.plain, dangol.extract.batch, dangol.extract.stream
for module in (dangol.extract.plain, dangol.extract.batch, dangol.extract.stream):
    module.PIECE_BYTES = 400
from dangol.night import Night
from dangol.settings import Company, Settings
home = Path(sys.argv[1])
company = Company("Grocer", "America/New_York", "USD", systems=("grocer_campaigns",))
settings = Settings(home=home, landing=str(home / "landing"), company=company, threads=1)
night = Night.of(date(2017, 1, 9), company)
for stream in ("redemptions", "coupons"):
    dangol.extract.stream.extract_stream(settings, night, "grocer_campaigns", stream)
"""


def run(home: Path, crash_at: str = "", log: Path | None = None) -> int:
    environment = {**os.environ, "DANGOL_CRASH_AT": crash_at, "DANGOL_CRASH_LOG": str(log or "")}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(home)], env=environment, capture_output=True, text=True
    )
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode


def land(home: Path) -> None:
    landing = home / "landing" / "grocer_campaigns"
    landing.mkdir(parents=True)
    for day in range(1, 6):
        rows = [f"{n},u{n},c,2017-01-0{day if n % 4 else 'x'}" for n in range(12)]
        text = "\n".join(["household_id,coupon_upc,campaign_id,redemption_date", *rows, ""])
        (landing / f"redemptions_2017-01-0{day}.csv").write_text(text)
    (landing / "redemptions_2017-01-06.csv").write_text(text)  # a duplicate
    text = "\n".join(["coupon_upc,product_id,campaign_id", *[f'"{n}",p,c' for n in range(50)], ""])
    (landing / "coupons_2017-01-01.csv").write_text(text)
    for file in landing.iterdir():
        os.utime(file, (1, 1))


def outcome(home: Path) -> tuple[object, ...]:
    """Everything that a run leaves, but the times of the clock."""
    settings = Settings(home=home, landing="", company=Company("Grocer", "Asia/Seoul", "KRW"))
    clock = {"started_at": "", "finished_at": ""}
    loads = [{**load.__dict__, **clock} for load in ledger.read_ledger(settings)]
    files = [str(settings.home / load["raw_file"]) for load in loads if load["raw_file"]]
    rows = duckdb.execute(
        "select * from read_parquet(?, hive_partitioning = false, union_by_name = true) "
        "order by _load_id, _row",
        [sorted(set(files))],
    ).fetchall()
    left = sorted(str(file.relative_to(home)) for file in home.rglob("*") if file.is_file())
    return loads, rows, quarantined_rows(settings), left


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    home = tmp_path_factory.mktemp("undisturbed")
    land(home)
    log = home.with_suffix(".log")
    assert run(home, log=log) == 0
    assert set(log.read_text().split()) == set(POINTS)
    assert len(list(home.rglob("*.jsonl"))) > 3
    return outcome(home)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_is_finished_by_the_next(
    tmp_path: Path, point: str, undisturbed: tuple[object, ...]
) -> None:
    land(tmp_path)
    assert run(tmp_path, crash_at=point) == -9
    assert run(tmp_path) == 0
    assert outcome(tmp_path) == undisturbed


def test_a_run_killed_again_and_again_gets_there(
    tmp_path: Path, undisturbed: tuple[object, ...]
) -> None:
    land(tmp_path)
    for point in POINTS[::-1]:
        run(tmp_path, crash_at=point)
    assert run(tmp_path) == 0
    assert outcome(tmp_path) == undisturbed


def test_a_fault_of_the_code_stops_the_batch_and_quotes_no_value(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land_orders("orders_2017-01-05.csv", "secret,secret,1,1")

    def fail(*given: object) -> None:
        duckdb.execute("select cast('secret' as integer)")

    with monkeypatch.context() as patch:
        patch.setattr(module, "load_plain", fail)
        with pytest.raises(ExtractError) as caught:
            shop.extract()
    assert str(caught.value) == (
        "shop.orders: the files orders_2017-01-05.csv to orders_2017-01-05.csv can't be written "
        "(ConversionException); none of them was loaded. This is a bug: report it, and "
        "move the files out of the landing zone to continue without them."
    )
    assert caught.value.__suppress_context__
    assert not list(shop.settings.lake.rglob("*.part*"))
    assert shop.extract()["rows_loaded"] == 1
