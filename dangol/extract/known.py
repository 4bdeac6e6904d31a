"""What a stream's ledger knows of a file's content and name, found without reading all of it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dangol import ledger, precedence
from dangol.ledger import Load


class Known:
    """The loads of a stream, by content, delivery and name.

    Parameters
    ----------
    loads
        The stream's ledger, in order of arrival.
    is_snapshot
        Whether files are states, which may repeat from day to day.
    """

    def __init__(self, loads: Iterable[Load], is_snapshot: bool) -> None:
        self._is_snapshot = is_snapshot
        self._contents: set[str] = set()
        self._deliveries: dict[tuple[Any, ...], list[Load]] = defaultdict(list)
        self._states: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], Load]]] = defaultdict(list)
        self._waiting: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for load in loads:
            self.add(load)

    def add(self, load: Load) -> None:
        """Note a load that has arrived."""
        self._contents.add(load.sha256)
        self._deliveries[ledger.delivery_of(load)].append(load)
        if load.status in {ledger.LOADED, ledger.EMPTY}:
            order = precedence.snapshot_order(load)
            insort(
                self._states[precedence.states_of(load)], (order, load), key=lambda entry: entry[0]
            )
        if load.status == ledger.WAITING:
            self._waiting[_name(load)].add(load.load_date)

    def original_of(self, copy: Load) -> Load | None:
        """Return the load that makes a duplicate, the last to arrive, superfluous; or None."""
        if copy.sha256 not in self._contents:
            return None
        others = self._deliveries[ledger.delivery_of(copy)]
        if self._is_snapshot:
            states = self._states[precedence.states_of(copy)]
            order = precedence.snapshot_order(copy)
            place = bisect_left(states, order, key=lambda entry: entry[0])
            others = [load for _, load in states[max(place - 1, 0) : place]]
        return precedence.superfluous_copies([*others, copy], self._is_snapshot).get(copy.number)

    def has_waited(self, load: Load) -> bool:
        """Return whether the file was incomplete in the same way on an earlier night."""
        return any(date < load.load_date for date in self._waiting.get(_name(load), ()))

    def is_noted(self, load: Load) -> bool:
        """Return whether tonight's ledger already lists the file as waiting."""
        return load.load_date in self._waiting.get(_name(load), ())


def _name(load: Load) -> tuple[str, str, str]:
    return load.file, load.fingerprint, load.reason
