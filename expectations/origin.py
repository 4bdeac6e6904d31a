"""Says where the rows of a failed expectation come from: file, owner, and the command for more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dangol import ledger
from dangol.contracts.reading import load_contracts
from dangol.ledger import Load
from dangol.settings import Settings

FILES_TOLD = 3
LONGEST_REASON = 600

_LOAD = re.compile(r"\b_?load_id=([^,\s]+)")
_SYSTEM = re.compile(r"\bsystem=([^,\s]+)")
_STREAM = re.compile(r"\bstream=([^,\s]+)")
_PUT_ASIDE = {ledger.REJECTED, ledger.REFUSED, ledger.WAITING}


@dataclass(frozen=True)
class Origin:
    """Where some rows come from.

    Parameters
    ----------
    system
        Empty if it is not known.
    what
        The file, or the stream.
    owner
        Whom the contract names.
    state
        What became of the file, with the reason.
    command
        That shows more.
    """

    system: str
    what: str
    owner: str = ""
    state: str = ""
    command: str = ""

    @property
    def short(self) -> str:
        """For an alert: system, file and owner."""
        owner = f" (owner: {self.owner})" if self.owner else ""
        return f"{self.system}, {self.what}{owner}"

    @property
    def line(self) -> str:
        """For a message."""
        return f"{self.short}{f': {self.state}' if self.state else ''}"


@dataclass
class Origins:
    """Finds origins; ledger and contracts are read only if something failed."""

    settings: Settings

    def of(self, sample: Sequence[str]) -> list[Origin]:
        """Return the origins of masked sample rows, without repetitions.

        Returns
        -------
        list of Origin
            Of their files; without any, of their streams. Empty if the rows name neither.
        """
        ids = dict.fromkeys(match for row in sample for match in _LOAD.findall(row))
        loads = [self._loads[each] for each in ids if each in self._loads]
        if loads:
            return [self._of_load(load) for load in loads[:FILES_TOLD]]
        return list(dict.fromkeys(self._of_streams(sample)))[:FILES_TOLD]

    def _of_load(self, load: Load) -> Origin:
        state = f"{load.status}, {load.reason}" if load.reason else load.status
        command = ""
        if load.rows_quarantined:
            state += f", {load.rows_quarantined:,} rows quarantined"
            command = f"dangol quarantine {load.load_id}"
        if load.status in _PUT_ASIDE:
            command = "dangol loads --problems"
        return Origin(
            load.system, load.file, self._owners.get(load.system, ""),
            state[:LONGEST_REASON], command,
        )  # fmt: skip

    def _of_streams(self, sample: Sequence[str]) -> Iterator[Origin]:
        for row in sample:
            system, stream = _SYSTEM.search(row), _STREAM.search(row)
            if system and system[1] in self._owners:
                what = f"stream {stream[1]}" if stream else "all its streams"
                yield Origin(system[1], what, self._owners[system[1]])

    @cached_property
    def _loads(self) -> Mapping[str, Load]:
        return {load.load_id: load for load in ledger.read_ledger(self.settings)}

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        return {
            system: contract.owner for system, contract in load_contracts(self.settings).items()
        }
