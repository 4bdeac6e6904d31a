"""Writes a batch: its rows as Parquet and its bad rows to quarantine; its manifest commits it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import duckdb

from dangol import ledger
from dangol.contracts.model import Stream
from dangol.errors import DangolError
from dangol.extract.careful import CarefulReader
from dangol.extract.columns import head_lines
from dangol.extract.decode import Decoded
from dangol.extract.formats.choice import reader_of
from dangol.extract.header import Layout
from dangol.extract.parts import PartedFile
from dangol.extract.plain import PIECE_BYTES, Counts, Piece, load_plain, pieces_of
from dangol.extract.records import AROUND, BLANK, COMMENTS, HEADERS, TOTALS
from dangol.faults import crash_point
from dangol.files import private_folder
from dangol.ledger import Load
from dangol.settings import Settings


class ExtractError(DangolError):
    """A batch can't be written; the message names its files and quotes no value."""


@dataclass(frozen=True)
class Arrival:
    """A landed file that has been examined.

    Parameters
    ----------
    load
        Its record so far.
    decoded
        Its private copy, or None if it has no rows to load or to quarantine.
    layout
        Its columns, or None if all its rows are quarantined.
    """

    load: Load
    decoded: Decoded | None = None
    layout: Layout | None = None

    @property
    def is_plain(self) -> bool:
        """Whether DuckDB may read it by itself."""
        return self.layout is not None and self.decoded is not None and self.decoded.is_plain


class WrittenBatch(NamedTuple):
    """A batch whose files are complete; they count once its manifest is there.

    Parameters
    ----------
    manifest
        Where it will be.
    loads
        The batch's records in the ledger.
    """

    batch: Sequence[Arrival]
    manifest: Path
    loads: list[Load]


def write_batch(
    settings: Settings,
    stream: Stream,
    connection: duckdb.DuckDBPyConnection,
    batch: Sequence[Arrival],
) -> WrittenBatch:
    """Write the files of a batch.

    Parameters
    ----------
    connection
        In memory, keeping insertion order, and used by no other thread.
    batch
        Files with the same layout, and files without rows.

    Returns
    -------
    WrittenBatch
        To be committed.

    Raises
    ------
    ExtractError
        If DuckDB can't convert a value that passed all checks, which is a bug.
    """
    first, last = batch[0].load, batch[-1].load
    folder = f"{stream.system}/{stream.name}/load_date={first.load_date}"
    name = f"{folder}/{first.number:06d}-{last.number:06d}"
    rows = PartedFile(connection, settings.raw / f"{name}.parquet")
    quarantine = PartedFile(connection, settings.quarantine / f"{name}.parquet")
    counts = {arrival.load.load_id: Counts() for arrival in batch}
    crash_point("extract.decoded")
    try:
        _load(connection, stream, batch, rows, quarantine, counts)
        crash_point("extract.parts_written")
        rows_hash = rows.finish()
        crash_point("extract.rows_written")
        quarantine_hash = quarantine.finish()
        crash_point("extract.quarantine_written")
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        raise ExtractError(
            f"{stream.label}: the files {first.file} to {last.file} can't be written "
            f"({type(error).__name__}); none of them was loaded. This is a bug: report it, and "
            "move the files out of the landing zone to continue without them."
        ) from None
    finally:
        rows.discard()
        quarantine.discard()
    loads = [
        _finished(settings, arrival.load, counts[arrival.load.load_id], rows, quarantine)
        for arrival in batch
    ]
    loads = [
        replace(
            load,
            control_total=None if stream.control_total is None else load.control_total,
            raw_sha256=rows_hash if load.raw_file else None,
            quarantine_sha256=quarantine_hash if load.quarantine_file else None,
        )
        for load in loads
    ]
    return WrittenBatch(batch, settings.raw / f"{name}{ledger.MANIFEST_SUFFIX}", loads)


def commit(written: WrittenBatch) -> list[Load]:
    """Write a batch's manifest, and remove the private copies of its files.

    Returns
    -------
    list of Load
        The batch's records in the ledger.
    """
    private_folder(written.manifest.parent)
    ledger.write_manifest(written.manifest, written.loads)
    for arrival in written.batch:
        if arrival.decoded:
            remove_copies(arrival.decoded.path.parent, arrival.load)
    return written.loads


def remove_copies(work: Path, load: Load) -> None:
    """Remove a load's private copy, and what a reader wrote beside it."""
    for copy in work.glob(f"{load.number:06d}[.-]*"):
        copy.unlink()


def _load(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    batch: Sequence[Arrival],
    rows: PartedFile,
    quarantine: PartedFile,
    counts: dict[str, Counts],
) -> None:
    """Load every file with rows: plain files together, others record by record."""
    careful = CarefulReader(connection, stream, rows, quarantine, counts)
    head = head_lines(stream.format)
    plain = [arrival for arrival in batch if arrival.is_plain]
    for arrival in plain:
        counts[arrival.load.load_id].skipped[AROUND] += head - 1
    for pieces in _together(_plain_pieces(plain, head)):
        layout = cast("Layout", plain[0].layout)
        for piece in load_plain(connection, stream, layout, pieces, rows, counts):
            careful.load(piece, reader_of("csv", piece.path, stream, connection), layout)
            counts[piece.load_id].skipped[AROUND] -= head - 1  # each piece has these lines
        for piece in pieces:
            if piece.path.stem.count("-"):  # a copy of some lines, not the whole file
                piece.path.unlink()
    for arrival in batch:
        decoded = arrival.decoded
        if decoded is None:
            continue
        counts[arrival.load.load_id].skipped[AROUND] += decoded.skipped
        piece = Piece(decoded.path, arrival.load.load_id, arrival.load.file, rows=0)
        reader = reader_of(decoded.kind, decoded.path, stream, connection)
        if arrival.layout is None:
            careful.quarantine_whole(piece, reader, arrival.load.reason)
        elif not arrival.is_plain:
            careful.load(piece, reader, arrival.layout)


def _plain_pieces(plain: Sequence[Arrival], head: int) -> Iterator[Piece]:
    for arrival in plain:
        decoded = cast("Decoded", arrival.decoded)
        yield from pieces_of(decoded, arrival.load.load_id, arrival.load.file, head)


def _together(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Group pieces that are parsed together."""
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        group.append(piece)
        size += piece.path.stat().st_size
        if size >= PIECE_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _finished(
    settings: Settings, load: Load, counts: Counts, rows: PartedFile, quarantine: PartedFile
) -> Load:
    """Complete a load's record with the outcome of its rows."""
    return replace(
        with_skipped(load, counts.skipped),
        rows_read=counts.loaded + counts.quarantined,
        rows_loaded=counts.loaded,
        rows_quarantined=counts.quarantined,
        reason="; ".join(filter(None, dict.fromkeys([load.reason, counts.note]))),
        control_total=str(counts.control_total) if counts.loaded else None,
        finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        raw_file=_relative(settings, rows.target) if counts.loaded else None,
        quarantine_file=_relative(settings, quarantine.target) if counts.quarantined else None,
    )


def with_skipped(load: Load, skipped: Counter[str]) -> Load:
    """Add lines and records that are no rows to a load's record."""
    counts: dict[str, Any] = {
        f"{kind}_skipped": getattr(load, f"{kind}_skipped") + skipped[kind]
        for kind in (COMMENTS, TOTALS, HEADERS, BLANK)
    }
    return replace(load, rows_skipped=load.rows_skipped + skipped.total(), **counts)


def _relative(settings: Settings, file: Path) -> str:
    return str(file.relative_to(settings.home))
