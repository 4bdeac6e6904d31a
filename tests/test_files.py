import hashlib
import os
from pathlib import Path

import pytest

from dangol.files import (
    private_folder,
    remove_leftovers,
    sha256_of,
    sync_file,
    whole_file,
    write_whole,
)


def test_a_private_folder_and_every_folder_made_for_it_are_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        folder = private_folder(tmp_path / "a" / "b" / "c")
    finally:
        os.umask(before)
    assert folder == tmp_path / "a" / "b" / "c"
    modes = [oct(path.stat().st_mode & 0o777) for path in (folder, folder.parent, tmp_path / "a")]
    assert modes == ["0o700"] * 3


def test_a_private_folder_that_exists_keeps_its_content_and_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    (tmp_path / "kept").touch()
    private_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_a_whole_file_replaces_the_old_one_and_is_private(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.txt"
    write_whole(target, b"first")
    inode = target.stat().st_ino
    write_whole(target, b"second")
    assert target.read_bytes() == b"second"
    assert target.stat().st_ino != inode, "a reader of the old file must keep it"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["file.txt"]


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    write_whole(target, b"first")

    def write_half() -> None:
        with whole_file(target) as part:
            part.write_bytes(b"half")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        write_half()
    assert target.read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_what_a_killed_writer_left_is_overwritten_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".file.txt.part").write_bytes(b"left by a killed run, and longer")
    write_whole(tmp_path / "file.txt", b"short")
    assert (tmp_path / "file.txt").read_bytes() == b"short"
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_leftovers_are_found_at_any_depth_and_nothing_else_is_touched(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    kept = [tmp_path / "a.part", tmp_path / ".hidden", tmp_path / "deep" / "b.txt"]
    left = [tmp_path / ".a.part", tmp_path / "deep" / "er" / ".b.duckdb.part.wal"]
    for file in kept + left:
        file.touch()
    assert remove_leftovers(tmp_path) == 2
    assert all(file.exists() for file in kept)
    assert not any(file.exists() for file in left)
    assert remove_leftovers(tmp_path) == 0
    assert remove_leftovers(tmp_path / "nowhere") == 0


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_the_sha256_does_not_depend_on_the_blocks_it_is_read_in(tmp_path: Path, size: int) -> None:
    content = bytes(index % 251 for index in range(size))
    (tmp_path / "file").write_bytes(content)
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_folder_can_be_flushed_like_a_file_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    sync_file(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_file(tmp_path / "nowhere")
