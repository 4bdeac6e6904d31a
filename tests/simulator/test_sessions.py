"""The number of a visit in its browser: the same whichever days are computed."""

import duckdb
import pytest

from simulator.company import Company, day_number
from simulator.words.vocabulary import create_vocabulary
from simulator.world import histories
from simulator.world.facts import Span, load_facts

COMPANY = Company(300, seed=7)
OPENED = day_number(COMPANY.opened)
LAST = OPENED + 75

COUNTED = f"""
    select
        visit_id,
        row_number() over cookie as session_number,
        first_value(started_ms) over cookie as first_ms,
        first_value(visit_id) over cookie as first_visit
    from visits
    where place < 2 and not is_private and day >= {OPENED}
    window cookie as (partition by device, owner, cookie_day order by started_ms)
    union all
    select visit_id, 1, started_ms, visit_id from visits
    where place < 2 and is_private and day >= {OPENED}
    order by all
"""
TOLD = """
    select visit_id, session_number, first_ms, first_visit
    from visits where place < 2 and day >= ? order by all
"""


def load(first, last):
    connection = duckdb.connect()
    create_vocabulary(connection, COMPANY)
    load_facts(connection, COMPANY, Span(first, last))
    return connection


@pytest.fixture(scope="module")
def whole():
    """Everything since the opening."""
    with load(OPENED, LAST) as connection:
        yield connection


def test_visits_are_counted_from_the_first_one_on(whole):
    counted = whole.execute(COUNTED).fetchall()
    assert whole.execute(TOLD, [OPENED]).fetchall() == counted
    assert max(number for _, number, _, _ in counted) > 20


@pytest.mark.parametrize("remembers", [True, False])
def test_a_visit_is_counted_alike_without_the_days_before(whole, remembers):
    histories._kept.clear()
    told = {row[0]: row for row in whole.execute(TOLD, [OPENED]).fetchall()}
    for first in (LAST - 30, LAST - 20, LAST - 3, LAST - 10):
        if not remembers:
            histories._kept.clear()
        with load(first, min(first + 12, LAST)) as connection:
            rows = connection.execute(TOLD, [first]).fetchall()
        assert len(rows) > 20
        assert rows == [told[row[0]] for row in rows]


def test_what_is_kept_is_little_and_near_the_last_day():
    histories._kept.clear()
    for last in (5, 40, 41, 43, 47, 50, 48, 49):
        assert histories.history(COMPANY, 0, OPENED + last).last == OPENED + last
    kept = [each.last - OPENED for each in histories._kept[COMPANY, 0]]
    assert kept == [43, 47, 48, 49, 50]
