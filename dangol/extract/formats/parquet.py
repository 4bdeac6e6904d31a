"""Reads Parquet files: DuckDB turns them into texts, in blocks, without Python in between."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from dangol.extract.blocks import CONTAINS_LOST, CONTAINS_NUL, Block, Original
from dangol.extract.encodings import LOST
from dangol.extract.formats.objects import Objects
from dangol.extract.formats.parquet_columns import Struct, as_json, shape_of, texts
from dangol.extract.formats.reader import Reader
from dangol.extract.header import Layout
from dangol.extract.landed_bytes import (
    MAX_RATIO,
    RATIO_COUNTS_FROM,
    IncompleteFileError,
    RefusedFileError,
)
from dangol.extract.number_texts import literal
from dangol.extract.records import MAX_FIELD_BYTES, MAX_NESTED_BYTES, Fault, Record

_MAGIC = b"PAR1"
_BLOCK_ROWS = 20_480
_BLOCK_BYTES = 32 << 20


class _Texts(NamedTuple):
    """The texts of a file, in a Parquet file of their own.

    Parameters
    ----------
    limits
        Of each column, and of what belongs to none, in bytes.
    """

    path: Path
    limits: list[int]


class ParquetReader(Reader):
    """Reads a Parquet file.

    All of it is read before any row is loaded: of a damaged file, none is.
    """

    def layout(self) -> Layout:
        """Match the schema and read the file, as `Reader.layout`.

        Returns
        -------
        Layout
            The contract's columns.

        Raises
        ------
        RefusedFileError
            If it is damaged, too, or has far more values than bytes.
        IncompleteFileError
            If it ends too early.
        """
        self._check_ends()
        self._check_size()
        layout = Objects(self.stream).match_schema(self._shape, "its schema")
        self._write_texts()
        return layout

    def has_rows(self, layout: Layout | None) -> bool:
        """Return whether there is a row, as `Reader.has_rows`."""
        try:
            self._check_size()
            return self._rows > 0
        except RefusedFileError:
            return False

    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Not used: this reader makes blocks."""
        return iter(())

    def blocks(self, layout: Layout | None) -> Iterator[Block]:
        """Read the rows in groups, as `Reader.blocks`."""
        size = self._rows_of_block()
        for first in range(0, self._rows, size):
            last = min(first + size, self._rows)
            yield _ParquetBlock(self, first, last, self._texts if layout else None)

    def originals(self, first: int, last: int, rows: Collection[int] | None) -> list[Original]:
        """Return rows as JSON, of those from the first to before the last."""
        text, keys = as_json(self._shape)
        wanted = "" if rows is None else "and n + 1 in (select unnest(?::bigint[]))"
        where = f"n >= ? and n < ? {wanted}"
        query = f"select n + 1, {text} from {self._source} where {where} order by n"
        numbers = [first, last, *([] if rows is None else [sorted(rows)])]
        try:
            found = self._ask(query, [*keys, *numbers])
        except RefusedFileError:  # a rejected file may be damaged, too
            found = [(row, "") for row in range(first + 1, last + 1)]
        return [Original(row, row, text) for row, text in found]

    @cached_property
    def _shape(self) -> Struct:
        names = self._ask("select name, num_children from parquet_schema(?)", [str(self.path)])
        relation = self._relation()
        top = _top_level(names)
        if len(top) != len(relation.columns):
            top = relation.columns
        shape = shape_of(top, relation.types)
        if len(shape) != len(top):
            raise RefusedFileError("its schema has two columns of the same name")
        return shape

    def _relation(self) -> duckdb.DuckDBPyRelation:
        try:
            return self.connection.sql(
                "select * from read_parquet(?, hive_partitioning = false)", params=[str(self.path)]
            )
        except duckdb.Error as error:
            raise _refusal(error) from None

    @cached_property
    def _rows(self) -> int:
        ((rows,),) = self._ask("select num_rows from parquet_file_metadata(?)", [str(self.path)])
        return int(rows)

    @cached_property
    def _bytes(self) -> int:
        return self.path.stat().st_size

    @cached_property
    def _source(self) -> str:
        columns = ", ".join(f"f{place}" for place in range(len(self._shape)))
        return (
            f"read_parquet({literal(str(self.path))}, file_row_number = true, "
            f"hive_partitioning = false) as rows ({columns}, n)"
        )

    @cached_property
    def _texts(self) -> _Texts:
        _, are_nested, _, _ = texts(self._shape, self.stream)
        limits = [
            MAX_NESTED_BYTES if is_nested == "true" else MAX_FIELD_BYTES for is_nested in are_nested
        ]
        return _Texts(
            self.path.with_name(f"{self.path.stem}-texts.parquet"), [*limits, MAX_NESTED_BYTES]
        )

    def _write_texts(self) -> None:
        """Write the texts of all rows: whatever is damaged is noticed now."""
        columns, _, extra, names = texts(self._shape, self.stream)
        listed = ", ".join(f"{text} as t{place}" for place, text in enumerate(columns))
        target = self._texts.path
        self._ask(
            f"copy (select n + 1 as n, {listed}, {extra} as extra from {self._source}) "
            f"to {literal(str(target))} "
            f"(format parquet, compression zstd, row_group_size {_BLOCK_ROWS})",
            names,
        )
        target.chmod(0o600)

    def _rows_of_block(self) -> int:
        ((size,),) = self._ask(
            "select sum(total_uncompressed_size) from parquet_metadata(?)", [str(self.path)]
        )
        average = int(size or 0) // max(self._rows, 1) + 1
        return max(2_048, min(_BLOCK_ROWS, _BLOCK_BYTES // average))

    def _check_ends(self) -> None:
        with self.path.open("rb") as file:
            first = file.read(len(_MAGIC))
            file.seek(-min(len(_MAGIC), self._bytes), 2)
            last = file.read()
        if first != _MAGIC[: len(first)]:
            raise RefusedFileError("it is not a Parquet file: it does not begin with PAR1")
        if last != _MAGIC or self._bytes < 3 * len(_MAGIC):
            raise IncompleteFileError("its Parquet file does not end in PAR1: it is truncated")

    def _check_size(self) -> None:
        if self._rows * len(self._shape) > max(RATIO_COUNTS_FROM, MAX_RATIO * self._bytes):
            raise RefusedFileError(
                f"it has more than {MAX_RATIO} values a byte: no export is compressed like that"
            )

    def _ask(self, query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(query, parameters).fetchall()
        except (duckdb.OutOfMemoryException, duckdb.InterruptException):
            raise
        except duckdb.Error as error:
            raise _refusal(error) from None


class _ParquetBlock(Block):
    def __init__(self, reader: ParquetReader, first: int, last: int, texts: _Texts | None) -> None:
        self._reader = reader
        self._first = first
        self._last = last
        self._texts = texts

    def faults(self, layout: Layout) -> dict[int, Fault]:
        if self._texts is None:
            return {}
        cases: list[str] = []
        faults: list[Fault] = []
        names = [*(f"t{place}" for place in range(len(layout.columns))), "extra"]
        for name, column, limit in zip(
            names, [*layout.columns, None], self._texts.limits, strict=True
        ):
            own = column.name if column else None
            shown = own or "a column that is not in the contract"
            for condition, reason in (
                (f"strlen({name}) > {limit}", f"is longer than {limit:,} bytes"),
                (f"contains({name}, '{LOST}')", CONTAINS_LOST),
                (f"contains({name}, chr(0))", CONTAINS_NUL),
            ):
                cases.append(f"when {condition} then {len(faults)}")
                faults.append(Fault(own, f"{shown} {reason}"))
        found = self._reader.connection.execute(
            f"select n, case {' '.join(cases)} end as fault from {self.source(layout, (), Path())}"
            " where fault is not null"
        ).fetchall()
        return {n: faults[place] for n, place in found}

    def source(self, layout: Layout, without: Collection[int], path: Path) -> str:
        if self._texts is None:
            return ""
        left_out = f" and n not in ({', '.join(map(str, sorted(without)))})" if without else ""
        return (
            f"(select * from read_parquet({literal(str(self._texts.path))}, "
            f"hive_partitioning = false) where n > {self._first} and n <= {self._last}{left_out})"
        )

    def count(self) -> int:
        return self._last - self._first

    def originals(self, rows: Collection[int] | None) -> list[Original]:
        return self._reader.originals(self._first, self._last, rows)


def _top_level(names: list[tuple[Any, ...]]) -> list[str]:
    """Return the names of the columns, of a schema that lists its tree depth first."""
    found: list[str] = []

    def walk(place: int) -> int:
        """Return the place after a node and all below it."""
        children = names[place][1]
        place += 1
        for _ in range(children or 0):
            place = walk(place)
        return place

    place = 1
    while place < len(names):
        found.append(str(names[place][0]))
        place = walk(place)
    return found


def _refusal(error: duckdb.Error) -> RefusedFileError:
    return RefusedFileError(
        f"its Parquet file is damaged or encrypted ({type(error).__name__}): ask for it again"
    )
