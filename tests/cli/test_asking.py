"""What is asked at a terminal, and what is read from standard input."""

import io
import sys

import pytest

from dangol.cli import Exit, main
from dangol.publication.store import pointed_to
from dangol.settings import Settings

FIRST, SECOND = "2017-12-30-0001", "2017-12-31-0002"


class Keyboard(io.TextIOWrapper):
    """Standard input with some text, at a terminal or not."""

    def __init__(self, text: str | bytes, is_terminal: bool) -> None:
        super().__init__(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "utf-8")
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("answer", "is_done"),
    [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False), ("yep\n", False)],
)
def test_a_rollback_asks_first(
    published: Settings, answer: str, is_done: bool,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Keyboard(answer, is_terminal=True))
    assert main(["rollback"]) == (Exit.DONE if is_done else Exit.FAILED)
    asked, said = capsys.readouterr().out.splitlines()
    assert asked == f"Readers get {SECOND} now. Give them {FIRST}? [y/N]"
    assert said == (
        f"readers get {FIRST} until `dangol resume`" if is_done else "nothing was changed"
    )
    assert pointed_to(published) == (FIRST if is_done else SECOND)


def test_a_rollback_without_a_terminal_needs_to_be_told(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("y\n", is_terminal=False))
    assert main(["rollback"]) == Exit.FAILED
    assert capsys.readouterr().err == (
        f"dangol: Readers get {SECOND} now. Give them {FIRST}? There is no terminal to ask at: say"
        " so with --yes\n"
    )
    assert pointed_to(published) == SECOND
    assert main(["rollback", "--yes"]) == Exit.DONE
    assert pointed_to(published) == FIRST


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_query_that_names_a_person_is_read_from_standard_input(
    published: Settings, arguments: list[str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    sql = "select count(*) as n\nfrom customer_view.customers\n\nwhere customer_id = 'c0'\n"
    monkeypatch.setattr(sys, "stdin", Keyboard(sql, is_terminal=False))
    assert main(["query", "--format", "csv", *arguments]) == Exit.DONE
    assert capsys.readouterr().out == "n\n1\n"


def test_a_query_is_asked_for_at_a_terminal(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard("select 1\nas n\n\nnot this", is_terminal=True))
    assert main(["query", "--format", "csv"]) == Exit.DONE
    assert capsys.readouterr().out == (
        "A query in DuckDB's SQL; end it with an empty line:\nn\n1\n"
    )


@pytest.mark.parametrize(
    ("text", "message"), [("", "nothing was given"), (b"select '\xff'", "is not UTF-8 text")]
)
def test_a_query_that_is_none_is_told(
    published: Settings, text: str | bytes, message: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "stdin", Keyboard(text, is_terminal=False))
    assert main(["query", "-"]) == Exit.FAILED
    assert message in capsys.readouterr().err
