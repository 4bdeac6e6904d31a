"""What a contract must say, and what is told of one that does not."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.contracts.deliveries import (
    NamedDelivery,
    compile_pattern,
    delivery_in,
    delivery_of,
    is_json_supplement,
)
from dangol.contracts.model import Calendar, Column, ContractError, Format
from dangol.contracts.properties import OF_STREAM
from dangol.contracts.reading import (
    contract_problems,
    find_stream,
    load_contract,
    load_contracts,
    systems_in,
)
from dangol.settings import SOURCES, Company, Settings

SOUND: dict[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "shop",
    "version": "1.2.0",
    "status": "active",
    "team": {"name": "shop-systems"},
    "schema": [
        {
            "name": "orders",
            "customProperties": [
                {"property": "filePattern", "value": r"orders_{date}\.csv"},
                {"property": "delivery", "value": "partition"},
                {"property": "controlTotal", "value": "amount"},
            ],
            "properties": [
                {
                    "name": "order_id",
                    "required": True,
                    "primaryKey": True,
                },
                {"name": "amount", "physicalType": "DECIMAL(18,2)"},
            ],
        }
    ],
    "slaProperties": [{"property": "frequency", "value": 1, "unit": "d", "element": "orders"}],
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Any], Path]:
    def write(document: Any, system: str = "shop") -> Path:
        file = tmp_path / system / "contract.yml"
        file.parent.mkdir(exist_ok=True)
        text = document if isinstance(document, str) else yaml.safe_dump(document)
        file.write_text(text, encoding="utf-8")
        return file

    return write


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sound contract with another value at a path such as ``schema.0.name``."""
    document = deepcopy(SOUND)
    *folders, last = path.split(".")
    place: Any = document
    for step in folders:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if isinstance(place, list):
        place[int(last) : int(last) + 1] = [] if value is None else [value]
    elif value is None:
        del place[last]
    else:
        place[last] = value
    return document


def with_property(name: str, value: Any, **further: Any) -> dict[str, Any]:
    """The sound contract with other custom properties of its stream."""
    given = {each["property"]: each["value"] for each in SOUND["schema"][0]["customProperties"]}
    given |= {name: value} | further
    listed = [{"property": name, "value": value} for name, value in given.items()]
    return changed("schema.0.customProperties", listed)


def by_place(**properties: Any) -> dict[str, Any]:
    """The sound contract without a key, with other custom properties."""
    document = with_property("rowIdentity", "place", **properties)
    del document["schema"][0]["properties"][0]["primaryKey"]
    return document


def with_column(**facts: Any) -> dict[str, Any]:
    """The sound contract with one more column."""
    columns = SOUND["schema"][0]["properties"]
    return changed("schema.0.properties", [*columns, {"name": "x", "physicalType": "DATE"} | facts])


def test_a_contract_is_read(written: Callable[[Any], Path]) -> None:
    contract = load_contract(written(SOUND).parent)
    assert (contract.system, contract.name, contract.version) == ("shop", "shop", "1.2.0")
    assert contract.owner == "shop-systems"
    (stream,) = contract.streams
    assert (stream.label, stream.version, stream.delivery) == ("shop.orders", "1.2.0", "partition")
    assert (stream.may_be_empty, stream.expected_every_days, stream.max_bytes) == (
        False,
        1,
        4 << 30,
    )
    assert (stream.has_key, stream.is_revised, stream.exact_doubles) == (True, False, "stop")
    assert (stream.received_in, stream.describes, stream.control_total) == ((), (), '"amount"')
    assert stream.format == Format()
    assert stream.columns == (
        Column("order_id", "VARCHAR", required=True, is_key=True),
        Column("amount", "DECIMAL(18,2)"),
    )


EVERYTHING = {
    "filePattern": r"매출_{from}_{to}_{part}\.tsv", "delivery": "partition", "rowIdentity": "place",
    "exactDoubles": "set_aside", "overlap": "daily", "emptyFiles": True, "maxBytes": 1000,
    "finalNewline": False, "receivedIn": ["order_lines", "refunds"], "describes": ["products"],
    "controlTotal": "quantity * (amount - 2)", "eventTime": "at", "closedWeekdays": ["saturday"],
    "closedDates": ["2026-12-25", "2026-12-30..2027-01-02"], "closedHolidays": "KR",
    "encoding": "EUC-KR", "quote": "'", "escape": "\\", "comment": "#", "skipLines": 2,
    "headerRows": 3, "totalsRow": "^합계", "nullWords": ["\\N", "--"], "decimalMark": ",",
    "thousandsMark": ".", "currencyMarks": ["€"], "negative": ["trailing"],
    "dateFormat": "%d.%m.%Y", "timestampFormat": "%d.%m.%Y %H:%M",
    "timeZone": "Asia/Seoul",
}  # fmt: skip


def test_every_fact_can_be_given(written: Callable[[Any], Path]) -> None:
    document = deepcopy(SOUND)
    document["name"], document["schema"][0]["description"] = "The shop", "One order."
    document["customProperties"] = [{"property": "activeFrom", "value": "2026-12-01"}]
    document["schema"][0]["customProperties"] = [
        {"property": name, "value": value} for name, value in EVERYTHING.items()
    ]
    document["schema"][0]["properties"] = [
        {"name": "quantity", "physicalType": "BIGINT", "physicalName": "수량",
         "customProperties": [{"property": "formerNames", "value": ["qty", "Menge"]}]},
        {"name": "amount", "physicalType": "DECIMAL(18,4)", "physicalName": "금액(원)",
         "classification": "sensitive", "description": "A value."},
        {"name": "at", "physicalType": "TIMESTAMP",
         "customProperties": [{"property": "format", "value": "%Y/%m/%d"}]},
    ]  # fmt: skip
    contract = load_contract(written(document).parent)
    stream = contract.streams[0]
    assert (contract.name, contract.active_from) == ("The shop", date(2026, 12, 1))
    assert stream.columns == (
        Column("quantity", "BIGINT", physical_name="수량", former_names=("qty", "Menge")),
        Column("amount", "DECIMAL(18,4)", False, "sensitive", "A value.", physical_name="금액(원)"),
        Column("at", "TIMESTAMP", time_format="%Y/%m/%d"),
    )
    assert [each.is_personal for each in stream.columns] == [False, True, False]
    assert stream.calendar == Calendar(
        frozenset({5}),
        ((date(2026, 12, 25), date(2026, 12, 25)), (date(2026, 12, 30), date(2027, 1, 2))),
        "KR",
    )
    assert (stream.has_key, stream.exact_doubles, stream.overlap) == (False, "set_aside", "daily")
    assert (stream.received_in, stream.describes) == (("order_lines", "refunds"), ("products",))
    assert stream.control_total == '"quantity" * ( "amount" - 2 )'
    assert (stream.format.encoding, stream.format.delimiter) == ("euc_kr", "\t")
    assert delivery_of(stream.file_pattern, "매출_20260101_20260331_seoul.tsv") == NamedDelivery(
        date(2026, 1, 1), date(2026, 3, 31), "seoul"
    )


@pytest.mark.parametrize(
    ("day", "is_closed"),
    [
        ("2026-12-05", True),  # a Saturday
        ("2026-12-06", False),
        ("2026-12-31", True),
        ("2027-01-03", False),
        ("2026-10-09", True),  # Hangul Day
    ],
)
def test_a_calendar_knows_the_days_without_a_delivery(
    written: Callable[[Any], Path], day: str, is_closed: bool
) -> None:
    document = deepcopy(SOUND)
    document["schema"][0]["customProperties"] += [
        {"property": name, "value": EVERYTHING[name]}
        for name in ("closedWeekdays", "closedDates", "closedHolidays")
    ]
    stream = load_contract(written(document).parent).streams[0]
    assert stream.calendar.is_closed(date.fromisoformat(day)) == is_closed


@pytest.mark.parametrize(
    ("written_as", "zone"),
    [("%Y-%m-%d %H:%M KST", "Asia/Seoul"), ("%Y-%m-%d %H:%M UTC", "UTC"),
     ("%Y-%m-%d %H:%M:%S GMT", "Etc/UTC"), ("%d. %B %Y %H:%M Uhr", "Europe/Berlin")],
)  # fmt: skip
def test_times_may_end_in_the_letters_of_their_zone(
    written: Callable[[Any], Path], written_as: str, zone: str
) -> None:
    document = with_property("timeZone", zone, timestampFormat=written_as)
    (stream,) = load_contract(written(document).parent).streams
    assert stream.format.timestamp_format == written_as


def test_a_column_may_count_its_times_where_others_are_local(
    written: Callable[[Any], Path],
) -> None:
    document = with_property("timeZone", "Asia/Seoul", quote="", escape="\\")
    custom = [{"property": "format", "value": "epoch_ms"}]
    document["schema"][0]["properties"].append(
        {"name": "seen_at", "physicalType": "TIMESTAMP", "customProperties": custom}
    )
    (stream,) = load_contract(written(document).parent).streams
    assert (stream.format.time_zone, stream.columns[-1].time_format) == ("Asia/Seoul", "epoch_ms")
    assert (stream.format.quote, stream.format.escape) == ("", "\\")


def test_a_system_may_have_a_file_for_each_stream(written: Callable[[Any], Path]) -> None:
    folder = written(SOUND).parent
    other = changed("schema.0.name", "refunds")
    other["slaProperties"], other["version"] = [], "2.0.0"
    (folder / "refunds.contract.yml").write_text(yaml.safe_dump(other), encoding="utf-8")
    contract = load_contract(folder)
    assert [(stream.label, stream.version) for stream in contract.streams] == [
        ("shop.orders", "1.2.0"),
        ("shop.refunds", "2.0.0"),
    ]
    other["status"] = "draft"
    (folder / "refunds.contract.yml").write_text(yaml.safe_dump(other), encoding="utf-8")
    with pytest.raises(ContractError, match="its files differ in status or activeFrom"):
        load_contract(folder)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("a: [", " does not follow the Open Data Contract Standard: "),
        ("[]", " does not follow the Open Data Contract Standard: "),
        (changed("schema", "orders"), " does not follow the Open Data Contract Standard: "),
        (changed("id", "store"), ": its id is 'store'; it must be the folder's name"),
        (changed("version", None), ": version and schema are required"),
        (changed("schema", []), ": version and schema are required"),
        (changed("schema.1", SOUND["schema"][0]), ": the schema has orders more than once"),
        (changed("schema.0.name", "Orders; drop"),
         ": Orders; drop: the name must be lower-case letters, digits and underscores, as it names "
         "a folder and a view"),
        (changed("slaProperties.0.value", "daily"),
         ": the frequency of orders is 'daily' d; it must be a whole number of days, with unit d"),
        (changed("slaProperties.0.value", 0),
         ": the frequency of orders is 0 d; it must be a whole number of days, with unit d"),
        (changed("slaProperties.0.unit", "w"),
         ": the frequency of orders is 1 w; it must be a whole number of days, with unit d"),
        (changed("customProperties", [{"property": "activeFrom", "value": "2026-13-45"}]),
         ": activeFrom is '2026-13-45'; write a day as 2026-01-31"),
        (changed("slaProperties.0.element", "refunds"),
         ": slaProperties give a frequency for refunds, which the schema "
         "does not define"),
        (changed("schema.0.customProperties.0", None),
         ": orders: the custom property filePattern is missing"),
        (changed("schema.0.customProperties.1", None),
         ": orders: the custom property delivery is missing"),
        (with_property("filePattern", "orders_{date}"),
         ": orders: the custom property format is missing, and the filePattern's ending does not "
         "say it"),
        (with_property("colour", "red"),
         f": orders: the custom property colour is unknown; the known ones are "
         f"{', '.join(OF_STREAM)}"),
        (changed("schema.0.customProperties.3", {"property": "delivery", "value": "append"}),
         ": orders: the custom property delivery is given twice"),
        (changed("status", "live"),
         ": its status is 'live'; it must be active, draft, proposed, deprecated, retired"),
        (with_property("emptyFiles", "false"),
         ": orders: emptyFiles is 'false'; it must be true or false"),
        (with_property("finalNewline", 0), ": orders: finalNewline is 0; it must be true or false"),
        (with_property("maxBytes", "4G"), ": orders: maxBytes is '4G'; it must be a whole number"),
        (with_property("maxBytes", True), ": orders: maxBytes is True; it must be a whole number"),
        (with_property("maxBytes", 0), ": orders: maxBytes must be at least 1"),
        (with_property("delimiter", 1), ": orders: delimiter is 1; it must be text"),
        (with_property("delimiter", ""),
         ": orders: delimiter is ''; it must be one mark, such as ;"),
        (with_property("delimiter", '"'),
         ": orders: delimiter is '\"'; it must be one mark, such as ;"),
        (with_property("delimiter", "."),
         ": orders: delimiter is '.'; it must be one mark, such as ;"),
        (with_property("currencyMarks", ["€", "5"]),
         ": orders: currencyMarks has '5'; it must be what stands beside an amount, such as € or "
         "KRW"),
        (with_property("negative", ["bracket"]),
         ": orders: negative has 'bracket'; use brackets, trailing, triangle, minus"),
        (with_property("timeZone", "KST"),
         ": orders: timeZone is 'KST'; use a name such as Asia/Seoul"),
        (with_property("timeZone", "Asia/Seoul", timestampFormat="%Y-%m-%d %H:%M:%S %z"),
         ": orders: times are written with an offset (%z) and timeZone is Asia/Seoul: it would be "
         "applied twice; remove timeZone"),
        (with_property("timeZone", "Asia/Seoul", timestampFormat="%Y-%m-%dT%H:%M:%SZ"),
         ": orders: times end in Z, and timeZone is Asia/Seoul, which is not called that all year: "
         "declare the zone that the letters mean; if others are local, write %z for Z and %Z for"
         " UTC"),
        (with_property("timeZone", "Asia/Seoul", timestampFormat="%Y-%m-%d %H:%M:%S UTC"),
         ": orders: times end in UTC, and timeZone is Asia/Seoul, which is"),
        (with_property("timeZone", "Asia/Seoul", timestampFormat="%Y-%m-%dT%H:%M:%S'Z'"),
         ": orders: times end in Z, and timeZone is Asia/Seoul, which is"),
        (with_property("timestampFormat", "%Y-%m-%d %H:%M KST"),
         ": orders: times end in KST, and timeZone is UTC, which is"),
        (with_property("timeZone", "Europe/London", timestampFormat="%Y-%m-%d %H:%M GMT"),
         ": orders: times end in GMT, and timeZone is Europe/London, which is"),
        (with_property("timeZone", "Asia/Seoul", timestampFormat="%Y-%m-%d %H:%M %Z"),
         ": orders: times are written with an offset (%z) and timeZone is Asia/Seoul"),
        (with_property("timestampFormat", "epoch"),
         ": orders: a date or time is written as 'epoch'; use a format such as %Y-%m-%d, or "
         "epoch_s, epoch_ms, epoch_us"),
        (with_property("dateFormat", "YYYY-MM-DD"),
         ": orders: a date or time is written as 'YYYY-MM-DD'; use a format such as %Y-%m-%d"),
        (with_property("timeZone", "Asia/Seoul", timestampFormat="epoch_ms"),
         ": orders: timestampFormat is epoch_ms, which counts in UTC, and timeZone is Asia/Seoul: "
         "remove one"),
        (with_property("records", "data.orders"),
         ": orders: records is for the format json, not for csv"),
        (with_property("sheet", "orders"),
         ": orders: sheet is for the format xlsx, not for csv"),
        (with_property("format", "xls"),
         ": orders: format is 'xls'; it must be csv or json_lines or json or parquet or avro or "
         "text or xlsx"),
        (with_property("format", "text"),
         ": orders: linePattern is for the format text, which needs it"),
        (with_property("linePattern", "(?P<x>.*)"),
         ": orders: linePattern is for the format text, which needs it"),
        (with_property("totalsRow", "("), ": orders: totalsRow: missing ), unterminated subpat"),
        (with_property("encoding", "hangul"),
         ": orders: encoding is 'hangul'; use a name such as utf-8, cp949 or shift_jis"),
        (with_property("encoding", "undefined"), ": orders: encoding is 'undefined'; use a name s"),
        (with_property("encoding", "rot13"), ": orders: encoding is 'rot13'; use a name such as"),
        (with_property("skipLines", -1), ": orders: skipLines is -1; it must be from 0 to 1000"),
        (with_property("headerRows", 0), ": orders: headerRows is 0; it must be from 1 to 1000"),
        (with_property("quote", "''"), ": orders: quote is \"''\"; it must be one character"),
        (with_property("thousandsMark", "."),
         ": orders: decimalMark and thousandsMark are the same"),
        (with_property("nullWords", ["-", 0]),
         ": orders: nullWords is ['-', 0]; it must be a list of texts"),
        (with_property("closedWeekdays", ["Sat"]),
         ": orders: closedWeekdays has 'Sat'; use monday, tuesday"),
        (with_property("closedDates", ["25.12.2026"]),
         ": orders: closedDates has '25.12.2026'; write 2026-12-25 or 2026-12-24..2027-01-02"),
        (with_property("closedDates", ["2026-12-25..2026-12-24"]),
         ": orders: closedDates has '2026-12-25..2026-12-24', which ends before it begins"),
        (with_property("closedHolidays", "Korea"),
         ": orders: closedHolidays is 'Korea'; use a country such as KR"),
        (with_property("closedHolidays", "DE-XX"), ": orders: closedHolidays is 'DE-XX'; use a"),
        (with_property("absentAtMost", 5), ": orders: absentAtMost is a share, from 0 to 1"),
        (with_property("snapshotParts", ["seoul"]), ": orders: snapshotParts needs delivery: full"),
        (with_property("deletionValues", ["Y"]), ": orders: deletionValues needs values, and a"),
        (with_property("rowIdentity", "place"),
         ": orders: rowIdentity is place, and order_id is primaryKey: they contradict each other"),
        (with_property("exactDoubles", "keep"),
         ": orders: exactDoubles can't be kept: a primaryKey is unique"),
        (with_property("overlap", "daily"),
         ": orders: overlap is for rows told by place: here the key decides"),
        (by_place(laterDeliveries="revise"),
         ": orders: laterDeliveries needs a primaryKey: rows are told by place"),
        (by_place(delivery="full_snapshot"),
         ": orders: the rows of a snapshot need a primaryKey"),
        (by_place(exactDoubles="stop"),
         ": orders: exactDoubles can only stop the night with a primaryKey"),
        (by_place(overlap="daily"),
         ": orders: overlap needs an eventTime, from which a row has its day"),
        (with_property("controlTotal", "price"),
         ": orders: controlTotal names price, which is not a column"),
        (with_property("controlTotal", "order_id"),
         ": orders: VARCHAR can't be part of a controlTotal, whose sum must be exact: use DECIMAL "
         "or BIGINT"),
        (with_property("controlTotal", "amount; drop table x"),
         ": orders: controlTotal is 'amount; drop table x'; it must be a column or an expression"),
        (with_property("controlTotal", "amount amount"), ": orders: controlTotal is 'amount am"),
        (with_property("controlTotal", "(amount"), ": orders: controlTotal is '(amount'; it"),
        (with_property("controlTotal", "amount)"), ": orders: controlTotal is 'amount)'; it"),
        (with_property("controlTotal", "amount *"), ": orders: controlTotal is 'amount *'; it"),
        (with_property("controlTotal", "amount * amount * 2"),
         ": orders: controlTotal multiplies more than two values"),
        (with_property("delivery", "stream"),
         ": orders: delivery is 'stream'; it must be partition or full_snapshot or "
         "delta_snapshot or append"),
        (with_property("filePattern", "orders_(.csv"),
         ": orders: filePattern: missing ), unterminated subpattern at position 7"),
        (with_property("filePattern", "(?P<date>x)(?P<date>y)"),
         ": orders: filePattern: redefinition of"),
        (with_property("filePattern", "{date}(?P<day>x)"),
         ": orders: filePattern has the unknown groups day"),
        (with_property("filePattern", r"orders\.csv"),
         ": orders: filePattern has none of {date}, {month} and {from} … {to}, so the days of a "
         "partition are unknown"),
        (with_property("filePattern", r"orders_{from}\.csv"),
         ": orders: filePattern has only one of {from} and {to}"),
        (with_property("eventTime", "ordered_at"),
         ": orders: eventTime is 'ordered_at', which is not a column"),
        (changed("schema.0.properties.0.primaryKey", None),
         ": orders: no column is a primaryKey, so a row can't be identified: mark the columns that "
         "are unique within a file, or declare rowIdentity: place"),
        (with_column(name="other", physicalName="Order_ID"),
         ": orders: the columns order_id and other have the same name in files: order_id"),
        (changed("schema.0.properties", [
            SOUND["schema"][0]["properties"][0],
            {"name": "amount", "physicalName": "Total"},
            {"name": "gross",
             "customProperties": [{"property": "formerNames", "value": ["amount"]}]},
         ] ),
         ": orders: gross was called amount before, and another column is now: earlier files"),
        (with_column(name="ORDER_ID"), ": orders: the columns order_id occur more than once"),
        (with_column(name='a"b'),
         ': orders.a"b: a column\'s name must consist of letters, digits and underscores, '
         "and must not be one of _extra, _file, _load_id, _place, _row; physicalName is the file's "
         "own"),
        (with_column(name="_Row"), ": orders._Row: a column's name must consist of letters, "),
        (with_column(physicalType="INTEGER"),
         ": orders.x: physicalType is 'INTEGER'; it must be VARCHAR, BIGINT, DOUBLE, "
         "BOOLEAN, DATE, TIMESTAMP or DECIMAL(p,s)"),
        (with_column(physicalType="DECIMAL(35,2)"),
         ": orders.x: DECIMAL(35,2) has more than 34 digits, or more decimals than digits"),
        (with_column(physicalType="DECIMAL(2,3)"),
         ": orders.x: DECIMAL(2,3) has more than 34 digits, or more decimals than digits"),
        (with_column(classification="secret"),
         ": orders.x: classification is 'secret'; it must be one of public, personal, "
         "pseudonymous, sensitive"),
        (with_column(customProperties=[{"property": "total", "value": True}]),
         ": orders.x: the custom property total is unknown; the known ones are formerNames, fo"),
        (with_column(physicalType="BIGINT",
                     customProperties=[{"property": "format", "value": "%d"}]),
         ": orders.x: format is for a DATE or a TIMESTAMP"),
    ],
)  # fmt: skip
def test_a_contract_that_can_t_be_used_says_where_and_why(
    written: Callable[[Any], Path], document: Any, message: str
) -> None:
    file = written(document)
    with pytest.raises(ContractError) as caught:
        load_contract(file.parent)
    assert str(caught.value).startswith(f"{file}{message}")


def places(node: Any, place: str = "") -> Iterator[str]:
    """Yield the path of every value of a document."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for name, value in pairs:
        yield (path := f"{place}.{name}".removeprefix("."))
        if isinstance(value, dict | list):
            yield from places(value, path)


@pytest.mark.parametrize("value", [None, 5, "2026-13-45", ["x"], [None], {"a": [1]}])
def test_a_value_of_a_wrong_type_is_told_wherever_it_is(
    written: Callable[[Any], Path], value: Any
) -> None:
    for place in places(SOUND):
        file = written(changed(place, value))
        with suppress(ContractError):  # anything else would be a traceback
            load_contract(file.parent)


def test_a_system_s_name_is_a_plain_one(written: Callable[..., Path]) -> None:
    file = written(changed("id", "my-shop"), "my-shop")
    with pytest.raises(ContractError, match="the folder 'my-shop' must be lower-case letters"):
        load_contract(file.parent)


THE_FIFTH = (date(2017, 1, 5), date(2017, 1, 5))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orders_2017-01-05.csv", NamedDelivery(*THE_FIFTH)),
        ("orders_20170105.csv", NamedDelivery(*THE_FIFTH)),
        ("orders_2017-01-05_r2.csv", NamedDelivery(*THE_FIFTH, "", 2, 0)),
        ("orders_2017-01-05_r0002.csv", NamedDelivery(*THE_FIFTH, "", 2, 0)),
        ("orders_2017-01-05_r00002.csv",
         NamedDelivery(*THE_FIFTH, problem="its revision has more than 4 digits")),
        ("orders_2017-01-05_s3.csv", NamedDelivery(*THE_FIFTH, "", 0, 3)),
        ("orders_2017-01-05_r2_s3.csv", NamedDelivery(*THE_FIFTH, "", 2, 3)),
        ("orders_2017-01-05_s3_r2.csv", None),
        ("orders_2017-02-30.csv", None),
        ("orders_2017-1-5.csv", None),
        ("orders_2017-01-05.csv.gz", None),
        ("orders_2017-01-05.csv\n", None),
        ("../orders_2017-01-05.csv", None),
    ],
)  # fmt: skip
def test_a_file_s_name_tells_its_delivery(
    written: Callable[[Any], Path], name: str, expected: NamedDelivery | None
) -> None:
    stream = load_contract(written(SOUND).parent).streams[0]
    assert delivery_of(stream.file_pattern, name) == expected


@pytest.mark.parametrize(
    ("kind", "name", "is_one"),
    [
        ("parquet", "orders_2017-01-05_s1.parquet.jsonl", True),
        ("parquet", "orders_2017-01-05_r2_s3.parquet.jsonl", True),
        ("parquet", "orders_2017-01-05.parquet.jsonl", False),
        ("parquet", "orders_2017-01-05_s1.jsonl", False),
        ("parquet", "other_2017-01-05_s1.parquet.jsonl", False),
        ("csv", "orders_2017-01-05_s1.csv.jsonl", False),
        ("json", "orders_2017-01-05_s1.json.jsonl", True),
    ],
)
def test_a_supplement_may_be_json_lines_where_files_are_no_text(
    written: Callable[[Any], Path], kind: str, name: str, is_one: bool
) -> None:
    document = with_property("filePattern", rf"orders_{{date}}\.{kind}")
    (stream,) = load_contract(written(document).parent).streams
    assert is_json_supplement(stream, name) == is_one
    found = delivery_in(stream, name)
    assert (found is not None) == is_one
    assert found is None or (found.first, found.supplement > 0) == (date(2017, 1, 5), True)


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("{part}_orders_{date}\\.csv", "seoul_orders_2017-01-05_r1.csv",
         NamedDelivery(*THE_FIFTH, "seoul", 1)),
        ("{part}_orders_{date}\\.csv", "부산_orders_2017-01-05.csv",
         NamedDelivery(*THE_FIFTH, "부산")),
        *((f"orders_{{date}}{before}{{exported}}\\.csv", f"orders_20170105{before}{clock}.csv",
           NamedDelivery(*THE_FIFTH, revision=revision))
          for before, clock, revision in (
              ("_", "093015", 0), ("_", "0930_r1", 1), ("", "093015", 0), ("", "T0930Z", 0),
              ("_", "09-30-15.123", 0), ("_", "1483574400", 0), ("_", "20170106T013000Z_r2", 2),
          )),
        ("events_{date}T{part}\\.csv", "events_20170105T07.csv", NamedDelivery(*THE_FIFTH, "07")),
        ("till_{date}_{part}\\.csv", "till_2017-01-05_seoul.csv",
         NamedDelivery(*THE_FIFTH, "seoul")),
        ("till_{date}_{part}\\.csv", "till_2017-01-05_seoul_r2_s1.csv",
         NamedDelivery(*THE_FIFTH, "seoul", 2, 1)),
        ("till_{date}_{part}\\.csv", "till_2017-01-05_r2_seoul.csv",
         NamedDelivery(*THE_FIFTH, "seoul", 2)),
        ("till_{part}_{date}_{part}\\.csv", "till_seoul_2017-01-05_0700.csv",
         NamedDelivery(*THE_FIFTH, "seoul/0700")),
        ("(all_{month}|till_{part}_{date}_{part})\\.csv", "till_a-b_2017-01-05_07_r1.csv",
         NamedDelivery(*THE_FIFTH, "a-b/07", 1)),
        ("orders_{month}\\.csv", "orders_2016-02.csv",
         NamedDelivery(date(2016, 2, 1), date(2016, 2, 29))),
        ("orders_{month}\\.csv", "orders_2016-13.csv", None),
        ("orders_{from}-{to}\\.csv", "orders_20160201-20170105_r3.csv",
         NamedDelivery(date(2016, 2, 1), date(2017, 1, 5), "", 3)),
        ("orders_{from}-{to}\\.csv", "orders_20170105-20160201.csv",
         NamedDelivery(date(2017, 1, 5), date(2016, 2, 1),
                       problem="its days are 2017-01-05 to 2016-02-01, in the wrong order")),
        ("a_{date}\\.zip!orders\\.csv", "a_2017-01-05.zip!orders.csv", NamedDelivery(*THE_FIFTH)),
        ("주문내역_{date}\\.csv", unicodedata.normalize("NFD", "주문내역_2017-01-05.csv"),
         NamedDelivery(*THE_FIFTH)),
        ("(all_{from}_{to}|{date})\\.csv", "2017-01-05_r1.csv", NamedDelivery(*THE_FIFTH, "", 1)),
        ("(all_{from}_{to}|{date})\\.csv", "all_2016-02-01_2017-01-05_s2.csv",
         NamedDelivery(date(2016, 2, 1), date(2017, 1, 5), "", 0, 2)),
        ("orders.*\\.csv", "orders_export (3).csv", NamedDelivery()),
    ],
)  # fmt: skip
def test_a_pattern_says_days_and_part(pattern: str, name: str, expected: Any) -> None:
    assert delivery_of(compile_pattern("here", pattern), name) == expected


@pytest.fixture
def company(tmp_path: Path, written: Callable[..., Path]) -> Settings:
    """A company with one own system, ``shop``, and two of Dangol's."""
    written(SOUND)
    (tmp_path / "systems").mkdir()
    (tmp_path / "shop").rename(tmp_path / "systems" / "shop")
    systems = ("grocer_till", "grocer_loyalty")
    return Settings(
        tmp_path, "", Company("Shop", "Asia/Seoul", "KRW", systems=systems), own_folder=tmp_path
    )


def test_a_company_has_its_own_systems_and_those_that_it_names(company: Settings) -> None:
    assert list(load_contracts(company)) == ["grocer_loyalty", "grocer_till", "shop"]
    assert find_stream(company, "shop", "orders").label == "shop.orders"
    assert contract_problems(company) == {}


def test_a_stream_that_no_contract_has_is_told(company: Settings) -> None:
    for system, stream in (("shop", "refunds"), ("grocer_campaigns", "sends")):
        with pytest.raises(
            ContractError, match=f"no contract describes the stream {system}.{stream}"
        ):
            find_stream(company, system, stream)


def test_an_invalid_contract_costs_only_its_own_system(company: Settings) -> None:
    file = company.company_folder / "systems" / "shop" / "contract.yml"
    file.write_text(yaml.safe_dump(changed("schema.0.name", "Orders")), encoding="utf-8")
    assert list(load_contracts(company)) == ["grocer_loyalty", "grocer_till"]
    assert contract_problems(company) == {
        "shop": f"{file}: Orders: the name must be lower-case letters, digits and underscores, as "
        "it names a folder and a view"
    }


def test_a_draft_is_checked_and_does_not_deliver(company: Settings) -> None:
    file = company.company_folder / "systems" / "shop" / "contract.yml"
    file.write_text(yaml.safe_dump(changed("status", "draft")), encoding="utf-8")
    assert list(load_contracts(company)) == ["grocer_loyalty", "grocer_till"]
    assert contract_problems(company) == {}


@pytest.mark.parametrize(
    ("systems", "message"),
    [
        (("grocer_tills",), "company.toml: there is no system 'grocer_tills'; Dangol has "),
        (("grocer_till",), "grocer_till is both one of the company's own systems and named in"),
    ],
)
def test_a_name_in_company_toml_that_means_nothing_is_told(
    company: Settings, systems: tuple[str, ...], message: str
) -> None:
    own = company.company_folder / "systems"
    (own / "shop").rename(own / "grocer_till")
    with pytest.raises(ContractError, match=message):
        load_contracts(replace(company, company=replace(company.company, systems=systems)))


def test_the_contracts_of_this_repository() -> None:
    contracts = {each: load_contract(SOURCES / each) for each in systems_in(SOURCES)}
    assert {
        contract.system: [stream.name for stream in contract.streams]
        for contract in contracts.values()
    } == {
        "grocer_campaigns": ["campaigns", "sends", "coupons", "redemptions"],
        "grocer_catalogue": ["products", "promotions"],
        "grocer_loyalty": ["members"],
        "grocer_till": ["transactions"],
    }
    streams = [stream for contract in contracts.values() for stream in contract.streams]
    for stream in streams:
        assert stream.description.endswith("."), stream.label
        undescribed = [column.name for column in stream.columns if not column.description]
        assert undescribed == [], stream.label
    personal = {
        column.name for stream in streams for column in stream.columns if column.is_personal
    }
    assert personal == {
        "household_id", "age", "income", "home_ownership", "marital_status", "household_size",
        "household_comp", "kids_count",
    }  # fmt: skip
    totals = [(stream.label, stream.control_total) for stream in streams if stream.control_total]
    assert totals == [("grocer_till.transactions", '"sales_value"')]
