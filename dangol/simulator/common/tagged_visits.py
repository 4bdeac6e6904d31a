"""Visits as tags know them: cookie, login, device, place, and what brought them.

A cookie is first seen on the day on which it was made: those visits, and the seven in a hundred
that are made in a private window, have a cookie of their own that nobody sees again. So a first
visit is one for all systems, without knowing the days before; how many sessions there were before
is estimated. Robots that run the tags have the person -1 and a negative ``visit_id``.
"""

from __future__ import annotations

import numpy as np

from dangol.simulator.common.advertising import campaign_of
from dangol.simulator.common.browsers import seen_with
from dangol.simulator.night import Night

PRIVATE_WINDOWS = 0.07

FIRST_ARRIVALS = (
    *(3 * (("(direct)", "(none)", "(direct)"),)),
    *(2 * (("naver", "organic", "(organic)"),)),
    ("google", "organic", "(organic)"),
    ("naver", "cpc", "prospecting-search-kr"),
    ("google", "cpc", "prospecting-search-kr"),
    ("facebook", "paid_social", "prospecting-social-kr"),
    ("deals.example.net", "referral", "(referral)"),
)
"""What the first visit of a cookie was put down to: source, medium, campaign; each is as likely."""

VISITS = """
create or replace temp table tagged_visits as
with people as (
    select
        visits.visit_id,
        visits.visit_id::varchar as key,
        visits.visit_id::varchar as arrival_key,
        visits.person,
        visits.day,
        visits.device,
        visits.account,
        visits.started_ms,
        visits.source,
        visits.is_order,
        visits.experiment,
        visits.variant,
        if(visits.device = 2, persons.app_day, visits.cookie_day) as since_day,
        visits.day = since_day
            or (visits.device <> 2 and happens(visits.visit_id, 'tags private window', {private}))
            as is_new,
        if(is_new, 'visit ' || visits.visit_id, 'cookie ' || visits.cookie) as browser_key,
        'phone ' || visits.person as phone_key,
        persons.is_ios,
        persons.province_latin,
        persons.city,
        persons.locale,
        persons.online_rate,
        is_between(visits.day, persons.ads_from, persons.ads_until) as allows_ads,
        case visits.account
            when 1 then customer_id(persons.email_number)::varchar
            when 2 then customer_id(persons.second_email_number)::varchar
        end as user_id,
        -- in the app one stays logged in; on the site one logs in on the way
        case
            when visits.account = 0 then 1000
            when visits.device <> 2 then roll(visits.visit_id, 'tags login', 3)
            else if(is_new, 0, -1)
        end as login_number,
        arrivals.agent,
        -- the app's address is that of the home, or of the phone outside, as in the server's log
        if(
            happens(visits.visit_id, 'access_log outside', 0.5),
            'phone ' || visits.cookie || ' ' || visits.day // 3,
            'home ' || persons.household || ' '
            || (visits.day + roll(persons.household, 'access_log moves', 120)) // 120
        ) as line_key,
        coalesce(
            arrivals.address,
            one_of(['192.0.2.', '198.51.100.'], line_key, 'access_log network')
            || (1 + roll(line_key, 'access_log address', 254))
        ) as ip,
        coalesce(arrivals.landing, '/') as landing,
        nullif(arrivals.referer, '-') as referer,
        channels.channel_name,
        coalesce(advertised.campaign_name, message_campaign_name(
            campaigns.channel, campaigns.day, campaigns.theme)) as campaign_name,
        coalesce(advertised.campaign_id::varchar, message_campaign_id(
            campaigns.channel, campaigns.day)) as campaign_id
    from visits
    inner join persons on visits.person = persons.person
    left join tagged_arrivals as arrivals on visits.visit_id = arrivals.visit_id
    left join channels on visits.source = channels.channel
    left join tagged_clicks as clicks on visits.visit_id = clicks.visit_id
    left join ad_campaigns as advertised
        on clicks.channel = advertised.channel and clicks.campaign = advertised.campaign
    left join campaigns
        on visits.source = campaigns.channel and visits.message_day = campaigns.day
    where visits.visit_id in (select visit_id from tagged_actions)
),

everybody as (
    select * from people
    union all by name
    select distinct
        -1 - (visit_day * 131072 + robot) * 64 - visit_number as visit_id,
        tagged_robots.key,
        'robot ' || robot || ' ' || visit_day || ' ' || visit_number || ' 0' as arrival_key,
        -1 as person,
        visit_day as day,
        if(agent_text like '%Mobile%', 0, 1) as device,
        0 as account,
        started_ms,
        20 as source,
        false as is_order,
        -1 as experiment,
        0 as variant,
        visit_day as since_day,
        true as is_new,
        'robot ' || robot || ' ' || visit_day || ' ' || visit_number as browser_key,
        'robot' as phone_key,
        'en-US' as locale,
        0.0 as online_rate,
        true as allows_ads,
        1000 as login_number,
        agent_text as agent,
        address_text as ip,
        '/' as landing,
        if(channels.channel_name = 'google_ads', 'https://www.google.example/', null) as referer,
        channels.channel_name,
        advertised.campaign_name,
        advertised.campaign_id::varchar as campaign_id
    from tagged_robots
    left join channels on tagged_robots.channel = channels.channel
    left join ad_campaigns as advertised
        on tagged_robots.channel = advertised.channel
        and tagged_robots.campaign = advertised.campaign
),

equipped as ({equipped}),

brought as (
    select
        * exclude (campaign_name),
        coalesce(access_log_parameters(channel_name, campaign_name, campaign_id, arrival_key), '')
            as parameters,
        access_log_slug(campaign_name) as campaign,
        coalesce(nullif(regexp_extract(parameters, 'utm_source=([^&]+)', 1), ''), case
            when referer is null or device = 2 then '(direct)'
            when referer like '%naver.example/%' then 'naver'
            when referer like '%google.example/%' then 'google'
            else regexp_extract(referer, '//([^/]+)', 1)
        end) as traffic_source,
        coalesce(nullif(regexp_extract(parameters, 'utm_medium=([^&]+)', 1), ''), case
            when traffic_source = '(direct)' then '(none)'
            when traffic_source in ('naver', 'google') then 'organic'
            else 'referral'
        end) as traffic_medium,
        one_of({firsts}, browser_key, 'tags first arrival') as first_arrival,
        case device when 0 then 0.65 when 1 then 0.35 else 0.6 end as device_share
    from equipped
)

select
    brought.* exclude (first_arrival, device_share, channel_name, source, line_key),
    device = 2 as is_app,
    line_key like 'phone%' as is_outside,
    coalesce(pages.page, 0) as landing_page,
    -- an Apple phone's own id for the makers of the app, another phone's for all apps
    if(is_ios, upper(uuid_of('vendor ' || phone_key)), substr(md5('vendor ' || phone_key), 1, 16))
        as vendor_id,
    if(not allows_ads, null, if(
        is_ios, upper(uuid_of('advertising ' || phone_key)), uuid_of('advertising ' || phone_key)
    )) as advertising_id,
    nullif(regexp_extract(brought.parameters, 'gclid=([^&]+)', 1), '') as click_id,
    if(is_new, traffic_source, first_arrival.source) as first_source,
    if(is_new, traffic_medium, first_arrival.medium) as first_medium,
    if(is_new, coalesce(brought.campaign, if(
        traffic_medium = '(none)', '(direct)', '(' || traffic_medium || ')'
    )), first_arrival.campaign) as first_campaign,
    if(is_new, started_ms, since_day * 86400000 - 32400000
        + roll(browser_key, 'tags first seen', 86400000)) as first_ms,
    if(is_new, 1, 2 + floor(
        (started_ms + 32400000 - since_day * 86400000) / 86400000 * online_rate * device_share
    )::bigint) as session_number,
    device <> 2 and person >= 0 and happens(browser_key, 'tags consent denied', 0.03)
        as is_denied
from brought
left join tagged_pages as pages on brought.landing = pages.path
"""


def show_tagged_visits(night: Night) -> None:
    """Make the table ``tagged_visits``.

    Parameters
    ----------
    night
        With the other tables of ``tags.py``.
    """
    _add_clicks(night)
    night.connection.execute(
        VISITS.format(
            day=night.day,
            private=PRIVATE_WINDOWS,
            equipped=seen_with("everybody"),
            firsts=[
                dict(zip(("source", "medium", "campaign"), each, strict=True))
                for each in FIRST_ARRIVALS
            ],
        )
    )


def _add_clicks(night: Night) -> None:
    """Find the campaign of each visit that came through an advertisement."""
    found = night.connection.execute(
        """
        select visit_id, person, day, source
        from visits inner join channels on source = channel
        where kind = 'ad' and visit_id in (select visit_id from tagged_actions)
        """
    ).fetchnumpy()
    visit, person, day, channel = (
        np.asarray(found[name]) for name in ("visit_id", "person", "day", "source")
    )
    campaign = np.full(len(visit), -1)
    for number in np.unique(channel):
        mine = channel == number
        campaign[mine] = campaign_of(night.company, int(number), person[mine], day[mine])
    night.table("tagged_clicks", {"visit_id": visit, "channel": channel, "campaign": campaign})
