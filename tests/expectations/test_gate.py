"""What a gate does with what it finds: record, report, stop, and withhold personal values."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

from dangol import records
from dangol.contracts.reading import load_contracts
from dangol.ledger import Load, write_manifest
from dangol.night import Night
from dangol.settings import Settings
from expectations import cleaned
from expectations.gate import TOLD_IN_FULL, GateFailed, run_gate
from expectations.vocabulary import CRITICAL, WARNING, Expectation, Severity, no_rows

CANARY = "010-1234-5678"
"""A personal value that must stay in the build file."""


def declare(monkeypatch: pytest.MonkeyPatch, *expectations: Expectation) -> None:
    monkeypatch.setattr(cleaned, "expectations", lambda night: list(expectations))


def expect(query: str, sentence: str = "it holds", severity: Severity = CRITICAL) -> Expectation:
    return no_rows("cleaned.contact_records", sentence, query, "because", "do it", severity)


@pytest.fixture
def canary(change: Callable[[str], None]) -> str:
    change(
        f"update cleaned.contact_records set identifier_value = '{CANARY}', record_id = null,"
        f" city = '{CANARY}' where record_id = 'h5'"
    )
    return CANARY


def files_below(folder: Path) -> Iterator[bytes]:
    return (file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_that_every_result_is_recorded(
    settings: Settings, night: Night, change: Callable[[str], None]
) -> None:
    change(
        "update cleaned.int_order_lines_received set quantity = -1"
        " where _row < 2 and row_state = 'current'"
    )

    with pytest.raises(GateFailed):
        run_gate(settings, night, "cleaned")

    rows = records.read(settings, "gate_results", night.business_date)
    assert len(rows) == len(cleaned.expectations(night))
    assert [row for row in rows if not row["passed"]] == [
        {
            "part": "cleaned",
            "business_date": "2017-12-31",
            "run_id": "night-2017-12-31",
            "gate": "cleaned",
            "expectation": "cleaned.order_lines.quantity is at least 0",
            "severity": "critical",
            "status": "failed",
            "passed": False,
            "unexpected_count": 20,
            "observed": "20 unexpected rows of 1200",
            "reason": "0 is no unit, such as of a fee; what comes back is a refund",
            "advice": cleaned.SEE_THE_FILE,
            "sample": [ANY, ANY, ANY],
            "checked_at": "2018-01-01T05:00:00+00:00",
        }
    ]


def test_that_a_second_run_replaces_its_own_results_only(settings: Settings, night: Night) -> None:
    run_gate(settings, night, "raw")
    run_gate(settings, night, "customer_view")
    before = records.read(settings, "gate_results", night.business_date)

    run_gate(settings, night, "raw")

    after = records.read(settings, "gate_results", night.business_date)
    key = "expectation"
    assert sorted(after, key=lambda row: str(row[key])) == sorted(
        before, key=lambda row: str(row[key])
    )


def test_that_the_message_says_what_where_how_many_which_and_what_to_do(
    settings: Settings, night: Night, change: Callable[[str], None]
) -> None:
    change(
        "update cleaned.int_order_lines_received set quantity = -1"
        " where _row < 2 and row_state = 'current'"
    )

    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")

    lines = str(failure.value).splitlines()
    assert lines[:3] == [
        "gate cleaned stopped the night of 2017-12-31: 1 critical expectation(s) failed."
        " The last publication stays in place.",
        "gate cleaned, critical: cleaned.order_lines.quantity is at least 0 — failed:"
        " 20 unexpected rows of 1200",
        "  why: 0 is no unit, such as of a fee; what comes back is a refund",
    ]
    assert len(lines) == 3 + 3 + 1
    assert all(line.startswith("  row: source_system=grocer_till, ") for line in lines[3:6])
    assert "quantity=-1" in lines[3]
    assert "identifier_value" not in lines[3], "only keys and what is wrong"
    assert lines[6] == f"  do: {cleaned.SEE_THE_FILE}"
    assert failure.value.for_alert == (
        "cleaned.order_lines.quantity is at least 0 — 20 unexpected rows of 1200",
    )


REJECTED = Load(
    load_id="grocer_till.transactions.000007",
    number=7,
    system="grocer_till",
    stream="transactions",
    file="transactions_20171231.csv",
    fingerprint="",
    load_date="2017-12-31",
    run_id="",
    contract_version="",
    started_at="",
    file_date="2017-12-31",
    status="rejected",
    reason="column basket_id is missing",
)


def ledger_of(settings: Settings, *loads: Load) -> None:
    folder = settings.raw / "grocer_till" / "transactions" / "load_date=2017-12-31"
    folder.mkdir(parents=True)
    write_manifest(folder / "1.loads.jsonl", loads)


def row_of(load: Load) -> str:
    return f"select '{load.system}' as system, '{load.load_id}' as load_id"


def test_that_a_message_has_file_owner_reason_and_the_command_that_shows_more(
    settings: Settings, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger_of(settings, REJECTED)
    declare(monkeypatch, expect(row_of(REJECTED), "every file can be read"))
    owner = load_contracts(settings)["grocer_till"].owner

    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")

    assert str(failure.value).splitlines()[3:] == [
        "  row: system=grocer_till, load_id=grocer_till.transactions.000007",
        f"  from: grocer_till, transactions_20171231.csv (owner: {owner}): rejected, column"
        " basket_id is missing",
        "  do: do it",
        "  more: `dangol loads --problems`",
    ]
    assert failure.value.for_alert == (
        f"every file can be read: grocer_till, transactions_20171231.csv (owner: {owner})",
    )


def test_that_quarantined_rows_are_shown_by_the_command_that_it_names(
    settings: Settings, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = replace(REJECTED, status="loaded", reason="", rows_read=9, rows_quarantined=9)
    ledger_of(settings, load)
    declare(monkeypatch, expect(row_of(load)))
    with pytest.raises(GateFailed, match=f"more: `dangol quarantine {load.load_id}`"):
        run_gate(settings, night, "cleaned")


def test_that_rows_of_no_file_are_traced_to_their_stream(
    settings: Settings, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, expect("select 'grocer_till' as system, 'products' as stream"))
    owner = load_contracts(settings)["grocer_till"].owner
    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")
    assert f"  from: grocer_till, stream products (owner: {owner})" in str(failure.value)


def test_that_some_warnings_are_alerted_and_others_only_logged(
    settings: Settings, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger_of(settings, REJECTED)
    loud = replace(expect(row_of(REJECTED), "a", WARNING), is_alerted=True)
    declare(monkeypatch, loud, expect(row_of(REJECTED), "b", WARNING))
    result = run_gate(settings, night, "cleaned")
    assert result["warnings"] == ["a", "b"]
    assert [line.partition(":")[0] for line in result["alerts"]] == ["a"]


def test_that_of_many_failures_the_first_are_described_and_all_are_named(
    settings: Settings, night: Night, change: Callable[[str], None]
) -> None:
    change("drop view cleaned.order_lines")

    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")

    about_lines = [
        each.sentence
        for each in cleaned.expectations(night)
        if "cleaned.order_lines" in each.offenders and each.severity == "critical"
    ]
    assert str(failure.value).count("could not be evaluated") == TOLD_IN_FULL < len(about_lines)
    assert all(sentence in str(failure.value) for sentence in about_lines)


def test_that_a_warning_is_logged_and_recorded_and_the_night_goes_on(
    settings: Settings,
    night: Night,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    declare(monkeypatch, expect("select 1 as line_count", severity=WARNING))

    result = run_gate(settings, night, "cleaned")

    assert result["warnings"] == ["it holds"]
    assert [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ] == [
        "gate cleaned, warning: it holds — failed: 1 unexpected rows\n"
        "  why: because\n  row: line_count=1\n  do: do it"
    ]
    (row,) = records.read(settings, "gate_results", night.business_date)
    assert (row["severity"], row["status"], row["unexpected_count"]) == ("warning", "failed", 1)


@pytest.mark.parametrize(
    ("query", "observed"),
    [
        pytest.param(
            "select nothing_such from cleaned.contact_records",
            'BinderException: Binder Error: Referenced column "nothing_such" not found in FROM'
            " clause!",
            id="a missing column",
        ),
        pytest.param(
            "select * from cleaned.nothing_such",
            "CatalogException: Catalog Error: Table with name nothing_such does not exist!",
            id="a missing table",
        ),
        pytest.param(
            "select * from cleaned.contact_records where identifier_value::int > 0",
            "ConversionException (its text is withheld)",
            id="a value that can't be read",
        ),
    ],
)
def test_that_an_expectation_that_raises_is_an_error_and_not_bad_data(
    settings: Settings,
    night: Night,
    monkeypatch: pytest.MonkeyPatch,
    canary: str,
    query: str,
    observed: str,
) -> None:
    declare(monkeypatch, expect("select 1 where false", "fine"), expect(query, "broken"))

    with pytest.raises(GateFailed, match="broken — could not be evaluated"):
        run_gate(settings, night, "cleaned")

    fine, broken = records.read(settings, "gate_results", night.business_date)
    assert (fine["status"], broken["status"]) == ("passed", "error")
    assert (broken["passed"], broken["unexpected_count"]) == (False, None)
    assert broken["observed"] == observed


def test_that_an_error_in_one_expectation_does_not_affect_the_others(
    settings: Settings, night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(
        monkeypatch,
        expect("select 1", "first fails"),
        expect("select * from cleaned.contact_records where identifier_value::int > 0", "second"),
        expect("select 1 where false", "third passes"),
    )

    with pytest.raises(GateFailed):
        run_gate(settings, night, "cleaned")

    rows = records.read(settings, "gate_results", night.business_date)
    assert [(row["expectation"], row["status"]) for row in rows] == [
        ("first fails", "failed"),
        ("second", "error"),
        ("third passes", "passed"),
    ]


def test_that_no_personal_value_leaves_the_build_file(
    settings: Settings, night: Night, canary: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")

    assert "cleaned.contact_records has one row per source_system, record_id" in str(failure.value)
    assert "record_id=null" in str(failure.value)
    assert canary not in str(failure.value)
    assert canary not in caplog.text
    assert not [1 for content in files_below(settings.data_docs) if canary.encode() in content]
    assert not [1 for content in files_below(settings.ops) if canary.encode() in content]
    assert canary.encode() in settings.build_file.read_bytes()


def test_that_an_error_text_with_a_personal_value_is_withheld_everywhere(
    settings: Settings,
    night: Night,
    monkeypatch: pytest.MonkeyPatch,
    canary: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    query = "select * from cleaned.contact_records where city::date > date '2000-01-01'"
    declare(monkeypatch, expect(query))

    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")

    for text in (str(failure.value), caplog.text):
        assert canary not in text
        assert "45-54" not in text
    for content in (*files_below(settings.data_docs), *files_below(settings.ops)):
        assert canary.encode() not in content
        assert b"45-54" not in content


def test_that_an_empty_company_is_checked_without_errors(
    settings: Settings, night: Night, change: Callable[[str], None]
) -> None:
    change(
        "delete from cleaned.int_order_lines_received; delete from cleaned.products;"
        "delete from cleaned.contact_records; delete from cleaned.int_messages_received;"
        "delete from cleaned.int_coupons_received; delete from cleaned.int_campaigns_received;"
        "delete from cleaned.int_campaign_responses_received; delete from ops.loads"
    )

    result = run_gate(settings, night, "cleaned")

    assert result["passed"] == result["expectations"]


def test_that_an_unknown_gate_is_refused(settings: Settings, night: Night) -> None:
    with pytest.raises(ValueError, match="no gate 'silver'; the gates are raw, cleaned"):
        run_gate(settings, night, "silver")


def test_that_what_is_recorded_survives_a_crash_after_it(settings: Settings, night: Night) -> None:
    script = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from dangol.night import Night; from dangol.settings import Company, Settings\n"
        "from expectations.gate import run_gate\n"
        "company = Company('Grocer', 'America/New_York', 'USD', systems=('grocer_till',))\n"
        "settings = Settings(Path(sys.argv[1]), 'landing', company)\n"
        "run_gate(settings, Night.of(date(2017, 12, 31), company), 'raw')\n"
    )
    recorded = {}
    for point in ("gate_raw.before_record", "gate_raw.after_record"):
        killed = subprocess.run(
            [sys.executable, "-c", script, str(settings.home)],
            env={**os.environ, "DANGOL_CRASH_AT": point, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
        )
        assert killed.returncode == -9
        recorded[point] = len(records.read(settings, "gate_results", night.business_date))

    assert recorded["gate_raw.before_record"] == 0
    assert recorded["gate_raw.after_record"] > 20
    assert run_gate(settings, night, "raw")["passed"] == recorded["gate_raw.after_record"]


def test_that_declaring_a_suite_does_not_import_great_expectations() -> None:
    # Airflow parses the DAG files often, and they name the gate
    script = (
        "import sys; import expectations.gate, expectations.raw, expectations.cleaned,"
        " expectations.aggregated, expectations.customer_view;"
        "sys.exit('great_expectations' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    assert (
        subprocess.run([sys.executable, "-c", script], env=environment, check=False).returncode == 0
    )
