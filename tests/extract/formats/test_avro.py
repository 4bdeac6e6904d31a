"""Avro files: block by block, every type, and what becomes of a damaged one."""

from __future__ import annotations

import io
import json
import random
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import fastavro
import pytest

from dangol.extract.formats import avro_blocks

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"events_{date}\.avro"
FILE = "events_2017-01-05.avro"
ID = {"name": "id", "required": True}


def avro(fields: dict[str, Any], *records: dict[str, Any], codec: str = "null",
         block: int = 16_000) -> bytes:  # fmt: skip
    listed = [{"name": name, "type": kind} for name, kind in fields.items()]
    schema = {"type": "record", "name": "Event", "namespace": "com.shop", "fields": listed}
    target = io.BytesIO()
    fastavro.writer(target, schema, records, codec=codec, sync_interval=block)
    return target.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "xz"])
def test_records_are_rows(make_feed: Callable[..., Feed], codec: str) -> None:
    feed = make_feed(ID, {"name": "count", "type": "BIGINT"}, filePattern=PATTERN)
    rows = [{"id": f"e{nth}", "count": nth, "more": "김"} for nth in range(1000)]
    load = feed.load(FILE, avro({"id": "string", "count": ["null", "long"], "more": "string"},
                                *rows, codec=codec, block=100))  # fmt: skip
    assert feed.values("id, count, _extra, _row") == [
        (f"e{nth}", nth, '{"more":"김"}', nth + 1) for nth in range(1000)
    ]
    assert (load.status, load.encoding, load.rows_read, load.rows_skipped) == (
        "loaded",
        "",
        1000,
        0,
    )


NOON = datetime(2017, 1, 5, 12, 30, 0, 123_000, UTC)


@pytest.mark.parametrize(
    ("kind", "value", "type_", "loaded"),
    [
        ("long", 9007199254740993, "BIGINT", 9007199254740993),
        ("int", -5, "DECIMAL(18,2)", Decimal("-5.00")),
        ("double", 0.1, "DECIMAL(18,4)", Decimal("0.1000")),
        ("float", 9.99, "DECIMAL(18,4)", Decimal("9.9900")),
        ("float", 9.99, "VARCHAR", "9.99"),
        ("double", 1e300, "DOUBLE", 1e300),
        ("boolean", True, "BOOLEAN", True),
        ("string", "0012", "BIGINT", 12),
        ("string", "", "VARCHAR", ""),
        ("bytes", "김".encode(), "VARCHAR", "김"),
        ({"type": "enum", "name": "E", "symbols": ["A", "B"]}, "B", "VARCHAR", "B"),
        ({"type": "fixed", "name": "F", "size": 2}, b"ab", "VARCHAR", "ab"),
        ({"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": 10},
         Decimal("-12345678901234567890.0123456789"), "DECIMAL(34,10)",
         Decimal("-12345678901234567890.0123456789")),
        ({"type": "fixed", "name": "D", "size": 8, "logicalType": "decimal", "precision": 18,
          "scale": 4}, Decimal("0.0500"), "DECIMAL(18,2)", Decimal("0.05")),
        ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 0}, Decimal(12),
         "VARCHAR", "12"),
        ({"type": "int", "logicalType": "date"}, date(2017, 1, 5), "DATE", date(2017, 1, 5)),
        ({"type": "int", "logicalType": "date"}, date(2017, 1, 5), "TIMESTAMP",
         datetime(2017, 1, 4, 15)),
        ({"type": "int", "logicalType": "date"}, date(2017, 1, 5), "VARCHAR", "2017-01-05"),
        ({"type": "long", "logicalType": "timestamp-millis"}, NOON, "TIMESTAMP",
         NOON.replace(tzinfo=None)),
        ({"type": "long", "logicalType": "timestamp-micros"}, NOON, "VARCHAR",
         "2017-01-05T12:30:00.123000Z"),
        ({"type": "long", "logicalType": "timestamp-millis"}, datetime(2017, 1, 4, 15, tzinfo=UTC),
         "DATE", date(2017, 1, 5)),
        ({"type": "long", "logicalType": "local-timestamp-millis"}, NOON.replace(tzinfo=None),
         "TIMESTAMP", datetime(2017, 1, 5, 3, 30, 0, 123_000)),
        ({"type": "int", "logicalType": "time-millis"}, time(1, 2, 3), "VARCHAR", "01:02:03"),
        ({"type": "string", "logicalType": "uuid"}, uuid.UUID(int=7), "VARCHAR",
         "00000000-0000-0000-0000-000000000007"),
        (["null", "string", "long"], 5, "VARCHAR", "5"),
        (["null", {"type": "long", "logicalType": "timestamp-millis"}], NOON, "TIMESTAMP",
         NOON.replace(tzinfo=None)),
        (["null", "string"], None, "VARCHAR", None),
        ({"type": "array", "items": {"type": "int", "logicalType": "date"}}, [date(2017, 1, 5)],
         "VARCHAR", '["2017-01-05"]'),
        ({"type": "map", "values": "double"}, {"b": 1.5, "a": 0.1}, "VARCHAR",
         '{"b":1.5,"a":0.1}'),
        ({"type": "array", "items": {"type": "bytes", "logicalType": "decimal", "precision": 20,
                                     "scale": 2}}, [Decimal("123456789012345678.90")], "VARCHAR",
         "[123456789012345678.90]"),
        ({"type": "array", "items": "double"}, [float("nan")], "VARCHAR", '["nan"]'),
        ("long", 1485677476, "TIMESTAMP", datetime(2017, 1, 29, 8, 11, 16)),
    ],
)  # fmt: skip
def test_every_type_becomes_that_of_the_contract(
    make_feed: Callable[..., Feed], kind: Any, value: Any, type_: str, loaded: object
) -> None:
    custom = {"timestampFormat": "epoch_s"} if kind == "long" and type_ == "TIMESTAMP" else {
        "timeZone": "Asia/Seoul"
    }  # fmt: skip
    feed = make_feed({"name": "x", "type": type_}, filePattern=PATTERN, **custom)
    feed.load(FILE, avro({"x": kind}, {"x": value}))
    assert (feed.values("x"), feed.faults()) == ([(loaded,)], [])


@pytest.mark.parametrize(
    ("kind", "value", "type_", "reason", "text"),
    [
        ("double", 1.5, "BIGINT", "x has more digits than its type BIGINT keeps", '{"x":1.5}'),
        ("double", float("nan"), "DOUBLE", "x is not a finite number", '{"x":"nan"}'),
        ("double", float("inf"), "DECIMAL(18,2)", "x does not fit its type DECIMAL(18,2)",
         '{"x":"inf"}'),
        ("bytes", b"\xff", "VARCHAR", "x contains U+FFFD, which marks lost characters",
         '{"x":"�"}'),
        ("string", "a\0b", "VARCHAR", "x contains a NUL character", '{"x":"a\\u0000b"}'),
        ({"type": "long", "logicalType": "timestamp-millis"}, NOON, "DATE",
         "x does not fit its type DATE", '{"x":"2017-01-05T12:30:00.123000Z"}'),
        ({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 5},
         Decimal("1.00001"), "DECIMAL(18,2)", "x has more digits than its type DECIMAL(18,2) keeps",
         '{"x":1.00001}'),
        ({"type": "array", "items": "int"}, [1], "BIGINT", "x does not fit its type BIGINT",
         '{"x":[1]}'),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_costs_its_row(
    make_feed: Callable[..., Feed], kind: Any, value: Any, type_: str, reason: str, text: str
) -> None:
    feed = make_feed({"name": "x", "type": type_}, filePattern=PATTERN)
    feed.load(FILE, avro({"x": kind}, {"x": value}))
    assert (feed.values(), feed.faults()) == ([], [(1, "x", reason, text)])


def test_a_bad_byte_in_a_text_costs_its_row(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "name"}, filePattern=PATTERN)
    raw = avro({"id": "int", "name": "string"}, {"id": 1, "name": "a"}, {"id": 2, "name": "XX"},
               {"id": 3, "name": "c"})  # fmt: skip
    feed.load(FILE, raw.replace(b"XX", b"\xffX"))
    assert feed.values("id, name") == [("1", "a"), ("3", "c")]
    assert [row[:3] for row in feed.faults()] == [
        (2, "name", "name contains U+FFFD, which marks lost characters")
    ]


def test_days_outside_the_calendar_cost_their_rows(make_feed: Callable[..., Feed]) -> None:
    """A library that makes dates of them stops in the middle of the block."""
    schema = {"type": "record", "name": "E", "fields": [
        {"name": "x", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}]}  # fmt: skip
    feed = make_feed({"name": "x", "type": "DATE"}, {"name": "at", "type": "TIMESTAMP"},
                     filePattern=PATTERN)  # fmt: skip
    plain = avro({"x": "int", "at": "long"}, {"x": 10**9, "at": 10**18}, {"x": 1, "at": 1})
    header = avro_blocks.AvroHeader(None, "null", b"s" * 16, 0)
    ((_, data),) = blocks_of(plain)
    feed.load(FILE, avro_blocks.container(schema, header, 2, data))
    assert feed.values("x") == [(date(1970, 1, 2),)]
    assert [row[:3] for row in feed.faults()] == [(1, "x", "x does not fit its type DATE")]


def blocks_of(raw: bytes) -> list[tuple[int, bytes]]:
    """The count and the records of each block of an uncompressed file."""
    return [(block.num_records, block.bytes_.getvalue())
            for block in fastavro.block_reader(io.BytesIO(raw))]  # fmt: skip


def test_nested_records_are_paths_and_the_rest_is_kept(make_feed: Callable[..., Feed]) -> None:
    address = {"type": "record", "name": "Address", "fields": [{"name": "city", "type": "string"}]}
    user = {"type": "record", "name": "User", "fields": [
        {"name": "email", "type": "string"}, {"name": "home", "type": address},
        {"name": "work", "type": ["null", "Address"]}]}  # fmt: skip
    feed = make_feed(
        {"name": "email", "physicalName": "user.email", "required": True},
        {"name": "work", "physicalName": "User.Work.City"},
        {"name": "home", "physicalName": "user.home"},
        filePattern=PATTERN,
    )
    feed.load(FILE, avro(
        {"user": ["null", user], "n": "int"},
        {"user": {"email": "a@x", "home": {"city": "서울"}, "work": {"city": "Busan"}}, "n": 1},
        {"user": {"email": "b@x", "home": {"city": "Jeju"}, "work": None}, "n": 2},
        {"user": None, "n": 3},
    ))  # fmt: skip
    assert feed.values("email, work, home, _extra") == [
        ("a@x", "Busan", '{"city":"서울"}', '{"n":1}'),
        ("b@x", None, '{"city":"Jeju"}', '{"n":2}'),
    ]
    assert [row[:3] for row in feed.faults()] == [(3, "email", "email is required and empty")]


def test_a_record_may_contain_itself(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "name"}, {"name": "parent"}, filePattern=PATTERN)
    feed.load(FILE, avro({"name": "string", "parent": ["null", "com.shop.Event"]},
                         {"name": "a", "parent": {"name": "b", "parent": None}}))  # fmt: skip
    assert feed.values("name, parent") == [("a", '{"name":"b","parent":null}')]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"x": "int"}, "its schema lacks the required id"),
        ({"id": "int", "ID": "int"}, "its schema has two names for id"),
        ({"id": "int", **{f"x{n}": "int" for n in range(2000)}},
         "its schema can't be read: it has more than 2,000 columns"),
    ],
)  # fmt: skip
def test_a_schema_that_does_not_fit_rejects_the_file(
    make_feed: Callable[..., Feed], fields: dict[str, Any], reason: str
) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, avro(fields, dict.fromkeys(fields, 1)))
    assert (load.status, load.reason, load.rows_quarantined) == ("rejected", reason, 1)
    ((_, _, _, text),) = feed.faults()
    assert json.loads(text) == dict.fromkeys(fields, 1)


def test_an_optional_column_may_be_missing(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "x"}, filePattern=PATTERN)
    feed.load(FILE, avro({"id": "int"}, {"id": 1}))
    assert feed.values("id, x") == [("1", None)]


# ---------------------------------------------------------------- damage


def many(codec: str = "deflate") -> bytes:
    rows = [{"id": f"e{nth}", "n": nth} for nth in range(2000)]
    return avro({"id": "string", "n": "int"}, *rows, codec=codec, block=2000)


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "xz"])
@pytest.mark.parametrize("kind", ["cut", "flip", "sync"])
def test_what_follows_a_damaged_block_is_told(
    make_feed: Callable[..., Feed], codec: str, kind: str
) -> None:
    raw = many(codec)
    sync = raw[-16:]
    middle = raw.index(sync, len(raw) // 2)
    damaged = {
        "cut": raw[: middle + 30],
        "flip": raw[: middle + 40] + bytes([raw[middle + 40] ^ 0xFF]) + raw[middle + 41 :],
        "sync": raw[:middle] + b"x" * 16 + raw[middle + 16 :],
    }[kind]
    feed = make_feed(ID, {"name": "n", "type": "BIGINT"}, filePattern=PATTERN)
    load = feed.load(FILE, damaged)
    loaded = feed.values("n")
    if codec == "null" and kind == "flip":  # nothing tells that a letter has changed
        assert load.status == "loaded"
        return
    assert loaded == [(nth,) for nth in range(len(loaded))]
    assert 0 < len(loaded) < 2000
    assert load.status == "loaded"
    assert (load.rows_loaded, load.rows_quarantined) == (len(loaded), 1)
    assert load.reason.startswith("block ")
    assert load.reason.endswith("and so neither can what follows")
    assert feed.faults() == [(len(loaded) + 1, None, load.reason, "")]


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"PAR1xxxx", "rejected", "it is not an Avro file: it does not begin with Obj"),
        (b"Obj\x01", "rejected", "the header of its Avro file is damaged"),
        (b"Obj\x01" + b"\xff" * 30, "rejected", "the header of its Avro file is damaged"),
        (many()[:40], "rejected", "the header of its Avro file is damaged"),
        (many().replace(b"deflate", b"zzflate"), "rejected",
         "its blocks are compressed with 'zzflate': ask for null, deflate, snappy, bzip2, xz"),
        (many().replace(b'"fields"', b'"fielts"'), "rejected", "its Avro schema is damaged"),
        (b"", "waiting", "it is empty (0 bytes)"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_avro_is_rejected(
    make_feed: Callable[..., Feed], raw: bytes, status: str, reason: str
) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, raw)
    assert (load.status, load.reason, load.rows_read) == (status, reason, 0)


def test_a_schema_of_something_else_than_a_record_is_rejected(
    make_feed: Callable[..., Feed],
) -> None:
    target = io.BytesIO()
    fastavro.writer(target, "string", ["a", "b"])
    load = make_feed(ID, filePattern=PATTERN).load(FILE, target.getvalue())
    assert (load.status, load.reason) == ("rejected", "its Avro schema is not that of a record")


def test_a_block_that_expands_beyond_all_limits_is_told(
    make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(avro_blocks, "RATIO_COUNTS_FROM", 1 << 16)
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, avro({"id": "string"}, {"id": "x"}, {"id": "y" * 200_000},
                                codec="deflate", block=1))  # fmt: skip
    assert feed.values("id") == [("x",)]
    assert "it is compressed more than 100 times" in load.reason
    monkeypatch.setattr(avro_blocks, "_LARGEST_BLOCK", 100_000)
    monkeypatch.setattr(avro_blocks, "RATIO_COUNTS_FROM", 1 << 30)
    load = feed.load("events_2017-01-06.avro", avro({"id": "string"}, {"id": "y" * 200_000},
                                                    codec="deflate"))  # fmt: skip
    assert "it is cut off or too large" in load.reason
    small = make_feed(ID, home="small", filePattern=PATTERN, maxBytes=5000)
    load = small.load(FILE, avro({"id": "string"}, {"id": "z" * 9000}, codec="deflate"))
    assert "more bytes than its contract allows (maxBytes)" in load.reason


def test_an_empty_file_of_a_day_without_events(make_feed: Callable[..., Feed]) -> None:
    load = make_feed(ID, filePattern=PATTERN, emptyFiles=True).load(FILE, avro({"id": "int"}))
    assert (load.status, load.reason) == ("empty", "it has no rows")


def test_no_flipped_bit_stops_the_night(make_feed: Callable[..., Feed]) -> None:
    draws = random.Random(5)  # noqa: S311 - the same each time
    raw = many("deflate")[:3000]
    feed = make_feed(ID, {"name": "n", "type": "BIGINT"}, filePattern=r"events_{date}_{part}\.avro",
                     emptyFiles=True)  # fmt: skip
    for number in range(60):
        damaged = bytearray(raw)
        damaged[draws.randrange(len(raw))] ^= 1 << draws.randrange(8)
        feed.land(f"events_2017-01-05_{number}.avro", bytes(damaged))
    feed.extract()  # which checks the balance
    statuses = {load.status for load in feed.loads("rows")}
    assert {"loaded", "rejected"} <= statuses <= {"loaded", "rejected", "refused", "empty"}


def test_corrected_records_are_a_supplement_in_json_lines(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        ID, {"name": "n", "type": "BIGINT"}, {"name": "at", "type": "TIMESTAMP"},
        {"name": "day", "type": "DATE"}, {"name": "amount", "type": "DECIMAL(18,2)"},
        filePattern=PATTERN, decimalMark=",", dateFormat="%d.%m.%Y", timeZone="Asia/Seoul",
    )  # fmt: skip
    feed.load(FILE, avro(
        {"id": "string", "n": "string", "at": {"type": "long", "logicalType": "timestamp-millis"},
         "day": {"type": "int", "logicalType": "date"}, "amount": "double", "more": "int"},
        {"id": "a", "n": "x", "at": NOON, "day": date(2017, 1, 5), "amount": 1.5, "more": 7},
    ))  # fmt: skip
    load = feed.resubmitted(lambda text: text.replace('"x"', "3"))
    assert (load.file, load.rows_quarantined) == ("events_2017-01-05_s1.avro.jsonl", 0)
    assert feed.values('id, n, "at", "day", amount, _extra') == [
        ("a", 3, NOON.replace(tzinfo=None), date(2017, 1, 5), Decimal("1.50"), '{"more":7}'),
    ]


def test_a_rest_that_can_t_be_read_can_t_be_corrected(make_feed: Callable[..., Feed]) -> None:
    from dangol.extract.quarantine import ResubmitError, export_rows

    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, many()[:-5])
    with pytest.raises(ResubmitError, match="can't be read: ask for the file again"):
        export_rows(feed.settings, load.load_id, feed.settings.home / "x")
