"""The publications on disk: which there are, which one readers get, and how to go back."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from dangol.faults import crash_point
from dangol.files import PART_SUFFIX, sync_file, write_whole
from dangol.settings import Settings

log = logging.getLogger(__name__)


class PublicationError(RuntimeError):
    """A publication can't be found or used; the message says which there are."""


@dataclass(frozen=True)
class Publication:
    """One immutable file of the published schemas.

    Parameters
    ----------
    name
        Of the file.
    sequence
        Counted up; a later publication has a higher one.
    business_date
        The night, in ISO form.
    run_id
        Its run.
    sha256
        Of the file.
    content_checksum
        Of customer_view, aggregated and ml; equal for equal tables.
    created_at
        Wall clock, UTC.
    """

    name: str
    sequence: int
    business_date: str
    run_id: str
    sha256: str
    content_checksum: str
    created_at: str


def list_publications(settings: Settings) -> list[Publication]:
    """Return the publications that are whole, oldest first.

    Parameters
    ----------
    settings
        Gives the folder.

    Returns
    -------
    list of Publication
        Empty before the first night.
    """
    found = [
        Publication(**json.loads(manifest.read_text(encoding="utf-8")))
        for manifest in settings.publications.glob("*.json")
        if manifest.with_suffix(".duckdb").exists()
    ]
    return sorted(found, key=lambda publication: publication.sequence)


def current_publication(settings: Settings) -> Publication | None:
    """Return the publication that readers get.

    Parameters
    ----------
    settings
        Gives the pointer.

    Returns
    -------
    Publication or None
        None before the first night.
    """
    if not settings.published_file.is_symlink():
        return None
    name = settings.published_file.readlink().name
    return next((each for each in list_publications(settings) if each.name == name), None)


def point_to(settings: Settings, publication: Publication) -> None:
    """Give readers a publication, atomically.

    Parameters
    ----------
    settings
        Gives the pointer.
    publication
        Already whole on disk.
    """
    pointer = settings.published_file
    fresh = pointer.with_name(f".{pointer.name}{PART_SUFFIX}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path(settings.publications.name) / publication.name)
    crash_point("publish.pointer_prepared")
    os.replace(fresh, pointer)
    sync_file(pointer.parent)


def save_manifest(settings: Settings, publication: Publication) -> None:
    """Declare a publication whole.

    Parameters
    ----------
    settings
        Gives the folder.
    publication
        Whose file has been flushed to the disk.
    """
    manifest = settings.publications / Path(publication.name).with_suffix(".json")
    write_whole(manifest, json.dumps(asdict(publication), indent=2).encode())


def remove_unfinished(settings: Settings) -> None:
    """Remove publication files that were never declared whole.

    Parameters
    ----------
    settings
        Gives the folder.
    """
    for file in settings.publications.glob("*.duckdb*"):
        if not file.with_name(file.name.partition(".duckdb")[0] + ".json").exists():
            file.unlink()


def prune(settings: Settings) -> list[str]:
    """Remove all but the last publications; never the one that readers get.

    A reader that still has a removed file open keeps it until it closes it.

    Parameters
    ----------
    settings
        Gives how many stay.

    Returns
    -------
    list of str
        The names that were removed.
    """
    current = current_publication(settings)
    removed = []
    for publication in list_publications(settings)[: -settings.keep_publications]:
        if current and publication.name == current.name:
            continue
        file = settings.publications / publication.name
        file.unlink()
        file.with_suffix(".json").unlink()
        removed.append(publication.name)
    return removed


def pinned(settings: Settings) -> str | None:
    """Return the publication that an operator has pinned by rolling back, if any.

    Parameters
    ----------
    settings
        Gives the folder.

    Returns
    -------
    str or None
        Its name.
    """
    pin = settings.warehouse / "pinned.json"
    return json.loads(pin.read_text(encoding="utf-8"))["publication"] if pin.exists() else None


def rollback(settings: Settings, name: str | None = None) -> Publication:
    """Give readers an earlier publication and hold it there.

    The nights that follow publish, but leave the pointer where it is until `resume`.

    Parameters
    ----------
    settings
        Gives the folder.
    name
        Of the publication; by default the one before the current one.

    Returns
    -------
    Publication
        What readers get now.

    Raises
    ------
    PublicationError
        If there is no such publication.
    """
    publications = list_publications(settings)
    current = current_publication(settings)
    if name is None:
        earlier = [each for each in publications if current and each.sequence < current.sequence]
        chosen = earlier[-1] if earlier else None
    else:
        chosen = next(
            (each for each in publications if name in {each.name, each.business_date}), None
        )
    if chosen is None:
        known = ", ".join(each.name for each in publications) or "none"
        raise PublicationError(f"there is no {name or 'earlier publication'}; there are: {known}")
    pin = {"publication": chosen.name, "rolled_back_from": current.name if current else None,
           "at": datetime.now(UTC).isoformat(timespec="seconds")}  # fmt: skip
    write_whole(settings.warehouse / "pinned.json", json.dumps(pin, indent=2).encode())
    point_to(settings, chosen)
    _note(settings, {"act": "rollback", **pin})
    return chosen


def resume(settings: Settings) -> Publication:
    """Take a pin away and give readers the latest publication again.

    Parameters
    ----------
    settings
        Gives the folder.

    Returns
    -------
    Publication
        What readers get now.

    Raises
    ------
    PublicationError
        If nothing was ever published.
    """
    publications = list_publications(settings)
    if not publications:
        raise PublicationError("nothing has been published yet")
    latest = max(publications, key=lambda each: (each.business_date, each.sequence))
    (settings.warehouse / "pinned.json").unlink(missing_ok=True)
    point_to(settings, latest)
    _note(settings, {"act": "resume", "publication": latest.name,
                     "at": datetime.now(UTC).isoformat(timespec="seconds")})  # fmt: skip
    return latest


def _note(settings: Settings, entry: dict[str, str | None]) -> None:
    """Keep who moved the pointer by hand, and when."""
    journal = settings.ops / "pointer_moves.jsonl"
    before = journal.read_bytes() if journal.exists() else b""
    write_whole(journal, before + json.dumps(entry).encode() + b"\n")
