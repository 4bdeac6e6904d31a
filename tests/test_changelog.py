"""The changes name every published table and column that has come or gone."""

from __future__ import annotations

import re
from pathlib import Path

from dangol import layers
from dangol.publication.dictionary import published_tables
from dangol.settings import PROJECT_ROOT

CHANGES = (PROJECT_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PARAGRAPHS = re.split(r"\n\n|\n(?=- )", CHANGES)
BEFORE = set(Path(__file__).with_name("published_before.txt").read_text().split())
"""``<schema>.<table>.<column>`` of all that was published before the rows that can't vanish."""

NOW = {f"{table.full_name}.{column}" for table in published_tables() for column in table.columns}
FULL_NAME = re.compile(rf"`((?:{'|'.join((*layers.PUBLISHED, 'ops'))})\.\w+(?:\.\w+)?)`")


def tables_of(columns: set[str]) -> set[str]:
    return {each.rpartition(".")[0] for each in columns}


def is_named(column: str) -> bool:
    """Return whether a paragraph names a column with its table, or the table as a new one."""
    table, _, name = column.rpartition(".")
    short = table.partition(".")[2]
    for paragraph in PARAGRAPHS:
        names = set(re.findall(r"`([\w.]+)`", paragraph))
        of_table = any(f"{each}.".startswith((f"{table}.", f"{short}.")) for each in names)
        if of_table and names & {column, f"{short}.{name}", f".{name}", name}:
            return True
    is_new_table = table not in tables_of(BEFORE)
    return is_new_table and bool(re.search(rf"`{re.escape(table)}`: new|new `{table}`", CHANGES))


def test_every_column_that_has_come_or_gone_is_named() -> None:
    assert {column for column in NOW ^ BEFORE if not is_named(column)} == set()


def test_every_table_and_column_that_is_named_exists_or_has_existed() -> None:
    known = NOW | BEFORE | tables_of(NOW | BEFORE)
    assert set(FULL_NAME.findall(CHANGES)) - known == set()
