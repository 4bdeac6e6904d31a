"""A small build file that passes every check, and what a gate reports when it is broken."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path

import duckdb
import pytest

from dangol import records
from dangol.night import Night
from dangol.settings import Company, Settings
from demo.exports import SYSTEMS
from expectations import data_docs
from expectations.gate import GateFailed, run_gate

A_MEMBER = re.compile(r"\bh\d+\b")
"""What the good build calls its people; also within their messages and responses."""

GOOD_BUILD = Path(__file__).with_name("good_build.sql")


@pytest.fixture(scope="session")
def good_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("good") / "build.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(GOOD_BUILD.read_text(encoding="utf-8"))
    return file


@pytest.fixture
def settings(tmp_path: Path, good_build: Path) -> Settings:
    company = Company("Grocer", "America/New_York", "USD", systems=SYSTEMS)
    settings = Settings(
        home=tmp_path, landing=str(tmp_path / "landing"), company=company, threads=1
    )
    settings.warehouse.mkdir()
    shutil.copy(good_build, settings.build_file)
    return settings


@pytest.fixture
def night(settings: Settings) -> Night:
    return Night.of(date(2017, 12, 31), settings.company)


@pytest.fixture
def change(settings: Settings) -> Callable[[str], None]:
    """Change the build file before the gate looks at it."""

    def run(statements: str) -> None:
        with duckdb.connect(str(settings.build_file)) as connection:
            connection.execute(statements)

    return run


@pytest.fixture
def what_breaks(
    settings: Settings,
    night: Night,
    change: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Callable[[str, str], set[str]]:
    """Break the build, run the gate, and return the sentences that failed.

    Only tables with offending rows are evaluated with Great Expectations; the others are known to
    have none from their queries, which takes a fifth of the time. This also checks that critical
    failures raise and are named in the message, that warnings alone do not raise, and that no
    member is named anywhere.
    """
    # pages have tests of their own, and there are 150 broken builds
    monkeypatch.setattr(data_docs, "publish_results", lambda *_: Path("index.html"))

    def run(gate: str, statements: str) -> set[str]:
        change(statements)
        suite = import_module(f"expectations.{gate}")
        declared = suite.expectations(night)
        with duckdb.connect(str(settings.build_file)) as connection:
            if hasattr(suite, "prepare"):
                suite.prepare(connection, settings)
            broken_tables = {
                each.table for each in declared if connection.execute(each.offenders).fetchone()
            }
        judged = [each for each in declared if each.table in broken_tables]
        monkeypatch.setattr(suite, "expectations", lambda _: judged)
        stopped = ""
        try:
            run_gate(settings, night, gate)
        except GateFailed as failure:
            stopped = f"{failure} {failure.for_alert}"
        rows = records.read(settings, "gate_results", night.business_date)
        assert not [row for row in rows if row["status"] == "error"]
        broken = {row["expectation"] for row in rows if row["status"] == "failed"}
        critical = {each.sentence for each in judged if each.severity == "critical"} & broken
        assert all(sentence in stopped for sentence in critical)
        assert bool(stopped) == bool(critical)
        assert A_MEMBER.findall(f"{stopped} {caplog.text} {rows}") == []
        return broken

    return run
