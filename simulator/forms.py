"""The formats of files: separated values, lines, Parquet, Avro."""

import csv
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import fastavro

from simulator.night import Connection
from simulator.packing import PACKED_BYTES, Packed

MARKER = b"dangol-simulator"
"""Sixteen bytes after an Avro file's header and after each block; real ones are random."""

BLOCK_ROWS = 1_000


@dataclass(frozen=True)
class Csv:
    """Separated values.

    Parameters
    ----------
    delimiter
        Between values.
    quotes_all
        Whether every value is quoted, even if it needs no quotes.
    preamble
        Lines before the header, as written in the file.
    more_headers
        Rows between the header and the data, one value per column.
    has_bom
        Whether a byte order mark comes first.
    line_end
        After each line.
    encoding
        The file's encoding; unencodable characters are written as ``?``.
    compressed
        Whether it is gzipped.
    """

    delimiter: str = ","
    quotes_all: bool = False
    preamble: tuple[str, ...] = ()
    more_headers: tuple[tuple[str, ...], ...] = ()
    has_bom: bool = False
    line_end: str = "\n"
    encoding: str = "utf-8"
    compressed: bool = False

    def write(self, connection: Connection, columns: list[str], path: Path, is_first: bool) -> None:
        """Append the rows to the file."""
        quoting = ", force_quote *" if self.quotes_all else ""
        with _lines(
            connection, _selected(columns), path, f"delimiter '{self.delimiter}'{quoting}"
        ) as body:
            with _appending(path, is_first, self.compressed) as file:
                if is_first:
                    file.write(self.head(columns).encode(self.encoding, "replace"))
                if (self.line_end, self.encoding) == ("\n", "utf-8"):
                    shutil.copyfileobj(body, file, PACKED_BYTES)
                    return
                for chunk in iter(lambda: body.readlines(PACKED_BYTES), []):
                    text = b"".join(chunk).decode().replace("\n", self.line_end)
                    file.write(text.encode(self.encoding, "replace"))

    def head(self, columns: list[str]) -> str:
        """Return the text before the first row.

        Returns
        -------
        str
            Byte order mark, preamble and header rows, with line ends.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_ALL if self.quotes_all else csv.QUOTE_MINIMAL,
            lineterminator=self.line_end,
        )
        writer.writerow(columns)
        writer.writerows(self.more_headers)
        mark = "\ufeff" if self.has_bom else ""
        return mark + "".join(line + self.line_end for line in self.preamble) + text.getvalue()


@dataclass(frozen=True)
class Lines:
    """One line per row, from the query's only column: JSON lines, logs.

    Parameters
    ----------
    compressed
        Whether the file is gzipped.
    """

    compressed: bool = False

    def write(self, connection: Connection, columns: list[str], path: Path, is_first: bool) -> None:
        """Append the rows to the file."""
        write_lines(connection, _selected(columns), path, is_first, compressed=self.compressed)


@dataclass(frozen=True)
class Parquet:
    """Parquet, compressed with Snappy as BigQuery exports it; written in one go."""

    def write(self, connection: Connection, columns: list[str], path: Path, is_first: bool) -> None:
        """Write the rows to the file.

        Raises
        ------
        ValueError
            If the file has rows already.
        """
        if not is_first:
            raise ValueError(f"{path.name}: Parquet is written in one piece")
        connection.execute(
            f"copy ({_selected(columns)}) to '{path}' (format parquet, compression snappy)"
        )


@dataclass(frozen=True)
class Avro:
    """An uncompressed Avro container file, written in one go.

    The library encodes the records. It would write a random marker after each block and the name of
    the codec into the header, so that the container is written here.

    Parameters
    ----------
    schema
        The record's schema; its fields are the query's columns.
    """

    schema: dict[str, Any] = field(hash=False)

    def write(self, connection: Connection, columns: list[str], path: Path, is_first: bool) -> None:
        """Write the rows to the file.

        Raises
        ------
        ValueError
            If the file has rows already, or if the columns are not the schema's fields.
        """
        if not is_first:
            raise ValueError(f"{path.name}: Avro is written in one piece")
        fields = [each["name"] for each in self.schema["fields"]]
        if columns != fields:
            raise ValueError(f"{path.name}: the columns {columns} are not the fields {fields}")
        write, told = fastavro.schemaless_writer, fastavro.parse_schema(self.schema)
        rows = connection.execute(_selected(columns))
        with path.open("wb") as file:
            file.write(b"Obj\x01")
            schema = json.dumps(self.schema, separators=(",", ":")).encode()
            write(file, {"type": "map", "values": "bytes"}, {"avro.schema": schema})
            file.write(MARKER)
            while chunk := rows.fetchmany(BLOCK_ROWS):
                block = io.BytesIO()
                for row in chunk:
                    write(block, told, dict(zip(fields, row, strict=True)))
                write(file, "long", len(chunk))
                write(file, "bytes", block.getvalue())
                file.write(MARKER)


Form = Csv | Lines | Parquet | Avro
"""How rows become a file: each appends the rows of the table ``exported``, in their order."""


def _selected(columns: list[str]) -> str:
    """Return the query for the columns that are written."""
    return "select " + ", ".join(f'"{column}"' for column in columns) + " from exported"


def write_lines(
    connection: Connection, query: str, path: Path, is_first: bool, *, compressed: bool = False
) -> None:
    """Append a query's only column to a file, a line a row."""
    # a delimiter that no text contains, and no quotes: lines are written as they are
    with (
        _lines(connection, query, path, "delimiter '\x1f', quote '', escape ''") as body,
        _appending(path, is_first, compressed) as file,
    ):
        shutil.copyfileobj(body, file, PACKED_BYTES)


@contextmanager
def _lines(connection: Connection, query: str, path: Path, options: str) -> Iterator[IO[bytes]]:
    """Let DuckDB write the rows as text, which can be read once."""
    body = path.with_name(path.name + ".body")
    connection.execute(f"copy ({query}) to '{body}' (format csv, header false, {options})")
    try:
        with body.open("rb") as file:
            yield file
    finally:
        body.unlink()


@contextmanager
def _appending(path: Path, is_first: bool, compressed: bool) -> Iterator[IO[bytes] | Packed]:
    """Open a file to append to it; a gzip file gets another member."""
    with path.open("wb" if is_first else "ab") as file:
        if not compressed:
            yield file
            return
        packed = Packed(file)
        yield packed
        if not file.tell():
            packed.write(b"")
