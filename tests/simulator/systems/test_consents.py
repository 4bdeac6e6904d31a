"""The consent ledger by the convention in reference 3.17, compared with the true permissions."""

import csv
import io
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

import duckdb
import pytest
from email_validator import validate_email

from simulator.company import Company, day_number
from simulator.world.contacts import PERMISSIONS, contacts
from tests.simulator.golden_files import golden

HEADER = (
    "consent_id,subject_id_type,subject_id_value,purpose,channel,night_allowed,status,occurred_at,"
    "source_system,collection_point,policy_version,evidence_ref,reconfirmed_at,expires_at,"
    "legal_basis,jurisdiction"
).split(",")

FIRST, LAST = date(2025, 10, 18), date(2025, 10, 24)
"""A week in which customers from before the opening are asked again."""

CUSTOMERS = 2500
MESSAGES = ("email", "push", "sms", "kakao")


@pytest.fixture(scope="module")
def ledger(world):
    """A week of rows, with person and permission."""
    folder, truth = world.write("consents", FIRST, LAST, customers=CUSTOMERS)
    rows = []
    for number in range(7):
        day = FIRST + timedelta(days=number)
        with (folder / f"consents_{day}.csv").open(encoding="utf-8", newline="") as file:
            read = list(csv.DictReader(file))
        known = duckdb.sql(
            f"""select person, key as permission, clean
            from '{truth}/records/{day}.parquet' as records
            left join '{truth}/mistakes/{day}.parquet' as mistakes using (file, row)
            order by row"""
        ).fetchall()
        for row, (person, permission, clean) in zip(read, known, strict=True):
            truly = {"person": person, "permission": permission, "clean": clean}
            rows.append(row | truly | {"day": day_number(day)})
    return rows


@pytest.fixture(scope="module")
def book():
    return contacts(Company(CUSTOMERS, seed=7), 0)


def test_columns_are_those_of_the_convention(world, monday):
    text = world.text("consents", f"consents_{monday}.csv", monday)
    assert next(csv.reader(io.StringIO(text))) == HEADER
    assert not text.startswith("\ufeff")


def test_values_are_those_of_the_convention(ledger):
    seen = {name: {row[name] for row in ledger} for name in HEADER}
    assert seen["subject_id_type"] == {"email", "phone", "customer_id"}
    assert seen["purpose"] == {"marketing", "profiling", "analytics"}
    assert seen["channel"] == {"email", "sms", "kakao", "push", "ads", "*"}
    assert seen["night_allowed"] == {"true", "false"}
    assert seen["status"] == {"granted", "denied", "withdrawn", "expired"}
    assert seen["legal_basis"] == {"consent"}
    assert seen["jurisdiction"] == {"KR"}
    assert seen["policy_version"] == {"2025-07"}
    # people without an account withdraw through the call centre
    assert seen["source_system"] | {"call_centre"} == {
        *("consents", "braze", "sms_080", "kakao", "app", "loyalty", "call_centre", "shopify")
    }
    assert len(seen["consent_id"]) == len(ledger)
    assert all(
        re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", i) for i in seen["consent_id"]
    )


def test_the_subject_goes_by_the_channel(ledger):
    for row in ledger:
        kind, value = row["subject_id_type"], row["subject_id_value"]
        if row["channel"] == "email":
            assert kind == "email"
        elif row["channel"] in {"sms", "kakao"}:
            assert kind == "phone"
        else:
            assert kind in {"customer_id", "phone"}
        if kind == "customer_id":
            assert re.fullmatch(r"721\d{10}", value)
        elif kind == "phone":
            assert re.fullmatch(r"010-?[01]\d{3}-?\d{4}|\+8210[01]\d{7}|\+?1.*555.*", value)


def test_slips_on_paper_are_in_the_truth(world):
    first, last = date(2026, 1, 24), date(2026, 1, 30)
    folder, truth = world.write("consents", first, last, customers=CUSTOMERS)
    slips = duckdb.sql(
        f"select file, row, clean from '{truth}/mistakes/*.parquet'"
        " where name = 'subject_id_value' order by all"
    ).fetchall()
    assert [(file[9:19], row, clean) for file, row, clean in slips] == [
        ("2026-01-24", 15, "010-1035-3089"),
        ("2026-01-25", 11, "010-1035-3089"),
        ("2026-01-25", 12, "010-1035-3089"),
        ("2026-01-25", 13, "010-1035-3089"),
        ("2026-01-29", 1, "sko3025@outlook.example"),
        ("2026-01-30", 1, "yahn2457@outlook.example"),
    ]
    for file, row, clean in slips:
        with (folder / file).open(encoding="utf-8", newline="") as lines:
            told = list(csv.DictReader(lines))[row - 1]
        assert told["subject_id_value"] != clean
        assert told["subject_id_type"] == ("email" if "@" in clean else "phone")


def test_addresses_are_valid_but_for_slips(ledger):
    emails = [row for row in ledger if row["subject_id_type"] == "email"]
    assert len(emails) > 30
    for row in emails:
        address = row["clean"] or row["subject_id_value"]
        validate_email(address, check_deliverability=False, globally_deliverable=False)


def test_times_have_their_zone_and_the_email_tool_uses_utc(ledger):
    for row in ledger:
        told = datetime.fromisoformat(row["occurred_at"])
        day = (told + timedelta(hours=9) - told.utcoffset()).date()
        assert day_number(day) == row["day"]
        assert row["occurred_at"].endswith("Z") == (row["source_system"] == "braze")
        assert row["occurred_at"].endswith("+09:00") != (row["source_system"] == "braze")


def test_rows_are_in_the_order_in_which_things_happened(ledger):
    times = [datetime.fromisoformat(row["occurred_at"]) for row in ledger]
    assert times == sorted(times)


def test_what_people_say_is_in_the_ledger_once(ledger, book):
    found = Counter(
        (row["day"], row["person"], row["permission"], row["status"])
        for row in ledger
        if row["purpose"] == "marketing"
        and row["permission"] != "night"
        and not row["reconfirmed_at"]
    )
    first, last = day_number(FIRST), day_number(LAST)
    for column, permission in enumerate(PERMISSIONS[:5]):
        for person in range(CUSTOMERS):
            since, until = book.allowed_from[person, column], book.allowed_until[person, column]
            if first <= since <= last:
                assert found.pop((since, person, permission, "granted")) == 1
            if first <= until <= last:
                ends = [
                    found.pop((until, person, permission, status), 0)
                    for status in ("withdrawn", "expired")
                ]
                assert sum(ends) == 1
    assert {status for *_, status in found} == {"denied"}
    for day, person, permission, _ in found:
        assert book.account_day[person] == day
        assert book.allowed_from[person, PERMISSIONS.index(permission)] == 1_000_000


def test_a_tick_for_advertisements_is_three_rows_with_one_evidence(ledger):
    ticks = defaultdict(list)
    for row in ledger:
        if row["permission"] == "ads":
            ticks[row["person"], row["day"]].append(row)
    assert len(ticks) > 10
    for rows in ticks.values():
        assert {(row["purpose"], row["channel"]) for row in rows} == {
            ("marketing", "ads"), ("profiling", "*"), ("analytics", "*"),
        }  # fmt: skip
        for name in ("evidence_ref", "occurred_at", "status", "subject_id_value"):
            assert len({row[name] for row in rows}) == 1


def test_a_tick_for_the_night_states_the_allowed_channels_once_more(ledger, book):
    ticks = defaultdict(set)
    for row in ledger:
        if row["permission"] == "night":
            assert row["status"] == "granted"
            assert row["purpose"] == "marketing"
            ticks[row["person"], row["day"]].add((row["channel"], row["night_allowed"]))
    first, last = day_number(FIRST), day_number(LAST)
    expected = defaultdict(set)
    for person in range(CUSTOMERS):
        for days, allowed in ((book.allowed_from, "true"), (book.allowed_until, "false")):
            day = days[person, 5]
            if first <= day <= last:
                for column, channel in enumerate(MESSAGES):
                    if book.allowed_from[person, column] < day < book.allowed_until[person, column]:
                        expected[person, day].add((channel, allowed))
    assert ticks == expected
    assert {allowed for said in ticks.values() for _, allowed in said} == {"true", "false"}


def test_the_night_is_allowed_only_on_granted_messages(ledger, book):
    for row in ledger:
        is_message = row["channel"] in MESSAGES and row["status"] == "granted"
        since, until = book.allowed_from[row["person"], 5], book.allowed_until[row["person"], 5]
        assert row["night_allowed"] == str(bool(is_message and since <= row["day"] < until)).lower()


def test_consents_are_confirmed_for_two_more_years(ledger, book):
    notices = [row for row in ledger if row["collection_point"] == "reconfirmation_notice"]
    confirmed = [row for row in notices if row["status"] == "granted"]
    assert len(confirmed) > 100
    for row in confirmed:
        assert row["reconfirmed_at"] == row["occurred_at"]
        until = date.fromordinal(row["day"] + 719_163 + 730)
        assert row["expires_at"] == f"{until}T00:00:00+09:00"
        since = book.allowed_from[row["person"], PERMISSIONS.index(row["permission"])]
        assert 730 - 61 <= row["day"] - since < 730


def test_a_consent_whose_notice_comes_back_expires_at_midnight(ledger):
    expired = [row for row in ledger if row["status"] == "expired"]
    assert expired
    for row in expired:
        assert row["occurred_at"].endswith("T00:00:00+09:00")
        assert row["expires_at"] == row["occurred_at"]
        assert row["collection_point"] == "reconfirmation_notice"


def test_only_what_is_granted_or_expired_has_an_end(ledger):
    for row in ledger:
        assert bool(row["expires_at"]) == (row["status"] in {"granted", "expired"})
        assert not row["reconfirmed_at"] or row["status"] == "granted"


def test_evidence_is_missing_only_on_some_paper_forms(ledger):
    without = {row["collection_point"] for row in ledger if not row["evidence_ref"]}
    assert without <= {"card_application", "paper_form"}
    for row in ledger:
        day = date.fromordinal(row["day"] + 719_163)
        pattern = rf"evidence/{day:%Y/%m/%d}/{row['collection_point']}/[0-9a-f]{{12}}"
        assert not row["evidence_ref"] or re.fullmatch(pattern, row["evidence_ref"])


def test_a_clean_world_has_no_typing_errors(world, monday):
    _, truth = world.write("consents", monday, customers=CUSTOMERS, dirty=False)
    assert duckdb.sql(f"select count(*) from '{truth}/mistakes/*.parquet'").fetchone() == (0,)


def test_a_day_alone_has_the_same_bytes_as_within_a_week(world):
    day = date(2025, 10, 21)
    name = f"consents_{day}.csv"
    alone = world.text("consents", name, day, customers=CUSTOMERS)
    assert alone == world.text("consents", name, FIRST, LAST, customers=CUSTOMERS)


def test_golden_file(world):
    day = date(2025, 11, 27)
    golden(world, "consents", f"consents_{day}.csv", day, customers=3000)
