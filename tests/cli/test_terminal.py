"""Nothing that is printed controls a terminal, and only a terminal gets colours and live lines."""

import ast
import io
import logging
import os
import pty
import re
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dangol.cli import Parser, make_parser, terminal
from dangol.cli.failures import explain
from dangol.errors import DangolError
from dangol.settings import PROJECT_ROOT

HOSTILE = "a\x1b[2J\x9b2J\u202egnp.exe\u2066\x07\r\x00\udcff\u2028b"
KEPT = "\n"


def controls(text: str) -> set[str]:
    """Return what of a text could control a terminal: C0, C1, directions, surrogates."""
    return {
        each for each in text
        if each not in KEPT and unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    }  # fmt: skip


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def everything_printed(text: str) -> str:
    """Return what each way to print makes of a text on a terminal without colours."""
    screen = Terminal()
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = screen
    try:
        terminal.show(text)
        terminal.tell(text)
        terminal.tell_error(text)
        terminal.show_marked("✓", "green", text, screen)
        terminal.hand_over([text])
        handler = terminal.LogHandler()
        handler.emit(logging.LogRecord(text, 30, "", 0, "%s", (text,), None))
        explain(DangolError(text))
        explain(OSError(28, "No space left", text))
        explain(ValueError(text))
        parser = Parser(prog="dangol", description=text)
        parser.add_argument("--x", help=text.replace("%", "%%"))
        parser.print_help()
        for arguments in (["--x", "1", text], [f"--{text}"]):
            try:
                parser.parse_args(arguments)
            except SystemExit:
                continue
    finally:
        sys.stdout, sys.stderr = before
    return screen.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
@example(HOSTILE)
@example("".join(map(chr, [*range(32), *range(127, 160), *range(0x2028, 0x202F)])))
def test_no_way_to_print_lets_a_control_character_through(text: str) -> None:
    os.environ["NO_COLOR"] = "1"
    try:
        assert controls(everything_printed(text)) == set()
    finally:
        del os.environ["NO_COLOR"]


PRINTING = {
    "dangol/cli/terminal.py": "the place",
    "dangol/cli/ids.py": "getpass.getpass: asks without echo, its prompt is escaped",
    "dangol/cli/steps.py": "sys.stdout: says to show_marked where to print",
    "dangol/orchestration/progress.py": "os.write: a count of rows, into a pipe of our own",
    "dangol/orchestration/scheduler_log.py": "sys.stdout: passes the scheduler's log on as it is",
    "ml/backtest.py": "sys.stdout: a program of its own, which prints only figures",
}
WAYS = {"print", "input", "getpass.getpass", "os.write", "sys.stdout", "sys.stderr"}
HARMLESS = {"isatty", "fileno", "flush"}


def ways_to_print(program: str) -> set[str]:
    """Return which ways to a terminal a program uses, but for asking a stream what it is."""
    tree = ast.parse(program)
    asked = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in HARMLESS
    }  # fmt: skip
    found = {
        ast.unparse(node).replace("sys.__std", "sys.std").replace("__", "")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in asked
    }
    imported = {
        f"{node.module}.{name.name}" for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) for name in node.names
    }  # fmt: skip
    return (found | imported) & WAYS


def test_commands_print_in_one_place_only() -> None:
    printing = {}
    for folder in ("dangol", "pages", "expectations", "ml", "demo", "simulator"):
        for file in sorted((PROJECT_ROOT / folder).rglob("*.py")):
            if ways := ways_to_print(file.read_text(encoding="utf-8")):
                printing[str(file.relative_to(PROJECT_ROOT))] = ways
    assert printing.keys() == PRINTING.keys(), printing
    for file, why in PRINTING.items():
        assert why == "the place" or printing[file] == {why.partition(":")[0]}, printing[file]


@pytest.mark.parametrize(
    "program",
    ["print(1)", "input('x')", "sys.stdout.buffer.write(b'')", "sys.__stdout__.write('')",
     "out = sys.stderr", "from sys import stdout", "os.write(1, b'')", "show = print"],
)  # fmt: skip
def test_every_way_to_print_is_seen(program: str) -> None:
    assert ways_to_print(program)
    assert not ways_to_print("sys.stdout.isatty() and sys.stderr.fileno()")


def test_arguments_are_quoted_without_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for arguments in ([HOSTILE], ["loads", HOSTILE], ["night", "--date", HOSTILE]):
        with pytest.raises(SystemExit):
            make_parser().parse_args(arguments)
        assert controls(capsys.readouterr().err) == set()


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(term: str, no_color: str, stream: type[io.StringIO] = Terminal) -> str:
        screen = stream()
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("NO_COLOR", no_color)
        monkeypatch.setattr(sys, "stderr", screen)
        terminal.tell_error("no")
        return screen.getvalue()

    assert shown("xterm", "") == "\x1b[31mdangol:\x1b[0m no\n"
    assert shown("xterm", "1") == "dangol: no\n"
    assert shown("dumb", "") == "dangol: no\n"
    assert shown("xterm", "", io.StringIO) == "dangol: no\n"


STEPS = """
import time
from dangol import pace
from dangol.cli import steps
steps._TICK = 0.05
with steps.Steps() as shown:
    shown.start("extract till lines")
    pace.count(1234567)
    time.sleep(0.3)
    shown.start("cleaned")
    pace.count(12, "models")
"""


def ran(program: str, is_terminal: bool) -> str:
    """Return what a program prints, to a terminal or to a pipe."""
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "80"}
    command = [sys.executable, "-c", program]
    if not is_terminal:
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout
    reading, writing = pty.openpty()
    done = subprocess.Popen(command, env=environment, stdout=writing)
    os.close(writing)
    shown = b""
    while True:
        try:
            block = os.read(reading, 4096)
        except OSError:  # the other end has closed
            block = b""
        if not block:
            break
        shown += block
    os.close(reading)
    assert done.wait() == 0
    return shown.decode()


def test_a_step_is_one_line_where_there_is_no_terminal() -> None:
    lines = ran(STEPS, is_terminal=False).splitlines()
    assert [re.sub(r" +\d\.\d s", " … s", line) for line in lines] == [
        "  ✓  extract till lines … s  1,234,567 rows",
        "  ✓  cleaned … s  12 models",
    ]


def test_a_terminal_shows_the_rows_and_the_time_so_far() -> None:
    shown = ran(STEPS, is_terminal=True)
    assert "  …  extract till lines: 1,234,567 rows, 0 s" in shown
    last = [re.split(r"\r\x1b\[K", line)[-1].strip() for line in shown.split("\n")]
    assert [re.sub(r" +\d\.\d s", " … s", line) for line in last if line] == [
        "✓  extract till lines … s  1,234,567 rows",
        "✓  cleaned … s  12 models",
    ]
