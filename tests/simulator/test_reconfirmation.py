"""Two years of consents, followed day by day and compared with the macros and lists."""

import duckdb
import numpy as np
import pytest

from simulator.common.reconfirmation import (
    BATCHES,
    POLICIES,
    VALID_DAYS,
    confirmed,
    create_macros,
    denied,
)
from simulator.company import Company, day_number
from simulator.words.vocabulary import create_vocabulary
from simulator.world.contacts import contacts
from simulator.world.people import NEVER

COMPANY = Company(1500, seed=7)
OPENED = day_number(COMPANY.opened)


def followed(person, since, until, last):
    """Follow one consent: the days on which it is confirmed, and whether it lapses."""
    lead, days, valid_until = 1 + person % BATCHES, [], since + VALID_DAYS
    while True:
        notice = valid_until - lead
        if notice >= until or notice > last:
            return days, False
        if until <= valid_until:
            return days, True
        days.append(notice)
        valid_until = notice + VALID_DAYS


@pytest.fixture(scope="module")
def book():
    return contacts(COMPANY, 0)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        create_vocabulary(connection, COMPANY)
        create_macros(connection)
        yield connection


def test_a_consent_is_confirmed_within_two_years_each_time(book):
    last = OPENED + 1500
    expected = {
        (person, permission, day)
        for person in range(1500)
        for permission in range(6)
        for day in followed(
            person,
            book.allowed_from[person, permission],
            book.allowed_until[person, permission],
            last,
        )[0]
        if day >= OPENED
    }
    found = []
    for first in range(OPENED, last + 1, 31):
        listed = confirmed(COMPANY, 0, first, min(first + 30, last))
        found += list(zip(*(listed[name].tolist() for name in listed), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert len(expected) > 1000


def test_an_end_soon_after_a_notice_is_a_lapse(book, connection):
    rows = [
        (
            person,
            int(book.allowed_from[person, permission]),
            int(book.allowed_until[person, permission]),
        )
        for person in range(1500)
        for permission in range(6)
    ]
    connection.register(
        "spoken", dict(zip(("person", "since", "until"), np.array(rows).T, strict=True))
    )
    found = connection.execute(
        "select person, since, until, has_lapsed(person, since, until) from spoken"
    ).fetchall()
    expected = [
        until < NEVER and followed(person, since, until, NEVER)[1]
        for person, since, until, _ in found
    ]
    assert [row[3] for row in found] == expected
    assert 50 < sum(expected) < 1000


def test_the_last_confirmation_of_any_day_is_known(book, connection):
    day, checked = OPENED + 900, 0
    for person in range(1500):
        since, until = (int(days[person, 0]) for days in (book.allowed_from, book.allowed_until))
        if not since <= day < until:
            continue
        days, _ = followed(person, since, until, day)
        found = connection.execute(
            "select confirmed_day(?::bigint, ?::bigint, ?::bigint, ?)", [person, since, until, day]
        ).fetchone()
        assert found == (max([since, *days]),)
        checked += 1
    assert checked > 200


def test_what_is_left_unticked_in_the_account_form_is_refused(book):
    first, last = OPENED + 100, OPENED + 110
    listed = denied(COMPANY, 0, first, last)
    expected = {
        (person, permission, book.account_day[person])
        for person in range(1500)
        for permission in range(6)
        if first <= book.account_day[person] <= last
        and book.allowed_from[person, permission] == NEVER
    }
    assert set(zip(*listed.values(), strict=True)) == expected
    assert expected


def test_policies_follow_each_other(connection):
    for since, name in POLICIES:
        assert connection.execute("select policy_version(?)", [since]).fetchone() == (name,)
    assert connection.execute("select policy_version(20088)").fetchone() == ("2024-02",)
