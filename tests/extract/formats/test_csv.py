"""Where one record ends and the next begins."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dangol.contracts.model import Format, Stream
from dangol.extract.formats import csv as module
from dangol.extract.formats.csv import CsvReader


def reader_of(tmp_path: Path, text: str, **written: Any) -> CsvReader:
    file = tmp_path / "file.csv"
    file.write_text(text, encoding="utf-8", newline="")
    stream = Stream("shop", "x", "1", "", re.compile("x"), "append", (), format=Format(**written))
    return CsvReader(file, stream, duckdb.connect())


def records(tmp_path: Path, text: str, **written: Any) -> list[tuple[object, ...]]:
    return [
        (record.row, record.line, record.problem or record.fields, record.text)
        for record in reader_of(tmp_path, text, **written).read()
    ]


def test_rows_and_lines_are_counted_from_the_header(tmp_path: Path) -> None:
    assert records(tmp_path, 'a,b\n\n1,"x\ny"\n\n\n2,z\n') == [
        (0, 1, ["a", "b"], "a,b"),
        (1, 3, ["1", "x\ny"], '1,"x\ny"'),
        (2, 7, ["2", "z"], "2,z"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_do_not_belong_to_the_text(tmp_path: Path, end: str) -> None:
    assert records(tmp_path, f'a{end}"b{end}c"{end}d') == [
        (0, 1, ["a"], "a"),
        (1, 2, [f"b{end}c"], f'"b{end}c"'),
        (2, 4, ["d"], "d"),
    ]


def test_the_delimiter_is_the_file_s(tmp_path: Path) -> None:
    assert records(tmp_path, "a;b\n1,2;3\n", delimiter=";")[1] == (1, 2, ["1,2", "3"], "1,2;3")


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert records(tmp_path, "") == []


def test_text_after_a_quote_costs_its_record(tmp_path: Path) -> None:
    assert records(tmp_path, 'a\n"b"c\nd\n') == [
        (0, 1, ["a"], "a"),
        (1, 2, "text follows a closing quote", '"b"c'),
        (2, 3, ["d"], "d"),
    ]


def test_an_unclosed_quote_costs_its_line(tmp_path: Path) -> None:
    assert records(tmp_path, 'a\n"b\nc\n"d""\ne\n') == [
        (0, 1, ["a"], "a"),
        (1, 2, "text follows a closing quote", '"b\nc\n"d""'),
        (2, 5, ["e"], "e"),
    ]
    assert records(tmp_path, 'a\n"b\nc\n\nd\n') == [
        (0, 1, ["a"], "a"),
        (1, 2, "a quote is opened and not closed", '"b'),
        (2, 3, ["c"], "c"),
        (3, 5, ["d"], "d"),
    ]


def test_an_unclosed_quote_in_the_last_line(tmp_path: Path) -> None:
    assert records(tmp_path, 'a\n"b')[1:] == [(1, 2, "a quote is opened and not closed", '"b')]


def test_a_quote_is_not_sought_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_RECORD_CHARACTERS", 100)
    lines = [f"line {number}" for number in range(100)]
    found = records(tmp_path, "\n".join(["a", '"open', *lines, 'close"', "b", ""]))
    assert found[1] == (1, 2, "a quote is opened and not closed", '"open')
    assert [record[2] for record in found[2:]] == [[line] for line in [*lines, 'close"', "b"]]


def test_a_record_over_the_limit_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RECORD_CHARACTERS", 100)
    assert records(tmp_path, "a\n" + "x" * 100 + "\nb\n")[1:] == [
        (1, 2, module.TOO_LONG, "x" * 100),
        (2, 3, ["b"], "b"),
    ]


def test_a_field_may_be_longer_than_the_csv_module_s_limit(tmp_path: Path) -> None:
    csv.field_size_limit(10)
    text = "x" * 200_000
    assert records(tmp_path, f'a\n"{text}"\n')[1][2] == [text]
