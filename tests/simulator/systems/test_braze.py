import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import avro.datafile
import avro.io
import duckdb
import fastavro
import phonenumbers
import pytest
from email_validator import validate_email

from simulator.company import Company, day_number
from simulator.world.behaviour import visits
from simulator.world.contacts import PERMISSIONS, contacts
from simulator.world.fact_columns import Span, said_on
from simulator.world.people import block
from simulator.world.sending import messages
from tests.simulator.golden_files import golden

FIELDS = {
    "users.messages.email.Send": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id ip_pool message_extras app_group_id from_domain
    """,
    "users.messages.email.Delivery": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id sending_ip ip_pool esp from_domain app_group_id
    """,
    "users.messages.email.Open": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id user_agent ip_pool machine_open esp from_domain
        is_amp:?boolean app_group_id device_class device_os device_model browser
        mailbox_provider
    """,
    "users.messages.email.Click": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string url
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id user_agent ip_pool link_id link_alias esp from_domain
        is_amp:?boolean app_group_id device_class device_os device_model browser
        mailbox_provider is_suspected_bot_click:?boolean
        suspected_bot_click_reason:?array<string>
    """,
    "users.messages.email.Bounce": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id sending_ip ip_pool bounce_reason esp from_domain
        is_drop:?boolean app_group_id
    """,
    "users.messages.email.Unsubscribe": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id ip_pool app_group_id
    """,
    "users.messages.email.MarkAsSpam": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name email_address:string
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id user_agent ip_pool esp from_domain app_group_id
    """,
    "users.messages.pushnotification.Send": """
        id:string user_id:string external_user_id app_id:string time:int timezone
        platform:string campaign_id campaign_name message_variation_id message_variation_name
        canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id
        canvas_step_name send_id dispatch_id device_id ad_id ad_id_type
        ad_tracking_enabled:?boolean message_extras push_token app_group_id locale_key
    """,
    "users.messages.pushnotification.Open": """
        id:string user_id:string external_user_id time:int timezone app_id:string campaign_id
        campaign_name message_variation_id message_variation_name canvas_id canvas_name
        canvas_variation_id canvas_variation_name canvas_step_id canvas_step_name
        canvas_step_message_variation_id platform os_version device_model send_id dispatch_id
        device_id button_action_type button_string ad_id ad_id_type
        ad_tracking_enabled:?boolean app_group_id
    """,
    "users.messages.pushnotification.Bounce": """
        id:string user_id:string external_user_id app_id:string time:int timezone platform
        campaign_id campaign_name message_variation_id message_variation_name canvas_id
        canvas_name canvas_variation_id canvas_variation_name canvas_step_id canvas_step_name
        send_id dispatch_id device_id ad_id ad_id_type ad_tracking_enabled:?boolean push_token
        app_group_id
    """,
    "users.messages.sms.Send": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name to_phone_number
        subscription_group_id canvas_id canvas_name canvas_variation_id canvas_variation_name
        canvas_step_id canvas_step_name send_id category message_extras app_group_id
    """,
    "users.messages.sms.Delivery": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name to_phone_number
        subscription_group_id from_phone_number canvas_id canvas_name canvas_variation_id
        canvas_variation_name canvas_step_id canvas_step_name send_id app_group_id
        is_sms_fallback:?boolean
    """,
    "users.messages.sms.DeliveryFailure": """
        id:string user_id:string dispatch_id external_user_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name to_phone_number
        subscription_group_id error provider_error_code canvas_id canvas_name
        canvas_variation_id canvas_variation_name canvas_step_id canvas_step_name send_id
        app_group_id is_sms_fallback:?boolean
    """,
    "users.messages.sms.ShortLinkClick": """
        id:string user_id:string external_user_id app_group_id time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name canvas_id canvas_name
        canvas_variation_id canvas_variation_name canvas_step_id canvas_step_name url:string
        short_url:string user_agent user_phone_number is_suspected_bot_click:?boolean
        suspected_bot_click_reason:?array<string>
    """,
    "users.messages.sms.InboundReceive": """
        id:string user_id external_user_id app_group_id:string time:int
        user_phone_number:string subscription_group_id inbound_phone_number:string
        action:string message_body:string media_urls:?array<?string> campaign_id campaign_name
        message_variation_id message_variation_name canvas_id canvas_name canvas_variation_id
        canvas_variation_name canvas_step_id canvas_step_name
    """,
    "users.messages.inappmessage.Impression": """
        id:string user_id:string external_user_id time:int timezone app_id:string campaign_id
        campaign_name message_variation_id message_variation_name canvas_id canvas_name
        canvas_variation_id canvas_variation_name canvas_step_id canvas_step_name card_id
        platform os_version device_model send_id device_id ad_id ad_id_type
        ad_tracking_enabled:?boolean app_group_id message_extras locale_key
    """,
    "users.messages.inappmessage.Click": """
        id:string user_id:string external_user_id app_id:string time:int timezone campaign_id
        campaign_name message_variation_id message_variation_name canvas_id canvas_name
        canvas_variation_id canvas_variation_name canvas_step_id canvas_step_name card_id
        platform os_version device_model button_id send_id device_id ad_id ad_id_type
        ad_tracking_enabled:?boolean app_group_id
    """,
    "users.campaigns.EnrollInControl": """
        id:string user_id:string external_user_id app_id time:int timezone campaign_id:string
        campaign_name message_variation_id message_variation_name send_id app_group_id
    """,
    "users.behaviors.subscription.GlobalStateChange": """
        id:string user_id:string external_user_id email_address state_change_source
        subscription_status:string channel time:int timezone app_group_id app_id campaign_id
        campaign_name message_variation_id canvas_id canvas_name canvas_variation_id
        canvas_variation_name canvas_step_id canvas_step_name send_id channel_identifier
    """,
}
"""As in Braze's example files: nullable text unless declared otherwise."""

EMAIL, PUSH, SMS, KAKAO = 4, 5, 6, 7

GOLDEN_FILES = {
    ("users.messages.email.Send", date(2026, 5, 12)): {},
    ("users.messages.email.Delivery", date(2026, 5, 12)): {},
    ("users.messages.email.Open", date(2026, 2, 13)): {},
    ("users.messages.inappmessage.Impression", date(2026, 5, 12)): {},
    ("users.messages.inappmessage.Click", date(2026, 5, 12)): {},
    ("users.messages.pushnotification.Open", date(2026, 5, 11)): {},
    # robots and people
    ("users.messages.email.Click", date(2026, 3, 25)): {},
    ("users.messages.email.Bounce", date(2026, 4, 14)): {},
    ("users.messages.email.Unsubscribe", date(2026, 7, 25)): {},
    ("users.behaviors.subscription.GlobalStateChange", date(2026, 7, 25)): {},
    ("users.campaigns.EnrollInControl", date(2026, 7, 25)): {},
    ("users.messages.pushnotification.Send", date(2026, 9, 23)): {},
    ("users.messages.pushnotification.Bounce", date(2026, 5, 4)): {},
    ("users.messages.sms.DeliveryFailure", date(2026, 9, 23)): {},
    ("users.messages.sms.ShortLinkClick", date(2026, 5, 21)): {},
    ("users.messages.sms.Send", date(2026, 10, 21)): {},
    ("users.messages.sms.Delivery", date(2026, 10, 21)): {},
    ("users.messages.sms.InboundReceive", date(2026, 10, 21)): {},
    # from a larger company, because the event is rare
    ("users.messages.email.MarkAsSpam", date(2026, 6, 4)): {"customers": 1500},
}


def read(path):
    with path.open("rb") as file:
        return list(fastavro.reader(file))


def event_and_day(path):
    event, day = path.stem.rsplit("_", 1)
    return event, date.fromisoformat(day)


def records_of(folder):
    """The records of all files, each with its day."""
    found = defaultdict(list)
    for path in sorted(folder.glob("*.avro")):
        event, day = event_and_day(path)
        found[event] += [(day, record) for record in read(path)]
    return found


def rows_of(folder):
    return {event: [row for _, row in found] for event, found in records_of(folder).items()}


@pytest.fixture(scope="module")
def folders(world, monday):
    """A week with newsletters on Tuesday and Friday, an SMS on Wednesday, Kakao on Thursday."""
    return world.write("braze", monday, monday + timedelta(days=6))


@pytest.fixture(scope="module")
def week(folders):
    return rows_of(folders[0])


@pytest.fixture(scope="module")
def clean(world, monday):
    """The same week of a clean company: nothing is sent twice or mistyped."""
    return rows_of(world.write("braze", monday, monday + timedelta(days=6), dirty=False)[0])


@pytest.fixture(scope="module")
def truth(folders):
    """Person and key of each record of the week, by file and position."""
    found = duckdb.sql(f"select file, row, person, key from '{folders[1]}/records/*.parquet'")
    return {(file, row): (person, key) for file, row, person, key in found.fetchall()}


@pytest.fixture(scope="module")
def facts(monday):
    """Messages of the week and the two days before it: recipients and outcomes."""
    company, first = Company(1500, seed=7), day_number(monday)
    people, book = block(company, 0), contacts(company, 0)
    every = visits(company, people, book, first - 2, first + 6)
    sent = messages(company, people, book, every, first - 2, first + 6)
    names = list(sent.__dataclass_fields__)
    columns = zip(*(getattr(sent, name).tolist() for name in names), strict=True)
    return [dict(zip(names, values, strict=True)) for values in columns]


def in_week(facts, channel, moment, monday):
    """How many messages of a channel had an event in the week."""
    start = int(datetime(*monday.timetuple()[:3], tzinfo=UTC).timestamp() - 9 * 3600) * 1000
    return sum(
        row["channel"] == channel and start <= row[moment] < start + 7 * 86_400_000 for row in facts
    )


@pytest.mark.parametrize("event", FIELDS)
def test_fields_and_types_are_those_of_braze(event, folders, world):
    paths = list(folders[0].glob(f"{event}_*.avro"))
    if not paths:  # rare events happen in the golden files
        (day, parameters) = next(
            (day, more) for (name, day), more in GOLDEN_FILES.items() if name == event
        )
        folder, _ = world.write("braze", day, **({"customers": 60, "seed": 7} | parameters))
        paths = list(folder.glob(f"{event}_*.avro"))
    with paths[0].open("rb") as file:
        reader = fastavro.reader(file)
        schema, metadata = json.loads(reader.metadata["avro.schema"]), reader.metadata

    namespace, name = event.rsplit(".", 1)
    assert (schema["namespace"], schema["name"]) == (f"dataexport.S3.inner.{namespace}", name)
    assert list(metadata) == ["avro.schema"]
    expected = []
    for word in FIELDS[event].split():
        field, _, kind = word.partition(":")
        kind = kind or "?string"
        plain = {
            "array<string>": {"type": "array", "items": "string"},
            "array<?string>": {"type": "array", "items": ["null", "string"]},
        }.get(kind.lstrip("?"), kind.lstrip("?"))
        optional = {"name": field, "type": ["null", plain], "default": None}
        expected.append(optional if kind[0] == "?" else {"name": field, "type": plain})
    assert schema["fields"] == expected


def test_a_file_for_each_type_of_event_that_happened_and_day(folders):
    names = {path.name for path in folders[0].iterdir()}

    assert "users.messages.email.Send_2026-03-10.avro" in names
    assert "users.messages.email.Send_2026-03-11.avro" not in names
    assert all(read(folders[0] / name) for name in names)
    assert {event_and_day(folders[0] / name)[0] for name in names} <= set(FIELDS)


def test_apache_reads_the_same(folders):
    for path in sorted(folders[0].glob("*_2026-03-1[01].avro")):
        with avro.datafile.DataFileReader(path.open("rb"), avro.io.DatumReader()) as reader:
            assert list(reader) == read(path)


def test_ids_have_the_forms_of_braze(week):
    uuid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}"
    for event, rows in week.items():
        for row in rows:
            assert duckdb.execute("select regexp_full_match(?, ?)", [row["id"], uuid]).fetchone()[0]
            break
        assert {len(row["id"]) for row in rows} == {36}, event
        assert all(len(row["user_id"]) == 24 and int(row["user_id"], 16) for row in rows)
        assert len({row["app_group_id"] for row in rows}) == 1
    for row in week["users.messages.email.Send"]:
        assert len(row["dispatch_id"]) == 24
        assert row["canvas_id"] is row["send_id"] is None


def test_time_is_in_seconds_on_the_day_of_the_file_in_korea(folders):
    yesterdays = 0
    for found in records_of(folders[0]).values():
        for day, row in found:
            assert type(row["time"]) is int
            moment = datetime.fromtimestamp(row["time"], UTC) + timedelta(hours=9)
            assert moment.date() == day
            campaign = row.get("campaign_name") or ""
            yesterdays += campaign.startswith("Letter") and str(day) not in campaign
    # opens, clicks and withdrawals up to two days after the newsletter
    assert yesterdays > 0


def test_records_are_in_the_order_of_time(folders):
    for path in folders[0].iterdir():
        times = [row["time"] for row in read(path)]
        assert times == sorted(times)


def test_events_are_those_of_the_facts(clean, facts, monday):
    for event, channel, moment in (
        ("users.messages.email.Send", EMAIL, "sent_ms"),
        ("users.messages.email.Delivery", EMAIL, "delivered_ms"),
        ("users.messages.pushnotification.Send", PUSH, "sent_ms"),
        ("users.messages.pushnotification.Open", PUSH, "opened_ms"),
        ("users.messages.sms.Send", SMS, "sent_ms"),
        ("users.messages.sms.Delivery", SMS, "delivered_ms"),
        ("users.messages.sms.ShortLinkClick", SMS, "clicked_ms"),
    ):
        assert len(clean[event]) == in_week(facts, channel, moment, monday), event
    opens = clean["users.messages.email.Open"]
    assert len(opens) == in_week(facts, EMAIL, "opened_ms", monday) + in_week(
        facts, EMAIL, "machine_opened_ms", monday
    )
    for event, channel in (
        ("users.messages.email.Bounce", EMAIL),
        ("users.messages.pushnotification.Bounce", PUSH),
        ("users.messages.sms.DeliveryFailure", SMS),
    ):
        bounced = [
            row
            for row in facts
            if row["channel"] == channel and row["is_bounced"] and row["day"] >= day_number(monday)
        ]
        assert len(clean.get(event, [])) == len(bounced), event


def test_machine_open_is_a_text_or_null(week, facts, monday):
    opens = week["users.messages.email.Open"]
    machines = [row for row in opens if row["machine_open"] is not None]

    assert {row["machine_open"] for row in opens} == {"true", None}
    assert abs(len(machines) - in_week(facts, EMAIL, "machine_opened_ms", monday)) <= 2
    assert {row["user_agent"] for row in machines} == {"Mozilla/5.0"}
    # Google's proxy fetches a person's images: an open, but from an unknown device
    by_google = [row for row in opens if "GoogleImageProxy" in row["user_agent"]]
    assert {row["mailbox_provider"] for row in by_google} == {"Gmail"}
    assert {row["machine_open"] for row in by_google} == {None}
    assert {row["device_class"] for row in opens} == {"mobile", "desktop", "other"}


def test_link_scanners_click_everything_at_once(folders, truth):
    delivered, clicks = {}, defaultdict(list)
    for path in folders[0].glob("users.messages.email.Delivery_*.avro"):
        delivered |= {(row["dispatch_id"], row["user_id"]): row["time"] for row in read(path)}
    for path in folders[0].glob("users.messages.email.Click_*.avro"):
        for place, row in enumerate(read(path), 1):
            clicks[truth[path.name, place][1].split(" ", 2)[2]].append(row)

    assert set(clicks) == {"clicked by a person", "clicked by a robot"}
    links = defaultdict(set)
    for row in clicks["clicked by a robot"]:
        message = row["dispatch_id"], row["user_id"]
        links[message].add(row["link_alias"])
        assert 0 <= row["time"] - delivered[message] <= 8
        assert row["email_address"].split("@")[1].split(".")[0] in {"outlook", "work"}
    assert all(found == {"hero", "logo", "bestsellers"} for found in links.values())
    suspected = Counter(row["is_suspected_bot_click"] for row in clicks["clicked by a robot"])
    assert suspected[True] > suspected[False] > 0  # some are not detected
    reasons = {
        tuple(row["suspected_bot_click_reason"] or ()) for row in clicks["clicked by a robot"]
    }
    assert reasons == {("user_agent",), ("ip_address",), ("user_agent", "ip_address"), ()}
    assert {
        (row["is_suspected_bot_click"], row["suspected_bot_click_reason"])
        for row in clicks["clicked by a person"]
    } == {(False, None)}


def test_robots_were_not_marked_before_filtering(world):
    day = date(2025, 3, 11)
    folder, _ = world.write("braze", day, customers=3000)
    clicks = read(folder / f"users.messages.email.Click_{day}.avro")

    assert {row["is_suspected_bot_click"] for row in clicks} == {None}
    assert any(row["suspected_bot_click_reason"] for row in clicks)


def test_external_user_ids_are_the_shops_customer_ids(folders, truth):
    """One per person; the second account is a separate profile that is seen only in the app."""
    company = Company(1500, seed=7)
    book = contacts(company, 0)
    profiles, accounts = defaultdict(set), defaultdict(set)
    for path in folders[0].iterdir():
        event, day = event_and_day(path)
        for place, row in enumerate(read(path), 1):
            person, _ = truth[path.name, place]
            profiles[person].add((row["user_id"], "inapp" in event))
            if row["external_user_id"]:
                accounts[person].add(row["external_user_id"])
                assert 0 <= int(row["external_user_id"]) - 7_210_000_000_000 < 3000
                assert book.account_day[person] <= day_number(day)
            elif "inapp" not in event:
                assert book.account_day[person] > day_number(day)
    assert len({account for found in accounts.values() for account in found}) == sum(
        map(len, accounts.values())
    )
    for person, found in profiles.items():
        assert len({profile for profile, is_in_app in found if not is_in_app}) <= 1
        assert len({profile for profile, _ in found}) <= 2
        if len(accounts[person]) > 1:
            assert book.second_account_day[person] <= day_number(date(2026, 3, 15))


def test_control_groups_are_kept_from_their_campaigns(week, facts, monday):
    held_out = week["users.campaigns.EnrollInControl"]
    expected = [row for row in facts if row["is_held_out"] and row["day"] >= day_number(monday)]

    assert abs(len(held_out) - len(expected)) <= 2  # some records come twice
    assert {row["message_variation_name"] for row in held_out} == {"Control Group"}
    kinds = Counter(row["campaign_name"].split()[0] for row in held_out)
    assert set(kinds) == {"Letter", "Push", "SMS", "Kakao"}
    sent = {
        (row["campaign_id"], row["user_id"])
        for event in ("email.Send", "pushnotification.Send", "sms.Send")
        for row in week[f"users.messages.{event}"]
    }
    assert not sent & {(row["campaign_id"], row["user_id"]) for row in held_out}
    letters = sum(name == "Letter" for name, _ in sent) or len(week["users.messages.email.Send"])
    assert 0.05 < kinds["Letter"] / (kinds["Letter"] + letters) < 0.16


def test_messages_in_the_app_are_seen_before_they_are_tapped(week):
    shown = {
        (row["user_id"], row["campaign_id"], row["device_id"]): row["time"]
        for row in week["users.messages.inappmessage.Impression"]
    }
    for row in week["users.messages.inappmessage.Click"]:
        assert row["campaign_name"].startswith("In-app ")
        assert (row["user_id"], row["campaign_id"], row["device_id"]) in shown
        assert row["button_id"] in {None, "0", "1"}
    assert {row["platform"] for row in week["users.messages.inappmessage.Impression"]} == {
        "ios",
        "android",
    }


def test_advertising_ids_follow_the_phone(week):
    for row in week["users.messages.pushnotification.Send"]:
        assert (row["ad_id"] is None) == (row["ad_tracking_enabled"] is False)
        if row["platform"] == "ios":
            assert row["ad_id_type"] in {None, "ios_idfa"}
            assert len(row["push_token"]) == 64
            assert row["device_id"].isupper()
        else:
            assert row["ad_id_type"] in {None, "google_ad_id"}
            assert ":APA91b" in row["push_token"]
            assert row["device_id"].islower()
    assert len({row["app_id"] for row in week["users.messages.pushnotification.Send"]}) == 2


def test_global_states_follow_the_permissions(clean, monday):
    company = Company(1500, seed=7, dirty=False)
    book = contacts(company, 0)
    said = said_on(company, 0, Span(day_number(monday), day_number(monday) + 6))
    expected = Counter()
    for person, permission, day, is_given in zip(
        *(said[name].tolist() for name in ("person", "permission", "day", "is_given")),
        strict=True,
    ):
        name = PERMISSIONS[permission]
        if name == "email" or (name == "push" and book.app_day[person] <= day):
            expected[name, "Opted In" if is_given else "Unsubscribed"] += 1

    rows = clean["users.behaviors.subscription.GlobalStateChange"]
    assert Counter((row["channel"], row["subscription_status"]) for row in rows) == expected
    for row in rows:
        assert (row["email_address"] is None) == (row["channel"] == "push")
        assert row["channel_identifier"] == row["email_address"]
        if row["campaign_id"]:
            assert row["state_change_source"] == "Preference Center"


def test_a_person_who_unsubscribes_through_a_message_has_received_it(world):
    first, last = date(2026, 6, 2), date(2026, 6, 4)
    week = rows_of(world.write("braze", first, last)[0])
    left = [
        row
        for event in ("Unsubscribe", "MarkAsSpam")
        for row in week[f"users.messages.email.{event}"]
    ]
    received = {
        (row["user_id"], row["dispatch_id"]): row["time"]
        for row in week["users.messages.email.Delivery"]
    }
    changes = {
        row["user_id"]: row["time"]
        for row in week["users.behaviors.subscription.GlobalStateChange"]
    }

    assert left
    for row in left:
        assert received[row["user_id"], row["dispatch_id"]] < row["time"]
        assert changes[row["user_id"]] == row["time"] + 1


def test_texts_go_to_numbers_of_the_world(week):
    for event in ("Send", "Delivery"):
        for row in week[f"users.messages.sms.{event}"]:
            number = phonenumbers.parse(row["to_phone_number"])
            written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert written == row["to_phone_number"]
    assert {row["is_sms_fallback"] for row in week["users.messages.sms.Delivery"]} == {False}
    for row in week["users.messages.sms.InboundReceive"]:
        assert row["user_phone_number"].startswith("+")
        assert row["action"] in {"Unsubscribed", "None"}
        assert row["media_urls"] is None


def test_letters_go_to_addresses_that_exist_nowhere(week):
    for row in week["users.messages.email.Send"]:
        validate_email(row["email_address"], check_deliverability=False, test_environment=True)
    assert {
        row["email_address"].rsplit(".", 1)[1] for row in week["users.messages.email.Send"]
    } <= {"example", "com", "org", "net"}


def test_links_lead_to_the_shop_with_the_campaigns_name(week):
    for event, medium in (("email.Click", "email"), ("sms.ShortLinkClick", "sms")):
        for row in week[f"users.messages.{event}"]:
            assert row["url"].startswith("https://www.dangolmart.example/")
            assert f"?utm_source=crm&utm_medium={medium}&utm_campaign=" in row["url"]
            assert row["url"].endswith(f"&utm_id={row['campaign_id']}")


def test_delivery_is_at_least_once(week, clean):
    twice = [
        [row for row in rows if row["id"] == event_id]
        for rows in week.values()
        for event_id, count in Counter(row["id"] for row in rows).items()
        if count > 1
    ]

    assert twice
    assert all(rows[0] == rows[1] for rows in twice)
    for event, rows in clean.items():
        assert len({row["id"] for row in rows}) == len(rows), event


def test_the_truth_knows_whom_each_record_is_about(folders, truth):
    records = {
        (path.name, place): row
        for path in folders[0].iterdir()
        for place, row in enumerate(read(path), 1)
    }

    assert set(truth) == set(records)
    owners = defaultdict(set)
    for key, row in records.items():
        person, what = truth[key]
        owners[row["user_id"]].add(person)
        if row.get("campaign_name") and "inapp" not in key[0]:
            channel, day = what.split(" ")[:2]
            assert row["campaign_name"].split()[:2] == [
                {"email": "Letter", "push": "Push", "sms": "SMS", "kakao": "Kakao"}[channel],
                day,
            ]
    assert all(len(found) == 1 for found in owners.values())


def test_a_day_alone_is_the_day_in_the_week(world, folders):
    for day in (date(2026, 3, 11), date(2026, 3, 14)):
        folder, truth = world.write("braze", day)
        alone = {path.name: path.read_bytes() for path in folder.iterdir()}
        together = {
            path.name: path.read_bytes() for path in folders[0].iterdir() if str(day) in path.name
        }
        assert alone == together
        name = f"records/{day}.parquet"
        assert (
            duckdb.sql(f"select * from '{truth / name}' order by all").fetchall()
            == duckdb.sql(f"select * from '{folders[1] / name}' order by all").fetchall()
        )


@pytest.mark.parametrize(("event", "day"), GOLDEN_FILES, ids=str)
def test_golden_files(world, event, day):
    golden(world, "braze", f"{event}_{day}.avro", day, **GOLDEN_FILES[event, day])


def test_golden_files_are_of_all_types():
    assert {event for event, _ in GOLDEN_FILES} == set(FIELDS)
