"""What a contract says, as plain objects: systems, their streams, their columns."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from dangol.contracts.formats import FORMATS, FormatFacts
from dangol.errors import DangolError

PERSONAL_CLASSES = frozenset({"personal", "pseudonymous", "sensitive"})

EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
"""Times that are written as a number since 1970, in UTC, and the microseconds of its unit."""

AROUND_FIELDS = " \t\u00a0\u3000"
"""Spaces that do not count around the first field of a row of totals."""

Delivery = Literal["partition", "full_snapshot", "delta_snapshot", "append"]


class ContractError(DangolError):
    """A contract is invalid; the message names file and field and says what is accepted."""


def comparable_name(name: str) -> str:
    """Return a column's name as names are compared: in NFC, stripped and case-folded."""
    return unicodedata.normalize("NFC", name).strip().casefold()


@dataclass(frozen=True)
class Column:
    """One column of a stream.

    Parameters
    ----------
    name
        Ours: in the lake and in all models.
    physical_name
        The file's own: the header's text, or a path in a nested record. Case does not matter.
    former_names
        Other names, of ours or of the file's, that the column had in earlier versions.
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
    time_format
        How a date or time is written; None as elsewhere in the stream.
    """

    name: str
    sql_type: str = "VARCHAR"
    required: bool = False
    classification: str = "public"
    description: str = ""
    is_key: bool = False
    physical_name: str = ""
    former_names: tuple[str, ...] = ()
    time_format: str | None = None

    @property
    def is_personal(self) -> bool:
        """Whether its values must be masked in logs and reports."""
        return self.classification in PERSONAL_CLASSES

    @property
    def header_names(self) -> tuple[str, ...]:
        """The names that it may have in a file, the current one first."""
        return (self.physical_name or self.name, *self.former_names)


@dataclass(frozen=True)
class Format:
    """How the files of a stream are written; the reference page describes each fact."""

    kind: str = "csv"
    encoding: str | None = None
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    comment: str = ""
    skip_lines: int = 0
    header_rows: int = 1
    totals_row: re.Pattern[str] | None = None
    null_words: tuple[str, ...] = ()
    decimal_mark: str = "."
    thousands_mark: str = ""
    currency_marks: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    date_format: str = "%Y-%m-%d"
    timestamp_format: str = "%Y-%m-%dT%H:%M:%SZ"
    time_zone: str = "UTC"
    needs_final_newline: bool = True
    records: str = ""
    line_pattern: re.Pattern[str] | None = None
    sheet: str | None = None

    def is_total(self, first: str | None) -> bool:
        """Return whether a row is one of totals, by its first field as a whole."""
        return bool(
            self.totals_row and self.totals_row.fullmatch((first or "").strip(AROUND_FIELDS))
        )

    @property
    def facts(self) -> FormatFacts:
        """What is true of its format, whatever the contract says."""
        return FORMATS[self.kind]

    @property
    def is_lines(self) -> bool:
        """Whether a row is a line of text, or several, which a person can edit as it is."""
        return self.facts.is_lines


@dataclass(frozen=True)
class Calendar:
    """The days on which nothing comes.

    Parameters
    ----------
    weekdays
        0 is Monday.
    periods
        First and last day, both inclusive.
    holidays
        A country's code, with its subdivision after a hyphen; empty for none.
    """

    weekdays: frozenset[int] = frozenset()
    periods: tuple[tuple[date, date], ...] = ()
    holidays: str = ""

    def is_closed(self, day: date) -> bool:
        """Return whether nothing comes for a day."""
        return (
            day.weekday() in self.weekdays
            or any(first <= day <= last for first, last in self.periods)
            or (bool(self.holidays) and day in _holidays(self.holidays))
        )


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
        A regular expression for the whole file name; `dangol.contracts.deliveries` reads its
        groups.
    delivery
        ``partition``: the rows of a period, which a correction replaces. ``full_snapshot``: the
        whole state; what it lacks has ended. ``delta_snapshot``: what has changed. ``append``:
        rows without a period.
    columns
        In the contract's order.
    has_key
        Whether the key columns identify a row; otherwise its place in its delivery does.
    is_revised
        Whether a row that comes again is a newer version. If not, other content is a conflict.
    sets_conflicts_aside
        Whether the rows of a conflict are set aside; otherwise they stop the night.
    exact_doubles
        ``keep``, ``set_aside`` or ``stop``.
    overlap
        ``daily``, ``bulk`` or ``later``: from which delivery a day counts that several have, where
        rows have no key; None stops the night.
    deletion_mark
        The column that marks a deleted row of a snapshot, or None.
    deletion_values
        The values of this column that delete; empty for those that are understood.
    absent_at_most
        The share of active rows that a full snapshot may lack.
    snapshot_parts
        The parts of a complete full snapshot; None for those of the last complete one.
    received_in, describes
        The entities in which each row arrives once, and those that it describes besides.
    control_total
        The SQL of a row's amount, over columns by name; None if nothing is reconciled.
    event_time
        The column of the time at which it happened, or None.
    may_be_empty
        Whether a file without rows is accepted.
    expected_every_days
        The promise of freshness in open days, or None if files arrive irregularly.
    calendar
        The days on which nothing comes.
    max_bytes
        Of the decoded file; a larger one is rejected.
    format
        How its files are written. Nothing is guessed but the encoding.
    """

    system: str
    name: str
    version: str
    description: str
    file_pattern: re.Pattern[str]
    delivery: Delivery
    columns: tuple[Column, ...]
    has_key: bool = True
    is_revised: bool = False
    sets_conflicts_aside: bool = False
    exact_doubles: str = "stop"
    overlap: str | None = None
    deletion_mark: str | None = None
    deletion_values: tuple[str, ...] = ()
    absent_at_most: float = 0.1
    snapshot_parts: tuple[str, ...] | None = None
    received_in: tuple[str, ...] = ()
    describes: tuple[str, ...] = ()
    control_total: str | None = None
    event_time: str | None = None
    may_be_empty: bool = False
    expected_every_days: int | None = None
    calendar: Calendar = Calendar()
    max_bytes: int = 4 << 30
    format: Format = Format()

    @property
    def label(self) -> str:
        """``<system>.<stream>``, as shown in messages."""
        return f"{self.system}.{self.name}"

    @property
    def digest(self) -> str:
        """A hash of everything that the contract says of it."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    @property
    def is_snapshot(self) -> bool:
        """Whether a file is a state, in which the latest row of a key is current."""
        return self.delivery in {"full_snapshot", "delta_snapshot"}


@dataclass(frozen=True)
class Contract:
    """What one system promises.

    Parameters
    ----------
    system
        The folder's name and the contract's id.
    name, version, owner
        For people.
    folder
        Where its files are.
    is_active
        Whether it delivers; a draft is checked and nothing of it is loaded.
    active_from
        The first business day on which it delivers, or None.
    streams
        In the contract's order.
    """

    system: str
    name: str
    version: str
    owner: str
    folder: Path
    is_active: bool = True
    active_from: date | None = None
    streams: tuple[Stream, ...] = field(default=(), repr=False)


@lru_cache
def _holidays(code: str) -> dict[date, str]:
    import holidays  # its tables take a while to import, and few contracts name a country

    country, _, subdivision = code.partition("-")
    found: dict[date, str] = holidays.country_holidays(country, subdiv=subdivision or None)
    return found
