import csv
import io
import re
from datetime import date, datetime, timedelta

import duckdb
import pytest
from email_validator import validate_email

from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 2), date(2026, 4, 12)
CUSTOMERS = 5000
GOLDEN_FILES = {
    "responses_korean_2026-03-01.csv": date(2026, 3, 1),
    "responses_english_2026-04-15.csv": date(2026, 4, 15),
}
KOREAN = [
    "#",
    "단골마트를 친구나 동료에게 추천할 가능성은 얼마나 되나요?",
    "그 점수를 주신 가장 큰 이유는 무엇인가요?",
    "어떤 점이 마음에 드셨나요? (복수 선택)",
    "경품 추첨에 쓸 휴대폰 번호 (선택)",
    "email",
    "order",
    "Start Date (UTC)",
    "Submit Date (UTC)",
    "Network ID",
]
ANSWERS = ["Delivery", "Product quality", "Price", "Customer service", "The app", "Packaging"]
ENGLISH = [
    "#",
    "How likely are you to recommend Dangol Mart to a friend or colleague?",
    "What is the main reason for your score?",
    *ANSWERS,
    "Mobile number for the prize draw (optional)",
    "email",
    "order",
    "Start Date (UTC)",
    "Submit Date (UTC)",
    "Network ID",
]


def read(world, form):
    """All responses to a form, with the day and the row of their file."""
    found = []
    for each in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=each)
        name = f"responses_{form}_{day}.csv"
        text = world.text("typeform", name, FIRST, LAST, customers=CUSTOMERS)
        reader = csv.reader(io.StringIO(text))
        header = next(reader)
        assert header == (KOREAN if form == "korean" else ENGLISH)
        found += [
            dict(zip(header, values, strict=True)) | {"day": day, "file": name, "row": number}
            for number, values in enumerate(reader, 1)
        ]
    return found


@pytest.fixture(scope="module")
def korean(world):
    return read(world, "korean")


@pytest.fixture(scope="module")
def english(world):
    return read(world, "english")


@pytest.fixture(scope="module")
def rows(korean, english):
    """Both forms' responses with the same names."""
    return [
        {
            **{name: row[name] for name in ("#", "email", "order", "Network ID", "day", "file")},
            **{"row": row["row"], "start": row["Start Date (UTC)"]},
            "submit": row["Submit Date (UTC)"],
            "score": row[header[1]],
            "reason": row[header[2]],
            "phone": row[header[-6]],
        }
        for header, responses in ((KOREAN, korean), (ENGLISH, english))
        for row in responses
    ]


@pytest.fixture(scope="module")
def mistakes(world):
    _, truth = world.write("typeform", FIRST, LAST, customers=CUSTOMERS)
    found = duckdb.sql(
        f"select file, row, name, clean from '{truth}/mistakes/*.parquet'"
    ).fetchall()
    return {(file, row, name): clean for file, row, name, clean in found}


def test_a_response_has_a_token_of_its_own(rows):
    assert len(rows) > 30
    assert all(re.fullmatch("[0-9a-f]{32}", row["#"]) for row in rows)
    assert len({row["#"] for row in rows}) == len(rows)
    assert all(re.fullmatch("[0-9a-f]{10}", row["Network ID"]) for row in rows)


def test_several_answers_are_in_one_cell_of_the_newer_form(korean):
    choices = {"배송", "상품 품질", "가격", "직원 응대", "앱", "포장"}
    cells = [row[KOREAN[3]] for row in korean]
    assert any(" / " in cell for cell in cells)
    assert {part for cell in cells if cell for part in cell.split(" / ")} <= choices


def test_each_answer_has_a_column_in_the_older_form(english):
    assert english
    for row in english:
        for answer in ANSWERS:
            assert row[answer] in {"", answer}
    assert any(sum(bool(row[answer]) for answer in ANSWERS) > 1 for row in english)


def test_the_newest_comes_first_and_times_are_utc(rows):
    for row in rows:
        submit = datetime.strptime(row["submit"], "%Y-%m-%d %H:%M:%S")
        start = datetime.strptime(row["start"], "%Y-%m-%d %H:%M:%S")
        assert timedelta(seconds=17) < submit - start < timedelta(minutes=22)
        assert (submit + timedelta(hours=9)).date() == row["day"]
    for file in {row["file"] for row in rows}:
        mine = [row["submit"] for row in rows if row["file"] == file]
        assert mine == sorted(mine, reverse=True)
    assert any(row["submit"][:10] != str(row["day"]) for row in rows)


def test_scores_go_from_zero_to_ten(rows):
    scores = [int(row["score"]) for row in rows]
    assert min(scores) >= 0
    assert max(scores) == 10
    assert 6.5 < sum(scores) / len(scores) < 9


def test_a_copied_link_has_no_address(rows, mistakes):
    copied = [row for row in rows if row["email"] == "xxxxx"]
    assert {(row["file"], row["row"]) for row in copied} == {
        (file, row) for file, row, name in mistakes if name == "email"
    }
    for row in rows:
        address = mistakes.get((row["file"], row["row"], "email"), row["email"])
        validate_email(address, check_deliverability=False, test_environment=True)


def test_a_plus_has_an_apostrophe_before_it(rows):
    phones = [row["phone"] for row in rows if row["phone"]]
    assert phones
    assert any(phone.startswith("'+82") for phone in phones)
    assert not any(phone.startswith("+") for phone in phones)


def test_some_responses_are_sent_twice(rows):
    answers = [(row["order"], row["score"], row["reason"], row["start"]) for row in rows]
    assert len(rows) * 0.9 < len(set(answers)) <= len(rows)


def test_the_truth_has_the_correct_values(rows, mistakes):
    reasons = {key: clean for key, clean in mistakes.items() if key[2] in (KOREAN[2], ENGLISH[2])}
    assert reasons
    by_place = {(row["file"], row["row"]): row for row in rows}
    for (file, row, _), clean in reasons.items():
        assert by_place[file, row]["reason"] != clean
    phones = {key: clean for key, clean in mistakes.items() if key[2] in (KOREAN[4], ENGLISH[-6])}
    for (file, row, _), clean in phones.items():
        assert by_place[file, row]["phone"].removeprefix("'") != clean


def test_the_truth_knows_who_answered(world, rows):
    _, truth = world.write("typeform", FIRST, LAST, customers=CUSTOMERS)
    people = duckdb.sql(
        f"select count(*), count(person), count(key) from '{truth}/records/*.parquet'"
    ).fetchall()
    assert people == [(len(rows), len(rows), len(rows))]


@pytest.mark.parametrize("form", ["korean", "english"])
def test_the_day_alone_has_the_bytes_of_the_day_in_its_weeks(world, form):
    day = date(2026, 3, 10)
    name = f"responses_{form}_{day}.csv"
    alone = world.text("typeform", name, day, customers=CUSTOMERS)
    assert alone == world.text("typeform", name, FIRST, LAST, customers=CUSTOMERS)


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_the_one_that_was_read(world, name):
    golden(world, "typeform", name, GOLDEN_FILES[name], customers=600)
