"""The publications on disk, and which of them is current."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import PART_SUFFIX, sha256_of, sync_file, write_whole
from dangol.ledger import damage_of
from dangol.settings import Settings


class PublicationError(DangolError):
    """A publication is missing or damaged; the message says which, and what to do."""


@dataclass(frozen=True)
class Publication:
    """One immutable file of the published schemas.

    Parameters
    ----------
    name
        Of the file.
    sequence
        Increasing; a later publication has a higher one.
    business_date
        In ISO form.
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
    """Return the complete publications, oldest first; none before the first night."""
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
            f"{manifest} is damaged: restore it from a backup, or delete it and the publication "
            "beside it"
        ) from error


def verify(settings: Settings, publication: Publication) -> None:
    """Compare a publication's file with the SHA-256 in its manifest.

    Raises
    ------
    PublicationError
        If the file has changed, or is missing.
    """
    file = settings.publications / publication.name
    if not file.exists() or sha256_of(file) != publication.sha256:
        raise PublicationError(
            f"{damage_of(file)}. Restore both from a backup, or delete both and run the night of "
            f"{publication.business_date} again"
        )


def current_publication(settings: Settings) -> Publication | None:
    """Return the publication that readers get, or None before the first night."""
    if not settings.published_file.is_symlink():
        return None
    name = settings.published_file.readlink().name
    return next((each for each in list_publications(settings) if each.name == name), None)


def point_to(settings: Settings, publication: Publication) -> None:
    """Give readers a publication, atomically; its file must be complete."""
    pointer = settings.published_file
    # a rollback may happen while a night publishes: each uses its own temporary name
    fresh = pointer.with_name(f".{pointer.name}{PART_SUFFIX}{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(Path(settings.publications.name) / publication.name)
    crash_point("publish.pointer_prepared")
    os.replace(fresh, pointer)
    sync_file(pointer.parent)


def save_manifest(settings: Settings, publication: Publication) -> None:
    """Declare a publication complete; its file must have been flushed to disk."""
    manifest = settings.publications / Path(publication.name).with_suffix(".json")
    write_whole(manifest, json.dumps(asdict(publication), indent=2).encode())


def remove_unfinished(settings: Settings) -> None:
    """Delete publication files that were never declared complete."""
    for file in settings.publications.glob("*.duckdb*"):
        if not file.with_name(file.name.partition(".duckdb")[0] + ".json").exists():
            file.unlink()


def prune(settings: Settings) -> list[str]:
    """Delete all but the last publications; never the current or the pinned one.

    The last are those of the last business days, and those created last: a backfill of old days
    must not delete what readers could be rolled back to. A reader that still has a deleted file
    open keeps it until it closes it.

    Returns
    -------
    list of str
        The names of the deleted publications.
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
        # without its manifest a file counts as unfinished: a crash here leaves nothing behind
        file.with_suffix(".json").unlink()
        crash_point("publish.pruning")
        file.unlink()
        removed.append(publication.name)
    return removed


def pinned(settings: Settings) -> str | None:
    """Return the name of the publication that a rollback has pinned, or None."""
    pin = settings.warehouse / "pinned.json"
    return json.loads(pin.read_text(encoding="utf-8"))["publication"] if pin.exists() else None


def by_night(publication: Publication) -> tuple[str, int]:
    """Return a sort key by business day: a backfill creates later ones of earlier days."""
    return publication.business_date, publication.sequence
