"""Matches the header of a file to its contract, before any row is read.

DuckDB takes explicit columns by position and never looks at the header then, so a file whose columns
were re-ordered would load into the wrong ones. Names decide here, whatever their order and case.
"""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from dangol.contracts import Column, Stream
from dangol.extract.decode import RefusedFileError

_MAX_HEADER = 1 << 20


@dataclass(frozen=True)
class Layout:
    """Which column of a file is which.

    Parameters
    ----------
    columns
        For each column of the file, in its order: the contract's column, or None if it knows none.
    extra_names
        The header's names of the columns that the contract does not know, in the file's order.
    missing
        Optional columns of the contract that the file lacks; they are null.
    """

    columns: tuple[Column | None, ...]
    extra_names: tuple[str, ...]
    missing: tuple[Column, ...]


def match_header(file: Path, stream: Stream) -> Layout:
    """Read a file's first line and find the contract's columns in it.

    Parameters
    ----------
    file
        Decoded, plain UTF-8.
    stream
        The contract.

    Returns
    -------
    Layout
        By which the file can be read.

    Raises
    ------
    RefusedFileError
        If two columns have one name, or a required column is missing.
    """
    with file.open(encoding="utf-8", newline="") as text:
        first = text.readline(_MAX_HEADER)
    names = next(csv.reader([first], delimiter=stream.delimiter), [])
    keys = [_comparable(name) for name in names]
    if repeated := sorted({name for name, key in zip(names, keys, strict=True) if keys.count(key) > 1}):
        raise RefusedFileError(f"its header names {', '.join(map(repr, repeated))} more than once")
    known = {_comparable(column.name): column for column in stream.columns}
    missing = [column for key, column in known.items() if key not in keys]
    if lacking := [column.name for column in missing if column.required]:
        raise RefusedFileError(
            f"its header lacks the required {', '.join(lacking)}; it has {', '.join(names)}"
        )
    return Layout(
        columns=tuple(known.get(key) for key in keys),
        extra_names=tuple(
            name for name, key in zip(names, keys, strict=True) if key not in known
        ),
        missing=tuple(missing),
    )


def _comparable(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()
