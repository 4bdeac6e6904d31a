"""A company of one system, whose contract each test writes, and what became of its rows."""

from __future__ import annotations

import gzip
import os
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.build.state import discard_build, mark_applied
from dangol.build.warehouse import open_build
from dangol.night import Night
from dangol.nightly.steps import step_named
from dangol.settings import Company, Settings
from expectations.gate import GateFailed

STAGING = """
select
    'shop' as source_system,
    order_no as order_id,
    {line} as order_line_id,
    'member' as identifier_type,
    member as identifier_value,
    sku as product_id,
    qty as quantity,
    amount as gross_amount,
    amount as net_amount,
    cast(day as timestamp) as ordered_at,
    day as order_date,
    {reason} as set_aside_reason,
    _load_id,
    _row
from {{{{ source('shop', 'sales') }}}}
"""
COLUMNS = [
    {"name": "order_no", "physicalName": "Order No"},
    {"name": "line"},
    {"name": "sku"},
    {"name": "qty", "physicalType": "BIGINT"},
    {"name": "amount", "physicalType": "DECIMAL(18,4)", "required": True},
    {"name": "member"},
    {"name": "status"},
    {"name": "day", "physicalType": "DATE", "required": True},
]
HEADER = "Order No,line,sku,qty,amount,member,status,day"
PROPERTIES = {
    "filePattern": r"sales_{date}\.csv(\.gz)?", "delivery": "partition", "emptyFiles": True,
    "controlTotal": "amount", "receivedIn": ["order_lines"],
}  # fmt: skip


class Shop:
    """The home of the company."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder = settings.company_folder / "systems" / "shop"
        self.promises: list[dict[str, Any]] = []
        self.facts: list[dict[str, Any]] = []

    def contract(self, key: tuple[str, ...] = ("order_no", "line"), **properties: Any) -> None:
        """Write the contract; without a key, rows are told by place."""
        given = PROPERTIES | ({} if key else {"rowIdentity": "place"}) | properties
        columns = [each | ({"primaryKey": True} if each["name"] in key else {}) for each in COLUMNS]
        self._write(
            "contract.yml",
            yaml.safe_dump(
                {
                    "apiVersion": "v3.1.0", "kind": "DataContract", "id": "shop",
                    "version": "1.0.0", "status": "active",
                    "schema": [{
                        "name": "sales",
                        "customProperties": [
                            {"property": name, "value": value} for name, value in given.items()
                        ],
                        "properties": columns,
                    }],
                    "slaProperties": self.promises,
                    "customProperties": self.facts,
                },
                allow_unicode=True,
            ),
        )  # fmt: skip
        self.staging(line="line" if key else "_place")

    def staging(self, line: str = "line", reason: str = "cast(null as string)") -> None:
        self._write("stg_shop__order_lines.sql", STAGING.format(line=line, reason=reason))

    def _write(self, name: str, text: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def land(self, name: str, *rows: str) -> Path:
        """Land a file of rows ``order,line,sku,qty,amount,member,status,day``, cut anywhere."""
        file = Path(self.settings.landing) / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        found = re.findall(r"2017-\d\d-\d\d", name)
        day = found[-1] if found else "2017-01-02"
        lines = [_completed(row, day) for row in rows]
        content = "\n".join([HEADER, *lines, ""]).encode()
        file.write_bytes(gzip.compress(content, mtime=0) if name.endswith(".gz") else content)
        hour_ago = time.time() - 3600
        os.utime(file, (hour_ago, hour_ago))
        return file

    def night(self, day: str, is_killed: bool = False) -> dict[str, str]:
        """Run a night up to the cleaned layer; return the critical failures, by sentence.

        One that is killed then has not published: its files are new to the next night again.
        """
        night = Night.of(date.fromisoformat(day), self.settings.company)
        failed: dict[str, str] = {}
        for name in ("begin", "extract", "stage_raw", "gate_raw", "cleaned", "gate_cleaned"):
            step = step_named(name)
            for arguments in step.instances(self.settings):
                try:
                    step.run(self.settings, night, *arguments)
                except GateFailed as error:
                    failed |= _failures(str(error))
        if not failed and not is_killed:
            with open_build(self.settings) as build:
                mark_applied(build)
        return failed

    def rebuilt(self, day: str) -> dict[str, str]:
        """Run the night again from the raw lake alone."""
        discard_build(self.settings)
        return self.night(day)

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table of the cleaned layer, in full."""
        names = self.ask(
            "select table_name from information_schema.tables where table_schema = 'cleaned'"
        )
        return {
            # which days a night touches is about the night
            name: self.ask(f"select * from cleaned.{name} order by all")
            for (name,) in sorted(names) if name != "int_days_restated"
        }  # fmt: skip

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with open_build(self.settings, read_only=True) as build:
            return build.execute(query).fetchall()

    def states(self) -> list[tuple[Any, ...]]:
        """Order, line, amount as text, state and reason of every row, in order."""
        return self.ask(
            "select order_id, order_line_id, cast(cast(net_amount as decimal(18, 2)) as varchar),"
            " row_state, state_reason from cleaned.int_order_lines_received order by all"
        )

    def current(self) -> list[tuple[Any, ...]]:
        return self.ask(
            "select order_id, order_line_id, cast(cast(net_amount as decimal(18, 2)) as varchar)"
            " from cleaned.order_lines order by all"
        )


def _completed(row: str, day: str) -> str:
    fields = row.split(",")
    defaults = ["o1", "1", "p1", "1", "1.00", "m1", "paid", day]
    return ",".join([*fields, *defaults[len(fields) :]])


def _failures(message: str) -> dict[str, str]:
    """Split the message of a gate by expectation."""
    parts = message.split("\ngate ")[1:]
    return {part.split(": ", 1)[1].split(" — ")[0]: part for part in parts}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    home = tmp_path / "home"
    settings = Settings(
        home=home, landing=str(home / "landing"), company=Company("Shop", "UTC", "EUR"), threads=1
    )
    made = Shop(settings)
    made.contract()
    return made
