"""Drafts from CSV files of every kind: how they are written, what the columns are."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from dangol.drafting.samples import SampleError
from dangol.extract.number_texts import plain_number
from dangol.extract.values import notation_of

ORDERS = """Order No,Line,SKU,Qty,Unit price,Member No,Ordered at
A-1,1,p1,2,1500.5,m1,2026-11-29 23:30
A-1,2,p2,1,9000,m1,2026-11-29 23:30
A-2,1,p1,1,1500.5,,2026-11-29 10:00
"""
ERP = """판매 내역서
조회일: 2026-03-02
주문번호;상품코드;수량;단가;주문일자;고객명;휴대폰;비고
가-001;P1;2;1.500,50;2026-03-02;김민수;010-0000-0001;문 앞
가-001;P2;1;20,00;2026-03-02;김민수;010-0000-0001;
가-002;P1;3;1.500,50;2026-03-02;박서준;010-0000-0002;경비실
합계;;6;;;;;
"""


def test_a_contract_and_a_staging_model_say_what_the_file_shows(draft_of):
    draft = draft_of({"orders_2026-11-29.csv": ORDERS})
    assert sorted(draft.texts) == [
        "_shop__orders.yml",
        "orders.contract.yml",
        "orders.notes.md",
        "stg_shop__order_lines.sql",
    ]
    [stream] = draft.contract.streams
    assert (stream.name, stream.delivery, stream.received_in) == (
        "orders", "partition", ("order_lines",),
    )  # fmt: skip
    assert [each.name for each in stream.columns if each.is_key] == ["order_no", "line"]
    assert draft.types() == {
        "order_no": "VARCHAR", "line": "BIGINT", "sku": "VARCHAR", "qty": "BIGINT",
        "unit_price": "DECIMAL(18,4)", "member_no": "VARCHAR", "ordered_at": "TIMESTAMP",
    }  # fmt: skip
    assert draft.properties() == {
        "filePattern": r"orders_{date}\.csv(\.gz)?",
        "timestampFormat": "%Y-%m-%d %H:%M",
        "timeZone": "Asia/Seoul",
        "delivery": "partition",
        "receivedIn": ["order_lines"],
        "controlTotal": "qty * unit_price",
        "eventTime": "ordered_at",
    }
    assert draft.contract.is_active is False
    assert draft.contract.streams[0].columns[5].classification == "pseudonymous"


def test_a_korean_export_in_cp949_with_semicolons_and_decimal_commas(draft_of):
    draft = draft_of({"판매_20260302.csv": ERP.encode("cp949")})
    assert draft.properties() | {"filePattern": ""} == {
        "filePattern": "",
        "encoding": "cp949",
        "delimiter": ";",
        "skipLines": 2,
        "totalsRow": "합계",
        "decimalMark": ",",
        "thousandsMark": ".",
        "delivery": "partition",
        "receivedIn": ["order_lines"],
        "controlTotal": "quantity * unit_price",
        "eventTime": "order_date",
    }
    assert list(draft.types().items()) == [
        ("order_number", "VARCHAR"),
        ("product_code", "VARCHAR"),
        ("quantity", "BIGINT"),
        ("unit_price", "DECIMAL(18,4)"),
        ("order_date", "DATE"),
        ("customer_name", "VARCHAR"),
        ("mobile", "VARCHAR"),
        ("note", "VARCHAR"),
    ]
    personal = {name for name, kind in draft.classes().items() if kind != "public"}
    assert personal == {"고객명", "휴대폰", "비고"}
    assert "Order" not in draft.notes


def test_repeated_pairs_and_refunds_are_seen(draft_of):
    rows = ["Invoice No,StockCode,Quantity,Price,Invoice Date"]
    for number in range(40):
        rows += [f"{1000 + number},S1,2,2.55,2026-01-05 10:00"] * 2
    rows += [f"C{1000 + number},S1,-1,2.55,2026-01-05 11:00" for number in range(5)]
    draft = draft_of({"invoices_2026-01-05.csv": "\n".join([*rows, ""])})
    assert draft.properties()["rowIdentity"] == "place"
    assert draft.properties()["receivedIn"] == ["order_lines", "refunds"]
    assert "- Invoice No + StockCode repeats on 40 pairs" in draft.notes
    assert "- no key was found: the draft declares rows by place" in draft.notes
    assert "- Quantity is negative in 5 rows: refunds or corrections?" in draft.notes
    assert "- rows that repeat an earlier row of their file exactly: 40" in draft.notes
    assert "where not coalesce(" in draft.texts["stg_shop__order_lines.sql"]
    assert "-received.row_amount as refund_amount" in draft.texts["stg_shop__refunds.sql"]


def test_a_second_header_row_describes_the_first(draft_of):
    text = "Order No,SKU,Qty,Price,Date\nthe order,the item,units,in euros,of sale\n"
    text += "".join(f"A-{n},p{n % 3},1,2.5,2026-01-05\n" for n in range(9))
    draft = draft_of({"orders_2026-01-05.csv": text})
    assert draft.properties()["headerRows"] == 2
    assert draft.types()["qty"] == "BIGINT"


def test_names_below_a_row_of_groups_are_the_header(draft_of):
    text = "order,,item,,\nOrder No,Date,SKU,Qty,Price\n"
    text += "".join(f"A-{n},2026-01-05,p{n % 3},1,2.5\n" for n in range(9))
    draft = draft_of({"orders_2026-01-05.csv": text})
    assert draft.properties()["skipLines"] == 1
    assert draft.types()["qty"] == "BIGINT"


def test_day_and_month_that_could_be_swapped_are_asked_for(draft_of):
    text = "Order No,SKU,Qty,Price,Date\nA,p,1,2.5,03/04/2026\nB,p,1,2.5,05/06/2026\n"
    draft = draft_of({"orders_2026-01-05.csv": text})
    assert draft.properties()["dateFormat"] == "%d/%m/%Y"
    assert "**Whether Date begins with the day or with the month.**" in draft.notes
    certain = text.replace("05/06", "05/16")
    draft = draft_of({"orders_2026-01-05.csv": certain}, overwrite=True)
    assert draft.properties()["dateFormat"] == "%m/%d/%Y"
    assert "begins with the day" not in draft.notes


def test_the_day_in_a_file_s_name_tells_day_from_month(draft_of):
    rows = "A-1,Tea,1,2.5,05/12/2025 10:00\nA-2,Tea,1,2.5,05/12/2025 11:00\n"
    draft = draft_of({"sales_2025-12-05.csv": f"Order No,Item,Qty,Price,Ordered at\n{rows}"})
    assert draft.properties()["timestampFormat"] == "%d/%m/%Y %H:%M"
    assert "begins with the day or with the month" not in draft.notes
    other = draft_of(
        {"sales_2025-05-12.csv": f"Order No,Item,Qty,Price,Ordered at\n{rows}"}, overwrite=True
    )
    assert other.properties()["timestampFormat"] == "%m/%d/%Y %H:%M"


def test_a_file_of_windows_1252_may_have_a_space_that_does_not_break(draft_of):
    head = "Order No,Item,Qty,Price,Ordered at\n"
    draft = draft_of(
        {
            "sales_2026-11-28.csv": f"{head}A-1,Tea,1,2.5,2026-11-28 10:00\n",
            "sales_2026-11-29.csv": f"{head}A-2,Tea\u00a0,1,2.5,2026-11-29 10:00\n".encode(
                "cp1252"
            ),
        }
    )
    assert draft.properties()["encoding"] == "cp1252"


def test_a_name_that_ends_with_the_day_after_is_asked_about(draft_of):
    def files(day_of_rows):
        return {
            f"items-2026-03-0{day}-2026-03-0{day + 1}.csv": "Order No,Item,Qty,Price,Date\n"
            f"A-{day},Tea,1,2.5,2026-03-0{day + day_of_rows}\n"
            for day in range(1, 5)
        }

    title = "**Whether a file is for the last day of its name.**"
    assert title in draft_of(files(0)).notes
    assert title not in draft_of(files(1), overwrite=True).notes


def test_a_mark_before_three_digits_is_asked_for(draft_of):
    text = "Order No;SKU;Qty;Price;Date\nA;p;1;1.500;2026-01-05\nB;p;1;12.000;2026-01-05\n"
    draft = draft_of({"orders_2026-01-05.csv": text})
    assert "**Whether a mark before three digits groups thousands.**" in draft.notes
    assert draft.types()["price"] == "VARCHAR"
    assert "'no amount'" in draft.texts["stg_shop__order_lines.sql"]
    of_won = draft_of({"orders_2026-01-05.csv": text.replace(".", ",")}, overwrite=True)
    assert "groups thousands" not in of_won.notes  # a won has no decimals
    assert of_won.properties()["thousandsMark"] == ","


@pytest.mark.parametrize(
    ("prices", "written", "last"),
    [
        (["$1,234.50"], {"thousandsMark": ",", "currencyMarks": ["$"]}, "1234.50"),
        (["8 €"], {"currencyMarks": ["€"]}, "8"),
        (["8,21 €"], {"decimalMark": ",", "currencyMarks": ["€"]}, "8.21"),
        (["€ 1.234,50"], {"decimalMark": ",", "thousandsMark": ".", "currencyMarks": ["€"]},
         "1234.50"),
        (["1,500원"], {"thousandsMark": ",", "currencyMarks": ["원"]}, "1500"),
        (["7.50"] * 5 + ["free", "(5.00)"], {"negative": ["brackets"]}, "-5.00"),
        (["₩7,000", "△₩5,000"],
         {"thousandsMark": ",", "currencyMarks": ["₩"], "negative": ["triangle"]}, "-5000"),
        (["7.50", "5.00-"], {"negative": ["trailing"]}, "-5.00"),
        (["7.50", "\u22125.00"], {"negative": ["minus"]}, "-5.00"),
    ],
)  # fmt: skip
def test_how_amounts_are_written_is_declared(draft_of, prices, written, last):
    rows = "".join(f"A-{n};p;1;{(prices * 9)[n]};2026-01-05\n" for n in range(9))
    rows += f"B;p;1;{prices[-1]};2026-01-05\n"
    draft = draft_of({"orders_2026-01-05.csv": f"Order No;SKU;Qty;Price;Date\n{rows}"})
    assert draft.types()["price"] == "DECIMAL(18,4)"
    names = ("decimalMark", "thousandsMark", "currencyMarks", "negative")
    assert {
        name: draft.properties()[name] for name in names if name in draft.properties()
    } == written
    assert draft.properties()["controlTotal"] == "qty * price"
    notation = notation_of(draft.contract.streams[0].format)
    query = f"select {plain_number(notation, 'v')} from (select ? as v)"
    assert duckdb.execute(query, [prices[-1]]).fetchall() == [(last,)]


def test_amounts_in_two_currencies_stay_text_and_are_asked_about(draft_of):
    rows = "".join(f"A-{n};p;1;{'€$'[n % 2]}{n}.50;2026-01-05\n" for n in range(9))
    draft = draft_of({"orders_2026-01-05.csv": f"Order No;SKU;Qty;Price;Date\n{rows}"})
    assert draft.types()["price"] == "VARCHAR"
    assert "**Which currency each amount is in.**" in draft.notes
    assert "currencyMarks" not in draft.properties()


def test_words_for_no_value_and_padding_are_seen(draft_of):
    text = "Order No,SKU,Qty,Price,Date,,\nA,p,1,2.5,2026-01-05,,\nB,p,N/A,-,2026-01-05,,\n"
    text += "Order No,SKU,Qty,Price,Date,,\nC,p,3,2.5,2026-01-05,,\n"
    draft = draft_of({"orders_2026-01-05.csv": text})
    assert draft.properties()["nullWords"] == ["N/A", "-"]
    assert draft.types()["qty"] == "BIGINT"
    assert "- no rows, but skipped: 1 line (" in draft.notes


def test_shops_in_the_names_are_parts_and_closed_days_are_seen(draft_of):
    files = {}
    for day in range(1, 29):
        if day % 7 == 0:  # Saturdays of February 2026
            continue
        for shop in ("north", "south"):
            files[f"sales_{shop}_2026-02-{day:02d}.csv"] = (
                f"Receipt No,SKU,Qty,Price,Date\n{shop}{day},p,1,2.5,2026-02-{day:02d}\n"
            )
    draft = draft_of(files)
    assert draft.properties()["filePattern"] == r"sales_{part}_{date}\.csv(\.gz)?"
    assert draft.properties()["closedWeekdays"] == ["saturday"]
    assert draft.contract.streams[0].expected_every_days == 1
    assert "loads.part as store_id" in draft.texts["stg_shop__order_lines.sql"]


def test_the_last_line_may_lack_its_newline(draft_of):
    assert (
        draft_of({"orders_2026-11-29.csv": ORDERS.rstrip()}).properties()["finalNewline"] is False
    )


def test_keys_that_come_again_are_counted(draft_of):
    changed = ORDERS.replace("9000", "8000").replace("A-2", "A-3")
    draft = draft_of({"orders_2026-11-29.csv": ORDERS, "orders_2026-11-30.csv": changed})
    assert "- values of it that come again in other files: 2, 1 with other content" in draft.notes
    assert "But 1 of 2 keys that come again have other content" in draft.notes


def test_orders_that_come_again_are_counted_without_a_key(draft_of):
    lines = "Order No,SKU,Qty,Unit price,Ordered at\n"
    day = "".join(f"A-{n},p1,1,100,2026-11-29 10:00\n" * 2 for n in range(150))
    files = {"orders_2026-11-29.csv": lines + day, "orders_2026-11-30.csv": lines + day + day}
    notes = draft_of(files).notes
    assert "counts twice. But 150 values of Order No are in several files" in notes


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders_2026-01-05.csv", b"", r"is empty \(0 bytes\): a sample needs a header"),
        ("orders_2026-01-05.csv", b"Order No,SKU,Qty\n", "has a header and no rows"),
        ("orders_2026-01-05.csv", b"\n \n", "contains only blank lines"),
        ("orders_2026-01-05.csv", b"\x00\x8f\x01\x02" * 99, "neither text nor Parquet, Avro, XLSX"),
        ("orders_2026-01-05.csv", b"A-1,2.50,2026-01-05\nA-2,3,2026-01-05\n", "has no header: the"),
        ("orders_2026-01-05.json", b'{"orders": [{"a": 1}', "is it complete"),
        ("orders_2026-01-05.json", b'{"page": 1,\n "next": 2}\n', "has no list of objects"),
        ("orders_2026-01-05.parquet", b"PAR1xxxxxxxxxxxxPAR1", "damaged or encrypted"),
        ("orders_2026-01-05.xlsx", b"PK\x03\x04 no workbook", "can't be opened as an XLSX"),
        ("access_2026-01-05.log", b"1.2.3.4 - -\n", "is a log, whose lines only a pattern splits"),
        ("a_2026-01-05.csv", b"x,y\n1,2\n", "the columns do not say what a row is"),
    ],
)  # fmt: skip
def test_what_can_t_be_drafted_is_said(
    draft_of: Callable[..., object], name: str, content: bytes, message: str
) -> None:
    with pytest.raises(SampleError, match=message):
        draft_of({name: content})


def test_headers_that_differ_are_told(draft_of):
    other = ORDERS.replace("Unit price", "Price").replace("2026-11-29", "2026-11-30")
    with pytest.raises(SampleError) as caught:
        draft_of({"orders_2026-11-29.csv": ORDERS, "orders_2026-11-30.csv": other})
    assert str(caught.value).startswith(
        "the headers differ: orders_2026-11-29.csv and orders_2026-11-30.csv. Only the first has"
        " Unit price. Only the second has Price."
    )


def test_nothing_is_overwritten_unasked(draft_of):
    draft = draft_of({"orders_2026-11-29.csv": ORDERS})
    model = draft.folder / "stg_shop__order_lines.sql"
    model.write_text("-- mine\n")
    for overwrite in (False, True):
        with pytest.raises(SampleError, match="belongs to another stream") as caught:
            draft_of({"orders_2026-11-29.csv": ORDERS}, overwrite=overwrite)
        assert "--overwrite" not in str(caught.value)
    assert model.read_text() == "-- mine\n"
    model.unlink()
    draft_of({"orders_2026-11-29.csv": ORDERS}, overwrite=True)
    assert "Drafted from samples" in model.read_text()


def test_another_stream_joins_the_system(draft_of):
    draft_of({"orders_2026-11-29.csv": ORDERS})
    members = "Member No,E-mail,Joined\nm1,a@example.com,2026-01-05\nm2,b@example.com,2026-01-06\n"
    draft = draft_of({"members_2026-11-29.csv": members}, entity="contact_records")
    assert [stream.name for stream in draft.contract.streams] == ["members", "orders"]
    assert draft.contract.streams[0].describes == ("contact_records",)
    assert draft.contract.streams[0].delivery == "delta_snapshot"


@pytest.mark.parametrize(
    ("header", "values", "found"),
    [
        ("Deleted", ("N", "Y"), "deleted"),
        ("is_deleted", ("0", "1"), "is_deleted"),
        ("deletedAt", ("", "2026-01-05"), "deleted_at"),
        ("탈퇴일자", ("", "2026-01-05"), None),
        ("status", ("active", "left"), ""),
    ],
)
def test_a_deletion_mark_is_proposed_and_left_to_be_decided(draft_of, header, values, found):
    members = f"Member No,E-mail,{header}\nm1,a@example.com,{values[0]}\nm2,,{values[1]}\n"
    draft = draft_of({"members_2026-11-29.csv": members}, entity="contact_records")
    [stream] = draft.contract.streams
    mark = stream.deletion_mark
    assert (mark or "") == (stream.columns[2].name if found is None else found)
    assert ("deletionValues" in draft.texts["members.notes.md"]) == bool(mark)


def test_names_and_entities_are_checked(draft_of):
    with pytest.raises(SampleError, match="the system 'My Shop' must be lower-case letters"):
        draft_of({"orders_2026-11-29.csv": ORDERS}, system="My Shop")
    with pytest.raises(SampleError, match="grocer_till is one of Dangol's own systems"):
        draft_of({"orders_2026-11-29.csv": ORDERS}, system="grocer_till")
    with pytest.raises(SampleError, match="there is no entity lines; there are "):
        draft_of({"orders_2026-11-29.csv": ORDERS}, entity="lines")


def test_an_entity_s_own_id_is_tried_first_for_a_key(draft_of):
    rows = "".join(f"R{n}|O{n}|{n}.50|2026-03-01T10:00:00Z|broken\n" for n in range(5))
    text = f"# till 4\nrefund_id|order_id|refund_amount|refunded_at|reason\n{rows}"
    draft = draft_of({"refunds_2026-03-01.csv": text})
    assert draft.properties()["comment"] == "#"
    assert [each.name for each in draft.contract.streams[0].columns if each.is_key] == ["refund_id"]
    assert "as refund_reason" in draft.texts["stg_shop__refunds.sql"]


def test_few_rows_do_not_make_an_order_its_key(draft_of):
    rows = "".join(f"{n},I1,1.00,2026-01-05\n" for n in range(20))
    draft = draft_of({"orders_2026-01-05.csv": f"OrderID,ItemCode,Amount,OrderDate\n{rows}"})
    assert [each.name for each in draft.contract.streams[0].columns if each.is_key] == [
        "order_id",
        "item_code",
    ]


def test_a_survey_has_its_questions_as_header(draft_of):
    text = "#,Why?,Delivery,email,order,Submit Date\n"
    text += "".join(f"r{n},because,Delivery,a{n}@example.com,o{n},2026-01-05\n" for n in range(9))
    draft = draft_of({"answers_2026-01-05.csv": text}, entity="campaign_responses")
    assert "comment" not in draft.properties()
    assert draft.classes()["email"] == "personal"


def test_an_order_that_says_what_was_paid_back_is_an_order(draft_of):
    draft = draft_of({
        "orders_2026-11-29.csv": ORDERS.replace("Member No", "Refunded Amount").replace("m1", "1")
    })  # fmt: skip
    assert draft.properties()["receivedIn"] == ["order_lines"]


def test_a_day_and_a_time_in_two_columns_are_one_moment_of_the_company_s_zone(draft_of):
    draft = draft_of(
        {
            "sales_2026-11-29.csv": "Date,Time,Receipt,SKU,Qty,Amount\n"
            "2026-11-29,21:25:52,r1,p1,1,3000\n2026-11-29,21:30:00,r2,p2,1,4000\n"
        }
    )
    model = draft.texts["stg_shop__order_lines.sql"]
    day = "cast(received.date as timestamp)"
    clock = "try_cast(cast(received.date as string) || ' ' || received.time as timestamp)"
    zone = "'current_run.timezone'"
    assert f'{{{{ utc_time("coalesce({clock}, {day})", {zone}) }}}} as ordered_at,' in model
    assert "received.date as order_date," in model


@pytest.mark.parametrize("mark", ["Sum", "Total: all", '"Total: all"', "합계:"])
def test_a_row_of_totals_is_its_whole_first_field(draft_of, mark):
    rows = "Customer,Order No,SKU,Qty,Price,Date\nSummer,A,p,1,2.5,2026-01-05\n"
    rows += f"Totally,B,p,1,2.5,2026-01-05\nSum Inc,C,p,1,2.5,2026-01-05\n{mark},,,3,,\n"
    draft = draft_of({"orders_2026-01-05.csv": rows})
    assert draft.plan.profile.rows == 3
    assert draft.plan.profile.loads[0].totals_skipped == 1


def test_rows_that_begin_with_the_mark_of_comments_are_rows(draft_of):
    rows = "".join(f"#100{n},p,1,2.5,2026-01-05\n" for n in range(3))
    draft = draft_of({"orders_2026-01-05.csv": f"# exported\nName,SKU,Qty,Price,Date\n{rows}"},
                     entity="order_lines")  # fmt: skip
    assert "comment" not in draft.properties()
    assert draft.properties()["skipLines"] == 1
    assert draft.plan.profile.rows == 3


def test_a_first_row_without_numbers_is_no_header(draft_of):
    text = "Order No,SKU,Qty,Price,Date\nA-0,p,N/A,-,NULL\n"
    text += "".join(f"A-{n},p{n % 3},1,2.5,2026-01-05\n" for n in range(1, 9))
    assert "headerRows" not in draft_of({"orders_2026-01-05.csv": text}).properties()


@pytest.mark.parametrize("zone", [" UTC", "Z", "+01:00"])
def test_local_times_beside_such_with_a_zone_are_told_apart(draft_of, zone):
    row = f"A,p,1,2.5,2026-01-05 10:00:00,2026-01-05 10:00:00{zone}\n"
    draft = draft_of({"orders_2026-01-05.csv": f"Order No,SKU,Qty,Price,Ordered at,Made at\n{row}"})
    [stream] = draft.contract.streams
    assert stream.format.time_zone == "Asia/Seoul"
    assert stream.columns[-1].time_format == {
        " UTC": "%Y-%m-%d %H:%M:%S %Z"
    }.get(zone, "%Y-%m-%d %H:%M:%S%z")  # fmt: skip


def test_samples_whose_letters_were_lost_are_told(draft_of):
    with pytest.raises(SampleError, match=r"no row that can be read: of 1 rows, .*U\+FFFD"):
        draft_of(
            {"orders_2026-01-05.csv": "Order No,SKU,Qty,Price,Date\nA\ufffd,p,1,2,2026-01-05\n"}
        )


def test_a_discount_that_the_amounts_show_is_used(draft_of):
    head = "Order No,SKU,Qty,Price,Rabatt,Net amount,Date\n"
    rows = "".join(f"A-{n},p,2,5.00,{n}.00,{10 - n}.00,2026-01-05\n" for n in range(9))
    staging = draft_of({"orders_2026-01-05.csv": head + rows}).texts["stg_shop__order_lines.sql"]
    assert "abs(coalesce(received.rabatt, 0)) as discount_amount" in staging
    assert "received.net_amount + abs(coalesce(received.rabatt, 0)) as gross_amount" in staging
    other = head + rows.replace("2,5.00", "2,7.00")
    draft = draft_of({"orders_2026-01-05.csv": other}, overwrite=True)
    assert (
        "cast(0 as decimal(18, 4)) as discount_amount" in draft.texts["stg_shop__order_lines.sql"]
    )
    assert "**Whether Rabatt was taken off the amounts.** The draft assumes: it is not used" in (
        draft.notes
    )


def test_a_column_that_is_sometimes_empty_is_no_part_of_a_key(draft_of):
    rows = "".join(
        f"B-{n // 2},{n % 2 + 1},{n if n else ''},p,1,2.5,2026-01-05\n" for n in range(300)
    )
    draft = draft_of({
        "orders_2026-01-05.csv": f"Bestellnummer,Pos,Scan Nr,SKU,Qty,Price,Date\n{rows}"
    })  # fmt: skip
    keys = [each.physical_name for each in draft.contract.streams[0].columns if each.is_key]
    assert keys == ["Bestellnummer", "Pos"]
