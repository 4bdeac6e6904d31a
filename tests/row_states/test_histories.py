"""P3 on made-up histories: late, corrected and repeated files, night after night, equal a rebuild.

Sales are revised (strategy `versions`), members are a snapshot (`latest`). What is current after
each night is also worked out here, from the names of the files alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from tests.row_states.conftest import Shop
from tests.row_states.members import Members

pytestmark = pytest.mark.end_to_end

FIRST, NIGHTS = date(2017, 1, 5), 5
KEYS = 10


@dataclass
class Deliveries:
    """The files of a stream: per day, from revision to its last content.

    Parameters
    ----------
    prefix
        Of their names.
    """

    prefix: str
    files: dict[date, dict[int, list[str]]] = field(default_factory=dict)

    def name(self, day: date, revision: int) -> str:
        return f"{self.prefix}_{day}{f'_r{revision}' if revision else ''}.csv"

    def current(self) -> Iterator[tuple[date, list[str]]]:
        """The file of each day that counts, by day."""
        for day in sorted(self.files):
            yield day, self.files[day][max(self.files[day])]


class World:
    """Draws what arrives; every amount and every city is new, so no two files are the same."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not a secret
        self.count = 0

    def arrivals(self, deliveries: Deliveries, tonight: date) -> list[tuple[date, int]]:
        """Which files arrive: today's, late ones, corrections, corrections of what never came."""
        days = [FIRST + timedelta(days=n - 3) for n in range((tonight - FIRST).days + 4)]
        arriving = {(tonight, 0)} if self.random.random() < 0.8 else set()
        for day in self.random.sample(days, k=min(3, len(days))):
            last = max(deliveries.files.get(day, {0: []}))
            arriving.add((day, self.random.choice([0, last, last + 1, 2])))
        return sorted(arriving)

    def keys(self) -> list[int]:
        return self.random.sample(range(KEYS), k=self.random.randrange(KEYS))

    def sales(self, day: date) -> list[str]:
        rows = []
        for key in self.keys():
            self.count += 1
            status = self.random.choice(["paid", "paid", "cancelled"])
            ordered = day - timedelta(days=self.random.randrange(3))
            rows.append(f"o{key},1,p{key % 3},1,{self.count}.00,m{key % 4},{status},{ordered}")
        return rows

    def members(self) -> list[str]:
        rows = []
        for key in self.keys():
            self.count += 1
            rows.append(f"m{key},city{self.count},,{self.random.choice(['', '', 'yes'])}")
        return rows


def current_sales(sales: Deliveries) -> dict[str, str]:
    """The amount of each order whose last version counts."""
    last = {row.split(",")[0]: row.split(",") for _, rows in sales.current() for row in rows}
    return {order: row[4] for order, row in sorted(last.items()) if row[6] == "paid"}


def known_members(members: Deliveries) -> dict[str, tuple[str, str | None]]:
    """City, and the day of a deletion, by member, as the deltas in force say."""
    known = {}
    for day, rows in members.current():
        for row in rows:
            member, city, _, left = row.split(",")
            known[member] = (city, str(day) if left else None)
    return dict(sorted(known.items()))


def active_members(members: Deliveries) -> dict[str, str]:
    """City by member, as the last full snapshot says."""
    *_, (_, rows) = members.current()
    found = [row.split(",") for row in rows]
    return {member: city for member, city, _, left in sorted(found) if not left}


@pytest.mark.parametrize(
    ("seed", "delivery"),
    [(1, "delta_snapshot"), (2, "full_snapshot"), (3, "delta_snapshot"), (4, "full_snapshot")],
)
def test_night_after_night_gives_what_a_rebuild_gives(shop: Shop, seed: int, delivery: str) -> None:
    world = World(seed)
    shop.contract(laterDeliveries="revise")
    shop.staging(reason="case when status = 'cancelled' then 'cancelled' end")
    club = Members(shop, delivery, absentAtMost=1)
    sales, members = Deliveries("sales"), Deliveries("members")
    for number in range(NIGHTS):
        tonight = FIRST + timedelta(days=number)
        for day, revision in world.arrivals(sales, tonight):
            rows = sales.files.setdefault(day, {})[revision] = world.sales(day)
            shop.land(sales.name(day, revision), *rows)
        for day, revision in world.arrivals(members, tonight):
            rows = members.files.setdefault(day, {})[revision] = world.members()
            club.land(members.name(day, revision), *rows)
        assert shop.night(str(tonight)) == {}
        assert {order: amount for order, _, amount in shop.current()} == current_sales(sales)
        if delivery == "delta_snapshot":
            assert club.known() == known_members(members)
        else:
            active = {member: city for member, (city, since) in club.known().items() if not since}
            assert active == active_members(members)
    night_by_night = shop.tables()
    assert shop.rebuilt(str(tonight)) == {}
    assert shop.tables() == night_by_night
