import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dangol.cli.answers import render, render_for_terminal
from dangol.cli.terminal import hand_over

NAMES = ["customer", "amount", "share", "seen_at", "is_new", "tags", "none"]
ROWS = [
    ("강남 | \"점\"\n2", Decimal("12345678901234.5670"), 0.1, datetime(2017, 12, 31, 1, 2), True,
     ["a", None], None),
    ("=1+1", Decimal("-0.0001"), float("nan"), datetime(2017, 12, 31, tzinfo=UTC), False,
     {"day": date(2017, 12, 31), "cost": Decimal("1.50")}, None),
]  # fmt: skip


def rendered(kind: str) -> str:
    return "".join(render(kind, NAMES, iter(ROWS)))


def test_csv_is_read_back_to_the_digit() -> None:
    assert list(csv.reader(io.StringIO(rendered("csv")))) == [
        NAMES,
        ['강남 | "점"\n2', "12345678901234.5670", "0.1", "2017-12-31 01:02:00", "true",
         '["a", null]', ""],
        ["=1+1", "-0.0001", "nan", "2017-12-31 00:00:00+00:00", "false",
         '{"day": "2017-12-31", "cost": 1.50}', ""],
    ]  # fmt: skip


def test_json_is_read_back_to_the_digit() -> None:
    text = rendered("json")
    first, second = json.loads(text, parse_float=Decimal)
    assert first == {
        "customer": '강남 | "점"\n2', "amount": Decimal("12345678901234.5670"),
        "share": Decimal("0.1"), "seen_at": "2017-12-31 01:02:00", "is_new": True,
        "tags": ["a", None], "none": None,
    }  # fmt: skip
    assert second["share"] is None
    assert second["tags"] == {"day": "2017-12-31", "cost": Decimal("1.50")}
    assert len(text.splitlines()) == 4, "a row a line"


def test_markdown_is_a_table_whatever_the_values() -> None:
    assert rendered("markdown").splitlines() == [
        "| customer | amount | share | seen_at | is_new | tags | none |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        '| 강남 \\| "점" 2 | 12345678901234.5670 | 0.1 | 2017-12-31 01:02:00 | true |'
        ' ["a", null] |  |',
        "| =1+1 | -0.0001 | nan | 2017-12-31 00:00:00+00:00 | false |"
        ' {"day": "2017-12-31", "cost": 1.50} |  |',
    ]


def test_a_table_has_every_digit_and_numbers_to_the_right() -> None:
    names, rows = ["year", "amount"], [(2017, Decimal("1234.5000")), (5, None)]
    assert "".join(render("table", names, rows)) == (
        "year     amount\n2017  1234.5000\n   5          -\n"
    )


@pytest.mark.parametrize(
    ("kind", "text"), [("csv", "a,b\n"), ("json", "[]\n"), ("table", "a  b\n")]
)
def test_no_rows_are_a_whole_answer(kind: str, text: str) -> None:
    assert "".join(render(kind, ["a", "b"], [])) == text


@pytest.mark.parametrize("kind", ["csv", "json", "markdown", "table"])
def test_what_could_control_a_terminal_is_shown_escaped_there(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    hand_over(render(kind, ["a"], [("\x1b[2J\x9b31m\u202e",)]))
    shown = capsys.readouterr().out
    assert all(each.isprintable() or each == "\n" for each in shown)
    assert "[2J" in shown


def test_columns_of_one_name_are_both_in_an_object() -> None:
    text = "".join(render("json", ["a", "a", "a_2"], [(1, 2, 3)]))
    assert json.loads(text) == [{"a": 1, "a_2": 2, "a_2_2": 3}]


def test_what_is_too_wide_for_a_terminal_is_shown_row_by_row_without_a_cut() -> None:
    names = [f"column_{number}" for number in range(12)]
    rows = [tuple(f"값 {row} {number}" for number in range(12)) for row in (1, 2)]
    rows.append((None, *[0] * 11))
    shown = render_for_terminal(names, rows, 80)
    assert max(map(len, shown.splitlines())) <= 80
    assert [f"값 {row} {number}" in shown for row in (1, 2) for number in range(12)] == [True] * 24
    assert shown.splitlines()[0] == "row 1"
    assert "column_0   -" in shown
    assert render_for_terminal(names[:2], [row[:2] for row in rows], 80).splitlines()[0] == (
        "column_0  column_1"
    )
