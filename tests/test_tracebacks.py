"""An error is described without what it may quote of a row."""

from __future__ import annotations

import duckdb
import pytest

from dangol.errors import DangolError
from dangol.sql_errors import WITHHELD
from dangol.sql_errors import without_values as message_without_values
from dangol.tracebacks import UnexpectedError, described, trace_of, without_values

VALUE = "kim@example.com"


def raised(statement: str) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each has its own
        exec(statement, {"duckdb": duckdb, "DangolError": DangolError})  # noqa: S102 - our own
    return caught.value


@pytest.mark.parametrize(
    "statement",
    [
        f"duckdb.execute(\"select '{VALUE}'::integer\")",
        f"float('{VALUE}')",
        f"{{}}['{VALUE}']",
        f"raise RuntimeError('{VALUE}')",
        f"raise UnicodeDecodeError('ascii', b'{VALUE}', 0, 1, '{VALUE}')",
    ],
)
def test_the_text_of_an_error_that_may_quote_a_value_is_withheld(statement: str) -> None:
    error = raised(statement)
    for told in (described(error), trace_of(error), str(without_values(error))):
        assert VALUE not in told
        assert type(error).__name__ in told
        assert "<string>, line 1" in told.replace('"', "")
        assert told.endswith(WITHHELD)
    assert isinstance(without_values(error), UnexpectedError)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("raise DangolError('disk full: free some space')", "DangolError: disk full: free"),
        ("open('/nowhere/x')", "No such file or directory: '/nowhere/x'"),
        ("import nowhere", "No module named 'nowhere'"),
        ("duckdb.execute('select x')", 'Binder Error: Referenced column "x" was not'),
    ],
)
def test_an_error_about_a_file_or_code_says_what_it_is(statement: str, told: str) -> None:
    assert told in described(raised(statement))
    assert told in trace_of(raised(statement))


def test_what_led_to_an_error_is_told_without_its_text() -> None:
    error = raised(
        f"try:\n    float('{VALUE}')\n"
        "except ValueError as error:\n    raise DangolError('no number in a.csv') from error"
    )
    told = trace_of(error)
    assert VALUE not in told
    assert told.index("ValueError") < told.index("which led to") < told.index("no number in a.csv")
    assert without_values(error) is error
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("a"), ValueError("b")
    one.__cause__, other.__cause__ = other, one
    assert trace_of(one).count("Traceback") == 2


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (f"  Runtime Error in model x (x.sql)\n  Conversion Error: '{VALUE}'\n\n LINE 1: a",
         f"  Runtime Error in model x (x.sql)\n  {WITHHELD}"),
        (f"Conversion Error: '{VALUE}'", f"Conversion Error: {WITHHELD}"),
        (f"\nEncountered an error:\n{VALUE}", f"Encountered an error:\n  {WITHHELD}"),
        *((same, same) for same in (
            "1 of 2 OK created\nview", "  Runtime Error in model x\n  Binder Error: no column y",
            "Completed with 1 error, 0 partial successes, and 0 warnings:",
            "  Got 3 results, configured to fail if != 0",
        )),
    ],
)  # fmt: skip
def test_of_a_message_of_dbt_s_only_what_quotes_no_value_is_kept(message: str, kept: str) -> None:
    assert message_without_values(message) == kept
