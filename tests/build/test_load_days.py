"""Which content of a file is in force, from when until when."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from dangol import ledger, precedence
from dangol.build.load_days import deliveries_in_force, load_days, need_all_rows
from dangol.ledger import Load


def load(number: int, day: int, content: str, **facts: Any) -> Load:
    """A file of a day of January."""
    made = Load(
        load_id=f"l{number}", number=number, system="club", stream="members",
        file=f"members_{day}", fingerprint="", load_date="2017-01-31", run_id="night",
        contract_version="1.0.0", started_at="", sha256=content, status=ledger.LOADED,
        file_date=f"2017-01-{day:02d}",
    )  # fmt: skip
    return replace(made, **facts)


def again(number: int, day: int, original: Load, **facts: Any) -> Load:
    """A file of a day that repeats another."""
    given = {"status": ledger.DUPLICATE, "duplicate_of": original.load_id} | facts
    return load(number, day, original.sha256, **given)


def told(loads: list[Load]) -> dict[str, tuple[bool, int, int]]:
    """Whether each load is in force, and its first and last day."""
    return {
        load_id: (days.is_in_force, int(str(days.since_date)[-2:]), int(str(days.last_date)[-2:]))
        for load_id, days in load_days(loads).items()
    }


ONE = load(1, 2, "one")
REPEATED = again(2, 3, ONE)


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        ([ONE], {"l1": (True, 2, 2)}),
        ([ONE, again(2, 2, ONE)], {"l1": (True, 2, 2)}),
        ([ONE, REPEATED, again(3, 4, ONE)], {"l1": (True, 2, 4)}),
        # the repeated day is corrected, then the first, then the repeated one is loaded again
        ([ONE, REPEATED, load(3, 3, "two")], {"l1": (True, 2, 2), "l3": (True, 3, 3)}),
        ([ONE, REPEATED, load(3, 2, "two")], {"l1": (True, 3, 3), "l3": (True, 2, 2)}),
        ([ONE, REPEATED, load(3, 2, "two"), load(4, 3, "one")],
         {"l1": (False, 2, 2), "l3": (True, 2, 2), "l4": (True, 3, 3)}),
        # another comes between them
        ([ONE, again(2, 4, ONE), load(3, 3, "two")], {"l1": (True, 4, 4), "l3": (True, 3, 3)}),
        # a duplicate with a number outranks what came after it
        ([ONE, again(2, 2, ONE, revision=1), load(3, 2, "two")],
         {"l1": (True, 2, 2), "l3": (False, 2, 2)}),
        # a part is not in force for another
        ([ONE, load(2, 3, "two", part="b"), again(3, 4, ONE)],
         {"l1": (True, 2, 4), "l2": (True, 3, 3)}),
    ],
)  # fmt: skip
def test_a_duplicate_stands_for_what_it_repeats_on_its_own_day(
    loads: list[Load], expected: dict[str, tuple[bool, int, int]]
) -> None:
    assert told(loads) == expected


@pytest.mark.parametrize("seed", range(200))
def test_the_content_of_a_day_is_that_of_its_last_file(seed: int) -> None:
    drawn = random.Random(seed)  # noqa: S311 - not a secret
    loads: list[Load] = []
    said: dict[int, tuple[int, int, str]] = {}
    for number in range(1, 12):
        day, revision = drawn.randrange(1, 5), drawn.randrange(2)
        content = drawn.choice("abc")
        copy = load(number, day, content, status=ledger.DUPLICATE, revision=revision)
        original = precedence.superfluous_copies([*loads, copy], is_snapshot=True).get(number)
        loads.append(
            replace(copy, duplicate_of=original.load_id)
            if original
            else replace(copy, status=ledger.LOADED)
        )
        said[day] = max(said.get(day, (0, 0, "")), (revision, number, content))
    in_force = {each.file_date: content.sha256 for each, content in deliveries_in_force(loads)}
    assert in_force == {f"2017-01-{day:02d}": content for day, (*_, content) in said.items()}
    for load_id, days in load_days(loads).items():
        content = next(each.sha256 for each in loads if each.load_id == load_id)
        between = [
            sha256
            for day, sha256 in in_force.items()
            if str(days.since_date) <= str(day) <= str(days.last_date)
        ]
        assert not days.is_in_force or set(between) == {content}


@pytest.mark.parametrize(
    ("before", "tonight", "is_needed"),
    [
        ([ONE], [ONE, load(2, 3, "two")], False),
        ([ONE], [ONE, REPEATED], False),
        ([ONE], [ONE, load(2, 2, "two")], True),
        # a correction of what describes nothing any more
        ([load(9, 1, "old"), ONE], [load(9, 1, "old"), ONE, load(10, 1, "new")], False),
        # the content of a file is now of another day
        ([ONE, REPEATED], [ONE, REPEATED, load(3, 2, "two")], True),
        # what is withdrawn already says nothing new
        ([ONE, load(2, 2, "two")], [ONE, load(2, 2, "two"), load(3, 3, "new")], False),
        # an unchanged part comes after another part of its day
        ([ONE, load(2, 3, "two", part="b")],
         [ONE, load(2, 3, "two", part="b"), again(3, 3, ONE)], True),
    ],
)  # fmt: skip
def test_a_night_rebuilds_only_if_what_described_something_is_withdrawn_or_moved(
    before: list[Load], tonight: list[Load], is_needed: bool
) -> None:
    describing = {"l1", "l2"}
    assert need_all_rows(load_days(before), load_days(tonight), describing) == is_needed
