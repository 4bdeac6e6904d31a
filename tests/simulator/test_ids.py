"""Ids of people and orders: unique, and none can be derived from another."""

import itertools

import duckdb
import numpy as np
import pytest

from simulator import data
from simulator.company import Company, day_number
from simulator.words.vocabulary import IDS, create_vocabulary
from simulator.world.identities import NAMES_OF_A_COUNTRY

COMPANY = Company(3_000, seed=7)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        create_vocabulary(connection, COMPANY)
        yield connection


@pytest.fixture(scope="module")
def ids(connection):
    """The ids of all numbers that an address can have, by system, and these numbers."""
    named = ", ".join(f"{name}(range) as {name}" for name in IDS)
    columns = connection.execute(f"select range as address, {named} from range(6000)")
    return columns.fetchnumpy()


def test_no_two_people_share_an_id(ids):
    for name in IDS:
        assert len(np.unique(ids[name])) == 6_000, name


def test_no_id_can_be_derived_from_an_address_or_another_id(ids):
    for one, other in itertools.combinations(ids, 2):
        assert abs(np.corrcoef(ids[one], ids[other])[0, 1]) < 0.5, (one, other)
        assert len(np.unique(ids[one] - ids[other])) > 50, (one, other)


def test_order_numbers_grow_by_the_day_and_do_not_reveal_who_ordered(connection):
    days = [day_number(COMPANY.opened), day_number(COMPANY.opened) + 1]
    person, slot = np.repeat(np.arange(3_000), 8), np.tile(np.arange(8), 3_000)
    numbers = []
    for day in days:
        connection.register("visited", {"visit": (day * 3_000 + person) * 8 + slot})
        told = connection.execute("select order_number(visit) as number from visited").fetchnumpy()
        numbers.append(told["number"])
        connection.unregister("visited")
    assert numbers[0].min() == 1001
    assert numbers[0].max() < numbers[1].min()
    for each in numbers:
        assert len(np.unique(each)) == 24_000
        assert abs(np.corrcoef(person, each)[0, 1]) < 0.1
    assert len(np.unique(numbers[1] - numbers[0])) > 1, "nor does a day the other"


def test_as_many_names_are_known_of_each_country():
    """They are found by counting."""
    countries = data.columns("words/countries")["code"]
    assert data.columns("words/foreign_names")["code"] == tuple(
        code for code in countries for _ in range(NAMES_OF_A_COUNTRY)
    )
