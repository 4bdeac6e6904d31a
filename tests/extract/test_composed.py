"""Text is composed (NFC) when it lands, by both readers alike; the quarantine keeps what came."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dangol.extract.composed import _UNTOUCHED, composed
from dangol.ledger import Load

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "orders_2017-01-05.csv"
EXTRA_HEADER = "order_id,customer,quantity,amount,그룹"


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def of_duckdb(*texts: str) -> list[str]:
    query = f"select {composed('text')} from (select unnest(?::varchar[]) as text)"
    return [text for (text,) in duckdb.execute(query, [list(texts)]).fetchall()]


def landed_by_both_readers(shop: Shop, rows: list[str], header: str) -> list[list[tuple[str, ...]]]:
    """Land the rows twice: as a plain file, and with one quoted value, which is read by record."""
    columns = "order_id, customer, quantity, _extra, _row"
    shop.land("orders_2017-01-05.csv", "\n".join([header, *rows, ""]))
    quoted = [re.sub(r"^([^,]*)", r'"\1"', row) for row in rows]
    shop.land("orders_2017-01-06.csv", "\n".join([header, *quoted, ""]))
    shop.extract()
    assert [load.status for load in shop.loads()] == ["loaded", "loaded"]
    loaded = [(row[-1], row[:-1]) for row in shop.rows(columns=f"{columns}, _file")]
    return [
        [row for file, row in loaded if file == name]
        for name in ("orders_2017-01-05.csv", "orders_2017-01-06.csv")
    ]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("Kim Minji", "Kim Minji", id="ascii"),
        pytest.param(nfd("김민지"), "김민지", id="Hangul of a Mac"),
        pytest.param("김민지", "김민지", id="composed Hangul"),
        pytest.param("김" + nfd("민지"), "김민지", id="half of it"),
        pytest.param("각".replace("각", "가\u11a8"), "각", id="a syllable and its final consonant"),
        pytest.param(nfd("café Ångström"), "café Ångström", id="Latin"),
        pytest.param("s\u0307\u0323", "\u1e69", id="marks in the other order"),
        pytest.param("s\u0323\u0307", "\u1e69", id="marks in their order"),
        pytest.param("\u212b \u2126", "\u00c5 \u03a9", id="signs that are letters"),
        pytest.param("\uf900", "\u8c48", id="a Han compatibility ideograph"),
        pytest.param("か\u3099", "が", id="kana"),
        pytest.param(
            "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f", "👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f", id="emoji"
        ),
        pytest.param("\u0301", "\u0301", id="a mark alone"),
        pytest.param(" \u0301x", " \u0301x", id="a mark on a space"),
        pytest.param("\u3164\u115f\u1160", "\u3164\u115f\u1160", id="Hangul fillers"),
        pytest.param("ㄱㅏ ﾡ Ａ", "ㄱㅏ ﾡ Ａ", id="compatibility jamo and full width"),
        pytest.param("가\u11a7나", "가\u11a7나", id="a vowel that DuckDB's nfc_normalize drops"),
        pytest.param("x\u00a0y\u3000z\u200b", "x\u00a0y\u3000z\u200b", id="blanks"),
    ],
)
def test_text_lands_composed_by_both_readers(shop: Shop, text: str, kept: str) -> None:
    plain, careful = landed_by_both_readers(
        shop, [f"a,{text},1,1,{text}", "b,,2,1,"], header=nfd(EXTRA_HEADER)
    )
    assert plain == careful
    [(key, customer, quantity, extra, row), nothing] = plain
    assert (key, customer, quantity, json.loads(extra), row) == ("a", kept, 1, {"그룹": kept}, 1)
    assert nothing == ("b", None, 2, '{"그룹":null}', 2)


def test_an_id_is_one_key_however_it_is_written(shop: Shop) -> None:
    names = ["김민지-7", nfd("김민지-7"), "é", "e\u0301"]
    rows = [f"{name},,{nth},1," for nth, name in enumerate(names)]
    plain, careful = landed_by_both_readers(shop, rows, header=EXTRA_HEADER)
    assert plain == careful
    assert [row[0] for row in plain] == ["김민지-7", "김민지-7", "é", "é"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp949", "김민지"),
        ("utf-16", nfd("김민지")),
        ("utf-8-sig", nfd("김민지")),
    ],
)
def test_every_encoding_lands_composed(shop: Shop, encoding: str, text: str) -> None:
    content = "\n".join([shop.header, f"a,{text},1,1,,,,", ""])
    shop.land(FILE, content.encode(encoding))
    shop.extract()
    assert shop.last().encoding == encoding
    assert shop.rows(columns="order_id, customer") == [("a", "김민지")]


def test_the_quarantine_keeps_the_text_as_it_came(shop: Shop) -> None:
    row = nfd("김민지,김민지,x,1,그룹")
    shop.land(FILE, "\n".join([nfd(EXTRA_HEADER), row, "a,,1,1,", ""]))
    shop.extract()
    assert [found[4] for found in shop.quarantine()] == [row]
    files = [str(file) for file in shop.settings.quarantine.rglob("*.parquet")]
    assert duckdb.execute("select header from read_parquet(?)", [files]).fetchall() == [
        (nfd(EXTRA_HEADER),)
    ]


def test_what_is_counted_and_hashed_is_what_came(shop: Shop) -> None:
    loads: list[Load] = []
    for day, text in enumerate(("김민지", nfd("김민지")), 5):
        content = "\n".join([shop.header, f"a,{text},1,1.50,,,,", f"b,{text},x,1,,,,", ""])
        file = shop.land(f"orders_2017-01-0{day}.csv", content)
        shop.extract()
        loads.append(shop.last())
        assert loads[-1].bytes == file.stat().st_size
    assert [load.control_total for load in loads] == ["1.50"] * 2
    assert [(load.rows_loaded, load.rows_quarantined) for load in loads] == [(1, 1)] * 2
    assert [load.status for load in loads] == ["loaded", "loaded"], "no duplicates: bytes differ"


def test_two_names_that_are_one_when_composed_reject_the_file(shop: Shop) -> None:
    header = f"order_id,quantity,amount,그룹,{nfd('그룹')}"
    shop.land_orders(FILE, "a,1,1,x,y", header=header)
    shop.extract()
    assert shop.fates() == [
        (FILE, "rejected", "line 1: its header repeats the name of columns 4, 5")
    ]


def test_every_character_is_composed_as_python_composes_it() -> None:
    # those that this Python's Unicode knows: DuckDB's may be newer
    characters = [
        chr(code)
        for code in range(1, 0x110000)
        if unicodedata.category(chr(code)) not in {"Cn", "Co", "Cs"}
    ]
    # alone, and as the middle of what it may combine with
    for before, after in (("", ""), ("가", "\u0301"), ("e\u0323", "가")):
        texts = [before + character + after for character in characters]
        assert of_duckdb(*texts) == [nfc(text) for text in texts]


_COMBINING = [
    chr(code)
    for code in range(1, 0x20000)
    if not 0xD800 <= code < 0xE000
    and (unicodedata.combining(chr(code)) or nfd(chr(code)) != chr(code) or 0x1100 <= code < 0x1200)
]


@given(st.lists(st.sampled_from(_COMBINING) | st.sampled_from("a가\u11a7 ㄱ"), max_size=8))
@example(list("가\u11a7\u11a8"))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_every_sequence_is_composed_as_python_composes_it(text: list[str]) -> None:
    assert of_duckdb("".join(text)) == [nfc("".join(text))]


def test_the_characters_that_are_passed_over_change_in_no_company() -> None:
    """A text of these alone is taken as it is, so none of them may ever compose with another."""
    ranges = re.findall(r"\\x\{(\w+)\}-\\x\{(\w+)\}", _UNTOUCHED)
    passed = [code for low, high in ranges for code in range(int(low, 16), int(high, 16) + 1)]
    assert len(passed) == 33_378
    touched = [code for code in passed if nfc(chr(code)) != chr(code)]
    marks = [code for code in passed if unicodedata.combining(chr(code))]
    decomposed = (unicodedata.decomposition(chr(code)).split() for code in range(0x110000))
    second = {int(parts[1], 16) for parts in decomposed if len(parts) == 2 and parts[0][0] != "<"}
    assert (touched, marks, second & set(passed)) == ([], [], set())
    text = "".join(map(chr, passed))
    assert of_duckdb(text) == [text]
