import csv
import io
import re
from collections import Counter
from datetime import date, datetime, timedelta

import duckdb
import phonenumbers
import pytest
from email_validator import validate_email

from simulator.systems.salesforce_ids import MACROS
from tests.simulator.golden_files import golden

SATURDAY = date(2026, 3, 14)
FIRST = date(2026, 4, 1)
WEEK = (date(2026, 3, 29), date(2026, 4, 5))
HEADER = (
    "Id,IsDeleted,MasterRecordId,AccountId,LastName,FirstName,Salutation,Name,MailingStreet,"
    "MailingCity,MailingState,MailingPostalCode,MailingCountry,Phone,Fax,MobilePhone,HomePhone,"
    "Email,Title,Department,LeadSource,Birthdate,Description,OwnerId,HasOptedOutOfEmail,DoNotCall,"
    "CreatedDate,LastModifiedDate,SystemModstamp,EmailBouncedReason,EmailBouncedDate,IndividualId"
).split(",")
REPORT_HEADER = (
    "First Name,Last Name,Email,Phone,Account Name,Mailing City,Mailing State/Province,"
    "Mailing Zip/Postal Code"
).split(",")
TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.000Z")
GOLDEN_FILES = {
    "Contact_2026-08-01.csv": date(2026, 8, 1),
    "contacts_report_2026-08-01.csv": date(2026, 8, 1),
}


def name_of(day):
    return f"Contact_{day}.csv"


def read(world, day, **parameters):
    text = world.text("salesforce", name_of(day), day, **parameters)
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture(scope="module")
def rows(world):
    return read(world, SATURDAY, customers=4000)


@pytest.fixture(scope="module")
def mistakes(world):
    _, truth = world.write("salesforce", SATURDAY, customers=4000)
    return duckdb.sql(
        f"select row, name, clean from '{truth}/mistakes/{SATURDAY}.parquet' order by all"
    ).fetchall()


@pytest.mark.parametrize(
    ("short", "suffix"),
    [
        ("001A0000006Vm9r", "IAC"),  # from Salesforce's own responses
        ("003A0000005QB3A", "IAW"),
        ("003A0000008qb1s", "IAA"),
        ("00D50000000IZ3Z", "EAW"),
        ("0019000000B98de", "AAB"),
        ("701AbC00000000Z", "IBQ"),
        ("701000000000001", "AAA"),
    ],
)
def test_fifteen_letters_get_the_three_that_salesforce_gives_them(short, suffix):
    with duckdb.connect() as connection:
        connection.execute(MACROS)
        found = connection.execute("select salesforce_long_id(?)", [short]).fetchone()
    assert found == (short + suffix,)


def test_numbers_become_digits_to_the_base_of_62():
    with duckdb.connect() as connection:
        connection.execute(MACROS)
        found = connection.execute("""
            select salesforce_id('003', number) from range(0, 200, 61) as numbers(number)
            union all select salesforce_id('001', 916132831)
        """).fetchall()
    assert found == [
        ("0035g0000000000AAA",),
        ("0035g000000000zAAA",),
        ("0035g000000001yAAA",),
        ("0035g000000002xAAA",),
        ("0015g00000zzzzzAAA",),
    ]


def test_the_header_is_that_of_the_data_loader_and_every_value_is_quoted(world, rows):
    text = world.text("salesforce", name_of(SATURDAY), SATURDAY, customers=4000)
    assert text.splitlines()[0] == ",".join(f'"{name}"' for name in HEADER)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, HEADER, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    assert out.getvalue() == text


def test_the_file_comes_on_saturdays_and_the_report_on_the_first(world):
    folder, _ = world.write("salesforce", *WEEK)
    assert sorted(path.name for path in folder.iterdir()) == [
        "Contact_2026-04-04.csv",
        "contacts_report_2026-04-01.csv",
    ]


def test_the_day_alone_has_the_bytes_of_the_day_in_its_week(world):
    alone = world.text("salesforce", "Contact_2026-04-04.csv", date(2026, 4, 4))
    assert alone == world.text("salesforce", "Contact_2026-04-04.csv", *WEEK)


def test_ids_have_eighteen_letters_with_their_check(rows):
    with duckdb.connect() as connection:
        connection.execute(MACROS)
        for column, kind in (
            ("Id", "003"),
            ("MasterRecordId", "003"),
            ("AccountId", "001"),
            ("OwnerId", "005"),
            ("IndividualId", "0PK"),
        ):
            ids = {row[column] for row in rows} - {""}
            assert ids
            for text in ids:
                assert re.fullmatch(kind + r"[0-9A-Za-z]{12}[A-Z0-5]{3}", text)
            differing = connection.execute(
                """
                select id from (select unnest(?::varchar[]) as id)
                where salesforce_long_id(substr(id, 1, 15)) <> id
                """,
                [sorted(ids)],
            ).fetchall()
            assert differing == []
    assert len({row["Id"] for row in rows}) == len(rows)
    assert len({row["Id"].upper() for row in rows}) == len(rows)
    assert len({row["AccountId"] for row in rows}) == 30


def test_losers_of_merges_are_deleted_and_name_the_winner(world, rows):
    by_id = {row["Id"]: row for row in rows}
    _, truth = world.write("salesforce", SATURDAY, customers=4000)
    person = dict(
        duckdb.sql(f"select row, person from '{truth}/records/{SATURDAY}.parquet'").fetchall()
    )
    person_of = {row["Id"]: person[place] for place, row in enumerate(rows, 1)}
    losers = [row for row in rows if row["MasterRecordId"]]
    assert len(losers) >= 8
    for row in rows:
        assert row["IsDeleted"] == ("true" if row["MasterRecordId"] else "false")
    for row in losers:
        winner = by_id[row["MasterRecordId"]]
        assert winner["IsDeleted"] == "false"
        assert winner["Email"] != row["Email"]
        assert winner["LastModifiedDate"] >= row["LastModifiedDate"][:10]
        assert person_of[winner["Id"]] == person_of[row["Id"]]
    assert sum(row["CreatedDate"] < by_id[row["MasterRecordId"]]["CreatedDate"] for row in losers)


def test_times_are_utc_with_milliseconds_and_in_order(rows):
    for row in rows:
        created, modified, stamp = (
            row[name] for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")
        )
        assert all(TIME.fullmatch(text) for text in (created, modified, stamp))
        assert created <= modified <= stamp < "2026-03-14T15:00:00.000Z"
        if row["EmailBouncedDate"]:
            assert TIME.fullmatch(row["EmailBouncedDate"])
            assert created < row["EmailBouncedDate"]
        assert bool(row["EmailBouncedDate"]) == bool(row["EmailBouncedReason"])
    assert any(row["SystemModstamp"] > row["LastModifiedDate"] for row in rows)
    # people work in Korea's daytime, which is UTC's night and morning
    hours = Counter(row["CreatedDate"][11:13] for row in rows)
    assert set(hours) == {f"{hour:02d}" for hour in (23, *range(14))}


def test_yes_and_no_are_true_and_false(rows):
    for column in ("IsDeleted", "HasOptedOutOfEmail", "DoNotCall"):
        assert {row[column] for row in rows} == {"true", "false"}


def test_streets_have_line_ends_in_them(world, rows):
    two_lines = [row["MailingStreet"] for row in rows if "\n" in row["MailingStreet"]]
    assert len(two_lines) > 100
    assert all(re.fullmatch(r".+\d+\n\d+동 \d+호", street) for street in two_lines)
    text = world.text("salesforce", name_of(SATURDAY), SATURDAY, customers=4000)
    assert text.count("\n") > len(rows) + 100


def test_quotes_inside_a_value_come_back(rows):
    assert '"문 앞에 놓아 주세요" 요청' in {row["Description"] for row in rows}


def test_cleared_values_are_empty_and_quoted(world, rows):
    text = world.text("salesforce", name_of(SATURDAY), SATURDAY, customers=4000)
    assert ',"",' in text
    assert ",," not in text
    assert {row["Fax"] for row in rows} == {""}


def test_numbers_can_be_read_and_are_in_different_columns(rows):
    used = Counter()
    for row in rows:
        for column in ("Phone", "MobilePhone", "HomePhone"):
            if text := row[column]:
                used[column] += 1
                number = phonenumbers.parse(text.replace(".", "-"), "KR")
                plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
                assert re.fullmatch(r"\+8210[01]\d{7}|\+1\d{3}55501\d\d", plain)
    assert used["MobilePhone"] > used["Phone"] > 100 > used["HomePhone"] > 0


def test_the_last_name_is_never_empty_and_sometimes_the_whole_name(rows):
    assert all(row["LastName"] for row in rows)
    assert all(row["Name"] == f"{row['FirstName']} {row['LastName']}".strip() for row in rows)
    alone = [row["LastName"] for row in rows if not row["FirstName"]]
    assert len(alone) > 30
    assert all(re.fullmatch(r"[가-힣]{3,4}", name) for name in alone)


def test_mistakes_of_clerks_are_in_the_truth(rows, mistakes):
    counted = Counter(name for _, name, _ in mistakes)
    assert set(counted) == {
        "FirstName",
        "Name",
        "Email",
        "Phone",
        "MobilePhone",
        "Birthdate",
        "MailingPostalCode",
    }
    for place, name, clean in mistakes:
        row = rows[place - 1]
        assert row[name] != clean
        if name == "MailingPostalCode":
            assert "0" + row[name] == clean
        if name == "Birthdate":
            year, month, day = clean.split("-")
            assert row[name] in {"1900-01-01", f"{year}-{day}-{month}"}
    assert {row["Birthdate"] for row in rows} >= {"", "1900-01-01"}


def test_emails_are_well_formed(rows):
    for row in rows:
        validate_email(row["Email"], check_deliverability=False, test_environment=True)


def test_a_clean_company_makes_no_mistakes(world):
    _, truth = world.write("salesforce", SATURDAY, dirty=False)
    assert duckdb.sql(f"select * from '{truth}/mistakes/{SATURDAY}.parquet'").fetchall() == []


def test_the_report_has_labels_and_omits_deleted_contacts(world):
    text = world.text("salesforce", f"contacts_report_{FIRST}.csv", *WEEK)
    assert text.splitlines()[0] == ",".join(f'"{label}"' for label in REPORT_HEADER)
    report = list(csv.DictReader(io.StringIO(text)))
    assert all(re.fullmatch(r"Dangol Mart \S.* members", row["Account Name"]) for row in report)

    after = FIRST + timedelta(days=3)
    assert after.weekday() == 5
    kept = [row for row in read(world, after) if row["IsDeleted"] == "false"]
    new = [row for row in kept if row["CreatedDate"] > "2026-04-01T15"]
    labels = Counter((row["Last Name"], row["Email"]) for row in report)
    names = Counter((row["LastName"], row["Email"]) for row in kept if row not in new)
    # the contacts merged in the three days in between
    assert names <= labels
    assert sum((labels - names).values()) <= 2


def test_the_older_contact_of_a_person_is_there_before_the_newer_one(world):
    early = date(2025, 5, 3)
    older = {row["Id"] for row in read(world, early, customers=4000)}
    newer = read(world, SATURDAY, customers=4000)
    assert older < {row["Id"] for row in newer}
    for row in newer:
        created = datetime.fromisoformat(row["CreatedDate"]) + timedelta(hours=9)
        assert (row["Id"] in older) == (created.date() <= early)


@pytest.mark.parametrize(("name", "day"), GOLDEN_FILES.items())
def test_the_file_is_what_was_read_by_hand(world, name, day):
    golden(world, "salesforce", name, day)
