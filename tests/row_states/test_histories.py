"""P3 on made-up histories: late, corrected and repeated files, night after night, equal a rebuild.

Sales are revised (strategy `versions`), members are a snapshot (`latest`), and sales by place count
a day from the later of two files. Some numbers are blank, some orders cancelled, some files come
again unchanged, some nights are killed. What is current after each night is also worked out here,
from the names of the files alone.
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

ASIDE = "case when trim(order_no) = '-' then 'no number' when status = 'cancelled' then status end"

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

    def night(self, shop: Shop, tonight: date) -> None:
        """Run a night; now and then one that was killed before."""
        if self.random.random() < 0.3:
            assert shop.night(str(tonight), is_killed=True) == {}
        assert shop.night(str(tonight)) == {}

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

    def sales(self, day: date, sales: Deliveries, part: int) -> list[str]:
        """Orders of a part, new versions and repeated ones, and some without a number."""
        earlier = {row.split(",")[0]: row for _, rows in sales.current() for row in rows}
        rows = []
        for key in self.keys():
            order = f"o{key}" if key < KEYS - 2 else "-"
            ordered = day - timedelta(days=self.random.randrange(3))
            if order in earlier and self.random.random() < 0.3:
                rows.append(earlier[order])
            elif key % 2 == part:
                rows.append(self.sale(order, ordered))
        return rows

    def sales_by_place(self, first: date, last: date) -> list[str]:
        """Orders of the days of a file; some rows are repeated exactly."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        orders = ["-" if key < 2 else f"o{self.count}" for key in self.keys()]
        rows = [
            self.sale(f"{order}/{n}" if order != "-" else order, self.random.choice(days))
            for n, order in enumerate(orders)
        ]
        return [*rows, *self.random.sample(rows, k=len(rows) // 3)]

    def sale(self, order: str, day: date) -> str:
        self.count += 1
        status = self.random.choice(["paid", "paid", "cancelled"])
        return f"{order},1,p{self.count % 3},1,{self.count}.00,m{self.count % 4},{status},{day}"

    def members(self) -> list[str]:
        rows = []
        for key in self.keys():
            self.count += 1
            rows.append(f"m{key},city{self.count},,{self.random.choice(['', '', 'yes'])}")
        return rows


def current_sales(sales: Deliveries) -> dict[str, str]:
    """The amount of each order whose last version counts."""
    last = {row.split(",")[0]: row.split(",") for _, rows in sales.current() for row in rows}
    return {order: row[4] for order, row in last.items() if row[6] == "paid" and order != "-"}


def current_by_place(files: dict[tuple[date, date], list[str]]) -> list[str]:
    """The amounts of each day's rows in the file that ends, or else begins, last."""
    counting = {}
    for first, last in sorted(files, key=lambda period: period[::-1]):
        for ago in range((last - first).days + 1):
            counting[str(last - timedelta(days=ago))] = (first, last)
    rows = {
        row for period, rows in files.items() for row in rows
        if counting[row.split(",")[7]] == period
    }  # fmt: skip
    return sorted(row.split(",")[4] for row in rows if row[0] != "-" and ",paid," in row)


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
    shop.contract(laterDeliveries="revise", filePattern=r"{part}_{date}\.csv")
    shop.staging(reason=ASIDE)
    club = Members(shop, delivery, absentAtMost=1)
    shops, members = [Deliveries("seoul"), Deliveries("busan")], Deliveries("members")
    for number in range(NIGHTS):
        tonight = FIRST + timedelta(days=number)
        for part, sales in enumerate(shops):
            for day, revision in world.arrivals(sales, tonight):
                rows = sales.files.get(day, {}).get(revision)
                if rows is None or world.random.random() < 0.7:
                    rows = world.sales(day, sales, part)
                sales.files.setdefault(day, {})[revision] = rows
                shop.land(sales.name(day, revision), *rows)
        for day, revision in world.arrivals(members, tonight):
            rows = members.files.setdefault(day, {})[revision] = world.members()
            club.land(members.name(day, revision), *rows)
        world.night(shop, tonight)
        expected = current_sales(shops[0]) | current_sales(shops[1])
        assert {order: amount for order, _, amount in shop.current()} == expected
        if delivery == "delta_snapshot":
            assert club.known() == known_members(members)
        else:
            active = {member: city for member, (city, since) in club.known().items() if not since}
            assert active == active_members(members)
    night_by_night = shop.tables()
    assert shop.rebuilt(str(tonight)) == {}
    assert shop.tables() == night_by_night


@pytest.mark.parametrize("seed", [5, 6])
def test_a_day_of_several_files_counts_once_night_after_night(shop: Shop, seed: int) -> None:
    world = World(seed)
    shop.contract(
        key=(), filePattern=r"(history_{from}_{to}|sales_{date})\.csv", eventTime="day",
        overlap="later", exactDoubles="set_aside",
    )  # fmt: skip
    shop.staging(line="_place", reason=ASIDE)
    files: dict[tuple[date, date], list[str]] = {}
    for number in range(NIGHTS):
        tonight = FIRST + timedelta(days=number)
        for _ in range(2):
            last = tonight - timedelta(days=world.random.randrange(3))
            first = last - timedelta(days=world.random.choice([0, 0, 2, 3]))
            name = f"sales_{last}.csv" if first == last else f"history_{first}_{last}.csv"
            files[first, last] = world.sales_by_place(first, last)
            shop.land(name, *files[first, last])
        world.night(shop, tonight)
        assert sorted(amount for *_, amount in shop.current()) == current_by_place(files)
        ((without_place,),) = shop.ask(
            "select count(*) from cleaned.int_order_lines_received as received"
            " inner join ops.loads on received._load_id = loads.load_id"
            " inner join ops.claimed_days as claimed using (system, stream, part)"
            " where row_state = 'set_aside' and superseded_by is null"
            " and received.order_date = claimed.day and loads.file_date <> claimed.last_date"
        )
        assert without_place == 0, "what does not count gives way with its day"
    night_by_night = shop.tables()
    assert shop.rebuilt(str(tonight)) == {}
    assert shop.tables() == night_by_night
