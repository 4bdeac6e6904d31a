import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import duckdb
import phonenumbers
import pytest

from simulator.company import Company, day_number
from simulator.world.behaviour import visits
from simulator.world.contacts import contacts
from simulator.world.people import block
from simulator.world.sending import messages
from tests.simulator.golden_files import golden

FIELDS = (
    "messageId,groupId,accountId,type,to,from,text,subject,country,status,statusCode,reason,"
    "networkName,networkCode,autoTypeDetect,replacement,resendCount,customFields,dateCreated,"
    "dateUpdated,dateProcessed,dateReceived,dateReported,kakaoOptions"
).split(",")

REASONS = {
    "3000": "이통사로 접수(리포트를 기다리는 중)",
    "3032": "미가입자",
    "3043": "단말기 Power off",
    "3047": "착신거절",
    "3102": "친구 관계가 아닌 경우",
    "3104": "카카오톡 미사용자",
    "3108": "메시지 발송 가능 시간이 아님(오전 8시 ~ 오후 8시 가능)",
    "4000": None,
}
"""The vendor's own codes, as its documentation explains them."""

THURSDAYS = [date(2026, 3, 12) + timedelta(days=7 * week) for week in range(3)]
"""Two campaigns for everyone and one for fans of a category."""

CUSTOMERS = 4000
KAKAO = 7

GOLDEN_FILES = {
    # friend talk
    "messages_2025-09-18.jsonl": date(2025, 9, 18),
    # brand messages about a category; one fails and is sent again as a text
    "messages_2026-04-09.jsonl": date(2026, 4, 9),
    "messages_2026-10-22.jsonl": date(2026, 10, 22),
}


def moment(text):
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", text)
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def folders(world):
    return world.write("solapi", THURSDAYS[0], THURSDAYS[-1], customers=CUSTOMERS)


@pytest.fixture(scope="module")
def lines(folders):
    """The messages of three campaigns, each with its true person and key."""
    records = duckdb.sql(f"select file, row, person, key from '{folders[1]}/records/*.parquet'")
    truth = {(file, row): (person, key) for file, row, person, key in records.fetchall()}
    return [
        (json.loads(line), *truth[path.name, place])
        for path in sorted(folders[0].iterdir())
        for place, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


@pytest.fixture(scope="module")
def originals(lines):
    return [line for line, _, key in lines if not key.endswith("again by SMS")]


@pytest.fixture(scope="module")
def replacements(lines):
    return [line for line, _, key in lines if key.endswith("again by SMS")]


def test_one_file_a_campaign(folders):
    assert sorted(path.name for path in folders[0].iterdir()) == [
        f"messages_{day}.jsonl" for day in THURSDAYS
    ]


def test_fields_are_those_of_a_stored_message(lines):
    assert {tuple(line) for line, _, _ in lines} == {tuple(FIELDS)}


def test_types_are_those_of_a_stored_message(lines):
    texts = "messageId groupId accountId type to from text country status statusCode networkName"
    for line, _, _ in lines:
        assert all(type(line[name]) is str for name in texts.split())
        assert type(line["resendCount"]) is int
        assert {type(value) for value in line["customFields"].values()} == {str}
        for name in ("reason", "networkCode", "subject", "dateReceived", "dateReported"):
            assert line[name] is None or type(line[name]) is str
        for name in ("dateCreated", "dateUpdated", "dateProcessed"):
            moment(line[name])


@pytest.mark.parametrize("field", ["autoTypeDetect", "replacement"])
def test_yes_and_no_are_sometimes_numbers(lines, field):
    kinds = Counter(type(line[field]) for line, _, _ in lines)

    assert set(kinds) == {bool, int}
    assert 0.2 < kinds[int] / len(lines) < 0.4
    assert {line[field] for line, _, _ in lines} <= {True, False}


def test_every_addressed_customer_has_one_message(originals, lines):
    company = Company(CUSTOMERS, seed=7)
    people, book = block(company, 0), contacts(company, 0)
    first, last = day_number(THURSDAYS[0]), day_number(THURSDAYS[-1])
    every = visits(company, people, book, first, last)
    sent = messages(company, people, book, every, first, last)
    chosen = (sent.channel == KAKAO) & ~sent.is_held_out
    expected = sorted(zip(sent.person[chosen].tolist(), sent.day[chosen].tolist(), strict=True))

    found = sorted(
        (person, day_number(moment(line["dateCreated"]).date()))
        for line, person, key in lines
        if not key.endswith("again by SMS")
    )
    assert found == expected
    assert len(originals) == len(expected)


def test_friend_talk_became_brand_messages(world, originals):
    day = date(2025, 9, 18)
    text = world.text("solapi", f"messages_{day}.jsonl", day, customers=600)
    before = [json.loads(line) for line in text.splitlines()]

    kinds = {line["type"] for line in before if line["type"] != "LMS"}
    assert kinds == {"CTA"}
    assert {line["type"] for line in originals} == {"BMS_TEXT"}
    assert {line["kakaoOptions"]["templateId"] is None for line in originals} == {False}


def test_numbers_have_no_country_code(lines):
    countries = Counter()
    for line, _, _ in lines:
        countries[line["country"]] += 1
        if line["country"] == "82":
            assert re.fullmatch(r"010[01]\d{7}", line["to"])
        else:
            number = phonenumbers.parse("+1" + line["to"])
            assert str(number.national_number)[3:6] == "555"
    assert countries["82"] > 50 * countries["1"] > 0


def test_advertisements_say_that_they_are(lines):
    for line, _, _ in lines:
        first, *_, sender, way_out = line["text"].split("\n")
        assert first.startswith("(광고) [단골마트] ")
        assert sender == "단골마트 고객센터 02-0100-1000"
        assert re.fullmatch(r"무료수신거부 080-000-070\d", way_out)


def test_variables_are_named_as_in_the_template(originals):
    for line in originals:
        options = line["kakaoOptions"]
        assert set(options) == {
            *("pfId", "templateId", "variables", "disableSms", "adFlag", "buttons")
        }
        name = options["variables"]["#{name}"]
        assert f"{name}님" in line["text"]
        assert options["adFlag"] is True
    themes = {line["kakaoOptions"]["variables"].get("#{category}") for line in originals}
    assert len(themes) > 1


def test_codes_and_reasons_are_the_vendors(originals, replacements):
    for line in (*originals, *replacements):
        assert line["reason"] == REASONS[line["statusCode"]]
    codes = Counter(line["statusCode"] for line in originals)
    assert set(codes) <= {"3000", "3102", "3104", "3108", "4000"}
    assert 0.88 < codes["4000"] / len(originals) < 0.97
    assert codes["3102"] > 0 < codes["3104"]
    assert {line["statusCode"] for line in replacements} <= {"3032", "3043", "3047", "4000"}
    assert 0.5 < Counter(line["statusCode"] for line in replacements)["4000"] / len(replacements)


def test_what_has_no_report_has_no_times_of_it(lines):
    for line, _, _ in lines:
        assert (line["dateReported"] is None) == (line["statusCode"] == "3000")
        assert (line["dateReceived"] is not None) == (line["statusCode"] == "4000")
        assert (line["status"] == "COMPLETE") == (line["statusCode"] != "3000")
        times = [line["dateCreated"], line["dateProcessed"], line["dateReported"]]
        known = [moment(time) for time in times if time]
        assert known == sorted(known)


def test_nothing_is_delivered_by_night(world):
    """3108 means that the message's turn came after 8 p.m."""
    text = "".join(
        world.text("solapi", f"messages_{day}.jsonl", day, customers=CUSTOMERS)
        for day in (date(2026, 5, 21), date(2026, 5, 28))
    )
    hours = defaultdict(set)
    for line in map(json.loads, text.splitlines()):
        korean = moment(line["dateProcessed"]) + timedelta(hours=9)
        hours[line["statusCode"] == "3108"].add(korean.hour)

    assert hours[True] == {20}
    assert hours[False] == {12}


def test_a_text_message_replaces_a_failed_one(lines):
    failed = {}
    for line, person, key in lines:
        day = key.split(" ")[1]
        if key.endswith("again by SMS"):
            original = failed[person, day]
            assert original["statusCode"] in {"3102", "3104"}
            assert original["kakaoOptions"]["disableSms"] is False
            for name in ("groupId", "accountId", "to", "from", "country", "customFields"):
                assert line[name] == original[name]
            assert line["messageId"] != original["messageId"]
            assert moment(original["dateReported"]) < moment(line["dateProcessed"])
            assert (line["type"], line["subject"]) == ("LMS", "(광고) 단골마트")
            assert line["kakaoOptions"] is None
            assert line["replacement"] == 1
        else:
            failed[person, day] = line
            assert line["replacement"] == 0


def test_only_those_who_allow_texts_get_one_instead(lines):
    book = contacts(Company(CUSTOMERS, seed=7), 0)
    replaced = {(person, key.split(" ")[1]) for _, person, key in lines if "again" in key}
    for line, person, key in lines:
        if line["statusCode"] in {"3102", "3104"} and "again" not in key:
            day = day_number(date.fromisoformat(key.split(" ")[1]))
            since, until = book.allowed_from[person, 2], book.allowed_until[person, 2]
            assert ((person, key.split(" ")[1]) in replaced) == (since <= day < until)


def test_ids_contain_the_time_in_korea(lines):
    ids = [line["messageId"] for line, _, _ in lines]
    assert len(set(ids)) == len(ids)
    for line, _, _ in lines:
        assert re.fullmatch(r"M4V\d{14}[0-9A-Z]{15}", line["messageId"])
        assert re.fullmatch(r"G4V\d{14}[0-9A-Z]{15}", line["groupId"])
        written = datetime.strptime(line["messageId"][3:17], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        created = moment(line["dateCreated"]).replace(microsecond=0)
        assert written - timedelta(hours=9) == created
    assert len({line["groupId"] for line, _, _ in lines}) == 3


def test_old_numbers_reach_strangers_or_no_one(lines):
    """It is the person's former number; the truth is the intended recipient."""
    book = contacts(Company(CUSTOMERS, seed=7), 0)
    old = [(line, person, key) for line, person, key in lines if key.split(" ")[2:3] == ["to"]]
    kinds = Counter(key.split(" ", 2)[2] for _, _, key in old)

    assert set(kinds) == {"to a stranger", "to a dead number"}
    for line, person, key in old:
        if not book.shares_phone[person] and line["country"] == "82":
            assert int(line["to"][3:]) == book.phone[person]
            assert book.phone_change_day[person] <= day_number(THURSDAYS[-1])
        if key.endswith("dead number"):
            assert line["statusCode"] == "3104"
    reached = [line["statusCode"] for line, _, key in old if key.endswith("stranger")]
    assert Counter(reached).most_common(1)[0][0] == "4000"


def test_a_day_alone_is_the_day_in_the_span(world, folders):
    day = THURSDAYS[1]
    folder, truth = world.write("solapi", day, customers=CUSTOMERS)
    name, records = f"messages_{day}.jsonl", f"records/{day}.parquet"

    assert (folder / name).read_bytes() == (folders[0] / name).read_bytes()
    assert (
        duckdb.sql(f"select * from '{truth / records}' order by all").fetchall()
        == duckdb.sql(f"select * from '{folders[1] / records}' order by all").fetchall()
    )


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_golden_files(world, name):
    golden(world, "solapi", name, GOLDEN_FILES[name])
