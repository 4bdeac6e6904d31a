"""Reads JSON lines: a JSON object in each line of a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb

from dangol.contracts.model import Stream
from dangol.extract.formats.lines import LinesReader
from dangol.extract.formats.nested import AmbiguousKeyError, Number, without_surrogates
from dangol.extract.formats.objects import Objects
from dangol.extract.header import Layout
from dangol.extract.landed_bytes import RefusedFileError
from dangol.extract.records import MAX_COLUMNS, TOO_MANY_COLUMNS

NOT_JSON = "it is not valid JSON"
NOT_AN_OBJECT = "it is not a JSON object"
REPEATED_KEY = "one of its objects has a key twice"
TOO_DEEP = "it is nested too deeply"

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _RepeatedKeyError(Exception):
    """An object has a key twice."""


class JsonLinesReader(LinesReader):
    """Reads a decoded file with a JSON object in each line.

    Numbers keep all their digits. An object or a list under a column of text is its JSON.
    """

    def __init__(self, path: Path, stream: Stream, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(path, stream, connection)
        self._objects = Objects(stream)
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_to_object,
            parse_float=self._to_number,
            parse_constant=_refuse_constant,
        )
        self._scan: Callable[[str, int], tuple[Any, int]] = vars(self._decoder)["scan_once"]
        self._is_exact = True

    def layout(self) -> Layout:
        """Find rows that have the required keys, as `Reader.layout`."""
        layout = self._objects.layout
        lacking: dict[int, str] | None = None
        count = 0
        for record in self.records(layout):
            count += 1
            if not record.problem:
                without = self._objects.lacking(self._parse(record.lines[0]))
                lacking = (
                    without
                    if lacking is None
                    else {place: name for place, name in lacking.items() if place in without}
                )
                if not lacking:
                    return layout
        if count:
            names = lacking if lacking is not None else self._objects.lacking({})
            if names:
                raise RefusedFileError(
                    f"none of its {count:,} rows has the required {', '.join(names.values())}"
                )
        return layout

    def split(self, line: str) -> tuple[Sequence[str | None], str | None, str]:
        """Parse a line, as `LinesReader.split`."""
        self._is_exact = True
        try:
            record = self._parse(line)
            if type(record) is not dict:
                return (), None, NOT_AN_OBJECT
            if len(record) > MAX_COLUMNS:
                return (), None, TOO_MANY_COLUMNS
            texts, extra = self._objects.texts(record, is_exact=self._is_exact)
        except _RepeatedKeyError:
            return (), None, REPEATED_KEY
        except AmbiguousKeyError as error:
            return (), None, f"it has two keys for {error.column}"
        except RecursionError:
            return (), None, TOO_DEEP
        except ValueError:
            return (), None, NOT_JSON
        if _ESCAPED_SURROGATE.search(line):
            texts = [text and without_surrogates(text) for text in texts]
            extra = extra and without_surrogates(extra)
        return texts, extra, ""

    def _parse(self, line: str) -> Any:
        """Parse a line; most are a value and nothing else."""
        try:
            record, end = self._scan(line, 0)
        except StopIteration:
            end = -1
        return record if end == len(line) else self._decoder.decode(line)

    def _to_number(self, text: str) -> float | Number:
        """Return a number whose text is that of the file."""
        value = float(text)
        if repr(value) == text:
            return value
        number = Number(text)
        self._is_exact = self._is_exact and number.is_exact
        return number


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKeyError
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
