"""Segment's messages by reference 3.2: calls, clocks, ids, contexts, traits, shop events."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import duckdb
import pytest

from simulator.company import EXPERIMENTS
from tests.simulator.golden_files import golden

KOREA = timezone(timedelta(hours=9))
DAYS = 8
LIBRARIES = {"site": "analytics.js", "iphone": "analytics-swift", "older": "analytics-android"}


@pytest.fixture(scope="module")
def span(monday):
    return monday, monday + timedelta(days=DAYS - 1)


@pytest.fixture(scope="module")
def truth(world, span):
    return world.write("segment", *span)[1]


@pytest.fixture(scope="module")
def messages(world, span, truth):
    """All messages in the order of the files, with file, row, person and key."""
    records = {
        (file, row): (person, key)
        for file, row, person, key in duckdb.sql(
            f"select file, row, person, key from '{truth}/records/*.parquet'"
        ).fetchall()
    }
    found = []
    for number in range(DAYS):
        name = f"segment_{span[0] + timedelta(days=number)}.json.gz"
        for row, line in enumerate(world.text("segment", name, *span).splitlines(), start=1):
            person, key = records.pop((name, row))
            about = {"file": name, "row": row, "person": person, "visit": key}
            found.append(json.loads(line) | {"about": about})
    assert not records
    return found


@pytest.fixture(scope="module")
def visits(truth):
    columns = "visit_id person place account experiment variant is_order".split()
    found = duckdb.sql(f"select {', '.join(columns)} from '{truth}/visits/*.parquet'").fetchall()
    return {str(row[0]): dict(zip(columns, row, strict=True)) for row in found}


def moment(text):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    return datetime.fromisoformat(text)


def library(message):
    return message["context"]["library"]["name"]


def tracks(messages, *events):
    return [each for each in messages if each["type"] == "track" and each["event"] in events]


def test_one_file_a_night_in_the_order_of_receipt(world, span, messages):
    folder, _ = world.write("segment", *span)
    days = [span[0] + timedelta(days=number) for number in range(DAYS)]
    assert sorted(path.name for path in folder.iterdir()) == [
        f"segment_{day}.json.gz" for day in days
    ]
    received = defaultdict(list)
    for each in messages:
        received[each["about"]["file"]].append(moment(each["receivedAt"]))
    for name, moments in received.items():
        assert moments == sorted(moments)
        assert {f"segment_{at.astimezone(KOREA).date()}.json.gz" for at in moments} == {name}


def test_messages_have_the_common_fields_and_those_of_their_call(messages):
    common = {
        *("anonymousId", "channel", "context", "integrations", "messageId", "originalTimestamp"),
        *("receivedAt", "sentAt", "timestamp", "type", "version"),
    }
    own = {
        "page": {"name", "properties"},
        "screen": {"name", "properties"},
        "track": {"event", "properties"},
        "identify": {"traits"},
        "alias": {"previousId"},
    }
    for each in messages:
        assert set(each) - {"userId", "about"} == common | own[each["type"]]
        assert (each["version"], each["integrations"]) == (2, {})
        assert each["anonymousId"]
    assert {"page", "screen", "track", "identify"} <= {each["type"] for each in messages}


def test_the_four_times_agree(messages):
    for each in messages:
        original, sent, received, told = (
            moment(each[name])
            for name in ("originalTimestamp", "sentAt", "receivedAt", "timestamp")
        )
        assert told == received - (sent - original)
        assert told <= received
        assert sent >= original


def test_some_clocks_are_wrong_and_the_truth_knows_what_they_should_say(messages, truth):
    mistakes = defaultdict(dict)
    for file, row, name, clean in duckdb.sql(
        f"select file, row, name, clean from '{truth}/mistakes/*.parquet'"
    ).fetchall():
        mistakes[file, row][name] = clean
    wrong = 0
    for each in messages:
        clean = mistakes[each["about"]["file"], each["about"]["row"]]
        right = moment(clean.get("originalTimestamp", each["originalTimestamp"]))
        sent = moment(clean.get("sentAt", each["sentAt"]))
        assert right <= sent <= moment(each["receivedAt"])
        assert timedelta(0) <= moment(each["timestamp"]) - right < timedelta(seconds=2)
        wrong += "originalTimestamp" in clean
        assert ("originalTimestamp" in clean) == ("sentAt" in clean)
        assert set(clean) <= {"originalTimestamp", "sentAt", "email"}
    assert 0.003 < wrong / len(messages) < 0.05


def test_a_message_comes_twice_after_a_retry_unless_the_company_is_clean(world, messages, monday):
    copies = Counter(each["messageId"] for each in messages)
    assert set(copies.values()) == {1, 2}
    assert 0.001 < sum(count == 2 for count in copies.values()) / len(messages) < 0.01
    twice = defaultdict(list)
    for each in messages:
        twice[each["messageId"]].append(each)
    for first, second in (pair for pair in twice.values() if len(pair) == 2):
        changed = {name for name in first if first[name] != second[name]}
        assert changed == {"receivedAt", "sentAt", "about"}
        assert first["receivedAt"] < second["receivedAt"]
    clean = world.text("segment", f"segment_{monday}.json.gz", monday, dirty=False)
    ids = [json.loads(line)["messageId"] for line in clean.splitlines()]
    assert len(ids) == len(set(ids))
    _, without = world.write("segment", monday, dirty=False)
    assert duckdb.sql(f"from '{without}/mistakes/*.parquet'").fetchall() == []


def test_ids_are_written_as_each_library_does(messages):
    for each in messages:
        name, text = each["messageId"], each["anonymousId"]
        assert str(UUID(text)) == text.lower()
        if library(each) == LIBRARIES["site"]:
            found = re.fullmatch(r"ajs-next-(\d{13})-([0-9a-f-]{36})", name)
            assert int(found[1]) == round(moment(each["originalTimestamp"]).timestamp() * 1000)
        elif library(each) == LIBRARIES["iphone"]:
            assert (str(UUID(name)).upper(), text) == (name, text.upper())
        else:
            assert (str(UUID(name)), text) == (name, text.lower())


def test_contexts_differ_between_site_and_app(messages):
    for each in messages:
        context = each["context"]
        both = {"consent", "ip", "library", "locale", "timezone"}
        if library(each) == LIBRARIES["site"]:
            assert each["channel"] == "client"
            assert both | {"active", "page", "userAgent"} <= set(context)
            assert set(context["page"]) == {"path", "referrer", "search", "title", "url"}
            assert not {"app", "device", "os", "network", "screen"} & set(context)
        else:
            assert each["channel"] == "mobile"
            own = {"app", "device", "network", "os", "screen", "traits"}
            assert set(context) - {"campaign"} == both | own
            assert set(context["app"]) == {"build", "name", "namespace", "version"}
            assert {"id", "manufacturer", "model", "name", "type"} <= set(context["device"])
            has_advertising = "advertisingId" in context["device"]
            assert context["device"]["adTrackingEnabled"] == has_advertising
            assert set(context["network"]) == {"bluetooth", "carrier", "cellular", "wifi"}
            assert ("density" in context["screen"]) == (library(each) == LIBRARIES["older"])
        categories = context["consent"]["categoryPreferences"]
        assert set(categories) == {"Advertising", "Analytics", "Functional"}
        assert categories["Functional"] is True
    assert {library(each) for each in messages} == set(LIBRARIES.values())
    denied = [each["context"]["consent"]["categoryPreferences"]["Analytics"] for each in messages]
    assert set(denied) == {True, False}


def test_pages_have_their_address_and_campaigns_are_on_the_landing_page(messages):
    for each in messages:
        if each["type"] == "page":
            assert each["properties"] == each["context"]["page"]
        if each["type"] == "screen":
            assert each["properties"] == {}
        if each["type"] in {"page", "screen"}:
            assert each["name"] in {
                *("Home", "Category", "Search", "Product", "Cart", "Checkout", "Order Complete")
            }
        if "page" in each["context"]:
            page = each["context"]["page"]
            site = "https://www.dangolmart.example"
            assert page["url"] == site + page["path"] + page["search"]
            assert ("campaign" in each["context"]) == ("utm_source=" in page["search"])
        if "campaign" in each["context"]:
            assert {"source", "medium"} <= set(each["context"]["campaign"])


def test_an_unknown_user_is_null_on_the_site_and_omitted_in_the_app(messages, visits, truth):
    accounts = duckdb.sql(
        f"select value, person from '{truth}/identifiers/*.parquet' where kind = 'account'"
    ).fetchall()
    owner = dict(accounts)
    for each in messages:
        is_site = library(each) == LIBRARIES["site"]
        assert ("userId" in each) or not is_site
        if each.get("userId"):
            assert owner[each["userId"]] == each["about"]["person"]
        elif not is_site:
            assert "userId" not in each
        visit = visits.get(each["about"]["visit"])
        if visit and not visit["account"]:
            assert not each.get("userId")


def test_a_visitor_is_known_from_the_login_on(messages, visits):
    of_visit = defaultdict(list)
    for each in messages:
        if each["about"]["visit"] in visits:
            of_visit[each["about"]["visit"]].append(each)
    logged_in_late = 0
    for visit, said in of_visit.items():
        if not visits[visit]["account"]:
            continue
        known = [each for each in said if each.get("userId")]
        first = [each for each in known if each["type"] in {"identify", "alias"}]
        anonymous = [each for each in said if not each.get("userId")]
        if library(said[0]) == LIBRARIES["site"] and known:
            assert first
            login = min(each["originalTimestamp"] for each in first)
            assert all(each["originalTimestamp"] < login for each in anonymous)
            assert all(each["originalTimestamp"] >= login for each in known)
        logged_in_late += bool(anonymous and known)
    assert logged_in_late > 20


def test_traits_are_camel_case_but_for_the_older_library(messages):
    camel = {"email", "firstName", "lastName", "phone", "createdAt", "birthday", "gender"}
    snake = {"email", "first_name", "last_name", "phone", "created_at", "birthday", "gender"}
    seen = set()
    for each in messages:
        if each["type"] == "identify":
            is_older = library(each) == LIBRARIES["older"]
            seen.add((is_older, each.get("userId") is None))
            traits = set(each["traits"])
            assert traits - {"address"} <= (snake if is_older else camel)
            assert {"email", "phone"} <= traits
            created = "created_at" if is_older else "createdAt"
            assert (created in traits) == bool(each.get("userId"))
            if "address" in traits:
                code = "postal_code" if is_older else "postalCode"
                parts = {"city", "country", code, "state", "street"}
                assert set(each["traits"]["address"]) == parts
    assert {(False, True), (False, False), (True, False)} <= seen


def test_one_order_completed_an_order_with_all_fields(messages, truth):
    orders = {
        name: (total, shipping)
        for name, total, shipping in duckdb.sql(
            f"select order_name, total, shipping from '{truth}/orders/*.parquet'"
            " where place <> 'store'"
        ).fetchall()
    }
    completed = {
        each["messageId"]: each["properties"] for each in tracks(messages, "Order Completed")
    }
    names = Counter(told["order_id"] for told in completed.values())
    assert set(names.values()) == {1}
    assert 0 < len(set(orders) - set(names)) <= 0.12 * len(orders), "some let no tag speak"
    for told in completed.values():
        assert list(told) == [
            *("checkout_id", "order_id", "affiliation", "subtotal", "total", "revenue"),
            *("shipping", "tax", "discount", "coupon", "currency", "products"),
        ]
        for position, product in enumerate(told["products"], start=1):
            assert set(product) == {
                *("product_id", "sku", "category", "name", "brand", "variant", "price"),
                *("quantity", "coupon", "position"),
            }
            assert product["position"] == position
            assert product["coupon"] == told["coupon"]
        gross = sum(each["price"] * each["quantity"] for each in told["products"])
        assert told["total"] == gross - told["discount"] + told["shipping"]
        assert told["total"] == told["subtotal"] + told["shipping"] + told["tax"]
        assert told["revenue"] == told["subtotal"]
        assert told["tax"] == round(told["total"] / 11)
        if told["order_id"] in orders:
            assert (told["total"] - told["shipping"], told["shipping"]) == orders[told["order_id"]]
    assert {told["coupon"] for told in completed.values()} == {None, "DANGOL10"}


def test_a_guest_is_known_by_the_e_mail_typed_for_the_shop(world, span, messages, visits, truth):
    guests = {
        each["properties"]["order_id"]: each
        for each in tracks(messages, "Order Completed")
        if each["about"]["visit"] in visits and not visits[each["about"]["visit"]]["account"]
    }
    assert len(guests) > 3
    identified = {
        each["about"]["visit"]: each["traits"]["email"]
        for each in messages
        if each["type"] == "identify" and not each.get("userId")
    }
    shop, _ = world.write("shopify", *span)
    emails = dict(
        duckdb.sql(
            f"select Name, any_value(Email) from read_csv('{shop}/orders_export_*.csv',"
            " all_varchar = true, union_by_name = true) where Email is not null group by Name"
        ).fetchall()
    )
    for name, each in guests.items():
        assert not each.get("userId")
        assert "email" not in each["properties"]
        (email,) = each["context"]["traits"].values()
        assert email == identified[each["about"]["visit"]] == emails[name]
    on_site = [each for each in messages if library(each) == LIBRARIES["site"]]
    told = {each["about"]["visit"] for each in on_site if "traits" in each["context"]}
    assert told == {
        each["about"]["visit"] for each in tracks(on_site, "Order Completed") if not each["userId"]
    }


def test_mistyped_addresses_have_their_clean_form_in_the_truth(world, span):
    _, truth = world.write("segment", *span, customers=4000)
    wrong = duckdb.sql(
        f"select file, row, clean from '{truth}/mistakes/*.parquet' where name = 'email'"
    ).fetchall()
    assert wrong
    assert all("@" in clean for _, _, clean in wrong)


def test_the_shop_s_events_follow_the_spec(messages):
    fields = {
        "Products Searched": {"query"},
        "Product List Viewed": {"list_id", "category", "products"},
        "Product Viewed": {"product_id", "sku", "category", "name", "brand", "variant", "price"}
        | {"currency"},
        "Product Added": {"cart_id", "product_id", "sku", "category", "name", "brand", "variant"}
        | {"price", "quantity", "currency"},
        "Cart Viewed": {"cart_id", "products"},
        "Checkout Started": {"checkout_id", "affiliation", "value", "revenue", "discount", "coupon"}
        | {"currency", "products"},
        "Experiment Viewed": {"experiment_id", "experiment_name", "variation_id"}
        | {"variation_name"},
    }
    for event, names in fields.items():
        found = tracks(messages, event)
        assert found
        for each in found:
            assert set(each["properties"]) == names
            assert each["properties"].get("products", [1])
    for each in tracks(messages, "Product Viewed"):
        if "page" in each["context"]:
            path = each["context"]["page"]["path"]
            assert path.endswith(f"-{each['properties']['product_id']}")


def test_an_experiment_is_viewed_in_each_visit_that_is_in_it(messages, visits):
    seen = {}
    for each in tracks(messages, "Experiment Viewed"):
        properties, visit = each["properties"], visits.get(each["about"]["visit"])
        if visit:
            seen[each["about"]["visit"]] = properties
            test = EXPERIMENTS[visit["experiment"]]
            assert properties == {
                "experiment_id": test.experiment_id,
                "experiment_name": test.name,
                "variation_id": str(visit["variant"]),
                "variation_name": ["Control", "Variant"][visit["variant"]],
            }
    inside = {
        each["about"]["visit"]
        for each in messages
        if each["about"]["visit"] in visits and visits[each["about"]["visit"]]["experiment"] >= 0
    }
    # a visit can begin before midnight and be seen only after it
    assert len(inside - set(seen)) <= 0.01 * len(inside)


def test_without_an_experiment_none_is_viewed(world, monday):
    day = monday.replace(month=5)
    lines = world.text("segment", f"segment_{day}.json.gz", day).splitlines()
    assert not tracks([json.loads(line) for line in lines], "Experiment Viewed")


def test_an_alias_joins_the_installed_app_to_the_account_once(world, span):
    aliases = []
    for number in range(DAYS):
        name = f"segment_{span[0] + timedelta(days=number)}.json.gz"
        text = world.text("segment", name, *span, customers=4000)
        aliases += [json.loads(line) for line in text.splitlines() if '"type":"alias"' in line]
    assert aliases
    for each in aliases:
        assert each["channel"] == "mobile"
        assert each["previousId"] == each["anonymousId"]
        assert each["userId"]
    ids = {each["messageId"]: each["anonymousId"] for each in aliases}
    assert len(ids) == len(set(ids.values()))


def test_the_app_sends_in_batches_and_late_without_a_network(messages):
    late, batches = [], defaultdict(set)
    for each in messages:
        waited = moment(each["receivedAt"]) - moment(each["timestamp"])
        if library(each) == LIBRARIES["site"]:
            assert waited < timedelta(seconds=10)
        else:
            batches[each["about"]["visit"], each["sentAt"]].add(each["receivedAt"])
            if waited > timedelta(minutes=2):
                late.append(waited)
    assert late
    assert max(late) < timedelta(days=4)
    assert all(len(received) == 1 for received in batches.values())
    assert len(batches) < 0.8 * sum(each["channel"] == "mobile" for each in messages)


def test_robots_that_run_the_tags_are_no_person(messages):
    robots = [each for each in messages if each["about"]["person"] == -1]
    assert robots
    for each in robots:
        assert library(each) == LIBRARIES["site"]
        assert each["userId"] is None
        assert each["about"]["visit"].startswith(("robot click fraud ", "robot browser "))


def test_analytics_and_pipeline_do_not_share_their_cookies(world, span, messages):
    folder, _ = world.write("ga4", *span)
    pseudo = duckdb.sql(
        f"select distinct user_pseudo_id from '{folder}/*.parquet' where user_pseudo_id is not null"
    ).fetchall()
    assert not {name for (name,) in pseudo} & {each["anonymousId"] for each in messages}


def test_a_day_alone_is_the_same_as_within_a_week(world, span):
    for number in (2, 5):
        day = span[0] + timedelta(days=number)
        name = f"segment_{day}.json.gz"
        alone, _ = world.write("segment", day)
        within, _ = world.write("segment", *span)
        assert (alone / name).read_bytes() == (within / name).read_bytes()


def test_times_are_utc(messages):
    assert {moment(each["receivedAt"]).tzinfo for each in messages} == {UTC}


GOLDEN_FILES = {
    # one visit of the app, a day late
    "segment_2025-07-04.json.gz": (date(2025, 7, 4), {"customers": 6}),
    # an order from a computer that began before midnight, and a person who soon leaves
    "segment_2025-11-19.json.gz": (date(2025, 11, 19), {"customers": 12, "seed": 81}),
    # a guest, whose visit began before midnight
    "segment_2026-02-21.json.gz": (date(2026, 2, 21), {"customers": 12, "seed": 32}),
}


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_golden_files(world, name):
    day, company = GOLDEN_FILES[name]
    golden(world, "segment", name, day, **company)
