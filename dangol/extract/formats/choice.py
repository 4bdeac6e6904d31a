"""Finds the reader of a format; a format's libraries are imported when a file needs them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import duckdb

from dangol.contracts.model import Stream
from dangol.extract.formats.reader import Reader

_READERS = {
    "csv": "csv:CsvReader",
    "json_lines": "json_lines:JsonLinesReader",
    "json": "json_document:JsonDocumentReader",
    "parquet": "parquet:ParquetReader",
    "avro": "avro:AvroReader",
    "text": "text:TextReader",
    "xlsx": "xlsx:XlsxReader",
}


def reader_of(
    kind: str, path: Path, stream: Stream, connection: duckdb.DuckDBPyConnection
) -> Reader:
    """Return the reader of a private copy.

    Parameters
    ----------
    kind
        One of `dangol.contracts.formats.FORMATS`.
    connection
        In memory, and used by no other thread.

    Returns
    -------
    Reader
        Of this file.
    """
    module, _, name = _READERS[kind].partition(":")
    reader: type[Reader] = getattr(import_module(f"dangol.extract.formats.{module}"), name)
    return reader(path, stream, connection)
