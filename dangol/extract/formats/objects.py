"""Turns an object, as JSON and Avro have them, into the texts of a contract's columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dangol.contracts.model import Column, Stream
from dangol.extract.formats.nested import (
    MISSING,
    AmbiguousKeyError,
    Native,
    Number,
    Picker,
    text_of,
    to_json,
)
from dangol.extract.header import Layout
from dangol.extract.landed_bytes import RefusedFileError
from dangol.extract.records import MAX_COLUMNS, TOO_MANY_COLUMNS
from dangol.extract.values import NATIVE

_TIMES = {"DATE", "TIMESTAMP"}


class Objects:
    """Knows where the columns of a stream are in its objects."""

    def __init__(self, stream: Stream) -> None:
        self._columns = stream.columns
        self._picker = Picker(stream.columns)
        mark = stream.format.decimal_mark
        self._marks = {
            place: mark
            for place, column in enumerate(stream.columns)
            if mark != "." and _is_number(column)
        }
        self._times = [
            place for place, column in enumerate(stream.columns) if column.sql_type in _TIMES
        ]

    @property
    def layout(self) -> Layout:
        """The columns, which the objects of any file have in the contract's order."""
        return Layout(columns=self._columns, has_extra=True)

    def texts(
        self, record: dict[str, Any], *, is_exact: bool
    ) -> tuple[list[str | None], str | None]:
        """Return the texts of the columns, and as JSON what belongs to none.

        Parameters
        ----------
        is_exact
            Whether each `Number` inside is exact.

        Returns
        -------
        tuple of (list of str, str or None)
            None for no value, and if nothing is left.

        Raises
        ------
        AmbiguousKeyError
            If one object has two keys for one column.
        """
        values, rest = self._picker.pick(record)
        texts = [
            value if type(value) is str else text_of(value, is_exact=is_exact) for value in values
        ]
        for place, mark in self._marks.items():
            # numbers are written as the contract says, which theirs are not
            text = texts[place]
            if text and type(values[place]) in {int, float, Number}:
                texts[place] = text.replace(".", mark)
        for place in self._times:
            if type(values[place]) is Native:
                texts[place] = f"{NATIVE}{texts[place]}"
        return texts, to_json(rest, is_exact=is_exact) if rest else None

    def lacking(self, record: dict[str, Any]) -> dict[int, str]:
        """Return the names of required columns for which an object has no key, by place."""
        values, _ = self._picker.pick(record)
        return {
            place: column.header_names[0]
            for place, column in enumerate(self._columns)
            if column.required and values[place] is MISSING
        }

    def match_schema(self, shape: dict[str, Any], where: str) -> Layout:
        """Find the columns in an object that has all keys of a schema.

        Parameters
        ----------
        where
            Opens each message, such as ``its schema``.

        Returns
        -------
        Layout
            The contract's columns.

        Raises
        ------
        RefusedFileError
            If it has too many, two for one column, or lacks a required one.
        """
        if len(shape) > MAX_COLUMNS:
            raise RefusedFileError(f"{where} can't be read: {TOO_MANY_COLUMNS}")
        try:
            lacking = self.lacking(shape)
        except AmbiguousKeyError as error:
            raise RefusedFileError(f"{where} has two names for {error.column}") from None
        if lacking:
            raise RefusedFileError(f"{where} lacks the required {', '.join(lacking.values())}")
        values, rest = self._picker.pick(shape)
        missing = [
            column for column, value in zip(self._columns, values, strict=True) if value is MISSING
        ]
        return replace(self.layout, missing=tuple(missing), extra_names=tuple(rest or ()))


def _is_number(column: Column) -> bool:
    return column.sql_type in {"BIGINT", "DOUBLE"} or column.sql_type.startswith("DECIMAL")
