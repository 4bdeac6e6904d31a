"""Messages: a click and its visit belong together."""

from datetime import date

import numpy as np
import pytest

from simulator.company import Company, day_number
from simulator.world.behaviour import visits
from simulator.world.campaigns import is_bounced, is_held_out
from simulator.world.contacts import contacts
from simulator.world.people import BLOCK, block
from simulator.world.sending import messages
from simulator.world.visits import APP

COMPANY = Company(BLOCK, seed=11)
FIRST = day_number(date(2026, 3, 2))
LAST = FIRST + 41
CHANNELS = [
    (number, channel.name)
    for number, channel in enumerate(COMPANY.channels)
    if channel.kind == "message"
]


@pytest.fixture(scope="module")
def world():
    people, book = block(COMPANY, 0), contacts(COMPANY, 0)
    every = visits(COMPANY, people, book, FIRST, LAST)
    return every, messages(COMPANY, people, book, every, FIRST, LAST)


def brought(every, number):
    """The first visit that each message of a channel brought: (person, message day) -> time."""
    found = {}
    for person, day, at in zip(
        *(getattr(every, name)[every.source == number] for name in ("person", "message_day")),
        every.started_ms[every.source == number],
        strict=True,
    ):
        if day >= FIRST:
            found[person, day] = min(at, found.get((person, day), at))
    return found


@pytest.mark.parametrize(("number", "name"), CHANNELS)
def test_a_visit_through_a_message_has_its_click(world, number, name):
    every, sent = world
    mine = sent.where(sent.channel == number)
    clicks = dict(zip(zip(mine.person, mine.day, strict=True), mine.clicked_ms, strict=True))
    first = brought(every, number)
    assert len(first) > 5
    for key, at in first.items():
        assert 1_200 <= at - clicks[key] < 3_600, (name, key)


@pytest.mark.parametrize(("number", "name"), CHANNELS)
def test_few_click_and_leave(world, number, name):
    every, sent = world
    mine = sent.where((sent.channel == number) & (sent.clicked_ms >= 0) & (sent.day <= LAST - 2))
    first = brought(every, number)
    left = sum(key not in first for key in zip(mine.person, mine.day, strict=True))
    assert 0 < left < 0.45 * len(mine), name


@pytest.mark.parametrize(("number", "name"), CHANNELS)
def test_no_one_comes_through_an_undelivered_message(world, number, name):
    every, sent = world
    mine = every.where(every.source == number)
    assert not is_held_out(COMPANY, name, mine.person, mine.message_day).any()
    assert not is_bounced(COMPANY, name, mine.person, mine.message_day).any()
    assert is_bounced(COMPANY, name, sent.person, sent.day).any()
    assert (mine.day - mine.message_day <= 2).all()


def test_what_happens_to_a_message_happens_in_order(world):
    _, sent = world
    for earlier, later in (
        ("sent_ms", "delivered_ms"), ("delivered_ms", "opened_ms"), ("opened_ms", "clicked_ms"),
    ):  # fmt: skip
        both = (getattr(sent, earlier) >= 0) & (getattr(sent, later) >= 0)
        assert (getattr(sent, earlier)[both] < getattr(sent, later)[both]).all(), later
    nowhere = sent.is_held_out | sent.is_bounced
    assert (sent.clicked_ms[nowhere] == -1).all()
    assert (sent.opened_ms[nowhere] == -1).all()


def test_people_who_have_left_open_little_and_click_nothing(world):
    _, sent = world
    gone = block(COMPANY, 0).gone_day[sent.local] <= sent.day
    arrived, opened = sent.delivered_ms >= 0, sent.opened_ms >= 0
    assert (arrived & gone).sum() > 1_000
    assert (sent.clicked_ms[gone] == -1).all()
    for number in (number for number, name in CHANNELS if name in {"email", "kakao"}):
        those = arrived & (sent.channel == number)
        share, of_others = (opened[those & which].mean() for which in (gone, ~gone))
        assert 0 < share < 0.5 * of_others


def test_a_push_opens_the_app(world):
    every, _ = world
    number = dict((name, number) for number, name in CHANNELS)["push"]
    assert (every.place[every.source == number] == APP).all()


def test_other_visits_have_no_message(world):
    every, _ = world
    numbers = [number for number, _ in CHANNELS]
    assert ((every.message_day >= 0) == np.isin(every.source, numbers)).all()
