"""What becomes of single rows: loaded, or in quarantine with reason, line and original text."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from dangol.extract import columns

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "orders_2017-01-05.csv"
GOOD = "a,Kim,1,9.90,,,,"
LOST = "contains U+FFFD, which marks lost characters"


def quarantine_of(shop: Shop, *rows: str | bytes) -> list[tuple[object, ...]]:
    """Land a file of these rows among good ones, and return what went to quarantine."""
    lines = [row if isinstance(row, bytes) else row.encode() for row in (GOOD, *rows, GOOD)]
    shop.land(FILE, b"\n".join([shop.header.encode(), *lines, b""]))
    shop.extract()
    assert shop.last().status == "loaded"
    return [row[1:] for row in shop.quarantine()]


def test_a_wrong_type_in_row_7_costs_row_7_alone(shop: Shop) -> None:
    rows = [f"{number},Kim,{'x' if number == 7 else number},1.00,,,," for number in range(1, 10)]
    shop.land(FILE, "\n".join([shop.header, *rows, ""]))
    shop.extract()

    load = shop.last()
    assert (load.status, load.rows_read, load.rows_loaded, load.rows_quarantined) == (
        "loaded",
        9,
        8,
        1,
    )
    assert load.control_total == "8.00"
    assert shop.quarantine() == [
        (FILE, 8, "quantity", "quantity does not fit its type BIGINT", "7,Kim,x,1.00,,,,")
    ]
    assert shop.rows(columns="order_id, quantity, _row") == [
        (str(number), number, number) for number in (1, 2, 3, 4, 5, 6, 8, 9)
    ]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        # numbers that DuckDB rounds without a word
        ("b,,12.7,1,,,,", "quantity", "has more digits than its type BIGINT keeps"),
        ("b,,12.004,1,,,,", "quantity", "has more digits than its type BIGINT keeps"),
        ("b,,9223372036854775808,1,,,,", "quantity", "has more digits than its type BIGINT keeps"),
        ("b,,1e30,1,,,,", "quantity", "has more digits than its type BIGINT keeps"),
        ("b,,1,1.005,,,,", "amount", "has more digits than its type DECIMAL(18,2) keeps"),
        ("b,,1,10000000000000000,,,,", "amount",
         "has more digits than its type DECIMAL(18,2) keeps"),
        ("b,,1,1e60,,,,", "amount", "does not fit its type DECIMAL(18,2)"),
        # numbers that are none
        ("b,,0x1f,1,,,,", "quantity", "does not fit its type BIGINT"),
        ("b,,１２,1,,,,", "quantity", "does not fit its type BIGINT"),
        ("b,,1 2,1,,,,", "quantity", "does not fit its type BIGINT"),
        ("b,,1,NaN,,,,", "amount", "does not fit its type DECIMAL(18,2)"),
        ("b,,1,inf,,,,", "amount", "does not fit its type DECIMAL(18,2)"),
        ('b,,1,"1,234.50",,,,', "amount", "does not fit its type DECIMAL(18,2)"),
        ("b,,1,₩100,,,,", "amount", "does not fit its type DECIMAL(18,2)"),
        ("b,,1,1,NaN,,,", "weight", "is not a finite number"),
        ("b,,1,1,-inf,,,", "weight", "is not a finite number"),
        ("b,,1,1,1e400,,,", "weight", "is not a finite number"),
        ("b,,1,1,heavy,,,", "weight", "does not fit its type DOUBLE"),
        ("b,,1,1,,on,,", "is_gift", "does not fit its type BOOLEAN"),
        # days and times that are none
        ("b,,1,1,,,2017-02-30,", "delivered_date", "does not fit its type DATE"),
        ("b,,1,1,,,2017/01/05,", "delivered_date", "does not fit its type DATE"),
        ("b,,1,1,,,2017-01-05 00:00,", "delivered_date", "does not fit its type DATE"),
        ("b,,1,1,,,infinity,", "delivered_date", "does not fit its type DATE"),
        ("b,,1,1,,, EPOCH ,", "delivered_date", "does not fit its type DATE"),
        ("b,,1,1,,,17-01-05,", "delivered_date", "is before the year 1000"),
        ("b,,1,1,,,0000-01-01,", "delivered_date", "is before the year 1000"),
        ("b,,1,1,,,,2017-01-05T24:00:00Z", "ordered_at", "does not fit its type TIMESTAMP"),
        ("b,,1,1,,,,2017-01-05T10:11:12+09:00", "ordered_at", "does not fit its type TIMESTAMP"),
        ("b,,1,1,,,,2017-01-05T10:11:12", "ordered_at", "does not fit its type TIMESTAMP"),
        ("b,,1,1,,,,-infinity", "ordered_at", "does not fit its type TIMESTAMP"),
        ("b,,1,1,,,,17-01-05T10:11:12Z", "ordered_at", "is before the year 1000"),
        # what is missing or too much
        (",,1,1,,,,", "order_id", "is required and empty"),
        ('"",,1,1,,,,', "order_id", "is required and empty"),
        ("b,,,1,,,,", "quantity", "is required and empty"),
        ("b,,1", None, "it has too few fields: 3 instead of 8"),
        ("b", None, "it has too few fields: 1 instead of 8"),
        ("   ", None, "it has too few fields: 1 instead of 8"),
        ("b,,1,1,,,,,x", None, "it has too many fields: 9 instead of 8"),
        # text
        ("b,�,1,1,,,,", "customer", LOST),
        (b"b,\xec\x9d\xb4\xff,1,1,,,,", "customer", LOST),
        (b"b,caf\xe9,1,1,,,,", "customer", LOST),
        # quotes
        ('"b"x,,1,1,,,,', None, "text follows a closing quote"),
        ('b,"Kim,1,1,,,,', None, "a quote is opened and not closed"),
    ],
)  # fmt: skip
def test_a_row_that_can_t_be_loaded(
    shop: Shop, row: str | bytes, column: str | None, reason: str
) -> None:
    text = row if isinstance(row, str) else row.decode(errors="replace")
    whole_reason = f"{column} {reason}" if column else reason
    assert quarantine_of(shop, row) == [(3, column, whole_reason, text)]
    assert shop.rows(columns="order_id, _row") == [("a", 1), ("a", 3)]


def test_a_row_with_two_faults_is_one_row_in_quarantine(shop: Shop) -> None:
    assert quarantine_of(shop, "b,,x,y,z,,,") == [
        (3, "quantity", "quantity does not fit its type BIGINT", "b,,x,y,z,,,")
    ]


@pytest.mark.parametrize(
    ("row", "expression", "value"),
    [
        ("b,,1,1.2000000000000002,,,,", "amount", Decimal("1.20")),
        ("b,,1,0.30000000000000004,,,,", "amount", Decimal("0.30")),
        ("b,,3.0,1,,,,", "quantity", 3),
        ("b,,1e3,1,,,,", "quantity", 1000),
        ("b,, 7 ,1,,,,", "quantity", 7),
        ("b,,00012,1,,,,", "quantity", 12),
        ("b,,9223372036854775807,1,,,,", "quantity", 2**63 - 1),
        ("b,,-9223372036854775808,1,,,,", "quantity", -(2**63)),
        ("b,,1,9999999999999999.99,,,,", "amount", Decimal("9999999999999999.99")),
        ("b,,1,-0.00,,,,", "amount", Decimal("0.00")),
        ("b,,1,1,1e308,,,", "weight", 1e308),
        ("b,,1,1,,,1900-01-01,", "delivered_date::varchar", "1900-01-01"),
        ("b,,1,1,,,9999-12-31,", "delivered_date::varchar", "9999-12-31"),
        ("b,,1,1,,,,1900-01-01T00:00:00Z", "ordered_at::varchar", "1900-01-01 00:00:00"),
        ("b,,1,1,,F,,", "is_gift", False),
        ("b,,1,1,,,,,", "customer", None),
        ("b,,1,1,,,,,,,", "customer", None),
        ('b,"",1,1,,,,', "customer", None),
        ("b,NULL,1,1,,,,", "customer", "NULL"),
        ("b, Kim ,1,1,,,,", "customer", " Kim "),
        ('b,6" x 4",1,1,,,,', "customer", '6" x 4"'),
        ('b, "Kim",1,1,,,,', "customer", ' "Kim"'),
        ('b,"Kim, ""the"" one\nand only",1,1,,,,', "customer", 'Kim, "the" one\nand only'),
        ("b,\u1100\u1161,1,1,,,,", "customer", "\uac00"),  # decomposed Hangul is composed
        ("b,a\u2028b\x85c\x1cd,1,1,,,,", "customer", "a\u2028b\x85c\x1cd"),
        ("b,\U0001f9e7,1,1,,,,", "customer", "\U0001f9e7"),
    ],
)
def test_a_row_that_is_loaded_with_its_value(
    shop: Shop, row: str, expression: str, value: object
) -> None:
    assert quarantine_of(shop, row, "c,,bad,1,,,,")[0][3] == "c,,bad,1,,,,"
    # an irregular neighbour sends the file the careful way; alone it goes the plain one
    assert shop.rows(columns=expression)[1] == (value,)
    shop.land("orders_2017-01-06.csv", f"{shop.header}\n{row}\n")
    shop.extract()
    assert shop.rows(columns=expression)[-1] == (value,)


def test_the_lines_are_those_of_the_file_after_newlines_and_blank_lines(shop: Shop) -> None:
    found = quarantine_of(
        shop, 'b,"two\nlines",1,1,,,,', "", "c,,x,1,,,,", "", 'd,"e\n\nf",x,1,,,,'
    )
    assert found == [
        (6, "quantity", "quantity does not fit its type BIGINT", "c,,x,1,,,,"),
        (8, "quantity", "quantity does not fit its type BIGINT", 'd,"e\n\nf",x,1,,,,'),
    ]
    assert shop.rows(columns="order_id, _row") == [("a", 1), ("b", 2), ("a", 5)]


def test_an_unclosed_quote_costs_its_own_line_alone(shop: Shop) -> None:
    found = quarantine_of(shop, 'b,"Kim,1,1,,,,', *[f"{number},,1,1,,,," for number in range(500)])
    assert found == [(3, None, "a quote is opened and not closed", 'b,"Kim,1,1,,,,')]
    assert len(shop.rows()) == 502


def test_an_unclosed_quote_before_a_quoted_row_costs_its_own_line_alone(shop: Shop) -> None:
    found = quarantine_of(shop, 'b,"Kim,1,1,,,,', "c,,1,1,,,,", 'd,"Lee",1,1,,,,', "e,,1,1,,,,")
    assert found == [(3, None, "a quote is opened and not closed", 'b,"Kim,1,1,,,,')]
    assert shop.rows(columns="order_id, _row") == [("a", 1), ("c", 3), ("d", 4), ("e", 5), ("a", 6)]


def test_text_after_a_quote_of_several_lines_costs_the_record(shop: Shop) -> None:
    found = quarantine_of(shop, 'b,"Kim', 'of Busan"x,1,1,,,,', "e,,1,1,,,,")
    text = 'b,"Kim\nof Busan"x,1,1,,,,'
    assert found == [(3, None, "text follows a closing quote", text)]


def test_a_field_over_64_kb_and_a_line_over_4_mb(shop: Shop) -> None:
    fits, long, longer = "이" * 21_845, "이" * 21_846, "x" * (5 << 20)
    found = quarantine_of(shop, f"b,{fits},1,1,,,,", f"c,{long},1,1,,,,", f"d,{longer},1,1,,,,")
    assert found == [
        (4, "customer", "customer is longer than 65,536 bytes", f"c,{long},1,1,,,,"),
        (5, None, "it is longer than 4,194,304 characters", f"d,{longer},1,1,,,,"),
    ]
    assert [len(name) for _, name in shop.rows(columns="order_id, customer")] == [3, 21_845, 3]


PAYLOADS = [
    "'; drop table files; --", "\"; drop table parsed; --", "{{ env_var('HOME') }}",
    "{% for x in range(9) %}{% endfor %}", "=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2+3",
    "$(touch /tmp/x)", "`id`", "read_csv('/etc/passwd')", "../../etc/passwd", "\\x27 or 1=1",
    "</script><script>alert(1)</script>", "\u202egnp.exe", "%s%n{0}{}", "?", "$1", ":name",
]  # fmt: skip


def test_payloads_in_values_names_and_file_names_are_inert(shop: Shop) -> None:
    names = [f"evil{number} {payload}" for number, payload in enumerate(PAYLOADS)]
    header = ",".join([shop.header, *(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names)])
    cells = [f'"{payload.replace(chr(34), chr(34) * 2)}"' for payload in PAYLOADS]
    rows = [
        ",".join([f"{number}", cell, "1", "1", "", "", "", "", *cells])
        for number, cell in enumerate(cells)
    ]
    bad = ",".join([cells[0], cells[1], cells[2], cells[3], "", "", "", "", *cells])
    shop.land("codes_'; drop table x; --.csv", "code\n'; drop table x; --\n")
    shop.land(FILE, "\n".join([header, *rows, bad, ""]))
    shop.extract()
    shop.extract("codes")

    assert shop.rows(columns="customer") == [(payload,) for payload in PAYLOADS]
    extra = dict(zip(names, PAYLOADS, strict=True))
    assert [json.loads(text) for (text,) in shop.rows(columns="_extra")] == [extra] * len(rows)
    assert [row[4] for row in shop.quarantine()] == [bad]
    assert shop.rows("codes", "code, _file") == [
        ("'; drop table x; --", "codes_'; drop table x; --.csv")
    ]


def test_messages_and_the_ledger_quote_no_value(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = "김민지-010-1234-5678"
    shop.land(FILE, f"{shop.header}\n{person},{person},{person},1,,,,\n")
    shop.land("orders_2017-01-06.csv", f"{person},{person}b,1\n{person},Lee,1\n")
    shop.land("orders_2017-01-07.csv", f"{person},{person},amount,amount\n{person},Lee,1\n")
    summary = shop.extract()

    told = caplog.text + repr(summary) + repr(shop.loads())
    assert person not in told
    assert [load.rows_quarantined for load in shop.loads()] == [1, 1, 1]
    assert [row[1:4] for row in shop.quarantine()] == [
        (2, "quantity", "quantity does not fit its type BIGINT"),
        (2, None, "line 1: its header lacks the required order_id, quantity, amount; 0 of its 3 "
                  "columns are in the contract"),
        (2, None, "line 1: its header repeats the name of columns 1, 2 and columns 3, 4 (amount)"),
    ]  # fmt: skip


@pytest.mark.parametrize("share", [0.001, 0.05, 1.0])
def test_poison_costs_its_rows_and_nothing_else(shop: Shop, share: float) -> None:
    count, every = 30_000, round(1 / share)
    rows = [f"{n},Kim,{'x' if n % every == 0 else 1},1.00,,,," for n in range(count)]
    shop.land(FILE, "\n".join([shop.header, *rows, ""]))
    shop.extract()

    load = shop.last()
    bad = count // every
    assert (load.status, load.rows_read, load.rows_quarantined) == ("loaded", count, bad)
    assert [row[1] for row in shop.quarantine()] == [n + 2 for n in range(0, count, every)]
    assert {row[4] for row in shop.quarantine()} == {
        f"{n},Kim,x,1.00,,,," for n in range(0, count, every)
    }
    expected = [(str(n), n + 1) for n in range(count) if n % every]
    assert shop.rows(columns="order_id, _row") == expected


def test_a_record_over_which_the_parser_stumbles_stops_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = columns.type_texts

    def stumble(connection, stream, layout, source):  # type: ignore[no-untyped-def] # as it is
        if connection.execute(f"select 1 from {source} where t1 = 'poison'").fetchall():
            raise duckdb.InvalidInputException
        original(connection, stream, layout, source)

    monkeypatch.setattr(columns, "type_texts", stumble)
    monkeypatch.setattr("dangol.extract.batch.load_plain", lambda *given: given[3])
    rows = [f"{n},{'poison' if n in {0, 13, 14} else 'Kim'},1,1,,,," for n in range(40)]
    shop.land(FILE, "\n".join([shop.header, *rows, ""]))
    shop.land("orders_2017-01-06.csv", f"{shop.header}\n{GOOD}\n")
    shop.extract()
    assert shop.quarantine() == [
        (FILE, n + 2, None, "the CSV parser rejected it", rows[n]) for n in (0, 13, 14)
    ]
    assert len(shop.rows()) == 38


def test_a_single_column_has_records_too(shop: Shop) -> None:
    shop.land("codes.csv", 'code\nx\n\n""\ny\tz\n"q\tr"\n,\n')
    shop.extract("codes")
    assert shop.rows("codes", "code, _row") == [("x", 1), ("q\tr", 4), (",", 5)]
    assert [row[1:] for row in shop.quarantine("codes")] == [
        (4, "code", "code is required and empty", '""'),
        (5, None, "it has too many fields: 2 instead of 1", "y\tz"),
    ]
