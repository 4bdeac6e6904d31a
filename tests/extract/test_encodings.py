"""One bad byte costs its row and no other, whatever the encoding; rows in another one are told."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import mixed_encoding
from dangol.contracts.model import Format
from dangol.extract.decode import decode
from dangol.extract.encodings import MIXED
from dangol.extract.landed_bytes import RefusedFileError

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"rows_{date}\.csv"
FILE = "rows_2017-01-05.csv"
COLUMNS = ({"name": "id", "required": True}, {"name": "name"})
LOST = "name contains U+FFFD, which marks lost characters"
MIXED_REASON = "mixed_encoding: its bytes are valid UTF-8, which the rest of the file is not"

KOREAN, JAPANESE = ("김민지", "박서준", "최지우 똠방각하"), ("山田", "さくら", "ソニー機能")


@pytest.mark.parametrize(
    ("encoding", "names", "bad"),
    [
        (None, KOREAN, b"\xff"),
        ("utf-8", KOREAN, b"\xff"),
        ("cp949", KOREAN, b"\xff"),
        ("cp949", KOREAN, b"\xb1"),
        ("euc_kr", KOREAN[:2], b"\xff"),
        ("shift_jis", JAPANESE, b"\xff"),
        ("cp932", JAPANESE, b"\x81"),
        ("euc_jp", JAPANESE, b"\xff"),
        ("gb18030", ("李小龙", "王"), b"\xff"),
        ("cp1252", ("José", "Zoë", "Łukasz?"[1:]), b"\x81"),
        ("cp1253", ("Γιώργος", "Ελένη"), b"\xff"),
        ("iso8859_8", ("דוד", "שרה"), b"\xff"),
    ],
)
@pytest.mark.parametrize("is_quoted", [False, True])
def test_a_bad_byte_costs_its_row(
    make_feed: Callable[..., Feed], encoding: str | None, names: tuple[str, ...], bad: bytes,
    is_quoted: bool,
) -> None:  # fmt: skip
    quote = b'"' if is_quoted else b""
    rows = [f"{nth},".encode() + quote + name.encode(encoding or "utf-8") + quote
            for nth, name in enumerate(names)]  # fmt: skip
    rows.insert(1, b"bad," + quote + names[0].encode(encoding or "utf-8") + bad + quote)
    custom = {"encoding": encoding} if encoding else {}
    feed = make_feed(*COLUMNS, filePattern=PATTERN, **custom)
    load = feed.load(FILE, b"\n".join([b"id,name", *rows, b""]))
    assert feed.values("id, name") == [(str(nth), name) for nth, name in enumerate(names)]
    ((line, column, reason, text),) = feed.faults()
    assert (line, column, reason) == (3, "name", LOST)
    assert text.startswith(("bad,", 'bad,"'))
    assert "\ufffd" in text
    assert (load.status, load.rows_read) == ("loaded", len(names) + 1)


def test_an_undeclared_cp949_file_with_bad_bytes_loses_their_rows(
    make_feed: Callable[..., Feed],
) -> None:
    """It was rejected as a whole."""
    rows = [f"{number},{name}\n".encode("cp949") for number, name in enumerate(KOREAN * 400)]
    rows[7], rows[900] = b"bad,\xb1\xe8\xff\n", b"bad,\x80\n"
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, b"id,name\n" + b"".join(rows))
    assert (load.encoding, load.rows_loaded, load.rows_quarantined) == ("cp949", 1198, 2)
    assert [row[0] for row in feed.faults()] == [9, 902]
    assert feed.values("name")[:3] == [(name,) for name in KOREAN]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("José, été, ü\n", "cp1252"),
        ("für Änderungen größer\n", "cp1252"),
        ("Привет, мир\n", "cp1251"),
        ("Γιώργος, Ελένη\n", "cp1253"),
    ],
)
def test_other_text_is_not_taken_for_damaged_cp949(
    text: str, encoding: str, tmp_path: Path
) -> None:
    raw = b"name\n" + text.encode(encoding) * 50 + b"\xff\n"
    with pytest.raises(RefusedFileError, match="not text in UTF-8, UTF-16 or CP949"):
        decode(io.BytesIO(raw), tmp_path / "copy", 1 << 30, Format())


@pytest.mark.parametrize("text", ["東京タワー、さくら\n", "日本語のテキスト\n"])
def test_undeclared_shift_jis_with_a_bad_byte_is_refused(text: str, tmp_path: Path) -> None:
    """Much of it is valid in CP949, as syllables that are hardly used."""
    raw = b"name\n" + text.encode("shift_jis") * 50 + b"x\xff\n"
    with pytest.raises(RefusedFileError, match="or name its encoding in the contract"):
        decode(io.BytesIO(raw), tmp_path / "copy", 1 << 30, Format())


# ---------------------------------------------------------------- two encodings in one file


@pytest.mark.parametrize("encoding", [None, "cp949"])
@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "quoted"])
def test_a_row_that_another_program_added_in_utf_8(
    make_feed: Callable[..., Feed], encoding: str | None, quote: str
) -> None:
    """As CP949 its name would be 諛뺤꽌以."""
    sound = "".join(f"{nth},{quote}{name}{quote}\r\n" for nth, name in enumerate(KOREAN))
    added = f"9,{quote}박서준{quote}\r\n"
    custom = {"encoding": encoding} if encoding else {}
    feed = make_feed(*COLUMNS, filePattern=PATTERN, **custom)
    load = feed.load(FILE, f"id,name\r\n{sound}".encode("cp949") + added.encode())
    assert feed.values("id, name") == [(str(nth), name) for nth, name in enumerate(KOREAN)]
    assert feed.faults() == [(5, None, MIXED_REASON, f"9,{quote}박서준{quote}")]
    assert (load.encoding, load.rows_read) == ("cp949", 4)
    corrected = feed.resubmitted(lambda text: text)
    assert feed.values("id, name")[-1] == ("9", "박서준")
    assert corrected.rows_quarantined == 0


def test_one_line_in_utf_8_costs_its_record(make_feed: Callable[..., Feed]) -> None:
    rows = ['a,"김민지\n'.encode("cp949"), '박서준"\n'.encode(), "b,김\n".encode("cp949")]
    feed = make_feed(*COLUMNS, filePattern=PATTERN, encoding="cp949")
    feed.load(FILE, b"id,name\n" + b"".join(rows))
    assert feed.faults() == [(2, None, MIXED_REASON, 'a,"김민지\n박서준"')]
    assert feed.values("id, name") == [("b", "김")]


def test_a_header_in_utf_8_is_a_header(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "이름", "required": True}, filePattern=PATTERN)
    feed.load(FILE, "이름\n".encode() + "김민지\n박서준\n최지우\n".encode("cp949"))
    assert feed.values('"이름"') == [("김민지",), ("박서준",), ("최지우",)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_mixed_lines_are_found_whatever_ends_them(end: bytes, tmp_path: Path) -> None:
    raw = end.join([b"name", "김민지".encode("cp949"), "박서준".encode(), b"x", b""])
    decoded = decode(io.BytesIO(raw), tmp_path / "copy", 1 << 30, Format(encoding="cp949"))
    assert decoded.path.read_text() == f"name\n김민지\n박서준{MIXED}\nx\n"
    assert not decoded.is_plain


@pytest.mark.parametrize("size", [(1 << 20) - 4, (1 << 20) - 1, 1 << 20])
def test_mixed_lines_may_lie_across_blocks(size: int, tmp_path: Path) -> None:
    raw = b"x" * (size - 8) + b"\n" + "김\n".encode("cp949") + "박서준\n".encode() + b"y\n"
    decoded = decode(io.BytesIO(raw), tmp_path / "copy", 1 << 30, Format(encoding="cp949"))
    assert decoded.path.read_text().split("\n", 1)[1] == f"김\n박서준{MIXED}\ny\n"


@pytest.mark.parametrize("encoding", ["cp1252", "shift_jis", "euc_kr"])
def test_other_encodings_have_such_rows_too(make_feed: Callable[..., Feed], encoding: str) -> None:
    own = {"cp1252": "José", "shift_jis": "山田", "euc_kr": "김민지"}[encoding]
    added = "José" if encoding == "cp1252" else "山田" if encoding == "shift_jis" else "박서준"
    feed = make_feed(*COLUMNS, filePattern=PATTERN, encoding=encoding)
    feed.load(FILE, f"id,name\na,{own}\n".encode(encoding) + f"b,{added}\n".encode())
    assert (feed.values("name"), feed.faults()) == (
        [(own,)],
        [(3, None, MIXED_REASON, f"b,{added}")],
    )


def test_rows_in_cp949_of_a_file_in_utf_8_are_quarantined(make_feed: Callable[..., Feed]) -> None:
    rows = "".join(f"{nth},{name}\n" for nth, name in enumerate(KOREAN))
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, f"id,name\n{rows}".encode() + "9,박서준\n".encode("cp949"))
    assert (load.encoding, len(feed.values())) == ("utf-8", 3)
    assert [row[:3] for row in feed.faults()] == [(5, "name", LOST)]


def test_sound_rows_are_hardly_ever_mistaken_for_utf_8(capsys: pytest.CaptureFixture[str]) -> None:
    """The numbers are in docs/landing.md."""
    mixed_encoding.main(100_000)
    printed = capsys.readouterr().out
    rows = [line.strip("| ").split("|") for line in printed.splitlines()[2:] if line]
    counts = {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in rows}
    assert counts == {
        "a member: id, name, phone": ["0", "0", "100,000"],
        "an order line: id, product, price": ["0", "0", "100,000"],
        "a word of the catalogue alone": ["0", "0", "100,000"],
        "a short word, late in the alphabet": ["24,712", "0", "100,000"],
    }


# ---------------------------------------------------------------- UTF-16, marks and names


def test_half_a_character_in_utf_16_costs_its_row(make_feed: Callable[..., Feed]) -> None:
    raw = b"\xff\xfe" + "id,name\na,김\nb,@\nc,박\n".encode("utf-16-le").replace(b"@\0", b"\0\xd8")
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, raw)
    assert feed.values("id, name") == [("a", "김"), ("c", "박")]
    assert (load.reason, [row[:3] for row in feed.faults()]) == ("", [(3, "name", LOST)])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_byte_missing_in_utf_16_costs_what_follows(
    make_feed: Callable[..., Feed], end: str
) -> None:
    rows = [f"r{number},name {number}" for number in range(2000)]
    text = end.join(["id,name", *rows, ""])
    raw = bytearray(b"\xff\xfe" + text.encode("utf-16-le"))
    place = 2 * text.index("r1000,") + 2
    del raw[place + 3]
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, bytes(raw))
    assert load.status == "loaded", load
    assert feed.values("id") == [(f"r{number}",) for number in range(1000)]
    assert load.reason == (
        "bytes are missing before the end of line 1,002, so all that follows is quarantined"
    )
    assert load.rows_quarantined == len(feed.faults()) > 0
    assert feed.faults()[0][0] == 1002


def test_utf_16_files_written_one_after_the_other(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, "id,name\na,김\n".encode("utf-16") + "id,name\nb,박\n".encode("utf-16"))
    assert (feed.values("id, name"), load.rows_skipped) == ([("a", "김"), ("b", "박")], 1)
    swapped = b"\xfe\xff" + "id,name\nb,박\n".encode("utf-16-be")
    load = feed.load("rows_2017-01-06.csv", "id,name\na,김\n".encode("utf-16") + swapped)
    assert (load.rows_loaded, load.rows_skipped, load.reason) == (2, 1, "")


@pytest.mark.parametrize(
    ("named", "raw", "read_as", "note"),
    [
        ("cp949", "id,name\na,김\n".encode("utf-8-sig"), "utf-8-sig",
         "its byte order mark says UTF-8, its contract cp949: it was read as UTF-8"),
        ("utf-8", "id,name\na,김\n".encode("utf-16"), "utf-16",
         "its byte order mark says UTF-16, its contract utf-8: it was read as UTF-16"),
        ("utf-16-le", b"\xfe\xff" + "id,name\na,김\n".encode("utf-16-be"), "utf-16", ""),
        ("utf-16-le", "id,name\na,김\n".encode("utf-16-le"), "utf-16-le", ""),
        ("utf-8", "id,name\na,김\n".encode("utf-8-sig"), "utf-8-sig", ""),
        ("utf-8-sig", "id,name\na,김\n".encode(), "utf-8-sig", ""),
        ("euc_kr", "id,name\na,김\n".encode("euc_kr"), "euc_kr", ""),
        ("iso2022_kr", "id,name\na,김\n".encode("iso2022_kr"), "iso2022_kr", ""),
        ("utf-32", "id,name\na,김\n".encode("utf-32"), "utf-32", ""),
    ],
)  # fmt: skip
def test_a_named_encoding_is_used_as_it_is_unless_a_mark_contradicts(
    make_feed: Callable[..., Feed], named: str, raw: bytes, read_as: str, note: str
) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN, encoding=named)
    load = feed.load(FILE, raw)
    assert feed.values("id, name") == [("a", "김")]
    assert (load.encoding, load.reason) == (read_as, note)


def test_a_named_encoding_is_not_guessed_again(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN, encoding="utf-8")
    load = feed.load(FILE, "id,name\na,김민지\nb,박서준\nc,x\n".encode("cp949"))
    assert (load.encoding, feed.values("id")) == ("utf-8", [("c",)])
    assert [row[2] for row in feed.faults()] == [LOST, LOST]


def test_no_cut_or_flip_of_cp949_loses_a_row_in_silence(make_feed: Callable[..., Feed]) -> None:
    draws = random.Random(3)  # noqa: S311 - the same each time
    rows = [f"{number},{KOREAN[number % 3]}" for number in range(60)]
    whole = "\n".join(["id,name", *rows, ""]).encode("cp949")
    for attempt in range(30):
        raw = bytearray(whole)
        for _ in range(draws.randint(1, 3)):
            place = draws.randrange(8, len(raw) - 1)
            if raw[place] != 10:
                raw[place] = draws.choice([0x80, 0xFF, 0xB0, 0x41])
        feed = make_feed(*COLUMNS, home=f"home{attempt}", filePattern=PATTERN, encoding="cp949")
        load = feed.load(FILE, bytes(raw))
        assert (load.status, load.rows_read) == ("loaded", 60)
