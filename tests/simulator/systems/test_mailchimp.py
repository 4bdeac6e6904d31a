import csv
import hashlib
import io
import ipaddress
import re
from collections import Counter
from datetime import date, datetime, timedelta

import duckdb
import phonenumbers
import pytest
from email_validator import validate_email

from tests.simulator.golden_files import golden

LETTER = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)
WEEK = (date(2026, 3, 1), date(2026, 3, 7))
HEADER = (
    "Email Address,First Name,Last Name,Address,Phone Number,Birthday,MEMBER_RATING,OPTIN_TIME,"
    "OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,"
    "LAST_CHANGED,LEID,EUID,NOTES,TAGS"
).split(",")
UNSUBSCRIBED = (
    "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER"
).split(",")
CLEANED = ["CLEAN_TIME", "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID"]
ACTIVITY = ["action", "campaign_id", "member_id", "timestamp", "bounce_type", "ip", "url"]
TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
DOCUMENTATION = [
    ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]
GOLDEN_FILES = {
    "subscribed_members_export_abd4b38220.csv": (date(2026, 8, 7), 400),
    "unsubscribed_members_export_abd4b38220.csv": (date(2026, 8, 7), 400),
    "cleaned_members_export_abd4b38220.csv": (date(2026, 8, 7), 1500),
    "campaign_recipient_activity_2026-08-03.csv": (date(2026, 8, 3), 1500),
}


def find(world, status):
    folder, _ = world.write("mailchimp", *WEEK, customers=4000)
    (path,) = folder.glob(f"{status}_members_export_*.csv")
    return path


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


@pytest.fixture(scope="module")
def members(world):
    return {
        status: read(find(world, status)) for status in ("subscribed", "unsubscribed", "cleaned")
    }


@pytest.fixture(scope="module")
def everyone(members):
    return [row for rows in members.values() for row in rows]


@pytest.fixture(scope="module")
def activity(world):
    folder, _ = world.write("mailchimp", *WEEK, customers=4000)
    days = (WEEK[0] + timedelta(days=number) for number in range(7))
    return {day: read(folder / f"campaign_recipient_activity_{day}.csv") for day in days}


def campaign_id(day):
    number = (day - date(1970, 1, 1)).days
    return hashlib.md5(f"mailchimp letter {number}".encode()).hexdigest()[:10]  # noqa: S324


def test_each_status_has_a_file_and_its_own_columns(world):
    headers = {
        status: find(world, status).read_text(encoding="utf-8").splitlines()[0].split(",")
        for status in ("subscribed", "unsubscribed", "cleaned")
    }
    place = HEADER.index("LEID")
    assert headers == {
        "subscribed": HEADER,
        "unsubscribed": HEADER[:place] + UNSUBSCRIBED + HEADER[place:],
        "cleaned": HEADER[:place] + CLEANED + HEADER[place:],
    }


def test_files_are_named_by_status_and_one_hash_for_the_night(world):
    names = [find(world, status).name for status in ("subscribed", "unsubscribed", "cleaned")]
    hashes = {re.fullmatch(r"[a-z]+_members_export_([0-9a-f]{10})\.csv", name)[1] for name in names}
    assert len(hashes) == 1
    folder, _ = world.write("mailchimp", *WEEK, customers=4000)
    assert len(list(folder.iterdir())) == 7 + 3


def test_the_day_alone_has_the_bytes_of_the_day_in_its_week(world):
    alone, _ = world.write("mailchimp", FRIDAY, customers=4000)
    week, _ = world.write("mailchimp", *WEEK, customers=4000)
    names = sorted(path.name for path in alone.iterdir())
    assert len(names) == 4
    for name in names:
        assert (alone / name).read_bytes() == (week / name).read_bytes()


def test_a_member_is_in_one_file_only_and_its_ids_are_unique(everyone):
    assert len(everyone) > 400
    for column in ("LEID", "EUID", "Email Address"):
        assert len({row[column] for row in everyone}) == len(everyone)
    assert all(re.fullmatch(r"\d+", row["LEID"]) for row in everyone)
    assert all(re.fullmatch(r"[0-9a-f]{10}", row["EUID"]) for row in everyone)


def test_times_have_no_zone_and_are_in_order(everyone):
    for row in everyone:
        assert TIME.fullmatch(row["CONFIRM_TIME"])
        assert TIME.fullmatch(row["LAST_CHANGED"])
        # the night ends at 15:00 UTC
        assert row["CONFIRM_TIME"] <= row["LAST_CHANGED"] < "2026-03-06 15:00:00"
        if row["OPTIN_TIME"]:
            assert TIME.fullmatch(row["OPTIN_TIME"])
            assert row["OPTIN_TIME"] < row["CONFIRM_TIME"]
    hours = {row["OPTIN_TIME"][11:13] for row in everyone} - {""}
    assert hours == {f"{hour:02d}" for hour in (23, *range(14))}


def test_an_imported_member_has_no_opt_in(everyone):
    imported = [row for row in everyone if not row["OPTIN_TIME"]]
    assert len(imported) > 50
    for row in imported:
        assert row["OPTIN_IP"] == row["CONFIRM_IP"] == ""
        assert row["CONFIRM_TIME"] < "2025-01-01"
        assert "2024 import" in row["TAGS"]


def test_ip_addresses_are_from_the_documentation_ranges(everyone, activity):
    texts = {row[name] for row in everyone for name in ("OPTIN_IP", "CONFIRM_IP")}
    texts |= {row["ip"] for rows in activity.values() for row in rows}
    assert len(texts) > 300
    for text in texts - {""}:
        assert any(ipaddress.ip_address(text) in net for net in DOCUMENTATION)


def test_tags_are_quoted_inside_their_cell(world, members):
    text = find(world, "subscribed").read_text(encoding="utf-8")
    assert ',"""VIP"",""Blog"""\n' in text
    assert ',"""Blog"""\n' in text
    cells = {row["TAGS"] for row in members["subscribed"]}
    assert "" in cells
    for cell in cells - {""}:
        (tags,) = csv.reader([cell])
        assert set(tags) <= {"VIP", "Blog", "이벤트", "2024 import"}
        assert cell == ",".join(f'"{tag}"' for tag in tags)


def test_places_come_together_or_not_at_all(everyone):
    columns = ("LATITUDE", "LONGITUDE", "GMTOFF", "DSTOFF", "TIMEZONE", "CC", "REGION")
    for row in everyone:
        assert len({bool(row[name]) for name in columns}) == 1
        if row["CC"]:
            assert [row[name] for name in columns[2:6]] == ["9", "9", "Asia/Seoul", "KR"]
            assert 33 < float(row["LATITUDE"]) < 39
            assert 126 < float(row["LONGITUDE"]) < 130
            assert re.fullmatch(r"\d+\.\d{7}", row["LATITUDE"])
            assert re.fullmatch(r"\d{2}", row["REGION"])


def test_merge_fields_have_their_forms(everyone):
    for row in everyone:
        assert row["MEMBER_RATING"] in {"2", "3", "4", "5"}
        assert re.fullmatch(r"|(0\d|1[0-2])/[0-2]\d", row["Birthday"])
        if row["Address"]:
            assert len(row["Address"].split("  ")) == 6
        if row["Phone Number"]:
            phonenumbers.parse(row["Phone Number"].replace(".", "-"), "KR")
    assert {row["MEMBER_RATING"] for row in everyone} == {"2", "3", "4", "5"}
    assert sum(not row["First Name"] for row in everyone) > 50


def test_emails_are_well_formed_and_slips_are_in_the_truth(world, members):
    _, truth = world.write("mailchimp", *WEEK, customers=4000)
    mistakes = duckdb.sql(f"""
        select split_part(file, '_', 1), row, name, clean
        from '{truth}/mistakes/{FRIDAY}.parquet'
    """).fetchall()
    assert len(mistakes) > 3
    for status, place, name, clean in mistakes:
        assert name == "Email Address"
        assert members[status][place - 1][name] != clean
    for rows in members.values():
        for row in rows:
            validate_email(row["Email Address"], check_deliverability=False, test_environment=True)


def test_unsubscribed_members_have_the_time_and_the_newsletter(members):
    reasons = Counter()
    for row in members["unsubscribed"]:
        assert row["UNSUB_TIME"] == row["LAST_CHANGED"]
        reasons[row["UNSUB_REASON"]] += 1
        if row["UNSUB_CAMPAIGN_TITLE"]:
            year, month = row["UNSUB_CAMPAIGN_TITLE"].removeprefix("Dangol letter ").split("-")
            first = date(int(year), int(month), 1)
            letter = first + timedelta(days=-first.weekday() % 7)
            assert row["UNSUB_CAMPAIGN_ID"] == campaign_id(letter)
            left = datetime.fromisoformat(row["UNSUB_TIME"]) + timedelta(hours=9)
            assert 0 <= (left.date() - letter).days < 36
        else:
            assert row["UNSUB_CAMPAIGN_ID"] == row["UNSUB_REASON"] == ""
        assert bool(row["UNSUB_REASON_OTHER"]) == (row["UNSUB_REASON"] == "OTHER")
    assert set(reasons) == {"", "NORMAL", "NOSIGNUP", "INAPPROPRIATE", "SPAM", "OTHER"}


def test_members_whose_address_bounced_were_cleaned_by_a_newsletter(members):
    for row in members["cleaned"]:
        at = datetime.fromisoformat(row["CLEAN_TIME"])
        assert at.weekday() == 0
        assert at.day <= 7
        assert at.hour == 0
        assert row["CLEAN_TIME"] == row["LAST_CHANGED"]
        assert row["CLEAN_CAMPAIGN_ID"] == campaign_id(at.date())
        assert row["CLEAN_CAMPAIGN_TITLE"] == f"Dangol letter {at:%Y-%m}"


def test_activity_comes_every_night_with_rows_on_the_days_after_a_letter(world, activity):
    folder, _ = world.write("mailchimp", *WEEK, customers=4000)
    for day, rows in activity.items():
        path = folder / f"campaign_recipient_activity_{day}.csv"
        assert path.read_text(encoding="utf-8").splitlines()[0].split(",") == ACTIVITY
        assert bool(rows) == (LETTER <= day <= LETTER + timedelta(days=3))
        for row in rows:
            at = datetime.fromisoformat(row["timestamp"]) + timedelta(hours=9)
            assert at.date() == day
            assert row["campaign_id"] == campaign_id(LETTER)
        assert rows == sorted(rows, key=lambda row: row["timestamp"])
    sizes = [len(rows) for rows in activity.values()]
    assert sizes[1] > 3 * sizes[2] > 0


def test_activity_has_the_columns_that_belong_to_each_action(activity):
    rows = [row for rows in activity.values() for row in rows]
    actions = Counter(row["action"] for row in rows)
    assert actions["open"] > 10 * actions["bounce"] > 0
    assert actions["open"] > 5 * actions["click"] > 0
    for row in rows:
        assert (row["action"] == "click") == row["url"].startswith(
            "https://www.dangolmart.example/"
        )
        assert (row["action"] == "bounce") == (row["bounce_type"] in {"hard", "soft"})
        assert (row["action"] == "bounce") == (row["ip"] == "")
    opened = {
        row["member_id"]: row["timestamp"] for row in reversed(rows) if row["action"] == "open"
    }
    for row in rows:
        if row["action"] == "click":
            assert opened[row["member_id"]] < row["timestamp"]


def test_the_member_of_an_activity_is_the_hash_of_an_address_on_the_list(members, activity):
    known = {
        hashlib.md5(row["Email Address"].lower().encode()).hexdigest(): (status, row)  # noqa: S324
        for status, rows in members.items()
        for row in rows
    }
    rows = [row for rows in activity.values() for row in rows]
    for row in rows:
        status, member = known[row["member_id"]]
        if row["bounce_type"] == "hard":
            assert status == "cleaned"
            assert member["CLEAN_TIME"] == row["timestamp"]
        elif status == "unsubscribed":
            assert member["UNSUB_TIME"] > f"{LETTER}"
        else:
            assert status == "subscribed"


def test_a_clean_company_has_no_wrong_addresses(world):
    folder, truth = world.write("mailchimp", FRIDAY, dirty=False)
    assert duckdb.sql(f"select * from '{truth}/mistakes/{FRIDAY}.parquet'").fetchall() == []
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_what_was_read_by_hand(world, name):
    day, customers = GOLDEN_FILES[name]
    golden(world, "mailchimp", name, day, customers=customers)
