import json
import re
from datetime import date, datetime, timedelta

import duckdb
import pytest

from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 29)
CUSTOMERS = 4000
GOLDEN_FILES = {"mentions_2026-04-18.ndjson": date(2026, 4, 18)}
FIELDS = [
    *("post_id", "platform", "author_handle", "author_name", "text", "language", "posted_at"),
    *("like_count", "reply_count", "url"),
]


@pytest.fixture(scope="module")
def posts(world):
    found = []
    for each in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=each)
        name = f"mentions_{day}.ndjson"
        text = world.text("social", name, FIRST, LAST, customers=CUSTOMERS)
        found += [
            (day, name, number, json.loads(line))
            for number, line in enumerate(text.splitlines(), 1)
        ]
    return found


@pytest.fixture(scope="module")
def records(world, posts):
    _, truth = world.write("social", FIRST, LAST, customers=CUSTOMERS)
    found = duckdb.sql(f"select file, row, person, key from '{truth}/records/*.parquet'").fetchall()
    assert len(found) == len(posts)
    return {(file, row): (person, key) for file, row, person, key in found}


def test_a_post_has_its_fields_and_types(posts):
    assert len(posts) > 30
    for day, _, _, post in posts:
        assert list(post) == FIELDS
        assert type(post["like_count"]) is type(post["reply_count"]) is int
        assert 0 <= post["reply_count"] <= post["like_count"] < 5001
        posted = datetime.strptime(post["posted_at"], "%Y-%m-%dT%H:%M:%SZ")
        assert (posted + timedelta(hours=9)).date() == day
        assert post["language"] in {"ko", "en", "und"}


def test_platforms_are_made_up_and_posts_have_addresses_there(posts):
    assert {post["platform"] for *_, post in posts} == {"photogram", "birdsong", "cafe-board"}
    for *_, post in posts:
        assert post["url"].startswith(f"https://{post['platform']}.example/")
        assert post["post_id"] in post["url"]
    assert len({(post["platform"], post["post_id"]) for *_, post in posts}) == len(posts)


def test_no_post_has_an_address(posts):
    for *_, post in posts:
        assert not any(re.search(r"\w@\w", str(value)) for value in post.values())


def test_each_post_names_the_brand(posts):
    for *_, post in posts:
        assert re.search("단골마트|dangol ?mart", post["text"], re.IGNORECASE)
        assert "{" not in post["text"]


def test_robots_and_posts_about_another_shop_are_no_customers(posts, records):
    kinds = {"customer": 0, "robot": 0, "other": 0}
    for _, file, row, post in posts:
        person, key = records[file, row]
        if person == -1:
            kinds["robot"] += 1
            assert key.startswith("robot")
            assert re.fullmatch(r"dangolmart_event_\d{4}", post["author_handle"])
        elif person is None:
            kinds["other"] += 1
            assert key.startswith("other")
        else:
            kinds["customer"] += 1
            assert json.loads(key)["visit"] > 0
    assert kinds["customer"] > kinds["robot"] > 0
    assert kinds["other"] > 0


def test_a_persons_handle_stays_the_same(posts, records):
    handles = {}
    for _, file, row, post in posts:
        person, _ = records[file, row]
        if person is not None and person >= 0:
            assert handles.setdefault(person, post["author_handle"]) == post["author_handle"]


def test_mistyped_posts_are_noted(world, posts):
    _, truth = world.write("social", FIRST, LAST, customers=CUSTOMERS)
    mistakes = duckdb.sql(
        f"select file, row, name, clean from '{truth}/mistakes/*.parquet'"
    ).fetchall()
    assert mistakes
    by_place = {(file, row): post for _, file, row, post in posts}
    for file, row, name, clean in mistakes:
        assert name == "text"
        assert by_place[file, row]["text"] != clean


def test_the_day_alone_has_the_bytes_of_the_day_in_its_weeks(world):
    day = date(2026, 3, 16)
    name = f"mentions_{day}.ndjson"
    alone = world.text("social", name, day, customers=CUSTOMERS)
    assert alone == world.text("social", name, FIRST, LAST, customers=CUSTOMERS)


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_the_one_that_was_read(world, name):
    golden(world, "social", name, GOLDEN_FILES[name], customers=600)
