"""Zip archives: each member is a file of its own, and a bad one costs no other."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from dangol.contracts.deliveries import archive_pattern, compile_pattern
from dangol.errors import DangolError
from dangol.extract import archives
from dangol.extract.landing import Landing
from dangol.extract.listing import unclaimed_files
from dangol.extract.zones.zone import LandedFile

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"shop_{date}\.zip!(?:.*/)?orders_{part}\.csv(\.gz)?"
FILE = "shop_2017-01-05.zip"
COLUMNS = ({"name": "id", "required": True}, {"name": "count", "type": "BIGINT"})
GOOD = "id,count\na,1\n"
BAD_NAME = "its name is absolute, or has '..' or an unprintable character"
NESTED = "it is an archive inside an archive: land it by itself"


def zipped(*members: tuple[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def fates(feed: Feed) -> list[tuple[str, str, str]]:
    return [(load.file, load.status, load.reason) for load in feed.loads("rows")]


def test_a_member_is_a_file_of_its_own(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, zipped(
        ("orders_1.csv", GOOD), ("orders_2.csv", "id,count\nb,x\nc,3\n"), ("readme.txt", "x"),
        ("folder/", ""), ("folder/orders_3.csv", "id,count\nd,4\n"),
    ))  # fmt: skip
    assert feed.values("id, _file, _row") == [
        ("a", f"{FILE}!orders_1.csv", 1),
        ("c", f"{FILE}!orders_2.csv", 2),
        ("d", f"{FILE}!folder/orders_3.csv", 1),
    ]
    assert feed.faults() == [(2, "count", "count does not fit its type BIGINT", "b,x")]
    assert [(each.part, each.file_date) for each in feed.loads("rows")] == [
        ("1", "2017-01-05"), ("2", "2017-01-05"), ("3", "2017-01-05"),
    ]  # fmt: skip
    assert (load.bytes, load.encoding) == (len("id,count\nd,4\n"), "utf-8")
    assert feed.extract() == {"stream": "feed.rows", "rows_loaded": 0, "rows_quarantined": 0}


def test_an_archive_that_is_sent_again_repeats_nothing(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, zipped(("orders_1.csv", GOOD), ("orders_2.csv", "id,count\nb,2\n")))
    feed.load(FILE, zipped(("orders_1.csv", GOOD), ("orders_2.csv", "id,count\nb,3\n")))
    assert [(load.file, load.status) for load in feed.loads("rows")] == [
        (f"{FILE}!orders_1.csv", "loaded"), (f"{FILE}!orders_2.csv", "loaded"),
        (f"{FILE}!orders_1.csv", "duplicate"), (f"{FILE}!orders_2.csv", "loaded"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_usual_compression_is_read(make_feed: Callable[..., Feed], method: int) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, zipped(("orders_1.csv", GOOD), method=method))
    assert feed.values("id") == [("a",)]


def test_members_of_other_formats(make_feed: Callable[..., Feed]) -> None:
    book = openpyxl.Workbook()
    for row in (["id", "count"], ["a", 1]):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    feed = make_feed(*COLUMNS, filePattern=r"shop_{date}\.zip!orders\.xlsx")
    feed.load(FILE, zipped(("orders.xlsx", target.getvalue())))
    assert feed.values("id, count") == [("a", 1)]


def test_names_that_windows_writes_in_its_own_encoding(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=r"shop_{date}\.zip!주문\.csv")
    in_windows = zipped(("XXXX.csv", "id,count\n5,1\n")).replace(b"XXXX", "주문".encode("cp949"))
    feed.load(FILE, in_windows)
    feed.load("shop_2017-01-06.zip", zipped(("주문.csv", "id,count\n6,1\n")))
    assert feed.values("id") == [("5",), ("6",)]
    assert feed.last("rows").file == "shop_2017-01-06.zip!주문.csv"


# ---------------------------------------------------------------- bad members


def encrypted(raw: bytes, name: bytes) -> bytes:
    """Set the flag of an encrypted member, where it begins and in the list at the end."""
    changed = bytearray(raw)
    for mark, flags, length in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        place = raw.find(mark)
        while place >= 0:
            if raw[place + length :].startswith(name):
                changed[place + flags] |= 1
            place = raw.find(mark, place + 1)
    return bytes(changed)


def test_a_bad_member_does_not_cost_the_others(make_feed: Callable[..., Feed]) -> None:
    stored = zipped(("orders_1.csv", GOOD), ("orders_2.csv", "id,count\nb,2\n"),
                    ("orders_3.csv", "id,count\nc,3\n"), method=zipfile.ZIP_STORED)  # fmt: skip
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, encrypted(stored.replace(b"\nb,2\n", b"\nb,9\n"), b"orders_3"))
    assert fates(feed) == [
        (f"{FILE}!orders_1.csv", "loaded", ""),
        (f"{FILE}!orders_2.csv", "rejected",
         "its zip archive's member is damaged: ask for it again"),
        (f"{FILE}!orders_3.csv", "rejected",
         "it is encrypted: ask for it without a password"),
    ]  # fmt: skip
    assert feed.values("id") == [("a",)]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("/orders_1.csv", GOOD, BAD_NAME),
        ("../orders_1.csv", GOOD, BAD_NAME),
        ("x/../orders_1.csv", GOOD, BAD_NAME),
        ("C:/orders_1.csv", GOOD, BAD_NAME),
        ("\u202ex/orders_1.csv", GOOD,
         BAD_NAME),
        ("orders_1.csv", zipped(("x", "y")), NESTED),
        ("orders_1.csv.gz", b"\x1f\x8bxxxx", NESTED),
        ("orders_1.csv", b"7z\xbc\xaf\x27\x1c", NESTED),
        ("orders_1.csv", b"id,count\n" + b"0" * (20 << 20) + b",1\n",
         "bytes expand to 20,971,532: no export is compressed more than 100 times"),
        ("orders_1.csv", "id,count\nbad", "its last line does not end in a newline"),
        ("orders_1.csv", "", "it is empty (0 bytes)"),
        (f"{'x' * 380}/orders_1.csv", GOOD,
         "its name is over 400 bytes long, with that of its archive"),
    ],
)  # fmt: skip
def test_a_member_that_is_not_read_says_why(
    make_feed: Callable[..., Feed], name: str, content: str | bytes, reason: str
) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, zipped((name, content), ("orders_2.csv", GOOD)))
    assert feed.values("id") == [("a",)]
    bad = next(load for load in feed.loads("rows") if load.status != "loaded")
    assert bad.status in {"rejected", "waiting"}
    assert bad.reason.endswith(reason)


def test_members_of_one_name_are_refused(make_feed: Callable[..., Feed]) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = zipped(("orders_1.csv", GOOD), ("orders_1.csv", "id,count\nb,2\n"),
                     ("orders_2.csv", "id,count\nc,3\n"))  # fmt: skip
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, raw)
    reason = "its archive has more than one member of this name"
    assert [fate[1:] for fate in fates(feed) if fate[0].endswith("1.csv")] == [("rejected", reason)]
    assert feed.values("id") == [("c",)]


def test_a_link_in_an_archive_is_not_followed(make_feed: Callable[..., Feed]) -> None:
    info = zipfile.ZipInfo("orders_1.csv")
    info.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    assert feed.load(FILE, target.getvalue()).reason == "it is a symbolic link"


def test_members_that_overlap_expand_beyond_all_limits(make_feed: Callable[..., Feed]) -> None:
    """As in a bomb whose entries all point to the same bytes: each is judged by itself."""
    raw = zipped(("orders_1.csv", b"id,count\n" + b"0" * (30 << 20)))
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    assert feed.load(FILE, raw).status == "rejected"


def test_a_member_that_expands_further_than_its_entry_says(make_feed: Callable[..., Feed]) -> None:
    content = b"id,count\n" + b"a,1\n" * 5000
    raw = bytearray(zipped(("orders_1.csv", content)))
    for place in (raw.find(b"PK\x03\x04") + 22, raw.find(b"PK\x01\x02") + 24):
        raw[place : place + 4] = struct.pack("<I", 100)
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, bytes(raw))
    assert (load.status, load.rows_read) == ("rejected", 0)


# ---------------------------------------------------------------- bad archives


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (zipped(("orders_1.csv", GOOD))[:-10], "waiting",
         "its zip archive has no end: it is truncated"),
        (b"id,count\na,1\n", "rejected", "it is not a zip archive"),
        (b"", "rejected", "it is not a zip archive"),
        (zipped(*((f"orders_{n}.csv", GOOD) for n in range(1001))), "rejected",
         "its zip archive has more than 1,000 members"),
    ],
)  # fmt: skip
def test_an_archive_that_can_t_be_listed_is_in_the_ledger_by_its_own_name(
    make_feed: Callable[..., Feed], raw: bytes, status: str, reason: str
) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, raw)
    assert fates(feed) == [(FILE, status, reason)]
    assert load.file_date == "2017-01-05"
    feed.extract(night="2017-01-10")
    last = feed.last("rows")
    assert last.status == "rejected"
    if status == "waiting":
        assert last.reason == f"{reason}, and it has not changed since an earlier night"


def test_whatever_byte_of_an_archive_is_damaged_it_says_why() -> None:
    raw = zipped(("orders_1.csv", GOOD), ("orders_2.csv", "id,count\nb,2\n"))
    outcomes = set()
    for place in range(len(raw)):
        for value in (0x00, 0x01, 0xFF):
            stream = io.BytesIO(raw[:place] + bytes([value]) + raw[place + 1 :])
            try:
                for member in archives.members_of(stream, LandedFile(FILE, len(raw), "f")):
                    if not member.refusal:
                        with archives.open_member(stream, member, is_workbook=False) as opened:
                            outcomes.add(len(opened.read()))
            except DangolError as error:
                outcomes.add(type(error).__name__)
    assert {len(GOOD), "RefusedFileError", "IncompleteFileError"} <= outcomes


def test_an_archive_that_is_a_link_is_not_opened(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    elsewhere = feed.land("../../secret.zip", zipped(("orders_1.csv", GOOD)))
    (feed.landing / FILE).symlink_to(elsewhere)
    feed.extract()
    assert fates(feed) == [(FILE, "rejected", "it is a symbolic link")]


def test_an_archive_for_a_later_day_is_left_for_its_night(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.land("shop_2017-01-08.zip", zipped(("orders_1.csv", GOOD)))
    feed.land("shop_2017-01-09.zip", b"PK\x03\x04")
    feed.extract(night="2017-01-07")
    assert feed.loads("rows") == []
    feed.extract(night="2017-01-08")
    assert [load.status for load in feed.loads("rows")] == ["loaded"]


def test_a_growing_archive_waits_with_all_its_members(
    make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    file = feed.land(FILE, zipped(("orders_1.csv", GOOD), ("orders_2.csv", GOOD)), age=0)

    def grow(_: float) -> None:
        file.write_bytes(zipped(("orders_1.csv", GOOD)))

    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", grow)
    feed.extract()
    assert {fate[1:] for fate in fates(feed)} == {("waiting", "it is still growing")}


@pytest.mark.parametrize(
    ("pattern", "name", "is_archive"),
    [
        (r"shop_{date}\.zip!orders\.csv", "shop_2017-01-05.zip", True),
        (r"shop_{date}\.zip!orders\.csv", "shop_2017-01-05_r2.zip", True),
        (r"shop_{date}\.zip!orders\.csv", "other_2017-01-05.zip", False),
        (r"(shop\.zip!orders_{date}\.csv)", "any.ZIP", True),
        (r"(?!x)shop\.zip!orders_{date}\.csv", "any.zip", True),
        (r"(?<!x)shop\.zip!orders_{date}\.csv", "any.csv", False),
    ],
)
def test_a_pattern_tells_its_archives(pattern: str, name: str, is_archive: bool) -> None:
    found = archive_pattern(compile_pattern("", pattern))
    assert found is not None
    assert bool(found.fullmatch(name)) == is_archive


def test_a_pattern_without_members_has_no_archives() -> None:
    assert archive_pattern(compile_pattern("", r"(?!x)orders_{date}\.csv")) is None


def test_members_that_no_stream_claims_are_told(make_feed: Callable[..., Feed]) -> None:
    from dangol.extract import stream as module

    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.land(FILE, zipped(("orders_1.csv", GOOD), ("refunds.csv", "x"), ("../orders_2.csv", "x")))
    feed.land("shop_2017-01-06.zip", b"PK\x03\x04")
    feed.land("other.zip", zipped(("orders_1.csv", GOOD)))
    feed.land("orders_1.csv", GOOD)
    stream = module.find_stream(feed.settings, "feed", "rows")
    found = unclaimed_files(Landing(feed.settings.landing), "feed", [stream])
    assert [file.name for file in found] == ["orders_1.csv", "other.zip", f"{FILE}!refunds.csv"]


# ---------------------------------------------------------------- corrections


@pytest.mark.parametrize(
    ("pattern", "archive", "member", "landed"),
    [
        (r"shop_{date}\.zip!orders\.csv", FILE, "orders.csv", "shop_2017-01-05_s1.zip!orders.csv"),
        (r"shop\.zip!orders_{date}\.csv", "shop.zip", "orders_2017-01-05.csv",
         "shop.zip!orders_2017-01-05_s1.csv"),
    ],
)  # fmt: skip
def test_a_supplement_has_the_names_of_archive_and_member(
    make_feed: Callable[..., Feed], pattern: str, archive: str, member: str, landed: str
) -> None:
    feed = make_feed(*COLUMNS, filePattern=pattern)
    feed.load(archive, zipped((member, "id,count\na,x\nb,2\n")))
    load = feed.resubmitted(lambda text: text.replace("x", "1"))
    assert (load.file, load.supplement, load.file_date) == (landed, 1, "2017-01-05")
    assert feed.values("id, count") == [("b", 2), ("a", 1)]


def test_members_in_folders_can_t_be_resubmitted(make_feed: Callable[..., Feed]) -> None:
    from dangol.extract.quarantine import ResubmitError, resubmit

    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, zipped(("folder/orders_1.csv", "id,count\na,x\n")))
    corrected = feed.settings.home / "corrected.csv"
    corrected.write_text(GOOD)
    with pytest.raises(ResubmitError, match="accepts no file named"):
        resubmit(feed.settings, load.load_id, corrected)


def test_a_correction_of_the_archive_replaces_its_day(make_feed: Callable[..., Feed]) -> None:
    from dangol.precedence import superseded_loads

    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, zipped(("orders_1.csv", GOOD)))
    feed.load("shop_2017-01-05_r1.zip", zipped(("orders_1.csv", "id,count\nz,9\n")))
    assert superseded_loads(feed.loads("rows")) == {"feed.rows.000001": "feed.rows.000002"}


def test_members_are_the_same_on_every_machine(tmp_path: Path) -> None:
    """Their order is the archive's."""
    raw = zipped(("b.csv", "1"), ("a.csv", "2"))
    found = archives.members_of(io.BytesIO(raw), LandedFile("x.zip", len(raw), "f"))
    assert [(file.name, file.size, file.fingerprint, file.archive) for file in found] == [
        ("x.zip!b.csv", 1, "f", "x.zip"),
        ("x.zip!a.csv", 1, "f", "x.zip"),
    ]
