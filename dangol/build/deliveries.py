"""Reads the ledger as the contracts are now: a file's delivery follows from its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from dangol.contracts.deliveries import delivery_in
from dangol.contracts.model import Stream
from dangol.ledger import Load


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
