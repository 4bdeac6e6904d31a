import csv
import io
import ipaddress
import json
import re
from datetime import date, datetime, timedelta

import duckdb
import pytest
from email_validator import validate_email

from tests.simulator.golden_files import golden

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 22)
CUSTOMERS = 4000
GOLDEN_FILES = {"store_survey_2026-03-27.csv": date(2026, 3, 27)}
HEADER = (
    "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,"
    "ResponseId,RecipientLastName,RecipientFirstName,RecipientEmail,ExternalReference,"
    "LocationLatitude,LocationLongitude,DistributionChannel,UserLanguage,Q1_NPS_GROUP,Q1,Q2,Q3,"
    "store"
).split(",")
DOCUMENTATION = [
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
]


def read(world, day):
    name = f"store_survey_{day}.csv"
    text = world.text("qualtrics", name, FIRST, LAST, customers=CUSTOMERS)
    return list(csv.reader(io.StringIO(text)))


def days():
    return [FIRST + timedelta(days=each) for each in range((LAST - FIRST).days + 1)]


@pytest.fixture(scope="module")
def rows(world):
    return [
        dict(zip(HEADER, values, strict=True)) | {"day": day, "row": number}
        for day in days()
        for number, values in enumerate(read(world, day)[3:], 1)
    ]


@pytest.fixture(scope="module")
def truth(world):
    return world.write("qualtrics", FIRST, LAST, customers=CUSTOMERS)[1]


def test_three_rows_come_before_the_data(world):
    for day in days():
        names, questions, imports = read(world, day)[:3]
        assert names == HEADER
        assert questions[:3] == ["Start Date", "End Date", "Response Type"]
        assert questions[17].endswith(" - Group")
        assert questions[18] + " - Group" == questions[17]
        ids = [json.loads(each) for each in imports]
        assert ids[0] == {"ImportId": "startDate", "timeZone": "Asia/Seoul"}
        assert ids[2] == {"ImportId": "status"}
        assert [each["ImportId"] for each in ids if "timeZone" in each] == [
            *("startDate", "endDate", "recordedDate")
        ]
        assert [each["ImportId"] for each in ids][8:13] == [
            "_recordId",
            "recipientLastName",
            "recipientFirstName",
            "recipientEmail",
            "externalDataReference",
        ]
        assert ids[17:21] == [
            {"ImportId": each} for each in ("QID1_NPS_GROUP", "QID1", "QID2_TEXT", "QID3")
        ]


def test_times_are_in_the_zone_that_the_third_row_names(rows):
    for row in rows:
        start, end, recorded = (
            datetime.strptime(row[name], "%Y-%m-%d %H:%M:%S")
            for name in ("StartDate", "EndDate", "RecordedDate")
        )
        assert end.date() == row["day"]
        assert int(row["Duration (in seconds)"]) == (end - start).total_seconds()
        assert recorded - end == timedelta(seconds=1)


def test_previews_have_no_person(rows, truth):
    previews = [row for row in rows if row["Status"] == "Survey Preview"]
    assert previews
    assert {row["Status"] for row in rows} == {"IP Address", "Survey Preview"}
    assert {row["DistributionChannel"] for row in previews} == {"preview"}
    people = duckdb.sql(
        f"select count(*), count(person) from '{truth}/records/*.parquet'"
    ).fetchall()
    assert people == [(len(rows), len(rows) - len(previews))]


def test_invited_people_are_known_and_people_who_scanned_a_code_are_not(rows):
    assert {row["DistributionChannel"] for row in rows} == {"email", "anonymous", "preview"}
    for row in rows:
        recipient = [
            row[name] for name in ("RecipientLastName", "RecipientFirstName", "RecipientEmail")
        ]
        if row["DistributionChannel"] == "email":
            assert all(recipient)
            assert re.fullmatch(r"DM\d{9}", row["ExternalReference"])
            validate_email(recipient[2], check_deliverability=False, test_environment=True)
        else:
            assert recipient == ["", "", ""]
    anonymous = {
        bool(row["ExternalReference"]) for row in rows if row["DistributionChannel"] == "anonymous"
    }
    assert anonymous == {True, False}


def test_addresses_are_of_the_ranges_for_documentation(rows):
    for row in rows:
        address = ipaddress.ip_address(row["IPAddress"])
        assert any(address in network for network in DOCUMENTATION)


def test_the_group_follows_from_the_score(rows):
    for row in rows:
        score = int(row["Q1"])
        assert 0 <= score <= 10
        group = "Promoter" if score > 8 else "Passive" if score > 6 else "Detractor"
        assert row["Q1_NPS_GROUP"] == group
    assert {row["Q1_NPS_GROUP"] for row in rows} == {"Promoter", "Passive", "Detractor"}


def test_an_abandoned_response_has_the_rest_empty(rows):
    stopped = [row for row in rows if row["Finished"] == "False"]
    assert stopped
    assert all(row["Progress"] in {"33", "67"} for row in stopped)
    assert all((row["Q2"], row["Q3"]) == ("", "") for row in stopped)
    finished = [row for row in rows if row["Finished"] == "True"]
    assert all(row["Progress"] == "100" and row["Q2"] for row in finished)


def test_ids_are_unique_and_places_korean(rows):
    assert all(re.fullmatch("R_[A-Za-z0-9]{15}", row["ResponseId"]) for row in rows)
    assert len({row["ResponseId"] for row in rows}) == len(rows)
    assert {row["UserLanguage"] for row in rows} == {"KO", "EN"}
    for row in rows:
        assert bool(row["LocationLatitude"]) == bool(row["LocationLongitude"])
        if row["LocationLatitude"]:
            assert 33 < float(row["LocationLatitude"]) < 39
            assert 125 < float(row["LocationLongitude"]) < 131


def test_mistyped_reasons_are_noted(rows, truth):
    by_place = {(f"store_survey_{row['day']}.csv", row["row"]): row for row in rows}
    mistakes = duckdb.sql(
        f"select file, row, name, clean from '{truth}/mistakes/*.parquet'"
    ).fetchall()
    assert mistakes
    for file, row, name, clean in mistakes:
        assert name == "Q2"
        assert by_place[file, row]["Q2"] != clean


def test_the_day_alone_has_the_bytes_of_the_day_in_its_weeks(world):
    day = date(2026, 3, 11)
    name = f"store_survey_{day}.csv"
    alone = world.text("qualtrics", name, day, customers=CUSTOMERS)
    assert alone == world.text("qualtrics", name, FIRST, LAST, customers=CUSTOMERS)


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_file_is_the_one_that_was_read(world, name):
    golden(world, "qualtrics", name, GOLDEN_FILES[name], customers=600)
