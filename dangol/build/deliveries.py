"""Reads the ledger as the contracts are now: a file's delivery follows from its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

from dangol import ledger
from dangol.contracts.deliveries import delivery_in
from dangol.contracts.model import Stream
from dangol.errors import DangolError
from dangol.ledger import Load


class MergedDeliveriesError(DangolError):
    """Loaded files that were several deliveries are one by the contract of now."""


def by_current_names(loads: Iterable[Load], streams: Iterable[Stream]) -> list[Load]:
    """Return loads with the delivery that their file's name says under the current contract.

    So a pattern that tells shops apart from tonight on also does so for the files before, and a
    correction finds what it corrects. A name that the pattern does not match any more keeps what
    it was loaded as.

    Parameters
    ----------
    streams
        Of the contracts in force.

    Returns
    -------
    list of Load
        In the same order.
    """
    named = {(stream.system, stream.name): stream for stream in streams}
    return [_renamed(load, named.get((load.system, load.stream))) for load in loads]


def need_deliveries_apart(recorded: Iterable[Load], current: Iterable[Load]) -> None:
    """Compare what loaded files deliver with what they delivered when they were loaded.

    Without the ``{part}`` that told two shops apart, the file of one would replace that of the
    other.

    Parameters
    ----------
    recorded
        As in the ledger.
    current
        The same loads with their deliveries of now.

    Raises
    ------
    MergedDeliveriesError
        If files of several deliveries are now one, and no file that was loaded as all of it
        outranks them.
    """
    together: dict[_Delivery, dict[tuple[Any, ...], _Read]] = defaultdict(dict)
    for before, now in zip(recorded, current, strict=True):
        if now.status in {ledger.LOADED, ledger.EMPTY}:
            read = _Read(now, ledger.delivery_of(before))
            told = (now.file, read.was, now.contract_digest)
            together[ledger.delivery_of(now)].setdefault(told, read)
    merged = [files for files in map(_merged_files, together.values()) if files]
    if merged:
        raise MergedDeliveriesError(_explained(merged))


_Delivery = tuple[Any, ...]


@dataclass(frozen=True)
class _Read:
    """A loaded file as it is read now, and what it delivered by the contract that loaded it."""

    load: Load
    was: _Delivery

    @property
    def is_moved(self) -> bool:
        return self.was != ledger.delivery_of(self.load)

    def is_apart_from(self, other: _Read) -> bool:
        """Return whether both were loaded as deliveries of their own, or neither outranks."""
        one, another = self.load, other.load
        if one.file == another.file:
            return False
        if (one.revision, one.supplement) == (another.revision, another.supplement):
            return True
        both_moved = self.is_moved and other.is_moved
        same_contract = one.contract_digest == another.contract_digest
        return self.was != other.was and (both_moved or same_contract)


def _merged_files(files: dict[tuple[Any, ...], _Read]) -> list[Load]:
    """Return the files of a delivery of which one would replace another by accident."""
    apart = [
        (one, other) for one, other in combinations(files.values(), 2) if one.is_apart_from(other)
    ]
    loads = {each.load.file: each.load for pair in apart for each in pair}
    highest = max((load.revision for load in loads.values()), default=0)
    is_meant = any(
        not read.is_moved and not read.load.supplement and read.load.revision > highest
        for read in files.values()
    )
    return [] if is_meant else [loads[file] for file in sorted(loads)]


def _explained(merged: list[list[Load]]) -> str:
    loads = merged[0]
    first = loads[0]
    highest = max(load.revision for load in loads)
    others = f", and so are those of {len(merged) - 1:,} other deliveries" if merged[1:] else ""
    names = " and ".join([", ".join(load.file for load in loads[:-1]), loads[-1].file])
    return (
        f"{first.system}.{first.stream}: {names} are loaded, and by the filePattern of now they "
        f"are one delivery, of which one file would replace the other{others}. If they are "
        "several, let the filePattern tell them apart again, such as by {part}, look at it with "
        "`dangol contracts`, and run the night again. If they are one, land a file of all that it "
        f"has whose name ends in _r{highest + 1}: it replaces them in the next night"
    )


def visible_on(loads: Iterable[Load], business_date: date) -> list[Load]:
    """Return the loads that a run for a business day may see: of files up to that day.

    A file without a day belongs to that of the night that loaded it.

    Returns
    -------
    list of Load
        In the same order.
    """
    day = business_date.isoformat()
    return [load for load in loads if (load.file_date or load.load_date) <= day]


def _renamed(load: Load, stream: Stream | None) -> Load:
    named = delivery_in(stream, load.file) if stream else None
    if named is None or named.problem:
        return load
    return replace(
        load,
        first_date=named.first.isoformat() if named.first and named.is_bulk else None,
        file_date=named.last.isoformat() if named.last else None,
        part=named.part,
        revision=named.revision,
        supplement=named.supplement,
    )
