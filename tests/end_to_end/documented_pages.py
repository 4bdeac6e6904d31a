"""What the pages for readers of the published tables promise: queries, and which tables join."""

from __future__ import annotations

import re
from collections.abc import Callable

from dangol.publication.dictionary import published_tables
from dangol.settings import PROJECT_ROOT

Ask = Callable[[str], list[tuple[int, ...]]]

DOCS = PROJECT_ROOT / "docs"
SECTION = re.compile(r"## (\d+)\. .*?```sql\n(.*?)```", flags=re.DOTALL)
ROW = re.compile(r"\| (?:`([\w.]+)`|every table with `(\w+)`) \| `([\w.]+)` \| (.*) \|")


def questions() -> dict[int, str]:
    """Return the queries of docs/questions.md by number."""
    text = (DOCS / "questions.md").read_text(encoding="utf-8")
    return {int(number): query for number, query in SECTION.findall(text)}


def joins() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the joins of docs/reading.md: from, to, and the pairs of columns."""
    text = (DOCS / "reading.md").read_text(encoding="utf-8")
    [table_of_joins] = re.findall(r"\| from \| to \| on \|\n.*\n((?:\|.*\n)+)", text)
    rows = ROW.findall(table_of_joins)
    assert len(rows) == len(table_of_joins.splitlines()), "a join is written so that none runs it"
    found = []
    for table, column, target, on in rows:
        pairs = [tuple(re.findall(r"\w+", part)) for part in on.split(", ")]
        for each in [table] if table else _tables_with(column, target):
            found.append((each, target, [(pair[0], pair[-1]) for pair in pairs]))
    return found


def _tables_with(column: str, target: str) -> list[str]:
    return [
        table.full_name
        for table in published_tables()
        if column in table.columns and table.full_name != target
    ]


def how_a_join_fares(ask: Ask, join: tuple[str, str, list[tuple[str, str]]]) -> tuple[int, ...]:
    """Return rows with a whole key, rows that the join finds for them, and most rows for one."""
    table, target, pairs = join
    whole = " and ".join(f"{mine} is not null" for mine, _ in pairs)
    on = " and ".join(f"own.{mine} = other.{theirs}" for mine, theirs in pairs)
    keys = ", ".join(theirs for _, theirs in pairs)
    [counts] = ask(
        f"select (select count(*) from {table} where {whole}),"
        f" (select count(*) from {table} as own join {target} as other on {on}),"
        f" (select coalesce(max(n), 0) from (select count(*) as n from {target} group by {keys}))"
    )
    return counts
