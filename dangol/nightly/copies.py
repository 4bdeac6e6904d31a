"""Copies what readers get to a bucket: the last step of a night, and `dangol copy`.

The bucket has a folder per publication, whose manifest is written last, and ``current.json``, which
is written after that and says which one readers get. Nothing here changes what readers of this
machine have: a copy that fails is made by the next night, or by hand.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dangol.errors import DangolError
from dangol.extract.zones.drivers import DRIVERS, load, told
from dangol.extract.zones.zone import LandingError
from dangol.faults import crash_point
from dangol.files import DAMAGE, write_whole
from dangol.night import Night
from dangol.publication.layout import DATABASE, DOCS, MANIFEST, PARQUET, manifest_of, night_of_name
from dangol.publication.store import (
    Publication,
    current_publication,
    pointed_to,
    verify,
)
from dangol.settings import Settings

log = logging.getLogger(__name__)

POINTER = "current.json"


class CopyError(DangolError):
    """The copy failed; the message says why, and that readers of this machine are not affected."""


def copy_night(settings: Settings, night: Night) -> dict[str, object]:
    """Copy what readers get, if an address is set: the step of the night.

    Returns
    -------
    dict
        ``copied``, the name of the publication, or None.
    """
    return {"copied": copy_current(settings) if settings.copy_to else None}


def copy_current(settings: Settings) -> str | None:
    """Copy the publication that readers get, and point the bucket's readers to it.

    Returns
    -------
    str or None
        Its name; None if nothing is published.

    Raises
    ------
    CopyError
        If no address is set, or the bucket can't be used.
    """
    if not settings.copy_to:
        raise CopyError(
            "nothing is copied: set DANGOL_COPY_TO to the address of a bucket, s3://bucket/prefix"
        )
    bucket = _Bucket(settings.copy_to)
    while (publication := current_publication(settings)) is not None:
        _note(settings, {*_noted(settings), publication.name})  # from here on it can be deleted
        if not bucket.has(settings, publication):
            verify(settings, publication)
            bucket.upload(settings, publication)
        crash_point("copy.uploaded")
        bucket.write(POINTER, _pointer(publication))
        # a rollback may have come meanwhile, and its own copy before this one
        if pointed_to(settings) == publication.name:
            _prune(settings, bucket, publication.name)
            log.info("copied %s to %s", publication.name, settings.copy_to)
            return publication.name
    return None


def _pointer(publication: Publication) -> bytes:
    folder = f"publications/{publication.name}"
    told = {
        "publication": publication.name,
        "business_date": publication.business_date,
        "database": f"{folder}/{DATABASE}",
        "parquet": f"{folder}/{PARQUET}" if publication.has_parquet else None,
        "models": f"{folder}/{DOCS}" if DOCS in publication.files else None,
        "sha256": {
            f"{folder}/{path}": sha256
            for path, sha256 in {DATABASE: publication.sha256, **publication.files}.items()
        },
    }
    return json.dumps(told, indent=2).encode()


def _prune(settings: Settings, bucket: _Bucket, current: str) -> None:
    """Delete the copies of publications that are no longer kept here, and of nothing else."""
    noted = _noted(settings)
    # a damaged manifest is there: the copy may be the backup that it is restored from
    kept = {name for name in noted if name == current or manifest_of(settings, name).exists()}
    for name in sorted(noted - kept):
        bucket.delete(f"publications/{name}")
    if not noted <= kept:
        _note(settings, noted & kept)


def _noted(settings: Settings) -> set[str]:
    """Return what this home has copied to the address; names that could be no folder's are not."""
    try:
        noted = json.loads(_notes(settings).read_bytes())
        if noted["address"] == settings.copy_to:
            return {name for name in noted["publications"] if night_of_name(name)}
    except FileNotFoundError:
        pass
    except DAMAGE:
        log.warning(
            "%s is damaged: copies that it listed are not deleted from %s",
            _notes(settings), settings.copy_to,
        )  # fmt: skip
    return set()


def _note(settings: Settings, names: set[str]) -> None:
    noted = {"address": settings.copy_to, "publications": sorted(names)}
    write_whole(_notes(settings), json.dumps(noted, indent=2).encode())


def _notes(settings: Settings) -> Path:
    return settings.warehouse / "copied.json"


class _Bucket:
    """The bucket, or the prefix in one, to which publications are copied.

    Parameters
    ----------
    address
        ``s3://bucket/prefix``; credentials come from the environment.
    """

    def __init__(self, address: str) -> None:
        scheme, _, base = address.partition("://")
        driver = DRIVERS[scheme]
        self._address, self._base = address, base.strip("/")
        try:
            file_system = load(address, driver.file_system)
            names = (*driver.errors, *driver.unreachable)
            self._failures = (OSError, *(load(address, name) for name in names))
        except LandingError as error:
            raise CopyError(str(error)) from error
        with self._told():
            self._files: Any = file_system(
                skip_instance_cache=True, use_listings_cache=False, **driver.options
            )

    def has(self, settings: Settings, publication: Publication) -> bool:
        """Whether the publication is there: its manifest, written last, and every file's size."""
        folder = self._path(f"publications/{publication.name}")
        with self._told():
            try:
                manifest = self._files.cat_file(f"{folder}/{MANIFEST}")
                found = self._files.find(folder, detail=True)
            except FileNotFoundError:
                return False
        sizes = {path.removeprefix(f"{folder}/"): each["size"] for path, each in found.items()}
        local = manifest_of(settings, publication.name).read_bytes()
        return bool(manifest == local) and all(
            sizes.get(path) == file.stat().st_size
            for path, file in _paths(settings, publication).items()
        )

    def upload(self, settings: Settings, publication: Publication) -> None:
        """Write every file of the publication, and its manifest when they are there."""
        folder = f"publications/{publication.name}"
        with self._told():
            for path, file in _paths(settings, publication).items():
                self._files.put_file(str(file), self._path(f"{folder}/{path}"))
                crash_point("copy.file_uploaded")
        self.write(f"{folder}/{MANIFEST}", manifest_of(settings, publication.name).read_bytes())

    def write(self, path: str, content: bytes) -> None:
        """Write an object in one request: readers get the old one or the new."""
        with self._told():
            self._files.pipe_file(self._path(path), content)

    def delete(self, folder: str) -> None:
        """Delete a folder, its manifest first."""
        what = "a copy that is no longer kept here can't be deleted from"
        with self._told(what):
            for path in (f"{folder}/{MANIFEST}", folder):
                try:
                    self._files.rm(self._path(path), recursive=True)
                except FileNotFoundError:
                    continue

    def _path(self, path: str) -> str:
        return f"{self._base}/{path}"

    @contextmanager
    def _told(self, what: str = "the publication is not copied to") -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            raise CopyError(
                f"{what} {self._address}: {told(error)}. Readers of this machine are not affected. "
                "The next night tries again, and so does `dangol copy`"
            ) from error


def _paths(settings: Settings, publication: Publication) -> dict[str, Path]:
    """Return the files of a publication by the path that they have in the bucket's folder."""
    file = publication.file(settings)
    others = {path: file.parent / path for path in publication.files}
    return {DATABASE: file} | others
