"""The publications on disk: which there are, and which one readers get."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import PART_SUFFIX, sha256_of, sync_file, write_whole
from dangol.settings import Settings


class PublicationError(DangolError):
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
        _read_manifest(manifest)
        for manifest in settings.publications.glob("*.json")
        if manifest.with_suffix(".duckdb").exists()
    ]
    return sorted(found, key=lambda publication: publication.sequence)


def _read_manifest(manifest: Path) -> Publication:
    try:
        return Publication(**json.loads(manifest.read_bytes()))
    except (ValueError, TypeError) as error:
        raise PublicationError(
            f"{manifest} is not what was written: restore it from a backup, or remove it and the "
            "publication beside it"
        ) from error


def verify(settings: Settings, publication: Publication) -> None:
    """Compare a publication's file with the hash that was taken when it was made.

    Parameters
    ----------
    settings
        Gives the folder.
    publication
        Which.

    Raises
    ------
    PublicationError
        If the file has changed since, or is gone.
    """
    file = settings.publications / publication.name
    if not file.exists() or sha256_of(file) != publication.sha256:
        raise PublicationError(
            f"{file} is {'damaged' if file.exists() else 'gone'}: it does not match its manifest. "
            "Restore both from a backup, or remove both and run the night of "
            f"{publication.business_date} again"
        )


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
    # a rollback may come while a night publishes: each has a temporary name of its own
    fresh = pointer.with_name(f".{pointer.name}{PART_SUFFIX}{os.getpid()}")
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
    """Remove all but the last publications; never one that readers get, or might be given back.

    The last are those of the last business days, and those that were made last: a backfill of old
    days takes no way back from the readers.

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
    made = list_publications(settings)
    by_day = sorted(made, key=lambda each: (each.business_date, each.sequence))
    held = {current.name if current else None, pinned(settings)}
    held |= {each.name for each in by_day[-settings.keep_publications :]}
    removed = []
    for publication in made[: -settings.keep_publications]:
        if publication.name in held or publication.name == pinned(settings):
            continue
        file = settings.publications / publication.name
        # without its manifest a file counts as unfinished: whoever dies here leaves nothing
        file.with_suffix(".json").unlink()
        crash_point("publish.pruning")
        file.unlink()
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


def by_night(publication: Publication) -> tuple[str, int]:
    """Order publications by business day: a backfill makes later ones of earlier days.

    Parameters
    ----------
    publication
        Whichever.

    Returns
    -------
    tuple of str and int
        A sort key.
    """
    return publication.business_date, publication.sequence
