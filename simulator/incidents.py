"""Incidents: which file of which system goes wrong, on which day, and how.

``real`` has the incidents of an ordinary year, one every week or two in some system; ``hostile``
has all kinds, often. Each is drawn by its own key, so a day's incidents do not depend on earlier
days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from simulator.draws import Draws

Level = Literal["none", "real", "hostile"]
LEVELS: tuple[Level, ...] = ("none", "real", "hostile")


@dataclass(frozen=True)
class Kind:
    """A way in which a day's export can go wrong.

    Parameters
    ----------
    name
        As in the truth.
    a_year
        How often a year it affects one system at ``real``.
    systems
        The systems that it can affect; empty for all that write text.
    columns
        The columns that it changes, by system.
    """

    name: str
    a_year: float
    systems: tuple[str, ...] = ()
    columns: MappingProxyType[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )


def _columns(name: str, a_year: float, **columns: tuple[str, ...]) -> Kind:
    return Kind(name, a_year, tuple(columns), MappingProxyType(columns))


TRACKING = ("ga4", "segment", "access_log")

KINDS = (
    Kind("sent_twice", 0.35),
    Kind("missing", 0.10),
    Kind("late", 0.40),
    Kind("truncated", 0.10),
    Kind("unfinished", 0.15),
    Kind("column_renamed", 0.06),
    Kind("column_added", 0.10),
    Kind("columns_reordered", 0.08),
    Kind("in_cp949", 0.06),
    Kind("in_nfd", 0.08),
    Kind("tracking_outage", 1.5, TRACKING),
    Kind("bot_wave", 2.0, ("access_log",)),
    _columns(
        "prices_times_100",
        0.5,
        shopify=("Lineitem price",),
        product_catalogue=("price_krw",),
        square=("Gross Sales",),
    ),
    _columns(
        "clock_nine_hours_off",
        0.5,
        shopify=("Created at",),
        judgeme=("review_date",),
        call_centre=("started_at",),
        consents=("occurred_at",),
    ),
    _columns(
        "new_value",
        0.5,
        shopify=("Financial Status",),
        consents=("status",),
        judgeme=("curated",),
        call_centre=("reason_code",),
    ),
    _columns("all_granted", 1.0, consents=("status",)),
    _columns(
        "ids_swapped", 0.7, hubspot=("Record ID",), loyalty=("member_no",), salesforce=("Id",)
    ),
    _columns("currency_mixed_up", 0.7, shopify=("Currency",), google_ads=("Currency code",)),
)
"""What goes wrong, and how often; forty times as often in the hostile world."""

HOSTILE = 40
LATEST_ARRIVAL = 3
"""A late file arrives at most this many days after its night."""

NEW_VALUES = MappingProxyType(
    {"shopify": "authorized", "consents": "paused", "judgeme": "archived", "call_centre": "Z99"}
)


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
        if kind.systems and system not in kind.systems:
            continue
        chance = kind.a_year / 365 * (HOSTILE if level == "hostile" else 1)
        if draws.chance(chance, f"incident {kind.name} {system}", day):
            choice = int(draws.bits(f"choice {kind.name} {system}", day))
            yield Incident(system, day, kind, choice)
