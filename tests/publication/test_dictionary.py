import re
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from dangol import layers
from dangol.publication.dictionary import published_tables, render_page, write_page


def test_every_table_is_listed_once_in_the_order_of_the_schemas() -> None:
    names = [table.full_name for table in published_tables()]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert list(dict.fromkeys(table.schema for table in published_tables())) == [
        *layers.PUBLISHED,
        layers.OPS,
    ]
    assert names[0] == "customer_view.customers"
    assert {name for name in names if name.startswith("ops.")} == {
        "ops.current_run",
        "ops.loads",
        "ops.streams",
        "ops.set_aside",
        "ops.look_alikes",
        "ops.gate_results",
        "ops.model_runs",
        "ops.publications",
        "ops.rotated_ids",
    }


def test_no_table_of_personal_rooms_is_published() -> None:
    assert {table.schema for table in published_tables()}.isdisjoint({"raw", "cleaned", "identity"})
    assert not [table for table in published_tables() if table.name.startswith("int_")]


def test_every_table_and_every_column_is_described_in_a_sentence() -> None:
    undescribed = [
        f"{table.full_name}.{name}"
        for table in published_tables()
        for name, text in {"": table.description, **table.columns}.items()
        if len(text) < 4 or not text.endswith(".") or "\n" in text
    ]
    assert undescribed == []
    assert all(table.columns for table in published_tables())


def test_a_table_opens_with_its_grain() -> None:
    grain = re.compile(r"^(One row|A row)\b")
    assert [t.full_name for t in published_tables() if not grain.match(t.description)] == []


def test_the_tables_that_the_pipeline_fills_have_types_that_duckdb_knows() -> None:
    own = [table for table in published_tables() if table.schema in {"ml", "ops"}]
    with duckdb.connect() as connection:
        for number, table in enumerate(own):
            columns = ", ".join(f'"{name}" {kind}' for name, kind in table.types.items())
            connection.execute(f"create table t{number} ({columns})")
            described = connection.execute(f"describe t{number}").fetchall()
            assert [name for name, *_ in described] == list(table.columns)


def test_the_page_has_a_section_per_table_and_a_line_per_column(tmp_path: Path) -> None:
    page = write_page(tmp_path / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == render_page()
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == [*layers.PUBLISHED, layers.OPS]
    sections = dict(re.findall(r"^### ([\w.]+)\n\n(.*?)(?=\n#|\Z)", page, re.MULTILINE | re.DOTALL))
    assert list(sections) == [table.full_name for table in published_tables()]
    for table in published_tables():
        lines = re.findall(r"^\| `(\w+)` \| ", sections[table.full_name], re.MULTILINE)
        assert lines == list(table.columns)


def test_a_pipe_in_a_description_does_not_break_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from dangol.publication import dictionary

    first = published_tables()[0]
    odd = replace(first, columns={"a": "One | two."})
    monkeypatch.setattr(dictionary, "published_tables", lambda: (odd,))
    assert "| `a` | One \\| two. |" in render_page().splitlines()
