import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dangol.files import sha256_of
from dangol.publication.store import (
    Publication,
    PublicationError,
    current_publication,
    list_publications,
    pinned,
    point_to,
    prune,
    remove_unfinished,
    save_manifest,
    verify,
)
from dangol.settings import Settings


@pytest.fixture
def make(small_home: Settings) -> Callable[[int, str], Publication]:
    """Lay a publication down: any bytes will do."""
    small_home.publications.mkdir(parents=True)

    def lay(sequence: int, business_date: str) -> Publication:
        file = small_home.publications / f"dangol-{business_date}-{sequence:04d}.duckdb"
        file.write_bytes(f"publication {sequence}".encode())
        publication = Publication(
            name=file.name,
            sequence=sequence,
            business_date=business_date,
            run_id=f"night-{business_date}",
            sha256=sha256_of(file),
            content_checksum="c" * 64,
            created_at="2017-12-31T06:00:00+00:00",
        )
        save_manifest(small_home, publication)
        return publication

    return lay


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.publications.iterdir())


def test_publications_are_listed_in_the_order_they_were_made(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    made = [make(2, "2017-12-31"), make(10, "2017-12-01"), make(1, "2017-12-30")]
    assert list_publications(small_home) == [made[2], made[0], made[1]]


def test_before_the_first_night_there_is_none(small_home: Settings) -> None:
    assert list_publications(small_home) == []
    assert current_publication(small_home) is None
    assert pinned(small_home) is None


def test_a_file_without_a_manifest_and_a_manifest_without_a_file_do_not_count(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    whole = make(1, "2017-12-30")
    (small_home.publications / make(2, "2017-12-31").name).unlink()
    (small_home.publications / "dangol-2018-01-01-0003.duckdb").touch()
    assert list_publications(small_home) == [whole]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"name": "x"}', b"\xff", b'"text"'])
def test_a_damaged_manifest_is_named_with_what_to_do(
    small_home: Settings, make: Callable[[int, str], Publication], content: bytes
) -> None:
    manifest = (small_home.publications / make(1, "2017-12-30").name).with_suffix(".json")
    manifest.write_bytes(content)
    with pytest.raises(PublicationError, match="restore it from a backup, or delete it") as error:
        list_publications(small_home)
    assert str(manifest) in str(error.value)


def test_one_flipped_bit_in_a_publication_is_noticed(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    publication = make(1, "2017-12-30")
    verify(small_home, publication)
    file = small_home.publications / publication.name
    content = bytearray(file.read_bytes())
    content[5] ^= 1
    file.write_bytes(content)
    with pytest.raises(PublicationError, match="is damaged") as error:
        verify(small_home, publication)
    assert str(file) in str(error.value)
    assert "run the night of 2017-12-30 again" in str(error.value)


def test_the_pointer_is_replaced_and_resolves_wherever_the_home_is_moved_to(
    small_home: Settings, make: Callable[[int, str], Publication], tmp_path: Path
) -> None:
    first, second = make(1, "2017-12-30"), make(2, "2017-12-31")
    point_to(small_home, first)
    assert current_publication(small_home) == first
    point_to(small_home, second)
    assert current_publication(small_home) == second
    assert os.readlink(small_home.published_file) == f"publications/{second.name}"
    assert sorted(path.name for path in small_home.warehouse.iterdir()) == [
        "dangol.duckdb",
        "publications",
    ]
    moved = small_home.home.rename(tmp_path / "moved")
    pointer = moved / "warehouse" / "dangol.duckdb"
    assert pointer.resolve() == moved / "warehouse" / "publications" / second.name


def test_unfinished_files_are_removed_with_what_duckdb_put_beside_them(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    whole = make(1, "2017-12-30")
    for name in ("dangol-2017-12-31-0002.duckdb", "dangol-2017-12-31-0002.duckdb.wal"):
        (small_home.publications / name).touch()
    remove_unfinished(small_home)
    assert names(small_home) == [whole.name, Path(whole.name).with_suffix(".json").name]


def test_the_last_publications_are_kept(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 6)]
    point_to(small_home, made[-1])
    assert prune(small_home) == [made[0].name, made[1].name]
    assert list_publications(small_home) == made[2:]
    assert len(names(small_home)) == 6
    assert prune(small_home) == []


def test_a_backfill_takes_no_way_back_from_readers(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    nights = [make(number, f"2017-12-{number + 20:02d}") for number in range(1, 4)]
    backfilled = [make(number, f"2017-12-{number:02d}") for number in range(4, 9)]
    point_to(small_home, nights[-1])
    prune(small_home)
    assert list_publications(small_home) == nights + backfilled[-3:]


def test_what_readers_get_and_what_is_pinned_is_never_removed(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 7)]
    point_to(small_home, made[0])
    pin = {"publication": made[1].name}
    (small_home.warehouse / "pinned.json").write_text(json.dumps(pin), encoding="utf-8")
    assert prune(small_home) == [made[2].name]
    assert list_publications(small_home) == [made[0], made[1], *made[3:]]


def test_a_reader_keeps_a_publication_that_is_removed(
    small_home: Settings, make: Callable[[int, str], Publication]
) -> None:
    made = [make(number, f"2017-12-{number:02d}") for number in range(1, 5)]
    with (small_home.publications / made[0].name).open("rb") as reader:
        assert prune(small_home) == [made[0].name]
        assert reader.read() == b"publication 1"
