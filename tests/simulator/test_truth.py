"""The truth agrees with the files: recomputed from what a reader of the exports can see."""

import csv
from datetime import date

import duckdb
import pytest

from simulator.company import Company
from simulator.run import Order, simulate

FIRST, LAST = date(2026, 3, 9), date(2026, 3, 15)
CUSTOMERS, SEED = 1500, 12


def write(folder, company=None, systems=("shopify", "square")):
    company = company or Company(CUSTOMERS, seed=SEED, dirty=False)
    simulate(Order(company, FIRST, LAST, folder / "landing", folder / "truth", systems))
    return folder


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    return write(tmp_path_factory.mktemp("truth"))


def ask(folder, query):
    return duckdb.sql(query.replace("truth/", f"{folder}/truth/")).fetchall()


def rows_of(folder, system, pattern):
    """Read files as a reader does, each row with its position."""
    found = []
    for path in sorted((folder / "landing" / system).glob(pattern)):
        with path.open(encoding="utf-8-sig", newline="") as file:
            found += [
                {**row, "file": path.name, "row": number}
                for number, row in enumerate(csv.DictReader(file), start=1)
            ]
    return found


def people_of(folder):
    rows = ask(folder, "select file, row, person, key from 'truth/records/*.parquet'")
    return {(file, row): (person, key) for file, row, person, key in rows}


def test_the_orders_of_a_person_sum_up_to_what_the_shop_s_files_say(week):
    who, spent = people_of(week), {}
    for row in rows_of(week, "shopify", "orders_export_*.csv"):
        person, _ = who[row["file"], row["row"]]
        made = row["Created at"][:10] == row["file"][14:24]
        if row["Subtotal"] and made and not row["Cancelled at"]:
            spent[person] = spent.get(person, 0) + int(row["Subtotal"])
    told = ask(
        week,
        """select person, sum(total)::bigint from 'truth/orders/*.parquet'
        where place <> 'store' group by person""",
    )
    assert spent == dict(told)


def test_the_tills_take_what_the_truth_says(week):
    who, spent = people_of(week), {}
    for row in rows_of(week, "square", "transactions-*.csv"):
        if row["Event Type"] == "Payment":
            person, _ = who[row["file"], row["row"]]
            won = int(row["Net Sales"].replace("₩", "").replace(",", ""))
            spent[person] = spent.get(person, 0) + won
    told = ask(
        week,
        """select person, sum(total)::bigint from 'truth/orders/*.parquet'
        where place = 'store' and store < 28 group by person""",
    )
    assert spent == dict(told)


def test_a_card_is_shown_by_one_household_only(week):
    who, shown = people_of(week), {}
    for row in rows_of(week, "square", "transactions-*.csv"):
        if row["Customer Reference ID"]:
            person, _ = who[row["file"], row["row"]]
            shown.setdefault(row["Customer Reference ID"], set()).add(person)
    household = dict(ask(week, "select person, household from 'truth/people/*.parquet'"))
    cards = dict(
        ask(week, "select value, person from 'truth/identifiers/*.parquet' where kind = 'card'")
    )
    for card, people in shown.items():
        assert {household[person] for person in people} == {household[cards[card]]}
    assert any(people != {cards[card]} for card, people in shown.items()), "couples share one"


def test_an_e_mail_address_on_an_order_is_its_buyer_s(week):
    who = people_of(week)
    owners = dict(
        ask(week, "select value, person from 'truth/identifiers/*.parquet' where kind = 'email'")
    )
    told = {
        (row["Email"], who[row["file"], row["row"]][0])
        for row in rows_of(week, "shopify", "orders_export_*.csv")
        if row["Email"]
    }
    assert len(told) > 30
    assert {owners[address] for address, _ in told} == {person for _, person in told}
    assert all(owners[address] == person for address, person in told)


@pytest.mark.parametrize("channel", ["email", "google_ads", "kakao"])
def test_without_a_channel_the_files_lack_just_the_orders_that_it_made(week, channel, tmp_path):
    """The counterfactual is exact, down to the order names in the export."""
    company = Company(CUSTOMERS, seed=SEED, dirty=False).without(channel)
    other = write(tmp_path, company, ("shopify",))

    def names(folder):
        return {row["Name"] for row in rows_of(folder, "shopify", "orders_export_*.csv")}

    made = ask(
        week,
        f"""select order_name from 'truth/orders/*.parquet'
        where place <> 'store' and list_contains(due_to, '{channel}')""",
    )
    # an order that was returned in these days may have been placed before them
    first = min(name for (name,) in ask(week, "select order_name from 'truth/orders/*.parquet'"))
    missing = {name for name in names(week) - names(other) if name >= first}
    assert {name for (name,) in made} <= missing
    late = missing - {name for (name,) in made}
    assert len(late) <= 3, "those exported again, of the days before"


def test_a_channels_true_effect_is_recorded_with_its_claims(week):
    told = ask(
        week,
        """select channel_name, sum(orders_added)::int from 'truth/effects/*.parquet'
        group by 1 order by 1""",
    )
    counted = ask(
        week,
        """select name, count(*)::int from (
            select unnest(due_to) as name from 'truth/orders/*.parquet'
            where visit_id in (select visit_id from 'truth/visits/*.parquet' where is_order)
        ) group by 1 order by 1""",
    )
    added = {name: count for name, count in told if count}
    # an order after midnight counts on the visit's day
    assert sum(abs(added.get(name, 0) - count) for name, count in counted) <= 2


def test_the_future_is_what_then_happens(week, tmp_path):
    """Thirty days later, the files of these days agree with the predicted truth."""
    company = Company(300, seed=SEED, dirty=False)
    simulate(Order(company, FIRST, FIRST, tmp_path / "l", tmp_path / "truth", ("shopify",)))
    told = ask(
        tmp_path,
        f"""select person, spend_30, orders_30 from 'truth/future/{FIRST}/*.parquet'
        where orders_30 > 0 order by person""",
    )
    begin, end = date(2026, 3, 10), date(2026, 4, 8)
    later = tmp_path / "later"
    simulate(
        Order(company, begin, end, later / "l", later / "truth", ("shopify",), has_future=False)
    )
    came = ask(
        later,
        """select person, sum(total)::bigint, count(*) from 'truth/orders/*.parquet'
        where visit_id in (select visit_id from 'truth/visits/*.parquet')
        group by person order by person""",
    )
    assert came == told


def test_people_who_have_left_do_nothing(week):
    assert ask(
        week,
        """select * from 'truth/visits/*.parquet' as visits
        inner join 'truth/people/*.parquet' as people on visits.person = people.person
        where visits.visit_date >= people.gone_date or visits.visit_date < people.joined_date""",
    ) == []  # fmt: skip
