"""Deletes publications: those that were never finished, and those that are no longer kept."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from dangol.faults import crash_point
from dangol.publication.layout import manifest_of, owner_of
from dangol.publication.store import (
    PublicationError,
    by_night,
    list_publications,
    pinned,
    pointed_to,
)
from dangol.settings import Settings

log = logging.getLogger(__name__)


def remove_unfinished(settings: Settings) -> None:
    """Delete publications that were never declared complete, whatever a killed run left of them.

    What belongs to no publication stays: it may be anyone's, and is in nobody's way.
    """
    for entry in sorted(settings.publications.iterdir()):
        owner = owner_of(entry.name)
        if owner and not manifest_of(settings, owner).exists():
            _remove(entry)


def prune(settings: Settings) -> list[str]:
    """Delete all but the last publications; never the current or the pinned one.

    The last are those of the last business days, and those created last: a backfill of old days
    must not delete what readers could be rolled back to. A reader that still has a deleted file
    open keeps it until it closes it.

    Returns
    -------
    list of str
        The names of the deleted publications; none while it is unknown which one is pinned.
    """
    made = list_publications(settings)
    by_day = sorted(made, key=by_night)
    held = {pointed_to(settings), *(each.name for each in by_day[-settings.keep_publications :])}
    removed = []
    for publication in made[: -settings.keep_publications]:
        try:
            held.add(pinned(settings))  # a rollback may happen meanwhile
        except PublicationError:
            break
        if publication.name in held:
            continue
        # without its manifest it counts as unfinished: a crash here leaves nothing behind
        manifest_of(settings, publication.name).unlink()
        crash_point("publish.pruning")
        for entry in sorted(settings.publications.iterdir()):
            if owner_of(entry.name) == publication.name:
                _remove(entry)
        removed.append(publication.name)
    return removed


def _remove(entry: Path) -> None:
    """Delete a file or a folder; what can't be deleted is only in the way of the disk's space."""
    try:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    except OSError as error:
        log.warning("%s can't be deleted (%s): delete it by hand", entry, error.strerror)
