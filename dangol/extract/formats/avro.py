"""Reads Avro files."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import fastavro

from dangol.extract.formats.avro_blocks import (
    AvroHeader,
    DamagedBlockError,
    container,
    read_blocks,
    read_header,
)
from dangol.extract.formats.avro_values import Converters, shape_of, without_logical_types
from dangol.extract.formats.objects import Objects
from dangol.extract.formats.reader import Reader
from dangol.extract.header import Layout
from dangol.extract.landed_bytes import RefusedFileError
from dangol.extract.records import Record


class AvroReader(Reader):
    """Reads an Avro file block by block.

    What follows a damaged block is told as one quarantined row without a text.
    """

    @cached_property
    def _header(self) -> AvroHeader:
        return read_header(self.path)

    def layout(self) -> Layout:
        """Match the schema, as `Reader.layout`."""
        schema = self._header.schema
        if not isinstance(schema, dict) or schema.get("type") != "record":
            raise RefusedFileError("its Avro schema is not that of a record")
        try:
            Converters().of(schema)
            shape = shape_of(schema)
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise RefusedFileError("its Avro schema is damaged") from None
        return Objects(self.stream).match_schema(shape, "its schema")

    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Read the rows, as `Reader.records`."""
        objects, converters = Objects(self.stream), Converters()
        try:
            schema = without_logical_types(self._header.schema)
            convert = converters.of(self._header.schema)
        except (RefusedFileError, KeyError, TypeError, AttributeError, RecursionError):
            return
        row = 0
        try:
            for number, (count, data) in enumerate(
                read_blocks(self.path, self._header, self.stream.max_bytes), 1
            ):
                for stored in self._decoded(schema, number, count, data):
                    row += 1
                    record = convert(stored) if convert else stored
                    fields: list[str | None] = []
                    extra = None
                    if layout:
                        is_exact = not converters.has_numbers
                        fields, extra = objects.texts(record, is_exact=is_exact)
                    yield Record(row, row, [], fields, "", extra, record)
        except DamagedBlockError as error:
            self.note = str(error)
            yield Record(row + 1, row + 1, [""], (), str(error))

    def _decoded(self, schema: Any, number: int, count: int, data: bytes) -> list[dict[str, Any]]:
        """Decode a block as a whole: of a damaged one, no record can be trusted."""
        block = io.BytesIO(container(schema, self._header, count, data))
        try:
            found: list[Any] = list(fastavro.reader(block, handle_unicode_errors="replace"))
        except Exception as error:  # what a decoder raises on damaged bytes can be anything
            raise DamagedBlockError(
                f"block {number:,} can't be decoded ({type(error).__name__}), and so neither can "
                "what follows"
            ) from None
        return found
