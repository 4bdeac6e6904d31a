"""Whatever the format: the same rows are loaded, the same are quarantined, and none is lost."""

from __future__ import annotations

import csv
import io
import json
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import fastavro
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

Row = dict[str, str | None]
NAMES = ("id", "name", "count", "amount", "more")
COLUMNS = (
    {"name": "id", "required": True},
    {"name": "name"},
    {"name": "count", "type": "BIGINT"},
    {"name": "amount", "type": "DECIMAL(18,2)"},
)
SETTINGS = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)


def as_csv(rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([NAMES, *([row[name] or "" for name in NAMES] for row in rows)])
    return text.getvalue().encode()


def as_tsv_in_utf_16(rows: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([NAMES, *([row[name] or "" for name in NAMES] for row in rows)])
    return text.getvalue().encode("utf-16")


def as_zip(rows: list[Row]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.csv", as_csv(rows))
    return target.getvalue()


def as_json_lines(rows: list[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_document(rows: list[Row]) -> bytes:
    return json.dumps({"page": 1, "items": rows}, indent=1).encode()


def as_parquet(rows: list[Row]) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table({name: pa.array([row[name] for row in rows], pa.string())
                             for name in NAMES}), target)  # fmt: skip
    return target.getvalue()


def as_avro(rows: list[Row]) -> bytes:
    fields = [{"name": name, "type": ["null", "string"]} for name in NAMES]
    target = io.BytesIO()
    schema = {"type": "record", "name": "Row", "fields": fields}
    fastavro.writer(target, schema, rows, codec="deflate", sync_interval=200)
    return target.getvalue()


def as_log(rows: list[Row]) -> bytes:
    return "".join("\t".join(row[name] or "" for name in NAMES) + "\n" for row in rows).encode()


def as_xlsx(rows: list[Row]) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    for row in rows:
        book.active.append([row[name] for name in NAMES])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


LOG = r"(?P<id>[^\t]*)\t(?P<name>[^\t]*)\t(?P<count>[^\t]*)\t(?P<amount>[^\t]*)\t(?P<more>[^\t]*)"
FORMATS: dict[str, tuple[Callable[[list[Row]], bytes], str, dict[str, Any]]] = {
    "csv": (as_csv, "csv", {}),
    "tsv": (as_tsv_in_utf_16, "tsv", {}),
    "zip": (as_zip, "zip", {"filePattern": r"rows_{date}\.zip!rows\.csv"}),
    "json_lines": (as_json_lines, "jsonl", {}),
    "json": (as_document, "json", {"records": "items"}),
    "parquet": (as_parquet, "parquet", {}),
    "avro": (as_avro, "avro", {}),
    "text": (as_log, "log", {"linePattern": LOG}),
    "xlsx": (as_xlsx, "xlsx", {}),
}
TELLS_EMPTY = {"json_lines", "json", "parquet", "avro"}

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0\ufffd\ufeff"), max_size=6
) | st.sampled_from(["김민지", "a,b", '"', "\n", "\r\n", "\t", "'", "\\", "NULL", "{}", "[1]",
                     "\\N", "=1+1", "\u1100\u1161", "\ue000", "\U0001f9e7", " x "])  # fmt: skip
numbers = st.integers(-(2**63), 2**63 - 1).map(str)
amounts = st.decimals(-(10**15), 10**15, places=2, allow_nan=False).map(lambda each: f"{each:f}")
rows = st.lists(
    st.fixed_dictionaries({
        "id": texts.filter(bool) | st.none(),
        "name": texts | st.none(),
        "count": numbers | st.none() | st.sampled_from(["x", "1.5", "9223372036854775808"]),
        "amount": amounts | st.none() | st.sampled_from(["1.005", "-", "1e40"]),
        "more": texts | st.none(),
    }),
    min_size=1,
    max_size=8,
)  # fmt: skip


@contextmanager
def fresh(make_feed: Callable[..., Feed], kind: str) -> Iterator[Feed]:
    """A home of its own for each example."""
    _, ending, custom = FORMATS[kind]
    home = tempfile.mkdtemp()
    try:
        yield make_feed(
            *COLUMNS, home=home, **({"filePattern": rf"rows_{{date}}\.{ending}"} | custom)
        )
    finally:
        shutil.rmtree(home)


def expected_of(kind: str, row: Row) -> tuple[Any, ...] | str:
    """What is loaded of a row, or the column for which it is quarantined."""

    def kept(name: str) -> str | None:
        text = row[name]
        if kind in {"csv", "tsv", "zip"} and text == "\\N":
            return None
        if not text and kind not in TELLS_EMPTY:
            return None
        return None if text is None else unicodedata.normalize("NFC", text)

    if not kept("id"):
        return "id"
    if row["count"] in {"x", "1.5", "9223372036854775808"}:
        return "count"
    if row["amount"] in {"1.005", "-", "1e40"}:
        return "amount"
    count = row["count"] and int(row["count"])
    amount = row["amount"] and Decimal(row["amount"])
    return kept("id"), kept("name"), count, amount, kept("more")


def is_writable(kind: str, row: Row) -> bool:
    """Whether a format can express the row: some have no marks around their texts."""
    values = [value or "" for value in row.values()]
    if kind == "text":
        return not any(mark in value for value in values for mark in "\t\n\r\x1a") and any(values)
    if kind == "xlsx":
        return not any(
            ILLEGAL_CHARACTERS_RE.search(value) or value.startswith("=") or "\r" in value
            for value in values
        ) and any(values)
    if kind in {"csv", "tsv", "zip"}:
        return not any("\x1a" in value for value in values)
    return True


@pytest.mark.parametrize("kind", FORMATS)
@given(rows=rows)
@SETTINGS
def test_rows_are_loaded_or_quarantined_alike(
    make_feed: Callable[..., Feed], kind: str, rows: list[Row]
) -> None:
    rows = [row for row in rows if is_writable(kind, row)]
    assume(rows)
    assume(any(row["id"] is not None for row in rows) or kind not in {"json_lines", "json"})
    write, ending, _ = FORMATS[kind]
    with fresh(make_feed, kind) as feed:
        load = feed.load(f"rows_2017-01-05.{ending}", write(rows))
        expected = [(nth, expected_of(kind, row)) for nth, row in enumerate(rows, 1)]
        loaded = [
            (row, (key, name, count, amount, json.loads(extra)["more"] if extra else None))
            for key, name, count, amount, extra, row in feed.values(
                "id, name, count, amount, _extra, _row"
            )
        ]
        assert load.status == "loaded"
        assert loaded == [(nth, each) for nth, each in expected if isinstance(each, tuple)]
        assert [row[1] for row in feed.faults()] == [
            each for _, each in expected if isinstance(each, str)
        ]
        assert (load.rows_read, load.rows_skipped) == (len(rows), 0)


@pytest.mark.parametrize("kind", FORMATS)
@given(rows=rows, damage=st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=3),
                                            st.integers(0, 3)), max_size=4))  # fmt: skip
@SETTINGS
def test_no_damage_loses_a_row_in_silence_or_stops_the_night(
    make_feed: Callable[..., Feed], kind: str, rows: list[Row],
    damage: list[tuple[int, bytes, int]],
) -> None:  # fmt: skip
    rows = [row for row in rows if is_writable(kind, row)]
    write, ending, _ = FORMATS[kind]
    raw = bytearray(write(rows))
    for place, added, lost in damage:
        start = place % (len(raw) + 1)
        raw[start : start + lost] = added
    with fresh(make_feed, kind) as feed:
        feed.land(f"rows_2017-01-05.{ending}", bytes(raw))
        feed.extract()  # which checks the balance
        # a member whose name is damaged is no file of the stream
        assert len(feed.loads("rows")) == 1 or kind == "zip"
        for load in feed.loads("rows"):
            if load.status != "loaded":
                assert load.reason
                assert load.rows_loaded == 0


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_corrected_joins_the_rest(make_feed: Callable[..., Feed], kind: str) -> None:
    write, ending, _ = FORMATS[kind]
    rows: list[Row] = [
        {"id": "a", "name": "김민지", "count": "1", "amount": "1.50", "more": "m"},
        {"id": "b", "name": "박서준", "count": "WRONG", "amount": "2.50", "more": "n"},
        {"id": "c", "name": None, "count": "3", "amount": "WRONG", "more": "o"},
    ]
    with fresh(make_feed, kind) as feed:
        feed.load(f"rows_2017-01-05.{ending}", write(rows))
        load = feed.resubmitted(lambda text: text.replace("WRONG", "7"))
        assert (load.supplement, load.rows_loaded, load.rows_quarantined) == (1, 2, 0)
        assert feed.values("id, name, count, amount, _extra") == [
            ("a", "김민지", 1, Decimal("1.50"), '{"more":"m"}'),
            ("b", "박서준", 7, Decimal("2.50"), '{"more":"n"}'),
            ("c", None, 3, Decimal("7.00"), '{"more":"o"}'),
        ]
