"""What a contract must say, and what is told of one that does not."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.contracts.model import Column, ContractError, NamedDelivery
from dangol.contracts.reading import SOURCES, find_stream, load_contract, load_contracts

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
                {"property": "format", "value": "csv"},
                {"property": "delivery", "value": "partition"},
                {"property": "emptyFiles", "value": True},
            ],
            "properties": [
                {
                    "name": "order_id",
                    "physicalType": "VARCHAR",
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


def with_property(name: str, value: Any) -> dict[str, Any]:
    """The sound contract with another custom property of its stream."""
    given = SOUND["schema"][0]["customProperties"]
    kept = [each for each in given if each["property"] != name]
    return changed("schema.0.customProperties", [*kept, {"property": name, "value": value}])


def with_column(**facts: Any) -> dict[str, Any]:
    """The sound contract with one more column."""
    columns = SOUND["schema"][0]["properties"]
    return changed("schema.0.properties", [*columns, {"name": "x", "physicalType": "DATE"} | facts])


def test_a_contract_is_read(written: Callable[[Any], Path]) -> None:
    contract = load_contract(written(SOUND))
    assert (contract.system, contract.name, contract.version) == ("shop", "shop", "1.2.0")
    assert contract.owner == "shop-systems"
    (stream,) = contract.streams
    assert (stream.label, stream.version, stream.delivery) == ("shop.orders", "1.2.0", "partition")
    assert (stream.may_be_empty, stream.needs_final_newline, stream.expected_every_days) == (
        True, True, 1,
    )  # fmt: skip
    assert (stream.max_bytes, stream.delimiter) == (4 << 30, ",")
    assert (stream.date_format, stream.timestamp_format) == ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ")
    assert stream.columns == (
        Column("order_id", "VARCHAR", True, "public", "", True, False),
        Column("amount", "DECIMAL(18,2)", False, "public", "", False, False),
    )


def test_every_fact_can_be_given(written: Callable[[Any], Path]) -> None:
    document = with_column(
        name="값",
        physicalType="BIGINT",
        classification="sensitive",
        description="A value.",
        customProperties=[{"property": "controlTotal", "value": True}],
    )
    document["name"], document["schema"][0]["description"] = "The shop", "One order."
    document["schema"][0]["customProperties"] += [
        {"property": name, "value": value}
        for name, value in {
            "maxBytes": 1000, "delimiter": "|", "dateFormat": "%d.%m.%Y", "finalNewline": False,
            "timestampFormat": "%s", "timeZone": "Asia/Seoul", "eventTime": "order_id",
        }.items()
    ]  # fmt: skip
    contract = load_contract(written(document))
    stream = contract.streams[0]
    assert (contract.name, stream.description) == ("The shop", "One order.")
    assert (stream.max_bytes, stream.delimiter, stream.needs_final_newline) == (1000, "|", False)
    assert (stream.date_format, stream.timestamp_format) == ("%d.%m.%Y", "%s")
    assert stream.time_zone == "Asia/Seoul"
    column = stream.columns[2]
    assert column == Column("값", "BIGINT", False, "sensitive", "A value.", False, True)
    assert [each.is_personal for each in stream.columns] == [False, False, True]


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
        (changed("slaProperties.0.element", "refunds"),
         ": slaProperties give a frequency for refunds, which the schema "
         "does not define"),
        (changed("schema.0.customProperties.0", None),
         ": orders: the custom property filePattern is missing"),
        (changed("schema.0.customProperties.1", None),
         ": orders: the custom property format is missing"),
        (changed("schema.0.customProperties.2", None),
         ": orders: the custom property delivery is missing"),
        (changed("schema.0.customProperties.3", None),
         ": orders: the custom property emptyFiles is missing"),
        (with_property("colour", "red"),
         ": orders: the custom property colour is unknown; the known ones are filePattern, format, "
         "delivery, emptyFiles, maxBytes, delimiter, dateFormat, timestampFormat, timeZone, "
         "eventTime, finalNewline"),
        (changed("schema.0.customProperties.4", {"property": "format", "value": "csv"}),
         ": orders: the custom property format is given twice"),
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
        (with_property("timeZone", "KST"),
         ": orders: timeZone is 'KST'; use a name such as Asia/Seoul"),
        (with_property("format", "xlsx"), ": orders: format is 'xlsx'; this version reads csv"),
        (with_property("delivery", "stream"),
         ": orders: delivery is 'stream'; it must be partition, snapshot or append"),
        (with_property("filePattern", "orders_(.csv"),
         ": orders: filePattern: missing ), unterminated subpattern at position 7"),
        (with_property("filePattern", "{date}_{date}"), ": orders: filePattern: redefinition of"),
        (with_property("filePattern", "{date}(?P<day>x)"),
         ": orders: filePattern has the unknown groups day"),
        (with_property("filePattern", r"orders\.csv"),
         ": orders: filePattern has no {date}, so the business day of a partition is unknown"),
        (with_property("eventTime", "ordered_at"),
         ": orders: eventTime is 'ordered_at', which is not a column"),
        (changed("schema.0.properties", []),
         ": orders: no column is a primaryKey, so rows can't be identified"),
        (changed("schema.0.properties.0.primaryKey", None),
         ": orders: no column is a primaryKey, so rows can't be identified"),
        (with_column(name="ORDER_ID"), ": orders: the columns order_id occur more than once"),
        (with_column(name='a"b'),
         ': orders.a"b: a column\'s name must consist of letters, digits and underscores, '
         "and must not be one of _extra, _file, _load_id, _row"),
        (with_column(name="_Row"), ": orders._Row: a column's name must consist of letters, "),
        (with_column(physicalType="INTEGER"),
         ": orders.x: physicalType is 'INTEGER'; it must be VARCHAR, BIGINT, DOUBLE, "
         "BOOLEAN, DATE, TIMESTAMP or DECIMAL(p,s)"),
        (with_column(physicalType=None), ": orders.x: physicalType is None; it must be VARCHAR"),
        (with_column(physicalType="DECIMAL(35,2)"),
         ": orders.x: DECIMAL(35,2) has more than 34 digits, or more decimals than digits"),
        (with_column(physicalType="DECIMAL(2,3)"),
         ": orders.x: DECIMAL(2,3) has more than 34 digits, or more decimals than digits"),
        (with_column(classification="secret"),
         ": orders.x: classification is 'secret'; it must be one of public, personal, "
         "pseudonymous, sensitive"),
        (with_column(customProperties=[{"property": "total", "value": True}]),
         ": orders.x: the custom property total is unknown; the known ones are controlTotal"),
        (with_column(customProperties=[{"property": "controlTotal", "value": "yes"}]),
         ": orders.x: controlTotal is 'yes'; it must be true or false"),
        (with_column(physicalType="DOUBLE",
                     customProperties=[{"property": "controlTotal", "value": True}]),
         ": orders.x: DOUBLE can't be a controlTotal, whose sum must be exact: use DECIMAL "
         "or BIGINT"),
    ],
)  # fmt: skip
def test_a_contract_that_can_t_be_used_says_where_and_why(
    written: Callable[[Any], Path], document: Any, message: str
) -> None:
    file = written(document)
    with pytest.raises(ContractError) as caught:
        load_contract(file)
    assert str(caught.value).startswith(f"{file}{message}")


def test_a_system_s_name_is_a_plain_one(written: Callable[..., Path]) -> None:
    file = written(changed("id", "my-shop"), "my-shop")
    with pytest.raises(ContractError, match="the folder 'my-shop' must be lower-case letters"):
        load_contract(file)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("orders_2017-01-05.csv", NamedDelivery(date(2017, 1, 5), 0, 0)),
        ("orders_2017-01-05_r2.csv", NamedDelivery(date(2017, 1, 5), 2, 0)),
        ("orders_2017-01-05_s3.csv", NamedDelivery(date(2017, 1, 5), 0, 3)),
        ("orders_2017-01-05_r2_s3.csv", NamedDelivery(date(2017, 1, 5), 2, 3)),
        ("orders_2017-01-05_s3_r2.csv", None),
        ("orders_2017-02-30.csv", None),
        ("orders_2017-1-5.csv", None),
        ("orders_2017-01-05.csv.gz", None),
        ("orders_2017-01-05.csv\n", None),
        ("../orders_2017-01-05.csv", None),
    ],
)
def test_a_file_s_name_tells_its_delivery(
    written: Callable[[Any], Path], name: str, expected: NamedDelivery | None
) -> None:
    assert load_contract(written(SOUND)).streams[0].delivery_of(name) == expected


def test_a_stream_that_no_contract_has_is_told(written: Callable[[Any], Path]) -> None:
    folder = written(SOUND).parents[1]
    assert find_stream("shop", "orders", folder).label == "shop.orders"
    for system, stream in (("shop", "refunds"), ("store", "orders")):
        with pytest.raises(
            ContractError, match=f"has no contract for the stream {system}.{stream}"
        ):
            find_stream(system, stream, folder)


def test_the_contracts_of_this_repository() -> None:
    contracts = load_contracts()
    assert {
        contract.system: [stream.name for stream in contract.streams]
        for contract in contracts.values()
    } == {
        "grocer_campaigns": ["campaigns", "sends", "coupons", "redemptions"],
        "grocer_catalogue": ["products", "promotions"],
        "grocer_loyalty": ["members"],
        "grocer_till": ["transactions"],
    }
    assert set(contracts) == {file.parent.name for file in SOURCES.glob("*/contract.yml")}
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
    totals = [(stream.label, column.name) for stream in streams for column in stream.columns
              if column.is_control_total]  # fmt: skip
    assert totals == [("grocer_till.transactions", "sales_value")]
