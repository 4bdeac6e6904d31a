"""CSV as systems really write it: what a contract may say of it, and what is in it all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dangol.extract import batch

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"rows_{date}\.csv"
FILE = "rows_2017-01-05.csv"
NAME = {"name": "name", "required": True}
COUNT = {"name": "count", "type": "BIGINT"}
AMOUNT = {"name": "amount", "type": "DECIMAL(18,2)"}


@pytest.fixture
def paths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The loads whose rows DuckDB read by itself, and those that it left to be read carefully."""
    taken: list[str] = []
    load_plain = batch.load_plain

    def watched(*given: Any) -> Any:
        left = load_plain(*given)
        taken.extend("careful" if piece in left else "plain" for piece in given[3])
        return left

    monkeypatch.setattr(batch, "load_plain", watched)
    return taken


def test_lines_before_the_header_and_totals_as_google_ads_writes_them(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(
        {"name": "day", "type": "DATE", "physicalName": "Day", "required": True},
        {"name": "campaign", "physicalName": "Campaign", "required": True},
        {"name": "cost", "type": "DECIMAL(18,2)", "physicalName": "Cost"},
        {"name": "impressions", "type": "BIGINT", "physicalName": "Impr."},
        filePattern=PATTERN, skipLines=2, totalsRow="Total:.*", nullWords=["--"], thousandsMark=",",
    )  # fmt: skip
    load = feed.load(
        FILE,
        "Campaign report\n"
        '"September 1, 2026 - September 3, 2026"\n'
        "Day,Campaign,Campaign ID,Cost,Impr.\n"
        '2026-09-01,Brand - Search,222,"1,020.50","10,500"\n'
        "2026-09-02,Brand - Search,222,15.44,--\n"
        '2026-09-03,Brand - Search,222,"1,02.50",7\n'
        'Total: Account,--,--,"1,035.94","11,774"\n',
    )
    assert feed.values('"day", campaign, cost, impressions, _extra, _row') == [
        (date(2026, 9, 1), "Brand - Search", Decimal("1020.50"), 10_500,
         '{"Campaign ID":"222"}', 1),
        (date(2026, 9, 2), "Brand - Search", Decimal("15.44"), None, '{"Campaign ID":"222"}', 2),
    ]  # fmt: skip
    assert feed.faults() == [
        (6, "cost", "cost does not fit its type DECIMAL(18,2)",
         '2026-09-03,Brand - Search,222,"1,02.50",7'),
    ]  # fmt: skip
    assert (load.rows_read, load.rows_loaded, load.rows_quarantined, load.rows_skipped) == (
        3, 2, 1, 3,
    )  # fmt: skip


def test_three_header_rows_as_qualtrics_writes_them(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        {"name": "response_id", "physicalName": "ResponseId", "required": True},
        {"name": "score", "type": "BIGINT", "physicalName": "Q1"},
        filePattern=PATTERN,
        headerRows=3,
    )
    load = feed.load(
        FILE,
        'ResponseId,Q1\n"Response ID","How likely\nare you?"\n'
        '"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"\nR_1,9\nR_2,x\n',
    )
    assert feed.values("response_id, score, _row") == [("R_1", 9, 1)]
    assert [row[0] for row in feed.faults()] == [6]
    assert load.rows_skipped == 2


@pytest.mark.parametrize(
    ("content", "custom"),
    [
        ("name;count\na;1\nb;2\n", {"delimiter": ";"}),
        ("name\tcount\na\t1\nb\t2\n", {"delimiter": "\t"}),
        ("x\ny\nname,count\na,1\nb,2\n", {"skipLines": 2}),
        ('it\'s 5" long\nname,count\na,1\nb,2\n', {"skipLines": 1}),
        ("name,count\nthe name,how many\na,1\nb,2\n", {"headerRows": 2}),
        ("name,count\na,1\nb,2\n", {"quote": "'", "comment": "#", "escape": "\\"}),
        ("name,count\na,1\nb,2\n", {"quote": ""}),
        ("name,count\na,1\nb,2\n", {"totalsRow": "(Total|Sum)"}),
        ("name,count\na,1\nb,2\n", {"nullWords": ["n/a"], "thousandsMark": "."
                                    , "decimalMark": ","}),
    ],
    ids=["semicolon", "tab", "skipped", "quote in a skipped line", "header rows", "marks",
         "no quotes", "totals", "numbers"],
)  # fmt: skip
def test_a_plain_file_in_a_dialect_is_read_fast(
    make_feed: Callable[..., Feed], paths: list[str], content: str, custom: dict[str, Any]
) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN, **custom)
    load = feed.load(FILE, content)
    assert feed.values("name, count, _row") == [("a", 1, 1), ("b", 2, 2)]
    assert paths == ["plain"]
    assert load.rows_skipped == content.count("\n") - 3


def test_a_large_file_with_lines_before_the_header_is_cut_into_pieces(
    make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch, paths: list[str]
) -> None:
    monkeypatch.setattr("dangol.extract.plain.PIECE_BYTES", 1000)
    feed = make_feed(NAME, COUNT, filePattern=PATTERN, skipLines=2, headerRows=2)
    rows = [f"row{number},{'x' if number in {0, 999} else number}" for number in range(1000)]
    load = feed.load(FILE, "\n".join(["one", "two", "name,count", "text,number", *rows, ""]))
    assert feed.values("count, _row") == [(number, number + 1) for number in range(1, 999)]
    assert [(row[0], row[3]) for row in feed.faults()] == [(5, rows[0]), (1004, rows[999])]
    assert load.rows_skipped == 3
    assert paths.count("plain") > 5


def test_comments_are_no_rows(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN, comment="#")
    load = feed.load(FILE, '# made\nname,count\n#a,1\nb,2\n"#c\n# d",3\nx#,4\n# end\n')
    assert feed.values("name, count, _row") == [("b", 2, 1), ("#c\n# d", 3, 2), ("x#", 4, 3)]
    assert (load.rows_skipped, load.rows_read) == (3, 3)


def test_quote_and_escape_of_another_kind(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, {"name": "text"}, filePattern=PATTERN, quote="'", escape="\\")
    load = feed.load(
        FILE,
        "name,text\r\n'a','it\\'s, \"so\"'\r\n'b','two\\\r\nlines'\r\nc,back\\\\slash\r\n"
        "d,\\N\r\n'e','doubled '' too'\r\n'f,x\r\n",
    )
    assert feed.values('name, "text"') == [
        ("a", 'it\'s, "so"'),
        ("b", "two\r\nlines"),
        ("c", "back\\slash"),
        ("d", None),
        ("e", "doubled ' too"),
    ]
    assert feed.faults() == [(8, None, "a quote is opened and not closed", "'f,x")]
    assert load.rows_read == 6


def test_a_dump_without_quotes_as_mysql_writes_it(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        NAME, COUNT, {"name": "text"}, filePattern=PATTERN, delimiter="\t", quote="", escape="\\"
    )
    feed.load(FILE, 'name\tcount\ttext\na\t\\N\t5" \\\twide\nb\t2\t\\N\nc\t3\tc:\\\\new\n')
    assert feed.values('name, count, "text"') == [
        ("a", None, '5" \twide'),
        ("b", 2, None),
        ("c", 3, "c:\\new"),
    ]


@pytest.mark.parametrize("is_careful", [False, True], ids=["plain", "careful"])
@pytest.mark.parametrize(
    ("decimal", "thousands", "text", "value"),
    [
        (",", "", "1234,5", "1234.50"),
        (",", "", "-,5", "-0.50"),
        (",", ".", "1.234.567,89", "1234567.89"),
        (",", ".", "+1234,5", "1234.50"),
        (",", ".", "1e3", "1000.00"),
        (",", " ", "1 234,5", "1234.50"),
        (",", " ", "1\u202f234,5", "1234.50"),
        (",", "\u00a0", "1\u00a0234,5", "1234.50"),
        (".", "'", "1'234.5", "1234.50"),
        (".", ",", "12,345,678.00", "12345678.00"),
        (".", ",", " 1,234 ", "1234.00"),
        (",", ".", "1.23", None),
        (",", ".", "1234.567", None),
        (",", ".", "12.34.567", None),
        (",", ".", "1,234.5", None),
        (",", ".", "1.234,567", None),
        (",", "", "1.5", None),
        (",", "", "1,5,6", None),
        (".", ",", "1,23", None),
        (".", ",", ",123", None),
        (".", ",", "12,", None),
        (".", "", "1,234", None),
    ],
)
def test_marks_of_numbers_are_those_that_the_contract_declares(
    make_feed: Callable[..., Feed], paths: list[str], decimal: str, thousands: str, text: str,
    value: str | None, is_careful: bool,
) -> None:  # fmt: skip
    custom = {"decimalMark": decimal, "thousandsMark": thousands}
    given = {name: mark for name, mark in custom.items() if mark}
    feed = make_feed(NAME, AMOUNT, {"name": "kept"}, filePattern=PATTERN, delimiter=";", **given)
    name = '"a"' if is_careful else "a"
    feed.load(FILE, f"name;amount;kept\n{name};{text};{text}\n")
    if value is None:
        assert [row[1] for row in feed.faults()] == ["amount"]
    else:
        assert feed.values("amount, kept") == [(Decimal(value), text)]
        assert paths == [] if is_careful else ["plain"]


@pytest.mark.parametrize("is_careful", [False, True], ids=["plain", "careful"])
@pytest.mark.parametrize(
    ("type_", "facts", "text", "value"),
    [
        ("TIMESTAMP", {"format": "%Y-%m-%d %H:%M:%S %z"}, "2026-09-03 10:14:00 -0400",
         datetime(2026, 9, 3, 14, 14)),
        ("TIMESTAMP", {"format": "%Y-%m-%dT%H:%M:%S%z"}, "2026-09-03T10:14:00+09:00",
         datetime(2026, 9, 3, 1, 14)),
        ("TIMESTAMP", {"format": "%Y-%m-%dT%H:%M:%S%z"}, "2026-09-03T10:14:00Z",
         datetime(2026, 9, 3, 10, 14)),
        ("TIMESTAMP", {"format": "%Y-%m-%dT%H:%M:%S.%f%z"}, "2026-09-03T10:14:00.123Z",
         datetime(2026, 9, 3, 10, 14, 0, 123_000)),
        ("TIMESTAMP", {"format": "%m/%d/%Y %I:%M %p"}, "3/15/2024 2:30 PM",
         datetime(2024, 3, 15, 14, 30)),
        ("TIMESTAMP", {"format": "epoch_s"}, "1485677476", datetime(2017, 1, 29, 8, 11, 16)),
        ("TIMESTAMP", {"format": "epoch_s"}, "1485677476.25",
         datetime(2017, 1, 29, 8, 11, 16, 250_000)),
        ("TIMESTAMP", {"format": "epoch_ms"}, "1485677476123",
         datetime(2017, 1, 29, 8, 11, 16, 123_000)),
        ("TIMESTAMP", {"format": "epoch_us"}, "-1", datetime(1969, 12, 31, 23, 59, 59, 999_999)),
        ("TIMESTAMP", {"format": "epoch_s"}, "253402300800", None),
        ("TIMESTAMP", {"format": "epoch_ms"}, "1e30", None),
        ("TIMESTAMP", {"format": "epoch_s"}, "yesterday", None),
        ("TIMESTAMP", {"format": "%Y-%m-%d %H:%M:%S %z"}, "2026-09-03 10:14:00", None),
        ("TIMESTAMP", {"format": "%Y-%m-%d %H:%M:%S"}, "infinity", None),
        ("DATE", {"format": "%d.%m.%Y"}, "31.01.2026", date(2026, 1, 31)),
        ("DATE", {"format": "%Y%m%d"}, "20260131", date(2026, 1, 31)),
        ("DATE", {"format": "%d.%m.%Y"}, "01/31/2026", None),
        ("DATE", {"format": "%d.%m.%Y"}, "epoch", None),
        ("DATE", {"format": "epoch_s"}, "1485677476", date(2017, 1, 29)),
    ],
)  # fmt: skip
def test_times_are_read_by_the_format_of_their_column(
    make_feed: Callable[..., Feed], type_: str, facts: dict[str, str], text: str,
    value: date | datetime | None, is_careful: bool, paths: list[str],
) -> None:  # fmt: skip
    feed = make_feed(NAME, {"name": "at", "type": type_, **facts}, filePattern=PATTERN)
    name = '"a"' if is_careful else "a"
    feed.load(FILE, f"name,at\n{name},{text}\n")
    if value is None:
        ((_, column, reason, _),) = feed.faults()
        assert (column, reason) in {
            ("at", f"at does not fit its type {type_}"),
            ("at", "at is after the year 9999"),
        }
    else:
        assert feed.values('"at"') == [(value,)]
        assert paths == [] if is_careful else ["plain"]


def test_times_of_one_stream_may_be_local_and_counted(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        {"name": "paid_at", "type": "TIMESTAMP"},
        {"name": "seen_at", "type": "TIMESTAMP", "format": "epoch_s"},
        {"name": "day", "type": "DATE"},
        filePattern=PATTERN,
        timeZone="Asia/Seoul",
    )
    content = "paid_at,seen_at,day\n2017-01-05T10:00:00,0,2017-01-05\n"
    feed.load(FILE, content)
    feed.load("rows_2017-01-06.csv", content.replace("2017-01-05\n", '"2017-01-05"\n'))
    expected = (datetime(2017, 1, 5, 1), datetime(1970, 1, 1), date(2017, 1, 5))
    assert feed.values('paid_at, seen_at, "day"') == [expected, expected]


def test_null_words_mean_no_value_in_every_column(
    make_feed: Callable[..., Feed], paths: list[str]
) -> None:
    feed = make_feed(
        NAME, COUNT, {"name": "text"}, filePattern=PATTERN, nullWords=["NULL", "-", "it's"]
    )
    feed.load(FILE, "name,count,text,more\na,NULL,-,it's\nb,\\N,\\N,null\nNULL,1,,\n")
    assert feed.values('name, count, "text", _extra') == [
        ("a", None, None, '{"more":null}'),
        ("b", None, None, '{"more":"null"}'),
    ]
    assert feed.faults() == [(4, "name", "name is required and empty", "NULL,1,,")]
    assert paths == ["careful"]


# ---------------------------------------------------------------- dirt


@pytest.mark.parametrize(
    ("rows", "loaded", "skipped"),
    [
        pytest.param(["a,1", "name,count", "b,2"], ["a", "b"], 1, id="header repeated"),
        pytest.param(["a,1", "\ufeffname,count", "\ufeffb,2"], ["a", "b"], 1, id="mark inside"),
        pytest.param(["a,1", ",", ",,,", "b,2", ","], ["a", "b"], 3, id="padding rows"),
        pytest.param(["a,1", "b,2", "\x1a"], ["a", "b"], 1, id="Ctrl-Z"),
        pytest.param(["a,1", "", "b,2", "", ""], ["a", "b"], 3, id="blank lines"),
        pytest.param(["a,1,,,", "b,2,"], ["a", "b"], 0, id="delimiters at the end"),
    ],
)
def test_dirt_is_no_row(
    make_feed: Callable[..., Feed], rows: list[str], loaded: list[str], skipped: int
) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN)
    load = feed.load(FILE, "\n".join(["name,count", *rows, ""]))
    assert [name for (name,) in feed.values("name")] == loaded
    assert (load.rows_read, load.rows_skipped, feed.faults()) == (len(loaded), skipped, [])


def test_dirt_is_noticed_where_every_column_is_an_optional_text(
    make_feed: Callable[..., Feed], paths: list[str]
) -> None:
    """DuckDB reads such rows without an error."""
    feed = make_feed({"name": "a"}, {"name": "b"}, filePattern=PATTERN, totalsRow="^합계")
    for day, row in enumerate([",", "a,b", "합계,7"], 5):
        load = feed.load(f"rows_2017-01-0{day}.csv", f"a,b\nx,y\n{row}\n")
        assert (load.rows_loaded, load.rows_skipped) == (1, 1)
    assert paths == ["careful"] * 3
    assert feed.values("a, b") == [("x", "y")] * 3


def test_totals_are_found_in_a_first_column_of_another_type(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(COUNT, AMOUNT, filePattern=PATTERN, totalsRow="(?i)999$|^$|total")
    load = feed.load(FILE, "count,amount\n1,1.00\n999,5.00\n,6.00\nTOTAL,7\n9990,8\n")
    assert feed.values("count, amount") == [(1, Decimal("1.00")), (9990, Decimal("8.00"))]
    assert load.rows_skipped == 3


@pytest.mark.parametrize("marks", ["\ufeff", "\ufeff\ufeff"], ids=["one", "two"])
def test_byte_order_marks_at_the_start(make_feed: Callable[..., Feed], marks: str) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN)
    load = feed.load(FILE, f"{marks}name,count\na,1\n")
    assert (feed.values("name, count"), load.encoding) == ([("a", 1)], "utf-8-sig")


def test_a_mark_within_a_value_stays(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, {"name": "text"}, filePattern=PATTERN)
    feed.load(FILE, 'name,text\n"a",x\ufeffy\nb,\ufeffz\n')
    assert feed.values('"text"') == [("x\ufeffy",), ("\ufeffz",)]


@pytest.mark.parametrize("end", ["\x1a", "\x1a\x1a\x1a", "\r\n\x1a", "\x1a\r\n"])
def test_ctrl_z_ends_a_file(make_feed: Callable[..., Feed], end: str) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN)
    load = feed.load(FILE, f"name,count\r\na,1\r\n{end}")
    assert feed.values("name, count") == [("a", 1)]
    assert load.rows_skipped == (2 if end == "\r\n\x1a" else 1)


def test_ctrl_z_elsewhere_is_a_character(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN)
    feed.load(FILE, f"name,count\na\x1a,1\n{'b' * (1 << 20)}\x1a\nc,2\n")
    assert feed.values("name") == [("a\x1a",), ("c",)]


def test_padding_rows_before_the_header(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN)
    load = feed.load(FILE, ",,\n\n,,\nname,count,\na,1,\n,,\n")
    assert feed.values("name, count, _extra") == [("a", 1, None)]
    assert (load.rows_read, load.rows_skipped) == (1, 4)


def test_lines_may_end_before_columns_without_a_name(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN)
    load = feed.load(FILE, 'name,count,,,\na,1\n"b",2,\nc,3,x\nd\ne,5,,,,\nf,6,,,,y\n')
    assert feed.values("name, count, _extra") == [
        ("a", 1, None), ("b", 2, None), ("c", 3, '{"column 3":"x"}'), ("e", 5, None),
    ]  # fmt: skip
    assert [row[::2] for row in feed.faults()] == [
        (5, "it has too few fields: 1 instead of 2"),
        (7, "it has too many fields: 6 instead of 5"),
    ]
    assert load.rows_read == 6


def test_a_file_of_dirt_alone_is_empty(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN, emptyFiles=True, totalsRow="Sum")
    load = feed.load(FILE, "name,count\n,\nname,count\nSum,0\n")
    assert (load.status, load.rows_read, load.rows_skipped) == ("empty", 0, 3)


def test_former_names_and_names_in_the_file(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        {"name": "amount", "physicalName": "금액(원)", "formerNames": ["매출액"]},
        {"name": "name", "physicalName": "이름"},
        filePattern=PATTERN,
    )
    feed.load(FILE, "이름,금액(원)\na,1\n")
    feed.load("rows_2017-01-06.csv", "매출액,이름,amount\n2,b,x\n")
    feed.load("rows_2017-01-07.csv", "매출액,금액(원)\n2,b\n")
    assert feed.values("amount, name, _extra") == [
        ("1", "a", None),
        ("2", "b", json.dumps({"amount": "x"}, separators=(",", ":"))),
    ]
    assert (
        feed.last("rows").reason == "line 1: its header repeats the name of columns 1, 2 (amount)"
    )


def test_corrected_rows_come_under_all_the_lines_before_the_rows(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(
        NAME, COUNT, filePattern=PATTERN, skipLines=2, headerRows=2, comment="#",
        encoding="cp949", delimiter=";",
    )  # fmt: skip
    head = '보고서\n"2017\nname;count\n#note\n이름;"수\n량"\n'
    feed.load(FILE, f"{head}김;1\n박;x\n똠;y\n".encode("cp949"))
    texts: list[str] = []
    load = feed.resubmitted(lambda text: texts.append(text) or text.replace("x", "2"))
    assert texts == [f"{head}박;x\n똠;y\n"]
    assert feed.values("name, count") == [("김", 1), ("박", 2)]
    assert (load.file, load.rows_skipped, load.rows_quarantined) == (
        "rows_2017-01-05_s1.csv", 4, 1,
    )  # fmt: skip
    assert load.reason == (
        "its byte order mark says UTF-8, its contract cp949: it was read as UTF-8"
    )
    feed.resubmitted(lambda text: text.replace("y", "3"))
    assert feed.values("name, count")[-1] == ("똠", 3)


# ---------------------------------------------------------------- skipped lines


def test_a_total_is_the_whole_first_field(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN, totalsRow="Sum|Total")
    load = feed.load(FILE, "name,count\nSummer,1\nTotal,9\n Sum ,9\nTotally,2\n")
    assert feed.values("name, count") == [("Summer", 1), ("Totally", 2)]
    assert (load.rows_skipped, load.totals_skipped) == (2, 2)


def test_skipped_lines_are_counted_by_kind(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(
        NAME, COUNT, filePattern=PATTERN, comment="#", totalsRow="Sum", skipLines=1, headerRows=2
    )
    load = feed.load(
        FILE,
        "report\n# before\nname,count\nthe name,how many\n# before\na,1\n#b,2\nname,count\n"
        ",\n\nc,3\nSum,6\n# after\n\x1a",
    )
    assert feed.values("name, count") == [("a", 1), ("c", 3)]
    kinds = (load.comments_skipped, load.headers_skipped, load.blank_skipped, load.totals_skipped)
    assert (load.rows_skipped, kinds) == (11, (1, 1, 2, 1))


def test_a_row_of_data_that_a_header_row_takes_is_told(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, COUNT, filePattern=PATTERN, headerRows=2)
    assert feed.load(FILE, "name,count\nName,Count (1-5)\na,1\n").reason == ""
    load = feed.load("rows_2017-01-06.csv", "name,count\na,1\nb,2\n")
    assert load.reason == (
        "row 2 of its header has values where the contract has numbers or times, and was skipped: "
        "see whether headerRows counts a row of data"
    )


def test_a_renamed_optional_column_is_told(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(NAME, {"name": "amount"}, {"name": "note"}, filePattern=PATTERN)
    assert feed.load(FILE, "name,amount\na,1\n").reason == ""
    assert feed.load("rows_2017-01-06.csv", "name,amount,note,x\na,1,,\n").reason == ""
    load = feed.load("rows_2017-01-07.csv", "name,Betrag,note,\na,1,b,\n")
    assert load.reason == (
        "it lacks amount (null in its rows) and has Betrag (not in the contract): if one was "
        "renamed, add its name to formerNames"
    )


def test_one_column_may_have_an_offset_where_another_is_local(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(
        {"name": "local", "type": "TIMESTAMP"},
        {"name": "zoned", "type": "TIMESTAMP", "format": "%Y-%m-%d %H:%M:%S%z"},
        {"name": "utc", "type": "TIMESTAMP", "format": "%Y-%m-%d %H:%M:%S %Z"},
        filePattern=PATTERN, timeZone="Asia/Seoul", timestampFormat="%Y-%m-%d %H:%M",
    )  # fmt: skip
    feed.load(
        FILE,
        "local,zoned,utc\n2017-01-05 10:00,2017-01-05 10:00:00+01:00,2017-01-05 10:00:00 UTC\n",
    )
    assert feed.values("local, zoned, utc") == [
        (datetime(2017, 1, 5, 1), datetime(2017, 1, 5, 9), datetime(2017, 1, 5, 10))
    ]


def test_an_amount_that_is_not_understood_is_quarantined_with_its_text(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(
        NAME, AMOUNT, filePattern=PATTERN, delimiter=";", decimalMark=",", currencyMarks=["€"],
        negative=["brackets"],
    )  # fmt: skip
    feed.load(FILE, "name;amount\na;8,21 €\nb;(5,00)\nc;free\nd;$7,00\ne;8.21 €\nf;\n")
    assert feed.values("name, amount") == [
        ("a", Decimal("8.21")), ("b", Decimal("-5.00")), ("f", None),
    ]  # fmt: skip
    assert [row[3] for row in feed.faults()] == ["c;free", "d;$7,00", "e;8.21 €"]
