"""Reads the ledger as the contracts are now: a file's delivery follows from its name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
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
        If files of several deliveries are now one, and no revision says which counts, or the same
        contract told them apart.
    """
    together: dict[tuple[Any, ...], dict[tuple[Any, ...], tuple[Load, Load]]] = defaultdict(dict)
    for before, now in zip(recorded, current, strict=True):
        if now.status in {ledger.LOADED, ledger.EMPTY}:
            told = (now.file, ledger.delivery_of(before), now.contract_digest)
            together[ledger.delivery_of(now)].setdefault(told, (before, now))
    for files in together.values():
        for (one_before, one), (other_before, other) in combinations(files.values(), 2):
            same_number = (one.revision, one.supplement) == (other.revision, other.supplement)
            was_apart = ledger.delivery_of(one_before) != ledger.delivery_of(other_before)
            same_contract = one.contract_digest == other.contract_digest
            if one.file != other.file and (same_number or (was_apart and same_contract)):
                first, second = sorted([one.file, other.file])
                raise MergedDeliveriesError(
                    f"{one.system}.{one.stream}: {first} and {second} are loaded, and by the "
                    "filePattern of now they are one delivery, of which one file would replace the "
                    "other. Let the filePattern tell them apart again, such as by {part}"
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
