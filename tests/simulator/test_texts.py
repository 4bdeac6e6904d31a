import json
import re
from collections import Counter
from datetime import date, timedelta

import duckdb
import pytest

from simulator import data
from simulator.company import Company, day_number
from simulator.words.text_lists import sql_list, sql_words
from simulator.words.texts import create_texts
from simulator.words.vocabulary import create_vocabulary
from simulator.world.facts import Span, load_facts
from simulator.world.identities import show_persons

REACTIONS, CARE = data.tree("texts/reactions"), data.tree("texts/care")
TOPICS = tuple(REACTIONS["sarcastic"]["ko"])
FIRST = day_number(date(2026, 3, 9))
COLUMNS = (
    "kind, person, satisfaction, topic, second_topic, mood, temper, language, is_foreign,"
    " is_sarcastic, text, typed, title, truth, product, place, day"
)


def facts_of(company, first=FIRST, last=FIRST + 9):
    connection = duckdb.connect(config={"threads": 1})
    create_vocabulary(connection, company)
    load_facts(connection, company, Span(first, last))
    show_persons(connection, last, "person_rows", "persons")
    return connection


def texts_of(connection):
    create_texts(connection)
    found = connection.execute(f"select {COLUMNS} from reaction_texts order by text_key, day")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def rows():
    return texts_of(facts_of(Company(4000, seed=7)))


def test_every_reaction_says_something(rows):
    assert len(rows) > 150
    assert all(row["text"] and row["typed"].strip() for row in rows)
    assert not any("{" in row["text"] for row in rows)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("topic", TOPICS)
def test_there_are_hundreds_of_combinations_for_each_topic_and_mood(language, topic):
    for mood, temper in (("bad", "unhappy"), ("so-so", "so-so"), ("good", "content")):
        combinations = len(cores := REACTIONS[mood][language][topic])
        for part in ("opening", "closing", "tail"):
            combinations *= len(REACTIONS[part][language][temper]) + 1
        assert combinations > 500
        assert len(cores) == len(set(cores))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("topic", TOPICS)
def test_tickets_too_have_many_forms(language, topic):
    order_forms = 4
    combinations = order_forms * len(CARE["request"][language][topic])
    for part in ("ticket opening", "ticket closing"):
        combinations *= len(CARE[part][language]["so-so"])
    assert combinations > 100


def test_not_every_second_text_is_alike(rows):
    count = Counter(row["text"] for row in rows)
    assert len(count) > 0.95 * len(rows)


def test_a_text_contains_a_sentence_of_its_topic_and_mood(rows):
    for row in rows:
        mood = "sarcastic" if row["is_sarcastic"] else row["mood"]
        patterns = [
            re.escape(core).replace(r"\{product\}", ".+").replace(r"\{days\}", r"\d+")
            for topic, cores in REACTIONS[mood][row["language"]].items()
            if topic.split(" of ")[0] == row["topic"]
            for core in cores
        ]
        assert any(re.search(pattern, row["text"]) for pattern in patterns), row


def test_the_mood_follows_from_the_satisfaction(rows):
    for row in rows:
        liked = row["satisfaction"]
        mood = "bad" if liked < -0.5 else "so-so" if liked < 0.4 else "good"
        assert row["mood"] == mood
        assert not row["is_sarcastic"] or mood == "bad"


def test_foreigners_write_english_mostly(rows):
    share = [row["language"] == "en" for row in rows if row["is_foreign"]]
    assert 0.65 < sum(share) / len(share) < 0.95
    share = [row["language"] == "en" for row in rows if not row["is_foreign"]]
    assert sum(share) / len(share) < 0.05


def test_only_people_who_returned_something_mention_a_refund(rows):
    """Reviews, surveys and mentions: tickets may ask for a refund."""
    connection = facts_of(Company(4000, seed=7))
    create_texts(connection)
    assert connection.execute("""
        select count(*) from reaction_texts as texts
        where
            kind in (0, 3, 4, 5) and topic = 'refund' and not exists (
                select * from lines
                where lines.visit_id = texts.visit_id and lines.return_day <= texts.day
            )
    """).fetchall() == [(0,)]


def test_a_shop_is_not_judged_by_its_delivery(rows):
    """Calls may be about anything; texts about a shop are about the shop."""
    in_shops = {row["topic"] for row in rows if row["place"] == 2 and row["kind"] != 2}
    assert in_shops <= {"quality", "price", "staff", "app", "refund"}


def test_the_truth_is_json(rows):
    for row in rows:
        truth = json.loads(row["truth"])
        assert list(truth) == [
            *("visit", "satisfaction", "topic", "second_topic", "language", "is_sarcastic")
        ]
        assert truth["topic"] == row["topic"] in TOPICS
        assert truth["second_topic"] != row["topic"]
        assert truth["satisfaction"] == pytest.approx(row["satisfaction"], abs=0.0501)


def test_some_texts_have_typing_errors_and_none_in_a_clean_world(rows):
    share = sum(row["typed"] != row["text"] for row in rows) / len(rows)
    assert 0.03 < share < 0.15
    clean = texts_of(facts_of(Company(1000, seed=7, dirty=False)))
    assert clean
    assert all(row["typed"] == row["text"] for row in clean)


def test_the_texts_of_a_day_do_not_depend_on_the_other_days(rows):
    alone = texts_of(facts_of(Company(4000, seed=7), FIRST + 4, FIRST + 4))
    alone = [row for row in alone if row["day"] == FIRST + 4]
    assert alone == [row for row in rows if row["day"] == FIRST + 4]


def test_new_facts_get_new_texts():
    connection = facts_of(Company(1000, seed=7))
    first = texts_of(connection)
    assert texts_of(connection) == first
    load_facts(connection, Company(1000, seed=7), Span(FIRST + 30, FIRST + 36))
    assert texts_of(connection) != first


def test_sentences_become_sql_with_quotes_doubled():
    assert duckdb.sql(f"""select {sql_list(["it's", "so"])}""").fetchall() == [(["it's", "so"],)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_list_in_two_languages_is_that_of_the_text(language):
    words = data.tree("texts/lists")["bad rating"][language]
    query = f"select {sql_words()['bad rating']} from (select '{language}' as written_in)"
    assert duckdb.sql(query).fetchall() == [(words,)]


@pytest.mark.parametrize(
    "system", ["zendesk", "call_centre", "typeform", "qualtrics", "judgeme", "social"]
)
def test_a_clean_world_has_no_typing_errors(world, monday, system):
    _, truth = world.write(system, monday, monday + timedelta(days=6), dirty=False)
    mistakes = duckdb.sql(f"select count(*) from '{truth}/mistakes/*.parquet'").fetchall()
    records = duckdb.sql(f"select count(*) > 0 from '{truth}/records/*.parquet'").fetchall()
    assert (mistakes, records) == ([(0,)], [(True,)])
