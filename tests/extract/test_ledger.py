"""The ledger: manifests that are whole, and what they say of each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dangol import ledger
from dangol.build.stage import verify_raw_files
from dangol.ledger import DamagedFileError, Load
from dangol.precedence import superfluous_copies, superseded_loads

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

GOOD = "a,Kim,1,9.90"


def load(number: int, day: int, status: str = "loaded", sha: str = "", **more: object) -> Load:
    return Load(
        load_id=f"shop.orders.{number}", number=number, system="shop", stream="orders",
        file=f"file{number}", fingerprint="", load_date="2017-01-09", run_id="",
        contract_version="", started_at="", status=status, file_date=f"2017-01-0{day}",
        sha256=sha or f"sha{number}",
        **more,
    )  # type: ignore[arg-type] # fmt: skip # given by name


def replaced(*loads: Load) -> dict[int, int]:
    number = {each.load_id: each.number for each in loads}
    return {number[old]: number[new] for old, new in superseded_loads(loads).items()}


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        ([load(1, 1), load(2, 2)], {}),
        ([load(1, 1), load(2, 1)], {1: 2}),
        ([load(1, 1, revision=1), load(2, 1)], {2: 1}),
        ([load(1, 1, revision=2), load(2, 1, revision=1), load(3, 1)], {2: 1, 3: 1}),
        ([load(1, 1), load(2, 1, "empty")], {1: 2}),
        ([load(1, 1), load(2, 1, "rejected"), load(3, 1, "waiting"), load(4, 1, "duplicate")], {}),
        # a supplement completes its own revision, as long as that is not sent anew
        ([load(1, 1), load(2, 1, supplement=1)], {}),
        ([load(1, 1), load(2, 1, supplement=1), load(3, 1, supplement=2)], {}),
        ([load(1, 1), load(2, 1, supplement=1), load(3, 1)], {1: 3, 2: 3}),
        # nor that it comes late, or comes again after it was taken out of the lake
        ([load(2, 1, supplement=1), load(3, 1)], {}),
        ([load(1, 1, sha="x"), load(2, 1, supplement=1), load(3, 1, sha="x")], {1: 3}),
        ([load(1, 1), load(2, 1, supplement=1), load(3, 1, supplement=1)], {2: 3}),
        (
            [
                load(1, 1),
                load(2, 1, supplement=1),
                load(3, 1, supplement=2),
                load(4, 1, supplement=1),
            ],
            {2: 4},
        ),
        ([load(1, 1), load(2, 1, revision=1), load(3, 1, supplement=1)], {1: 2, 3: 2}),
        ([load(1, 1), load(2, 1, revision=1), load(3, 1, revision=1, supplement=1)], {1: 2}),
        ([load(1, 1), load(2, 1, revision=1, supplement=1)], {}),
        ([load(1, 1, supplement=1)], {}),
    ],
)
def test_superseded_loads(loads: list[Load], expected: dict[int, int]) -> None:
    assert replaced(*loads) == expected


def test_files_without_a_day_replace_nothing() -> None:
    from dataclasses import replace

    undated = [replace(load(number, 1), file_date=None, file=f"{number}.csv") for number in (1, 2)]
    assert superseded_loads(undated) == {}


def test_days_and_parts_tell_deliveries_apart() -> None:
    from dataclasses import replace

    seoul, busan = (replace(load(number, 1), part=part) for number, part in ((1, "a"), (2, "b")))
    month = replace(load(3, 1), first_date="2016-12-01")
    again = replace(load(4, 1), part="a")
    assert replaced(seoul, busan, month, again) == {1: 4}


@pytest.mark.parametrize(
    ("delivery", "loads", "expected"),
    [
        ("partition", [load(1, 1, sha="x"), load(2, 1, "duplicate", "x")], {2: 1}),
        ("partition", [load(1, 1, sha="x"), load(2, 2, "duplicate", "x")], {}),
        ("partition", [load(1, 1, sha="x"), load(2, 1), load(3, 1, "duplicate", "x")], {}),
        ("partition", [load(1, 1, sha="x"), load(2, 1), load(3, 1, sha="x"),
                       load(4, 1, "duplicate", "x")], {4: 3}),
        ("partition", [load(1, 1, "rejected", "x"), load(2, 1, "duplicate", "x")], {}),
        ("snapshot", [load(1, 1, sha="x"), load(2, 2, "duplicate", "x"),
                      load(3, 3, "duplicate", "x")], {2: 1, 3: 1}),
        ("snapshot", [load(1, 1, sha="x"), load(2, 2), load(3, 3, "duplicate", "x")], {}),
        ("snapshot", [load(1, 1, sha="x"), load(2, 3, "duplicate", "x"), load(3, 2)], {}),
        ("snapshot", [load(1, 1, sha="x"), load(2, 3, "duplicate", "x"), load(3, 2),
                      load(4, 3, sha="x"), load(5, 4, "duplicate", "x")], {5: 4}),
    ],
)  # fmt: skip
def test_superfluous_copies(delivery: str, loads: list[Load], expected: dict[int, int]) -> None:
    found = superfluous_copies(loads, is_snapshot=delivery == "snapshot")
    assert {number: original.number for number, original in found.items()} == expected


# ---------------------------------------------------------------- on disk


@pytest.fixture
def loaded(shop: Shop) -> Shop:
    shop.land_orders("orders_2017-01-05.csv", GOOD, "b,Kim,x,1")
    shop.extract()
    return shop


def only(folder: Path, pattern: str) -> Path:
    (file,) = folder.rglob(pattern)
    return file


def test_the_lake_is_private(loaded: Shop) -> None:
    lake = loaded.settings.lake
    assert {file.stat().st_mode & 0o777 for file in lake.rglob("*") if file.is_file()} == {0o600}
    assert {file.stat().st_mode & 0o777 for file in lake.rglob("*") if file.is_dir()} == {0o700}
    assert not list(loaded.settings.work.glob("shop*"))


@pytest.mark.parametrize("place", [0, 50, -3])
def test_a_damaged_manifest_is_noticed(loaded: Shop, place: int) -> None:
    manifest = only(loaded.settings.raw, "*.jsonl")
    raw = bytearray(manifest.read_bytes())
    raw[place] ^= 1
    manifest.write_bytes(bytes(raw))
    with pytest.raises(
        DamagedFileError, match=r"does not match its checksum or its place\. Restore it"
    ) as caught:
        loaded.loads()
    assert str(manifest) in str(caught.value)


def test_a_manifest_without_its_end_is_noticed(loaded: Shop) -> None:
    manifest = only(loaded.settings.raw, "*.jsonl")
    manifest.write_bytes(manifest.read_bytes()[:-90])
    with pytest.raises(DamagedFileError):
        loaded.loads()
    manifest.write_bytes(b"")
    with pytest.raises(DamagedFileError):
        loaded.loads()


@pytest.mark.parametrize("damage", ["damaged", "missing"])
def test_a_damaged_or_missing_raw_file_is_noticed_before_it_is_used(
    loaded: Shop, damage: str
) -> None:
    raw_file = only(loaded.settings.raw, "*.parquet")
    loads = loaded.loads()
    files = {each.raw_file for each in loads if each.raw_file}
    verify_raw_files(loaded.settings, loads, files)

    content = bytearray(raw_file.read_bytes())
    content[len(content) // 2] ^= 1
    raw_file.unlink() if damage == "missing" else raw_file.write_bytes(content)
    with pytest.raises(DamagedFileError, match=f"is {damage}(: its SHA-256 differs|, but its)"):
        verify_raw_files(loaded.settings, loads, files)


def test_a_damaged_raw_file_is_loaded_again_once_it_and_its_manifest_are_removed(
    loaded: Shop,
) -> None:
    before = loaded.rows()
    for file in loaded.settings.raw.rglob("*.*"):
        file.unlink()
    loaded.extract()
    assert loaded.rows() == before
    assert [row[1] for row in loaded.quarantine()] == [3]


def test_rows_without_a_manifest_were_never_loaded(loaded: Shop) -> None:
    for room in (loaded.settings.raw, loaded.settings.quarantine):
        orphan = only(room, "*.parquet").with_name("000002-000002.parquet")
        orphan.write_bytes(b"half written")
        orphan.with_name(".000003-000003.parquet.part0").write_bytes(b"less")
    assert loaded.extract()["rows_loaded"] == 0
    left = [file.name for file in loaded.settings.lake.rglob("*") if file.is_file()]
    assert sorted(left) == ["000001-000001.loads.jsonl", *["000001-000001.parquet"] * 2]


def test_names_with_line_separators_survive_the_ledger(shop: Shop) -> None:
    odd = Load(**{**load(1, 1).__dict__, "file": "a\u2028b\x85c", "reason": "\u2029"})
    folder = shop.settings.raw / "shop" / "orders" / "load_date=2017-01-09"
    ledger.write_manifest(folder / "000001-000001.loads.jsonl", [odd])
    assert shop.loads() == [odd]


def test_a_ledger_of_before_counts_no_lines_that_are_no_rows(shop: Shop) -> None:
    import hashlib
    import json

    shop.land_orders("orders_2017-01-05.csv", GOOD)
    shop.extract()
    (manifest,) = shop.settings.raw.rglob(f"*{ledger.MANIFEST_SUFFIX}")
    record = json.loads(manifest.read_text().split("\n")[0])
    assert record.pop("rows_skipped") == 0
    lines = json.dumps(record) + "\n"
    seal = {"manifest_sha256": hashlib.sha256(lines.encode()).hexdigest()}
    manifest.write_text(lines + json.dumps(seal) + "\n")
    assert (shop.last().rows_loaded, shop.last().rows_skipped) == (1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"raw_file": "../build.duckdb"},
        {"raw_file": "/etc/passwd"},
        {"raw_file": "lake/raw/shop/orders/load_date=2017-01-09/../../x.parquet"},
        {"raw_file": "lake/raw/shop/refunds/load_date=2017-01-09/1-1.parquet"},
        {"quarantine_file": "lake/raw/shop/orders/load_date=2017-01-09/1-1.parquet"},
        {"system": "another"},
        {"stream": "../orders"},
        {"load_date": "2017-01-10"},
        {"raw_file": 5},
    ],
)
def test_a_manifest_that_names_what_is_not_its_own_is_damaged(
    shop: Shop, wrong: dict[str, object]
) -> None:
    folder = shop.settings.raw / "shop" / "orders" / "load_date=2017-01-09"
    sound = "orders/load_date=2017-01-09/1-1.parquet"
    files = {
        "raw_file": f"lake/raw/shop/{sound}", "quarantine_file": f"lake/quarantine/shop/{sound}",
    }  # fmt: skip
    for given, is_sound in ((files, True), (files | wrong, False)):
        made = Load(**{**load(1, 1).__dict__, **given})  # type: ignore[arg-type]
        ledger.write_manifest(folder / "1-1.loads.jsonl", [made])
        if is_sound:
            assert ledger.read_ledger(shop.settings) == [made]
            continue
        with pytest.raises(DamagedFileError, match=r"1-1\.loads\.jsonl is damaged: it does not"):
            ledger.read_ledger(shop.settings)
