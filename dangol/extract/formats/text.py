"""Reads lines of text with a fixed pattern, such as the log of a web server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import cast

import duckdb

from dangol.contracts.model import Stream
from dangol.extract.formats.lines import LinesReader
from dangol.extract.header import Layout, match_names

NO_MATCH = "it does not match the contract's linePattern"


class TextReader(LinesReader):
    """Reads lines by the contract's ``linePattern``, whose named groups are the columns.

    A line has to match from its first character to its last: what is behind would be lost.
    """

    def __init__(self, path: Path, stream: Stream, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(path, stream, connection)
        self._pattern = cast("re.Pattern[str]", stream.format.line_pattern)

    @cached_property
    def _groups(self) -> list[int]:
        return list(self._pattern.groupindex.values())

    def layout(self) -> Layout:
        """Match the names of the groups, as `Reader.layout`."""
        return match_names(list(self._pattern.groupindex), self.stream, "its linePattern")

    def split(self, line: str) -> tuple[Sequence[str | None], str | None, str]:
        """Match a line, as `LinesReader.split`."""
        match = self._pattern.fullmatch(line)
        if match is None:
            return (), None, NO_MATCH
        return [match[group] for group in self._groups], None, ""
