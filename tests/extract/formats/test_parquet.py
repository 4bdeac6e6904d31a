"""Parquet files: DuckDB reads them, nested and typed; of a damaged one nothing is loaded."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dangol.extract.formats import parquet as module

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"events_{date}(_{part})?\.parquet"
FILE = "events_2017-01-05.parquet"
ID = {"name": "id", "required": True}


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[..., bytes]:
    """Write the result of a query."""

    def write(query: str, options: str = "") -> bytes:
        file = tmp_path / "written.parquet"
        duckdb.execute(
            f"set TimeZone = 'UTC'; copy ({query}) to '{file}' (format parquet{options})"
        )
        return file.read_bytes()

    return write


def test_records_are_rows_in_their_order(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BLOCK_ROWS", 3000)
    feed = make_feed(ID, {"name": "n", "type": "BIGINT"}, filePattern=PATTERN)
    query = """select 'e' || range as id, case when range % 1000 = 7 then 'x' else range::varchar
               end as n, '김' as more from range(10000)"""
    load = feed.load(FILE, parquet(query, ", row_group_size 2048"))
    assert feed.values("id, n, _extra, _row") == [
        (f"e{nth}", nth, '{"more":"김"}', nth + 1) for nth in range(10_000) if nth % 1000 != 7
    ]
    assert feed.faults() == [
        (nth + 1, "n", "n does not fit its type BIGINT", f'{{"id":"e{nth}","n":"x","more":"김"}}')
        for nth in range(7, 10_000, 1000)
    ]
    assert (load.status, load.encoding, load.rows_read) == ("loaded", "", 10_000)


@pytest.mark.parametrize(
    ("value", "type_", "loaded"),
    [
        ("9007199254740993::bigint", "BIGINT", 9007199254740993),
        ("18446744073709551615::ubigint", "VARCHAR", "18446744073709551615"),
        ("0.1::double", "DECIMAL(18,4)", Decimal("0.1000")),
        ("9.99::float", "DECIMAL(18,4)", Decimal("9.9900")),
        ("9.99::float", "VARCHAR", "9.99"),
        ("1e300::double", "DOUBLE", 1e300),
        ("123456789012345678901234.0123456789::decimal(38,10)", "DECIMAL(34,10)",
         Decimal("123456789012345678901234.0123456789")),
        ("1.5::decimal(4,1)", "DECIMAL(18,2)", Decimal("1.50")),
        ("true", "BOOLEAN", True),
        ("1::tinyint", "BOOLEAN", True),
        ("'0012'", "BIGINT", 12),
        ("''", "VARCHAR", ""),
        ("null::varchar", "VARCHAR", None),
        ("encode('김')", "VARCHAR", "김"),
        ("date '2017-01-05'", "DATE", date(2017, 1, 5)),
        ("date '2017-01-05'", "TIMESTAMP", datetime(2017, 1, 4, 15)),
        ("date '2017-01-05'", "VARCHAR", "2017-01-05"),
        ("timestamp '2017-01-05 12:30:00.123456'", "TIMESTAMP",
         datetime(2017, 1, 5, 3, 30, 0, 123_456)),
        ("timestamptz '2017-01-05 12:30:00+09'", "TIMESTAMP", datetime(2017, 1, 5, 3, 30)),
        ("timestamptz '2017-01-05 12:30:00+09'", "VARCHAR", "2017-01-05T03:30:00Z"),
        ("timestamptz '2017-01-05 00:00:00+09'", "DATE", date(2017, 1, 5)),
        ("timestamp '2017-01-05 00:00:00'", "DATE", date(2017, 1, 5)),
        ("timestamp_ns '2017-01-05 12:30:00.123456789'", "TIMESTAMP",
         datetime(2017, 1, 5, 3, 30, 0, 123_456)),
        ("timestamp_s '2017-01-05 12:30:00'", "TIMESTAMP", datetime(2017, 1, 5, 3, 30)),
        ("time '12:30:00'", "VARCHAR", "12:30:00"),
        ("'6e8bc430-9c3a-11d9-9669-0800200c9a66'::uuid", "VARCHAR",
         "6e8bc430-9c3a-11d9-9669-0800200c9a66"),
        ("'2017-01-05T12:30:00'", "TIMESTAMP", datetime(2017, 1, 5, 3, 30)),
        ("[1, null]", "VARCHAR", "[1,null]"),
        ("{'b': 1.10::decimal(18,2), 'a': [{'c': date '2017-01-05'}]}", "VARCHAR",
         '{"b":1.10,"a":[{"c":"2017-01-05"}]}'),
        ("map {'k': 1.5::double}", "VARCHAR", '{"k":1.5}'),
        ("{'a': null}::struct(a integer)", "VARCHAR", '{"a":null}'),
        ("null::struct(a integer)", "VARCHAR", None),
    ],
)  # fmt: skip
def test_every_type_becomes_that_of_the_contract(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes], value: str, type_: str,
    loaded: object,
) -> None:  # fmt: skip
    feed = make_feed({"name": "x", "type": type_}, filePattern=PATTERN, timeZone="Asia/Seoul")
    feed.load(FILE, parquet(f"select {value} as x"))
    assert (feed.values("x"), feed.faults()) == ([(loaded,)], [])


@pytest.mark.parametrize(
    ("value", "type_", "reason", "text"),
    [
        ("1.5::double", "BIGINT", "x has more digits than its type BIGINT keeps", '{"x":1.5}'),
        ("'nan'::double", "DOUBLE", "x is not a finite number", '{"x":NaN}'),
        ("'\\xFF'::blob", "VARCHAR", "x contains U+FFFD, which marks lost characters", '{"x":"�"}'),
        ("'a' || chr(0)", "VARCHAR", "x contains a NUL character", '{"x":"a\\u0000"}'),
        ("timestamp '2017-01-05 12:30:00'", "DATE", "x does not fit its type DATE",
         '{"x":"2017-01-05 12:30:00"}'),
        ("1.00001::decimal(9,5)", "DECIMAL(18,2)",
         "x has more digits than its type DECIMAL(18,2) keeps", '{"x":1.00001}'),
        ("date '0044-03-15'", "DATE", "x is before the year 1000", '{"x":"0044-03-15"}'),
        ("date '12000-01-01'", "DATE", "x does not fit its type DATE", '{"x":"12000-01-01"}'),
        ("'infinity'::timestamp", "TIMESTAMP", "x does not fit its type TIMESTAMP",
         '{"x":"infinity"}'),
        ("repeat('x', 65537)", "VARCHAR", "x is longer than 65,536 bytes", None),
        ("[1]", "BIGINT", "x does not fit its type BIGINT", '{"x":[1]}'),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_costs_its_row(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes], value: str, type_: str,
    reason: str, text: str | None,
) -> None:  # fmt: skip
    feed = make_feed({"name": "x", "type": type_}, filePattern=PATTERN)
    feed.load(FILE, parquet(f"select {value} as x"))
    ((line, column, found, original),) = feed.faults()
    assert (feed.values(), line, column, found) == ([], 1, "x", reason)
    assert text is None or original == text


def test_nested_fields_are_paths_and_the_rest_is_kept(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    feed = make_feed(
        {"name": "email", "physicalName": "user.email", "required": True},
        {"name": "country", "physicalName": "Device.Geo.Country"},
        {"name": "geo", "physicalName": "device.geo"},
        {"name": "whole", "physicalName": "a.b"},
        filePattern=PATTERN,
    )
    feed.load(FILE, parquet("""
        select r.* from (select unnest([
            {'user': {'email': 'a@x', 'name': 'A'},
             'device': {'geo': {'country': 'KR', 'city': 'S'}, 'os': 'iOS'},
             'a.b': 1, 'n': 1},
            {'user': {'email': 'b@x', 'name': null}, 'device': null, 'a.b': null, 'n': 2},
            {'user': null, 'device': null, 'a.b': null, 'n': null}
        ]) as r)
    """))  # fmt: skip
    assert feed.values("email, country, geo, whole, _extra") == [
        ("a@x", "KR", '{"country":"KR","city":"S"}', "1",
         '{"user":{"name":"A"},"device":{"os":"iOS"},"n":1}'),
        ("b@x", None, None, None, '{"user":{"name":null},"device":{"os":null},"n":2}'),
    ]  # fmt: skip
    assert [row[:3] for row in feed.faults()] == [(3, "email", "email is required and empty")]


def test_names_of_columns_are_only_data(make_feed: Callable[..., Feed], tmp_path: Path) -> None:
    names = ["id", "a'b", 'c"d', "drop table x; --", "{{ x }}", "?", "$1", "그룹", "\u1100\u1161"]
    table = pa.table({name: [f"v{nth}"] for nth, name in enumerate(names)})
    pq.write_table(table, tmp_path / "x")
    feed = make_feed(ID, {"name": "가"}, filePattern=PATTERN)
    feed.load(FILE, (tmp_path / "x").read_bytes())
    ((key, found, extra),) = feed.values('id, "가", _extra')
    assert (key, found) == ("v0", "v8")
    assert json.loads(extra) == {name: f"v{nth}" for nth, name in enumerate(names) if 0 < nth < 8}


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["x"], "its schema lacks the required id"),
        (["id", "ID"], "its schema has two names for id"),
        (["id", "x", "x"], "its schema has two columns of the same name"),
        (["id", *(f"x{n}" for n in range(2000))],
         "its schema can't be read: it has more than 2,000 columns"),
    ],
)  # fmt: skip
def test_a_schema_that_does_not_fit_rejects_the_file(
    make_feed: Callable[..., Feed], tmp_path: Path, names: list[str], reason: str
) -> None:
    table = pa.table([pa.array([1, 2])] * len(names), names=names)
    pq.write_table(table, tmp_path / "x")
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, (tmp_path / "x").read_bytes())
    assert (load.status, load.reason) == ("rejected", reason)
    if names == ["x"]:
        assert feed.faults() == [(1, None, reason, '{"x":1}'), (2, None, reason, '{"x":2}')]


def test_files_of_other_writers_are_read(make_feed: Callable[..., Feed], tmp_path: Path) -> None:
    """Arrow's: dictionaries, instants in milliseconds, bytes without a type, old lists."""
    table = pa.table({
        "id": pa.array(["a", "b", "a"]).dictionary_encode(),
        "at": pa.array([datetime(2017, 1, 5, 1)] * 3, pa.timestamp("ms", tz="UTC")),
        "raw": pa.array([b"x", "김".encode(), None]),
        "tags": pa.array([["x"], [], None]),
        "day": pa.array([date(2017, 1, 5)] * 3, pa.date64()),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "x", compression="gzip", version="1.0",
                   use_deprecated_int96_timestamps=False)  # fmt: skip
    feed = make_feed(ID, {"name": "at", "type": "TIMESTAMP"}, {"name": "raw"}, {"name": "tags"},
                     {"name": "day", "type": "DATE"}, filePattern=PATTERN)  # fmt: skip
    feed.load(FILE, (tmp_path / "x").read_bytes())
    assert feed.values('id, "at", raw, tags, "day"') == [
        ("a", datetime(2017, 1, 5, 1), "x", '["x"]', date(2017, 1, 5)),
        ("b", datetime(2017, 1, 5, 1), "김", "[]", date(2017, 1, 5)),
        ("a", datetime(2017, 1, 5, 1), None, None, date(2017, 1, 5)),
    ]


@pytest.mark.parametrize(
    ("damage", "status", "reason"),
    [
        (lambda raw: raw[:-3], "waiting",
         "its Parquet file does not end in PAR1: it is truncated"),
        (lambda raw: raw[: len(raw) // 2], "waiting",
         "its Parquet file does not end in PAR1: it is truncated"),
        (lambda raw: b"PAR1", "waiting", "its Parquet file does not end in PAR1: it is truncated"),
        (lambda raw: b"x" + raw, "rejected",
         "it is not a Parquet file: it does not begin with PAR1"),
        (lambda raw: b"", "waiting", "it is empty (0 bytes)"),
        (lambda raw: raw[:-8] + b"\xff\xff\xff\x7fPAR1", "rejected",
         "its Parquet file is damaged or encrypted (InvalidInputException): ask for it again"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_parquet(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes], damage: Callable[[bytes], bytes],
    status: str, reason: str,
) -> None:  # fmt: skip
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, damage(parquet("select 1 as id")))
    assert (load.status, load.reason, load.rows_read) == (status, reason, 0)


def test_of_a_file_with_a_damaged_page_nothing_is_loaded(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    raw = bytearray(parquet("select repeat(range::varchar, 20) as id from range(50000)",
                            ", compression zstd, row_group_size 2048"))  # fmt: skip
    raw[len(raw) // 10 : len(raw) // 10 + 64] = b"\xff" * 64
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, bytes(raw))
    assert (load.status, load.rows_read, feed.values()) == ("rejected", 0, [])
    assert load.reason.startswith("its Parquet file is damaged or encrypted (")


def test_no_flipped_bit_stops_the_night(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    draws = random.Random(5)  # noqa: S311 - the same each time
    raw = parquet("select 'e' || range as id, range as n, {'a': [range]} as s from range(100)")
    feed = make_feed(ID, {"name": "n", "type": "BIGINT"}, filePattern=PATTERN)
    for number in range(80):
        damaged = bytearray(raw)
        damaged[draws.randrange(len(raw))] ^= 1 << draws.randrange(8)
        feed.land(f"events_2017-01-05_{number}.parquet", bytes(damaged))
    feed.extract()  # which checks the balance
    statuses = {load.status for load in feed.loads("rows")}
    assert {"loaded", "rejected"} <= statuses <= {"loaded", "rejected", "refused", "waiting"}


def test_a_file_with_far_more_values_than_bytes_is_rejected(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    raw = parquet("select 1 as id, 2 as x from range(20000000)", ", compression zstd")
    load = feed.load(FILE, raw)
    assert len(raw) < 1 << 18
    assert (load.status, load.reason) == (
        "rejected", "it has more than 100 values a byte: no export is compressed like that",
    )  # fmt: skip


def test_a_larger_file_than_the_contract_allows_is_rejected(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    load = make_feed(ID, filePattern=PATTERN, maxBytes=100).load(FILE, parquet("select 1 as id"))
    assert load.reason == "it is larger than the 100 bytes that its contract allows (maxBytes)"


def test_an_empty_file_of_a_day_without_events(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    raw = parquet("select 1 as id where false")
    load = make_feed(ID, filePattern=PATTERN, emptyFiles=True).load(FILE, raw)
    assert (load.status, load.reason) == ("empty", "it has no rows")


def test_corrected_records_are_a_supplement_in_json_lines(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    columns: tuple[dict[str, Any], ...] = (
        ID, {"name": "n", "type": "BIGINT"}, {"name": "at", "type": "TIMESTAMP"},
        {"name": "seen_at", "type": "TIMESTAMP"}, {"name": "day", "type": "DATE"},
        {"name": "amount", "type": "DECIMAL(18,4)"},
        {"name": "email", "physicalName": "user.email"},
    )  # fmt: skip
    feed = make_feed(*columns, filePattern=PATTERN, timeZone="Asia/Seoul")
    feed.load(FILE, parquet("""
        select 'a' as id, 'x' as n, timestamptz '2017-01-05 12:00:00+09' as "at",
               timestamp '2017-01-05 12:00:00' as seen_at, date '2017-01-05' as "day",
               1234567890123.4567::decimal(18,4) as amount,
               {'email': 'a@x', 'name': 'A'} as "user", 7 as more
    """))  # fmt: skip
    load = feed.resubmitted(lambda text: text.replace('"x"', "3"))
    assert (load.file, load.rows_quarantined) == ("events_2017-01-05_s1.parquet.jsonl", 0)
    assert feed.values('id, n, "at", seen_at, "day", amount, email, _extra') == [
        ("a", 3, datetime(2017, 1, 5, 3), datetime(2017, 1, 5, 3), date(2017, 1, 5),
         Decimal("1234567890123.4567"), "a@x", '{"user":{"name":"A"},"more":7}'),
    ]  # fmt: skip


def test_a_renamed_optional_column_of_a_schema_is_told(
    make_feed: Callable[..., Feed], parquet: Callable[..., bytes]
) -> None:
    feed = make_feed(ID, {"name": "amount", "type": "BIGINT"}, filePattern=PATTERN)
    assert feed.load(FILE, parquet("select 'a' as id, 1 as amount, 2 as more")).reason == ""
    load = feed.load("events_2017-01-06.parquet", parquet("select 'b' as id, 1 as Betrag"))
    assert load.reason == (
        "it lacks amount (null in its rows) and has Betrag (not in the contract): if one was "
        "renamed, add its name to formerNames"
    )
