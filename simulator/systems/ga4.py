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
of ``ga4_lists``, and each event gets its parameters: once as columns (``_columns``), once as a line
of JSON (``_line``).
"""

from __future__ import annotations

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
        strftime(date_of(day), '%Y%m%d') as event_date,
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
    columns = _line() if as_lines else _columns()
    return ROWS.format(chosen=chosen, columns=columns)


def _columns() -> str:
    """Return the columns of the daily table, in BigQuery's order."""
    groups = ", ".join(
        f"if({told}, [{', '.join(_record(*each) for _, *each in some)}], [])"
        for told, some in groupby(PARAMETERS, itemgetter(0))
    )
    return f"""event_date,
    event_timestamp,
    event_name,
    list_concat({groups}) as event_params,
    null::bigint as event_previous_timestamp,
    value_in_usd as event_value_in_usd,
    bundle as event_bundle_sequence_id,
    server_offset as event_server_timestamp_offset,
    user_id,
    user_pseudo_id,
    privacy_records[privacy_position] as privacy_info,
    if(user_id is null, [], [{{
        'key': 'membership',
        'value': {{
            'string_value': 'basic', 'int_value': null::bigint, 'float_value': null::double,
            'double_value': null::double, 'set_timestamp_micros': started_ms * 1000
        }}
    }}]) as user_properties,
    user_first_touch_timestamp,
    null::struct(revenue double, currency varchar) as user_ltv,
    device_records[device_position] as device,
    geo_records[geo_position] as geo,
    app_records[app_position] as app_info,
    first_records[first_position] as traffic_source,
    {STREAM}[1 + is_app::integer + (is_app and is_ios)::integer] as stream_id,
    {PLATFORM}[1 + is_app::integer + (is_app and is_ios)::integer] as platform,
    coalesce(own_ecommerce, listed_ecommerce[goods_position]) as ecommerce,
    coalesce(own_items, listed_items[goods_position], []) as items,
    collected_records[collected_position] as collected_traffic_source,
    batch_event_index,
    batch_page_id,
    batch_ordering_id,
    click_records[click_position] as session_traffic_source_last_click"""


def _line() -> str:
    """Return the line of the intraday table: the same as JSON, without attribution."""
    groups = ", ".join(
        f"if({told}, concat_ws(',', {', '.join(_text(*each) for _, *each in some)}), null)"
        for told, some in groupby(PARAMETERS, itemgetter(0))
    )
    return f"""concat(
        '{{"event_date":"', event_date,
        '","event_timestamp":"', event_timestamp,
        '","event_name":"', event_name,
        '","event_params":[', concat_ws(',', {groups}), '],',
        concat_ws(',',
            '"event_value_in_usd":' || value_in_usd,
            '"event_bundle_sequence_id":"' || bundle || '"',
            '"event_server_timestamp_offset":"' || server_offset || '"',
            '"user_id":"' || user_id || '"',
            '"user_pseudo_id":"' || user_pseudo_id || '"',
            '"privacy_info":' || privacy_texts[privacy_position],
            '"user_properties":[' || if(user_id is null, '',
                '{{"key":"membership","value":{{"string_value":"basic","set_timestamp_micros":"'
                || started_ms * 1000 || '"}}}}') || ']',
            '"user_first_touch_timestamp":"' || user_first_touch_timestamp || '"',
            '"device":' || device_texts[device_position],
            '"geo":' || geo_texts[geo_position],
            '"app_info":' || app_texts[app_position],
            '"stream_id":"' || {STREAM}[1 + is_app::integer + (is_app and is_ios)::integer] || '"',
            '"platform":"' || {PLATFORM}[1 + is_app::integer + (is_app and is_ios)::integer]
                || '"',
            '"ecommerce":' || coalesce(own_ecommerce_text, listed_ecommerce_text[goods_position]),
            '"items":' || coalesce(own_items_text, listed_items_text[goods_position], '[]'),
            '"collected_traffic_source":' || collected_texts[collected_position],
            '"batch_event_index":"' || batch_event_index || '"',
            '"batch_page_id":"' || batch_page_id || '"',
            '"batch_ordering_id":"' || batch_ordering_id || '"'
        ),
        '}}'
    ) as line"""


def _record(name: str, kind: str, value: str) -> str:
    """Return SQL for a parameter as a record."""
    return f"ga4_{kind}('{name}', {value})"


def _text(name: str, kind: str, value: str) -> str:
    """Return SQL for a parameter as JSON, null if it is missing. No value contains a quote."""
    member = {"text": "string_value", "whole": "int_value", "real": "double_value"}[kind]
    quote = "" if kind == "real" else '"'
    told = f"({value})::double" if kind == "real" else f"({value})"
    start = f'{{"key":"{name}","value":{{"{member}":{quote}'
    return f"'{start}' || {told} || '{quote}}}}}'"
