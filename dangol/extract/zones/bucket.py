"""A landing zone that is a bucket: S3, Google Cloud Storage or Azure, through fsspec."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import IO, Any, cast

from dangol.extract.landed_bytes import UnreadableFileError, why_unreadable
from dangol.extract.zones.drivers import DRIVERS, load, told, why_unusable
from dangol.extract.zones.zone import LandedFile, LandingError, OpenedFile, Zone, listed

_BLOCK = 8 << 20


class BucketZone(Zone):
    """A bucket, or a prefix in one.

    Parameters
    ----------
    address
        ``s3://bucket/prefix``, ``gs://bucket/prefix`` or ``az://container/prefix``.
    """

    def __init__(self, address: str) -> None:
        scheme, _, base = address.partition("://")
        self._address = address
        self._base = base.strip("/")
        self._driver = DRIVERS[scheme]

    def check(self) -> None:
        """Raise LandingError if there is no such bucket; a prefix need not exist."""
        bucket = self._base.partition("/")[0]
        with self._told():
            try:
                self._bucket.ls(self._base, detail=True)
            except FileNotFoundError:
                self._find(bucket)

    def systems(self) -> list[str]:
        """Return the names of the folders below the prefix."""
        return [name for name, entry in self._list("") if entry["type"] == "directory"]

    def files(self, system: str) -> Iterator[LandedFile]:
        """List a system's folder.

        Yields
        ------
        LandedFile
            Also for a prefix below it, with the reason why it is not opened.
        """
        for name, entry in self._list(system):
            changed = entry.get(self._driver.changed_at)
            yield listed(
                name,
                entry["size"] or 0,
                self._fingerprint(entry),
                "it is a folder" if entry["type"] == "directory" else None,
                changed.timestamp() if isinstance(changed, datetime) else None,
            )

    def open(self, system: str, name: str) -> OpenedFile:
        """Open an object; its content is fetched block by block."""
        path = f"{self._base}/{system}/{name}"
        try:
            file = self._bucket.open(path, "rb", block_size=_BLOCK, cache_type="readahead")
        except self._unreachable as error:
            raise LandingError(why_unusable(self._address, error)) from error
        except self._failures as error:
            raise UnreadableFileError(why_unreadable(error)) from error

        def current() -> str:
            try:
                return self._fingerprint(self._bucket.info(path))
            except self._failures as error:
                raise UnreadableFileError(why_unreadable(error)) from error

        stream = _Stream(file, self._failures)
        return OpenedFile(cast("IO[bytes]", stream), self._fingerprint(file.details), current)

    def put(self, system: str, name: str, content: bytes) -> bool:
        """Write an object in one request, which the bucket refuses if the name is taken."""
        path = f"{self._base}/{system}/{name}"
        with self._told(f"{self._address}/{system}/{name} can't be written: "):
            try:
                if self._bucket.exists(path):
                    return False
                self._bucket.pipe_file(path, content, mode="create")
            except FileExistsError:  # it arrived meanwhile
                return False
        return True

    @cached_property
    def _bucket(self) -> Any:
        """The driver, without caches: a listing may be older than the object."""
        file_system = load(self._address, self._driver.file_system)
        return file_system(
            skip_instance_cache=True, use_listings_cache=False, **self._driver.options
        )

    @cached_property
    def _unreachable(self) -> tuple[type[Exception], ...]:
        return tuple(load(self._address, name) for name in self._driver.unreachable)

    @cached_property
    def _failures(self) -> tuple[type[Exception], ...]:
        """All that the driver raises beside OSError."""
        refused = tuple(load(self._address, name) for name in self._driver.errors)
        return refused + self._unreachable

    @contextmanager
    def _told(self, what: str = "") -> Iterator[None]:
        """Turn what the driver raises into one error with the address and the cause."""
        failures: tuple[type[Exception], ...] = (OSError, *self._failures)
        try:
            yield
        except failures as error:
            message = what + told(error) if what else why_unusable(self._address, error)
            raise LandingError(message) from error

    def _find(self, bucket: str) -> None:
        try:
            self._bucket.ls(bucket, detail=True)
        except PermissionError:
            return  # there is one, of which only the prefix may be listed
        except FileNotFoundError as error:
            raise LandingError(
                f"the landing zone {self._address} (DANGOL_LANDING) does not exist: {told(error)}"
            ) from error

    def _list(self, folder: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the names directly in a folder, and what the bucket says of each."""
        prefix = f"{self._base}/{folder}".rstrip("/") + "/"
        with self._told():
            try:
                entries = self._bucket.ls(prefix.rstrip("/"), detail=True)
            except FileNotFoundError:
                return []
        # some clients write an empty object for the folder itself
        names = [(entry["name"].removeprefix(prefix), entry) for entry in entries]
        return [
            (name.rstrip("/") if entry["type"] == "directory" else name, entry)
            for name, entry in names
            if name and name != entry["name"]
        ]

    def _fingerprint(self, entry: dict[str, Any]) -> str:
        return f"{entry['size']}-{entry.get(self._driver.mark) or ''}"


class _Stream(io.RawIOBase):
    """An object's bytes, whose errors are all the same."""

    def __init__(self, file: Any, errors: tuple[type[Exception], ...]) -> None:
        self._file = file
        self._errors = errors

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._file.read(len(buffer))
        except self._errors as error:
            raise UnreadableFileError(why_unreadable(error)) from error
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
