"""Reads JSON documents: one document a file, with a list of records somewhere in it.

The document is read in pieces, so it may be larger than memory. Its records become JSON lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dangol.extract.formats.json_lines import JsonLinesReader
from dangol.extract.header import Layout
from dangol.extract.landed_bytes import IncompleteFileError, RefusedFileError
from dangol.extract.records import Record

_PIECE = 1 << 20
_LONGEST_VALUE = 64 << 20
_LONGEST_MARK = 2
_WORDS = ("true", "false", "null", "-")
_ONE_LINE = str.maketrans("\r\n", "  ")


class JsonDocumentReader(JsonLinesReader):
    """Reads a decoded JSON document.

    A record's line is its own number, because a line of a document may hold all of them.
    """

    def layout(self) -> Layout:
        """Write the records as JSON lines and find the required keys, as `Reader.layout`.

        Returns
        -------
        Layout
            The contract's columns.

        Raises
        ------
        RefusedFileError
            If it is no JSON document, or has no list where the contract says.
        IncompleteFileError
            If it ends too early.
        """
        part = self.lines_file.with_suffix(".part")
        with (
            self.path.open(encoding="utf-8", newline="") as text,
            part.open("w", encoding="utf-8", newline="\n") as target,
        ):
            part.chmod(0o600)
            document = _Document(text)
            try:
                found = document.write_records(self.stream.format.records, target)
            except RecursionError:
                raise RefusedFileError("its JSON document is nested too deeply") from None
            if not found:
                where = self.stream.format.records or "its top"
                raise RefusedFileError(f"its JSON document has no list at {where} (records)")
        part.rename(self.lines_file)
        return super().layout()

    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Read the rows, as `Reader.records`; none of a document that is invalid."""
        return super().records(layout) if self.lines_file.exists() else iter(())

    @property
    def lines_file(self) -> Path:
        """The records as JSON lines, beside the document."""
        return self.path.with_name(f"{self.path.stem}-records.jsonl")


class _Document:
    """A JSON document, read from the start to the end."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant)  # only to find the end
        self._buffer = ""
        self._place = 0
        self._before = 0
        self._is_whole = False

    def write_records(self, path: str, target: IO[str]) -> bool:
        """Write the list at a path, one value a line; return whether there is one."""
        found = self._descend(path, target)
        if self._peek():
            raise RefusedFileError(
                f"its JSON document ends at character {self._at():,}, and more follows: is it "
                "JSON lines?"
            )
        return found

    def _descend(self, path: str, target: IO[str]) -> bool:
        start = self._peek()
        if start == "[" and not path:
            self._list(target)
            return True
        if start != "{":
            self._skip()
            return False
        found = False
        for key in self._keys():
            if key == path and self._peek() == "[":
                if found:
                    raise RefusedFileError(f"its JSON document has two lists at {path} (records)")
                self._list(target)
                found = True
            elif path.startswith(f"{key}.") and self._peek() == "{":
                found = self._descend(path[len(key) + 1 :], target) or found
            else:
                self._skip()
        return found

    def _keys(self) -> Iterator[str]:
        """Yield each key of an object; the value must be read before the next."""
        self._take("{")
        if self._peek() == "}":
            self._place += 1
            return
        while True:
            if self._peek() != '"':
                self._fail()
            key = json.loads(self._value())
            self._take(":")
            yield key
            if self._take(",", "}") == "}":
                return

    def _list(self, target: IO[str] | None) -> None:
        """Read a list, and write its values if there is a target."""
        self._take("[")
        if self._peek() == "]":
            self._place += 1
            return
        while True:
            if target is None:
                self._skip()
            else:
                target.write(f"{self._value().translate(_ONE_LINE)}\n")
            if self._take(",", "]") == "]":
                return

    def _skip(self) -> None:
        """Read a value without keeping all of it in memory."""
        start = self._peek()
        if start == "[":
            self._list(None)
        elif start == "{":
            for _ in self._keys():
                self._skip()
        else:
            self._value()

    def _value(self) -> str:
        """Read one value and return its text."""
        self._peek()
        more = _PIECE
        while True:
            try:
                _, end = self._decoder.raw_decode(self._buffer, self._place)
            except ValueError as error:
                if self._is_whole or len(self._buffer) - self._place > _LONGEST_VALUE:
                    self._explain(error)
            else:
                # a number may go on in the next piece, by a mark and a sign
                if end + _LONGEST_MARK < len(self._buffer) or self._is_whole:
                    text = self._buffer[self._place : end]
                    self._place = end
                    return text
            self._read(more)
            more *= 2

    def _peek(self) -> str:
        """Return the next character that is no space, or nothing at the end."""
        while True:
            while self._place < len(self._buffer):
                if self._buffer[self._place] not in " \t\r\n\ufeff":
                    return self._buffer[self._place]
                self._place += 1
            if self._is_whole:
                return ""
            self._read(_PIECE)

    def _take(self, *expected: str) -> str:
        found = self._peek()
        if found not in expected or not found:
            self._fail()
        self._place += 1
        return found

    def _read(self, characters: int) -> None:
        text = self._text.read(characters)
        self._is_whole = not text
        self._before += self._place
        self._buffer = self._buffer[self._place :] + text
        self._place = 0

    def _at(self) -> int:
        return self._before + self._place + 1

    def _explain(self, error: ValueError) -> None:
        """Tell a value that is cut off from one that is invalid."""
        rest = self._buffer[getattr(error, "pos", 0) :].rstrip()
        is_cut = rest.startswith('"') or any(word.startswith(rest) for word in _WORDS)
        if self._is_whole and is_cut:
            self._place = len(self._buffer)
        self._fail()

    def _fail(self) -> None:
        if not self._peek():
            raise IncompleteFileError("its JSON document is truncated")
        raise RefusedFileError(
            f"it is not valid JSON near character {self._at():,}: ask for it again"
        )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
