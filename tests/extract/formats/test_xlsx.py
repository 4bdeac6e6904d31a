"""XLSX workbooks: one sheet, its cells as the spreadsheet shows them."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.cell import WriteOnlyCell

from dangol.extract.formats import xlsx as module

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"orders_{date}\.xlsx"
FILE = "orders_2017-01-05.xlsx"
ID = {"name": "id", "required": True}


def workbook(*rows: Any, formats: dict[str, str] | None = None, **sheets: Any) -> bytes:
    """Write a workbook: its first sheet, and others by name."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cell, shown in (formats or {}).items():
        sheet[cell].number_format = shown
    for name, others in sheets.items():
        added = book.create_sheet(name)
        for row in others:
            added.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed(raw: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """Rewrite a part of a workbook."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(target, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == part:
                content = change(content.decode()).encode()
            new.writestr(info.filename, content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_sheet_is_read_by_its_header(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        {"name": "id", "physicalName": "주문번호", "required": True},
        {"name": "count", "type": "BIGINT"}, {"name": "amount", "type": "DECIMAL(18,2)"},
        {"name": "is_gift", "type": "BOOLEAN"}, {"name": "day", "type": "DATE"},
        {"name": "at", "type": "TIMESTAMP"}, {"name": "phone"},
        filePattern=PATTERN, timeZone="Asia/Seoul",
    )  # fmt: skip
    load = feed.load(FILE, workbook(
        ["phone", "주문번호", "COUNT", "amount", "is_gift", "day", "at", "note"],
        ["01012345678", "0012", 3, 9.99, True, date(2017, 1, 5), datetime(2017, 1, 5, 10, 11, 12),
         "김민지"],
        [1012345678, 13, "4", "1.50", False, "2017-01-06", None, None],
        [],
        [None, None, 5, 1],
        ["x", "c", "many", 1, None, None, None, 1.5],
    ))  # fmt: skip
    assert feed.values('id, count, amount, is_gift, "day", "at", phone, _extra, _row') == [
        ("0012", 3, Decimal("9.99"), True, date(2017, 1, 5), datetime(2017, 1, 5, 1, 11, 12),
         "01012345678", '{"note":"김민지"}', 1),
        ("13", 4, Decimal("1.50"), False, date(2017, 1, 6), None, "1012345678", '{"note":null}', 2),
    ]  # fmt: skip
    assert feed.faults() == [
        (5, "id", "id is required and empty",
         '{"phone":null,"주문번호":null,"COUNT":5,"amount":1}'),
        (6, "count", "count does not fit its type BIGINT",
         '{"phone":"x","주문번호":"c","COUNT":"many","amount":1,"is_gift":null,"day":null,'
         '"at":null,"note":1.5}'),
    ]  # fmt: skip
    assert (load.status, load.rows_read, load.encoding) == ("loaded", 4, "")


@pytest.mark.parametrize(
    ("value", "shown", "type_", "loaded"),
    [
        (0.1 + 0.2, "General", "DECIMAL(18,4)", Decimal("0.3000")),
        (9.99, "0.00", "VARCHAR", "9.99"),
        (1234567890123456.0, "General", "VARCHAR", "1234567890123456"),
        (1e20, "General", "VARCHAR", "100000000000000000000"),
        (5.0, "General", "VARCHAR", "5"),
        (-0.5, "General", "DOUBLE", -0.5),
        (0.0000001, "General", "VARCHAR", "0.0000001"),
        ("007", "@", "VARCHAR", "007"),
        ("007", "@", "BIGINT", 7),
        (" x ", "General", "VARCHAR", " x "),
        ("1,234.50", "General", "VARCHAR", "1,234.50"),
        (42740, "yyyy-mm-dd", "DATE", date(2017, 1, 5)),
        (42740, 'yyyy"년" m"월" d"일"', "DATE", date(2017, 1, 5)),
        (42740.5, "yyyy-mm-dd hh:mm", "TIMESTAMP", datetime(2017, 1, 5, 12)),
        (42740.424444444445, "m/d/yy h:mm", "TIMESTAMP", datetime(2017, 1, 5, 10, 11, 12)),
        (42740, "yyyy-mm-dd", "VARCHAR", "2017-01-05"),
        (42740.5, "yyyy-mm-dd hh:mm", "VARCHAR", "2017-01-05T12:00:00"),
        (0.5, "hh:mm:ss", "VARCHAR", "12:00:00"),
        (1.5, "[h]:mm:ss", "VARCHAR", "36:00:00"),
        (42740, "General", "VARCHAR", "42740"),
        (True, "General", "VARCHAR", "true"),
        (1, "General", "BOOLEAN", True),
        (timedelta(hours=25, seconds=1), "[h]:mm:ss", "VARCHAR", "25:00:01"),
        (time(7, 30), "h:mm", "VARCHAR", "07:30:00"),
        ("#N/A", "General", "VARCHAR", "#N/A"),
        ("two\nlines", "General", "VARCHAR", "two\nlines"),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_it_is_shown(
    make_feed: Callable[..., Feed], value: object, shown: str, type_: str, loaded: object
) -> None:
    feed = make_feed(ID, {"name": "x", "type": type_}, filePattern=PATTERN)
    feed.load(FILE, workbook(["id", "x"], ["a", value], formats={"B2": shown}))
    assert (feed.values("x"), feed.faults()) == ([(loaded,)], [])


@pytest.mark.parametrize(
    ("value", "shown", "type_", "reason"),
    [
        ("#N/A", "General", "DECIMAL(18,2)", "x does not fit its type DECIMAL(18,2)"),
        ("#DIV/0!", "General", "DATE", "x does not fit its type DATE"),
        (1.005, "General", "DECIMAL(18,2)", "x has more digits than its type DECIMAL(18,2) keeps"),
        (1.5, "General", "BIGINT", "x has more digits than its type BIGINT keeps"),
        (42740.5, "yyyy-mm-dd", "DATE", "x does not fit its type DATE"),
        (42740, "General", "DATE", "x does not fit its type DATE"),
        (3e6, "yyyy-mm-dd", "DATE", "x does not fit its type DATE"),
        (0.5, "hh:mm", "TIMESTAMP", "x does not fit its type TIMESTAMP"),
        ("x", "General", "BOOLEAN", "x does not fit its type BOOLEAN"),
    ],
)
def test_a_cell_that_does_not_fit_costs_its_row(
    make_feed: Callable[..., Feed], value: object, shown: str, type_: str, reason: str
) -> None:
    feed = make_feed(ID, {"name": "x", "type": type_}, filePattern=PATTERN)
    feed.load(FILE, workbook(["id", "x"], ["a", value], ["b"], formats={"B2": shown}))
    assert [row[:3] for row in feed.faults()] == [(2, "x", reason)]
    assert feed.values("id, x") == [("b", None)]


def test_errors_may_be_declared_as_no_value(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "x", "type": "BIGINT"}, filePattern=PATTERN, nullWords=["#N/A"])
    feed.load(FILE, workbook(["id", "x"], ["a", "#N/A"]))
    assert feed.values("id, x") == [("a", None)]


def test_the_stored_value_of_a_formula_counts(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "x", "type": "BIGINT"}, {"name": "y"}, filePattern=PATTERN)
    raw = workbook(["id", "x", "y"], ["a", 1], ["b", 2], ["c", 3], ["d", 4])
    raw = changed(raw, SHEET, lambda xml: (
        xml.replace('<c r="B2" t="n"><v>1</v></c>', '<c r="B2"><f>2*4</f><v>8</v></c>'
                    '<c r="C2" t="str"><f>A2</f><v>text</v></c>')
        .replace('<c r="B3" t="n"><v>2</v></c>', '<c r="B3"><f>2*4</f></c>')
        .replace('<c r="B4" t="n"><v>3</v></c>', '<c r="B4" t="e"><f>1/0</f><v>#DIV/0!</v></c>')
        .replace('<c r="B5" t="n"><v>4</v></c>', '<c r="C5" t="str"><f>""</f><v></v></c>')
    ))  # fmt: skip
    feed.load(FILE, raw)
    assert feed.values("id, x, y") == [("a", 8, "text"), ("d", None, None)]
    assert [row[:3] for row in feed.faults()] == [
        (3, None, "the formula in column 2 has no stored value: open and save the workbook in a "
                  "spreadsheet program"),
        (4, "x", "x does not fit its type BIGINT"),
    ]  # fmt: skip


def test_the_sheet_is_the_contract_s_or_the_first(make_feed: Callable[..., Feed]) -> None:
    raw = workbook(["id"], ["first"], 매출=[["id"], ["second"]])
    feed = make_feed(ID, filePattern=PATTERN, sheet="매출")
    feed.load(FILE, raw)
    assert feed.values("id") == [("second",)]
    other = make_feed(ID, home="other", filePattern=PATTERN, sheet="none")
    load = other.load(FILE, raw)
    assert (load.status, load.reason) == ("rejected", "it has no sheet none")
    other = make_feed(ID, home="third", filePattern=PATTERN)
    other.load(FILE, raw)
    assert other.values("id") == [("first",)]


def test_a_preamble_further_header_rows_totals_and_padding(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, {"name": "x", "type": "BIGINT"}, filePattern=PATTERN, skipLines=2,
                     headerRows=2, totalsRow="합계", comment="※")  # fmt: skip
    load = feed.load(FILE, workbook(
        ["Sales report"], ["made", "by", "x"], [None], ["id", "x", None, None],
        ["number", "how many"], ["a", 1], ["※ a note"], ["id", "x"], [None, None], ["b", 2],
        ["합계", 3],
    ))  # fmt: skip
    assert feed.values("id, x, _extra, _row") == [("a", 1, None, 1), ("b", 2, None, 2)]
    assert (load.rows_read, load.rows_skipped) == (2, 8)


def test_merged_header_cells_leave_columns_without_a_name(make_feed: Callable[..., Feed]) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["id", "address", None, "n"],
        ["a", "Seoul", "Gangnam", 1],
        ["b", "Busan", None, 2],
    ):
        book.active.append(row)
    book.active.merge_cells("B1:C1")
    target = io.BytesIO()
    book.save(target)
    feed = make_feed(ID, {"name": "address"}, {"name": "n", "type": "BIGINT"}, filePattern=PATTERN)
    feed.load(FILE, target.getvalue())
    assert feed.values("id, address, n, _extra") == [
        ("a", "Seoul", 1, '{"column 3":"Gangnam"}'),
        ("b", "Busan", 2, None),
    ]


def test_values_beside_the_table_cost_their_rows(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    feed.load(FILE, workbook(["id"], ["a"], ["b", None, None, "a note"]))
    assert feed.values("id") == [("a",)]
    assert feed.faults() == [
        (3, None, "it has too many fields: 4 instead of 1",
         '{"id":"b","column 2":null,"column 3":null,"column 4":"a note"}'),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["x", "y"], "row 1: its header lacks the required id; 0 of its 2 columns are in the "
                     "contract"),
        (["id", "ID"], "row 1: its header repeats the name of columns 1, 2 (id)"),
        ([*(f"x{n}" for n in range(2000)), "id"],
         "row 1: its header can't be read: it has more than 2,000 columns"),
    ],
)  # fmt: skip
def test_a_header_that_does_not_fit_rejects_the_file(
    make_feed: Callable[..., Feed], header: list[str], reason: str
) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, workbook(header, ["a", 1]))
    assert (load.status, load.reason, load.rows_quarantined) == ("rejected", reason, 1)


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"\xd0\xcf\x11\xe0" + b"x" * 600, "rejected",
         "it is an .xls workbook, or one with a password: save it as .xlsx without one"),
        (b"id,x\na,1\n", "rejected", "it is not an XLSX workbook"),
        (workbook(["id"], ["a"])[:-20], "waiting", "its workbook has no end: it is truncated"),
        (b"", "waiting", "it is empty (0 bytes)"),
        (workbook(), "rejected", "its sheet has no cells with a value, not even a header"),
        (workbook(["id"]), "rejected",
         "it has a header and no rows, which its contract does not allow"),
        (changed(workbook(["id"], ["a"]), SHEET, lambda xml: xml[: xml.index("</sheetData")]),
         "rejected",
         "its workbook is damaged (ParseError): open and save it in a spreadsheet program, or ask "
         "for it again"),
        (changed(workbook(["id"], ["a"]), "xl/workbook.xml", lambda xml: xml[:-30]), "rejected",
         "its workbook is damaged (ParseError): open and save it in a spreadsheet program, or ask "
         "for it again"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_workbook(
    make_feed: Callable[..., Feed], raw: bytes, status: str, reason: str
) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, raw)
    assert (load.status, load.reason, load.rows_read) == (status, reason, 0)


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "prolog",
    [
        LAUGHS,
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        f"<!--{'x' * 70_000}-->{LAUGHS}",
        '<?xml version="1.0" encoding="cp037"?>',
    ],
    ids=["laughs", "external", "after a comment", "another encoding"],
)
@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_xml_that_defines_entities_is_refused(
    make_feed: Callable[..., Feed], prolog: str, part: str
) -> None:
    raw = changed(
        workbook(["id"], ["a"]), part, lambda xml: prolog + re.sub(r"^<\?.*?\?>", "", xml)
    )
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, raw)
    assert (load.status, load.reason) == (
        "rejected", "its workbook has a part that no spreadsheet program writes",
    )  # fmt: skip


def test_a_workbook_beyond_the_limits_is_refused(
    make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = workbook(["id"], *[["x" * 30_000] for _ in range(1000)])
    small = make_feed(ID, filePattern=PATTERN, maxBytes=len(raw) + 1000)
    reason = small.load(FILE, raw).reason
    assert re.fullmatch(r"it is larger than the [\d,]+ bytes that its contract allows .*", reason)
    bomb = make_feed(ID, home="bomb", filePattern=PATTERN)
    reason = bomb.load(FILE, raw).reason
    assert re.fullmatch(
        r"its [\d,]+ bytes expand to [\d,]+: no export is compressed more than 100 times", reason
    )
    monkeypatch.setattr(module, "_LARGEST_STRINGS", 100)
    texts = make_feed(ID, home="texts", filePattern=PATTERN)
    book = changed(workbook(["id"], ["a"]), SHEET, str)
    assert texts.load(FILE, book).status in {"loaded", "rejected"}


def test_texts_that_several_cells_share(make_feed: Callable[..., Feed]) -> None:
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><t>id</t></si><si><r><t>김</t></r><r><t>민지</t></r></si>"
        '<si><t xml:space="preserve"> x </t><rPh sb="0" eb="1"><t>sound</t></rPh></si></sst>'
    )
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="3"><c r="A3" t="s"><v>1</v></c></row>'
        '<row><c t="s"><v>2</v></c></row><row r="9"><c r="A9" t="s"><v>77</v></c></row>'
        '<row r="10"><c r="A10"><v>1_0</v></c></row><row r="11"><c r="A11"><v>NaN</v></c></row>'
        "</sheetData></worksheet>"
    )
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    raw = changed(workbook(["id"], ["a"]), SHEET, lambda xml: sheet)
    raw = changed(raw, "[Content_Types].xml", lambda xml: (
        xml if "sharedStrings" in xml else xml.replace(
            "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kinds}'
                        '.sharedStrings+xml"/></Types>')
    ))  # fmt: skip
    book = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(book, "w") as archive:
        for info in old.infolist():
            if info.filename != "xl/sharedStrings.xml":
                archive.writestr(info.filename, old.read(info))
        archive.writestr("xl/sharedStrings.xml", strings)
    feed = make_feed(ID, filePattern=PATTERN)
    load = feed.load(FILE, book.getvalue())
    assert load.status == "loaded", load.reason
    assert feed.values("id, _row") == [("김민지", 1), (" x ", 2), ("#REF!", 3), ("1_0", 4),
                                       ("NaN", 5)]  # fmt: skip


def test_no_flipped_bit_stops_the_night(make_feed: Callable[..., Feed]) -> None:
    draws = random.Random(5)  # noqa: S311 - the same each time
    raw = workbook(["id", "n"], *[[f"e{nth}", nth] for nth in range(50)])
    feed = make_feed(ID, {"name": "n", "type": "BIGINT"}, filePattern=r"orders_{date}_{part}\.xlsx")
    for number in range(60):
        damaged = bytearray(raw)
        damaged[draws.randrange(len(raw))] ^= 1 << draws.randrange(8)
        feed.land(f"orders_2017-01-05_{number}.xlsx", bytes(damaged))
    feed.extract()  # which checks the balance
    statuses = {load.status for load in feed.loads("rows")}
    assert {"loaded", "rejected"} <= statuses <= {"loaded", "rejected", "refused", "waiting"}


def test_many_rows_take_little_memory_and_keep_their_order(make_feed: Callable[..., Feed]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["id", "n"])
    for number in range(30_000):
        sheet.append([WriteOnlyCell(sheet, f"e{number}"), number])
    target = io.BytesIO()
    book.save(target)
    feed = make_feed(ID, {"name": "n", "type": "BIGINT"}, filePattern=PATTERN)
    feed.load(FILE, target.getvalue())
    assert feed.values("n, _row") == [(number, number + 1) for number in range(30_000)]


def test_corrected_rows_are_a_supplement_in_json_lines(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        ID, {"name": "n", "type": "BIGINT"}, {"name": "amount", "type": "DECIMAL(18,2)"},
        {"name": "day", "type": "DATE"}, {"name": "at", "type": "TIMESTAMP"},
        filePattern=PATTERN, decimalMark=",", timeZone="Asia/Seoul",
    )  # fmt: skip
    feed.load(FILE, workbook(
        ["id", "n", "amount", "day", "at", "note"],
        ["0012", "x", 1234.5, date(2017, 1, 5), datetime(2017, 1, 5, 10), "keep"],
        ["b", "y", "2,50", "2017-01-06", None, None],
    ))  # fmt: skip
    load = feed.resubmitted(lambda text: text.replace('"x"', "3").replace('"y"', "4"))
    assert (load.file, load.rows_quarantined) == ("orders_2017-01-05_s1.xlsx.jsonl", 0)
    assert feed.values('id, n, amount, "day", "at", _extra') == [
        ("0012", 3, Decimal("1234.50"), date(2017, 1, 5), datetime(2017, 1, 5, 1),
         '{"note":"keep"}'),
        ("b", 4, Decimal("2.50"), date(2017, 1, 6), None, None),
    ]  # fmt: skip


def test_sheets_with_rows_that_are_not_read_are_named(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(ID, filePattern=PATTERN)
    assert feed.load(FILE, workbook(["id"], ["a"], Sheet2=[])).reason == ""
    book = workbook(["id"], ["a"], Returns=[["id"], ["b"]], Empty=[], Busan=[["id"]])
    assert feed.load("orders_2017-01-06.xlsx", book).reason == (
        "only its first sheet was read, and not Returns (2 rows), Busan (1 row): name the sheet "
        "in the contract (sheet), and those that are streams of their own in theirs"
    )
    named = make_feed(ID, home="other", filePattern=PATTERN, sheet="Returns")
    assert named.load(FILE, book).reason == ""
