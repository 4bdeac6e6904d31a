"""What recurs in GA4's rows: records of devices, locations, campaigns and baskets.

There are few distinct ones, so each is made once, with its text as BigQuery writes it in JSON:
nulls omitted, integers in quotes. ``ga4_lists`` contains them as lists in its only row, and an
event has the positions. The rows to sort are then small, and the sorted events need no join that
would change their order.
"""

from simulator.common.tags import SITE
from simulator.night import Night
from simulator.systems.ga4_goods import NESTED, make_goods, record

MACROS = r"""
-- the value of a parameter, of which one member is set
create or replace temp macro ga4_value(words, whole, part) as {
    'string_value': words::varchar, 'int_value': whole::bigint, 'float_value': null::double,
    'double_value': part::double
};
-- a parameter with a text
create or replace temp macro ga4_text(name, value) as
    {'key': name, 'value': ga4_value(value, null, null)};
-- a parameter with a whole number
create or replace temp macro ga4_whole(name, value) as
    {'key': name, 'value': ga4_value(null, value, null)};
-- a parameter with another number
create or replace temp macro ga4_real(name, value) as
    {'key': name, 'value': ga4_value(null, null, value)};
-- a record as BigQuery writes it in JSON: without nulls, integers as texts
create or replace temp macro ga4_json(record) as replace(regexp_replace(regexp_replace(
    to_json(record)::varchar, '"[a-z_0-9]+":null,?', '', 'g'
), '"([a-z_]*quantity|unique_items|[a-z_]*seconds|[a-z_]*micros)":([0-9]+)', '"\1":"\2"', 'g'
), ',}', '}');
"""

VISITS = """
create or replace temp table ga4_told as
select
    visits.*,
    rates.won,
    if(is_denied, null, if(
        is_app,
        if(is_ios, upper(md5('ga4 ' || browser_key)), md5('ga4 ' || browser_key)),
        roll(browser_key, 'ga4 client', 2147483647) || '.' || first_ms // 1000
    )) as user_pseudo_id,
    -- a first visit has the very same time as its first event
    if(is_denied, null, first_ms * 1000
        + roll(first_visit * 256, 'ga4 action', 1000000000000000) % 1000
    ) as user_first_touch_timestamp,
    {{
        'analytics_storage': if(is_denied, 'No', 'Yes'),
        'ads_storage': if(allows_ads and not is_denied, 'Yes', 'No'),
        'uses_transient_token': 'No'
    }} as privacy_record,
    {{
        'category': if(device = 1, 'desktop', 'mobile'),
        'mobile_brand_name': if(device = 1, null, brand),
        'mobile_model_name': case when device = 1 then null
            when not is_app and os = 'iOS' then 'iPhone' else model end,
        'mobile_marketing_name': if(is_app, marketing_name, null),
        'mobile_os_hardware_model': if(is_app, model, null),
        'operating_system': os,
        'operating_system_version': concat_ws(' ', os, os_version),
        'vendor_id': if(is_app and is_ios, vendor_id, null),
        'advertising_id': if(is_app, advertising_id, null),
        'language': lower(locale),
        'is_limited_ad_tracking': if(is_app and not allows_ads, 'Yes', 'No'),
        'time_zone_offset_seconds': if(is_app, 32400::bigint, null),
        'browser': null::varchar,
        'browser_version': null::varchar,
        'web_info': if(is_app, null, {{
            'browser': browser, 'browser_version': browser_version, 'hostname': '{host}'
        }})
    }} as device_record,
    {{
        'continent': if(country = 'South Korea', 'Asia', 'Americas'),
        'sub_continent': if(country = 'South Korea', 'Eastern Asia', 'Northern America'),
        'country': country,
        'region': region,
        'city': if(is_denied, '(not set)', town),
        'metro': '(not set)'
    }} as geo_record,
    if(is_app, {{
        'id': 'example.dangolmart.app',
        'version': '5.' || (visits.day - 20089) // 21 || '.0',
        'install_store': if(is_ios, 'iTunes', 'com.android.vending'),
        'firebase_app_id': if(
            is_ios, '1:424242424242:ios:7d3f0a5c19e2b864',
            '1:424242424242:android:2c81be0947fd6a35'
        ),
        'install_source': if(is_ios, 'iTunes', 'com.android.vending')
    }}, null) as app_record,
    {{'name': first_campaign, 'medium': first_medium, 'source': first_source}} as first_record,
    if(parameters = '', null, {collected}) as collected_record,
    {{'manual_campaign': {manual_campaign}}} as click_record
from tagged_visits as visits
inner join ga4_rates as rates on visits.day = rates.day
"""

COLLECTED = {
    "manual_campaign_id": "campaign_id",
    "manual_campaign_name": "campaign",
    "manual_source": "traffic_source",
    "manual_medium": "traffic_medium",
    "gclid": "click_id",
}

MANUAL_CAMPAIGN = {
    "campaign_id": "campaign_id",
    "campaign_name": "coalesce(campaign, '(not set)')",
    "source": "traffic_source",
    "medium": "traffic_medium",
}

RECORDS = ("privacy", "device", "geo", "app", "first", "collected", "click")
"""Each is a column of ``ga4_told`` with the suffix ``_record``, and two lists in ``ga4_lists``."""


def make_records(night: Night) -> None:
    """Make the tables ``ga4_visits``, ``ga4_goods`` and ``ga4_lists``.

    Parameters
    ----------
    night
        With the tables of ``tags.py``.
    """
    connection = night.connection
    connection.execute(MACROS)
    make_goods(night)
    connection.execute(
        VISITS.format(
            host=SITE.removeprefix("https://"),
            collected=record("collected", COLLECTED),
            manual_campaign=record("manual_campaign", MANUAL_CAMPAIGN),
        )
    )
    lists = ", ".join(
        f"(select list(distinct {name}_record) from ga4_told) as {name}_records" for name in RECORDS
    )
    texts = ", ".join(
        f"list_transform({name}_records, lambda each: ga4_json(each)) as {name}_texts"
        for name in RECORDS
    )
    goods = ", ".join(
        f"(select list({name} order by position) from ga4_goods where what < 0) as listed_{name}"
        for name in NESTED
    )
    connection.execute(f"""
        create or replace temp table ga4_lists as
        select
            *,
            {texts},
            {goods},
            (select list(url order by page) from tagged_pages) as urls,
            (select list(title order by page) from tagged_pages) as titles,
            (select list(screen order by page) from tagged_pages) as screens,
            (select list(term order by page) from tagged_pages) as terms
        from (select {lists})
    """)
    positions = " ".join(
        f"""left join (
            select unnest({name}_records) as record,
                generate_subscripts({name}_records, 1) as position from ga4_lists
        ) as {name}_list on {name}_record = {name}_list.record"""
        for name in RECORDS
    )
    columns = ", ".join(f"{name}_list.position as {name}_position" for name in RECORDS)
    connection.execute(f"""
        create or replace temp table ga4_visits as
        select ga4_told.* exclude ({", ".join(f"{name}_record" for name in RECORDS)}), {columns}
        from ga4_told {positions}
    """)
