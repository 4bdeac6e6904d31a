"""Lists of people who want no more messages, compared with ledger, Braze and true permissions."""

import csv
import re
from datetime import UTC, date, datetime, timedelta

import duckdb
import fastavro
import phonenumbers
import pytest
from email_validator import validate_email

from simulator.company import Company, day_number
from simulator.draws import shuffled
from simulator.world.contacts import PHONES, contacts
from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 7)
CUSTOMERS = 4000
SUNDAY = FIRST
NUMBER, WHEN, CHANNEL, FREE, CAMPAIGN, TITLE, REASON = (
    *("수신거부번호", "수신거부일시", "채널", "080번호", "캠페인ID", "캠페인명", "사유"),
)


def read(world, system, name, encoding="utf-8", first=FIRST, last=LAST, **parameters):
    """Read the rows of a file, with the person and the first column's correct value."""
    folder, truth = world.write(system, first, last, **({"customers": CUSTOMERS} | parameters))
    with (folder / name).open(encoding=encoding, newline="") as file:
        rows = list(csv.DictReader(file))
    day = name[-14:-4]
    known = duckdb.sql(
        f"""select person, clean from '{truth}/records/{day}.parquet' as records
        left join '{truth}/mistakes/{day}.parquet' as mistakes using (file, row)
        where file = '{name}' order by row"""
    ).fetchall()
    return [
        row | {"day": day_number(date.fromisoformat(day)), "person": person, "clean": clean}
        for row, (person, clean) in zip(rows, known, strict=True)
    ]


def week(world, system, name, encoding="utf-8", **parameters):
    return [
        row
        for number in range(7)
        for row in read(
            world, system, f"{name}_{FIRST + timedelta(days=number)}.csv", encoding, **parameters
        )
    ]


@pytest.fixture(scope="module")
def emails(world):
    return week(world, "unsubscribes", "email_unsubscribes")


@pytest.fixture(scope="module")
def numbers(world):
    return week(world, "unsubscribes", "sms_refusals", "cp949")


@pytest.fixture(scope="module")
def uncalled(world):
    return read(world, "unsubscribes", f"do_not_call_{SUNDAY}.csv")


@pytest.fixture(scope="module")
def ledger(world):
    """The withdrawals in the consent ledger: time, subject, channel."""
    return {
        (row["person"], row["channel"]): row
        for row in week(world, "consents", "consents")
        if row["status"] == "withdrawn" and row["purpose"] == "marketing"
    }


def test_columns(world):
    folder, _ = world.write("unsubscribes", FIRST, LAST, customers=CUSTOMERS)
    heads = {
        path.name: path.read_bytes().split(b"\n")[0].decode("cp949") for path in folder.iterdir()
    }
    expected = {f"do_not_call_{SUNDAY}.csv": "phone,registered_on,reason"}
    for number in range(7):
        day = FIRST + timedelta(days=number)
        expected[f"email_unsubscribes_{day}.csv"] = (
            "email,unsubscribed_at,campaign_id,campaign_name,method,reason"
        )
        expected[f"sms_refusals_{day}.csv"] = (
            "수신거부번호,수신거부일시,채널,080번호,캠페인ID,캠페인명,사유\r"
        )
    assert heads == expected


def test_the_sms_tool_writes_cp949_with_line_ends_of_windows(world):
    folder, _ = world.write("unsubscribes", FIRST, LAST, customers=CUSTOMERS)
    content = (folder / f"sms_refusals_{FIRST}.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_everyone_who_withdraws_is_on_a_list(emails, numbers, ledger):
    listed = {(row["person"], "email") for row in emails}
    listed |= {
        (row["person"], {"문자": "sms", "카카오톡": "kakao"}[row[CHANNEL]]) for row in numbers
    }
    assert listed == {key for key in ledger if key[1] in {"email", "sms", "kakao"}}
    assert len(listed) == len(emails) + len(numbers)


def test_lists_and_ledger_agree_on_the_time(emails, numbers, ledger):
    for row in emails:
        at = datetime.fromisoformat(row["unsubscribed_at"]).replace(tzinfo=UTC)
        assert at == datetime.fromisoformat(ledger[row["person"], "email"]["occurred_at"])
    for row in numbers:
        channel = {"문자": "sms", "카카오톡": "kakao"}[row[CHANNEL]]
        at = datetime.fromisoformat(row[WHEN] + "+09:00")
        assert at == datetime.fromisoformat(ledger[row["person"], channel]["occurred_at"])


def test_the_link_in_the_mail_is_the_ledgers_collection_point(emails, ledger):
    methods = {row["method"] for row in emails}
    assert methods <= {"link", "list_unsubscribe_header", "spam_complaint", "preference_centre"}
    for row in emails:
        by_link = ledger[row["person"], "email"]["collection_point"] == "unsubscribe_link"
        assert by_link == (row["method"] != "preference_centre")
        assert bool(row["campaign_id"]) == (row["method"] in {"link", "spam_complaint"})
        assert bool(row["campaign_id"]) == bool(row["campaign_name"])
        assert not row["reason"] or row["method"] == "link"


def test_braze_has_the_same_campaigns(world, emails):
    folder, _ = world.write("braze", FIRST, LAST, customers=CUSTOMERS)
    told = set()
    for name in ("Unsubscribe", "MarkAsSpam"):
        for path in folder.glob(f"users.messages.email.{name}_*.avro"):
            with path.open("rb") as file:
                told |= {(row["time"], row["campaign_id"]) for row in fastavro.reader(file)}
    listed = {
        (
            int(datetime.fromisoformat(row["unsubscribed_at"] + "+00:00").timestamp()),
            row["campaign_id"],
        )
        for row in emails
        if row["campaign_id"]
    }
    assert listed
    assert listed <= told


def test_addresses_are_valid_and_other_spellings_known(emails):
    for row in emails:
        validate_email(row["email"], check_deliverability=False, globally_deliverable=False)
        if row["clean"]:
            assert row["email"] != row["clean"]
            is_forwarded = row["email"].endswith("@forward.example.org")
            assert is_forwarded or row["email"].lower() == row["clean"]
        else:
            assert row["email"] == row["email"].lower()
    assert any(row["clean"] for row in emails)


def test_numbers_lose_their_zero_in_the_truth_too(numbers):
    for row in numbers:
        if row["clean"]:
            assert row["clean"] == "0" + row[NUMBER]
        else:
            assert re.fullmatch(r"010[01]\d{7}|1\d{10}", row[NUMBER])
    assert any(row["clean"] for row in numbers)


def test_only_texts_have_a_number_to_refuse_them_by(numbers):
    for row in numbers:
        assert bool(row[FREE]) == (row[CHANNEL] == "문자")
        assert row[REASON] in {"080 무료수신거부", "고객센터 요청", "채널 차단"}
        assert (row[REASON] == "채널 차단") == (row[CHANNEL] == "카카오톡")
        assert bool(row[CAMPAIGN]) == bool(row[TITLE])


def test_the_call_centre_lists_its_numbers_on_sundays_with_strangers(uncalled):
    company = Company(CUSTOMERS, seed=7)
    book, day = contacts(company, 0), day_number(SUNDAY)
    taken = {
        number
        for numbers in (book.phone.tolist(), book.second_phone.tolist())
        for number in numbers
    }
    strangers = [row for row in uncalled if row["person"] is None]
    assert len(strangers) > 3
    for row in strangers:
        assert row["reason"] == "not_a_customer"
        assert int(row["phone"].replace("-", "")[3:]) not in taken
    for row in uncalled:
        assert phonenumbers.is_valid_number(phonenumbers.parse(row["phone"], "KR"))
        since = day_number(date.fromisoformat(row["registered_on"]))
        assert since <= day
        if row["person"] is not None:
            assert since == book.allowed_until[row["person"], 2]
    assert [row["registered_on"] for row in uncalled] == sorted(
        row["registered_on"] for row in uncalled
    )


def test_strangers_are_no_customers_in_a_world_of_any_size():
    first = shuffled(2 * 4000, PHONES, 7)
    assert first not in shuffled(range(2 * 4000), PHONES, 7)


def test_a_clean_world_has_no_typing_errors(world):
    _, truth = world.write("unsubscribes", FIRST, LAST, customers=CUSTOMERS, dirty=False)
    assert duckdb.sql(f"select count(*) from '{truth}/mistakes/*.parquet'").fetchone() == (0,)


@pytest.mark.parametrize("name", ["email_unsubscribes", "sms_refusals", "do_not_call"])
def test_a_day_alone_has_the_same_bytes_as_within_a_week(world, name):
    last = SUNDAY + timedelta(days=3)
    day = SUNDAY if name == "do_not_call" else last
    alone, _ = world.write("unsubscribes", day, customers=CUSTOMERS)
    within, _ = world.write("unsubscribes", FIRST, LAST, customers=CUSTOMERS)
    name = f"{name}_{day}.csv"
    assert (alone / name).read_bytes() == (within / name).read_bytes()


@pytest.mark.parametrize(
    ("name", "day", "customers"),
    [
        ("email_unsubscribes", date(2026, 3, 4), 6000),
        ("sms_refusals", date(2026, 2, 26), 6000),
        ("do_not_call", SUNDAY, 400),
    ],
)
def test_golden_files(world, name, day, customers):
    golden(world, "unsubscribes", f"{name}_{day}.csv", day, customers=customers)
