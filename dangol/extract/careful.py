"""Loads files record by record: all but those that DuckDB reads by itself.

Here Python decides what a record is, and DuckDB only types its values. So every record is either
loaded or quarantined by construction, whatever is wrong with the file.
"""

from __future__ import annotations

import duckdb

from dangol.contracts.model import Stream
from dangol.extract import columns
from dangol.extract.blocks import Block
from dangol.extract.formats.reader import Reader
from dangol.extract.header import Layout
from dangol.extract.parts import PartedFile
from dangol.extract.plain import Counts, Piece, stored
from dangol.extract.records import Fault

_REFUSED = "the CSV parser rejected it"


class CarefulReader:
    """Loads pieces of one stream record by record.

    Parameters
    ----------
    connection
        In memory, keeping insertion order.
    rows, quarantine
        Get the typed rows, and the rows that can't be typed: ``load_id, file, line, column_name,
        reason, original_text, header``.
    counts
        By load.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        stream: Stream,
        rows: PartedFile,
        quarantine: PartedFile,
        counts: dict[str, Counts],
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._rows = rows
        self._quarantine = quarantine
        self._counts = counts

    def load(self, piece: Piece, reader: Reader, layout: Layout) -> None:
        """Load the valid records of a piece, and quarantine the rest.

        Parameters
        ----------
        piece
            Its number of rows may be unknown.
        reader
            Of the piece.
        """
        for block in reader.blocks(layout):
            faults = block.faults(layout)
            faults |= self._type(piece, layout, block, faults)
            self._set_aside(piece, reader, block, faults)
        self._counts[piece.load_id].add_skipped(reader.skipped, reader.note)

    def quarantine_whole(self, piece: Piece, reader: Reader, reason: str) -> None:
        """Quarantine every record of a file that can't be read by its contract."""
        for block in reader.blocks(None):
            self._set_aside(piece, reader, block, Fault(None, reason))
        self._counts[piece.load_id].add_skipped(reader.skipped, "")

    def _type(
        self, piece: Piece, layout: Layout, block: Block, faulty: dict[int, Fault]
    ) -> dict[int, Fault]:
        """Load what fits its types."""
        if len(faulty) == block.count():
            return {}
        path = piece.path.with_name(f"{piece.path.stem}.careful.csv")
        try:
            source = block.source(layout, faulty, path)
            columns.type_texts(self._connection, self._stream, layout, source)
        except duckdb.InvalidInputException:
            return self._type_halves(piece, layout, block, faulty)
        faults = self._broken_rules(layout)
        self._keep(piece, layout, sorted(faults))
        return faults

    def _type_halves(
        self, piece: Piece, layout: Layout, block: Block, faulty: dict[int, Fault]
    ) -> dict[int, Fault]:
        """Find the record that the parser rejects."""
        halves = block.halves()
        if not halves:
            return {each.row: Fault(None, _REFUSED) for each in block.originals(None)}
        found: dict[int, Fault] = {}
        for half in halves:
            rows = {each.row for each in half.originals(None)}
            inside = {row: fault for row, fault in faulty.items() if row in rows}
            found |= self._type(piece, layout, half, inside)
        return found

    def _broken_rules(self, layout: Layout) -> dict[int, Fault]:
        rules = columns.rules(self._stream, layout, is_typed=True)
        if not rules:
            return {}
        cases = " ".join(f"when {rule.condition} then {nth}" for nth, rule in enumerate(rules))
        broken = self._connection.execute(
            f"select n, case {cases} end as rule from parsed where rule is not null"
        ).fetchall()
        return {n: Fault(rules[rule].column.name, rules[rule].reason) for n, rule in broken}

    def _keep(self, piece: Piece, layout: Layout, faulty: list[int]) -> None:
        """Write the rows of ``parsed`` that break no rule."""
        if faulty:
            self._connection.execute(
                "delete from parsed where n in (select unnest(?::bigint[]))", [faulty]
            )
        ((count,),) = self._connection.execute("select count(*) from parsed").fetchall()
        if not count:
            return
        selected, names = columns.select_list(self._stream, layout, is_typed=True)
        part = self._rows.add(
            f"select {selected}, ?::varchar as _load_id, ?::varchar as _file, "
            "n + ?::bigint as _row from parsed",
            [*names, piece.load_id, piece.file, piece.rows_before],
        )
        found = stored(self._connection, self._stream, part)[piece.load_id]
        self._counts[piece.load_id].add(found.place.rows, found.control_total)

    def _set_aside(
        self, piece: Piece, reader: Reader, block: Block, faults: dict[int, Fault] | Fault
    ) -> None:
        """Quarantine the rows with a fault, or all of a block for one."""
        if not faults:
            return
        rows = None if isinstance(faults, Fault) else faults
        bad = block.originals(rows)
        causes = [faults if isinstance(faults, Fault) else faults[each.row] for each in bad]
        self._counts[piece.load_id].quarantined += len(bad)
        self._quarantine.add(
            """
            select
                ?::varchar as load_id, ?::varchar as file, unnest(?::bigint[]) as line,
                unnest(?::varchar[]) as column_name, unnest(?::varchar[]) as reason,
                unnest(?::varchar[]) as original_text, ?::varchar as header
            """,
            [
                piece.load_id,
                piece.file,
                [each.line + piece.rows_before for each in bad],
                [cause.column for cause in causes],
                [cause.reason for cause in causes],
                [each.text for each in bad],
                reader.head,
            ],
        )
