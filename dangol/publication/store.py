"""The publications on disk, and which of them is current."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import DAMAGE, PART_SUFFIX, sha256_of, sync_file, write_whole
from dangol.ledger import damage_of
from dangol.publication.layout import (
    PARQUET,
    database_of,
    is_single,
    manifest_of,
    name_in,
    night_of_name,
    pin_of,
    target_of,
)
from dangol.settings import Settings

_SHA256 = re.compile("[0-9a-f]{64}")


class PublicationError(DangolError):
    """A publication is missing or damaged; the message says which, and what to do."""


@dataclass(frozen=True)
class Publication:
    """One immutable copy of the published schemas.

    Parameters
    ----------
    name
        Of its folder; of its file, if that is all it has.
    sequence
        Increasing; a later publication has a higher one.
    business_date
        In ISO form.
    sha256
        Of the DuckDB file.
    content_checksum
        Of customer_view, aggregated and ml; equal for equal tables.
    created_at
        Wall clock, UTC.
    files
        From the path of each other file in its folder to its SHA-256.
    """

    name: str
    sequence: int
    business_date: str
    run_id: str
    sha256: str
    content_checksum: str
    created_at: str
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_parquet(self) -> bool:
        """Whether its tables are there as Parquet, too."""
        return any(path.startswith(f"{PARQUET}/") for path in self.files)

    def file(self, settings: Settings) -> Path:
        """Return the DuckDB file."""
        return database_of(settings, self.name)

    def all_files(self, settings: Settings) -> dict[Path, str]:
        """Return every file but the manifest, with its SHA-256."""
        folder = self.file(settings).parent
        others = {folder / path: sha256 for path, sha256 in self.files.items()}
        return {self.file(settings): self.sha256} | others


def list_publications(settings: Settings) -> list[Publication]:
    """Return the complete publications, oldest first; none before the first night.

    Returns
    -------
    list of Publication
        Without those whose manifest is damaged: `damaged_publications` names them.
    """
    return sorted(_read_all(settings)[0], key=lambda publication: publication.sequence)


def damaged_publications(settings: Settings) -> list[str]:
    """Return what is wrong with each manifest that can't be used, and what to do."""
    return _read_all(settings)[1]


def _read_all(settings: Settings) -> tuple[list[Publication], list[str]]:
    found, damaged = [], []
    entries = settings.publications.iterdir() if settings.publications.is_dir() else ()
    for name in sorted(entry.name for entry in entries):
        if night_of_name(name) is None or not database_of(settings, name).is_file():
            continue
        try:
            if (publication := read_publication(settings, name)) is not None:
                found.append(publication)
        except PublicationError as error:
            damaged.append(str(error))
    return found, damaged


def read_publication(settings: Settings, name: str) -> Publication | None:
    """Return the publication of a name, checked.

    Returns
    -------
    Publication or None
        None if it was never declared complete.

    Raises
    ------
    PublicationError
        If its manifest is damaged, or is not this publication's.
    """
    manifest = manifest_of(settings, name)
    cause: Exception | None = None
    try:
        publication = Publication(**json.loads(manifest.read_bytes()))
        if _is_sound(publication, name):
            return publication
    except FileNotFoundError:
        return None
    except DAMAGE as error:
        cause = error
    raise PublicationError(
        f"{manifest} is damaged: restore it from a backup, or delete it and the publication "
        "beside it"
    ) from cause


def _is_sound(publication: Publication, name: str) -> bool:
    """Whether a manifest says what its place says, and names no file outside its folder."""
    texts = (publication.name, publication.business_date, publication.run_id,
             publication.content_checksum, publication.created_at)  # fmt: skip
    night = (publication.business_date, publication.sequence)
    return (
        publication.name == name
        and night == night_of_name(name)
        and all(isinstance(text, str) for text in texts)
        and all(_SHA256.fullmatch(each) for each in (publication.sha256,
                                                     *publication.files.values()))
        and all(map(_is_inside, publication.files))
        and not (is_single(name) and publication.files)
    )  # fmt: skip


def _is_inside(path: str) -> bool:
    return (
        path.isprintable()
        and not path.startswith("/")
        and PurePosixPath(path).as_posix() == path
        and ".." not in PurePosixPath(path).parts
    )


def last_sequence(settings: Settings) -> int:
    """Return the highest sequence on disk, of damaged publications too; 0 if there is none."""
    nights = (night_of_name(entry.name) for entry in settings.publications.iterdir())
    return max((night[1] for night in nights if night), default=0)


def verify(settings: Settings, publication: Publication) -> None:
    """Compare a publication's files with the SHA-256 in its manifest.

    Raises
    ------
    PublicationError
        If a file has changed, or is missing.
    """
    for file, sha256 in publication.all_files(settings).items():
        if not file.is_file() or sha256_of(file) != sha256:
            raise PublicationError(
                f"{damage_of(file)}. Restore both from a backup, or delete both and run the night "
                f"of {publication.business_date} again"
            )


def pointed_to(settings: Settings) -> str | None:
    """Return the name of the publication that readers get.

    Returns
    -------
    str or None
        None before the first night, and if the pointer leads elsewhere.
    """
    pointer = settings.published_file
    return name_in(pointer.readlink()) if pointer.is_symlink() else None


def current_publication(settings: Settings) -> Publication | None:
    """Return the publication that readers get.

    Returns
    -------
    Publication or None
        None before the first night.

    Raises
    ------
    PublicationError
        If its manifest is damaged.
    """
    name = pointed_to(settings)
    return read_publication(settings, name) if name else None


def point_to(settings: Settings, publication: Publication) -> None:
    """Give readers a publication, atomically; its file must be complete."""
    pointer = settings.published_file
    # a rollback may happen while a night publishes: each uses its own temporary name
    fresh = pointer.with_name(f".{pointer.name}{PART_SUFFIX}{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target_of(publication.name))
    crash_point("publish.pointer_prepared")
    os.replace(fresh, pointer)
    sync_file(pointer.parent)


def save_manifest(settings: Settings, publication: Publication) -> None:
    """Declare a publication complete; its files must have been flushed to disk."""
    manifest = manifest_of(settings, publication.name)
    write_whole(manifest, json.dumps(asdict(publication), indent=2).encode())


def pinned(settings: Settings) -> str | None:
    """Return the name of the publication that a rollback has pinned.

    Returns
    -------
    str or None
        None if none is.

    Raises
    ------
    PublicationError
        If the file that says so is damaged.
    """
    pin = pin_of(settings)
    try:
        name = json.loads(pin.read_bytes())["publication"]
        if isinstance(name, str) and night_of_name(name):
            return name
    except FileNotFoundError:
        return None
    except DAMAGE:
        pass
    raise PublicationError(
        f"{pin} is damaged, so it is unknown which publication is pinned, and readers stay where "
        "they are: `dangol rollback <publication>` pins one again, `dangol resume` unpins"
    )


def by_night(publication: Publication) -> tuple[str, int]:
    """Return a sort key by business day: a backfill creates later ones of earlier days."""
    return publication.business_date, publication.sequence
