"""Takes the values of a contract's columns out of a nested record, and keeps the rest.

A column's name in the file is a key, or a path of keys with dots between them. A key that itself
contains the dots counts first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from dangol.contracts.model import Column, comparable_name

_DIGITS_OF_FLOAT = 15
_MOST_REMEMBERED = 10_000
_SURROGATE = re.compile("[\ud800-\udfff]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Number(float):
    """A number that is written in another way than Python writes it, with its text.

    Parameters
    ----------
    text
        As written.
    """

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> Number:
        """Make a number of its text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    @property
    def is_exact(self) -> bool:
        """Whether it has no more digits than Python's numbers have."""
        if len(self.text) <= _DIGITS_OF_FLOAT and "e" not in self.text.lower():
            return True
        return isfinite(self) and Decimal(repr(float(self))) == Decimal(self.text)


class Native(str):
    """A date or a time that a file has as such, in ISO form: with Z an instant, else local."""

    __slots__ = ()


class _Missing:
    """Where a record lacks a key."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


class AmbiguousKeyError(Exception):
    """A record has two keys for one column.

    Parameters
    ----------
    column
        The contract's name of it.
    """

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class _Node:
    """What the keys of an object mean.

    Parameters
    ----------
    leaves
        The column that a key names, by the key as names are compared.
    branches
        What the keys of the object under a key mean.
    """

    def __init__(self, paths: dict[str, int]) -> None:
        self.leaves = paths
        branches: dict[str, dict[str, int]] = {}
        for path, place in paths.items():
            dot = path.find(".")
            while dot >= 0:
                branches.setdefault(path[:dot].strip(), {})[path[dot + 1 :].strip()] = place
                dot = path.find(".", dot + 1)
        self.branches = {key: _Node(inner) for key, inner in branches.items() if key}
        self.remembered: dict[str, tuple[int, _Node | None]] = {}
        """Meanings by the key as it is written."""

    def meaning(self, key: str) -> tuple[int, _Node | None]:
        """Return the place of a key's column or -1, and the meaning of what is under it."""
        name = comparable_name(key)
        found = self.leaves.get(name, -1), self.branches.get(name)
        if len(self.remembered) < _MOST_REMEMBERED:
            self.remembered[key] = found
        return found


class Picker:
    """Takes the values of columns out of records.

    Parameters
    ----------
    columns
        In the order of the values.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._root = _Node({
            comparable_name(name): place
            for place, column in enumerate(columns)
            for name in column.header_names
        })  # fmt: skip

    def pick(self, record: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the columns' values and what belongs to no column.

        Returns
        -------
        tuple of (list, dict)
            The values in the order of the columns, `MISSING` without a key; and the rest.

        Raises
        ------
        AmbiguousKeyError
            If one object has two keys for one column.
        """
        values: list[Any] = [MISSING] * len(self._columns)
        return values, self._walk(self._root, record, values)

    def _walk(self, node: _Node, record: dict[str, Any], values: list[Any]) -> dict[str, Any]:
        rest: dict[str, Any] = {}
        inside: list[tuple[str, _Node]] = []
        known = node.remembered
        for key, value in record.items():
            place, branch = known.get(key) or node.meaning(key)
            if place >= 0 and values[place] is MISSING:
                values[place] = value
                if branch is not None and isinstance(value, dict):
                    self._walk(branch, value, values)
                continue
            rest[key] = value
            if place >= 0:
                # a key nearer to the root has named the column; two of one object are ambiguous
                if sum(node.meaning(other)[0] == place for other in record) > 1:
                    raise AmbiguousKeyError(self._columns[place].name)
            elif branch is not None:
                inside.append((key, branch))
        for key, branch in inside:
            value = rest[key]
            if isinstance(value, dict):
                value = rest[key] = self._walk(branch, value, values)
            if not value and (value is None or isinstance(value, dict)):
                del rest[key]
        return rest


def text_of(value: Any, *, is_exact: bool = True) -> str | None:
    """Return a value as text: objects and lists as JSON, None for no value.

    Parameters
    ----------
    is_exact
        Whether each `Number` inside is exact.

    Returns
    -------
    str or None
        Numbers as they are written.
    """
    if value is None or value is MISSING:
        return None
    kind = type(value)
    if kind is int or kind is float:
        return str(value)
    if kind is Number:
        return str(value.text)
    if kind is bool:
        return "true" if value else "false"
    if kind is dict or kind is list:
        return to_json(value, is_exact=is_exact)
    return str(value)


def to_json(value: Any, *, is_exact: bool = True) -> str:
    """Return JSON without spaces, keys in their order."""
    return _encode(value) if is_exact else _to_exact_json(value)


def without_surrogates(text: str) -> str:
    """Return a text in which halves of characters are U+FFFD."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _to_exact_json(value: Any) -> str:
    if type(value) is Number:
        return value.text
    if isinstance(value, dict):
        pairs = (f"{_encode(key)}:{_to_exact_json(each)}" for key, each in value.items())
        return f"{{{','.join(pairs)}}}"
    if type(value) is list:
        return f"[{','.join(map(_to_exact_json, value))}]"
    return _encode(value)
