"""Writes that are either whole on disk or not there at all.

The order is always the same: write a temporary file beside the target, flush it to the disk, rename
it, flush the folder. A crash in between leaves the old content and at most one ``.part`` file,
which `remove_leftovers` clears away.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART_SUFFIX = ".part"
_BLOCK = 1 << 20


def private_folder(folder: Path) -> Path:
    """Create a folder that the pipeline's user alone can enter.

    Parameters
    ----------
    folder
        Created with its parents, all of them with mode 0700; each is on the disk before anything
        is written into it.

    Returns
    -------
    Path
        The same folder.
    """
    missing = [each for each in folder.parents if not each.exists()]
    for each in (*reversed(missing), folder):
        is_new = not each.exists()
        each.mkdir(mode=0o700, exist_ok=True)
        if is_new:
            sync_file(each.parent)
    return folder


def sync_file(file: Path) -> None:
    """Flush a file's content to the disk.

    Parameters
    ----------
    file
        An existing file or folder.
    """
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a temporary path whose content replaces the target if the block ends well.

    Parameters
    ----------
    target
        The file to create or replace.

    Yields
    ------
    Path
        Where to write. Removed if the block raises.
    """
    private_folder(target.parent)
    part = target.with_name(f".{target.name}{PART_SUFFIX}")
    part.unlink(missing_ok=True)
    try:
        yield part
        part.chmod(0o600)
        sync_file(part)
        part.replace(target)
        sync_file(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_whole(target: Path, content: bytes) -> None:
    """Create or replace a small file atomically.

    Parameters
    ----------
    target
        The file.
    content
        All of it.
    """
    with whole_file(target) as part:
        part.write_bytes(content)


def remove_leftovers(folder: Path) -> int:
    """Remove the temporary files that a killed run left in a folder and below.

    Parameters
    ----------
    folder
        Need not exist.

    Returns
    -------
    int
        How many there were.
    """
    leftovers = list(folder.rglob(f".*{PART_SUFFIX}*")) if folder.exists() else []
    for leftover in leftovers:
        leftover.unlink()
    return len(leftovers)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Parameters
    ----------
    file
        Read in blocks, so its size does not matter.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
