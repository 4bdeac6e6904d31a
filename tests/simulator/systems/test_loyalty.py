import csv
import io
import re
from collections import Counter
from datetime import date

import duckdb
import numpy as np
import phonenumbers
import pytest

from simulator.company import Company, day_number
from simulator.world.contacts import contacts
from simulator.world.histories import history
from simulator.world.people import NEVER, block
from tests.simulator.golden_files import golden

SUNDAY = date(2026, 3, 8)
MEMBERS_HEADER = (
    "member_no,name,birth_date,gender,phone,postcode,address,joined_date,store_code,store_name,"
    "grade,points,marketing_consent"
)
CARDS_HEADER = "card_no,member_no,issued_date,status,lost_date,replaced_by"

GOLDEN_FILES = ("loyalty_members_20260308.csv", "loyalty_cards_20260308.csv")


@pytest.fixture(scope="module")
def files(world):
    """Members and cards of a company with 3,000 customers, and the truth about them."""
    folder, truth = world.write("loyalty", SUNDAY, customers=3000)
    rows = {}
    for kind in ("members", "cards"):
        text = (folder / f"loyalty_{kind}_20260308.csv").read_bytes().decode("cp949")
        people = duckdb.sql(f"""
            select person from read_parquet('{truth}/records/*.parquet')
            where file = 'loyalty_{kind}_20260308.csv' order by row
        """).fetchall()
        found = list(csv.DictReader(io.StringIO(text)))
        assert len(found) == len(people)
        rows[kind] = [(person, row) for (person,), row in zip(people, found, strict=True)]
    return rows


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_what_is_written_is_what_was_read_once(world, name):
    golden(world, "loyalty", name, SUNDAY)


def test_files_are_written_only_on_sundays(world):
    folder, _ = world.write("loyalty", date(2026, 3, 2), SUNDAY, customers=60)
    assert sorted(path.name for path in folder.iterdir()) == sorted(GOLDEN_FILES)


def test_files_are_encoded_as_on_korean_windows(world):
    folder, _ = world.write("loyalty", SUNDAY, customers=3000)
    for name, header in zip(GOLDEN_FILES, (MEMBERS_HEADER, CARDS_HEADER), strict=True):
        content = (folder / name).read_bytes()
        assert content.startswith(header.encode() + b"\r\n")
        assert content.count(b"\n") == content.count(b"\r\n")
        with pytest.raises(UnicodeDecodeError):
            content.decode()
        # nothing that CP949 can't encode
        assert "?" not in content.decode("cp949")


def test_values_are_as_a_clerk_typed_them(files):
    seen = {"phone": Counter(), "gender": set(), "grade": set()}
    for _, row in files["members"]:
        assert re.fullmatch(r"1\d{7}", row["member_no"])
        assert re.fullmatch(r"(\d{8})?", row["birth_date"])
        assert re.fullmatch(r"20\d{6}", row["joined_date"])
        assert row["joined_date"] <= "20260308"
        assert re.fullmatch(r"\d{5}", row["postcode"])
        assert re.fullmatch(r"0[0-3]\d|900", row["store_code"])
        assert row["marketing_consent"] in {"Y", "N"}
        assert 0 <= int(row["points"]) < 5000
        seen["phone"][re.sub(r"\d+", "9", row["phone"])] += 1
        seen["gender"].add(row["gender"])
        seen["grade"].add(row["grade"])
    assert seen["gender"] == {"M", "F", ""}
    assert seen["grade"] == {"패밀리", "실버", "골드", "VIP"}
    assert {"9", "9-9-9", "9 9 9"} <= set(seen["phone"])
    assert any("배우자" in form for form in seen["phone"])
    numbers = [phonenumbers.parse(row["phone"].split(" (")[0], "KR") for _, row in files["members"]]
    assert {number.country_code for number in numbers} == {1, 82}


def test_a_shared_card_is_its_owners(files):
    company, day = Company(3000, seed=7), day_number(SUNDAY)
    book, people = contacts(company, 0), block(company, 0)
    holders = set(book.card_person[book.card_day <= day].tolist())
    assert {person for person, _ in files["cards"]} == holders
    assert {person for person, _ in files["members"]} == holders
    shared = (book.card_day <= day) & (book.card_person != people.person)
    assert shared.sum() > 50


def test_a_member_who_lost_a_card_has_two(files):
    book = contacts(Company(3000, seed=7), 0)
    again = book.second_card_day <= day_number(SUNDAY)
    by_person = {}
    for person, row in files["cards"]:
        by_person.setdefault(person, []).append(row)
    assert {len(rows) for rows in by_person.values()} == {1, 2}
    assert len({row["card_no"] for _, row in files["cards"]}) == len(files["cards"])
    for person, rows in by_person.items():
        assert (len(rows) == 2) == again[person]
        assert len({row["member_no"] for row in rows}) == 1
        if len(rows) == 2:
            lost, now = sorted(rows, key=lambda row: row["status"])
            assert (lost["status"], now["status"]) == ("분실", "정상")
            assert lost["replaced_by"] == now["card_no"]
            assert lost["issued_date"] <= lost["lost_date"] == now["issued_date"] <= "20260308"
        else:
            assert (rows[0]["status"], rows[0]["lost_date"]) == ("정상", "")


def test_some_are_members_twice_and_their_second_number_has_no_card(files):
    times = Counter(person for person, _ in files["members"])
    twice = [person for person, count in times.items() if count == 2]
    assert set(times.values()) == {1, 2}
    assert 0.005 < len(twice) / len(times) < 0.025
    with_cards = {row["member_no"] for _, row in files["cards"]}
    for person, row in files["members"]:
        assert (row["member_no"] in with_cards) == (row["store_code"] != "900")
        assert row["store_code"] != "900" or person in twice
    numbers = [row["member_no"] for _, row in files["members"]]
    assert len(set(numbers)) == len(numbers)


def test_points_are_one_per_cent_of_what_was_bought_with_the_cards(files):
    paid = history(Company(3000, seed=7), 0, day_number(SUNDAY)).card_paid.sum(axis=0)
    assert np.count_nonzero(paid) > 500
    for person, row in files["members"]:
        if row["store_code"] != "900":
            assert int(row["points"]) == paid[person] // 100 % 5000
            assert (row["grade"] == "VIP") == (paid[person] >= 5_000_000)


def test_cards_are_issued_when_the_first_of_the_household_got_one(files):
    book = contacts(Company(3000, seed=7), 0)
    day = book.card_day[book.card_day < NEVER]
    holder = book.card_person[book.card_day < NEVER]
    first = {}
    for person, row in files["cards"]:
        first[person] = min(row["issued_date"], first.get(person, "9"))
    for person, issued in first.items():
        assert day_number(date.fromisoformat(issued)) == day[holder == person].min()


def test_clerks_mistakes_are_in_the_truth(world, files):
    _, truth = world.write("loyalty", SUNDAY, customers=3000)
    mistakes = duckdb.sql(f"""
        select row, name, clean from read_parquet('{truth}/mistakes/*.parquet')
    """).fetchall()
    assert {name for _, name, _ in mistakes} == {"name", "phone", "birth_date"}
    for row, name, clean in mistakes:
        written = files["members"][row - 1][1][name]
        assert written != clean
        if name == "birth_date":
            assert sorted(written) == sorted(clean)


def test_without_slips_there_are_no_duplicates_and_no_errors(world):
    _, truth = world.write("loyalty", SUNDAY, dirty=False)
    assert duckdb.sql(f"select * from read_parquet('{truth}/mistakes/*.parquet')").fetchall() == []
    (most,) = duckdb.sql(f"""
        select max(count) from (
            select count(*) as count from read_parquet('{truth}/records/*.parquet')
            where file like '%members%' group by person
        )
    """).fetchone()
    assert most == 1


def test_a_day_alone_is_the_same_as_within_others(world):
    within, _ = world.write("loyalty", date(2026, 3, 2), SUNDAY, customers=60)
    alone, _ = world.write("loyalty", SUNDAY, customers=60)
    for path in alone.iterdir():
        assert path.read_bytes() == (within / path.name).read_bytes()
