"""Full snapshots in made-up histories: repeated, late, broken and corrected files, some in parts.

Who is known, as what, and since when they are absent is also worked out here, from the contents of
the files alone, after each night.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from tests.row_states.conftest import Shop
from tests.row_states.members import PARTS, Members

pytestmark = pytest.mark.end_to_end

FIRST, NIGHTS, KEYS = date(2017, 1, 5), 4, 6
Content = tuple[str, ...]
BROKEN = '"x",Seoul,,,one field too many'


class Club:
    """What the files in force say; a name that comes again replaces its content."""

    def __init__(self, seed: int, parts: list[str]) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not a secret
        self.parts = parts
        self.files: dict[tuple[date, str, int], Content] = {}
        self.supplements: dict[tuple[date, str, int], tuple[Content, Content]] = {}

    def name(self, day: date, part: str, revision: int, supplement: int = 0) -> str:
        counts = f"{f'_r{revision}' if revision else ''}{f'_s{supplement}' if supplement else ''}"
        return f"members_{day}{f'_{part}' if part else ''}{counts}.csv"

    def content(self, part: str) -> Content:
        """Draw content: new, or what a file of the part has said before."""
        known = sorted({rows for (_, other, _), rows in self.files.items() if other == part})
        if known and self.random.random() < 0.5:
            return self.random.choice(known)
        own = [key for key in range(KEYS) if key % len(self.parts) == self.parts.index(part)]
        rows = [
            f"m{key},city{self.random.randrange(99)}"
            for key in self.random.sample(own, self.random.randrange(1, len(own) + 1))
        ]
        return (*rows, *([BROKEN] if self.random.random() < 0.2 else []))

    def arrivals(self, tonight: date) -> Iterable[tuple[str, Content]]:
        """Tonight's files, late ones, corrections, and supplements of what is broken."""
        for part in self.parts:
            late = FIRST + timedelta(days=self.random.randrange(-1, NIGHTS))
            for day in sorted({tonight, min(late, tonight)}):
                last = self.last_revision(day, part)
                revision = self.random.choice([0, last, last + 1])
                rows = self.files[day, part, revision] = self.content(part)
                yield self.name(day, part, revision), rows
        for day, part in sorted({(day, part) for day, part, _ in self.files}):
            revision = self.last_revision(day, part)
            if BROKEN in self.in_force(day, part)[-1:] and self.random.random() < 0.5:
                rows = (f"x{part},mended{self.random.randrange(99)}",)
                base = self.files[day, part, revision]
                self.supplements[day, part, revision] = base, rows
                yield self.name(day, part, revision, supplement=1), rows

    def last_revision(self, day: date, part: str) -> int:
        return max((rev for when, own, rev in self.files if (when, own) == (day, part)), default=0)

    def in_force(self, day: date, part: str) -> Content:
        """The rows of a part: of its last revision, and of what supplements just that content."""
        delivery = day, part, self.last_revision(day, part)
        base, added = self.supplements.get(delivery, ((), ()))
        rows = self.files[delivery]
        return (*rows[:-1], *added) if base == rows else rows

    def snapshots(self) -> dict[date, tuple[bool, dict[str, str]]]:
        """Whether the snapshot of each day is complete, and the city of each of its members."""
        found, before = {}, set[str]()
        for day in sorted({day for day, _, _ in self.files}):
            parts = {part for when, part, _ in self.files if when == day}
            rows = [row for part in sorted(parts) for row in self.in_force(day, part)]
            is_complete = before <= parts and BROKEN not in rows
            before = parts if is_complete else before
            found[day] = is_complete, dict(row.split(",") for row in rows if row != BROKEN)
        return found

    def known(self) -> dict[str, tuple[str, str | None]]:
        """City and last presence of whoever is in a file in force."""
        snapshots = self.snapshots()
        known: dict[str, tuple[str, str | None]] = {}
        for day, (_, cities) in snapshots.items():
            whole = [other for other, (is_complete, _) in snapshots.items() if is_complete]
            later = [str(other) for other in whole if other > day]
            known |= {who: (city, min(later, default=None)) for who, city in cities.items()}
        return dict(sorted(known.items()))


def counted(shop: Shop) -> list[tuple[object, ...]]:
    return shop.ask("select file_date, is_complete, row_count from ops.snapshots order by all")


@pytest.mark.parametrize(("seed", "parts"), [(5, [""]), (55, [""]), (3, ["1", "2"])])
def test_who_is_known_follows_from_the_files_in_force(
    shop: Shop, seed: int, parts: list[str]
) -> None:
    pattern = {"filePattern": PARTS} if len(parts) > 1 else {}
    members = Members(shop, "full_snapshot", absentAtMost=1, **pattern)
    club = Club(seed, parts)
    for number in range(NIGHTS):
        tonight = FIRST + timedelta(days=number)
        landed = [members.land(name, *rows) for name, rows in club.arrivals(tonight)]
        assert shop.night(str(tonight)) == {}
        found, expected = members.known(), club.known()
        assert {who: found.get(who) for who in expected} == expected
        snapshots = club.snapshots().items()
        assert counted(shop) == [(day, whole, len(cities)) for day, (whole, cities) in snapshots]
        # the others were only in files that were corrected since
        assert all(since for who, (_, since) in found.items() if who not in expected)
        if club.random.random() < 0.5:
            club.random.choice(landed).unlink()
    night_by_night = shop.tables()
    assert shop.rebuilt(str(tonight)) == {}
    assert shop.tables() == night_by_night
