"""Loads plain files, many at once: those in which every line is a record.

DuckDB reads and writes them in one pass, and what it stored is compared with the number of lines. A
file in which any row is missing or breaks a rule is not loaded here but returned, to be read record
by record; it is found by halves.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import duckdb

from dangol.contracts.control_totals import control_sum
from dangol.contracts.model import Stream
from dangol.extract import columns, suspicions
from dangol.extract.decode import Decoded
from dangol.extract.header import Layout
from dangol.extract.parts import PartedFile

log = logging.getLogger(__name__)

PIECE_BYTES = 16 << 20


class Piece(NamedTuple):
    """Some or all records of one load, in a separate file.

    Parameters
    ----------
    path
        With the lines before the rows. Its name is unique among the pieces.
    rows
        Lines after these.
    rows_before
        Rows of the same load in earlier pieces.
    is_ascii
        Whether its rows have no other characters.
    """

    path: Path
    load_id: str
    file: str
    rows: int
    rows_before: int = 0
    is_ascii: bool = False


@dataclass
class Counts:
    """The outcome of a load's rows.

    Parameters
    ----------
    skipped
        Lines and records that are no rows, by kind.
    control_total
        The sum of the loaded rows' amounts.
    note
        What was unusual, or empty.
    """

    loaded: int = 0
    quarantined: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    control_total: Decimal = Decimal(0)
    note: str = ""

    def add(self, loaded: int, control_total: str | None) -> None:
        """Add loaded rows and their control total."""
        self.loaded += loaded
        self.control_total += Decimal(control_total or 0)

    def add_skipped(self, skipped: Counter[str], note: str) -> None:
        """Add what are no rows, and what was unusual."""
        self.skipped.update(skipped)
        self.note = self.note or note


def pieces_of(decoded: Decoded, load_id: str, file: str, head_lines: int) -> Iterator[Piece]:
    """Cut a plain file into pieces that fit into memory; a small one is its only piece.

    Parameters
    ----------
    head_lines
        Lines before the rows, which each piece gets.

    Yields
    ------
    Piece
        The file itself, or a copy of some of its lines, to be deleted after use.
    """
    if decoded.decoded_bytes <= PIECE_BYTES:
        rows = max(decoded.lines - head_lines, 0)
        yield Piece(decoded.path, load_id, file, rows, is_ascii=decoded.is_ascii)
        return
    rows_before = 0
    with decoded.path.open("rb") as whole:
        head = b"".join(whole.readline() for _ in range(head_lines))
        while block := whole.read(PIECE_BYTES):
            block += whole.readline()
            rows = block.count(b"\n") + (not block.endswith(b"\n"))
            path = decoded.path.with_name(f"{decoded.path.stem}-{rows_before}.csv")
            path.write_bytes(head + block)
            yield Piece(path, load_id, file, rows, rows_before, decoded.is_ascii)
            rows_before += rows


def load_plain(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    layout: Layout,
    pieces: Sequence[Piece],
    rows: PartedFile,
    counts: dict[str, Counts],
) -> list[Piece]:
    """Load the pieces all of whose rows can be loaded.

    Parameters
    ----------
    connection
        In memory, keeping insertion order.
    layout
        The columns that all the pieces have.
    rows
        Gets the typed rows: the contract's columns, ``_extra`` (JSON or null), ``_load_id``,
        ``_file`` and ``_row`` (1 for the first record of the file).
    counts
        By load; the loaded rows are added.

    Returns
    -------
    list of Piece
        Those that were not loaded.
    """
    if not any(piece.rows for piece in pieces):
        return []
    try:
        found = stored(connection, stream, _write(stream, layout, pieces, rows))
        if {load: row.place for load, row in found.items()} == _places(pieces):
            for load, row in found.items():
                counts[load].add(row.place.rows, row.control_total)
            return []
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        log.warning("%s: read record by record (%s)", stream.label, type(error).__name__)
    rows.take_back()
    if len(pieces) == 1:
        return list(pieces)
    middle = len(pieces) // 2
    return [
        piece
        for half in (pieces[:middle], pieces[middle:])
        for piece in load_plain(connection, stream, layout, half, rows, counts)
    ]


class Place(NamedTuple):
    """Where the rows of a load are in its file, counted from 1."""

    rows: int
    first: int
    last: int


class Stored(NamedTuple):
    """What was stored of a load, with the sum of its amounts or null."""

    place: Place
    control_total: str | None


def stored(connection: duckdb.DuckDBPyConnection, stream: Stream, part: Path) -> dict[str, Stored]:
    """Count what a Parquet file of rows contains, by load."""
    counted = connection.execute(
        f"""
        select _load_id, count(*), min(_row), max(_row), {control_sum(stream)}
        from read_parquet(?) group by _load_id order by _load_id
        """,
        [str(part)],
    ).fetchall()
    return {load: Stored(Place(*place), total) for load, *place, total in counted}


def _places(pieces: Sequence[Piece]) -> dict[str, Place]:
    """Return where the rows of each load must be, if every line becomes a row."""
    places: dict[str, Place] = {}
    for piece in pieces:
        if piece.rows:
            before = places.get(piece.load_id, Place(0, piece.rows_before + 1, 0))
            last = piece.rows_before + piece.rows
            places[piece.load_id] = Place(before.rows + piece.rows, before.first, last)
    return places


def _write(stream: Stream, layout: Layout, pieces: Sequence[Piece], rows: PartedFile) -> Path:
    """Write the rows that DuckDB can read and that break no rule."""
    read, read_values = columns.csv_rows(stream, layout, [piece.path for piece in pieces])
    suspect, suspect_values = suspicions.of(stream, layout)
    is_ascii = all(piece.is_ascii for piece in pieces)
    selected, names = columns.select_list(stream, layout, is_typed=False, is_ascii=is_ascii)
    before = accumulate((piece.rows for piece in pieces), initial=0)
    return rows.add(
        f"""
        select
            {selected}, files.load_id as _load_id, files.file as _file,
            parsed._place - files.places_before + files.rows_before as _row
        from ({read}) as parsed
        join (
            select
                unnest(?::varchar[]) as path, unnest(?::varchar[]) as load_id,
                unnest(?::varchar[]) as file, unnest(?::bigint[]) as places_before,
                unnest(?::bigint[]) as rows_before
        ) as files on parsed._path = files.path
        where ({suspect}) is not true
        """,
        [
            *names,
            *read_values,
            [str(piece.path) for piece in pieces],
            [piece.load_id for piece in pieces],
            [piece.file for piece in pieces],
            [places for places, _ in zip(before, pieces, strict=False)],
            [piece.rows_before for piece in pieces],
            *suspect_values,
        ],
    )
