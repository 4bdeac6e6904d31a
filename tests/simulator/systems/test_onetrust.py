"""OneTrust's pages and the banner's consents by reference 3.17, and the true permissions."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import duckdb
import pytest

from simulator.common.tags import tag_visits
from simulator.company import Company, day_number
from simulator.night import Night
from simulator.systems.onetrust import collection_points
from simulator.systems.onetrust_banner import CHOICES, LANGUAGES, tc_data
from simulator.words.vocabulary import create_vocabulary
from simulator.world.contacts import PERMISSIONS, contacts
from simulator.world.facts import Span, load_facts
from simulator.world.identities import show_persons
from simulator.world.people import NEVER
from tests.simulator.golden_files import golden
from tests.simulator.test_tc_string import decode

THURSDAY = date(2026, 3, 12)
CUSTOMERS = 5000
"""More than a block, so that pages cross from one block to the next."""

TC_DATA = {
    *("tcString", "tcfPolicyVersion", "cmpId", "cmpVersion", "gdprApplies", "eventStatus"),
    *("cmpStatus", "isServiceSpecific", "useNonStandardTexts", "publisherCC"),
    *("purposeOneTreatment", "purpose", "vendor", "specialFeatureOptins", "publisher"),
}
"""As the reference lists them."""

OUTSIDE = {"tcfPolicyVersion", "cmpId", "cmpVersion", "gdprApplies"}
"""What remains where the GDPR does not apply: IAB Tech Lab, CMP API v2, TCData."""


def lines(world, name, first, last=None, **parameters):
    return [
        json.loads(line)
        for line in world.text("onetrust", name, first, last, **parameters).splitlines()
    ]


@pytest.fixture(scope="module")
def pages(world):
    return lines(world, f"data_subjects_{THURSDAY}.ndjson", THURSDAY, customers=CUSTOMERS)


@pytest.fixture(scope="module")
def profiles(world, pages):
    """Every profile, with its person and correct identifier."""
    _, truth = world.write("onetrust", THURSDAY, customers=CUSTOMERS)
    known = duckdb.sql(
        f"""select person, key, clean
        from '{truth}/records/{THURSDAY}.parquet' as records
        left join '{truth}/mistakes/{THURSDAY}.parquet' as mistakes using (file, row)
        where file like 'data_subjects%' order by row"""
    ).fetchall()
    every = [profile for page in pages for profile in page["content"]]
    return [(profile, *row) for profile, row in zip(every, known, strict=True)]


@pytest.fixture(scope="module")
def books():
    company = Company(CUSTOMERS, seed=7)
    return [contacts(company, 0), contacts(company, 1)]


@pytest.fixture(scope="module")
def consents(world):
    """The banner's records of two weeks in a shop that mostly foreigners visit."""
    first, last = date(2026, 3, 2), date(2026, 3, 15)
    world.write("onetrust", first, last, foreign_share=0.9)
    days = (first + timedelta(days=number) for number in range(14))
    return [
        (day, record)
        for day in days
        for record in lines(world, f"tcf_consents_{day}.ndjson", first, last, foreign_share=0.9)
    ]


def test_pages_have_fifty_profiles_each_and_the_last_one_the_rest(pages):
    assert [set(page) for page in pages] == [{"page", "size", "content"}] * len(pages)
    assert [page["page"] for page in pages] == list(range(len(pages)))
    assert {page["size"] for page in pages} == {50}
    assert [len(page["content"]) for page in pages[:-1]] == [50] * (len(pages) - 1)
    assert 0 < len(pages[-1]["content"]) <= 50
    assert len(pages) > 20


def test_profiles_have_the_shape_of_the_interface(profiles):
    for profile, *_ in profiles:
        assert list(profile) == ["Id", "Identifier", "Purposes"]
        assert profile["Purposes"]
        for purpose in profile["Purposes"]:
            assert list(purpose) == ["Id", "Name", "Status", "LastTransactionCollectionPointId"]
    ids = [profile["Id"] for profile, *_ in profiles]
    assert len(set(ids)) == len(ids)
    statuses = Counter(
        purpose["Status"] for profile, *_ in profiles for purpose in profile["Purposes"]
    )
    assert set(statuses) == {"ACTIVE", "WITHDRAWN", "NO_CONSENT", "EXPIRED"}


def test_purposes_and_points_are_those_of_the_collection_points(profiles, world):
    [page] = lines(world, f"collection_points_{THURSDAY}.ndjson", THURSDAY, customers=CUSTOMERS)
    assert list(page) == ["page", "size", "content"]
    labels, points = {}, set()
    for point in page["content"]:
        assert list(point) == ["Id", "Name", "CollectionPointType", "Purposes"]
        points.add(point["Id"])
        for purpose in point["Purposes"]:
            assert list(purpose) == ["Id", "Label", "Status", "Version", "NewVersionAvailable"]
            labels[purpose["Id"]] = purpose["Label"]
    assert len(points) == 6
    used = set()
    for profile, *_ in profiles:
        for purpose in profile["Purposes"]:
            assert labels[purpose["Id"]] == purpose["Name"]
            used.add(purpose["LastTransactionCollectionPointId"])
    assert used == points


def test_forms_follow_the_policy_and_other_systems_do_not():
    before, after = (json.loads(collection_points(day)) for day in (20_100, 20_500))
    for page, version in ((before, 2), (after, 4)):
        for point in page["content"]:
            newest = version if point["CollectionPointType"] != "API" else 1
            assert {purpose["Version"] for purpose in point["Purposes"]} == {newest}
            is_behind = newest < version
            assert {purpose["NewVersionAvailable"] for purpose in point["Purposes"]} == {is_behind}


def test_statuses_are_what_people_truly_allow(profiles, books):
    day, names = day_number(THURSDAY), {}
    for number, name in enumerate(
        ("Marketing e-mail", "App push", "Text messages", "KakaoTalk messages",
         "Personalised advertising", "Messages between 21:00 and 08:00")
    ):  # fmt: skip
        names[name] = number
    for profile, person, *_ in profiles:
        book, local = books[person // 4096], person % 4096
        told = {purpose["Name"]: purpose["Status"] for purpose in profile["Purposes"]}
        assert told.pop("Terms and Conditions") == "ACTIVE"
        for name, number in names.items():
            since, until = book.allowed_from[local, number], book.allowed_until[local, number]
            status = told.get(name)
            if since == NEVER:
                assert status in {"NO_CONSENT", None}
            elif since > day:
                assert status is None
            elif until > day:
                assert status == "ACTIVE"
            else:
                assert status in {"WITHDRAWN", "EXPIRED"}
    assert len(PERMISSIONS) == len(names)


def test_profiles_are_those_of_known_people(profiles, books):
    known = {
        block * 4096 + local
        for block, book in enumerate(books)
        for local in (book.onetrust_day <= day_number(THURSDAY)).nonzero()[0].tolist()
    }
    assert {person for _, person, *_ in profiles} == known
    assert [person for _, person, *_ in profiles] == sorted(person for _, person, *_ in profiles)
    twice = Counter(person for _, person, *_ in profiles)
    assert set(twice.values()) == {1, 2}


def test_identifiers_are_emails_mostly(profiles):
    kinds = Counter(
        "email" if "@" in profile["Identifier"]
        else "phone" if profile["Identifier"].startswith("+") else "customer_id"
        for profile, *_ in profiles
    )  # fmt: skip
    assert kinds["email"] > 0.9 * len(profiles)
    assert kinds["phone"] > 10
    assert kinds["customer_id"] > 10


def test_mistyped_identifiers_are_in_the_truth(profiles):
    wrong = [(profile["Identifier"], clean) for profile, _, _, clean in profiles if clean]
    assert wrong
    for told, clean in wrong:
        assert told != clean
        assert clean.count("@") == 1
        assert clean.rsplit(".", 1)[1] in {"example", "com", "org", "net"}


def test_subjects_come_on_thursdays_and_consents_every_night(world, monday):
    folder, _ = world.write("onetrust", monday)
    assert [path.name for path in folder.iterdir()] == [f"tcf_consents_{monday}.ndjson"]
    folder, _ = world.write("onetrust", THURSDAY, customers=CUSTOMERS)
    assert sorted(path.name for path in folder.iterdir()) == [
        f"collection_points_{THURSDAY}.ndjson",
        f"data_subjects_{THURSDAY}.ndjson",
        f"tcf_consents_{THURSDAY}.ndjson",
    ]


def test_the_banners_records_are_tc_data_or_the_four_fields_outside_the_gdpr(consents):
    seen = Counter()
    for _, record in consents:
        assert list(record)[:2] == ["recordedAt", "anonymousId"]
        fields = set(record) - {"recordedAt", "anonymousId"}
        assert fields in (TC_DATA, OUTSIDE)
        assert fields == TC_DATA or not record["gdprApplies"]
        seen[record["gdprApplies"], fields == TC_DATA] += 1
    assert set(seen) == {(True, True), (False, True), (False, False)}


def test_few_are_under_the_gdpr(world, monday):
    last = monday + timedelta(days=6)
    found = [
        record["gdprApplies"]
        for number in range(7)
        for record in lines(
            world,
            f"tcf_consents_{monday + timedelta(days=number)}.ndjson",
            monday,
            last,
            customers=CUSTOMERS,
        )
    ]
    assert len(found) > 10
    assert sum(found) < 0.1 * len(found)


def test_records_are_of_browsers_new_that_day_in_the_order_of_time(consents):
    for day, record in consents:
        at = datetime.fromisoformat(record["recordedAt"])
        assert at.tzinfo == UTC
        assert (at + timedelta(hours=9)).date() == day
    times = [record["recordedAt"] for _, record in consents]
    assert times == sorted(times)
    browsers = [record["anonymousId"] for _, record in consents]
    assert len(set(browsers)) == len(browsers)


def test_browsers_and_refusals_are_those_that_the_tags_know(world):
    company, day = Company(CUSTOMERS, seed=7), day_number(THURSDAY)
    with duckdb.connect() as connection:
        create_vocabulary(connection, company)
        load_facts(connection, company, Span(day, day))
        show_persons(connection, day, "person_rows", "persons")
        tag_visits(Night(company, day, connection))
        tagged = dict(
            connection.execute(
                """select uuid_of('segment ' || browser_key), is_denied from tagged_visits
                where is_new and not is_app and person >= 0 and day = ?""",
                [day],
            ).fetchall()
        )
    records = lines(world, f"tcf_consents_{THURSDAY}.ndjson", THURSDAY, customers=CUSTOMERS)
    told = [record for record in records if record["anonymousId"] in tagged]
    assert {record["anonymousId"] for record in told} == set(tagged)
    # the banner is the site's own: tag blockers let it through
    assert len(records) - len(told) < 0.2 * len(records)
    for record in told:
        agreed = record.get("purpose", {"consents": {"1": True}})["consents"]
        assert tagged[record["anonymousId"]] == (not any(agreed.values()))
    assert len(records) > 10


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_european", [True, False])
def test_the_string_says_what_the_record_says(choice, language, is_european):
    record = json.loads("{" + tc_data(20_520, choice, language, is_european))
    if choice == "closed" and not is_european:
        assert set(record) == OUTSIDE
        return
    told = decode(record["tcString"])

    def numbers(flags):
        return tuple(int(number) for number, is_set in flags.items() if is_set)

    assert told["created"] == told["last_updated"] == 20_520 * 864_000
    assert told["policy_version"] == record["tcfPolicyVersion"] == 4
    assert told["cmp_id"] == record["cmpId"]
    assert told["cmp_version"] == record["cmpVersion"]
    assert told["consent_language"] == language
    assert told["publisher_country"] == record["publisherCC"] == "KR"
    assert told["is_service_specific"] == record["isServiceSpecific"] is True
    assert told["uses_other_texts"] == record["useNonStandardTexts"] is False
    assert told["hides_purpose_one"] == record["purposeOneTreatment"] is False
    assert told["purposes"] == numbers(record["purpose"]["consents"])
    assert told["legitimate_purposes"] == numbers(record["purpose"]["legitimateInterests"])
    assert not {3, 4, 5, 6} & set(told["legitimate_purposes"])  # since version 2.2
    assert told["vendors"] == numbers(record["vendor"]["consents"])
    assert told["legitimate_vendors"] == numbers(record["vendor"]["legitimateInterests"])
    assert told["special_features"] == numbers(record["specialFeatureOptins"])
    assert record["cmpStatus"] == "loaded"
    assert record["eventStatus"] == ("cmpuishown" if choice == "closed" else "useractioncomplete")
    assert set(record["publisher"]) == {
        "consents", "legitimateInterests", "customPurpose", "restrictions",
    }  # fmt: skip


def test_an_independent_decoder_reads_every_string(consents):
    iab_tcf = pytest.importorskip("iab_tcf")
    for _, record in consents:
        if "tcString" in record:
            consent = iab_tcf.decode_v2(record["tcString"])
            agreed = record["purpose"]["consents"]
            assert {str(n): consent.is_purpose_allowed(n) for n in range(1, 12)} == agreed


@pytest.mark.parametrize("name", ["data_subjects", "collection_points", "tcf_consents"])
def test_a_day_alone_has_the_same_bytes_as_within_a_week(world, name):
    name = f"{name}_{THURSDAY}.ndjson"
    alone = world.text("onetrust", name, THURSDAY)
    first, last = THURSDAY - timedelta(days=3), THURSDAY + timedelta(days=3)
    assert alone == world.text("onetrust", name, first, last)


@pytest.mark.parametrize(
    ("name", "day", "parameters"),
    [
        ("data_subjects", THURSDAY, {"customers": 40}),
        ("collection_points", THURSDAY, {"customers": 40}),
        ("tcf_consents", date(2026, 3, 13), {"customers": 2400, "foreign_share": 0.5}),
    ],
)
def test_golden_files(world, name, day, parameters):
    golden(world, "onetrust", f"{name}_{day}.ndjson", day, **parameters)
