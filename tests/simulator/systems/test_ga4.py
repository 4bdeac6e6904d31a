"""GA4's export by reference 3.1: fields and types, tables, the key of an event."""

import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta, timezone

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.simulator.golden_files import golden

KOREA = timezone(timedelta(hours=9))
DAYS = 8

TEXT, WHOLE, REAL = pa.string(), pa.int64(), pa.float64()


def record(**fields):
    return pa.struct(list(fields.items()))


def texts(names):
    return record(**dict.fromkeys(names.split(), TEXT))


VALUE = {"string_value": TEXT, "int_value": WHOLE, "float_value": REAL, "double_value": REAL}
PARAMETERS = pa.list_(record(key=TEXT, value=record(**VALUE)))
ITEM = record(
    **dict.fromkeys("item_id item_name item_brand item_variant item_category".split(), TEXT),
    **{f"item_category{number}": TEXT for number in (2, 3, 4, 5)},
    price_in_usd=REAL,
    price=REAL,
    quantity=WHOLE,
    item_revenue_in_usd=REAL,
    item_revenue=REAL,
    item_refund_in_usd=REAL,
    item_refund=REAL,
    **dict.fromkeys(
        "coupon affiliation location_id item_list_id item_list_name item_list_index promotion_id"
        " promotion_name creative_name creative_slot".split(),
        TEXT,
    ),
    item_params=PARAMETERS,
)
SCHEMA = {
    "event_date": TEXT,
    "event_timestamp": WHOLE,
    "event_name": TEXT,
    "event_params": PARAMETERS,
    "event_previous_timestamp": WHOLE,
    "event_value_in_usd": REAL,
    "event_bundle_sequence_id": WHOLE,
    "event_server_timestamp_offset": WHOLE,
    "user_id": TEXT,
    "user_pseudo_id": TEXT,
    "privacy_info": texts("analytics_storage ads_storage uses_transient_token"),
    "user_properties": pa.list_(
        record(key=TEXT, value=record(**VALUE, set_timestamp_micros=WHOLE))
    ),
    "user_first_touch_timestamp": WHOLE,
    "user_ltv": record(revenue=REAL, currency=TEXT),
    "device": record(
        **dict.fromkeys(
            "category mobile_brand_name mobile_model_name mobile_marketing_name"
            " mobile_os_hardware_model operating_system operating_system_version vendor_id"
            " advertising_id language is_limited_ad_tracking".split(),
            TEXT,
        ),
        time_zone_offset_seconds=WHOLE,
        browser=TEXT,
        browser_version=TEXT,
        web_info=texts("browser browser_version hostname"),
    ),
    "geo": texts("continent sub_continent country region city metro"),
    "app_info": texts("id version install_store firebase_app_id install_source"),
    "traffic_source": texts("name medium source"),
    "stream_id": TEXT,
    "platform": TEXT,
    "ecommerce": record(
        total_item_quantity=WHOLE,
        **dict.fromkeys(
            "purchase_revenue_in_usd purchase_revenue refund_value_in_usd refund_value"
            " shipping_value_in_usd shipping_value tax_value_in_usd tax_value".split(),
            REAL,
        ),
        unique_items=WHOLE,
        transaction_id=TEXT,
    ),
    "items": pa.list_(ITEM),
    "collected_traffic_source": texts(
        "manual_campaign_id manual_campaign_name manual_source manual_medium manual_term"
        " manual_content manual_source_platform manual_creative_format manual_marketing_tactic"
        " gclid dclid srsltid"
    ),
    "batch_event_index": WHOLE,
    "batch_page_id": WHOLE,
    "batch_ordering_id": WHOLE,
    "session_traffic_source_last_click": record(
        manual_campaign=texts(
            "campaign_id campaign_name source medium term content source_platform"
            " creative_format marketing_tactic"
        )
    ),
}
"""All fields of the reference, in the order of BigQuery's table."""


@pytest.fixture(scope="module")
def span(monday):
    return monday, monday + timedelta(days=DAYS - 1)


@pytest.fixture(scope="module")
def files(world, span):
    """The files of some days by name."""
    folder, _ = world.write("ga4", *span)
    return {path.name: path for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def events(world, files, span):
    """All rows of the daily tables, with their file, person and key."""
    _, truth = world.write("ga4", *span)
    about = defaultdict(dict)
    for file, row, person, key in duckdb.sql(
        f"select file, row, person, key from '{truth}/records/*.parquet'"
    ).fetchall():
        about[file][row] = (person, key)
    found = []
    for name, path in files.items():
        if name.endswith(".parquet"):
            rows = pq.read_table(path).to_pylist()
            assert sorted(about[name]) == list(range(1, len(rows) + 1))
            for number, row in enumerate(rows, start=1):
                person, key = about[name][number]
                found.append(row | {"file": name, "person": person, "visit": key})
    return found


@pytest.fixture(scope="module")
def people(events):
    return [row for row in events if row["person"] >= 0]


@pytest.fixture(scope="module")
def visits(world, span):
    """The truth about the days' visits, by key."""
    _, truth = world.write("ga4", *span)
    columns = (
        "visit_id, person, place, account, visit_date, started_at, is_order, last_click, cookie"
    )
    found = duckdb.sql(f"select {columns} from '{truth}/visits/*.parquet'").fetchall()
    names = columns.split(", ")
    return {str(row[0]): dict(zip(names, row, strict=True)) for row in found}


def told(row):
    """The parameters of an event: the value of their only member, by name."""
    values = {}
    for each in row["event_params"]:
        (value,) = [value for value in each["value"].values() if value is not None]
        assert each["key"] not in values
        values[each["key"]] = value
    return values


def day_of(row):
    moment = datetime.fromtimestamp(row["event_timestamp"] / 1e6, KOREA)
    return f"{moment:%Y%m%d}"


def test_fields_types_and_nesting_are_those_of_the_reference(files):
    for name, path in files.items():
        if name.endswith(".parquet"):
            schema = pq.read_schema(path)
            assert schema.names == list(SCHEMA)
            for field, kind in SCHEMA.items():
                # a list's inner field may have any name
                assert str(schema.field(field).type).replace("<element:", "<item:") == str(kind)


def test_every_night_writes_a_daily_and_an_intraday_table_named_as_bigquery_does(files, span):
    days = [f"{span[0] + timedelta(days=number):%Y%m%d}" for number in range(DAYS)]
    daily = {f"events_{day}_000000000000.parquet" for day in days}
    intraday = {f"events_intraday_{day}_000000000000.json.gz" for day in days}
    late = set(files) - daily - intraday
    assert set(files) == daily | intraday | late
    assert late
    assert all(re.fullmatch(r"events_\d{8}_00000000000[123]\.parquet", name) for name in late)


def test_a_row_is_in_the_table_of_its_day_in_korea(events):
    for row in events:
        assert row["event_date"] == day_of(row)
        assert row["file"].startswith(f"events_{row['event_date']}_")


def test_late_rows_are_of_the_app_and_come_in_a_shard_called_after_their_delay(events, visits):
    late = [row for row in events if not row["file"].endswith("_000000000000.parquet")]
    assert {row["platform"] for row in late} == {"IOS", "ANDROID"}
    for row in late:
        days = int(row["file"].removesuffix(".parquet")[-12:])
        assert row["event_server_timestamp_offset"] // 86_400_000_000 == days
    on_time = {row["visit"] for row in events} - {row["visit"] for row in late}
    assert len({row["visit"] for row in late}) < 0.05 * len(on_time)


def test_rows_are_in_the_order_of_time(files):
    for name, path in files.items():
        if name.endswith(".parquet"):
            table = pq.read_table(path)
            keys = ("event_timestamp", "event_bundle_sequence_id", "batch_event_index")
            order = list(zip(*(table[key].to_pylist() for key in keys), strict=True))
            assert order == sorted(order)


def test_no_event_has_an_id_and_the_reference_key_is_unique(events):
    assert not [name for name in SCHEMA if name in {"event_id", "id", "insert_id"}]
    keys = Counter(
        (
            row["user_pseudo_id"],
            row["event_timestamp"],
            row["event_name"],
            row["event_bundle_sequence_id"],
            row["batch_event_index"],
        )
        for row in events
    )
    assert set(keys.values()) == {1}
    places = Counter((row["event_bundle_sequence_id"], row["batch_event_index"]) for row in events)
    assert set(places.values()) == {1}


def test_a_batch_counts_its_events_from_one(events):
    batches = defaultdict(list)
    for row in events:
        batches[row["event_bundle_sequence_id"]].append(row["batch_event_index"])
    assert all(sorted(places) == list(range(1, len(places) + 1)) for places in batches.values())
    for row in events:
        is_site = row["platform"] == "WEB"
        assert (row["batch_page_id"] is not None) == is_site
        assert (row["batch_ordering_id"] is not None) == is_site


def without_nulls(value, path=""):
    """A record as in BigQuery's JSON: no nulls, integers as text."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return str(value) if isinstance(value, int) else value


def test_the_intraday_table_has_the_same_rows_until_six_as_json(files, events, span):
    attribution = {"traffic_source", "session_traffic_source_last_click"}
    more = {"file", "person", "visit"}
    for number in range(DAYS):
        day = f"{span[0] + timedelta(days=number):%Y%m%d}"
        text = gzip.decompress(files[f"events_intraday_{day}_000000000000.json.gz"].read_bytes())
        rows = [
            without_nulls(
                {name: value for name, value in row.items() if name not in attribution | more}
            )
            for row in events
            if row["file"] == f"events_{day}_000000000000.parquet"
            and datetime.fromtimestamp(row["event_timestamp"] / 1e6, KOREA).hour < 18
        ]
        assert [json.loads(line) for line in text.decode().splitlines()] == rows
        assert b"null" not in text


def test_the_truth_knows_the_rows_of_the_intraday_table_too(world, files, span):
    _, truth = world.write("ga4", *span)
    records = duckdb.sql(
        f"select file, count(*), count(person) from '{truth}/records/*.parquet'"
        " where file like '%intraday%' group by file order by file"
    ).fetchall()
    assert [name for name, *_ in records] == [name for name in files if "intraday" in name]
    for name, count, known in records:
        lines = gzip.decompress(files[name].read_bytes()).count(b"\n")
        assert count == known == lines


def test_event_names_are_those_of_the_vocabulary(events):
    site = {row["event_name"] for row in events if row["platform"] == "WEB"}
    app = {row["event_name"] for row in events if row["platform"] != "WEB"}
    both = {
        "session_start",
        "view_search_results",
        "view_item_list",
        "view_item",
        "add_to_cart",
        "view_cart",
        "begin_checkout",
        "purchase",
        "user_engagement",
    }
    assert site == both | {"first_visit", "page_view", "scroll"}
    assert app | {"first_open"} == both | {"first_open", "screen_view"}


def test_parameters_have_the_types_of_their_stream(events):
    kinds = defaultdict(set)
    for row in events:
        for each in row["event_params"]:
            (member,) = [name for name, value in each["value"].items() if value is not None]
            kinds[row["platform"] == "WEB", each["key"]].add(member)
    assert {name: kind for (is_site, name), kind in kinds.items() if is_site} == {
        "ga_session_id": {"int_value"},
        "ga_session_number": {"int_value"},
        "page_location": {"string_value"},
        "page_title": {"string_value"},
        "page_referrer": {"string_value"},
        "session_engaged": {"int_value"},
        "engagement_time_msec": {"int_value"},
        "entrances": {"int_value"},
        "percent_scrolled": {"int_value"},
        "search_term": {"string_value"},
        "source": {"string_value"},
        "medium": {"string_value"},
        "campaign": {"string_value"},
        "currency": {"string_value"},
        "value": {"int_value"},
        "transaction_id": {"string_value"},
        "shipping": {"int_value"},
        "tax": {"int_value"},
        "coupon": {"string_value"},
    }
    app = {name: kind for (is_site, name), kind in kinds.items() if not is_site}
    assert app["session_engaged"] == {"string_value"}
    assert app["value"] == {"double_value"}
    assert app["firebase_screen"] == app["firebase_screen_class"] == {"string_value"}
    assert "page_location" not in app


def test_the_source_is_in_session_start_and_collected_on_landing(people, visits):
    mediums = defaultdict(set)
    for row in people:
        parameters, collected = told(row), row["collected_traffic_source"]
        if row["event_name"] != "session_start":
            assert not {"source", "medium", "campaign"} & set(parameters)
        if collected:
            assert row["event_name"] in {
                *("session_start", "first_visit", "first_open", "page_view", "screen_view")
            }
        if row["event_name"] == "session_start" and row["visit"] in visits:
            manual = row["session_traffic_source_last_click"]["manual_campaign"]
            assert manual["medium"] == parameters.get("medium", "(none)")
            mediums[visits[row["visit"]]["last_click"]].add(manual["medium"])
    assert mediums["google_ads"] == mediums["naver_ads"] == {"cpc"}
    assert mediums["email"] == {"email"}
    assert mediums["push"] == {"push"}
    assert mediums["direct"] == {"(none)"}
    clicks = [row["collected_traffic_source"] for row in people if row["collected_traffic_source"]]
    assert {each["manual_source"] for each in clicks if each["gclid"]} == {"google"}


def test_a_visitor_has_two_numbers_on_the_site_and_32_digits_in_the_app(events):
    for row in events:
        pseudo = row["user_pseudo_id"]
        if row["platform"] == "WEB":
            assert pseudo is None or re.fullmatch(r"\d+\.\d{10}", pseudo)
        else:
            digits = "[0-9A-F]" if row["platform"] == "IOS" else "[0-9a-f]"
            assert re.fullmatch(digits + "{32}", pseudo)


def test_the_first_touch_never_changes_and_is_never_after_the_event(events):
    first = defaultdict(set)
    for row in events:
        if row["user_pseudo_id"]:
            assert row["user_first_touch_timestamp"] <= row["event_timestamp"]
            first[row["user_pseudo_id"]].add(
                (row["user_first_touch_timestamp"], *row["traffic_source"].values())
            )
            if row["platform"] == "WEB":
                seconds = int(row["user_pseudo_id"].split(".")[1])
                assert row["user_first_touch_timestamp"] // 1_000_000 == seconds
    assert all(len(told) == 1 for told in first.values())


def test_a_first_visit_is_the_first_session_of_its_cookie(events):
    firsts = [row for row in events if row["event_name"] in {"first_visit", "first_open"}]
    assert len({row["user_pseudo_id"] for row in firsts}) == len(firsts) > 20
    for row in firsts:
        assert row["event_timestamp"] == row["user_first_touch_timestamp"]
        assert told(row)["ga_session_number"] == 1
    for row in events:
        if row["event_name"] == "session_start" and told(row).get("ga_session_number") == 1:
            assert row["traffic_source"]["source"] == told(row).get("source", "(direct)")
    numbers = {told(row).get("ga_session_number") for row in events}
    assert max(number for number in numbers if number) > 10
    again = {row["user_pseudo_id"] for row in events if told(row).get("ga_session_number") == 2}
    assert again & {row["user_pseudo_id"] for row in firsts}, "they come again"


def test_a_session_is_a_visit_and_has_its_second(people, visits):
    sessions = defaultdict(set)
    for row in people:
        if row["user_pseudo_id"] and row["visit"] in visits:
            sessions[row["visit"]].add(told(row)["ga_session_id"])
    for visit, numbers in sessions.items():
        started = visits[visit]["started_at"].replace(tzinfo=timezone.utc)  # noqa: UP017
        assert numbers == {int(started.timestamp())}


def test_every_visit_online_is_there(people, visits):
    online = {key for key, visit in visits.items() if visit["place"] != "store"}
    seen = {row["visit"] for row in people}
    missing = online - seen
    # delayed app events arrive later
    late = {key for key in missing if visits[key]["place"] == "app"}
    assert len(late) < 0.02 * len(online)
    # some browsers block all tags, in all of their visits
    blocked = {visits[key]["cookie"] for key in missing - late}
    assert not blocked & {visits[key]["cookie"] for key in seen & online}
    web = {key for key in online if visits[key]["place"] == "web"}
    assert 0.03 < len(missing - late) / len(web) < 0.15
    for row in people:
        if row["visit"] in visits:
            assert row["person"] == visits[row["visit"]]["person"]


def test_the_customer_id_is_there_only_after_a_login(world, span, people, visits):
    _, truth = world.write("ga4", *span)
    accounts = duckdb.sql(
        f"select value, person from '{truth}/identifiers/*.parquet' where kind = 'account'"
    ).fetchall()
    owner = dict(accounts)
    known = [row for row in people if row["user_id"]]
    assert 0.3 < len(known) / len(people) < 0.8
    for row in known:
        assert owner[row["user_id"]] == row["person"]
        assert row["visit"] not in visits or visits[row["visit"]]["account"] > 0
    for row in people:
        if row["event_name"] == "purchase" and row["privacy_info"]["analytics_storage"] == "Yes":
            assert (row["user_id"] is not None) == (visits[row["visit"]]["account"] > 0)
        names = [each["key"] for each in row["user_properties"]]
        assert names == (["membership"] if row["user_id"] else [])


def test_a_visitor_who_denies_consent_has_no_id_and_no_session(events):
    denied = [row for row in events if row["privacy_info"]["analytics_storage"] == "No"]
    assert 0.005 < len(denied) / len(events) < 0.06
    for row in denied:
        assert row["user_pseudo_id"] is row["user_id"] is row["user_first_touch_timestamp"] is None
        assert not {"ga_session_id", "ga_session_number"} & set(told(row))
        assert row["event_name"] not in {"first_visit", "session_start", "user_engagement"}
    assert all(row["user_pseudo_id"] for row in events if row not in denied)


def test_purchases_are_the_orders_of_the_shop(world, span, people):
    _, truth = world.write("ga4", *span)
    orders = {
        name: (total, shipping)
        for name, total, shipping in duckdb.sql(
            f"select order_name, total, shipping from '{truth}/orders/*.parquet'"
            " where place <> 'store'"
        ).fetchall()
    }
    bought = {}
    for row in people:
        if row["event_name"] == "purchase":
            ecommerce, parameters = row["ecommerce"], told(row)
            name = ecommerce["transaction_id"]
            bought[name] = row
            if name in orders:
                assert (ecommerce["purchase_revenue"], ecommerce["shipping_value"]) == orders[name]
            assert ecommerce["purchase_revenue"] == sum(
                item["item_revenue"] for item in row["items"]
            )
            assert ecommerce["total_item_quantity"] == sum(
                item["quantity"] for item in row["items"]
            )
            assert ecommerce["unique_items"] == len(row["items"])
            paid = ecommerce["purchase_revenue"] + ecommerce["shipping_value"]
            assert ecommerce["tax_value"] == parameters["tax"] == round(paid / 11)
            assert parameters["transaction_id"] == name
            assert parameters["value"] == ecommerce["purchase_revenue"]
            assert parameters["currency"] == "KRW"
            rate = ecommerce["purchase_revenue"] / ecommerce["purchase_revenue_in_usd"]
            assert 1_000 < rate < 2_000
            assert row["event_value_in_usd"] == ecommerce["purchase_revenue_in_usd"]
    assert 0 < len(set(orders) - set(bought)) <= 0.12 * len(orders), "some let no tag speak"


def test_a_receipt_loaded_again_counts_twice_except_in_a_clean_world(world, span, events):
    def repeated(rows):
        names = Counter(
            (row["ecommerce"]["transaction_id"], row["platform"])
            for row in rows
            if row["event_name"] == "purchase"
        )
        return {(count, platform) for (_, platform), count in names.items() if count > 1}

    assert repeated(events) == {(2, "WEB")}
    clean, _ = world.write("ga4", *span, dirty=False)
    columns = ["event_name", "ecommerce", "platform"]
    rows = [pq.read_table(path, columns=columns).to_pylist() for path in clean.glob("*.parquet")]
    assert repeated(row for some in rows for row in some) == set()


def test_items_are_there_where_products_are_shown(people):
    for row in people:
        name, items = row["event_name"], row["items"]
        if name == "view_item_list":
            assert [item["item_list_index"] for item in items] == ["1", "2", "3", "4"]
            assert len({item["item_list_id"] for item in items}) == 1
        elif name in {"view_item", "add_to_cart"}:
            (item,) = items
            path = told(row).get("page_location", "")
            number = int(item["item_id"].removeprefix("DM-"))
            assert row["platform"] != "WEB" or path.endswith(f"-{number}")
        elif name in {"view_cart", "begin_checkout", "purchase"}:
            assert items
        else:
            assert (items, row["ecommerce"]) == ([], None)
        if items and name != "purchase":
            assert row["ecommerce"]["transaction_id"] == "(not set)"


def test_a_device_is_described_as_its_stream_can(events):
    for row in events:
        device, is_site = row["device"], row["platform"] == "WEB"
        assert (device["web_info"] is not None) == is_site
        assert (row["app_info"] is None) == is_site
        assert (device["time_zone_offset_seconds"] == 32_400) == (not is_site)
        assert (device["vendor_id"] is not None) == (row["platform"] == "IOS")
        if is_site:
            assert device["web_info"]["hostname"] == "www.dangolmart.example"
            assert device["web_info"]["browser_version"]
    streams = {(row["stream_id"], row["platform"]) for row in events}
    assert len(streams) == len({platform for _, platform in streams}) == 3


def test_robots_that_run_the_tags_are_no_person(events):
    robots = [row for row in events if row["person"] == -1]
    assert robots
    for row in robots:
        assert row["platform"] == "WEB"
        assert row["user_id"] is None
        assert row["visit"].startswith(("robot click fraud ", "robot browser "))


def test_a_day_alone_is_the_same_as_within_a_week(world, files, span):
    for number in (2, 5):
        alone, _ = world.write("ga4", span[0] + timedelta(days=number))
        assert len(list(alone.iterdir())) >= 3
        for path in alone.iterdir():
            assert path.read_bytes() == files[path.name].read_bytes()


GOLDEN_FILES = {
    # one visit of the app, a day late
    "events_20250703_000000000001.parquet": (date(2025, 7, 4), {"customers": 6}),
    # a guest, whose visit began before midnight
    "events_20260221_000000000000.parquet": (date(2026, 2, 21), {"customers": 12, "seed": 32}),
    # an order from a computer that began before midnight, and a person who soon leaves
    "events_intraday_20251119_000000000000.json.gz": (
        date(2025, 11, 19),
        {"customers": 12, "seed": 81},
    ),
}


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_the_golden_files(world, name):
    day, company = GOLDEN_FILES[name]
    golden(world, "ga4", name, day, **company)


def test_a_day_without_events_has_empty_tables(world):
    day, company = GOLDEN_FILES["events_20250703_000000000001.parquet"]
    folder, _ = world.write("ga4", day, **{"seed": 7} | company)
    table = pq.read_table(folder / "events_20250704_000000000000.parquet")
    assert (table.num_rows, table.column_names) == (0, list(SCHEMA))
    packed = (folder / "events_intraday_20250704_000000000000.json.gz").read_bytes()
    assert gzip.decompress(packed) == b""
