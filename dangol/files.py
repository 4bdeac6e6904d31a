"""File writes that are complete on disk or did not happen at all.

The order is always the same: write a temporary file next to the target, flush it to disk, rename
it, flush the folder. A crash in between leaves the old content and at most one ``.part`` file,
which `remove_leftovers` deletes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART_SUFFIX = ".part"
_BLOCK = 1 << 20

DAMAGE = (
    PermissionError, IsADirectoryError, ValueError, TypeError, AttributeError, LookupError,
    RecursionError,
)  # fmt: skip
"""What it raises to read a small file of ours that has been damaged. A broken disk raises another
OSError, which is a fault of the run: what the file says is unknown, not wrong."""


def private_folder(folder: Path) -> Path:
    """Create a folder that only the pipeline's user can enter.

    Missing parents are created too, all with mode 0700. Each is on disk before anything is written
    into it.

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
    """Flush a file or a folder to disk."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Yield a temporary path whose content replaces the target if the block succeeds.

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
    """Create or replace a small file atomically."""
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
        The number of files removed.
    """
    leftovers = list(folder.rglob(f".*{PART_SUFFIX}*")) if folder.exists() else []
    leftovers = [each for each in leftovers if each.is_symlink() or not each.is_dir()]
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; the file is read in blocks."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
