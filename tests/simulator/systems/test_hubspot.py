import csv
import io
import re
from collections import Counter
from datetime import date, datetime, timedelta

import duckdb
import phonenumbers
import pytest
from email_validator import validate_email

from tests.simulator.golden_files import golden

SUNDAY = date(2026, 3, 15)
WEEK = (SUNDAY - timedelta(days=4), SUNDAY + timedelta(days=1))
BEFORE, AFTER = date(2025, 2, 2), date(2025, 12, 7)
HEADER = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Lead Status,Create Date,"
    "Last Modified Date,Lifecycle Stage,Original Source,Associated Company,"
    "Associated Company IDs,Merged contact IDs"
)
USUAL_DATE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
IMPORTED_DATE = re.compile(r"[1-9]\d?/[1-9]\d?/\d{4} [1-9]\d?:\d{2} [AP]M")
GOLDEN_FILES = {"hubspot-crm-exports-all-contacts-2026-08-02.csv": date(2026, 8, 2)}


def name_of(day):
    return f"hubspot-crm-exports-all-contacts-{day}.csv"


def read(world, day, **parameters):
    return list(csv.DictReader(io.StringIO(world.text("hubspot", name_of(day), day, **parameters))))


def moment(text):
    form = "%m/%d/%Y %I:%M %p" if IMPORTED_DATE.fullmatch(text) else "%Y-%m-%d %H:%M"
    return datetime.strptime(text, form)


@pytest.fixture(scope="module")
def rows(world):
    return read(world, SUNDAY)


@pytest.fixture(scope="module")
def mistakes(world):
    _, truth = world.write("hubspot", SUNDAY)
    return duckdb.sql(
        f"select row, name, clean from '{truth}/mistakes/{SUNDAY}.parquet' order by all"
    ).fetchall()


def test_the_header_is_that_of_the_view(world):
    assert world.text("hubspot", name_of(SUNDAY), SUNDAY).splitlines()[0] == HEADER


def test_the_export_comes_only_on_sundays(world):
    folder, _ = world.write("hubspot", *WEEK)
    assert [path.name for path in folder.iterdir()] == [name_of(SUNDAY)]


def test_the_day_alone_has_the_bytes_of_the_day_in_its_week(world):
    alone = world.text("hubspot", name_of(SUNDAY), SUNDAY)
    assert alone == world.text("hubspot", name_of(SUNDAY), *WEEK)


def test_ids_are_unique_numbers_in_rising_order(rows):
    ids = [int(row["Record ID"]) for row in rows]
    assert ids == sorted(set(ids))
    assert all(100_000_000_000 < each < 999_999_999_999 for each in ids)


def test_dates_have_two_forms_and_the_older_form_is_of_the_import(rows):
    forms = Counter()
    for row in rows:
        imported = bool(IMPORTED_DATE.fullmatch(row["Create Date"]))
        form = IMPORTED_DATE if imported else USUAL_DATE
        assert form.fullmatch(row["Create Date"])
        assert form.fullmatch(row["Last Modified Date"])
        if imported:
            assert moment(row["Create Date"]) < datetime(2025, 1, 1)
            assert row["Original Source"] == "Offline Sources"
        forms[imported] += 1
    assert forms[True] > 50
    assert forms[False] > 150


def test_nothing_changes_before_its_creation_or_after_the_night(rows):
    for row in rows:
        created, modified = moment(row["Create Date"]), moment(row["Last Modified Date"])
        assert created <= modified < datetime(2026, 3, 16)


def test_numbers_are_written_in_all_forms_and_are_korean_mobiles_or_of_the_fictional_range(rows):
    forms = Counter(re.sub(r"\d", "9", row["Phone Number"]) for row in rows)
    assert set(forms) >= {
        "",
        "999-9999-9999",
        "999 9999 9999",
        "999.9999.9999",
        "99999999999",
        "9999999999",
        "999999999999",
        "+99 99-9999-9999",
    }
    for row in rows:
        if row["Phone Number"]:
            number = phonenumbers.parse(row["Phone Number"].replace(".", "-"), "KR")
            plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert re.fullmatch(r"\+8210[01]\d{7}|\+1\d{3}55501\d\d", plain)


def test_a_spreadsheet_has_dropped_zeros_only_of_imported_numbers(rows, mistakes):
    clean = {row: text for row, name, text in mistakes if name == "Phone Number"}
    cut = 0
    for place, row in enumerate(rows, 1):
        if re.fullmatch(r"10\d{8}", row["Phone Number"]):
            assert IMPORTED_DATE.fullmatch(row["Create Date"])
            assert clean[place].replace("-", "") == "0" + row["Phone Number"]
            cut += 1
    assert cut > 20


def test_names_are_in_two_scripts_and_sometimes_in_one_column(rows):
    hangul = re.compile(r"[가-힣]+")
    assert sum(bool(hangul.fullmatch(row["Last Name"])) for row in rows) > 150
    assert sum(row["Last Name"].isascii() and row["Last Name"] != "" for row in rows) > 30
    joined = [row["First Name"] for row in rows if not row["Last Name"]]
    assert len(joined) > 5
    assert all(len(name) >= 3 and hangul.fullmatch(name) for name in joined)


def test_swapped_names_are_in_the_truth(rows, mistakes):
    swapped = {row for row, name, _ in mistakes if name == "First Name"}
    assert len(swapped) > 5
    clean = {(row, name): text for row, name, text in mistakes}
    for place in swapped:
        row = rows[place - 1]
        assert row["First Name"] == clean[place, "Last Name"]
        assert row["Last Name"] == clean[place, "First Name"]


def test_emails_are_well_formed_and_slips_are_in_the_truth(rows, mistakes):
    clean = {row: text for row, name, text in mistakes if name == "Email"}
    assert 2 <= len(clean) <= 20
    for place, row in enumerate(rows, 1):
        if row["Email"]:
            validate_email(row["Email"], check_deliverability=False, test_environment=True)
            assert row["Email"] == row["Email"].lower().strip()
        if place in clean:
            assert row["Email"] != clean[place]


def test_everyone_has_an_email_or_a_number(rows):
    assert sum(not row["Email"] for row in rows) > 3
    assert sum(not row["Phone Number"] for row in rows) > 30
    assert all(row["Email"] or row["Phone Number"] for row in rows)


def test_several_values_are_joined_with_semicolons(rows):
    companies = [row for row in rows if row["Associated Company"]]
    assert any(";" in row["Associated Company"] for row in companies)
    for row in rows:
        names = row["Associated Company"].split(";")
        ids = row["Associated Company IDs"].split(";")
        assert len(names) == len(ids)
        assert [bool(each) for each in names] == [bool(each) for each in ids]


def test_a_merge_of_today_makes_a_new_record_that_lists_both(world):
    older = {row["Record ID"]: row for row in read(world, BEFORE, customers=4000)}
    newer = {row["Record ID"]: row for row in read(world, AFTER, customers=4000)}
    merged = {
        row["Record ID"]: row["Merged contact IDs"].split(";")
        for row in newer.values()
        if row["Merged contact IDs"] and row["Record ID"] not in older
    }
    found = {new: parts for new, parts in merged.items() if set(parts) <= set(older)}
    assert len(found) >= 3
    for new, parts in found.items():
        assert len(parts) == 2
        assert not set(parts) & set(newer)
        assert older[parts[0]]["Email"] == newer[new]["Email"]
        created = [moment(older[part]["Create Date"]) for part in parts]
        assert moment(newer[new]["Create Date"]) == min(created)


def test_an_early_merge_kept_the_leading_record_and_lists_the_other(world):
    newer = {row["Record ID"]: row for row in read(world, AFTER, customers=4000)}
    early = [row for row in newer.values() if re.fullmatch(r"\d+", row["Merged contact IDs"])]
    assert early
    for row in early:
        assert row["Merged contact IDs"] not in newer
        assert int(row["Record ID"]) % 3 == int(row["Merged contact IDs"]) % 3
        assert moment(row["Create Date"]) < datetime(2025, 1, 14)


def test_four_in_a_hundred_people_have_two_contacts_and_they_differ_in_the_email(world):
    folder, truth = world.write("hubspot", AFTER, customers=4000)
    path = folder / name_of(AFTER)
    people = duckdb.sql(f"""
        select
            records.person, list(files."Email"), any_value(length(files."Merged contact IDs")) > 0
        from read_csv('{path}', all_varchar = true) as files
        positional join (
            select * from '{truth}/records/{AFTER}.parquet' order by row
        ) as records
        group by all
    """).fetchall()
    several = [emails for _, emails, _ in people if len(emails) > 1]
    merged = [is_merged for *_, is_merged in people if is_merged]
    assert 0.025 < (len(several) + len(merged)) / len(people) < 0.055
    assert all(len(set(emails)) == 2 for emails in several if None not in emails)
    assert 0.2 < len(merged) / (len(several) + len(merged)) < 0.7


def test_every_row_is_about_a_person_who_is_known_by_then(world, rows):
    _, truth = world.write("hubspot", SUNDAY)
    records = duckdb.sql(
        f"select row, person from '{truth}/records/{SUNDAY}.parquet' order by row"
    ).fetchall()
    assert [row for row, _ in records] == list(range(1, len(rows) + 1))
    assert all(0 <= person < 1500 for _, person in records)


def test_a_clean_company_makes_no_mistakes(world):
    _, truth = world.write("hubspot", SUNDAY, dirty=False)
    assert duckdb.sql(f"select * from '{truth}/mistakes/{SUNDAY}.parquet'").fetchall() == []
    for row in read(world, SUNDAY, dirty=False):
        assert not re.fullmatch(r"10\d{8}", row["Phone Number"])
        assert "exmaple" not in row["Email"]


@pytest.mark.parametrize(("name", "day"), GOLDEN_FILES.items())
def test_the_file_is_what_was_read_by_hand(world, name, day):
    # in this world two contacts were merged, and two wait for it
    golden(world, "hubspot", name, day, customers=160, seed=4)
