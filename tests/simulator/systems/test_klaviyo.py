import csv
import io
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import duckdb
import phonenumbers
import pytest
from email_validator import validate_email

from tests.simulator.golden_files import golden

OPENED = date(2025, 1, 1)
EARLY = date(2025, 1, 29)
WEDNESDAY = date(2026, 3, 11)
HEADER = (
    "Email,Klaviyo ID,First Name,Last Name,Organization,Title,Phone Number,Address,Address 2,City,"
    "State / Region,Country,Zip Code,Latitude,Longitude,Source,IP Address,Email Marketing Consent,"
    "Email Marketing Consent Timestamp,Historic Customer Lifetime Value,"
    "Total Customer Lifetime Value,Predicted Customer Lifetime Value,Average Order Value,"
    "Historic Number Of Orders,First Active,Last Active,Profile Created On,Date Added,Last Open,"
    "Last Click,Average Days Between Orders,Email Suppressions"
)
TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GOLDEN_FILES = {"klaviyo_profiles_2026-08-05.csv": date(2026, 8, 5)}


def name_of(day):
    return f"klaviyo_profiles_{day}.csv"


def read(world, day, last=None, **parameters):
    text = world.text("klaviyo", name_of(last or day), day, last, **parameters)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.fixture(scope="module")
def rows(world):
    return read(world, WEDNESDAY)


@pytest.fixture(scope="module")
def early(world):
    """Profiles of people who have one, each with all its orders since the opening."""
    folder, truth = world.write("klaviyo", OPENED, EARLY, customers=800)
    text = (folder / name_of(EARLY)).read_text(encoding="utf-8-sig")
    people = duckdb.sql(
        f"select person from '{truth}/records/{EARLY}.parquet' order by row"
    ).fetchall()
    orders = defaultdict(list)
    for person, day, paid in duckdb.sql(f"""
        select person, order_date, total + shipping from '{truth}/orders/*.parquet'
        where place <> 'store' order by ordered_at
    """).fetchall():
        orders[person].append((day, paid))
    counted = Counter(people)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [
        (row, orders[person[0]])
        for row, person in zip(rows, people, strict=True)
        if counted[person] == 1
    ]


def test_the_header_is_that_of_the_help_page_and_a_mark_comes_first(world):
    text = world.text("klaviyo", name_of(WEDNESDAY), WEDNESDAY)
    assert text.splitlines()[0] == "\ufeff" + HEADER
    assert text.count("\ufeff") == 1


def test_the_file_comes_on_wednesdays_with_the_bytes_of_the_day_alone(world):
    span = (WEDNESDAY - timedelta(days=3), WEDNESDAY + timedelta(days=2))
    folder, _ = world.write("klaviyo", *span)
    assert [path.name for path in folder.iterdir()] == [name_of(WEDNESDAY)]
    alone = world.text("klaviyo", name_of(WEDNESDAY), WEDNESDAY)
    assert (folder / name_of(WEDNESDAY)).read_text(encoding="utf-8") == alone


def test_ids_encode_when_a_profile_was_made(rows):
    assert len({row["Klaviyo ID"] for row in rows}) == len(rows) > 400
    for row in rows:
        assert re.fullmatch(f"[{LETTERS}]{{26}}", row["Klaviyo ID"])
        number = 0
        for letter in row["Klaviyo ID"][:10]:
            number = number * 32 + LETTERS.index(letter)
        made = datetime(1970, 1, 1) + timedelta(milliseconds=number)
        assert f"{made:%Y-%m-%d %H:%M:%S}" == row["Profile Created On"]


def test_consent_is_one_of_three_and_has_a_time_if_it_was_asked(rows):
    counted = Counter(row["Email Marketing Consent"] for row in rows)
    assert set(counted) == {"SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED"}
    assert min(counted.values()) > 50
    for row in rows:
        asked = row["Email Marketing Consent"] != "NEVER_SUBSCRIBED"
        assert bool(TIME.fullmatch(row["Email Marketing Consent Timestamp"])) == asked
        assert row["Email Marketing Consent Timestamp"] < "2026-03-11 15:00:00"


def test_suppressions_name_a_reason_and_subscribers_can_have_one(rows):
    counted = Counter((row["Email Marketing Consent"], row["Email Suppressions"]) for row in rows)
    assert {reason for _, reason in counted} <= {
        "",
        "UNSUBSCRIBED",
        "USER_SUPPRESSED",
        "SPAM_COMPLAINT",
        "HARD_BOUNCE",
        "INVALID_EMAIL",
    }
    assert counted["SUBSCRIBED", "HARD_BOUNCE"]
    assert not counted["UNSUBSCRIBED", ""]
    assert not counted["SUBSCRIBED", "UNSUBSCRIBED"]


def test_emails_are_in_lower_case_and_slips_are_in_the_truth(world, rows):
    _, truth = world.write("klaviyo", WEDNESDAY)
    mistakes = duckdb.sql(
        f"select row, name, clean from '{truth}/mistakes/{WEDNESDAY}.parquet'"
    ).fetchall()
    assert mistakes
    for place, name, clean in mistakes:
        assert name == "Email"
        told = rows[place - 1]["Email"]
        assert told != clean
        same_domain = told.split("@")[1] == clean.split("@")[1]
        reason = "HARD_BOUNCE" if same_domain else "INVALID_EMAIL"
        assert rows[place - 1]["Email Suppressions"] == reason
    for row in rows:
        validate_email(row["Email"], check_deliverability=False, test_environment=True)
        assert row["Email"] == row["Email"].lower().strip()


def test_numbers_are_international(rows):
    numbers = [row["Phone Number"] for row in rows if row["Phone Number"]]
    assert len(numbers) > 200
    for text in numbers:
        number = phonenumbers.parse(text)
        assert text == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert re.fullmatch(r"\+8210[01]\d{7}|\+1\d{3}55501\d\d", text)


def test_addresses_come_whole(rows):
    columns = ("Address", "Address 2", "City", "State / Region", "Country", "Zip Code")
    for row in rows:
        assert len({bool(row[name]) for name in columns}) == 1
        assert re.fullmatch(r"|\d{5}", row["Zip Code"])
        assert bool(row["Latitude"]) == bool(row["Longitude"]) == bool(row["IP Address"])
    assert any(row["Zip Code"].startswith("0") for row in rows)


def test_times_have_no_zone_and_are_in_order(rows):
    for row in rows:
        times = [row[name] for name in ("First Active", "Last Active", "Profile Created On")]
        assert all(TIME.fullmatch(text) for text in (*times, row["Date Added"]))
        assert times[0] == times[2] <= times[1] < "2026-03-11 15:00:00"
        assert row["Date Added"] >= row["Profile Created On"]
    assert {row["Last Open"] + row["Last Click"] for row in rows} == {""}


def test_orders_are_those_of_the_truth(early):
    assert len(early) > 100
    assert sum(len(orders) for _, orders in early) > 50
    for row, orders in early:
        assert int(row["Historic Number Of Orders"]) == len(orders)


def test_values_are_payments_minus_refunds(early):
    equal = 0
    for row, orders in early:
        paid = sum(amount for _, amount in orders)
        value = float(row["Historic Customer Lifetime Value"])
        assert 0 <= value <= paid
        equal += value == paid
        count = len(orders)
        assert row["Average Order Value"] == ("" if not count else str(round(value / count, 2)))
        assert re.fullmatch(r"\d+\.0", row["Historic Customer Lifetime Value"])
    assert 0.9 < equal / len(early) < 1


def test_forecasts_add_up_and_only_buyers_have_one(rows):
    for row in rows:
        historic, total, predicted = (
            float(row[f"{name} Customer Lifetime Value"])
            for name in ("Historic", "Total", "Predicted")
        )
        assert total == pytest.approx(historic + predicted, abs=0.011)
        assert predicted == 0 or row["Historic Number Of Orders"] != "0"
    assert sum(float(row["Predicted Customer Lifetime Value"]) > 0 for row in rows) > 200


def test_days_between_orders_are_those_of_the_truth(early):
    differing = []
    for row, orders in early:
        if len(orders) < 2:
            assert row["Average Days Between Orders"] == ""
            continue
        days = (orders[-1][0] - orders[0][0]).days / (len(orders) - 1)
        differing.append(abs(float(row["Average Days Between Orders"]) - days) > 0.051)
    # except for visits that lasted past midnight
    assert len(differing) > 10
    assert sum(differing) / len(differing) < 0.1


def test_two_accounts_are_two_profiles_of_one_person(world, rows):
    _, truth = world.write("klaviyo", WEDNESDAY)
    people = duckdb.sql(
        f"select person from '{truth}/records/{WEDNESDAY}.parquet' order by row"
    ).fetchall()
    emails = defaultdict(set)
    for row, person in zip(rows, people, strict=True):
        emails[person].add(row["Email"])
    several = [found for found in emails.values() if len(found) > 1]
    assert 5 < len(several) < len(rows) / 10
    assert {len(found) for found in emails.values()} == {1, 2}


def test_a_clean_company_has_no_wrong_addresses(world):
    _, truth = world.write("klaviyo", WEDNESDAY, dirty=False)
    assert duckdb.sql(f"select * from '{truth}/mistakes/{WEDNESDAY}.parquet'").fetchall() == []


@pytest.mark.parametrize(("name", "day"), GOLDEN_FILES.items())
def test_the_file_is_what_was_read_by_hand(world, name, day):
    golden(world, "klaviyo", name, day)
