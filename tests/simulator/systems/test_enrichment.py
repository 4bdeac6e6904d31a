import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from datetime import date, timedelta

import duckdb
import phonenumbers
import pytest

from tests.simulator.golden_files import golden

FIFTH = date(2026, 3, 5)
NAME = "enrichment_2026-03.csv"
HEADER = (
    "email_sha256,phone_sha256,age_band,income_band,household_size,home_type,interests,"
    "match_confidence,refreshed_on"
)
AGES = ("19 or under", "20-29", "30-39", "40-49", "50-59", "60-69", "70 or over")
INCOMES = ("under 2M KRW", "2M-3M KRW", "3M-5M KRW", "5M-8M KRW", "over 8M KRW")
HOMES = {"apartment", "villa", "officetel", "detached house"}
GOLDEN_FILES = {"enrichment_2026-08.csv": date(2026, 8, 5)}


@pytest.fixture(scope="module")
def rows(world):
    return list(csv.DictReader(io.StringIO(world.text("enrichment", NAME, FIFTH))))


@pytest.fixture(scope="module")
def truth(world):
    _, folder = world.write("enrichment", FIFTH)
    return folder


@pytest.fixture(scope="module")
def clean(truth):
    found = defaultdict(dict)
    for row, name, text in duckdb.sql(
        f"select row, name, clean from '{truth}/mistakes/{FIFTH}.parquet'"
    ).fetchall():
        found[row][name] = text
    return found


@pytest.fixture(scope="module")
def people(truth):
    columns = "person, email, second_email, birth_year, household, household_size, spend"
    found = duckdb.sql(f"""
        select {columns} from '{truth}/people/*.parquet'
        inner join '{truth}/records/{FIFTH}.parquet' using (person)
        order by row
    """)
    return [dict(zip(columns.split(", "), row, strict=True)) for row in found.fetchall()]


def test_the_file_comes_on_the_fifth_with_its_own_header(world):
    folder, _ = world.write("enrichment", FIFTH - timedelta(days=3), FIFTH + timedelta(days=3))
    assert [path.name for path in folder.iterdir()] == [NAME]
    assert (folder / NAME).read_text(encoding="utf-8").splitlines()[0] == HEADER


def test_the_day_alone_has_the_bytes_of_the_day_in_its_week(world):
    alone = world.text("enrichment", NAME, FIFTH)
    assert alone == world.text(
        "enrichment", NAME, FIFTH - timedelta(days=3), FIFTH + timedelta(days=3)
    )


def test_values_are_those_of_the_lists(rows):
    assert len(rows) > 400
    for row in rows:
        assert row["age_band"] in AGES
        assert row["income_band"] in INCOMES
        assert row["home_type"] in HOMES
        assert row["household_size"] in {"1", "2", "3", "4", "5", "6"}
        assert re.fullmatch(r"0\.\d\d", row["match_confidence"])
        assert row["refreshed_on"] == "2026-03-05"
        interests = row["interests"].split("|")
        assert 1 <= len(set(interests)) == len(interests) <= 3


def test_rows_are_keyed_by_the_hash_of_the_address_in_lower_case(rows, people):
    for row, person in zip(rows, people, strict=True):
        hashes = [
            hashlib.sha256(person[name].encode()).hexdigest() for name in ("email", "second_email")
        ]
        assert row["email_sha256"] in hashes
    assert len({row["email_sha256"] for row in rows}) == len(rows)


def test_numbers_are_hashed_in_the_international_form(world, rows, truth):
    numbers = duckdb.sql(f"""
        select distinct unnest([phone_number, second_phone_number])
        from '{truth}/people/*.parquet'
    """).fetchall()
    hashes = set()
    for (text,) in numbers:
        number = phonenumbers.parse(text, "KR")
        plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        hashes.add(hashlib.sha256(plain.encode()).hexdigest())
    found = {row["phone_sha256"] for row in rows} - {""}
    assert len(found) > 200
    assert found <= hashes
    assert 0.2 < sum(not row["phone_sha256"] for row in rows) / len(rows) < 0.4


def test_some_three_in_five_of_those_who_are_known_are_matched(world, rows, truth):
    number = (FIFTH - date(1970, 1, 1)).days
    (known,) = duckdb.sql(f"""
        select count(*) from '{truth}/people/*.parquet'
        where least(account_day, hubspot_day, salesforce_day, mailchimp_day) <= {number}
    """).fetchone()
    assert 0.55 < len(rows) / known < 0.65


def test_attributes_are_the_persons_own_but_for_what_the_truth_tells(rows, people, clean):
    for place, (row, person) in enumerate(zip(rows, people, strict=True), 1):
        right = row | clean[place]
        age = 2026 - person["birth_year"]
        assert right["age_band"] == AGES[max(0, min(age // 10 - 1, 6))]
        assert right["household_size"] == str(person["household_size"])
        for name, text in clean[place].items():
            assert row[name] != text


def test_homes_are_the_households_and_incomes_go_with_spending(rows, people, clean):
    homes, spending = defaultdict(set), defaultdict(list)
    for place, (row, person) in enumerate(zip(rows, people, strict=True), 1):
        right = row | clean[place]
        homes[person["household"]].add(right["home_type"])
        spending[right["income_band"]].append(person["spend"])
    assert all(len(found) == 1 for found in homes.values())
    means = [sum(spending[band]) / len(spending[band]) for band in INCOMES]
    assert means == sorted(means)


def test_some_are_taken_for_a_neighbour_with_hardly_less_confidence(rows, clean):
    wrong = [
        float(row["match_confidence"])
        for place, row in enumerate(rows, 1)
        if set(clean[place]) - {"household_size"}
    ]
    right = [
        float(row["match_confidence"]) for place, row in enumerate(rows, 1) if not clean[place]
    ]
    assert 0.02 < len(wrong) / len(rows) < 0.07
    assert min(right) < max(wrong)
    assert sum(wrong) / len(wrong) < sum(right) / len(right)
    counted = Counter(name for found in clean.values() for name in found)
    assert set(counted) == {"age_band", "income_band", "household_size", "home_type", "interests"}


def test_a_clean_vendor_makes_no_mistakes(world):
    _, folder = world.write("enrichment", FIFTH, dirty=False)
    assert duckdb.sql(f"select * from '{folder}/mistakes/{FIFTH}.parquet'").fetchall() == []


@pytest.mark.parametrize(("name", "day"), GOLDEN_FILES.items())
def test_the_file_is_what_was_read_by_hand(world, name, day):
    golden(world, "enrichment", name, day)
