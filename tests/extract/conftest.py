"""A small shop whose files land, and what the extractor made of them."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from dangol import ledger
from dangol.extract.quarantine import export_rows, quarantined_rows, resubmit
from dangol.extract.stream import extract_stream
from dangol.ledger import Load
from dangol.night import Night
from dangol.settings import Company, Settings

if TYPE_CHECKING:
    from tests.extract.landing_servers import Servers, Side

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
def shop(
    make_shop: Callable[..., Shop],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Shop:
    """Its files land in a folder, or where the test's ``side`` puts them: then nothing waits."""
    if "side" not in request.fixturenames:
        return make_shop()
    landing = request.getfixturevalue("side").landing  # its server is waited for
    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", lambda seconds: None)
    return make_shop(landing=landing)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    from tests.extract.landing_servers import Servers  # most tests need no server's library

    servers = Servers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.stop()


@pytest.fixture
def side(
    kind: str, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Side]:
    """The senders' side of a kind of landing zone, which `kinds` chooses."""
    from tests.extract.landing_servers import side_of

    side = side_of(kind, servers, tmp_path, monkeypatch)
    yield side
    side.close()


@dataclass
class Feed(Shop):
    """The home of a system with one stream, whose contract a test writes."""

    system: str = "feed"

    def extract(self, stream: str = "rows", night: str | None = None) -> dict[str, object]:
        return super().extract(stream, night)

    def load(self, name: str, content: str | bytes) -> Load:
        """Land a file, extract it, and return its record."""
        self.land(name, content)
        self.extract()
        return self.last("rows")

    def values(self, columns: str = "*") -> list[tuple[Any, ...]]:
        return self.rows("rows", columns)

    def faults(self) -> list[tuple[Any, ...]]:
        """The rows in quarantine: line, column, reason and original text."""
        return [row[1:] for row in self.quarantine("rows")]

    def resubmitted(self, correct: Callable[[str], str]) -> Load:
        """Export the rows in quarantine of the last load, correct them, and load them again."""
        load_id = self.last("rows").load_id
        corrected = self.settings.home / "corrected.txt"
        export_rows(self.settings, load_id, corrected)
        corrected.write_text(correct(corrected.read_text(encoding="utf-8")), encoding="utf-8")
        landed = Path(resubmit(self.settings, load_id, corrected))
        os.utime(landed, (1, 1))
        self.extract()
        assert self.last("rows").file == landed.name
        return self.last("rows")


@pytest.fixture
def make_feed(tmp_path: Path) -> Callable[..., Feed]:
    """Make a system with one stream: its columns, and its custom properties by name."""

    def make(*columns: dict[str, Any], home: str = "home", **custom: Any) -> Feed:
        folder = tmp_path / home / "company" / "systems" / "feed"
        folder.mkdir(parents=True, exist_ok=True)
        custom = {"delivery": "partition", "rowIdentity": "place"} | custom
        contract = {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": "feed", "version": "1.0.0",
            "status": "active",
            "schema": [{
                "name": "rows",
                "customProperties": [
                    {"property": name, "value": value} for name, value in custom.items()
                ],
                "properties": [_column(**column) for column in columns],
            }],
        }  # fmt: skip
        text = yaml.safe_dump(contract, allow_unicode=True)
        (folder / "contract.yml").write_text(text, encoding="utf-8")
        company = Company("Feed", "Asia/Seoul", "KRW")
        place = tmp_path / home
        return Feed(Settings(home=place, landing=str(place / "landing"), company=company))

    return make


def _column(name: str, type: str = "VARCHAR", **facts: Any) -> dict[str, Any]:
    custom = {key: facts.pop(key) for key in ("formerNames", "format") if key in facts}
    listed = [{"property": key, "value": value} for key, value in custom.items()]
    return {"name": name, "physicalType": type, "customProperties": listed, **facts}
