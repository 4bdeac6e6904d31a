"""Who may read the publications: the pipeline's account, and a group of readers if one is named.

Nobody may write them, so no reader can change one or lock the others out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from dangol.publication.layout import manifest_of
from dangol.publication.store import Publication, PublicationError, list_publications
from dangol.settings import Settings

FILE, FOLDER, PASSABLE = 0o440, 0o750, 0o710
"""For a group: it may list the publications, and pass through the home without listing it."""


def let_readers_in(settings: Settings) -> None:
    """Make publications unwritable and, if a group of readers is named, let it in.

    With a group, the home and its warehouse become passable for it; so whatever else is in them is
    closed first. Without one, nothing is taken away either: this may be a command of someone whose
    environment lacks the setting.

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
            _open(settings, publication, group)
        if group is not None:
            _give(settings.publications, FOLDER, group)
            _give(settings.warehouse, PASSABLE, group)
            _give(settings.home, PASSABLE, group)
    except PermissionError as error:
        raise PublicationError(
            f"{error.filename} can't be given to the readers ({error.strerror}): the account that "
            "runs the pipeline must own it, and be in the group DANGOL_READERS_GROUP"
        ) from error


def _open(settings: Settings, publication: Publication, group: int | None) -> None:
    folder = publication.file(settings).parent
    for file in (*publication.all_files(settings), manifest_of(settings, publication.name)):
        if group is None:
            _close(file, 0o555)
            continue
        _give(file, FILE, group)
        for above in file.relative_to(folder).parents:
            _give(folder / above, FOLDER, group)


def _private_entries(settings: Settings) -> Iterator[Path]:
    for folder in (settings.home, settings.warehouse):
        for entry in folder.iterdir():
            if entry not in {settings.warehouse, settings.publications}:
                yield entry


def _close(path: Path, kept: int = 0o700) -> None:
    """Take rights away: by default all but the owner's."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return  # another process's temporary file, or a publication that was just deleted
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISLNK(status.st_mode) and mode & kept != mode:
        path.chmod(mode & kept)


def _give(path: Path, mode: int, group: int) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return  # a night has just deleted the publication
    if status.st_gid != group:
        os.chown(path, -1, group)
    if stat.S_IMODE(status.st_mode) != mode:
        path.chmod(mode)
