import csv
import io
import ipaddress
import json
import re
from collections import defaultdict
from datetime import date, datetime, timedelta

import duckdb
import pytest
from email_validator import EmailNotValidError, validate_email

from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)
CUSTOMERS = 3000
GOLDEN_FILES = {"reviews_2026-04-10.csv": date(2026, 4, 10)}
HEADER = (
    "title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,"
    "product_handle,reply,reply_date,picture_urls,ip_address,location"
)
MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"


def text_of(world, day):
    return world.text("judgeme", f"reviews_{day}.csv", FIRST, LAST, customers=CUSTOMERS)


@pytest.fixture(scope="module")
def rows(world):
    days = [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]
    return [
        row | {"file": f"reviews_{day}.csv", "day": day, "row": number}
        for day in days
        for number, row in enumerate(csv.DictReader(io.StringIO(text_of(world, day))), 1)
    ]


@pytest.fixture(scope="module")
def records(world, rows):
    _, truth = world.write("judgeme", FIRST, LAST, customers=CUSTOMERS)
    found = duckdb.sql(f"select file, row, person, key from '{truth}/records/*.parquet'").fetchall()
    assert len(found) == len(rows)
    return {(file, row): (person, key) for file, row, person, key in found}


@pytest.fixture(scope="module")
def mistakes(world):
    _, truth = world.write("judgeme", FIRST, LAST, customers=CUSTOMERS)
    return duckdb.sql(f"select file, row, name, clean from '{truth}/mistakes/*.parquet'").fetchall()


def test_the_header_is_judgemes(world):
    assert text_of(world, FIRST).splitlines()[0] == HEADER


def test_values_have_their_forms(rows):
    assert len(rows) > 60
    for row in rows:
        assert row["rating"] in {"1", "2", "3", "4", "5"}
        assert re.fullmatch(MOMENT, row["review_date"])
        assert row["source"] in {"email", "web"}
        assert row["curated"] in {"ok", "spam", "not-yet"}
        assert re.fullmatch(r"801\d{10}", row["product_id"])
        assert row["product_handle"].endswith(f"-{int(row['product_id'][3:])}")
        assert bool(row["reply"]) == bool(row["reply_date"])
        if row["ip_address"]:
            assert ipaddress.ip_address(row["ip_address"]).is_reserved or any(
                row["ip_address"].startswith(network)
                for network in ("192.0.2.", "198.51.100.", "203.0.113.")
            )
        for url in filter(None, row["picture_urls"].split(",")):
            assert url.startswith("https://images.judgeme.example/")
    assert {bool(row["ip_address"]) for row in rows if row["source"] == "email"} == {False}
    assert any("," in row["picture_urls"] for row in rows)


def test_text_runs_over_lines(rows):
    assert any("\n" in row["body"] for row in rows)
    assert any(not row["title"] for row in rows)


def test_a_review_comes_on_its_day_and_again_with_the_reply(rows):
    reviews = defaultdict(list)
    for row in rows:
        reviews[row["review_date"], row["reviewer_email"], row["product_id"]].append(row)
        written, replied = (
            (datetime.strptime(row[name], "%Y-%m-%d %H:%M:%S UTC") + timedelta(hours=9)).date()
            if row[name]
            else None
            for name in ("review_date", "reply_date")
        )
        assert row["day"] in {written, replied}
        assert replied is None or replied <= row["day"]
    twice = [each for each in reviews.values() if len(each) == 2]
    assert twice
    assert max(len(each) for each in reviews.values()) == 2
    for first, second in twice:
        assert (first["reply"], bool(second["reply"])) == ("", True)
        same = set(first) - {"reply", "reply_date", "file", "day", "row"}
        assert {name: first[name] for name in same} == {name: second[name] for name in same}


def test_spam_is_no_customers_and_mostly_marked(rows, records):
    spam = [row for row in rows if records[row["file"], row["row"]][0] == -1]
    assert spam
    assert {row["curated"] for row in spam} <= {"ok", "spam"}
    others = [row for row in rows if records[row["file"], row["row"]][0] != -1]
    assert all(row["curated"] != "spam" for row in others)
    assert len(spam) < len(rows) / 3


def test_stars_follow_from_the_satisfaction(rows, records):
    liked = defaultdict(list)
    for row in rows:
        person, key = records[row["file"], row["row"]]
        if person != -1:
            liked[row["rating"]].append(json.loads(key)["satisfaction"])
    means = [sum(liked[stars]) / len(liked[stars]) for stars in sorted(liked)]
    assert means == sorted(means)
    content = len(liked["5"]) + len(liked["4"])
    assert content > sum(map(len, liked.values())) / 2


def test_names_are_masked_shortened_or_hidden(rows):
    names = {row["reviewer_name"] for row in rows}
    assert any(re.fullmatch(r"[가-힣]\*[가-힣]+", name) for name in names)
    assert any(re.fullmatch(r"\S+ \w\.", name) for name in names)
    for row in rows:
        anonymous = row["reviewer_name"] == "Anonymous"
        assert anonymous == (row["reviewer_email"] == "support+anonymous@judgeme.example")


def test_addresses_are_right_without_a_typing_error(rows, mistakes):
    mistyped = {(file, row): clean for file, row, name, clean in mistakes if "email" in name}
    for row in rows:
        clean = mistyped.get((row["file"], row["row"]))
        address = clean or row["reviewer_email"]
        validate_email(address, check_deliverability=False, test_environment=True)
        if clean:
            assert row["source"] == "web"
            assert row["reviewer_email"] != clean


def test_mistyped_texts_are_noted(rows, mistakes):
    bodies = {(file, row): clean for file, row, name, clean in mistakes if name == "body"}
    assert bodies
    for row in rows:
        if (row["file"], row["row"]) in bodies:
            assert row["body"] != bodies[row["file"], row["row"]]


def test_a_wrong_address_is_recognisable():
    with pytest.raises(EmailNotValidError):
        validate_email("a@@naver.example", check_deliverability=False, test_environment=True)


def test_the_day_alone_has_the_bytes_of_the_day_in_its_weeks(world):
    day = date(2026, 3, 16)
    alone = world.text("judgeme", f"reviews_{day}.csv", day, customers=CUSTOMERS)
    assert alone == text_of(world, day)


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_the_one_that_was_read(world, name):
    golden(world, "judgeme", name, GOLDEN_FILES[name], customers=600)
