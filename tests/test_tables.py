import subprocess
import sys
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from rich.cells import cell_len

from dangol.tables import render_table


def test_texts_are_to_the_left_and_numbers_to_the_right_under_their_heads() -> None:
    rows = [
        ["강남", date(2026, 11, 30), 1234567, Decimal("-12345.60"), 0.5, True, None],
        ["홍대", date(2026, 12, 1), 7, None, 1234.567, False, None],
    ]
    head = ["store", "day", "orders", "revenue", "seconds", "is open", "none at all"]
    assert render_table(head, rows) == (
        "store  day            orders     revenue   seconds  is open  none at all\n"
        "강남   2026-11-30  1,234,567  -12,345.60      0.50  True               -\n"
        "홍대   2026-12-01          7           -  1,234.57  False              -"
    )


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_hangul_takes_two_cells_a_syllable_composed_or_not(form: str) -> None:
    name = unicodedata.normalize(form, "회원_목록.csv")
    table = render_table(["file", "rows"], [[name, 10], ["a.csv", 7]])
    assert table == (
        "file           rows\n"
        f"{name}    10\n"
        "a.csv             7"
    )  # fmt: skip
    assert {cell_len(line) for line in table.split("\n")} == {19}


def test_a_wide_row_is_one_line_and_whole() -> None:
    reason = "the same content came before " * 40
    table = render_table(["file", "reason"], [["f" * 300, reason.strip()], ["a", "b"]])
    assert table == (
        f"file{' ' * 296}  reason\n{'f' * 300}  {reason.strip()}\na{' ' * 299}  b"
    )  # fmt: skip


@pytest.mark.parametrize("width", [None, 30])
@pytest.mark.parametrize("text", ["[red]a[/red]", "[/]", ":smile:", "[link=x]", "\\[b]", "a b"])
def test_nothing_in_a_cell_is_markup(text: str, width: int | None) -> None:
    assert render_table(["value"], [[text]], width) == f"value\n{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("a\r\n\tb", r"a\r\n\tb"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("csv.\u202egnp", r"csv.\u202egnp"),
        ("a\u2028b", r"a\u2028b"),
        ("not UTF-8 \udcff", r"not UTF-8 \udcff"),
        ("\0\x7f", r"\x00\x7f"),
    ],
)
def test_a_cell_can_neither_break_its_line_nor_steer_the_terminal(text: str, shown: str) -> None:
    for width in (None, 40):
        table = render_table(["file", "rows"], [[text, 1]], width)
        assert table == f"file{' ' * (len(shown) - 4)}  rows\n{shown}     1"


def test_a_table_without_rows_is_its_head() -> None:
    assert render_table(["load", "file", "reason"], []) == "load  file  reason"
    assert render_table(["load", "file", "reason"], [], 80) == "load  file  reason"


def test_on_a_terminal_the_last_column_is_folded_and_complete() -> None:
    rows = [["가.csv", 3, "회원 목록의 열이 계약과 다릅니다: birth_date"], ["b.csv", 1, "short"]]
    assert render_table(["file", "rows", "reason"], rows, 36) == (
        "file    rows  reason\n"
        "가.csv     3  회원 목록의 열이\n"
        "              계약과 다릅니다:\n"
        "              birth_date\n"
        "b.csv      1  short"
    )


def test_a_text_without_spaces_is_folded_too() -> None:
    rows = [["a", "[red]" * 10 + ":smile:"]]
    assert render_table(["file", "text"], rows, 26) == (
        "file  text\n"
        "a     [red][red][red][red]\n"
        "      [red][red][red][red]\n"
        "      [red][red]:smile:"
    )


def test_a_terminal_without_room_for_the_last_column_folds_the_lines_itself() -> None:
    rows = [["grocer_till.transactions.000001", "a reason of many words"]]
    table = render_table(["load", "reason"], rows, 50)
    assert table == (
        "load                             reason\n"
        "grocer_till.transactions.000001  a reason of many words"
    )


def test_the_output_depends_on_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["word " * 30 + "end", 1]]
    plain = render_table(["text", "rows"], rows)
    for name, value in {"COLUMNS": "20", "FORCE_COLOR": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    assert render_table(["text", "rows"], rows) == plain


def test_rich_is_imported_only_when_a_table_is_made() -> None:
    program = (
        "import sys\n"
        "import dangol.tables, dangol.cli, dangol.nightly.report, dangol.build.transform\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'rich'])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert answer.stdout == "[]\n"
