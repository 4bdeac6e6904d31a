"""Commands that read what is published: ``query`` and ``tables``."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from dangol.cli.answers import FORMATS, render, render_for_terminal
from dangol.cli.arguments import Commands, add_command
from dangol.cli.asking import text_or_input
from dangol.cli.terminal import hand_over, show, tell
from dangol.home import need_home
from dangol.settings import get_settings
from dangol.tables import render_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from dangol.cli.deadline import Deadline

MINUTES = 10
"""How long a query may take, unless its caller says otherwise."""

_BATCH = 2_000
_ON_TERMINAL = 200
"""Rows; more would only scroll by."""


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""
    query = add_command(
        commands, "query", "query the published tables, read-only", _query,
        ['dangol query "from customer_view.customers limit 5"',
         'dangol query --format csv "from customer_view.customers" > customers.csv',
         "dangol query --timeout 30 - < question.sql"],
        "It uses at most DANGOL_MEMORY_LIMIT and DANGOL_THREADS; what does not fit into memory is "
        "spilled, encrypted, to the system's folder for temporary files (TMPDIR). Give a query that"
        " names a person with -, not as an argument: arguments can be seen by other accounts of the"
        " machine, and shells keep them.",
    )  # fmt: skip
    query.add_argument(
        "sql", nargs="?",
        help="one statement in DuckDB's SQL; - or nothing: from standard input, or asked for",
    )  # fmt: skip
    query.add_argument(
        "--format",
        choices=FORMATS,
        default="table",
        help="what is printed (table); the others stream results of any size",
    )
    query.add_argument(
        "--timeout", type=_minutes, default=MINUTES, metavar="MINUTES",
        help=f"stop a query that takes longer ({MINUTES})",
    )  # fmt: skip
    tables = add_command(
        commands, "tables", "list the published tables, or describe one", _tables,
        ["dangol tables", "dangol tables customer_view.customers"],
    )  # fmt: skip
    tables.add_argument("name", nargs="?", help="a table, with or without its schema")


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write minutes, such as 30 or 0.5")
    return minutes


def _query(given: argparse.Namespace) -> None:
    from dangol.build.published import open_published
    from dangol.cli.deadline import Deadline, explained

    settings = need_home(get_settings())
    sql = text_or_input(given.sql, "A query in DuckDB's SQL")
    is_terminal = sys.stdout.isatty()
    with open_published(settings) as published:
        deadline = Deadline(published, given.timeout * 60)
        with explained(settings, deadline):
            rows = _answer(published, sql, deadline)
            names = [name for name, *_ in published.description or ()]
            if given.format == "table" and is_terminal:
                _show_on_terminal(names, rows)
            else:
                hand_over(render(given.format, names, rows))


def _answer(
    published: DuckDBPyConnection, sql: str, deadline: Deadline
) -> Iterator[tuple[Any, ...]]:
    """Run a query and return its rows, which come as they are read."""
    with deadline:
        published.execute(sql)

    def rows() -> Iterator[tuple[Any, ...]]:
        while True:
            with deadline:
                batch = published.fetchmany(_BATCH)
            if not batch:
                return
            yield from batch

    return rows()


def _show_on_terminal(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    first = list(islice(rows, _ON_TERMINAL))
    has_more = next(rows, None) is not None
    hand_over([render_for_terminal(names, first, shutil.get_terminal_size().columns)])
    if has_more:
        tell(
            f"These are the first {_ON_TERMINAL} rows. All of them go to a file or a pipe: "
            "dangol query --format csv … > rows.csv"
        )


def _tables(given: argparse.Namespace) -> None:
    from dangol.build.published import open_published
    from dangol.publication.reading import columns_of, find_table, list_tables

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    title = ""
    with open_published(need_home(get_settings())) as published:
        tables = list_tables(published)
        if given.name:
            table = find_table(tables, given.name)
            text = textwrap.fill(table.description, width) if width else table.description
            title = f"{table.full_name}: {table.row_count:,} rows\n{text}\n\n"
            head = ["column", "type", "meaning"]
            rows: list[tuple[object, ...]] = [*columns_of(published, table)]
        else:
            head = ["table", "rows", "what is in it"]
            rows = [(each.full_name, each.row_count, each.description) for each in tables]
    show(title + render_table(head, rows, width))
