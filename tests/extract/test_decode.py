"""How landed bytes become plain UTF-8."""

from __future__ import annotations

import gzip
import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dangol.contracts.model import Format
from dangol.extract import text_copy
from dangol.extract.decode import Decoded, decode
from dangol.extract.landed_bytes import IncompleteFileError, RefusedFileError

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

TEXT = "order_id,이름\na,김민지\nb,똠방각하 뷁\n"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy.csv"


def decoded(raw: bytes, target: Path, max_bytes: int = 1 << 30) -> tuple[Decoded, str]:
    found = decode(io.BytesIO(raw), target, max_bytes, Format())
    assert found.sha256 == hashlib.sha256(raw).hexdigest()
    assert (found.landed_bytes, found.decoded_bytes) == (len(raw), target.stat().st_size)
    assert target.stat().st_mode & 0o777 == 0o600
    return found, target.read_bytes().decode()


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("cp949"), "cp949"),
        ("order_id\n티와\n김\n".encode("cp949"), "cp949"),  # its first bytes are valid UTF-8
    ],
    ids=["utf-8", "mark", "utf-16-le", "utf-16-be", "cp949", "cp949 like utf-8"],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_encodings_are_told_by_content(
    raw: bytes, encoding: str, pack: type[bytes], target: Path
) -> None:
    found, text = decoded(pack(raw), target)
    assert found.encoding == encoding
    assert text == raw.decode(encoding)
    assert found.lines == text.count("\n")
    assert found.is_plain


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (1 << 20) + 1])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp949"])
def test_characters_may_lie_across_blocks(size: int, encoding: str, target: Path) -> None:
    text = "x" * (size - 5) + "\n" + "김" * 10 + "\r\n" * 5
    found, copy = decoded(text.encode(encoding), target)
    assert copy == text.replace("\r\n", "\n")
    assert found.lines == 6


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\rb\r", "a\nb\n"),
        ("a\r\nb\rc\nd\r\n", "a\nb\nc\nd\n"),
        ('a,"1\r\n2"\r\nb,"\r"\r\n', 'a,"1\r\n2"\nb,"\r"\n'),
        ('"say ""\r\n"""\r\nb\r', '"say ""\r\n"""\nb\n'),
        ("a\r\n\r\nb\r\n", "a\n\nb\n"),
    ],
)
def test_line_ends_are_made_alike_outside_quotes_alone(text: str, copy: str, target: Path) -> None:
    assert decoded(text.encode(), target)[1] == copy


@pytest.mark.parametrize("offset", range(-3, 4))
def test_line_ends_may_lie_across_blocks(offset: int, target: Path) -> None:
    text = "x" * ((1 << 20) + offset) + '\r\n"\r\n"\r\ny\r'
    found, copy = decoded(text.encode(), target)
    assert copy == "x" * ((1 << 20) + offset) + '\n"\r\n"\ny\n'
    assert found.lines == 4


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("a\nb\n", True),
        ("a\r\nb\r\n", True),
        ('a\n"b"\n', False),
        ("a\n\nb\n", False),
        ("\na\n", False),
        ("a\n\n", False),
        ("a\n\ufffd\n", False),
        ("a\n" + "x" * 65_536 + "\nb\n", True),
        ("a\n" + "x" * 65_537 + "\nb\n", False),
        ("x" * 65_537 + "\nb\n", False),
        ("x\n" * 600_000 + "y" * 65_536 + "\n", True),
        ("x\n" * 500_000 + "y" * 65_537 + "\n" + "x\n" * 100_000, False),
        ("x\n" * ((1 << 19) - 16_384) + "y" * 65_537 + "\n", False),
        ("x\n" * (1 << 19) + "\nx\n", False),
    ],
)
def test_a_plain_file_has_a_record_in_each_line(text: str, is_plain: bool, target: Path) -> None:
    found, _ = decoded(text.encode(), target)
    assert (found.is_plain, found.lines) == (is_plain, text.count("\n"))


def test_a_last_line_without_end_counts(target: Path) -> None:
    found = decode(io.BytesIO(b"a\nb"), target, 100, Format(needs_final_newline=False))
    assert (found.lines, target.read_bytes()) == (2, b"a\nb")


@pytest.mark.parametrize(
    ("raw", "kind", "message"),
    [
        (b"", IncompleteFileError, "it is empty (0 bytes)"),
        (b"\xef\xbb\xbf", IncompleteFileError, "it is empty (0 bytes)"),
        (b"a\nb", IncompleteFileError, "its last line does not end in a newline"),
        (b"a\n\xea\xb9", IncompleteFileError, "it ends in the middle of a character"),
        (b"\xff\xfea\0\n", IncompleteFileError, "it ends in the middle of a character"),
        (b"\x1f\x8b", IncompleteFileError, "its gzip stream is truncated"),
        (b"\x1f\x8bxxxxxxxxxxxxxxxx", RefusedFileError, "is damaged after 18 bytes"),
        (gzip.compress(b"", mtime=0), RefusedFileError, "is complete but empty"),
        (b"a\nb\nc\0\n", RefusedFileError, "line 3 contains a NUL byte"),
        (b"x\n" * 600_000 + b"\0", RefusedFileError, "line 600,001 contains a NUL byte"),
        (b"x" * 101 + b"\n", RefusedFileError, "larger than the 100 bytes"),
        (gzip.compress(b"x" * 101 + b"\n", mtime=0), RefusedFileError, "larger than the 100 bytes"),
    ],
)  # fmt: skip
def test_what_is_incomplete_or_refused(
    raw: bytes, kind: type[Exception], message: str, target: Path
) -> None:
    with pytest.raises(kind) as caught:
        decode(io.BytesIO(raw), target, 100 if "100" in message else 1 << 30, Format())
    assert message in str(caught.value)


@pytest.mark.parametrize("cut", range(1, 40))
def test_no_cut_of_a_gzip_file_passes(cut: int, target: Path) -> None:
    raw = gzip.compress(b"a,b\n1,2\n", mtime=0)
    assert len(raw) < 40
    with pytest.raises((IncompleteFileError, RefusedFileError)):
        decode(io.BytesIO(raw[:-cut]), target, 1 << 30, Format())


def test_a_line_that_no_csv_file_has_is_refused(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_copy, "_MAX_LINE_BYTES", 3 << 20)
    raw = b"a\nb\n" + b"x" * (5 << 20)
    with pytest.raises(
        RefusedFileError, match=r"^line 3 is longer than 3,145,728 bytes: this is not"
    ):
        decode(io.BytesIO(raw), target, 1 << 30, Format())


def test_damaged_utf_8_stays_utf_8(target: Path) -> None:
    raw = TEXT.encode() + b"c,\xea\xb9\n" + TEXT.encode()
    found, text = decoded(raw, target)
    assert (found.encoding, found.is_plain) == ("utf-8", False)
    assert text == f"{TEXT}c,\ufffd\n{TEXT}"


def test_a_single_foreign_character_costs_its_row(target: Path) -> None:
    raw = b"a,b\n" * 100 + b"c,caf\xe9\n"
    assert decoded(raw, target)[1].endswith("c,caf\ufffd\n")


def test_foreign_text_is_refused_as_a_whole(target: Path) -> None:
    raw = b"name\n" + "Jos\u00e9, \u00e9t\u00e9, \u00fc\n".encode("latin-1") * 100
    with pytest.raises(
        RefusedFileError, match=r"not text in UTF-8, UTF-16 or CP949 \(see line 2\)"
    ):
        decode(io.BytesIO(raw), target, 1 << 30, Format())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
def test_a_file_in_another_encoding_is_loaded(shop: Shop, encoding: str) -> None:
    text = "member_id,이름\n가,김민지\n나,박서준\n"
    shop.land("members_2017-01-05.csv", text.encode(encoding))
    shop.extract("members")
    assert shop.rows("members", 'member_id, "이름"') == [("가", "김민지"), ("나", "박서준")]
    assert shop.last("members").encoding == encoding


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind_are_loaded(shop: Shop, end: str) -> None:
    lines = [
        "order_id,customer,quantity,amount",
        "a,Kim,1,1.00",
        'b,"x, y",2,2.00',
        "c,Lee,x,1",
        "",
    ]
    shop.land("orders_2017-01-05.csv", end.join(lines))
    shop.extract()
    assert shop.rows(columns="order_id, customer, quantity") == [("a", "Kim", 1), ("b", "x, y", 2)]
    assert [row[1] for row in shop.quarantine()] == [4]
