"""Moves readers back to an earlier publication by hand, and forward again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from dangol.faults import crash_point
from dangol.files import write_whole
from dangol.publication.access import let_readers_in
from dangol.publication.layout import night_of_name, pin_of
from dangol.publication.store import (
    Publication,
    PublicationError,
    by_night,
    damaged_publications,
    list_publications,
    pinned,
    point_to,
    pointed_to,
    verify,
)
from dangol.settings import Settings


def obey_pin(settings: Settings) -> None:
    """Give readers the pinned publication if they have another.

    They have another after a rollback that was killed half-way, or that happened while a night was
    publishing.
    """
    try:
        name = pinned(settings)
    except PublicationError:
        return  # readers stay where they are
    held = next((each for each in list_publications(settings) if each.name == name), None)
    if held is not None and held.name != pointed_to(settings):
        point_to(settings, held)


def choose(settings: Settings, name: str | None = None) -> Publication:
    """Return the publication that a rollback would give readers.

    Parameters
    ----------
    name
        Of the publication, or its business day; by default the one before the current one.

    Returns
    -------
    Publication
        Its file is not checked.

    Raises
    ------
    PublicationError
        If there is no such publication.
    """
    publications = sorted(list_publications(settings), key=by_night)
    current = pointed_to(settings)
    if name is None:
        night = night_of_name(current) if current else None
        fitting = [each for each in publications if night and by_night(each) < night]
    else:
        fitting = [each for each in publications if name in {each.name, each.business_date}]
    if not fitting:
        known = ", ".join(each.name for each in publications) or "none"
        problems = "".join(f"; {each}" for each in damaged_publications(settings))
        raise PublicationError(
            f"there is no {name or 'earlier publication'}; available: {known}{problems}"
        )
    return fitting[-1]


def rollback(settings: Settings, name: str | None = None) -> Publication:
    """Give readers an earlier publication and pin it.

    Later nights still publish, but leave the pointer where it is until `resume`.

    Parameters
    ----------
    name
        As in `choose`.

    Returns
    -------
    Publication
        What readers get now.

    Raises
    ------
    PublicationError
        If there is no such publication, or its file is damaged.
    """
    chosen = choose(settings, name)
    current = pointed_to(settings)
    pin = {"publication": chosen.name, "rolled_back_from": current,
           "at": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
    pin_file = pin_of(settings)
    before = pin_file.read_bytes() if pin_file.exists() else None
    write_whole(pin_file, json.dumps(pin, indent=2).encode())  # from here on it is not pruned
    try:
        verify(settings, chosen)
    except PublicationError:
        pin_file.unlink() if before is None else write_whole(pin_file, before)
        raise
    crash_point("rollback.pinned")
    let_readers_in(settings)
    point_to(settings, chosen)
    _note(settings, {"act": "rollback", **pin})
    return chosen


def resume(settings: Settings) -> Publication:
    """Unpin, and give readers the latest publication again.

    Returns
    -------
    Publication
        What readers get now.

    Raises
    ------
    PublicationError
        If nothing was ever published, or the file is damaged.
    """
    publications = list_publications(settings)
    if not publications:
        raise PublicationError("nothing is published yet: run a night first")
    latest = max(publications, key=by_night)
    verify(settings, latest)
    pin_of(settings).unlink(missing_ok=True)
    latest = max(list_publications(settings), key=by_night)  # a night may have published meanwhile
    let_readers_in(settings)
    point_to(settings, latest)
    _note(settings, {"act": "resume", "publication": latest.name,
                     "at": datetime.now(UTC).isoformat(timespec="seconds")})  # fmt: skip
    return latest


def _note(settings: Settings, entry: dict[str, str | None]) -> None:
    """Record that the pointer was moved by hand, and when."""
    journal = settings.ops / "pointer_moves.jsonl"
    before = journal.read_bytes() if journal.exists() else b""
    write_whole(journal, before + json.dumps(entry).encode() + b"\n")
