"""Incidents: which file of which system goes wrong, on which day, and how.

``real`` has the incidents of an ordinary year, one every week or two in some system; ``hostile``
has all kinds, often. Each is drawn by its own key, so a day's incidents do not depend on earlier
days.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Literal

from simulator import data
from simulator.draws import Draws

Level = Literal["none", "real", "hostile"]


@dataclass(frozen=True)
class Kind:
    """A way in which a day's export can go wrong.

    Parameters
    ----------
    name
        As in the truth.
    a_year
        How often a year it affects one system at ``real``.
    columns
        The systems that it can affect, and the column that it changes in each, if any; empty for
        all systems that write text.
    """

    name: str
    a_year: float
    columns: dict[str, str] = field(default_factory=dict, hash=False)


def _kinds() -> Iterator[Kind]:
    """Read the kinds; of one that affects only some systems there is a row per system."""
    for name, of_name in groupby(data.rows("incidents"), itemgetter(0)):
        affected = list(of_name)
        systems = {system: column for _, _, system, column, _ in affected if system}
        yield Kind(name, float(affected[0][1]), systems)


KINDS = tuple(_kinds())
"""What goes wrong, and how often; forty times as often in the hostile world."""

HOSTILE = 40
LATEST_ARRIVAL = 3
"""A late file arrives at most this many days after its night."""

NEW_VALUES = {system: value for _, _, system, _, value in data.rows("incidents") if value}


@dataclass(frozen=True)
class Incident:
    """One thing that goes wrong with a system's exports of a day.

    Parameters
    ----------
    day
        The business day of the exports.
    kind
        What goes wrong.
    choice
        64 random bits for its details: where a file is truncated, which rows are swapped.
    """

    system: str
    day: int
    kind: Kind
    choice: int

    @property
    def arrives(self) -> int:
        """The day on whose night the complete file is there."""
        if self.kind.name == "late":
            return self.day + 1 + self.choice % LATEST_ARRIVAL
        return self.day + (self.kind.name == "unfinished")

    def share(self, least: float, most: float) -> float:
        """Return a random share.

        Parameters
        ----------
        least, most
            Its limits.

        Returns
        -------
        float
            The same on every call.
        """
        return least + (most - least) * ((self.choice >> 20) % 1_000_003 / 1_000_003)


def incidents(draws: Draws, level: Level, system: str, day: int) -> Iterator[Incident]:
    """List what goes wrong with a system's exports of a day.

    Parameters
    ----------
    level
        How much goes wrong overall.
    day
        Of which business day.

    Yields
    ------
    Incident
        Usually none.
    """
    if level == "none":
        return
    for kind in KINDS:
        if kind.columns and system not in kind.columns:
            continue
        chance = kind.a_year / 365 * (HOSTILE if level == "hostile" else 1)
        if draws.chance(chance, f"incident {kind.name} {system}", day):
            choice = int(draws.bits(f"choice {kind.name} {system}", day))
            yield Incident(system, day, kind, choice)
