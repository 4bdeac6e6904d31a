"""Matches the header of a file to its contract, before any row is read.

DuckDB assigns explicit columns by position and ignores the header then, so a file with reordered
columns would load into the wrong ones. Here names decide, whatever their order and case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from dangol.contracts.model import Column, Stream, comparable_name
from dangol.extract.landed_bytes import RefusedFileError
from dangol.extract.records import MAX_COLUMNS, TOO_MANY_COLUMNS, Record

_MAX_CHARACTERS = 1 << 20
_MOST_NAMED = 6
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Layout:
    """How the columns of a file map to those of the contract.

    Parameters
    ----------
    columns
        For each column of the file, in order: the contract's column, or None if it has none.
    extra_names
        The header's names of the columns that are not in the contract, composed (NFC), in the
        file's order; ``column 7`` for one without a name.
    missing
        Optional columns of the contract that the file lacks; they become null.
    header
        The names as they are in the file. A row of them is a header that is repeated.
    unnamed
        The positions of columns without a name, which spreadsheets add.
    has_extra
        Whether each record brings what is not in the contract by itself, as JSON.
    """

    columns: tuple[Column | None, ...]
    extra_names: tuple[str, ...] = ()
    missing: tuple[Column, ...] = ()
    header: tuple[str, ...] = ()
    unnamed: frozenset[int] = frozenset()
    has_extra: bool = False

    @property
    def least_fields(self) -> int:
        """How many fields a record must have: those up to the last column with a name."""
        count = len(self.columns)
        while count - 1 in self.unnamed:
            count -= 1
        return count


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
    where = f"line {header.line}: its header"
    if header.problem or len(header.text) > _MAX_CHARACTERS:
        problem = header.problem or f"it is longer than {_MAX_CHARACTERS:,} characters"
        raise RefusedFileError(f"{where} can't be read: {problem}")
    return match_names([name or "" for name in header.fields], stream, where)


def match_names(names: Sequence[str], stream: Stream, where: str) -> Layout:
    """Find the contract's columns among the names of a file's columns.

    Parameters
    ----------
    where
        Opens each message, such as ``line 1: its header``.

    Returns
    -------
    Layout
        For reading the file.

    Raises
    ------
    RefusedFileError
        As of `match_header`, and if there are too many.
    """
    names = _without_padding(names)
    if len(names) > MAX_COLUMNS:
        raise RefusedFileError(f"{where} can't be read: {TOO_MANY_COLUMNS}")
    known = {
        comparable_name(name): column for column in stream.columns for name in column.header_names
    }
    header = tuple(names)
    unnamed = frozenset(place for place, name in enumerate(header) if not name.strip())
    names = [
        f"column {place + 1}" if place in unnamed else name for place, name in enumerate(names)
    ]
    # a column under two of its names is as ambiguous as one that is repeated
    keys = [comparable_name(name) for name in names]
    keys = [comparable_name(known[key].header_names[0]) if key in known else key for key in keys]
    places: dict[str, list[int]] = {}
    for place, key in enumerate(keys, 1):
        places.setdefault(key, []).append(place)
    if repeated := [(key, taken) for key, taken in places.items() if len(taken) > 1]:
        told = " and ".join(
            f"columns {', '.join(map(str, columns))}"
            + (f" ({known[key].name})" if key in known else "")
            for key, columns in repeated
        )
        raise RefusedFileError(f"{where} repeats the name of {told}")
    missing = [
        column for column in stream.columns if comparable_name(column.header_names[0]) not in places
    ]
    if lacking := [column.header_names[0] for column in missing if column.required]:
        raise RefusedFileError(
            f"{where} lacks the required {', '.join(lacking)}; "
            f"{sum(key in known for key in keys)} of its {len(keys)} columns are in the contract"
        )
    return Layout(
        columns=tuple(known.get(key) for key in keys),
        extra_names=tuple(
            unicodedata.normalize("NFC", name)
            for name, key in zip(names, keys, strict=True)
            if key not in known
        ),
        missing=tuple(missing),
        header=header,
        unnamed=unnamed,
    )


def drift_of(layout: Layout) -> str:
    """Say what columns a file lacks and has beside its contract, or nothing unless it is both.

    Then a column may have been renamed, and would be null from now on.

    Returns
    -------
    str
        The names of columns that are not in the contract only if some of the others are: a file
        without a header has a customer's data there.
    """
    unknown = [name for name in layout.extra_names if not re.fullmatch(r"column \d+", name)]
    found = [column for column in layout.columns if column and column not in layout.missing]
    if not layout.missing or not unknown or not found:
        return ""
    return (
        f"it lacks {_named([column.header_names[0] for column in layout.missing])} (null in its "
        f"rows) and has {_named(unknown)} (not in the contract): if one was renamed, add its name "
        "to formerNames"
    )


def row_in_header(layout: Layout, further: Sequence[Sequence[str | None]]) -> str:
    """Say which row of a header beyond the first has values where the contract has no text."""
    for number, fields in enumerate(further, 2):
        values = [
            (value.strip(), column.sql_type in {"DATE", "TIMESTAMP"})
            for column, value in zip(layout.columns, fields, strict=False)
            if column and column.sql_type not in {"VARCHAR", "BOOLEAN"} and value and value.strip()
        ]
        if values and all(
            any(map(str.isdigit, text)) and (is_time or not any(map(str.isalpha, text)))
            for text, is_time in values
        ):
            return (
                f"row {number} of its header has values where the contract has numbers or times, "
                "and was skipped: see whether headerRows counts a row of data"
            )
    return ""


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMED])
    return shown + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")


def _without_padding(names: Sequence[str]) -> list[str]:
    """Return the names up to the last one, and as many empty ones as there may be columns."""
    count = len(names)
    while count and not names[count - 1].strip():
        count -= 1
    return list(names[: max(count, min(len(names), MAX_COLUMNS))])
