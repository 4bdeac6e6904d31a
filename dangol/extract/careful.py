"""Loads files record by record: those with quotes, and those with rows that can't be loaded.

Here Python decides what a record is, and DuckDB only types its values. So every record is either
loaded or quarantined by construction, whatever is wrong with the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import duckdb

from dangol.contracts.model import Column, Stream
from dangol.extract import columns
from dangol.extract.canonical import type_records
from dangol.extract.decode import MAX_FIELD_BYTES
from dangol.extract.header import Layout
from dangol.extract.parts import PartedFile
from dangol.extract.plain import Counts, Piece
from dangol.extract.records import Record, read_records

_BLOCK_RECORDS = 20_000
_BLOCK_CHARACTERS = 4 << 20
_REFUSED = "the CSV parser rejected it"
_TIME_WORDS = frozenset({"epoch", "infinity", "-infinity"})
"""DuckDB reads these as 1900-01-01 where it parses by a format."""


class _Fault(NamedTuple):
    """Why a record can't be loaded."""

    column: str | None
    reason: str


class CarefulReader:
    """Reads pieces of one stream record by record.

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

    def load(self, piece: Piece, layout: Layout) -> None:
        """Load the valid records of a piece, and quarantine the rest.

        Parameters
        ----------
        piece
            Its number of rows may be unknown.
        """
        records = read_records(piece.path, self._stream.format.delimiter)
        header = next(records).text
        times = [
            place
            for place, column in enumerate(layout.columns)
            if column and column.sql_type in {"DATE", "TIMESTAMP"}
        ]
        for block in _blocks(records):
            faults = {
                record.row: fault for record in block if (fault := _look_at(record, layout, times))
            }
            sound = [record for record in block if record.row not in faults]
            faults |= self._type(piece, layout, sound)
            self._set_aside(piece, header, block, faults)

    def quarantine_whole(self, piece: Piece, reason: str) -> None:
        """Quarantine every record of a file that can't be read by its contract."""
        records = read_records(piece.path, self._stream.format.delimiter)
        header = next(records).text
        for block in _blocks(records):
            self._set_aside(
                piece, header, block, {record.row: _Fault(None, reason) for record in block}
            )

    def _type(
        self, piece: Piece, layout: Layout, records: Sequence[Record], is_wide: bool = False
    ) -> dict[int, _Fault]:
        """Load what fits its types; numbers too large for the fast types are tried again."""
        if not records:
            return {}
        path = piece.path.with_name("careful.csv")
        try:
            type_records(self._connection, self._stream, layout, records, path, is_wide=is_wide)
        except duckdb.InvalidInputException:
            return self._type_halves(piece, layout, records, is_wide)
        faults = self._broken_rules(layout)
        rejected = self._rejected(records)
        digits = [] if is_wide else columns.fast_digits(layout)
        again = [record for record in rejected if _may_be_wide(record, digits)]
        faults |= self._explain(layout, rejected)
        self._keep(piece, layout, sorted(faults))
        for record in again:
            del faults[record.row]
        return faults | self._type(piece, layout, again, is_wide=True)

    def _type_halves(
        self, piece: Piece, layout: Layout, records: Sequence[Record], is_wide: bool
    ) -> dict[int, _Fault]:
        """Find the record that the parser rejects."""
        if len(records) == 1:
            return {records[0].row: _Fault(None, _REFUSED)}
        middle = len(records) // 2
        return self._type(piece, layout, records[:middle], is_wide) | self._type(
            piece, layout, records[middle:], is_wide
        )

    def _broken_rules(self, layout: Layout) -> dict[int, _Fault]:
        rules = columns.rules(layout)
        if not rules:
            return {}
        cases = " ".join(f"when {rule.condition} then {nth}" for nth, rule in enumerate(rules))
        broken = self._connection.execute(
            f"select n, case {cases} end as rule from parsed where rule is not null"
        ).fetchall()
        return {n: _Fault(rules[rule].column.name, rules[rule].reason) for n, rule in broken}

    def _rejected(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that are not in ``parsed``."""
        ((count,),) = self._connection.execute("select count(*) from parsed").fetchall()
        if count == len(records):
            return []
        read = {n for (n,) in self._connection.execute("select n from parsed").fetchall()}
        return [record for record in records if record.row not in read]

    def _explain(self, layout: Layout, rejected: Sequence[Record]) -> dict[int, _Fault]:
        """Find the column of each rejected record that does not fit its type."""
        if not rejected:
            return {}
        found = dict(
            self._connection.execute(
                """
                select
                    try_cast(split_part(csv_line, ',', 1) as bigint) as n,
                    min(column_idx)::bigint - 2
                from reject_errors where error_type = 'CAST' group by n
                """
            ).fetchall()
        )
        faults = {}
        for record in rejected:
            place = found.get(record.row, -1)
            column = layout.columns[place] if 0 <= place < len(layout.columns) else None
            faults[record.row] = (
                _Fault(column.name, _does_not_fit(column)) if column else _Fault(None, _REFUSED)
            )
        return faults

    def _keep(self, piece: Piece, layout: Layout, faulty: list[int]) -> None:
        """Write the rows of ``parsed`` that break no rule."""
        self._connection.execute(
            "delete from parsed where n in (select unnest(?::bigint[]))", [faulty]
        )
        ((count, total),) = self._connection.execute(
            f"select count(*), {columns.control_sum(self._stream, layout)} from parsed"
        ).fetchall()
        if not count:
            return
        self._counts[piece.load_id].add(count, total)
        selected, names = columns.select_list(self._stream, layout)
        self._rows.add(
            f"select {selected}, ?::varchar as _load_id, ?::varchar as _file, "
            "n + ?::bigint as _row from parsed",
            [*names, piece.load_id, piece.file, piece.rows_before],
        )

    def _set_aside(
        self, piece: Piece, header: str, block: Sequence[Record], faults: dict[int, _Fault]
    ) -> None:
        if not faults:
            return
        bad = [record for record in block if record.row in faults]
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
                [record.line + piece.rows_before for record in bad],
                [faults[record.row].column for record in bad],
                [faults[record.row].reason for record in bad],
                [record.text for record in bad],
                header,
            ],
        )


def _blocks(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Group records into blocks that fit into memory."""
    block: list[Record] = []
    size = 0
    for record in records:
        block.append(record)
        size += sum(map(len, record.lines))
        if size > _BLOCK_CHARACTERS or len(block) >= _BLOCK_RECORDS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _look_at(record: Record, layout: Layout, time_places: Sequence[int]) -> _Fault | None:
    """Return what is wrong with a record before its values are typed."""
    expected, count = len(layout.columns), len(record.fields)
    if record.problem:
        return _Fault(None, record.problem)
    # some systems end each line with more delimiters than the header has: nothing is lost
    if count < expected or any(record.fields[expected:]):
        many = "few" if count < expected else "many"
        return _Fault(None, f"it has too {many} fields: {count:,} instead of {expected:,}")
    for place in time_places:
        column = layout.columns[place]
        if column and record.fields[place].strip().lower() in _TIME_WORDS:
            return _Fault(column.name, _does_not_fit(column))
    text = record.text
    if len(text) * 4 > MAX_FIELD_BYTES or "\ufffd" in text:
        return _look_at_text(record, layout)
    return None


def _look_at_text(record: Record, layout: Layout) -> _Fault | None:
    for column, value in zip(layout.columns, record.fields, strict=False):
        name = column.name if column else None
        shown = name or "a column that is not in the contract"
        if len(value.encode()) > MAX_FIELD_BYTES:
            return _Fault(name, f"{shown} is longer than {MAX_FIELD_BYTES:,} bytes")
        if "\ufffd" in value:
            return _Fault(name, f"{shown} contains U+FFFD, which marks lost characters")
    return None


def _may_be_wide(record: Record, digits: Sequence[tuple[int, int]]) -> bool:
    """Return whether a record may have a number with too many digits for the fast types."""
    for place, most in digits:
        value = record.fields[place]
        if len(value) > most or "e" in value or "E" in value:
            return True
    return False


def _does_not_fit(column: Column) -> str:
    return f"{column.name} does not fit its type {column.sql_type}"
