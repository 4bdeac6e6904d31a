"""Whatever is in a file: what it says is loaded as it says it, composed, and no record is lost."""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dangol.contracts.model import Column, Format, Stream
from dangol.extract.decode import decode
from dangol.extract.formats.csv import CsvReader

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "members_2017-01-05.csv"
SETTINGS = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

awkward = st.sampled_from([
    '"', '""', ",", "\n", "\r", "\r\n", "\n\n", " ", "\t", "'", ";", "|", "\\", "#", "0", "x", "김",
    "\u0301", "\u2028", "\x85", "\x0b", "\x0c", "\x1c", "\ufeff", "\U0001f9e7", "NULL", "NaN", "%",
])  # fmt: skip
any_text = st.text(
    st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0\ufffd"), max_size=8
)
values = st.lists(awkward | any_text, max_size=6).map("".join)
rows = st.lists(st.tuples(values.filter(bool), values), min_size=1, max_size=12)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def reader_of(file: Path) -> CsvReader:
    columns = (Column("member_id", required=True, is_key=True), Column("이름"))
    pattern = re.compile(r"members\.csv")
    stream = Stream("shop", "members", "1", "", pattern, "full_snapshot", columns)
    return CsvReader(file, stream, duckdb.connect())


@contextmanager
def fresh(make_shop: Callable[..., Shop]) -> Iterator[Shop]:
    """A home of its own for each example."""
    home = tempfile.mkdtemp()
    try:
        yield make_shop(home)
    finally:
        shutil.rmtree(home)


@given(
    rows=rows,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    is_swapped=st.booleans(),
)
@example([("a", '6" x 4"')], csv.QUOTE_MINIMAL, "\n", "utf-8", False)
@example([("a", "\r"), ("b", "\n\r"), ("c", "\ue000\r")], csv.QUOTE_ALL, "\r", "utf-8", False)
@SETTINGS
def test_what_a_csv_writer_writes_is_loaded_back(
    make_shop: Callable[..., Shop],
    rows: list[tuple[str, str]],
    quoting: int,
    line_end: str,
    encoding: str,
    is_swapped: bool,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end, quoting=quoting)  # type: ignore[arg-type] # of the csv module
    order = slice(None, None, -1 if is_swapped else 1)
    written = [list(row[order]) for row in [("member_id", "이름"), *rows]]
    writer.writerows(written)
    # Python 3.11 leaves a line end unquoted that is not the writer's own
    assume(list(csv.reader(io.StringIO(text.getvalue(), newline=""))) == written)
    # a byte order mark is none of a record, and an unquoted \\N no value
    begins_with = 1 if is_swapped else 0
    assume(not any(row[begins_with].startswith("\ufeff") for row in rows))
    with fresh(make_shop) as shop:
        shop.land(FILE, text.getvalue().encode(encoding))
        shop.extract("members")
        assert shop.quarantine("members") == []
        loaded = shop.rows("members", 'member_id, "이름", _row')
        assert loaded == [
            (nfc(key), nfc(name) or None, nth) for nth, (key, name) in enumerate(rows, 1)
        ]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file in which some bytes were lost, changed or added."""
    body = draw(st.lists(st.sampled_from([
        "a,1", "b,김민지", 'c,"x, y"', 'd,"two\nlines"', 'e,"say ""hi"""', "f,", '"g","h"',
        'i,5" k', "",
    ]), min_size=1, max_size=15))  # fmt: skip
    raw = bytearray("\n".join(["member_id,이름", *body, ""]).encode())
    start = raw.index(b"\n") + 1
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(start, len(raw)))
        added = draw(
            st.sampled_from(
                [b"", b'"', b",", b"\n", b"\r", b'""', b"\xff", b"\xea\xb9", b"x", b'",']
            )
        )
        raw[place : place + draw(st.integers(0, 2))] = added
    return bytes(raw)


@given(raw=damaged())
@settings(SETTINGS, max_examples=80)
def test_no_record_of_a_damaged_file_is_lost(make_shop: Callable[..., Shop], raw: bytes) -> None:
    with fresh(make_shop) as shop:
        file = shop.land(FILE, raw)
        shop.extract("members")  # which checks the balance
        load = shop.last("members")
        if load.status != "loaded":
            assert load.reason
            return
        copy = file.with_suffix(".copy")
        with file.open("rb") as stream:
            decode(stream, copy, 1 << 30, Format())
        records = list(reader_of(copy).records(None))
        assert load.rows_read == len(records)

        quarantined = {row[1]: row[4] for row in shop.quarantine("members")}
        expected = []
        for record in records:
            if record.line in quarantined:
                assert quarantined.pop(record.line) == record.text
            else:
                key, name = (nfc(value) or None for value in record.fields[:2])
                expected.append((key, name, record.row))
        assert quarantined == {}
        assert shop.rows("members", 'member_id, "이름", _row') == expected


@given(text=st.lists(awkward, max_size=40).map("".join))
@settings(SETTINGS, max_examples=500)
def test_records_hold_every_line_but_blank_ones(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file.csv"
        file.write_text(text, encoding="utf-8", newline="")
        with file.open(encoding="utf-8", newline="") as lines:
            everything = list(lines)
        reader = reader_of(file)
        found = list(reader.read())
    for record in found:
        lines = everything[record.line - 1 : record.line - 1 + len(record.lines)]
        lines[0] = lines[0].lstrip("\ufeff")
        assert lines == record.lines
    covered = {record.line + nth for record in found for nth in range(len(record.lines))}
    assert sum(len(record.lines) for record in found) == len(covered)
    assert [record.row for record in found] == list(range(len(found)))
    left = [line for n, line in enumerate(everything, 1) if n not in covered]
    assert (len(left) == 0) == (reader.skipped.total() == 0)
    assert reader.skipped.total() <= len(left)
    # blank lines, padding, and headers that are repeated, perhaps with other quotes
    if found and not "".join(everything).count('"'):
        assert {line.strip(",\r\n\ufeff") for line in left} <= {"", found[0].text.strip(",")}


def test_the_strategies_reach_both_outcomes(make_shop: Callable[..., Shop]) -> None:
    """A property that no example reaches would show nothing."""
    seen = set()
    for raw in (
        b"member_id,\xec\x9d\xb4\xeb\xa6\x84\na,1\n",
        b'member_id\na\n"b"x\n',
        b"member_id\na",
    ):
        with fresh(make_shop) as shop:
            shop.land(FILE, raw)
            shop.extract("members")
            seen.add((shop.last("members").status, bool(shop.quarantine("members"))))
    assert seen == {("loaded", False), ("loaded", True), ("waiting", False)}
