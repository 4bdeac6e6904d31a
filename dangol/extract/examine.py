"""Copies one landed file and finds out how to read it, before any row is loaded."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import IO

import duckdb

from dangol import ledger
from dangol.contracts.deliveries import is_json_supplement
from dangol.contracts.model import Format, Stream
from dangol.extract.archives import members_of, open_member
from dangol.extract.batch import Arrival, remove_copies, with_skipped
from dangol.extract.decode import Decoded, copy_bytes, decode
from dangol.extract.formats.choice import reader_of
from dangol.extract.header import drift_of, row_in_header
from dangol.extract.landed_bytes import (
    IncompleteFileError,
    RefusedFileError,
    UnreadableFileError,
)
from dangol.extract.landing import Landing
from dangol.extract.records import AROUND
from dangol.extract.zones.zone import LandedFile
from dangol.ledger import Load


class Examiner:
    """Examines the files of one stream.

    Parameters
    ----------
    work
        A private folder for copies of the files.
    connection
        In memory, and used by no other thread.
    """

    def __init__(
        self, landing: Landing, stream: Stream, work: Path, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self._landing = landing
        self._stream = stream
        self._work = work
        self._connection = connection

    def look_at(self, file: LandedFile, load: Load) -> Arrival:
        """Copy one file and decide what to do with it.

        Returns
        -------
        Arrival
            Loaded, empty, rejected or, if it is incomplete, waiting.

        Raises
        ------
        UnreadableFileError
            If it can't be read now.
        """
        if file.refusal:
            return rejected(load, file.refusal)
        try:
            decoded, fingerprint = self._copy(file, load)
            load = replace(
                load,
                fingerprint=fingerprint,
                sha256=decoded.sha256,
                bytes=decoded.landed_bytes,
                encoding=decoded.encoding,
                reason=decoded.note,
            )
            return self._match(decoded, load)
        except IncompleteFileError as error:
            self.discard(load)
            return Arrival(replace(load, reason=str(error)))
        except RefusedFileError as error:
            self.discard(load)
            return rejected(load, str(error))

    def discard(self, load: Load) -> None:
        """Remove the copies of a file that is not loaded."""
        remove_copies(self._work, load)

    def _copy(self, file: LandedFile, load: Load) -> tuple[Decoded, str]:
        """Copy a file; the fingerprint is that of the bytes read."""
        form = self._stream.format
        if is_json_supplement(self._stream, file.name):
            form = replace(form, kind="json_lines", needs_final_newline=True)
        copy = self._work / f"{load.number:06d}.{form.kind}"
        with self._landing.open(self._stream.system, file) as landed:
            if file.is_broken_archive:
                members_of(landed.stream, file)  # raises what is wrong with it
                raise UnreadableFileError("it changed while it was being read")
            if file.archive:
                is_workbook = form.kind == "xlsx"
                with open_member(landed.stream, file, is_workbook=is_workbook) as member:
                    decoded = self._read(member, copy, form)
            else:
                decoded = self._read(landed.stream, copy, form)
            landed.check_unchanged()
            return decoded, landed.fingerprint

    def _read(self, stream: IO[bytes], copy: Path, form: Format) -> Decoded:
        most = self._stream.max_bytes
        if not form.facts.is_text:
            return copy_bytes(stream, copy, most, form.kind)
        return decode(stream, copy, most, form, self._stream.may_be_empty)

    def _match(self, decoded: Decoded, load: Load) -> Arrival:
        """Match a file's columns, and see whether it has rows."""
        reader = reader_of(decoded.kind, decoded.path, self._stream, self._connection)
        try:
            layout = reader.layout()
        except RefusedFileError as error:
            if reader.has_rows(None):
                return Arrival(rejected(load, str(error)).load, decoded)
            raise
        has_rows = reader.has_rows(layout)
        notes = (
            load.reason,
            reader.note,
            drift_of(layout),
            row_in_header(layout, reader.further_header),
        )
        load = replace(load, reason="; ".join(filter(None, notes)))
        if has_rows:
            return Arrival(replace(load, status=ledger.LOADED), decoded, layout)
        load = with_skipped(load, reader.skipped + Counter({AROUND: decoded.skipped}))
        self.discard(load)
        if self._stream.may_be_empty:
            return Arrival(replace(load, status=ledger.EMPTY, reason=reader.emptiness))
        return rejected(load, f"{reader.emptiness}, which its contract does not allow")


def rejected(load: Load, reason: str) -> Arrival:
    """Return a file that can't be read by its contract."""
    return Arrival(replace(load, status=ledger.REJECTED, reason=reason))
