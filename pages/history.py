"""What the last nights recorded, beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dangol import records
from dangol.night import Night
from dangol.settings import Settings

NIGHTS = 30
"""How many nights a page looks back, the last of which is its own."""

RECORDED = ("step_runs", "gate_results", "model_runs", "ml.model_runs", "closed_days")

Row = dict[str, Any]


@dataclass(frozen=True)
class History:
    """The records of up to `NIGHTS` nights, oldest first; the last is the page's.

    Parameters
    ----------
    nights
        Business dates, with gaps where no night was run.
    tables
        From the table's name to the rows of each night, in the order of ``nights``.
    unread
        What is wrong with records that can't be read, which count as empty.
    """

    nights: Sequence[date]
    tables: Mapping[str, Sequence[Sequence[Row]]]
    unread: Sequence[str] = ()

    def tonight(self, table: str) -> Sequence[Row]:
        """Return what the page's night recorded in a table."""
        return self.tables[table][-1]


def read_history(settings: Settings, night: Night) -> History:
    """Read what the last nights recorded, up to a night; later ones are left out."""
    first = night.business_date - timedelta(days=366)
    known = {
        day
        for table in ("step_runs", "gate_results", "model_runs")
        for day in records.nights_of(settings, table)
        if first <= day < night.business_date
    }
    nights = [*sorted(known)[-(NIGHTS - 1) :], night.business_date]
    unread: list[str] = []

    def rows_of(table: str, day: date) -> list[Row]:
        rows, why = records.read_if_sound(settings, table, day)
        unread.extend([why] if why else [])
        return rows

    tables = {table: [rows_of(table, day) for day in nights] for table in RECORDED}
    return History(nights, tables, unread)
