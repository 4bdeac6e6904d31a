"""What a contract says, as plain objects: systems, their streams, their columns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from dangol.errors import DangolError

PERSONAL_CLASSES = frozenset({"personal", "pseudonymous", "sensitive"})

Delivery = Literal["partition", "snapshot", "append"]


class ContractError(DangolError):
    """A contract is invalid; the message names file and field and says what is accepted."""


def comparable_name(name: str) -> str:
    """Return a column's name as names are compared: in NFC, stripped and case-folded."""
    return unicodedata.normalize("NFC", name).strip().casefold()


class NamedDelivery(NamedTuple):
    """What a file's name says about it.

    Parameters
    ----------
    day
        The business day that it is for, or None if its name has none.
    revision
        0, or the number of a correction, which replaces the day's file.
    supplement
        0, or the number of a supplement: additional rows, such as corrected ones from quarantine.
    """

    day: date | None
    revision: int
    supplement: int


@dataclass(frozen=True)
class Column:
    """One column of a stream.

    Parameters
    ----------
    name
        As in the header of the file; case does not matter.
    sql_type
        DuckDB's type in the raw lake.
    required
        A row without a value is quarantined; a file without the column is rejected as a whole.
    classification
        ``public``, ``pseudonymous``, ``personal`` or ``sensitive``.
    description
        For the data dictionary.
    is_key
        Part of the key that identifies a row of the stream.
    is_control_total
        Its sum is kept in the ledger per file and reconciled through every layer.
    """

    name: str
    sql_type: str
    required: bool
    classification: str
    description: str
    is_key: bool
    is_control_total: bool

    @property
    def is_personal(self) -> bool:
        """Whether its values must be masked in logs and reports."""
        return self.classification in PERSONAL_CLASSES


@dataclass(frozen=True)
class Stream:
    """One kind of file of a system.

    Parameters
    ----------
    system, name
        Its folder in the landing zone and its name in the contract.
    version
        Of the contract.
    description
        For the data dictionary.
    file_pattern
        A regular expression for the whole file name. Its groups ``date``, ``revision`` and
        ``supplement`` identify the delivery; ``{date}`` in the contract is short for all three.
    delivery
        ``partition``: one file a day, a correction replaces the day's file. ``snapshot``: the whole
        state, the latest row of a key is current. ``append``: rows, all of which are current.
    columns
        In the contract's order.
    may_be_empty
        Whether a file that contains only its header is accepted.
    expected_every_days
        The promise of freshness, or None if files arrive irregularly.
    max_bytes
        Of the decoded file; a larger one is rejected.
    delimiter, date_format, timestamp_format
        The dialect. Nothing is guessed.
    time_zone
        Of the file's times, which the lake stores in UTC. A local time that occurs twice means the
        later one.
    needs_final_newline
        Whether a last line without a newline means that the file is still being written.
    """

    system: str
    name: str
    version: str
    description: str
    file_pattern: re.Pattern[str]
    delivery: Delivery
    columns: tuple[Column, ...]
    may_be_empty: bool
    expected_every_days: int | None
    max_bytes: int
    delimiter: str = ","
    date_format: str = "%Y-%m-%d"
    timestamp_format: str = "%Y-%m-%dT%H:%M:%SZ"
    time_zone: str = "UTC"
    needs_final_newline: bool = True

    @property
    def label(self) -> str:
        """``<system>.<stream>``, as shown in messages."""
        return f"{self.system}.{self.name}"

    def delivery_of(self, file_name: str) -> NamedDelivery | None:
        """Return what a file's name says about it, or None if it is not this stream's."""
        match = self.file_pattern.fullmatch(file_name)
        if match is None:
            return None
        groups = match.groupdict()
        try:
            day = date.fromisoformat(groups["date"]) if groups.get("date") else None
        except ValueError:
            return None
        return NamedDelivery(
            day, int(groups.get("revision") or 0), int(groups.get("supplement") or 0)
        )


@dataclass(frozen=True)
class Contract:
    """What one system promises.

    Parameters
    ----------
    system
        The folder's name and the contract's id.
    name, version, owner
        For people.
    streams
        In the contract's order.
    """

    system: str
    name: str
    version: str
    owner: str
    streams: tuple[Stream, ...] = field(repr=False)
