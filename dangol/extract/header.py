"""Matches the header of a file to its contract, before any row is read.

DuckDB assigns explicit columns by position and ignores the header then, so a file with reordered
columns would load into the wrong ones. Here names decide, whatever their order and case.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from dangol.contracts.model import Column, Stream, comparable_name
from dangol.extract.landed_bytes import RefusedFileError
from dangol.extract.records import Record

_MAX_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class Layout:
    """How the columns of a file map to those of the contract.

    Parameters
    ----------
    columns
        For each column of the file, in order: the contract's column, or None if it has none.
    extra_names
        The header's names of the columns that are not in the contract, composed (NFC), in the
        file's order.
    missing
        Optional columns of the contract that the file lacks; they become null.
    """

    columns: tuple[Column | None, ...]
    extra_names: tuple[str, ...]
    missing: tuple[Column, ...]


def match_header(header: Record, stream: Stream) -> Layout:
    """Find the contract's columns in a file's header.

    Returns
    -------
    Layout
        For reading the file.

    Raises
    ------
    RefusedFileError
        If two columns have the same name, or a required column is missing. The message never quotes
        a name that is not in the contract: a file without a header has a customer's data there.
    """
    if header.problem or len(header.text) > _MAX_CHARACTERS:
        problem = header.problem or f"it is longer than {_MAX_CHARACTERS:,} characters"
        raise RefusedFileError(f"line {header.line}: its header can't be read: {problem}")
    known = {
        comparable_name(name): column for column in stream.columns for name in column.header_names
    }
    # a column under two of its names is as ambiguous as one that is repeated
    keys = [comparable_name(name) for name in header.fields]
    keys = [comparable_name(known[key].header_names[0]) if key in known else key for key in keys]
    places = {key: [place for place, other in enumerate(keys, 1) if other == key] for key in keys}
    if repeated := [(key, where) for key, where in places.items() if len(where) > 1]:
        told = " and ".join(
            f"columns {', '.join(map(str, where))}"
            + (f" ({known[key].name})" if key in known else "")
            for key, where in repeated
        )
        raise RefusedFileError(f"line {header.line}: its header repeats the name of {told}")
    missing = [
        column for column in stream.columns if comparable_name(column.header_names[0]) not in places
    ]
    if lacking := [column.header_names[0] for column in missing if column.required]:
        raise RefusedFileError(
            f"line {header.line}: its header lacks the required {', '.join(lacking)}; "
            f"{sum(key in known for key in keys)} of its {len(keys)} columns are in the contract"
        )
    return Layout(
        columns=tuple(known.get(key) for key in keys),
        extra_names=tuple(
            unicodedata.normalize("NFC", name)
            for name, key in zip(header.fields, keys, strict=True)
            if key not in known
        ),
        missing=tuple(missing),
    )
