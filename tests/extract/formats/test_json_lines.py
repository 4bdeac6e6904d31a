"""JSON lines: one object a line, flat or nested."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"events_{date}\.jsonl(\.gz)?"
FILE = "events_2017-01-05.jsonl"
ID = {"name": "id", "required": True}
LOST = "name contains U+FFFD, which marks lost characters"


def lines(*records: Any) -> str:
    return "".join(
        (each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)) + "\n"
        for each in records
    )


@pytest.mark.parametrize("name", [FILE, f"{FILE}.gz"])
def test_objects_are_rows(make_feed: Callable[..., Feed], name: str) -> None:
    feed = make_feed(
        ID, {"name": "count", "type": "BIGINT"}, {"name": "amount", "type": "DECIMAL(18,4)"},
        {"name": "weight", "type": "DOUBLE"}, {"name": "is_gift", "type": "BOOLEAN"},
        {"name": "day", "type": "DATE"}, {"name": "at", "type": "TIMESTAMP"},
        {"name": "note"}, filePattern=PATTERN,
    )  # fmt: skip
    load = feed.load(name, lines(
        {"id": "a", "count": 3, "amount": 9.9, "weight": 1e3, "is_gift": True,
         "day": "2017-01-06", "at": "2017-01-05T10:11:12Z", "note": "김민지"},
        {"id": 7, "count": "12", "amount": "0.1", "is_gift": "false", "note": ""},
        {"ID": "c", "note": None, "is_gift": 0},
    ))  # fmt: skip
    assert feed.values('id, count, amount, weight, is_gift, "day", "at", note, _extra, _row') == [
        ("a", 3, Decimal("9.9000"), 1000.0, True, date(2017, 1, 6),
         datetime(2017, 1, 5, 10, 11, 12), "김민지", None, 1),
        ("7", 12, Decimal("0.1000"), None, False, None, None, "", None, 2),
        ("c", None, None, None, False, None, None, None, None, 3),
    ]  # fmt: skip
    assert (load.status, load.rows_read, load.encoding) == ("loaded", 3, "utf-8")


@pytest.mark.parametrize(
    ("type_", "written", "value"),
    [
        ("BIGINT", "9007199254740993", 9007199254740993),
        ("BIGINT", "-9223372036854775808", -(2**63)),
        ("BIGINT", "1e3", 1000),
        ("BIGINT", "3.0", 3),
        ("DECIMAL(18,4)", "0.1", Decimal("0.1000")),
        ("DECIMAL(18,4)", "12345678901234.5678", Decimal("12345678901234.5678")),
        ("DECIMAL(34,10)", "123456789012345678901234.0123456789",
         Decimal("123456789012345678901234.0123456789")),
        ("DECIMAL(18,4)", "1.10", Decimal("1.1000")),
        ("DECIMAL(18,4)", "-0.0", Decimal("0.0000")),
        ("VARCHAR", "1.10", "1.10"),
        ("VARCHAR", "1E5", "1E5"),
        ("VARCHAR", "12345678901234567890123", "12345678901234567890123"),
        ("VARCHAR", "0.1000000000000000055", "0.1000000000000000055"),
        ("VARCHAR", "true", "true"),
        ("VARCHAR", r'"\uae40 \ud83e\udde7"', "김 🧧"),
        ("VARCHAR", r'"two\nlines\r\t\"\\"', 'two\nlines\r\t"\\'),
        ("VARCHAR", '"it\ue000s\r"'.replace("\r", r"\r"), "it\ue000s\r"),
    ],
)  # fmt: skip
def test_values_keep_all_that_they_say(
    make_feed: Callable[..., Feed], type_: str, written: str, value: object
) -> None:
    feed = make_feed(ID, {"name": "x", "type": type_}, filePattern=PATTERN)
    feed.load(FILE, f'{{"id": 1, "x": {written}}}\n')
    assert feed.values("x") == [(value,)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('{ "a" : 1.10 , "b":[ 1e5, {"c" : null} ] }', '{"a":1.1,"b":[100000.0,{"c":null}]}'),
        ("[12345678901234567890.5, 0.30000000000000000001]",
         "[12345678901234567890.5,0.30000000000000000001]"),
        ("[12345678901234567890123]", "[12345678901234567890123]"),
        (r'["\uae40","a\"b\\"]', r'["김","a\"b\\"]'),
        ("[]", "[]"),
        ("{}", "{}"),
        ('[1e400,"\\u0001"]', '[1e400,"\\u0001"]'),
    ],
)  # fmt: skip
def test_a_nested_value_is_kept_as_compact_json(
    make_feed: Callable[..., Feed], written: str, value: str
) -> None:
    feed = make_feed(ID, {"name": "x"}, filePattern=PATTERN)
    feed.load(FILE, f'{{"id": 1, "x": {written}, "y": {written}}}\n')
    assert feed.values("x, _extra") == [(value, f'{{"y":{value}}}')]


def test_a_column_may_be_a_path_into_the_record(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        {"name": "email", "physicalName": "user.email", "required": True},
        {"name": "country", "physicalName": "Device.Geo.Country"},
        {"name": "geo", "physicalName": "device.geo"},
        {"name": "version", "physicalName": "app.version", "formerNames": ["app_version"]},
        filePattern=PATTERN,
    )
    feed.load(FILE, lines(
        {"user": {"email": "a@x", "name": "A"}, "device": {"geo": {"country": "KR", "city": "S"},
                                                         "os": "iOS"}, "app": {"version": 2}},
        {"user.email": "b@x", "user": {"email": "other"}, "app": "web", "app_version": 3},
        {"user": {"email": "c@x"}, "device": None, "app": {}},
        {"user.email": "d@x", "device.geo": {"country": "US"}},
        {"user": {"name": "nobody"}},
        {"user": None},
    ))  # fmt: skip
    assert feed.values("email, country, geo, version, _extra") == [
        ("a@x", "KR", '{"country":"KR","city":"S"}', "2",
         '{"user":{"name":"A"},"device":{"os":"iOS"}}'),
        ("b@x", None, None, "3", '{"user":{"email":"other"},"app":"web"}'),
        ("c@x", None, None, None, None),
        ("d@x", "US", '{"country":"US"}', None, None),
    ]  # fmt: skip
    assert [row[:3] for row in feed.faults()] == [
        (5, "email", "email is required and empty"),
        (6, "email", "email is required and empty"),
    ]


def test_unknown_keys_are_kept_with_their_types(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    feed.load(FILE, lines('{"id":"a","z":1.50,"그룹":["x",null],"c0":true,"":""}', {"id": "b"}))
    assert feed.values("id, _extra") == [
        ("a", '{"z":1.5,"그룹":["x",null],"c0":true,"":""}'),
        ("b", None),
    ]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ('{"id":"b","count":1.5}', "count", "count has more digits than its type BIGINT keeps"),
        ('{"id":"b","count":"x"}', "count", "count does not fit its type BIGINT"),
        ('{"id":"b","count":true}', "count", "count does not fit its type BIGINT"),
        ('{"id":"b","count":[1]}', "count", "count does not fit its type BIGINT"),
        ('{"id":"b","count":9223372036854775808}', "count",
         "count has more digits than its type BIGINT keeps"),
        ('{"count":1}', "id", "id is required and empty"),
        ('{"id":null}', "id", "id is required and empty"),
        ('{"id":""}', "id", "id is required and empty"),
        ('{"id":"b"', None, "it is not valid JSON"),
        ('{"id":"b","count":NaN}', None, "it is not valid JSON"),
        ("{'id':'b'}", None, "it is not valid JSON"),
        ('{"id":"b"} x', None, "it is not valid JSON"),
        ('{"id":"b","count":' + "1" * 5000 + "}", None, "it is not valid JSON"),
        ('["b"]', None, "it is not a JSON object"),
        ('"b"', None, "it is not a JSON object"),
        ('{"id":"b","id":"c"}', None, "one of its objects has a key twice"),
        ('{"id":"b","x":{"y":1,"y":2}}', None, "one of its objects has a key twice"),
        ('{"id":"b","Id":"c"}', None, "it has two keys for id"),
        ('{"id":"b","x":' + "[" * 100_000 + "]" * 100_000 + "}", None, "it is nested too deeply"),
        (r'{"id":"b","name":"x\ud800"}', "name", LOST),
        (r'{"id":"b","name":"x\ufffd"}', "name", LOST),
        (r'{"id":"b","name":"x\u0000"}', "name", "name contains a NUL character"),
        (r'{"id":"b","more":"\udfff"}', None,
         "a column that is not in the contract contains U+FFFD, which marks lost characters"),
        ('{"id":"b","name":"' + "x" * 65_537 + '"}', "name", "name is longer than 65,536 bytes"),
        ('{"id":"b","name":["' + "x" * (1 << 20) + '"]}', "name",
         "name is longer than 1,048,576 bytes"),
        ('{"id":"b","name":"' + "x" * (4 << 20) + '"}', None,
         "it is longer than 4,194,304 characters"),
        ("{" + ",".join(f'"{n}":0' for n in range(2001)) + "}", None,
         "it has more than 2,000 columns"),
    ],
)  # fmt: skip
def test_a_line_that_can_t_be_loaded(
    make_feed: Callable[..., Feed], line: str, column: str | None, reason: str
) -> None:
    feed = make_feed(ID, {"name": "count", "type": "BIGINT"}, {"name": "name"},
                     filePattern=PATTERN)  # fmt: skip
    feed.load(FILE, f'{{"id":"a"}}\n\n{line}\n{{"id":"c"}}\n')
    assert feed.faults() == [(3, column, reason, line)]
    assert feed.values("id, _row") == [("a", 1), ("c", 3)]
    assert feed.last("rows").rows_skipped == 1


def test_values_up_to_the_limits_are_loaded(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "text"}, {"name": "list"}, filePattern=PATTERN)
    text, listed = "가" * 21_845, ["x" * 65_000] * 16
    feed.load(FILE, lines({"id": 1, "text": text, "list": listed}))
    assert feed.values('length("text"), length(list)') == [(21_845, 16 * 65_003 + 1)]


@pytest.mark.parametrize(
    ("format_", "written", "value"),
    [
        ("epoch_s", "1485677476", datetime(2017, 1, 29, 8, 11, 16)),
        ("epoch_s", "1485677476.5", datetime(2017, 1, 29, 8, 11, 16, 500_000)),
        ("epoch_ms", '"1485677476123"', datetime(2017, 1, 29, 8, 11, 16, 123_000)),
        ("epoch_us", "1485677476123456", datetime(2017, 1, 29, 8, 11, 16, 123_456)),
        ("%Y%m%d", "20170129", datetime(2017, 1, 29)),
        ("%Y-%m-%dT%H:%M:%S%z", '"2017-01-29T08:11:16+09:00"', datetime(2017, 1, 28, 23, 11, 16)),
    ],
)
def test_times_are_texts_or_numbers(
    make_feed: Callable[..., Feed], format_: str, written: str, value: datetime
) -> None:
    feed = make_feed(ID, {"name": "at", "type": "TIMESTAMP"}, filePattern=PATTERN,
                     timestampFormat=format_)  # fmt: skip
    feed.load(FILE, f'{{"id":1,"at":{written}}}\n')
    assert feed.values('"at"') == [(value,)]


def test_numbers_are_not_written_in_the_marks_of_texts(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "amount", "type": "DECIMAL(18,2)"}, {"name": "text"},
                     filePattern=PATTERN, decimalMark=",", thousandsMark=".")  # fmt: skip
    feed.load(FILE, lines({"id": 1, "amount": 1234.5, "text": 1.5},
                          {"id": 2, "amount": "1.234,5", "text": "1.5"}))  # fmt: skip
    assert feed.values('amount, "text"') == [(Decimal("1234.50"), "1.5")] * 2


def test_null_words_are_those_of_texts(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "name"}, {"name": "count", "type": "BIGINT"},
                     filePattern=PATTERN, nullWords=["-"])  # fmt: skip
    feed.load(FILE, lines({"id": 1, "name": "-", "count": "-"}, {"id": 2, "name": "", "count": ""}))
    assert feed.values("name, count") == [(None, None), ("", None)]


def test_a_file_in_which_no_row_has_a_required_key_is_rejected(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(ID, {"name": "at", "physicalName": "meta.at", "required": True},
                     filePattern=PATTERN)  # fmt: skip
    load = feed.load(FILE, lines({"id": 1, "meta": {"x": 1}}, "bad", {"id": 2, "meta": None}))
    reason = "none of its 3 rows has the required meta.at"
    assert (load.status, load.reason, load.rows_quarantined) == ("rejected", reason, 3)
    assert feed.faults() == [
        (1, None, reason, '{"id": 1, "meta": {"x": 1}}'),
        (2, None, reason, "bad"),
        (3, None, reason, '{"id": 2, "meta": null}'),
    ]
    load = feed.load("events_2017-01-06.jsonl", lines({"id": 1}, {"meta": {"at": 1}}, {"id": 3}))
    assert (load.status, load.rows_quarantined) == ("loaded", 3)
    load = feed.load("events_2017-01-07.jsonl", "[\n{}\n")
    assert load.reason == "none of its 2 rows has the required id, meta.at"


def test_a_line_may_end_as_on_windows_and_begin_with_a_mark(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(ID, filePattern=PATTERN, comment="//", skipLines=1)
    content = '\ufeffexported by x\r\n{"id":1}\r\n\ufeff{"id":2}\r\n// end\r\n\x1a'
    load = feed.load(FILE, content)
    assert feed.values("id") == [("1",), ("2",)]
    assert (load.rows_skipped, load.encoding) == (3, "utf-8-sig")


@pytest.mark.parametrize("name", [FILE, f"{FILE}.gz"])
@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_day_without_events(make_feed: Callable[..., Feed], name: str, content: str) -> None:
    load = make_feed(ID, filePattern=PATTERN, emptyFiles=True).load(name, content)
    assert (load.status, load.reason, load.rows_skipped) == (
        "empty", "it has no rows", len(content),
    )  # fmt: skip


def test_a_day_without_events_that_the_contract_does_not_allow(
    make_feed: Callable[..., Feed],
) -> None:
    load = make_feed(ID, filePattern=PATTERN).load(FILE, "\n")
    assert (load.status, load.reason) == (
        "rejected", "it has no rows, which its contract does not allow",
    )  # fmt: skip


def test_a_truncated_line_waits(make_feed: Callable[..., Feed]) -> None:
    load = make_feed(ID, filePattern=PATTERN).load(FILE, '{"id":1}\n{"id":')
    assert (load.status, load.reason) == ("waiting", "its last line does not end in a newline")


def test_a_bad_byte_costs_its_line(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "name"}, filePattern=PATTERN)
    feed.load(FILE, '{"id":1,"name":"김"}\n{"id":2,"name":"@"}\n'.encode().replace(b"@", b"\xff"))
    assert feed.values("name") == [("김",)]
    assert [row[:2] for row in feed.faults()] == [(2, "name")]


def test_corrected_lines_are_a_supplement(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "count", "type": "BIGINT"}, filePattern=PATTERN)
    feed.load(f"{FILE}.gz", lines({"id": 1, "count": "x", "more": 1.5}, {"id": 2, "count": 2}))
    load = feed.resubmitted(lambda text: text.replace('"x"', "1"))
    assert (load.file, load.supplement, load.file_date) == (
        "events_2017-01-05_s1.jsonl", 1, "2017-01-05",
    )  # fmt: skip
    assert feed.values("id, count, _extra") == [("2", 2, None), ("1", 1, '{"more":1.5}')]


def test_a_supplement_to_a_name_that_must_end_in_gz(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "count", "type": "BIGINT"},
                     filePattern=r"events_{date}_{part}\.jsonl\.gz")  # fmt: skip
    feed.load("events_2017-01-05_seoul.jsonl.gz", lines({"id": 1, "count": "x"}))
    load = feed.resubmitted(lambda text: text.replace('"x"', "1"))
    assert (load.file, load.part, load.supplement) == (
        "events_2017-01-05_seoul_s1.jsonl.gz", "seoul", 1,
    )  # fmt: skip


def test_messages_quote_no_value(
    make_feed: Callable[..., Feed], caplog: pytest.LogCaptureFixture
) -> None:
    person = "김민지-010-1234-5678"
    feed = make_feed(ID, {"name": "count", "type": "BIGINT"}, filePattern=PATTERN)
    feed.load(FILE, lines({"id": person, "count": person}, {person: person}, person))
    told = caplog.text + repr(feed.loads("rows")) + repr([row[2] for row in feed.faults()])
    assert (person in told, len(feed.faults())) == (False, 3)
