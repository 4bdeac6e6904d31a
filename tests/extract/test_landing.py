"""What lies in a landing folder, and what is opened of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from dangol.extract.landed_bytes import UnreadableFileError
from dangol.extract.landing import Landing
from dangol.extract.zones.zone import LandedFile

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

GOOD = "a,Kim,1,9.90"
FILE = "orders_2017-01-05.csv"


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    (tmp_path / "shop").mkdir()
    return Landing(str(tmp_path))


def listed(landing: Landing) -> list[tuple[str, str | None]]:
    return [(file.name, file.refusal) for file in landing.files("shop")]


def test_files_are_listed_by_name_with_size_and_time(landing: Landing, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / "shop" / name).write_text("text")
        os.utime(tmp_path / "shop" / name, ns=(0, 1_500_000_000_000_000_001))
    assert landing.files("shop") == [
        LandedFile(name, 4, "4-1500000000000000001", None, 1_500_000_000.0) for name in ("a", "b")
    ]
    assert landing.systems() == ["shop"]
    assert Landing(str(tmp_path / "none")).systems() == []
    assert landing.files("other") == []


HOSTILE = "its name is over 200 bytes long, or has '..', '/' or an unprintable character"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("orders..csv", "orders..csv"),
        ("..orders.csv", "..orders.csv"),
        ("a\nb", r"a\nb"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\u202efdp.csv", r"a\u202efdp.csv"),
        ("a\udcffb", r"a\udcffb"),
        ("이" * 67, "이" * 67),
        ("x" * 201, "x" * 201),
    ],
)
def test_a_name_that_could_deceive_is_not_opened(
    landing: Landing, tmp_path: Path, name: str, shown: str
) -> None:
    (tmp_path / "shop" / name).write_text("")
    assert listed(landing) == [(shown, HOSTILE)]


def test_a_hostile_name_that_fits_a_pattern_is_rejected_in_the_ledger(shop: Shop) -> None:
    shop.land("codes_../../x.csv".replace("/", "\u2044"), "code\nx\n")
    shop.land("codes_\u2028.csv", "code\ny\n")
    shop.extract("codes")
    assert [(load.status, load.reason) for load in shop.loads("codes")] == [
        ("rejected", HOSTILE)
    ] * 2
    assert shop.extract("codes")["rows_loaded"] == 0


def test_a_linked_folder_is_listed_as_such(landing: Landing, tmp_path: Path) -> None:
    (tmp_path / "linked").symlink_to(tmp_path / "shop")
    (tmp_path / "shop" / "file").write_text("")
    assert [(file.name, file.refusal) for file in landing.files("linked")] == [
        (".", "the folder is a symbolic link: nothing in it is read")
    ]
    with pytest.raises(UnreadableFileError), landing.open("linked", LandedFile("file", 0, "")):
        pass


def test_a_link_put_in_place_of_a_file_is_not_followed(landing: Landing, tmp_path: Path) -> None:
    file = tmp_path / "shop" / "file"
    file.write_text("")
    (entry,) = landing.files("shop")
    file.unlink()
    file.symlink_to("/etc/passwd")
    with pytest.raises(UnreadableFileError, match="Too many levels"), landing.open("shop", entry):
        pass
    file.unlink()
    os.mkfifo(file)
    with (
        pytest.raises(UnreadableFileError, match="it is no longer a regular file"),
        landing.open("shop", entry),
    ):
        pass


# ---------------------------------------------------------------- changes between list and read


def when_opened(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Do something to the landing zone after it was listed, before a file is opened."""
    original = Landing.open

    @contextmanager
    def opened(self: Landing, system: str, file: LandedFile) -> Iterator[Any]:
        act(file)
        with original(self, system, file) as stream:
            yield stream

    monkeypatch.setattr(Landing, "open", opened)


def test_a_file_replaced_after_it_was_listed_is_loaded_as_it_was_read(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land_orders(FILE, GOOD)
    when_opened(monkeypatch, lambda file: shop.land_orders(FILE, "new,Lee,2,2.00", "x,Lee,1,1"))
    shop.extract()
    assert shop.rows(columns="order_id") == [("new",), ("x",)]
    monkeypatch.undo()


def test_what_was_replaced_before_it_was_read_is_not_looked_at_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land_orders(FILE, GOOD)
    with monkeypatch.context() as patch:
        when_opened(patch, lambda file: shop.land_orders(FILE, "new,Lee,2,2.00", age=60)
                    if False else shop.land_orders(FILE, "new,Lee,2,2.00"))  # fmt: skip
        shop.extract()
    assert shop.extract()["rows_loaded"] == 0
    assert len(shop.loads()) == 1


class Growing:
    """A stream at whose end somebody writes to the file."""

    def __init__(self, stream: IO[bytes], file: Path) -> None:
        self._stream, self._file = stream, file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        if not block:
            with self._file.open("a") as end:
                end.write("b,Lee,2,2.00,,,,\n")
        return block


def test_a_file_that_changes_while_it_is_read_waits(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shop.land_orders(FILE, GOOD)
    fdopen = os.fdopen
    with monkeypatch.context() as patch:
        patch.setattr(
            "dangol.extract.zones.folder.os.fdopen", lambda *given: Growing(fdopen(*given), file)
        )
        patch.setattr(Growing, "__enter__", lambda self: self, raising=False)
        patch.setattr(Growing, "__exit__", lambda self, *error: self._stream.close(), raising=False)
        shop.extract(night="2017-01-06")
    assert shop.fates() == [(FILE, "waiting", "it changed while it was being read")]
    shop.extract(night="2017-01-07")
    assert shop.last().status == "loaded"
    assert shop.last().rows_loaded >= 2


def test_a_file_that_vanishes_waits_and_stops_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (4, 5, 6):
        shop.land_orders(f"orders_2017-01-0{day}.csv", f"o{day},Kim,1,1.00")
    with monkeypatch.context() as patch:
        when_opened(patch, lambda file: (shop.landing / FILE).unlink(missing_ok=True))
        shop.extract()
    assert shop.fates() == [
        ("orders_2017-01-04.csv", "loaded", ""),
        (FILE, "waiting", "it can't be read (No such file or directory)"),
        ("orders_2017-01-06.csv", "loaded", ""),
    ]
    assert shop.extract(night="2017-01-10") == {
        "stream": "shop.orders", "rows_loaded": 0, "rows_quarantined": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")]
)
def test_an_unreadable_file_is_tried_again_every_night(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    shop.land_orders(FILE, GOOD)
    shop.land_orders("orders_2017-01-06.csv", "b,Kim,1,1.00")
    open_file = os.open

    def deny(path: Any, *given: Any, **named: Any) -> int:
        if path == FILE:
            raise error
        return open_file(path, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr("dangol.extract.zones.folder.os.open", deny)
        for day in (6, 7, 8):
            shop.extract(night=f"2017-01-0{day}")
    reason = f"it can't be read ({error.strerror})"
    assert [fate for fate in shop.fates() if fate[0] == FILE] == [(FILE, "waiting", reason)] * 3

    shop.extract(night="2017-01-09")
    assert shop.rows(columns="order_id") == [("b",), ("a",)]


def test_an_error_while_reading_is_no_fault_of_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land_orders(FILE, GOOD)

    class Broken(Growing):
        def read(self, size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    fdopen = os.fdopen
    with monkeypatch.context() as patch:
        patch.setattr(
            "dangol.extract.zones.folder.os.fdopen", lambda *given: Broken(fdopen(*given), Path())
        )
        patch.setattr(Growing, "__enter__", lambda self: self, raising=False)
        patch.setattr(Growing, "__exit__", lambda self, *error: self._stream.close(), raising=False)
        shop.extract()
    assert shop.fates() == [(FILE, "waiting", "it can't be read (Input/output error)")]


def test_a_full_disk_is_a_fault_of_the_night_not_of_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.land_orders(FILE, GOOD)

    def full(self: Path, *given: Any, **named: Any) -> Any:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("dangol.extract.decode.Path.open", full)
        with pytest.raises(OSError, match="No space left"):
            shop.extract()
    assert shop.loads() == []
    assert shop.extract()["rows_loaded"] == 1
