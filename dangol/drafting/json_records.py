"""Finds the list of records in a JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dangol.drafting.samples import SampleError

_DEEPEST = 4
_LARGEST = 256 << 20


def find_records(path: Path, name: str) -> str:
    """Find the list of records: the longest list of objects that is not inside another.

    Parameters
    ----------
    path
        A copy of the document, in UTF-8.
    name
        Of the file, for messages.

    Returns
    -------
    str
        The path of its keys; empty if the document is the list.

    Raises
    ------
    SampleError
        If it is no valid document, or has no list of objects.
    """
    if path.stat().st_size > _LARGEST:
        raise SampleError(f"{name} is larger than {_LARGEST:,} bytes: draft from a smaller page")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise SampleError(
            f"{name} begins like JSON and is neither a valid document nor JSON lines: is it "
            "complete?"
        ) from None
    found: list[tuple[int, str]] = []
    _look(document, (), found)
    if not found:
        raise SampleError(f"{name} has no list of objects, so nothing in it can be rows")
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    return found[0][1]


def _look(value: Any, path: tuple[str, ...], found: list[tuple[int, str]]) -> None:
    if isinstance(value, list):
        if value and all(isinstance(each, dict) for each in value):
            found.append((len(value), ".".join(path)))
    elif isinstance(value, dict) and len(path) < _DEEPEST:
        for key, inner in value.items():
            _look(inner, (*path, key), found)
