"""Lists what is in a system's folder: files, and the members of zip archives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

from dangol.contracts.deliveries import NamedDelivery, archive_pattern, delivery_in, delivery_of
from dangol.contracts.model import Stream
from dangol.extract.archives import members_of
from dangol.extract.landed_bytes import (
    IncompleteFileError,
    RefusedFileError,
    UnreadableFileError,
)
from dangol.extract.landing import Landing
from dangol.extract.zones.zone import LandedFile

_ENDING = ".zip"


def files_of(landing: Landing, stream: Stream) -> Iterator[tuple[LandedFile, NamedDelivery]]:
    """List the files of a stream, with what their names say.

    Yields
    ------
    tuple of (LandedFile, NamedDelivery)
        Files; members of archives; and archives that should have members and can't be read.
    """
    pattern = archive_pattern(stream.file_pattern)
    for file in landing.files(stream.system):
        if named := delivery_in(stream, file.name):
            yield file, named
        if pattern is None or not _matches(pattern, file):
            continue
        for member in _members(landing, stream.system, file):
            if member.is_broken_archive or member.archive == "":
                yield member, delivery_of(pattern, file.name) or NamedDelivery()
            elif named := delivery_in(stream, member.name):
                yield member, named


def unclaimed_files(
    landing: Landing, system: str, streams: Iterable[Stream]
) -> Iterator[LandedFile]:
    """List the files of a system, and the members of its archives, that are no stream's."""
    streams = list(streams)
    patterns = [pattern for stream in streams if (pattern := archive_pattern(stream.file_pattern))]
    for file in landing.files(system):
        if any(delivery_in(stream, file.name) for stream in streams):
            continue
        if not any(_matches(pattern, file) for pattern in patterns):
            yield file
            continue
        for member in _members(landing, system, file):
            if not member.is_broken_archive and not any(
                delivery_in(stream, member.name) for stream in streams
            ):
                yield member


def _members(landing: Landing, system: str, file: LandedFile) -> list[LandedFile]:
    """Return the members of an archive, or the archive itself if it can't be read."""
    if file.refusal:
        return [file]
    try:
        with landing.open(system, file) as opened:
            return members_of(opened.stream, file)
    except (RefusedFileError, IncompleteFileError, UnreadableFileError):
        return [replace(file, archive=file.name)]


def _matches(pattern: re.Pattern[str], file: LandedFile) -> bool:
    name = unicodedata.normalize("NFC", file.name)
    return name.lower().endswith(_ENDING) and pattern.fullmatch(name) is not None
