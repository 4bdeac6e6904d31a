"""Every command and argument has a sentence of help and an example that works."""

import argparse
import re
import shlex
from collections.abc import Iterator

import pytest

from dangol import cli
from dangol.cli import main, make_parser


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser of each command, those of actions of a command included."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        assert {each.dest for each in group._choices_actions} == set(group.choices)
        for each in group.choices.values():
            yield from parsers(each)


COMMANDS = list(parsers(make_parser()))


def examples(command: argparse.ArgumentParser) -> list[str]:
    head, *lines = (command.epilog or "").splitlines()
    assert head == "examples:"
    return [line.strip() for line in lines]


def arguments_of(example: str) -> list[str]:
    """Return what a shell would give the command of an example."""
    words = shlex.split(example)
    start = words.index("dangol") + 1
    ends = [n for n, word in enumerate(words) if word in {"<", ">"}]
    assert all("=" in word for word in words[: start - 1])
    return words[start : min(ends, default=len(words))]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.prog)
def test_every_command_has_a_sentence_and_examples_that_use_each_argument(
    command: argparse.ArgumentParser,
) -> None:
    assert re.match(r"[A-Z].{10,}\.", command.description or "")
    given: set[str] = set()
    for example in examples(command):
        assert example.partition(" ")[0] == "dangol" or " dangol " in example
        parsed = vars(make_parser().parse_args(arguments_of(example)))
        assert parsed["command"] is command.get_default("command")
        given |= {
            action.dest for action in command._actions
            if action.dest in parsed and parsed[action.dest] != action.default
        }  # fmt: skip
    wanted = {action.dest for action in command._actions if action.dest != "help"}
    assert given == wanted


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.prog)
def test_every_argument_has_help(command: argparse.ArgumentParser) -> None:
    assert [each.dest for each in command._actions if len(each.help or "") < 10] == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.prog)
def test_help_shows_examples_as_they_are_written(
    command: argparse.ArgumentParser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = command.format_help()
    assert all(f"\n  {example}\n" in shown for example in examples(command))


def test_the_version_is_shown_with_what_it_runs_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert re.fullmatch(
        r"dangol \d+\.\d+\.\d+( \([\w.-]+\))?\n"
        r"Python 3\.\d+\.\d+ on \w+; duckdb 1\S+, dbt-core 1\S+, great-expectations 1\S+,"
        r" apache-airflow-core 3\S+\n",
        capsys.readouterr().out,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up", "--port", "99999"], "--port: '99999' is not a whole number from 0 to 65535"),
        (["docs", "--port", "²"], "argument --port: '²' is not a whole number from 0 to 65535"),
        (["docs", "--port", "9" * 5000], "is not a whole number from 0 to 65535"),
        (["query", "--timeout", "nan", "select 1"], "argument --timeout: 'nan' is no time; write"),
        (["simulate", "--customers", "-1"], "--customers: '-1' is not a whole number from"),
    ],
)  # fmt: skip
def test_an_argument_that_cannot_be_used_is_named(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == cli.Exit.WRONG_ARGUMENTS
    assert message in capsys.readouterr().err
