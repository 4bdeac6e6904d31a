import errno
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dangol.files import sha256_of, write_whole
from dangol.publication.layout import database_of, manifest_of, owner_of
from dangol.publication.pruning import prune, remove_unfinished
from dangol.publication.store import (
    Publication,
    PublicationError,
    current_publication,
    damaged_publications,
    last_sequence,
    list_publications,
    pinned,
    point_to,
    pointed_to,
    save_manifest,
    verify,
)
from dangol.settings import Settings

SINGLE = "dangol-{date}-{sequence:04d}.duckdb"
"""The layout of earlier publications: one file, with its manifest beside it."""


@pytest.fixture
def make(small_home: Settings) -> Callable[..., Publication]:
    """Lay a publication down: any bytes will do."""
    small_home.publications.mkdir(parents=True)

    def lay(
        sequence: int, business_date: str, form: str = "{date}-{sequence:04d}", **others: bytes
    ) -> Publication:
        name = form.format(date=business_date, sequence=sequence)
        file = database_of(small_home, name)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(f"publication {sequence}".encode())
        for path, content in others.items():
            write_whole(file.parent / path, content)
        publication = Publication(
            name=name,
            sequence=sequence,
            business_date=business_date,
            run_id=f"night-{business_date}",
            sha256=sha256_of(file),
            content_checksum="c" * 64,
            created_at="2017-12-31T06:00:00+00:00",
            files={path: sha256_of(file.parent / path) for path in others},
        )
        save_manifest(small_home, publication)
        return publication

    return lay


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.publications.iterdir())


def test_publications_are_listed_in_the_order_they_were_made(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    made = [make(2, "2017-12-31"), make(10, "2017-12-01"), make(1, "2017-12-30")]
    assert list_publications(small_home) == [made[2], made[0], made[1]]


def test_before_the_first_night_there_is_none(small_home: Settings) -> None:
    assert list_publications(small_home) == []
    assert current_publication(small_home) is None
    assert pinned(small_home) is None


def test_a_file_without_a_manifest_and_a_manifest_without_a_file_do_not_count(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    whole = make(1, "2017-12-30")
    database_of(small_home, make(2, "2017-12-31").name).unlink()
    manifest_of(small_home, make(3, "2018-01-01").name).unlink()
    assert list_publications(small_home) == [whole]
    assert damaged_publications(small_home) == []


@pytest.mark.parametrize("form", ["{date}-{sequence:04d}", SINGLE])
@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"name": "x"}', b"\xff", b'"text"', b"[" * 100_000, b"null"]
)
def test_a_damaged_manifest_is_named_with_what_to_do_and_hides_no_other(
    small_home: Settings, make: Callable[..., Publication], content: bytes, form: str
) -> None:
    damaged, sound = make(1, "2017-12-30", form), make(2, "2017-12-31")
    manifest = manifest_of(small_home, damaged.name)
    manifest.write_bytes(content)
    assert list_publications(small_home) == [sound]
    assert damaged_publications(small_home) == [
        f"{manifest} is damaged: restore it from a backup, or delete it and the publication "
        "beside it"
    ]
    point_to(small_home, damaged)
    assert pointed_to(small_home) == damaged.name
    with pytest.raises(PublicationError, match="is damaged: restore it"):
        current_publication(small_home)


@pytest.mark.parametrize(
    "lie",
    [
        {"name": "../build.duckdb"},
        {"name": "2017-12-31-0002"},
        {"business_date": "2018-12-31"},
        {"sequence": 2},
        {"sequence": "1"},
        {"sha256": "none"},
        {"sha256": None},
        {"run_id": ["night"]},
        {"files": {"../../build.duckdb": "0" * 64}},
        {"files": {"/etc/hostname": "0" * 64}},
        {"files": {"parquet//a": "0" * 64}},
        {"files": {"parquet/a\n": "0" * 64}},
        {"files": {"parquet/a": "0"}},
        {"files": ["parquet/a"]},
        {"more": 1},
    ],
    ids=str,
)
def test_a_manifest_that_says_what_its_place_does_not_is_damaged(
    small_home: Settings, make: Callable[..., Publication], lie: dict[str, Any]
) -> None:
    publication = make(1, "2017-12-31")
    manifest = manifest_of(small_home, publication.name)
    manifest.write_text(json.dumps(asdict(publication) | lie), encoding="utf-8")
    assert list_publications(small_home) == []
    assert len(damaged_publications(small_home)) == 1


def test_the_number_of_a_damaged_publication_is_not_given_again(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    make(1, "2017-12-30", SINGLE)
    manifest_of(small_home, make(7, "2017-12-31").name).write_bytes(b"{")
    assert last_sequence(small_home) == 7


@pytest.mark.parametrize("which", ["dangol.duckdb", "page.html"])
def test_one_flipped_bit_in_a_publication_is_noticed(
    small_home: Settings, make: Callable[..., Publication], which: str
) -> None:
    publication = make(1, "2017-12-30", **{"page.html": b"one page"})
    verify(small_home, publication)
    file = publication.file(small_home).parent / which
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)
    with pytest.raises(PublicationError, match="is damaged") as error:
        verify(small_home, publication)
    assert str(file) in str(error.value)
    assert "run the night of 2017-12-30 again" in str(error.value)


@pytest.mark.parametrize("form", ["{date}-{sequence:04d}", SINGLE])
def test_the_pointer_is_replaced_and_resolves_wherever_the_home_is_moved_to(
    small_home: Settings, make: Callable[..., Publication], tmp_path: Path, form: str
) -> None:
    first, second = make(1, "2017-12-30"), make(2, "2017-12-31", form)
    point_to(small_home, first)
    assert current_publication(small_home) == first
    assert os.readlink(small_home.published_file) == "publications/2017-12-30-0001/dangol.duckdb"
    point_to(small_home, second)
    assert current_publication(small_home) == second
    assert sorted(path.name for path in small_home.warehouse.iterdir()) == [
        "dangol.duckdb",
        "publications",
    ]
    moved = small_home.home.rename(tmp_path / "moved")
    pointer = moved / "warehouse" / "dangol.duckdb"
    assert pointer.read_bytes() == b"publication 2"
    assert pointer.resolve().is_relative_to(moved / "warehouse" / "publications" / second.name)


@pytest.mark.parametrize(
    "target",
    [
        "build.duckdb",
        "publications/../build.duckdb",
        "publications/x/dangol.duckdb",
        "publications/2017-12-30-0001/../../build.duckdb",
        "/publications/2017-12-30-0001/dangol.duckdb",
    ],
)
def test_a_pointer_that_leads_elsewhere_names_no_publication(
    small_home: Settings, make: Callable[..., Publication], target: str
) -> None:
    make(1, "2017-12-30")
    small_home.published_file.symlink_to(target)
    assert pointed_to(small_home) is None
    assert current_publication(small_home) is None


def test_unfinished_publications_are_removed_whatever_they_left(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    whole, single = make(1, "2017-12-30"), make(2, "2017-12-30", SINGLE)
    folder = small_home.publications / "2017-12-31-0003"
    (folder / "dangol.duckdb.tmp" / "spill").mkdir(parents=True)
    (folder / "dangol.duckdb.wal").touch()
    (small_home.publications / "2017-12-31-0004").touch()
    earlier = small_home.publications / "dangol-2017-12-31-0005.duckdb"
    earlier.touch()
    (small_home.publications / f"{earlier.name}.tmp").mkdir()
    (small_home.publications / f"{earlier.name}.tmp" / "spill").touch()
    (small_home.publications / f"{earlier.name}.wal").symlink_to("nowhere")
    remove_unfinished(small_home)
    assert names(small_home) == [whole.name, single.name, "dangol-2017-12-30-0002.json"]


def test_what_belongs_to_no_publication_stays_and_is_in_nobodys_way(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 5)]
    (small_home.publications / "x.duckdb.tmp").mkdir()
    (small_home.publications / "notes.txt").touch()
    (small_home.publications / "2017-12-31-0009 (copy)").mkdir()
    (small_home.publications / "nowhere").symlink_to("nowhere")
    others = set(names(small_home)) - {each.name for each in made}
    remove_unfinished(small_home)
    assert prune(small_home) == [made[0].name]
    assert set(names(small_home)) == others | {each.name for each in made[1:]}
    assert list_publications(small_home) == made[1:]


def test_what_readers_spilled_beside_a_publication_goes_with_it(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}", SINGLE) for number in range(1, 3)]
    made += [make(number, f"2017-12-{number:02d}") for number in range(3, 6)]
    for publication in (made[0], made[2]):
        spill = Path(f"{publication.file(small_home)}.tmp")
        spill.mkdir()
        (spill / "duckdb_temp_storage_DEFAULT-0.tmp").touch()
    remove_unfinished(small_home)
    assert Path(f"{made[0].file(small_home)}.tmp").is_dir(), "a reader may be at work"
    assert prune(small_home) == [made[0].name, made[1].name]
    assert names(small_home) == [each.name for each in made[2:]]


def test_what_cannot_be_deleted_does_not_stop_the_night(
    small_home: Settings,
    make: Callable[..., Publication],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make(1, "2017-12-30")
    (small_home.publications / "2017-12-31-0002").mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("dangol.publication.pruning.shutil.rmtree", refuse)
    remove_unfinished(small_home)
    assert "2017-12-31-0002 can't be deleted (Permission denied): delete it by hand" in caplog.text
    assert last_sequence(small_home) == 2


def test_the_last_publications_are_kept(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 6)]
    point_to(small_home, made[-1])
    assert prune(small_home) == [made[0].name, made[1].name]
    assert list_publications(small_home) == made[2:]
    assert names(small_home) == [each.name for each in made[2:]]
    assert prune(small_home) == []


def test_a_backfill_takes_no_way_back_from_readers(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    nights = [make(number, f"2017-12-{number + 20:02d}") for number in range(1, 4)]
    backfilled = [make(number, f"2017-12-{number:02d}") for number in range(4, 9)]
    point_to(small_home, nights[-1])
    prune(small_home)
    assert list_publications(small_home) == nights + backfilled[-3:]


def pin(settings: Settings, content: str) -> None:
    (settings.warehouse / "pinned.json").write_text(content, encoding="utf-8")


def test_what_readers_get_and_what_is_pinned_is_never_removed(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 7)]
    point_to(small_home, made[0])
    pin(small_home, json.dumps({"publication": made[1].name}))
    assert prune(small_home) == [made[2].name]
    assert list_publications(small_home) == [made[0], made[1], *made[3:]]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"publication": 1}', '{"publication": "../build.duckdb"}']
)
def test_while_it_is_unknown_what_is_pinned_nothing_is_removed(
    small_home: Settings, make: Callable[..., Publication], content: str
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 7)]
    pin(small_home, content)
    with pytest.raises(PublicationError, match=r"pinned\.json is damaged, .* `dangol resume` unp"):
        pinned(small_home)
    assert prune(small_home) == []
    assert list_publications(small_home) == made


def test_a_broken_disk_is_a_fault_of_the_night_and_no_damaged_file(
    small_home: Settings, make: Callable[..., Publication], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To go on would leave readers on an old publication, and the night green."""
    make(1, "2017-12-30")

    def fail(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error", str(path))

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(OSError, match="Input/output error"):
        pinned(small_home)
    with pytest.raises(OSError, match="Input/output error"):
        list_publications(small_home)


def test_a_reader_keeps_a_publication_that_is_removed(
    small_home: Settings, make: Callable[..., Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 5)]
    with made[0].file(small_home).open("rb") as reader:
        assert prune(small_home) == [made[0].name]
        assert reader.read() == b"publication 1"


@pytest.mark.parametrize(
    ("entry", "owner"),
    [
        ("2017-12-31-0001", "2017-12-31-0001"),
        ("2017-12-31-0001.tmp", None),
        ("dangol-2017-12-31-0001.duckdb", "dangol-2017-12-31-0001.duckdb"),
        ("dangol-2017-12-31-0001.duckdb.tmp", "dangol-2017-12-31-0001.duckdb"),
        ("dangol-2017-12-31-0001.json", None),
        ("dangol-2017-12-31-0001.duckdbs", None),
        ("../build.duckdb", None),
        ("٢٠١٧-12-31-0001", None),
    ],
)
def test_an_entry_belongs_to_a_publication_by_its_whole_name(entry: str, owner: str | None) -> None:
    assert owner_of(entry) == owner
