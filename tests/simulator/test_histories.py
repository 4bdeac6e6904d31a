from datetime import date

import duckdb
import numpy as np
import pytest

from simulator.company import Company, day_number
from simulator.words.vocabulary import create_vocabulary
from simulator.world import histories
from simulator.world.facts import Span, load_facts
from simulator.world.histories import history

COMPANY = Company(400, seed=7)
FIRST = day_number(COMPANY.opened)
LAST = FIRST + 31

ONLINE = """
    select
        visits.account as which,
        orders.person,
        count(*) as orders,
        sum(orders.total + orders.shipping - coalesce(back.net, 0)) as paid
    from orders
    inner join visits on orders.visit_id = visits.visit_id
    left join back on orders.visit_id = back.visit_id
    where visits.day between ? and ? and orders.place < 2
    group by all
"""

WITH_CARDS = """
    select
        is_second_card::integer as which,
        card_person as person,
        count(*) as orders,
        sum(orders.total - coalesce(back.net, 0)) as paid
    from orders
    inner join visits on orders.visit_id = visits.visit_id
    left join back on orders.visit_id = back.visit_id
    where visits.day between ? and ? and orders.card_person >= 0
    group by all
"""


@pytest.fixture(scope="module")
def facts():
    """The facts of the company's first days, with the returns of each order."""
    with duckdb.connect() as connection:
        create_vocabulary(connection, COMPANY)
        load_facts(connection, COMPANY, Span(FIRST, LAST))
        connection.execute(
            f"""create table back as select visit_id, sum(net) as net from lines
            where return_day <= {LAST} group by visit_id"""
        )
        yield connection


@pytest.fixture(autouse=True)
def forget():
    histories._kept.clear()


def from_facts(facts, query, kinds):
    table = facts.execute(query, [FIRST, LAST]).fetchnumpy()
    sums = {
        name: np.zeros((kinds, COMPANY.customers), dtype=np.int64) for name in ("orders", "paid")
    }
    for name, array in sums.items():
        array[table["which"], table["person"]] = table[name]
    return sums["orders"], sums["paid"]


def test_what_was_bought_on_each_account_is_what_the_facts_say(facts):
    orders, paid = from_facts(facts, ONLINE, 3)
    past = history(COMPANY, 0, LAST)
    assert orders.sum() > 50
    np.testing.assert_array_equal(past.orders, orders)
    np.testing.assert_array_equal(past.paid, paid)


def test_what_was_bought_with_each_card_is_what_the_facts_say(facts):
    _, paid = from_facts(facts, WITH_CARDS, 2)
    assert (paid > 0).sum() > 30
    np.testing.assert_array_equal(history(COMPANY, 0, LAST).card_paid, paid)


def test_a_history_that_is_carried_on_is_that_of_all_days_at_once(monkeypatch):
    at_once = history(COMPANY, 0, LAST + 60)
    histories._kept.clear()
    monkeypatch.setattr(histories, "DAYS_AT_ONCE", 9)
    for last in (FIRST + 3, LAST, LAST + 60):
        step_by_step = history(COMPANY, 0, last)
    for name in ("orders", "paid", "card_paid"):
        np.testing.assert_array_equal(getattr(step_by_step, name), getattr(at_once, name))


def test_an_earlier_day_can_be_asked_for_after_a_later_one():
    first = history(COMPANY, 0, LAST)
    history(COMPANY, 0, LAST + 7)
    again = history(COMPANY, 0, LAST)
    assert again.last == LAST
    np.testing.assert_array_equal(again.paid, first.paid)


def test_what_another_process_wrote_down_is_not_worked_out_again(tmp_path, monkeypatch):
    histories.write_history(COMPANY, 0, LAST, tmp_path)
    worked_out = history(COMPANY, 0, LAST)
    histories._kept.clear()
    monkeypatch.setattr(histories, "_written", [])
    histories.begin_with(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(histories, "_carried_on", None)
        read = history(COMPANY, 0, LAST)
        for each in histories.COLUMNS:
            np.testing.assert_array_equal(getattr(read, each.name), getattr(worked_out, each.name))
    # an earlier day is computed from the opening, a later one from the stored history
    histories._kept.clear()
    assert history(COMPANY, 0, LAST - 5).last == LAST - 5
    later = history(COMPANY, 0, LAST + 5)
    histories._kept.clear()
    histories._written.clear()
    np.testing.assert_array_equal(later.paid, history(COMPANY, 0, LAST + 5).paid)


def test_few_blocks_are_kept(monkeypatch):
    monkeypatch.setattr(histories, "KEPT_HISTORIES", 2)
    company = Company(9000, seed=7, opened=date(2026, 3, 1))
    for number in range(3):
        history(company, number, day_number(date(2026, 3, 3)))
    assert [number for _, number in histories._kept] == [1, 2]
