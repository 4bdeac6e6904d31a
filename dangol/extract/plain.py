"""Loads plain files, many at once: those in which every line is a record.

DuckDB reads them, and its row counts are compared with the number of lines. A file in which any row
is missing or breaks a rule is not loaded here but returned, to be read record by record.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import duckdb

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
    """

    path: Path
    load_id: str
    file: str
    rows: int
    rows_before: int = 0


@dataclass
class Counts:
    """The outcome of a load's rows.

    Parameters
    ----------
    skipped
        Lines and records that are no rows.
    control_total
        The sum of the loaded rows' amounts.
    note
        What was unusual, or empty.
    """

    loaded: int = 0
    quarantined: int = 0
    skipped: int = 0
    control_total: Decimal = Decimal(0)
    note: str = ""

    def add(self, loaded: int, control_total: str | None) -> None:
        """Add loaded rows and their control total."""
        self.loaded += loaded
        self.control_total += Decimal(control_total or 0)

    def add_skipped(self, skipped: int, note: str) -> None:
        """Add what are no rows, and what was unusual."""
        self.skipped += skipped
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
        yield Piece(decoded.path, load_id, file, max(decoded.lines - head_lines, 0))
        return
    rows_before = 0
    with decoded.path.open("rb") as whole:
        head = b"".join(whole.readline() for _ in range(head_lines))
        while block := whole.read(PIECE_BYTES):
            block += whole.readline()
            rows = block.count(b"\n") + (not block.endswith(b"\n"))
            path = decoded.path.with_name(f"{decoded.path.stem}-{rows_before}.csv")
            path.write_bytes(head + block)
            yield Piece(path, load_id, file, rows, rows_before)
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
    try:
        columns.read_csv(connection, stream, layout, [piece.path for piece in pieces])
    except duckdb.InvalidInputException as error:
        log.warning("%s: read record by record (%s)", stream.label, type(error).__name__)
        return list(pieces)
    suspect, values = suspicions.of(layout, stream.format)
    found = {
        name: tuple(summary)
        for name, *summary in connection.execute(
            f"""
            select
                _name, count(*), count(*) filter ({suspect}),
                min(rowid), max(rowid) - min(rowid) + 1,
                {columns.control_sum(stream, layout, is_typed=False)}
            from parsed group by _name
            """,
            values,
        ).fetchall()
    }
    whole = [piece for piece in pieces if _is_whole(piece, found.get(piece.path.stem))]
    for piece in whole:
        counts[piece.load_id].add(piece.rows, found[piece.path.stem][4])
    if whole:
        _list_files(connection, whole, [found[piece.path.stem][2] for piece in whole])
        selected, names = columns.select_list(stream, layout, is_typed=False)
        rows.add(
            f"""
            select
                {selected}, files.load_id as _load_id, files.file as _file,
                parsed.rowid - files.first_rowid + files.rows_before + 1 as _row
            from parsed join files on parsed._name = files.name
            """,
            names,
        )
    connection.execute("drop table parsed")
    return [piece for piece in pieces if piece not in whole]


def _is_whole(piece: Piece, found: tuple[int, ...] | None) -> bool:
    """Return whether every line became a row, in order, and none breaks a rule."""
    if found is None:
        return piece.rows == 0
    count, suspects, _, span, *_ = found
    return count == span == piece.rows and not suspects


def _list_files(
    connection: duckdb.DuckDBPyConnection, pieces: Sequence[Piece], first_rowids: list[int]
) -> None:
    connection.execute(
        """
        create or replace temp table files as
        select
            unnest(?::varchar[]) as name, unnest(?::varchar[]) as load_id,
            unnest(?::varchar[]) as file, unnest(?::bigint[]) as first_rowid,
            unnest(?::bigint[]) as rows_before
        """,
        [
            [piece.path.stem for piece in pieces],
            [piece.load_id for piece in pieces],
            [piece.file for piece in pieces],
            first_rowids,
            [piece.rows_before for piece in pieces],
        ],
    )
