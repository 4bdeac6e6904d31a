"""Drafts from JSON, Parquet, Avro, XLSX and archives."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import fastavro
import openpyxl
import pytest

from dangol.drafting.samples import SampleError

ORDERS = [
    {
        "id": f"o{number}",
        "createdAt": f"2026-03-05T0{number}:00:00Z",
        "customer": {"id": f"c{number}", "email": f"user{number}@example.com"},
        "total": 12.5,
        "items": [{"sku": "a"}],
    }
    for number in range(5)
]
COLUMNS = ["id", "createdAt", "customer.id", "customer.email", "total", "items"]


def headers(draft):
    return [each.physical_name or each.name for each in draft.contract.streams[0].columns]


def workbook(*rows: list[object], more_sheets: int = 0) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(more_sheets):
        book.create_sheet()
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def archive(**members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for name, text in members.items():
            packed.writestr(f"{name}.csv", text)
    return content.getvalue()


def test_nested_json_lines(draft_of):
    lines = "".join(json.dumps(each) + "\n" for each in ORDERS)
    draft = draft_of({"orders_2026-03-05.jsonl": lines})
    assert headers(draft) == COLUMNS
    assert draft.types() == {
        "id": "VARCHAR", "created_at": "TIMESTAMP", "customer_id": "VARCHAR",
        "customer_email": "VARCHAR", "total": "DECIMAL(18,4)", "items": "VARCHAR",
    }  # fmt: skip
    assert "format" not in draft.properties()
    assert "received.customer_id as identifier_value" in draft.texts["stg_shop__order_lines.sql"]
    assert "lists or objects, kept as JSON" in draft.notes


def test_pages_of_json_documents(draft_of):
    pages = {
        f"orders_2026-03-05_p{page}.json": json.dumps({"page": page, "data": {"orders": rows}})
        for page, rows in ((1, ORDERS[:3]), (2, ORDERS[3:]))
    }
    draft = draft_of(pages)
    assert draft.properties()["records"] == "data.orders"
    assert draft.properties()["filePattern"] == r"orders_{date}_{part}\.json(\.gz)?"
    assert headers(draft) == COLUMNS
    assert "store_id" not in draft.texts["stg_shop__order_lines.sql"]


def test_keys_that_are_values_are_no_columns(draft_of):
    people = {f"user{number}@example.com": {"points": 1} for number in range(3)}
    rows = [{"id": "o1", "total": 1, "createdAt": "2026-03-05", "people": people}]
    draft = draft_of({"orders_2026-03-05.json": json.dumps(rows)})
    assert headers(draft) == ["id", "total", "createdAt", "people"]
    assert not any("@" in text for text in draft.texts.values())
    with pytest.raises(SampleError, match="keys of the records look like values") as caught:
        draft_of({"people_2026-03-05.json": json.dumps([people])})
    assert "@" not in str(caught.value)


def test_parquet_with_times_of_its_own(draft_of, tmp_path: Path):
    file = tmp_path / "made.parquet"
    duckdb.sql(
        "copy (select 'o' || (i // 2) as order_id, i % 2 + 1 as line_number, 'p' || i % 7 as sku,"
        " cast(i % 3 + 1 as int) as quantity, cast(i % 5 + 0.25 as decimal(10, 2)) as unit_price,"
        " timestamptz '2026-03-05 00:00:00+00' + to_minutes(i) as ordered_at,"
        f" {{'store': 's1'}} as place from range(50) as t (i)) to '{file}'"
    )
    draft = draft_of({"lines_20260305.parquet": file.read_bytes()})
    assert headers(draft)[-2:] == ["ordered_at", "place.store"]
    assert draft.types()["ordered_at"] == "TIMESTAMP"
    assert {"timestampFormat", "timeZone", "format"}.isdisjoint(draft.properties())
    assert [each.name for each in draft.contract.streams[0].columns if each.is_key] == [
        "order_id",
        "line_number",
    ]


def test_avro(draft_of):
    schema = {
        "type": "record", "name": "order",
        "fields": [
            {"name": "order_id", "type": "string"},
            {"name": "sku", "type": "string"},
            {"name": "amount", "type": "double"},
            {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        ],
    }  # fmt: skip
    rows = [
        {"order_id": f"o{n}", "sku": "p", "amount": 1.5,
         "ordered_at": datetime(2026, 3, 5, n, tzinfo=UTC)}
        for n in range(5)
    ]  # fmt: skip
    content = io.BytesIO()
    fastavro.writer(content, schema, rows)
    draft = draft_of({"orders_2026-03-05.avro": content.getvalue()})
    assert draft.types() == {
        "order_id": "VARCHAR", "sku": "VARCHAR", "amount": "DECIMAL(18,4)",
        "ordered_at": "TIMESTAMP",
    }  # fmt: skip


def test_a_workbook_with_a_title_and_totals(draft_of):
    content = workbook(
        ["매출 현황"],
        [],
        ["전표번호", "판매일자", "품목코드", "수량", "단가", "담당자"],
        *([f"0{n}", datetime(2026, 3, 2), f"A{n % 3}", n + 1, 1500, "김민수"] for n in range(9)),
        ["합계", None, None, 45],
        more_sheets=1,
    )
    draft = draft_of({"매출_20260302.xlsx": content})
    assert draft.properties() == {
        "filePattern": r"매출_{date}\.xlsx",
        "skipLines": 2,
        "totalsRow": "합계",
        "delivery": "partition",
        "receivedIn": ["order_lines"],
        "controlTotal": "quantity * unit_price",
        "eventTime": "sales_date",
    }
    assert draft.contract.streams[0].name == "order_lines"
    assert draft.classes()["담당자"] == "personal"
    assert "2 sheets, of which the first is read" in draft.notes


def test_members_of_an_archive(draft_of):
    orders = "Order No,SKU,Qty,Price,Date\n" + "".join(
        f"A{n},p,1,2.5,2026-01-05\n" for n in range(5)
    )
    content = archive(orders=orders, readme="Name,Text\nx,y\n")
    with pytest.raises(SampleError, match=r"the names of the files differ too much|headers differ"):
        draft_of({"shop_2026-01-05.zip": content})
    draft = draft_of({"shop_2026-01-05.zip": content}, member="orders*.csv")
    assert draft.properties()["filePattern"] == r"shop_{date}\.zip!orders\.csv(\.gz)?"
    assert "members of the archives that were left out: 1" in draft.notes
    with pytest.raises(SampleError, match=r"no member of the archive matches x\*"):
        draft_of({"shop_2026-01-05.zip": content}, member="x*")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Bäckerei Müller – 5 €", "cp1252"), ("カフェ・ラテ 東京", "cp932")],
)
def test_an_encoding_that_the_extractor_does_not_know_by_itself_is_named(draft_of, text, encoding):
    rows = "".join(f"A{n},{text},1,2.5,2026-01-05\n" for n in range(5))
    content = f"Order No,Product name,Qty,Price,Date\n{rows}".encode(encoding)
    draft = draft_of({"orders_2026-01-05.csv": content})
    assert draft.properties()["encoding"] == encoding


def test_an_order_without_lines_is_its_number(draft_of):
    draft = draft_of({"orders_2026-03-05.jsonl": "".join(json.dumps(o) + "\n" for o in ORDERS)})
    keys = [each.name for each in draft.contract.streams[0].columns if each.is_key]
    assert keys == ["id"]
    assert "'1' as order_line_id" in draft.texts["stg_shop__order_lines.sql"]
