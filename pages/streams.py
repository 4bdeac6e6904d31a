"""What each stream delivered: volumes, freshness, and the files that need a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from markupsafe import Markup

from dangol import ledger, precedence, records
from dangol.contracts.model import Contract, Stream
from dangol.contracts.reading import load_contracts
from dangol.ledger import Load
from dangol.night import Night
from dangol.settings import Settings
from pages.history import NIGHTS, History
from pages.sparkline import sparkline

FILES_SHOWN = 20

_NEEDS_A_LOOK = {ledger.REJECTED, ledger.REFUSED, ledger.WAITING}


@dataclass(frozen=True)
class Delivery:
    """What one stream delivered.

    Parameters
    ----------
    loaded, others
        Tonight's files that were loaded, and those that were not: skipped, rejected, waiting.
    rows, quarantined
        Tonight's, whatever day they are for.
    usual
        The median of the rows of a business day, over the days before that had some; None without
        any.
    bars
        The rows of the last business days.
    last_day
        The last business day that it delivered.
    late_by
        Open days by which it breaks its promise; 0 if it keeps it, or gives none.
    promise
        In words, as its contract has it.
    """

    system: str
    name: str
    owner: str
    loaded: int
    others: int
    rows: int
    quarantined: int
    usual: int | None
    bars: Markup
    last_day: date | None
    late_by: int
    promise: str

    @property
    def late(self) -> str:
        """By how much it is late, in words; empty if it is not."""
        days = "day" if self.late_by == 1 else "days"
        return f"{self.late_by} {days} late" if self.late_by else ""


def deliveries(settings: Settings, night: Night, history: History) -> list[Delivery]:
    """Return what each stream that has a contract delivered, late ones first."""
    days = [night.business_date - timedelta(days=back) for back in reversed(range(NIGHTS))]
    loads = [load for day in days for load in ledger.read_ledger(settings, night=f"{day}")]
    replaced = precedence.superseded_loads(loads)
    closed = _closed_days(history)
    rows = []
    for system, contract in load_contracts(settings).items():
        for stream in contract.streams:
            own = [load for load in loads if (load.system, load.stream) == (system, stream.name)]
            current = [load for load in own if load.load_id not in replaced]
            last = _last_day(own, stream) or _last_day_before(settings, stream, days[0])
            rows.append(_delivery(days, stream, contract, own, current, last, closed))
    return sorted(rows, key=lambda row: (not row.late_by, row.name))


def files_to_look_at(settings: Settings, night: Night) -> list[Load]:
    """Return tonight's files that were not loaded, or not whole, the worst first."""
    found = [
        load
        for load in ledger.read_ledger(settings, night=f"{night.business_date}")
        if load.status in _NEEDS_A_LOOK or load.rows_quarantined
    ]
    return sorted(found, key=lambda load: (load.status not in _NEEDS_A_LOOK, load.load_id))


def unclaimed_files(settings: Settings, night: Night) -> list[tuple[str, str, int]]:
    """Count the files that no contract describes: their names may be personal.

    Returns
    -------
    list of tuple
        Folder, reason and number of files.
    """
    found = Counter(
        (row.get("folder", "other folders"), row["reason"])
        for row in records.read(settings, "unclaimed_files", night.business_date)
    )
    return [(folder, reason, count) for (folder, reason), count in sorted(found.items())]


def _closed_days(history: History) -> set[tuple[str, date]]:
    """Return the days on which a system was said to be closed, when a night was run."""
    return {
        (row["system"], date.fromisoformat(row["business_date"]))
        for rows in history.tables["closed_days"]
        for row in rows
    }


def _delivery(
    days: Sequence[date],
    stream: Stream,
    contract: Contract,
    loads: Sequence[Load],
    current: Sequence[Load],
    last: date | None,
    closed: set[tuple[str, date]],
) -> Delivery:
    tonight = [load for load in loads if load.load_date == days[-1].isoformat()]
    by_day: Counter[str] = Counter()
    for load in current:
        by_day[load.file_date or load.load_date] += load.rows_loaded
    delivered = {load.file_date or load.load_date for load in current if _is_delivered(load)}
    values = [
        float(by_day[each.isoformat()]) if each.isoformat() in delivered else None for each in days
    ]
    before = [value for value in values[:-1] if value]
    every = stream.expected_every_days
    # as the raw gate counts: from the day before the contract's first, if nothing ever came
    first = contract.active_from
    since = last or (first and first - timedelta(days=1))
    missed = _open_days(stream, since, days[-1], closed) if every and since else 0
    return Delivery(
        system=stream.system,
        name=stream.label,
        owner=contract.owner,
        loaded=sum(load.status == ledger.LOADED for load in tonight),
        others=sum(load.status != ledger.LOADED for load in tonight),
        rows=sum(load.rows_loaded for load in tonight),
        quarantined=sum(load.rows_quarantined for load in tonight),
        usual=round(median(before)) if before else None,
        bars=sparkline(values, f"Rows of the last {NIGHTS} business days", NIGHTS),
        last_day=last,
        late_by=max(missed - every + 1, 0) if every else 0,
        promise=_promise(every),
    )


def _is_delivered(load: Load) -> bool:
    return load.status in {ledger.LOADED, ledger.EMPTY}


def _promise(every: int | None) -> str:
    if every is None:
        return "irregularly"
    return "every day" if every == 1 else f"every {every} days"


def _last_day(loads: Iterable[Load], stream: Stream) -> date | None:
    """Return the last business day that was delivered as promised: not as a history in bulk.

    Returns
    -------
    date or None
        A file without a day in its name belongs to the night that loads it.
    """
    is_dated = stream.expected_every_days is not None
    delivered = [
        date.fromisoformat(load.file_date or load.load_date)
        for load in loads
        if (load.file_date or not is_dated)
        and (_is_delivered(load) or (load.status == ledger.DUPLICATE and stream.is_snapshot))
        and not _is_bulk(load, stream)
    ]
    return max(delivered, default=None)


def _is_bulk(load: Load, stream: Stream) -> bool:
    if not load.first_date or not load.file_date or stream.expected_every_days is None:
        return False
    span = date.fromisoformat(load.file_date) - date.fromisoformat(load.first_date)
    return span.days > stream.expected_every_days


def _last_day_before(settings: Settings, stream: Stream, since: date) -> date | None:
    """Return the last day that was delivered before a night, from the newest night that has one."""
    folder = settings.raw / stream.system / stream.name
    nights = sorted(each.name.partition("=")[2] for each in folder.glob("load_date=*"))
    for night in reversed([each for each in nights if each < since.isoformat()]):
        loads = ledger.read_ledger(settings, stream.system, stream.name, night)
        if day := _last_day(loads, stream):
            return day
    return None


def _open_days(stream: Stream, last: date, day: date, closed: set[tuple[str, date]]) -> int:
    """Count the days after the last one that was delivered on which something was to come."""
    after = (last + timedelta(days=back) for back in range(1, (day - last).days + 1))
    return sum(
        not stream.calendar.is_closed(each) and (stream.system, each) not in closed
        for each in after
    )
