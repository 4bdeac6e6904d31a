"""Puts together what was seen and what follows from it, before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from dangol.drafting.columns import Columns, Seen
from dangol.drafting.dialect import Dialect
from dangol.drafting.entities import Entity
from dangol.drafting.file_format import Files
from dangol.drafting.file_names import Names
from dangol.drafting.keys import Keys
from dangol.drafting.profile import Profile
from dangol.drafting.samples import Samples

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_ENOUGH = 21
_DELETED = re.compile(
    r"(?i:(is|has)?[ _]?(deleted|removed|withdrawn)[ _]?(at|on|date|time|flag|yn|ts)?)"
    r"|(탈퇴|삭제|해지)\s?(여부|일|일자|일시|구분)?"
)


@dataclass(frozen=True)
class Decision:
    """Something that samples can't say.

    Parameters
    ----------
    title
        What is to be decided.
    default
        What the draft assumes.
    how
        How to find out, and what to change.
    """

    title: str
    default: str
    how: str


@dataclass
class Plan:
    """A stream as it will be drafted.

    Parameters
    ----------
    system, stream, entity
        What it is called, and what its rows become.
    time_zone, currency
        The company's.
    files, profile, columns, keys
        What was seen.
    decisions
        What samples can't say.
    """

    system: str
    stream: str
    entity: Entity
    time_zone: str
    currency: str
    files: Files
    profile: Profile
    columns: Columns
    keys: Keys
    status: str = "draft"
    decisions: list[Decision] = field(default_factory=list)

    def decide(self, title: str, default: str, how: str) -> int:
        """Note a decision, once, and return its number."""
        decision = Decision(title, default, how)
        if decision not in self.decisions:
            self.decisions.append(decision)
        return self.decisions.index(decision) + 1

    @property
    def samples(self) -> Samples:
        """The samples."""
        return self.files.samples

    @property
    def dialect(self) -> Dialect | None:
        """How text or a sheet is written."""
        return self.files.dialect

    @property
    def names(self) -> Names:
        """What the names of the files say."""
        return self.files.names

    @property
    def kind(self) -> str:
        """The format of the files."""
        return self.samples.kind

    @property
    def is_snapshot(self) -> bool:
        """Whether files are states of what the rows describe."""
        return not self.entity.is_received and self.names.has_period and self.key_columns != ()

    @property
    def key_columns(self) -> tuple[Seen, ...]:
        """The columns of the key; none if a row is its place."""
        return self.keys.key.columns if self.keys.key else ()

    @property
    def event(self) -> Seen | None:
        """The column of the time at which it happened, if it is readable."""
        for meaning in ("ordered_at", "refunded_at", "sent_at", "response_date"):
            column = self.columns.meaning(meaning)
            if column and column.sql_type in {"DATE", "TIMESTAMP"}:
                return column
        return None

    @property
    def deletion_mark(self) -> Seen | None:
        """The column of a snapshot that says that a row is deleted, by its name."""
        if not self.is_snapshot:
            return None
        return next(
            (each for each in self.columns.each if _DELETED.fullmatch(each.header.strip())), None
        )

    @property
    def local_times(self) -> list[Seen]:
        """The columns whose times need a time zone."""
        return [
            column
            for column in self.columns.each
            if column.written and column.sql_type == "TIMESTAMP" and not column.written.is_zoned
        ]


def closed_weekdays(days: Sequence[date]) -> list[str]:
    """Return the weekdays of which there is none among days of several weeks."""
    if not days or (max(days) - min(days)).days < _LONG_ENOUGH:
        return []
    present = {day.weekday() for day in days}
    missing = [name for number, name in enumerate(_WEEKDAYS) if number not in present]
    return missing if len(missing) <= 3 else []


def days_of(plan: Plan) -> list[date]:
    """Return the days of the files by their names or, if these have none, of the rows."""
    if plan.names.days and not plan.names.is_monthly and not plan.names.is_range:
        return sorted(set(plan.names.days))
    column = plan.event
    if column is None or column.written is None or column.written.format.startswith("epoch"):
        return []
    text = f"trim(c{column.place})"
    rows = plan.profile.connection.execute(
        f"select distinct cast(try_strptime({text}, ?) as date) as day from sample"
        " where day is not null",
        [column.written.format],
    ).fetchall()
    return sorted(day for (day,) in rows)
