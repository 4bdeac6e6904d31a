"""Plain files: many at once, or one in pieces; what DuckDB read is compared with the lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dangol.extract import plain
from dangol.extract.decode import Decoded
from dangol.extract.plain import Piece, pieces_of

if TYPE_CHECKING:
    from tests.extract.conftest import Shop


def decoded(path: Path, content: bytes) -> Decoded:
    path.write_bytes(content)
    return Decoded(path, "", 0, len(content), "utf-8", content.count(b"\n") or 1, is_plain=True)


def test_a_small_file_is_its_only_piece(tmp_path: Path) -> None:
    file = decoded(tmp_path / "000007.csv", b"a\n1\n2\n")
    assert list(pieces_of(file, "load", "file", 1)) == [Piece(file.path, "load", "file", 2)]


def test_a_large_file_is_cut_at_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "PIECE_BYTES", 10)
    lines = [f"{number:03}\n".encode() for number in range(20)]
    file = decoded(tmp_path / "000007.csv", b"header\n" + b"".join(lines).removesuffix(b"\n"))
    pieces = list(pieces_of(file, "load", "file", 1))

    assert [piece.path.read_bytes() for piece in pieces] == [
        b"header\n" + b"".join(lines[start : start + 3]).removesuffix(b"\n" if start == 18 else b"")
        for start in range(0, 20, 3)
    ]
    assert [(piece.rows, piece.rows_before) for piece in pieces] == [
        (min(3, 20 - start), start) for start in range(0, 20, 3)
    ]
    assert len({piece.path.stem for piece in pieces}) == 7


def test_a_file_in_pieces_gives_the_same_rows(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [f"o{n},Kim,{'x' if n in {0, 700, 1999} else n},1.25,,,," for n in range(2000)]
    shop.land("orders_2017-01-05.csv", "\n".join([shop.header, *rows, ""]))
    monkeypatch.setattr(plain, "PIECE_BYTES", 1000)
    monkeypatch.setattr("dangol.extract.batch.PIECE_BYTES", 1000)
    shop.extract()

    assert shop.rows(columns="order_id, quantity, _row") == [
        (f"o{n}", n, n + 1) for n in range(2000) if n not in {0, 700, 1999}
    ]
    assert [(row[1], row[4]) for row in shop.quarantine()] == [
        (n + 2, rows[n]) for n in (0, 700, 1999)
    ]
    assert shop.last().control_total == "2496.25"
    assert len(list(shop.settings.raw.rglob("*.parquet"))) == 1


def test_batches_are_cut_by_bytes_and_each_has_its_manifest(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dangol.extract.stream.PIECE_BYTES", 500)
    for day in range(1, 10):
        shop.land_orders(f"orders_2017-01-0{day}.csv", *[f"o{day},Kim,1,1.00"] * 20)
    shop.extract()
    assert sorted(file.name for file in shop.settings.raw.rglob("*.jsonl")) == [
        f"{first:06d}-{min(first + 1, 9):06d}.loads.jsonl" for first in (1, 3, 5, 7, 9)
    ]
    assert shop.rows(columns="order_id, _row") == [
        (f"o{day}", row) for day in range(1, 10) for row in range(1, 21)
    ]


def test_rows_that_duckdb_would_drop_in_silence_are_noticed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever DuckDB does with a plain file, its lines say how many rows it must give."""
    csv_rows = plain.columns.csv_rows

    def forgetful(*given: Any) -> tuple[str, list[Any]]:
        query, parameters = csv_rows(*given)
        return f"select * from ({query}) where c0 <> 'b'", parameters

    monkeypatch.setattr(plain.columns, "csv_rows", forgetful)
    shop.land_orders("orders_2017-01-05.csv", "a,,1,1", "b,,1,1", "c,,1,1")
    shop.land_orders("orders_2017-01-06.csv", "d,,1,1")
    shop.extract()
    assert shop.rows(columns="order_id, _row") == [("a", 1), ("b", 2), ("c", 3), ("d", 1)]


MEASURE = """
import resource, sys
from datetime import date
from pathlib import Path
from dangol.extract.stream import extract_stream
from dangol.night import Night
from dangol.settings import Company, Settings
home = Path(sys.argv[1])
company = Company("Grocer", "America/New_York", "USD", systems=("grocer_campaigns",))
settings = Settings(home=home, landing=str(home / "landing"), company=company, threads=2)
night = Night.of(date(2017, 1, 9), company)
print(extract_stream(settings, night, "grocer_campaigns", "coupons")["rows_loaded"])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for name, rows in (("small", 1), ("large", 2_500_000)):
        landing = tmp_path / name / "landing" / "grocer_campaigns"
        landing.mkdir(parents=True)
        line = b"5159400007612345,1234567,12\n"
        content = b"coupon_upc,product_id,campaign_id\n" + line * rows
        (landing / "coupons_2017-01-01.csv").write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(tmp_path / name)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        loaded, peak = map(int, done.stdout.split())
        assert loaded == rows
        peaks.append(peak)
    assert len(content) > 4 * plain.PIECE_BYTES
    assert peaks[1] < 2 * peaks[0] + 50, peaks
