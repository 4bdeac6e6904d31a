"""How the columns of a file find those of its contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "orders_2017-01-05.csv"


def test_columns_are_matched_by_name_whatever_their_order_and_case(shop: Shop) -> None:
    shop.land(FILE, "Amount, ORDER_ID ,quantity\n9.90,a,3\n")
    shop.extract()
    assert shop.rows(columns="order_id, quantity, amount::varchar, customer, weight, _extra") == [
        ("a", 3, "9.90", None, None, None)
    ]


def test_unknown_columns_are_kept_in_extra(shop: Shop) -> None:
    names = ["channel", "그룹", 'say "hi"', "c0", "_extra", "path"]
    header = 'order_id,channel,그룹,quantity,"say ""hi""",amount,c0,_extra,path'
    shop.land(FILE, f'{header}\na,web,가,1,"x, ""y""",1,0,,z\nb,,나,x,,1,,,\n')
    shop.extract()
    ((extra,),) = shop.rows(columns="_extra")
    values = ["web", "가", 'x, "y"', "0", None, "z"]
    assert json.loads(extra) == dict(zip(names, values, strict=True))
    assert [row[4] for row in shop.quarantine()] == ["b,,나,x,,1,,,"]


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
@pytest.mark.parametrize("added", ["", ",channel"])
def test_a_column_without_a_name_is_kept_where_it_has_a_value(
    shop: Shop, added: str, quote: str
) -> None:
    """A spreadsheet adds empty columns at the right, and a note may be in one of them."""
    web = ",web" if added else ""
    header = f"order_id,,quantity,amount{added},,,"
    rows = [f"{quote}a{quote},,1,1.00{web},,,", f"b,note,2,2.00{web},,,x", f"c,,3,3.00{web},,,"]
    shop.land(FILE, "\n".join([header, *rows, ""]))
    shop.extract()
    shop.land("orders_2017-01-06.csv", "\n".join([header, *rows[::2], ""]))
    shop.extract()
    known = {"channel": "web"} if added else {}
    noted = {**known, "column 2": "note", f"column {8 if added else 7}": "x"}
    found = [
        (key, quantity, json.loads(extra) if extra else {})
        for key, quantity, extra in shop.rows(columns="order_id, quantity, _extra")
    ]
    assert found == [("a", 1, known), ("b", 2, noted), ("c", 3, known),
                     ("a", 1, known), ("c", 3, known)]  # fmt: skip
    assert shop.quarantine() == []


def test_a_file_of_2_000_columns_is_loaded_and_one_of_more_rejected(shop: Shop) -> None:
    for count, day in ((2_000, 5), (2_001, 6), (10_000, 7)):
        names = [f"x{number}" for number in range(count - 3)]
        values = [str(number) for number in range(count - 3)]
        lines = ["order_id,quantity,amount", "a,1,1.00", "b,2,bad"]
        content = "\n".join(
            ",".join([line, *(values if number else names)]) for number, line in enumerate(lines)
        )
        shop.land(f"orders_2017-01-0{day}.csv", f"{content}\n")
    shop.extract()
    reason = "line 1: its header can't be read: it has more than 2,000 columns"
    first, *others = [fate[1:] for fate in shop.fates()]
    assert first[0] == "loaded"
    assert "and 1991 more (not in the contract)" in first[1]
    assert others == [("rejected", reason)] * 2
    assert [(load.rows_loaded, load.rows_quarantined) for load in shop.loads()] == [
        (1, 1), (0, 2), (0, 2),
    ]  # fmt: skip
    ((extra,),) = shop.rows(columns="_extra")
    assert len(json.loads(extra)) == 1_997


@pytest.mark.parametrize("is_quoted", [False, True])
def test_a_missing_required_column_rejects_the_file_and_keeps_its_rows(
    shop: Shop, is_quoted: bool
) -> None:
    second = 'b,"two\nlines"' if is_quoted else "b,y"
    shop.land(FILE, f"order_id,customer\na,x\n{second}\n\nc\n")
    shop.extract()

    reason = (
        "line 1: its header lacks the required quantity, amount; "
        "2 of its 2 columns are in the contract"
    )
    assert shop.fates() == [(FILE, "rejected", reason)]
    assert (shop.last().rows_read, shop.last().rows_quarantined) == (3, 3)
    last = 6 if is_quoted else 5
    assert shop.quarantine() == [
        (FILE, 2, None, reason, "a,x"),
        (FILE, 3, None, reason, second),
        (FILE, last, None, reason, "c"),
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("order_id,quantity,amount,quantity", "columns 2, 4 (quantity)"),
        ("order_id,quantity,amount,Quantity ", "columns 2, 4 (quantity)"),
        ("order_id,quantity,amount,x,x,x", "columns 4, 5, 6"),
        ("order_id,quantity,amount,Column 5,", "columns 4, 5"),
    ],
)
def test_two_columns_of_one_name_reject_the_file(shop: Shop, header: str, told: str) -> None:
    shop.land_orders(FILE, "a,1,1", header=header)
    shop.extract()
    assert shop.fates() == [(FILE, "rejected", f"line 1: its header repeats the name of {told}")]
    assert shop.last().rows_quarantined == 1


def test_two_columns_that_differ_in_composition_alone_are_one_name(shop: Shop) -> None:
    shop.land("members_2017-01-05.csv", "member_id,이름,\u110b\u1175\u1105\u1173\u11b7\na,b,c\n")
    shop.extract("members")
    assert shop.last("members").reason == (
        "line 1: its header repeats the name of columns 2, 3 (이름)"
    )


def test_a_decomposed_name_is_found(shop: Shop) -> None:
    shop.land("members_2017-01-05.csv", "member_id,\u110b\u1175\u1105\u1173\u11b7\na,김\n")
    shop.extract("members")
    assert shop.rows("members", '"이름"') == [("김",)]


def test_a_header_may_be_quoted_and_span_lines(shop: Shop) -> None:
    shop.land(FILE, '"order_id","a\nb","quantity","amount"\nx,y,1,1.00\nz,y,bad,1.00\n')
    shop.extract()
    assert [json.loads(text) for (text,) in shop.rows(columns="_extra")] == [{"a\nb": "y"}]
    assert [row[1] for row in shop.quarantine()] == [4]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ('order_id,"quantity,amount',
         "line 1: its header can't be read: a quote is opened and not closed"),
        ('"order_id"x,quantity,amount',
         "line 1: its header can't be read: text follows a closing quote"),
        ("order_id,quantity,amount," + "x" * (1 << 20),
         "line 1: its header can't be read: it is longer than 1,048,576 characters"),
        ("order_id;quantity;amount",
         "line 1: its header lacks the required order_id, quantity, amount; 0 of its 1 columns "
         "are in the contract"),
    ],
    ids=["unclosed", "text after quote", "long", "delimiter"],
)  # fmt: skip
def test_a_header_that_can_t_be_read_rejects_the_file(shop: Shop, header: str, reason: str) -> None:
    shop.land(FILE, f"{header}\na,1,1\n")
    shop.extract()
    assert shop.fates() == [(FILE, "rejected", reason)]
    assert [row[4] for row in shop.quarantine()] == ["a,1,1"]


def test_files_with_different_headers_come_in_one_night(shop: Shop) -> None:
    headers = ["order_id,quantity,amount", "amount,order_id,quantity", "order_id,amount,quantity,x"]
    for day in range(1, 10):
        header = headers[day % 3]
        values = {"order_id": f"o{day}", "quantity": str(day), "amount": f"{day}.50", "x": "more"}
        row = ",".join(values[name] for name in header.split(","))
        shop.land(f"orders_2017-01-{day:02}.csv", f"{header}\n{row}\n")
    shop.extract()
    assert shop.rows(columns="order_id, quantity, amount::varchar, _extra") == [
        (f"o{day}", day, f"{day}.50", '{"x":"more"}' if day % 3 == 2 else None)
        for day in range(1, 10)
    ]
    assert [load.status for load in shop.loads()] == ["loaded"] * 9
