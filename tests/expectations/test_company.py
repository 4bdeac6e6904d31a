"""A company's own expectations: beside Dangol's, and a mistake in one stops nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from dangol import records
from dangol.cli import main
from dangol.contracts.reading import load_contracts
from dangol.night import Night
from dangol.settings import Settings
from expectations import cleaned, raw
from expectations.company import own_expectations, problems_of
from expectations.gate import GateFailed, run_gate

SOUND = """\
-- no order has more than
-- a hundred lines
-- why: a person can't carry more:
--   they would come twice
-- severity: {severity}
-- do: ask the shop
select order_id, identifier_value, count(*) as line_count
from cleaned.order_lines group by all having count(*) > {most}
"""
SENTENCE = "no order has more than a hundred lines"
FILE = "company/expectations/cleaned/few_lines.sql"


@pytest.fixture
def write(settings: Settings) -> Callable[..., None]:
    def to_file(text: str, name: str = "cleaned/few_lines.sql") -> None:
        file = settings.company_folder / "expectations" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    return to_file


def recorded(settings: Settings, night: Night, sentence: str) -> dict[str, object]:
    rows = records.read(settings, "gate_results", night.business_date)
    [row] = [row for row in rows if row["expectation"] == sentence]
    return row


def test_it_is_checked_beside_dangol_s(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    write(SOUND.format(severity="critical", most=100))
    outcome = run_gate(settings, night, "cleaned")
    assert outcome["expectations"] == len(cleaned.expectations(night)) + 1 == outcome["passed"]
    row = recorded(settings, night, SENTENCE)
    assert (row["status"], row["severity"]) == ("passed", "critical")
    assert row["reason"] == "a person can't carry more: they would come twice"


def test_a_critical_one_stops_the_night_and_says_what_to_do_without_personal_values(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    write(SOUND.format(severity="critical", most=0))
    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")
    message = str(failure.value)
    assert f"gate cleaned, critical: {SENTENCE} — failed:" in message
    assert "  do: ask the shop" in message
    assert "identifier_value=***" in message


def test_what_its_query_names_itself_is_masked_numbers_too(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    declared = SOUND.format(severity="critical", most=0).partition("select")[0]
    write(f"{declared}select order_id, 9001011234567 as resident_no from cleaned.order_lines")
    with pytest.raises(GateFailed) as failure:
        run_gate(settings, night, "cleaned")
    assert "resident_no=***" in str(failure.value)
    rows = (settings.ops / "gate_results" / str(night.business_date)).parent.rglob("*.jsonl")
    assert not [file for file in rows if "9001011234567" in file.read_text()]


def test_a_warning_is_recorded_and_the_night_goes_on(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    write(SOUND.format(severity="warning", most=0))
    assert run_gate(settings, night, "cleaned")["warnings"] == [SENTENCE]


def test_one_that_needs_what_nobody_delivers_is_skipped(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    text = SOUND.format(severity="critical", most=0)
    write(text.replace("-- do:", "-- needs: order_lines, refunds\n-- do:"))
    assert run_gate(settings, night, "cleaned")["skipped"] == [SENTENCE]


def test_text_that_great_expectations_would_interpret_is_kept(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    query = "select {'a': 1} as pair, ' :name ${x}' as text where false -- the end"
    write(SOUND.format(severity="critical", most=0).split("select")[0] + query)
    assert run_gate(settings, night, "cleaned")["warnings"] == []


HEAD = "-- it holds\n-- why: so\n-- severity: warning\n-- do: it\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1", ":1: it must open with a comment that says what must be true"),
        ("-- it holds\n-- why: so\nselect 1",
         ":2: a comment such as -- severity: … is missing; it needs why, severity, do"),
        ("-- it holds\n-- wy: so\nselect 1", ":2: wy is unknown; use why, severity, do, needs"),
        ("-- it holds\n-- why: so\n-- why: so\n", ":3: why is given twice"),
        (HEAD.replace("warning", "high") + "select 1",
         ":3: severity is 'high'; it must be critical or warning"),
        (HEAD + "-- needs: orders\nselect 1",
         ":5: there is no entity orders; they are campaign_responses, campaigns, "),
        (HEAD + "select 1\nfrm x",
         ':6: Parser Error: syntax error at or near "x"'),
        (HEAD, ": it must be one query, which selects what is wrong"),
        (HEAD + "select 1; select 2", ": it must be one query, which selects what is wrong"),
        (HEAD + "drop table cleaned.row_states", ": it must be one query, which selects what is"),
    ],
)  # fmt: skip
def test_a_file_that_can_t_be_used_is_told_with_its_line_and_stops_nothing(
    settings: Settings,
    night: Night,
    write: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    text: str,
    message: str,
) -> None:
    write(SOUND.format(severity="critical", most=100), "cleaned/sound.sql")
    write(text)
    with caplog.at_level(logging.WARNING):
        outcome = run_gate(settings, night, "cleaned")
    assert outcome["warnings"] == [f"{FILE} can be used"]
    assert f"{FILE}{message}" in caplog.text
    assert f"correct {FILE}, and run the night again" in caplog.text
    assert recorded(settings, night, f"{FILE} can be used")["status"] == "error"
    assert recorded(settings, night, SENTENCE)["status"] == "passed"
    assert [str(error).startswith(f"{FILE}{message}") for error in problems_of(settings)] == [True]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select order_id,\n  colour\nfrom cleaned.order_lines",
         ':6: Binder Error: Referenced column "colour" not found'),
        ("select *\nfrom cleaned.orders", ":6: Catalog Error: Table with name orders does not"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("severity", ["warning", "critical"])
def test_a_query_that_does_not_fit_the_tables_has_failed(
    settings: Settings,
    night: Night,
    write: Callable[..., None],
    query: str,
    message: str,
    severity: str,
) -> None:
    write(HEAD.replace("warning", severity) + query)
    if severity == "critical":
        with pytest.raises(GateFailed, match="it holds — could not be evaluated"):
            run_gate(settings, night, "cleaned")
    else:
        assert run_gate(settings, night, "cleaned")["warnings"] == ["it holds"]
    row = recorded(settings, night, "it holds")
    assert (row["status"], row["severity"]) == ("error", severity)
    assert str(row["observed"]).startswith(f"{FILE}{message}")


def test_a_query_that_breaks_while_it_runs_shows_no_value(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    write(HEAD + "select cast(identifier_value as int) as n from cleaned.order_lines where n > 0")
    assert run_gate(settings, night, "cleaned")["warnings"] == ["it holds"]
    assert recorded(settings, night, "it holds")["observed"] == (
        "ConversionException (its text is withheld)"
    )


def test_a_sentence_may_be_one_of_dangol_s(
    settings: Settings, night: Night, write: Callable[..., None]
) -> None:
    sentence = cleaned.expectations(night)[0].sentence
    write(SOUND.format(severity="warning", most=0).replace("no order has more than", sentence))
    assert len(run_gate(settings, night, "cleaned")["warnings"]) == 1


@pytest.mark.parametrize("name", ["stray.sql", "clean/few_lines.sql", "cleaned/more/x.sql"])
def test_a_file_that_no_gate_reads_is_told_by_the_first_gate(
    settings: Settings, night: Night, write: Callable[..., None], name: str
) -> None:
    write(SOUND.format(severity="warning", most=0), name)
    assert own_expectations(settings, "cleaned") == ([], [])
    outcome = run_gate(settings, night, "raw")
    assert outcome["expectations"] == len(raw.expectations(night)) + 1
    assert outcome["warnings"] == [f"company/expectations/{name} can be used"]


def test_names_and_bytes_that_can_t_be_used_are_told(
    settings: Settings, write: Callable[..., None]
) -> None:
    write(SOUND, "cleaned/Few-lines.sql")
    file = settings.company_folder / "expectations" / "cleaned" / "latin.sql"
    file.write_bytes(b"-- it holds\n-- why: caf\xe9\n")
    file.with_name("folder.sql").mkdir()
    assert [str(error).partition("cleaned/")[2] for error in problems_of(settings)] == [
        "Few-lines.sql: its name must be lower-case letters, digits and underscores",
        "folder.sql can't be read: Is a directory",
        "latin.sql:2: it is not UTF-8",
    ]


def test_the_command_names_them_and_the_systems_still_deliver(
    settings: Settings,
    write: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("select 1")
    monkeypatch.setattr("dangol.cli.show.get_settings", lambda: settings)
    assert main(["contracts"]) == 1
    assert f"dangol: {FILE}:1: it must open with a comment" in capsys.readouterr().err
    assert len(load_contracts(settings)) == 4
