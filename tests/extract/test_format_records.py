"""Whatever the format: quarantine keeps the record, columns may move, and limits cost one file."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dangol.extract.records import MAX_COLUMNS
from tests.extract import test_format_properties as formats
from tests.extract.test_format_properties import (
    FORMATS,
    NAMES,
    SETTINGS,
    Row,
    expected_of,
    fresh,
    is_writable,
    rows,
)

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

DELIMITERS = {"csv": ",", "zip": ",", "tsv": "\t"}
WITH_NAMES = [kind for kind in FORMATS if kind != "text"]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[str]], None]:
    """Have the formats write other columns than theirs."""
    return lambda names: monkeypatch.setattr(formats, "NAMES", names)


def composed(text: str | None) -> str:
    return unicodedata.normalize("NFC", text or "")


def record_of(kind: str, original: str) -> list[str]:
    """The values of a record in quarantine."""
    if kind == "text":
        return [composed(each) for each in original.split("\t")]
    if kind in DELIMITERS:
        lines = csv.reader(io.StringIO(original, newline=""), delimiter=DELIMITERS[kind])
        (values,) = lines
        return [composed(each) for each in values]
    record = json.loads(original)
    return [composed(record.get(name)) for name in NAMES]


@pytest.mark.parametrize("kind", FORMATS)
@given(rows=rows)
@SETTINGS
def test_a_record_in_quarantine_is_the_original(
    make_feed: Callable[..., Feed], kind: str, rows: list[Row]
) -> None:
    rows = [row for row in rows if is_writable(kind, row)]
    bad = [row for row in rows if isinstance(expected_of(kind, row), str)]
    assume(bad)
    assume(any(row["id"] is not None for row in rows) or kind not in {"json_lines", "json"})
    write, ending, _ = FORMATS[kind]
    with fresh(make_feed, kind) as feed:
        feed.load(f"rows_2017-01-05.{ending}", write(rows))
        originals = [record_of(kind, original) for *_, original in feed.faults()]
    assert originals == [[composed(row[name]) for name in NAMES] for row in bad]


@pytest.mark.parametrize("kind", WITH_NAMES)
@given(
    order=st.permutations([*NAMES, "fresh"]),
    count=st.integers(1, len(NAMES) + 1),
)
@SETTINGS
def test_columns_may_move_come_and_go(
    make_feed: Callable[..., Feed],
    names: Callable[[list[str]], None],
    kind: str,
    order: list[str],
    count: int,
) -> None:
    kept = order[:count]
    values: Row = {
        "id": "a", "name": "김민지", "count": "7", "amount": "1.50", "more": "m", "fresh": "f",
    }  # fmt: skip
    row: Row = {name: values[name] for name in kept}
    write, ending, _ = FORMATS[kind]
    names(kept)
    with fresh(make_feed, kind) as feed:
        load = feed.load(f"rows_2017-01-05.{ending}", write([row, row]))
        if "id" not in kept:
            assert load.status == "rejected"
            assert "id" in load.reason
            return
        extra = {name: values[name] for name in kept if name in {"more", "fresh"}}
        found = [
            (*texts, json.loads(more) if more else {})
            for *texts, more in feed.values("id, name, count::varchar, amount::varchar, _extra")
        ]
        expected = tuple(row.get(name) for name in ("id", "name", "count", "amount"))
        assert found == [(*expected, extra)] * 2


@pytest.mark.parametrize("kind", WITH_NAMES)
@pytest.mark.parametrize("width", [MAX_COLUMNS, MAX_COLUMNS + 1])
def test_too_many_columns_cost_the_file_and_not_the_night(
    make_feed: Callable[..., Feed], names: Callable[[list[str]], None], kind: str, width: int
) -> None:
    wide = ["id", *(f"c{number}" for number in range(1, width))]
    write, ending, _ = FORMATS[kind]
    with fresh(make_feed, kind) as feed:
        names(wide)
        feed.land(f"rows_2017-01-05.{ending}", write([dict.fromkeys(wide, "1")]))
        names(["id"])
        feed.land(f"rows_2017-01-06.{ending}", write([{"id": "a"}]))
        feed.extract()
        first, second = feed.loads("rows")
    assert second.status == "loaded"
    assert first.status == ("loaded" if width == MAX_COLUMNS else "rejected")
    assert first.status == "loaded" or first.reason
