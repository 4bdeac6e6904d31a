"""Who may read the publications: the pipeline's account, and a group of readers if one is named.

Nobody may write them, so no reader can change one or lock the others out.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from dangol.publication.layout import manifest_of
from dangol.publication.store import PublicationError, list_publications
from dangol.settings import Settings

log = logging.getLogger(__name__)

FILE, FOLDER = 0o400, 0o700
"""Without a group of readers."""

FILE_OF_GROUP, FOLDER_OF_GROUP, PASSABLE = 0o440, 0o750, 0o710
"""With one: it may list the publications, and pass through the home without listing it."""


def let_readers_in(settings: Settings) -> None:
    """Give every publication, and the way to them, the rights of the settings.

    With a group of readers, the home and its warehouse become passable for it; so whatever else is
    in them is closed first.

    Raises
    ------
    PublicationError
        If the pipeline's account may not give a file to the group.
    """
    group = settings.readers_group
    try:
        if group is not None:
            for entry in _private_entries(settings):
                _close(entry)
        for publication in list_publications(settings):
            folder = publication.file(settings).parent
            manifest = manifest_of(settings, publication.name)
            for file in (*publication.all_files(settings), manifest):
                _set(file, FILE if group is None else FILE_OF_GROUP, group)
                for above in file.relative_to(folder).parents:
                    _set(folder / above, FOLDER if group is None else FOLDER_OF_GROUP, group)
        _set(settings.publications, FOLDER if group is None else FOLDER_OF_GROUP, group)
        if group is not None:
            _set(settings.warehouse, PASSABLE, group)
            _set(settings.home, PASSABLE, group)
    except PermissionError as error:
        raise PublicationError(
            f"{error.filename} can't be given to the readers ({error.strerror}): the account that "
            "runs the pipeline must own it, and be in the group DANGOL_READERS_GROUP"
        ) from error


def _private_entries(settings: Settings) -> Iterator[Path]:
    for folder in (settings.home, settings.warehouse):
        for entry in folder.iterdir():
            if entry not in {settings.warehouse, settings.publications}:
                yield entry


def _close(entry: Path) -> None:
    """Take a file or a folder away from everyone but its owner."""
    try:
        status = entry.lstat()
    except FileNotFoundError:
        return  # another process's temporary file
    if not stat.S_ISLNK(status.st_mode) and status.st_mode & 0o077:
        log.warning("%s was open to other accounts; it is now its owner's alone", entry)
        entry.chmod(stat.S_IMODE(status.st_mode) & 0o700)


def _set(path: Path, mode: int, group: int | None) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return  # a night has just deleted the publication
    if group is not None and status.st_gid != group:
        os.chown(path, -1, group)
    if stat.S_IMODE(status.st_mode) != mode:
        path.chmod(mode)
