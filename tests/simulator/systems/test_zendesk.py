import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import duckdb
import pytest
from email_validator import validate_email

from simulator import data
from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 22)
CUSTOMERS = 3000
GOLDEN_FILES = {
    "tickets_2026-04-16.ndjson": date(2026, 4, 16),
    "users_2026-04-19.ndjson": date(2026, 4, 19),
}
FIELDS = (
    "url id external_id created_at updated_at type subject raw_subject description priority status"
    " recipient requester_id submitter_id assignee_id organization_id group_id collaborator_ids"
    " follower_ids forum_topic_id problem_id has_incidents is_public due_at tags custom_fields"
    " satisfaction_rating via brand_id ticket_form_id followup_ids sharing_agreement_ids comments"
    " metric_set"
).split()
USER_FIELDS = (
    "id url name email created_at updated_at time_zone iana_time_zone phone locale organization_id"
    " role verified external_id tags alias active shared suspended notes details"
).split()
STATUSES = ["new", "open", "pending", "hold", "solved", "closed"]


def days():
    return [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]


def read(world, name):
    text = world.text("zendesk", name, FIRST, LAST, customers=CUSTOMERS)
    return [json.loads(line) for line in text.splitlines()]


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def nights(world):
    """Tickets by the day of their file."""
    return {day: read(world, f"tickets_{day}.ndjson") for day in days()}


@pytest.fixture(scope="module")
def tickets(nights):
    return [ticket for night in nights.values() for ticket in night]


@pytest.fixture(scope="module")
def users(world):
    return [user for day in days()[6::7] for user in read(world, f"users_{day}.ndjson")]


@pytest.fixture(scope="module")
def truth(world):
    return world.write("zendesk", FIRST, LAST, customers=CUSTOMERS)[1]


def test_a_ticket_has_all_fields_and_their_types(tickets):
    assert len(tickets) > 100
    for ticket in tickets:
        assert list(ticket) == FIELDS
        assert type(ticket["id"]) is type(ticket["requester_id"]) is int
        assert ticket["has_incidents"] is False
        assert ticket["is_public"] is True
        assert ticket["raw_subject"] == ticket["subject"]
        assert ticket["status"] in STATUSES
        assert ticket["type"] in {"question", "incident", "problem", "task", None}
        assert ticket["priority"] in {"urgent", "high", "normal", "low", None}
        for name in ("collaborator_ids", "follower_ids", "followup_ids", "sharing_agreement_ids"):
            assert ticket[name] == []
        assert moment(ticket["created_at"]) <= moment(ticket["updated_at"])


def test_what_is_nested_is_nested(tickets):
    for ticket in tickets:
        assert list(ticket["satisfaction_rating"]) == ["id", "score", "comment", "reason"]
        assert list(ticket["via"]) == ["channel", "source"]
        assert list(ticket["via"]["source"]) == ["from", "to", "rel"]
        assert all(list(field) == ["id", "value"] for field in ticket["custom_fields"])
        for comment in ticket["comments"]:
            assert list(comment) == [
                *("id", "author_id", "body", "html_body", "public", "created_at")
            ]
        assert ticket["comments"][0]["body"] == ticket["description"]
        assert ticket["metric_set"]["ticket_id"] == ticket["id"]
        assert set(ticket["metric_set"]["reply_time_in_minutes"]) == {"calendar", "business"}
    values = {type(each["value"]) for ticket in tickets for each in ticket["custom_fields"]}
    assert values == {str, bool, type(None)}


def test_a_file_contains_what_changed_on_its_day(nights):
    for day, night in nights.items():
        for ticket in night:
            in_korea = moment(ticket["updated_at"]) + timedelta(hours=9)
            assert in_korea.date() == day
        assert len({ticket["id"] for ticket in night}) == len(night)
        assert night == sorted(night, key=lambda each: (each["updated_at"], each["id"]))


def test_a_ticket_comes_again_until_it_is_closed(tickets):
    lives = defaultdict(list)
    for ticket in tickets:
        lives[ticket["id"]].append(ticket)
    whole = [
        life
        for life in lives.values()
        if FIRST <= moment(life[0]["created_at"]).date() <= LAST - timedelta(days=8)
    ]
    assert len(whole) > 20
    closed = 0
    for life in whole:
        assert len({(each["created_at"], each["requester_id"]) for each in life}) == 1
        assert len({each["description"] for each in life}) == 1
        comments = [len(each["comments"]) for each in life]
        assert comments == sorted(comments)
        ranks = [
            ("new", "open", "pending", "hold", "solved", "closed").index(each["status"])
            for each in life
        ]
        solved = [rank for rank in ranks if rank >= STATUSES.index("solved")]
        assert solved == ranks[len(ranks) - len(solved) :]
        scores = ["unoffered", "offered", "bad", "good"]
        found = [scores.index(each["satisfaction_rating"]["score"]) for each in life]
        assert found == sorted(found)
        closed += life[-1]["status"] == "closed"
    assert 0.75 < closed / len(whole) < 1


def test_ids_rise_with_time(tickets):
    created = {ticket["id"]: ticket["created_at"] for ticket in tickets}
    assert sorted(created) == sorted(created, key=created.get)


def test_customers_rate_their_tickets(tickets, truth):
    last = {ticket["id"]: ticket["satisfaction_rating"] for ticket in tickets}
    scores = {rating["score"] for rating in last.values()}
    assert scores == {"unoffered", "offered", "good", "bad"}
    for rating in last.values():
        assert (rating["id"] is None) == (rating["score"] == "unoffered")
        assert rating["comment"] is None or rating["score"] in {"good", "bad"}
        assert rating["reason"] is None or rating["score"] == "bad"


def test_times_to_reply_are_those_of_the_comments(tickets):
    for ticket in tickets:
        replies = [
            each
            for each in ticket["comments"]
            if each["public"] and each["author_id"] == ticket["assignee_id"]
        ]
        if replies and ticket["requester_id"] != ticket["assignee_id"]:
            waited = moment(replies[0]["created_at"]) - moment(ticket["created_at"])
            minutes = ticket["metric_set"]["reply_time_in_minutes"]
            assert abs(minutes["calendar"] - waited.total_seconds() / 60) <= 1
            assert minutes["business"] <= minutes["calendar"]
            assert 9 <= (moment(replies[0]["created_at"]) + timedelta(hours=9)).hour < 21


def test_mail_has_its_senders_address(tickets):
    mails = [ticket["via"] for ticket in tickets if ticket["via"]["channel"] == "email"]
    assert mails
    for via in mails:
        validate_email(via["source"]["from"]["address"], check_deliverability=False,
                       test_environment=True)  # fmt: skip
        assert via["source"]["to"]["address"] == "help@dangolmart.example"
    others = [ticket["via"] for ticket in tickets if ticket["via"]["channel"] != "email"]
    assert {via["channel"] for via in others} == {"web", "native_messaging"}
    assert all(via["source"] == {"from": {}, "to": {}, "rel": None} for via in others)


def test_lines_end_only_where_tickets_end_and_text_is_escaped(world, tickets):
    assert any("\n" in ticket["description"] for ticket in tickets)
    assert any("<br>" in ticket["comments"][0]["html_body"] for ticket in tickets)
    assert any('"' in each["body"] for ticket in tickets for each in ticket["comments"])
    for ticket in tickets:
        for comment in ticket["comments"]:
            inner = comment["html_body"].removeprefix('<div class="zd-comment" dir="auto"><p>')
            inner = inner.removesuffix("</p></div>").replace("<br>", "\n")
            assert "<" not in inner
            unescaped = inner.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            assert unescaped == comment["body"]


def test_a_few_tickets_contain_what_must_never_be_stored(world, truth, nights):
    flagged = duckdb.sql(
        f"""select records.file, records.row, json_extract_string(key, '$.forbidden'), clean
        from '{truth}/records/*.parquet' as records
        left join '{truth}/mistakes/*.parquet' as mistakes
            on records.file = mistakes.file and records.row = mistakes.row
        where records.file like 'tickets%'"""
    ).fetchall()
    found = Counter()
    for file, row, forbidden, clean in flagged:
        ticket = nights[date.fromisoformat(file[8:18])][row - 1]
        text = clean or ticket["description"]
        assert ("4111 1111 1111 1111" in text) == (forbidden == "card")
        assert ("991332-1234567" in text) == (forbidden == "resident number")
        found[forbidden] += 1
    assert set(found) == {None, "card", "resident number"}
    assert found[None] > 0.88 * len(flagged)


def test_what_must_never_be_stored_looks_real_and_is_made_up():
    digits = [int(digit) for digit in "4111111111111111"]
    assert sum(d if n % 2 else sum(divmod(2 * d, 10)) for n, d in enumerate(digits)) % 10 == 0
    assert re.fullmatch(r"\d{6}-?[1-4]\d{6}", "991332-1234567")
    with pytest.raises(ValueError, match="unconverted data"):
        datetime.strptime("991332", "%y%m%d")


def test_the_staff_tests_the_form(tickets):
    tests = [ticket for ticket in tickets if ticket["tags"] == ["test"]]
    assert any(ticket["subject"].startswith("TEST") for ticket in tests)
    others = [ticket["tags"] for ticket in tickets if ticket["tags"] != ["test"]]
    topics = data.tree("texts/reactions")["sarcastic"]["ko"]
    assert all(tags[0] in topics and tags[1] in {"ko", "en"} for tags in others)


def test_users_come_on_sundays_with_the_weeks_requesters(world, nights):
    folder, _ = world.write("zendesk", FIRST, LAST, customers=CUSTOMERS)
    sundays = [date(2026, 3, 8), date(2026, 3, 15), date(2026, 3, 22)]
    assert sorted(path.name for path in folder.glob("users*")) == [
        f"users_{day}.ndjson" for day in sundays
    ]
    for sunday in sundays:
        known = {user["id"] for user in read(world, f"users_{sunday}.ndjson")}
        for day in (sunday - timedelta(days=each) for each in range(7)):
            for ticket in nights[day]:
                in_korea = moment(ticket["created_at"]) + timedelta(hours=9)
                if sunday - timedelta(days=7) < in_korea.date() <= sunday:
                    assert ticket["requester_id"] in known
                assert ticket["assignee_id"] is None or ticket["assignee_id"] in known


def test_a_user_has_all_fields(users):
    for user in users:
        assert list(user) == USER_FIELDS
        assert user["role"] in {"end-user", "agent", "admin"}
        assert moment(user["created_at"]) <= moment(user["updated_at"])
        assert user["external_id"] is None or user["external_id"].startswith("7210")
    phones = {user["phone"] for user in users}
    assert None in phones
    assert len({len(phone) for phone in phones if phone}) > 1  # written in several ways
    assert len([user for user in users if user["role"] != "end-user"]) == 3 * 9


def test_a_mistyped_address_makes_another_user(world, truth):
    found = duckdb.sql(
        f"select file, row, clean from '{truth}/mistakes/*.parquet' where file like 'users%'"
    ).fetchall()
    for file, row, clean in found:
        user = read(world, file)[row - 1]
        assert user["email"] != clean
        assert user["id"] > 22_000_000_000_000
        assert not user["verified"]


def test_the_truth_knows_who_asked_and_how_it_was_meant(world, truth, nights):
    for day, night in list(nights.items())[:7]:
        records = duckdb.sql(
            f"""select person, key from '{truth}/records/{day}.parquet'
            where file like 'tickets%' order by row"""
        ).fetchall()
        assert len(records) == len(night)
        for (person, key), ticket in zip(records, night, strict=True):
            if person is None:
                assert ticket["tags"] == ["test"]
            else:
                assert ticket["tags"] == ["test"] or json.loads(key)["topic"] == ticket["tags"][0]
    mistyped = duckdb.sql(
        f"""select file, row, clean from '{truth}/mistakes/*.parquet'
        where file like 'tickets%' and name = 'description'"""
    ).fetchall()
    assert mistyped
    for file, row, clean in mistyped:
        assert nights[date.fromisoformat(file[8:18])][row - 1]["description"] != clean


def test_the_day_alone_has_the_bytes_of_the_day_in_its_weeks(world):
    day = date(2026, 3, 15)
    for name in (f"tickets_{day}.ndjson", f"users_{day}.ndjson"):
        alone = world.text("zendesk", name, day, customers=CUSTOMERS)
        assert alone == world.text("zendesk", name, FIRST, LAST, customers=CUSTOMERS)


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_the_one_that_was_read(world, name):
    golden(world, "zendesk", name, GOLDEN_FILES[name], customers=600)
