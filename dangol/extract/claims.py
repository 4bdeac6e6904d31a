"""Which file has claimed a delivery, so that no other replaces it or repeats it by accident."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dangol import ledger
from dangol.ledger import Load


class Claims:
    """The deliveries and contents of a stream's loaded files.

    Parameters
    ----------
    loads
        The stream's ledger.
    is_snapshot
        Whether files are states, which may repeat from day to day.
    """

    def __init__(self, loads: Iterable[Load], is_snapshot: bool) -> None:
        self._is_snapshot = is_snapshot
        self._names: dict[tuple[Any, ...], str] = {}
        self._contents: dict[str, Load] = {}
        for load in loads:
            self.add(load)

    def add(self, load: Load) -> None:
        """Note a file, if it was loaded or brought again what was."""
        if load.status in {ledger.LOADED, ledger.EMPTY, ledger.DUPLICATE}:
            self._names.setdefault(_place(load), load.file)
        if load.status == ledger.LOADED:
            self._contents.setdefault(load.sha256, load)

    def contender(self, load: Load) -> tuple[str, str] | None:
        """Find another file that claims a file's delivery or has its content.

        Returns
        -------
        tuple of (str, str) or None
            Its name, and the reason to refuse the new one. A correction by number says that it is
            meant, so it is not refused for its content.
        """
        claimed = self._names.get(_place(load), load.file)
        if claimed != load.file:
            return claimed, (
                f"{claimed} is already {_in_words(load)}: two names for one delivery. Remove the "
                "wrong file, number the later one as a correction (_r1), or name what tells them "
                "apart as {part} in the contract's filePattern"
            )
        same = self._contents.get(load.sha256)
        if load.status != ledger.LOADED or self._is_snapshot or load.revision or same is None:
            return None
        if ledger.delivery_of(same) == ledger.delivery_of(load):
            return None
        return same.file, (
            f"its content is that of {same.file}, another delivery: the same rows would count "
            "twice. Remove the wrong file, or number it as a correction (_r1) if it is right"
        )


def _place(load: Load) -> tuple[Any, ...]:
    return ledger.delivery_of(load), load.revision, load.supplement


def _in_words(load: Load) -> str:
    days = load.file_date if load.first_date is None else f"{load.first_date} to {load.file_date}"
    part = f", part {load.part}" if load.part else ""
    counted = f", revision {load.revision}" if load.revision else ""
    return f"the file of {days}{part}{counted}"
