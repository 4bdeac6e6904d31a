"""A small shop whose files land, and what the extractor made of them."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dangol import ledger
from dangol.extract.quarantine import quarantined_rows
from dangol.extract.stream import extract_stream
from dangol.ledger import Load
from dangol.night import Night
from dangol.settings import Company, Settings

COMPANY = Path(__file__).parent
"""The company's own folder: its one system is in ``systems/shop``."""

HEADER = "order_id,customer,quantity,amount,weight,is_gift,delivered_date,ordered_at"
LONG_AGO = 3600.0


@dataclass
class Shop:
    """The home of the shop in the contract beside this file."""

    settings: Settings
    system: str = "shop"
    today: str = "2017-01-09"
    header: str = HEADER

    @property
    def landing(self) -> Path:
        return Path(self.settings.landing) / self.system

    def land(self, name: str, content: str | bytes, age: float = LONG_AGO) -> Path:
        """Put a file into the landing zone; one that changed long ago, so that nothing waits."""
        file = self.landing / name
        file.parent.mkdir(parents=True, exist_ok=True)
        raw = content.encode() if isinstance(content, str) else content
        file.write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)
        changed = time.time() - age
        os.utime(file, (changed, changed))
        return file

    def land_orders(self, name: str, *rows: str, header: str = HEADER) -> Path:
        """Put a file of orders into the landing zone, each row completed with empty fields."""
        missing = header.count(",")
        lines = [row + "," * (missing - row.count(",")) for row in rows]
        return self.land(name, "\n".join([header, *lines, ""]))

    def night(self, day: str | None = None) -> Night:
        return Night.of(date.fromisoformat(day or self.today), self.settings.company)

    def extract(self, stream: str = "orders", night: str | None = None) -> dict[str, object]:
        """Run the extractor, and see that nothing is lost."""
        summary = extract_stream(self.settings, self.night(night), self.system, stream)
        self.check_balance(stream)
        return summary

    def loads(self, stream: str = "orders") -> list[Load]:
        return ledger.read_ledger(self.settings, self.system, stream)

    def last(self, stream: str = "orders") -> Load:
        return self.loads(stream)[-1]

    def fates(self, stream: str = "orders") -> list[tuple[Any, ...]]:
        """Each file of the ledger, its status and its reason."""
        return [(load.file, load.status, load.reason) for load in self.loads(stream)]

    def rows(self, stream: str = "orders", columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of the raw lake, in the order of the files."""
        loads = self.loads(stream)
        files = sorted({str(self.settings.home / load.raw_file) for load in loads if load.raw_file})
        if not files:
            return []
        query = f"select {columns} from read_parquet(?, hive_partitioning = false)"
        return duckdb.execute(f"{query} order by _load_id, _row", [files]).fetchall()

    def quarantine(self, stream: str = "orders") -> list[tuple[Any, ...]]:
        """The rows in quarantine: file, line, column, reason and original text."""
        labels = {load.load_id for load in self.loads(stream)}
        names = ("file", "line", "column_name", "reason", "original_text")
        return [
            tuple(row[name] for name in names)
            for row in quarantined_rows(self.settings)
            if row["load_id"] in labels
        ]

    def check_balance(self, stream: str = "orders") -> None:
        """For every file: read = loaded + quarantined, and both are where the ledger says."""
        loaded = self.rows(stream, "_load_id")
        bad = [row["load_id"] for row in quarantined_rows(self.settings)]
        for load in self.loads(stream):
            assert load.rows_read == load.rows_loaded + load.rows_quarantined, load
            assert load.rows_loaded == loaded.count((load.load_id,)), load
            assert load.rows_quarantined == bad.count(load.load_id), load


@pytest.fixture
def make_shop(tmp_path: Path) -> Callable[..., Shop]:
    def make(home: str = "home", landing: str | None = None) -> Shop:
        folder = tmp_path / home
        return Shop(
            Settings(
                home=folder,
                landing=landing or str(folder / "landing"),
                company=Company("Shop", "Asia/Seoul", "KRW"),
                own_folder=COMPANY,
                threads=2,
            )
        )

    return make


@pytest.fixture
def shop(make_shop: Callable[..., Shop]) -> Shop:
    return make_shop()
