"""Visits as tags see them: cookie, login, device, location and source.

A cookie's first visit is the same for all systems; a visit in a private window has its own cookie,
which never occurs again. Robots that run the tags have the person -1 and a negative ``visit_id``.
"""

from simulator.common.arrivals import name_campaigns
from simulator.common.browsers import seen_with
from simulator.night import Night
from simulator.world.visits import SLOTS

BLOCKERS = 0.08
"""Share of browsers that block all tags: web analytics never sees their orders."""

MACROS = """
-- the source as web analytics have it: told by the link, or guessed from the referer
create or replace macro tags_source(parameters, referer) as
    coalesce(nullif(regexp_extract(parameters, 'utm_source=([^&]+)', 1), ''), case
        when referer is null then '(direct)'
        when referer like '%naver.example/%' then 'naver'
        when referer like '%google.example/%' then 'google'
        else regexp_extract(referer, '//([^/]+)', 1)
    end);
-- the medium, likewise
create or replace macro tags_medium(parameters, source) as
    coalesce(nullif(regexp_extract(parameters, 'utm_medium=([^&]+)', 1), ''), case
        when source = '(direct)' then '(none)'
        when source in ('naver', 'google') then 'organic'
        else 'referral'
    end);
"""

VISITS = """
create or replace temp table tagged_visits as
with people as (
    select
        visits.visit_id,
        visits.visit_id::varchar as key,
        visits.visit_id::varchar as arrival_key,
        visits.person, visits.day, visits.device, visits.account, visits.started_ms,
        visits.source, visits.is_order, visits.experiment, visits.variant,
        visits.session_number, visits.first_ms, visits.first_visit,
        visits.first_source as first_arrival,
        firsts.channel_name as first_channel,
        firsts.campaign_name as first_campaign_name,
        firsts.campaign_id as first_campaign_id,
        visits.session_number = 1 as is_new,
        if(visits.is_private, 'visit ' || visits.visit_id, 'cookie ' || visits.cookie)
            as browser_key,
        'phone ' || visits.person as phone_key,
        persons.is_ios, persons.province_latin, persons.city, persons.locale,
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
        brought.* exclude (visit_id)
    from visits
    inner join persons on visits.person = persons.person
    left join arrivals on visits.visit_id = arrivals.visit_id
    left join arrival_campaigns as brought on visits.visit_id = brought.visit_id
    left join tagged_firsts as firsts on visits.visit_id = firsts.visit_id
    where visits.visit_id in (select visit_id from tagged_actions)
        -- the server's log sees what a blocker hides from tags
        and not (visits.device <> 2 and happens(visits.cookie, 'tags blocked', {blocked}))
),

everybody as (
    select * from people
    union all by name
    select distinct
        visit_id,
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
        1 as session_number,
        started_ms as first_ms,
        visit_id as first_visit,
        true as is_new,
        20 as first_arrival,
        channels.channel_name as first_channel,
        advertised.campaign_name as first_campaign_name,
        advertised.campaign_id::varchar as first_campaign_id,
        'robot ' || robot || ' ' || visit_day || ' ' || visit_number as browser_key,
        'robot' as phone_key,
        'en-US' as locale,
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
        slug_of(campaign_name) as campaign,
        tags_source(parameters, if(device = 2, null, referer)) as traffic_source,
        tags_medium(parameters, traffic_source) as traffic_medium,
        -- the same of the browser's first visit
        coalesce(access_log_parameters(first_channel, first_campaign_name, first_campaign_id,
            first_visit), '') as first_parameters,
        tags_source(first_parameters, if(device = 2, null,
            access_log_referer(first_channel, first_arrival, first_visit))) as first_source,
        tags_medium(first_parameters, first_source) as first_medium
    from equipped
)

select
    brought.* exclude (
        channel_name, source, line_key, first_arrival, first_channel, first_campaign_name,
        first_campaign_id, first_parameters
    ),
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
    coalesce(slug_of(first_campaign_name), if(
        first_medium = '(none)', '(direct)', '(' || first_medium || ')'
    )) as first_campaign,
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
    customers = night.company.customers
    # who came when is encoded in the first visit's number
    name_campaigns(
        night,
        "tagged_firsts",
        f"""select visit_id, first_visit // {SLOTS} % {customers},
            first_visit // {SLOTS} // {customers}, first_source, first_message_day
        from visits
        where first_source in (select channel from channels)
            and visit_id in (select visit_id from tagged_actions)""",
    )
    night.connection.execute(MACROS)
    night.connection.execute(
        VISITS.format(day=night.day, blocked=BLOCKERS, equipped=seen_with("everybody"))
    )
