"""What every kind of landing zone does: the same tests over all of them.

``sftp`` is a server in Python, ``openssh`` the one that most companies have; ``az`` is a server of
ours, ``azurite`` Microsoft's emulator. The programs are used where they are installed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dangol.extract.landed_bytes import UnreadableFileError
from dangol.extract.landing import Landing
from dangol.extract.quarantine import export_rows, resubmit
from dangol.extract.zones.zone import LandedFile, LandingError
from tests.extract.landing_servers import Side, kinds

if TYPE_CHECKING:
    from tests.extract.conftest import Feed, Shop

BUCKETS = {"s3", "gs", "az", "azurite"}
every_server = kinds("s3", "gs", "az", "azurite", "sftp", "openssh")
every_kind = kinds("folder", "s3", "gs", "az", "azurite", "sftp", "openssh")
FILE = "orders_2017-01-05.csv"
NEXT = "orders_2017-01-06.csv"
ROW = "a,Kim,1,9.90,,,,"
SECRETS = ("correct horse", "test-secret", "Eby8vdM02", "PRIVATE KEY", "made-up")


def orders(shop: Shop, *rows: str) -> str:
    return "\n".join([shop.header, *rows, ""])


def around_opening(
    monkeypatch: pytest.MonkeyPatch,
    before: Callable[[], Any] = lambda: None,
    after: Callable[[], Any] = lambda: None,
) -> None:
    """Do something to the landing zone before or after a file is opened."""
    original = Landing.open

    @contextmanager
    def opened(self: Landing, system: str, file: LandedFile) -> Iterator[Any]:
        before()
        with original(self, system, file) as stream:
            after()
            yield stream

    monkeypatch.setattr(Landing, "open", opened)


# ---------------------------------------------------------------------------------- what lies there


@every_kind
def test_files_are_loaded(shop: Shop, side: Side, kind: str) -> None:
    side.put(f"shop/{FILE}", orders(shop, ROW))
    packed = gzip.compress(orders(shop, "b,김민지,x,1,,,,", "c,이,1,1,,,,").encode("cp949"))
    side.put("shop/orders_2017-01-06.csv.gz", packed)
    side.put("shop/orders_2017-01-07.csv", orders(shop, ROW)[:-5])
    side.put("shop/orders_2017-01-08.csv", b"")
    side.put("other/file.csv", b"x")
    assert shop.extract() == {
        "stream": "shop.orders", "loaded": 2, "waiting": 2, "rows_loaded": 2, "rows_quarantined": 1,
    }  # fmt: skip
    assert shop.rows(columns="order_id, customer, _file") == [
        ("a", "Kim", FILE),
        ("c", "이", "orders_2017-01-06.csv.gz"),
    ]
    assert [load.encoding for load in shop.loads()] == ["utf-8", "cp949", "", ""]
    assert shop.extract()["rows_loaded"] == 0
    assert len(shop.loads()) == 4
    landing = Landing(side.landing)
    landing.check()
    assert landing.systems() == ["other", "shop"]
    landing.close()


@every_kind
def test_members_of_archives_are_loaded(
    side: Side, kind: str, make_feed: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", lambda seconds: None)
    feed = make_feed({"name": "id"}, filePattern=r"shop_{date}\.zip!orders_{part}\.csv")
    feed.settings = replace(feed.settings, landing=side.landing)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders_1.csv", "id\na\n")
        archive.writestr("orders_2.csv", b"id\n" + b"0" * (20 << 20) + b"\n")
        archive.writestr("orders_3.csv", "id\n" + "".join(f"{n}\n" for n in range(300_000)))
    side.put("feed/shop_2017-01-05.zip", target.getvalue())
    side.put("feed/shop_2017-01-06.zip", target.getvalue()[:-30])
    feed.extract()
    assert [(load.file, load.status, load.rows_loaded) for load in feed.loads("rows")] == [
        ("shop_2017-01-05.zip!orders_1.csv", "loaded", 1),
        ("shop_2017-01-05.zip!orders_2.csv", "rejected", 0),
        ("shop_2017-01-05.zip!orders_3.csv", "loaded", 300_000),
        ("shop_2017-01-06.zip", "waiting", 0),
    ]


@every_kind
def test_a_listing_has_names_sizes_and_times(side: Side, kind: str) -> None:
    for name in ("b", "a"):
        side.put(f"shop/{name}", b"text")
    side.put("shop/folder/file", b"text")
    listed = Landing(side.landing).files("shop")
    assert [(file.name, file.refusal) for file in listed] == [
        ("a", None),
        ("b", None),
        ("folder", "it is a folder"),
    ]
    assert [file.size for file in listed][:2] == [4, 4]
    expected = time.time() - (0 if kind in BUCKETS else 3600)
    assert all(abs((file.changed_at or 0) - expected) < 60 for file in listed[:2])


@every_kind
def test_a_fingerprint_changes_with_the_content_and_only_then(side: Side, kind: str) -> None:
    landing = Landing(side.landing)
    side.put("shop/file", b"one")
    (first,) = landing.files("shop")
    assert landing.files("shop") == [first]
    with landing.open("shop", first) as opened:
        assert opened.fingerprint == first.fingerprint
        assert opened.stream.read() == b"one"
        opened.check_unchanged()
    side.put("shop/file", b"two", age=100)  # of the same size
    (second,) = landing.files("shop")
    assert second.fingerprint != first.fingerprint
    assert second.size == first.size


@every_kind
def test_an_absent_system_has_no_files(side: Side, kind: str) -> None:
    side.put("shop/file", b"x")
    side.put("shopping/file", b"x")
    landing = Landing(side.landing)
    assert landing.files("none") == []
    assert landing.files("sho") == []
    assert [file.name for file in landing.files("shop")] == ["file"]


@every_kind
def test_a_landing_zone_that_is_missing_is_not_an_empty_one(side: Side, kind: str) -> None:
    landing = Landing(side.landing)
    landing.check()
    assert landing.systems() == []
    landing.close()
    if kind == "sftp":  # the server's root can't go away under it
        landing = Landing(side.landing + "gone")
    else:
        side.remove_all()
    with pytest.raises(LandingError, match=r"the landing zone .*\(DANGOL_LANDING\) does not exist"):
        landing.check()


@every_kind
def test_a_name_that_could_deceive_is_not_opened(shop: Shop, side: Side, kind: str) -> None:
    names = ["codes_..x.csv", "codes_\u202evsc.csv", "이" * 67, "codes_of_today.csv"]
    for name in names:
        side.put(f"shop/{name}", "code\nx\n")
    listed = {file.name: file.refusal for file in Landing(side.landing).files("shop")}
    hostile = "its name is over 200 bytes long, or has '..', '/' or an unprintable character"
    assert listed == {
        "codes_..x.csv": hostile,
        r"codes_\u202evsc.csv": hostile,
        "이" * 67: hostile,
        "codes_of_today.csv": None,
    }


# ---------------------------------------------------- changes between listing, opening, and reading


@every_kind
def test_a_file_that_grows_waits(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.put(f"shop/{FILE}", orders(shop, ROW), age=0)
    side.put(f"shop/{NEXT}", orders(shop, ROW.replace("a", "b")), age=0)
    with monkeypatch.context() as patch:
        patch.setattr(
            "dangol.extract.arrivals.time.sleep",
            lambda seconds: side.put(f"shop/{FILE}", orders(shop, ROW, ROW), age=0),
        )
        shop.extract()
    assert [(file, status, reason) for file, status, reason in shop.fates()] == [
        (FILE, "waiting", "it is still growing"),
        (NEXT, "loaded", ""),
    ]
    shop.extract()
    assert shop.last().rows_loaded == 2


@every_server
def test_a_clock_of_the_server_that_is_minutes_late_hides_no_growth(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind in BUCKETS:
        monkeypatch.setattr("dangol.extract.arrivals.time.time", lambda: time.time_ns() / 1e9 + 200)
    side.put(f"shop/{FILE}", orders(shop, ROW), age=200)
    with monkeypatch.context() as patch:
        patch.setattr(
            "dangol.extract.arrivals.time.sleep",
            lambda seconds: side.put(f"shop/{FILE}", orders(shop, ROW, ROW), age=200),
        )
        shop.extract()
    assert shop.fates() == [(FILE, "waiting", "it is still growing")]


@every_kind
def test_a_file_replaced_after_it_was_listed_is_loaded_as_it_was_read(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.put(f"shop/{FILE}", orders(shop, ROW))
    new = orders(shop, "new,Lee,2,2.00,,,,", "newer,Lee,2,2.00,,,,")
    with monkeypatch.context() as patch:
        around_opening(patch, before=lambda: side.put(f"shop/{FILE}", new, age=60))
        shop.extract()
    assert shop.rows(columns="order_id") == [("new",), ("newer",)]
    monkeypatch.setattr(Landing, "open", lambda *given: pytest.fail("looked at again"))
    assert shop.extract()["rows_loaded"] == 0
    assert len(shop.loads()) == 1


@every_kind
def test_a_file_replaced_while_it_is_read_waits(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.put(f"shop/{FILE}", orders(shop, ROW))
    new = orders(shop, ROW.replace("Kim", "Lee"))
    with monkeypatch.context() as patch:
        around_opening(patch, after=lambda: side.put(f"shop/{FILE}", new, age=60))
        shop.extract()
    assert [load.status for load in shop.loads()] == ["waiting"]
    assert shop.last().reason.startswith(
        ("it changed while it was being read", "it can't be read (")
    )
    shop.extract()
    assert shop.rows(columns="customer") == [("Lee",)]


@every_kind
def test_a_file_that_vanishes_waits_and_stops_no_other(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does one that a lagging listing still has."""
    for day in (4, 5, 6):
        side.put(f"shop/orders_2017-01-0{day}.csv", orders(shop, f"o{day},Kim,1,1.00,,,,"))
    with monkeypatch.context() as patch:
        around_opening(patch, before=lambda: side.remove(f"shop/{FILE}"))
        shop.extract()
    fates = shop.fates()
    assert [(file, status) for file, status, _ in fates] == [
        ("orders_2017-01-04.csv", "loaded"),
        (FILE, "waiting"),
        (NEXT, "loaded"),
    ]
    assert fates[1][2].startswith("it can't be read (")
    assert side.landing not in fates[1][2]
    assert "company-" not in fates[1][2]


@every_kind
def test_a_file_removed_while_it_is_read_is_no_crash(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.put(f"shop/{FILE}", orders(shop, ROW))
    with monkeypatch.context() as patch:
        around_opening(patch, after=lambda: side.remove(f"shop/{FILE}"))
        shop.extract()
    # an open file of a folder can still be read, and what was read is whole
    assert shop.last().status == ("waiting" if kind in BUCKETS else "loaded")


# ----------------------------------------------------------------------------------- the connection


@every_server
def test_a_connection_that_breaks_in_the_middle_of_a_file(
    shop: Shop, side: Side, kind: str
) -> None:
    """The file waits, the others are loaded, and the next night has it all."""
    large = "".join(f"{number},Kim,1,1.00,,,,\n" for number in range(150_000))
    side.put(f"shop/{FILE}", f"{shop.header}\n{large}")
    side.put(f"shop/{NEXT}", orders(shop, ROW))
    assert len(large) > 3 * side.cuts_after
    assert side.wire
    side.wire.cut_after = side.cuts_after
    shop.extract()
    assert [(file, status) for file, status, _ in shop.fates()] == [
        (FILE, "waiting"),
        (NEXT, "loaded"),
    ]
    assert shop.fates()[0][2].startswith("it can't be read (")
    side.wire.cut_after = None
    assert shop.extract(night="2017-01-10")["rows_loaded"] == 150_000


@every_server
def test_a_server_that_stops_answering_in_the_middle_of_a_file(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind in BUCKETS:
        make_impatient(monkeypatch, kind)
    else:
        monkeypatch.setattr("dangol.extract.zones.sftp_connection.ANSWERS_WITHIN", 1.0)
    large = "".join(f"{number},Kim,1,1.00,,,,\n" for number in range(150_000))
    side.put(f"shop/{FILE}", f"{shop.header}\n{large}")
    assert side.wire
    side.wire.stall_after = side.cuts_after
    shop.extract()
    assert [(file, status) for file, status, _ in shop.fates()] == [(FILE, "waiting")]
    assert shop.fates()[0][2].startswith("it can't be read (")


def make_impatient(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Let the drivers wait for a second, not for a minute."""
    from dangol.extract.zones.drivers import DRIVERS

    if kind == "s3":
        quick = {"read_timeout": 1, "retries": {"max_attempts": 0}}
        monkeypatch.setitem(DRIVERS["s3"].options, "config_kwargs", quick)
    elif kind == "gs":
        monkeypatch.setitem(DRIVERS["gs"].options, "requests_timeout", 1)
    else:
        monkeypatch.setattr("azure.storage.blob._shared.base_client_async.READ_TIMEOUT", 1)


@every_server
def test_a_server_that_cannot_be_reached_is_named_with_the_cause(
    shop: Shop, side: Side, kind: str
) -> None:
    side.put(f"shop/{FILE}", orders(shop, ROW))
    assert side.wire
    side.wire.take_away()
    for act in (Landing(side.landing).check, Landing(side.landing).systems, shop.extract):
        with pytest.raises(LandingError) as error:
            act()
        message = str(error.value)
        assert message.startswith(f"the landing zone {side.landing} (DANGOL_LANDING) can't be used")
        assert "onnect" in message
        assert [secret for secret in SECRETS if secret in message] == []
    assert shop.loads() == []


@every_server
def test_a_server_that_goes_away_stops_the_step_and_keeps_what_is_loaded(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not asked for each of a thousand files in turn."""
    monkeypatch.setattr("dangol.extract.stream._BATCH_FILES", 1)
    for day in (4, 5, 6, 7):
        side.put(f"shop/orders_2017-01-0{day}.csv", orders(shop, f"o{day},Kim,1,1.00,,,,"))
    opened: list[int] = []
    assert side.wire

    def count() -> None:
        opened.append(1)
        if len(opened) == 3:
            side.wire.take_away()  # type: ignore[union-attr]

    with monkeypatch.context() as patch:
        around_opening(patch, before=count)
        with pytest.raises(LandingError, match="can't be used"):
            shop.extract()
    assert len(opened) == 3
    assert 1 <= len(shop.loads()) <= 2
    assert {load.status for load in shop.loads()} == {"loaded"}


READER = r"""
import hashlib, re, sys
from pathlib import Path
from dangol.extract.landing import Landing

landing = Landing(sys.argv[1])
for file in reversed(landing.files("shop")):
    digest = hashlib.sha256()
    with landing.open("shop", file) as opened:
        while block := opened.stream.read(1 << 20):
            digest.update(block)
        opened.check_unchanged()
    [peak] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(file.name, digest.hexdigest(), peak)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak")
@every_kind
def test_a_large_file_is_never_in_memory_as_a_whole(side: Side, kind: str) -> None:
    files = {
        name: b"".join(number.to_bytes(8, "big") * (1 << 17) for number in range(mebibytes))
        for name, mebibytes in {"small": 16, "large": 80}.items()
    }
    for name, content in files.items():
        side.put(f"shop/{name}", content)
    read = subprocess.run(  # apart from the servers that keep their files in this process's memory
        [sys.executable, "-c", READER, side.landing], capture_output=True, text=True, check=True
    )
    small, large = (line.split() for line in read.stdout.splitlines())
    for name, digest, _ in (small, large):
        assert digest == hashlib.sha256(files[name]).hexdigest()
    assert int(large[2]) - int(small[2]) < 40 << 10  # KiB


# ------------------------------------------------------------------------------------------ writing


@every_kind
def test_put_writes_a_file_once(side: Side, kind: str) -> None:
    landing = Landing(side.landing)
    assert landing.put("shop", "file.csv", b"one")
    assert not landing.put("shop", "file.csv", b"two")
    assert side.get("shop/file.csv") == b"one"
    assert [(file.name, file.size) for file in landing.files("shop")] == [("file.csv", 3)]
    landing.close()


@every_kind
def test_what_a_broken_upload_left_is_no_export(side: Side, kind: str) -> None:
    side.put("shop/.codes_x.csv.part", b"code\nx\n")
    (left,) = Landing(side.landing).files("shop")
    assert left.refusal == "it is the temporary file of an upload that has not ended"


@every_server
def test_a_file_that_cannot_be_written_is_named(side: Side, kind: str) -> None:
    assert side.wire
    side.wire.take_away()
    with pytest.raises(LandingError) as error:
        Landing(side.landing).put("shop", "file.csv", b"one")
    assert side.landing in str(error.value)


@every_kind
def test_corrected_rows_land(shop: Shop, side: Side, kind: str, tmp_path: Path) -> None:
    side.put(f"shop/{FILE}", "quantity,order_id,amount\n1,a,1\nx,b,2\n")
    shop.extract()
    corrected = tmp_path / "corrected.csv"
    export_rows(shop.settings, shop.last().load_id, corrected)
    corrected.write_text(corrected.read_text().replace("x", "7"))
    side.put("shop/orders_2017-01-05_s1.csv", "taken")
    landed = resubmit(shop.settings, "shop.orders.000001", corrected)
    assert landed == f"{shop.settings.landing}/shop/orders_2017-01-05_s2.csv"
    side.remove("shop/orders_2017-01-05_s1.csv")
    shop.extract()
    assert shop.rows(columns="order_id, quantity") == [("a", 1), ("b", 7)]


@every_kind
def test_a_file_that_is_gone_says_so(side: Side, kind: str) -> None:
    with (
        pytest.raises(UnreadableFileError, match="it can't be read"),
        Landing(side.landing).open("shop", LandedFile("file", 0, "")),
    ):
        pass
