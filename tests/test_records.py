from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from dangol import records
from dangol.settings import Settings

NIGHT = date(2017, 12, 31)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"DANGOL_HOME": str(tmp_path)})


def test_a_step_replaces_its_own_rows_and_nobody_elses(settings: Settings) -> None:
    records.record(settings, "gate_results", NIGHT, "raw", [{"n": 1}, {"n": 2}])
    records.record(settings, "gate_results", NIGHT, "cleaned", [{"n": 3}])
    records.record(settings, "gate_results", date(2017, 12, 30), "raw", [{"n": 4}])
    records.record(settings, "gate_results", NIGHT, "raw", [{"n": 5}])
    assert records.read(settings, "gate_results", NIGHT) == [
        {"part": "cleaned", "business_date": "2017-12-31", "n": 3},
        {"part": "raw", "business_date": "2017-12-31", "n": 5},
    ]
    assert records.read(settings, "gate_results", date(2017, 12, 30)) == [
        {"part": "raw", "business_date": "2017-12-30", "n": 4}
    ]


def test_a_step_that_has_nothing_to_say_any_more_takes_its_rows_back(settings: Settings) -> None:
    records.record(settings, "unclaimed_files", NIGHT, "begin", [{"file": "a"}])
    records.record(settings, "unclaimed_files", NIGHT, "begin", [])
    assert records.read(settings, "unclaimed_files", NIGHT) == []


def test_a_night_without_records_has_none(settings: Settings) -> None:
    assert records.read(settings, "gate_results", NIGHT) == []


def test_values_are_kept_as_text_that_duckdb_reads(settings: Settings) -> None:
    row = {
        "day": NIGHT,
        "instant": datetime(2018, 1, 1, 5, tzinfo=UTC),
        "amount": Decimal("0.10"),
        "path": Path("a/b"),
        "text": "단골\nsecond line",
        "nothing": None,
        "yes": True,
    }
    file = records.record(settings, "any", NIGHT, "step", [row])
    assert file == settings.ops / "any" / "2017-12-31.jsonl"
    assert records.read(settings, "any", NIGHT) == [
        {
            "part": "step",
            "business_date": "2017-12-31",
            "day": "2017-12-31",
            "instant": "2018-01-01T05:00:00+00:00",
            "amount": "0.10",
            "path": "a/b",
            "text": "단골\nsecond line",
            "nothing": None,
            "yes": True,
        }
    ]
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1


def test_a_value_without_a_form_is_refused_and_what_was_there_stays(settings: Settings) -> None:
    records.record(settings, "any", NIGHT, "step", [{"n": 1}])
    with pytest.raises(TypeError, match="an operational record can't contain a set"):
        records.record(settings, "any", NIGHT, "step", [{"n": {1}}])
    assert [row["n"] for row in records.read(settings, "any", NIGHT)] == [1]


@pytest.mark.parametrize("damage", [b"\xff\n", b"{\n", b"[1]\n", b"{}\n", b"1\n", b"[" * 100_000])
def test_a_damaged_record_is_named_with_its_line(settings: Settings, damage: bytes) -> None:
    file = records.record(settings, "gate_results", NIGHT, "raw", [{"n": 1}])
    file.write_bytes(file.read_bytes() + damage)
    for read in (
        lambda: records.read(settings, "gate_results", NIGHT),
        lambda: records.read_all(settings, "gate_results"),
        lambda: records.record(settings, "gate_results", NIGHT, "cleaned", []),
    ):
        with pytest.raises(records.DamagedRecordError, match=r"\.jsonl is damaged after its line"):
            read()
