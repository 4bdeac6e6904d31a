"""Web analytics: the BigQuery export of Google Analytics 4, as its tables are stored.

Every night the daily table, as Parquet, with what arrived on that day; and the intraday table with
what was streamed until 6 p.m., as JSON lines: the same events are in both, so a reader has to
choose. App events without a network arrive up to three days late, as another shard of their own
day's table, whose number says how many days late it is. An event has no id: visitor, time, name,
bundle and index in the batch together are unique. Types of event parameters vary:
``session_engaged`` is a number on the site and a text in the app, ``value`` is an integer on the
site and a float in the app. Visitors who deny consent have no ``user_pseudo_id``. A receipt that is
loaded again counts as a second purchase with the same ``transaction_id``. Robots that run the tags
are included; the truth gives them the person -1.

Our own choices: the shard's number, and that the intraday table ends at six and lacks all
attribution. ``user_ltv`` and ``event_previous_timestamp`` stay null. Refunds are not sent to it.
The tables of users are not exported.

How a night is made: ``common/tags.py`` tells what the tags saw (``tagged_actions``, one row per
page or click, and ``tagged_visits``), the same for GA4 and Segment. ``ga4_records.py`` makes the
records that many events share (device, location, campaigns; ``ga4_goods.py``: products, carts,
orders) and numbers them; ``ga4_events.py`` turns each action into its events, sorted by time, with
the numbers of their records. Here the numbers become records again, from the lists in the only row
of ``ga4_lists``, and each event gets its parameters: ``_columns`` lists what an event consists of,
each as a column of the daily table and as JSON of the intraday one.
"""

from datetime import timedelta
from itertools import groupby
from operator import itemgetter

from simulator.common.tags import tag_visits
from simulator.company import HOUR_MS
from simulator.export import Export, Exports, Lines, Night, Parquet
from simulator.systems.ga4_events import make_events
from simulator.systems.ga4_records import make_records

NAME = "ga4"
COUNTS_SESSIONS = True

INTRADAY_UNTIL_HOUR = 18

# of the site, of the app on Android and of the app on iPhones
STREAM = ["5210440001", "5210440003", "5210440002"]
PLATFORM = ["WEB", "ANDROID", "IOS"]

SCREEN_CLASS = "replace(screens[page], ' ', '') || if(is_ios, 'ViewController', 'Activity')"
CAME_FROM_A_PAGE = "not is_app and coalesce(page_before::varchar, referer) is not null"

PARAMETERS = (
    ("not is_app", "page_location", "text", "concat(urls[page], parameters)"),
    ("not is_app", "page_title", "text", "titles[page]"),
    ("not is_app", "session_engaged", "whole", "if(is_engaged, 1, 0)"),
    ("is_app", "firebase_screen", "text", "screens[page]"),
    ("is_app", "firebase_screen_class", "text", SCREEN_CLASS),
    ("is_app", "firebase_event_origin", "text", "if(has_goods, 'app', 'auto')"),
    ("is_app", "session_engaged", "text", "if(is_engaged, '1', '0')"),
    ("not is_denied", "ga_session_id", "whole", "started_ms // 1000"),
    ("not is_denied", "ga_session_number", "whole", "session_number"),
    (CAME_FROM_A_PAGE, "page_referrer", "text", "coalesce(urls[page_before], referer)"),
    ("engagement_ms is not null", "engagement_time_msec", "whole", "engagement_ms"),
    ("event_name = 'scroll'", "percent_scrolled", "whole", "90"),
    ("event_name = 'view_search_results'", "search_term", "text", "terms[page]"),
    ("number = 0 and event_name = 'page_view'", "entrances", "whole", "1"),
    ("source is not null", "source", "text", "source"),
    ("source is not null", "medium", "text", "medium"),
    ("campaign is not null", "campaign", "text", "campaign"),
    ("has_value", "currency", "text", "'KRW'"),
    ("has_value and not is_app", "value", "whole", "goods_value"),
    ("has_value and is_app", "value", "real", "goods_value"),
    ("event_name = 'purchase'", "transaction_id", "text", "own_ecommerce.transaction_id"),
    ("event_name = 'purchase'", "shipping", "whole", "own_ecommerce.shipping_value::bigint"),
    ("event_name = 'purchase'", "tax", "whole", "own_ecommerce.tax_value::bigint"),
    ("coupon is not null", "coupon", "text", "coupon"),
)
"""An event's parameters, in order: when it is sent, its name, its type, and its value. Columns are
those of ``ROWS``; ``urls``, ``titles``, ``screens`` and ``terms`` are lists by page."""

MEMBERSHIP = """if(user_id is null, [], [{
        'key': 'membership',
        'value': {
            'string_value': 'basic', 'int_value': null::bigint, 'float_value': null::double,
            'double_value': null::double, 'set_timestamp_micros': started_ms * 1000
        }
    }])"""
"""The property of users who are logged in."""

ROWS = """
with chosen as (
    select
        events.*,
        lists.*
    from ga4_events as events cross join ga4_lists as lists
    where {chosen}
),

valued as (
    select
        *,
        -- by the second page, or after ten seconds
        number > 0 or coalesce(engagement_ms, 0) >= 10000 as is_engaged,
        goods_value is not null and event_name <> 'view_item_list' as has_value,
        if(has_value, ga4_dollars(goods_value, won), null) as value_in_usd
    from chosen
)

-- in the order of the events, which are sorted; one row of lists does not mix them up
select
    {columns},
    person as _person,
    key as _key,
    event_timestamp // 1000 as _at_ms
from valued
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's two tables, and late events of the three days before."""
    tag_visits(night)
    make_records(night)
    make_events(night)
    days = night.connection.execute("select distinct day from ga4_events").fetchall()
    for late in sorted({0, *(night.day - day for (day,) in days)}):
        name = f"events_{night.date - timedelta(days=late):%Y%m%d}_{late:012d}.parquet"
        yield Export(name, rows(f"day = {night.day - late}"), Parquet(), streams=True)
    evening = (night.start_ms + INTRADAY_UNTIL_HOUR * HOUR_MS) * 1000
    yield Export(
        f"events_intraday_{night.date:%Y%m%d}_000000000000.json.gz",
        rows(f"day = {night.day} and event_timestamp < {evening}", as_lines=True),
        Lines(compressed=True),
        streams=True,
    )


def rows(chosen: str, *, as_lines: bool = False) -> str:
    """Write the query of a table.

    Parameters
    ----------
    chosen
        SQL condition for the table's events.
    as_lines
        Whether to write JSON lines instead of columns.

    Returns
    -------
    str
        SQL.
    """
    columns = _columns()
    if as_lines:
        members = ", ".join(f"""'"{name}":' || {text}""" for name, _, text in columns if text)
        shown = f"'{{' || concat_ws(',', {members}) || '}}' as line"
    else:
        shown = ",\n    ".join(f"{value} as {name}" for name, value, _ in columns)
    return ROWS.format(chosen=chosen, columns=shown)


def _columns() -> tuple[tuple[str, str, str], ...]:
    """List an event's columns: name, SQL for the value, and for it as JSON (empty: never told)."""
    source = "[1 + is_app::integer + (is_app and is_ios)::integer]"
    return (
        ("event_date", *_quoted("strftime(date_of(day), '%Y%m%d')")),
        ("event_timestamp", *_quoted("event_timestamp")),
        ("event_name", *_quoted("event_name")),
        ("event_params", *_parameters()),
        ("event_previous_timestamp", "null::bigint", ""),
        ("event_value_in_usd", "value_in_usd", "value_in_usd"),
        ("event_bundle_sequence_id", *_quoted("bundle")),
        ("event_server_timestamp_offset", *_quoted("server_offset")),
        ("user_id", *_quoted("user_id")),
        ("user_pseudo_id", *_quoted("user_pseudo_id")),
        ("privacy_info", *_listed("privacy")),
        ("user_properties", MEMBERSHIP, f"ga4_json({MEMBERSHIP})"),
        ("user_first_touch_timestamp", *_quoted("user_first_touch_timestamp")),
        ("user_ltv", "null::struct(revenue double, currency varchar)", ""),
        ("device", *_listed("device")),
        ("geo", *_listed("geo")),
        ("app_info", *_listed("app")),
        ("traffic_source", _listed("first")[0], ""),
        ("stream_id", *_quoted(f"{STREAM}{source}")),
        ("platform", *_quoted(f"{PLATFORM}{source}")),
        ("ecommerce", _goods("ecommerce"), _goods("ecommerce_text")),
        ("items", _goods("items", "[]"), _goods("items_text", "'[]'")),
        ("collected_traffic_source", *_listed("collected")),
        ("batch_event_index", *_quoted("batch_event_index")),
        ("batch_page_id", *_quoted("batch_page_id")),
        ("batch_ordering_id", *_quoted("batch_ordering_id")),
        ("session_traffic_source_last_click", _listed("click")[0], ""),
    )


def _quoted(value: str) -> tuple[str, str]:
    """Return SQL for a text or an integer, and for it as JSON: BigQuery quotes both."""
    return value, f"""'"' || {value} || '"'"""


def _listed(name: str) -> tuple[str, str]:
    """Return SQL for a record of ``ga4_lists``, and for it as JSON."""
    return f"{name}_records[{name}_position]", f"{name}_texts[{name}_position]"


def _goods(name: str, none: str = "null") -> str:
    """Return SQL for goods: of the visit's own cart, or else of ``ga4_lists``."""
    return f"coalesce(own_{name}, listed_{name}[goods_position], {none})"


def _parameters() -> tuple[str, str]:
    """Return SQL for an event's parameters, and for them as JSON. No value contains a quote."""
    records, texts = [], []
    for told, some in groupby(PARAMETERS, itemgetter(0)):
        of_group = list(some)
        made = ", ".join(f"ga4_{kind}('{name}', {value})" for _, name, kind, value in of_group)
        records.append(f"if({told}, [{made}], [])")
        written = ", ".join(_text(name, kind, value) for _, name, kind, value in of_group)
        texts.append(f"if({told}, concat_ws(',', {written}), null)")
    return f"list_concat({', '.join(records)})", f"'[' || concat_ws(',', {', '.join(texts)}) || ']'"


def _text(name: str, kind: str, value: str) -> str:
    """Return SQL for a parameter as JSON, null if it is missing."""
    member = {"text": "string_value", "whole": "int_value", "real": "double_value"}[kind]
    told = f"({value})::double" if kind == "real" else _quoted(f"({value})")[1]
    return f"""'{{"key":"{name}","value":{{"{member}":' || {told} || '}}}}'"""
