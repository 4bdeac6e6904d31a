"""How people come to the site, as its web server sees it: address, browser, referer, parameters."""

import numpy as np

from simulator import data
from simulator.common.advertising import campaign_of
from simulator.common.once import is_marked, set_mark
from simulator.night import Night
from simulator.words.text_lists import sql_list
from simulator.world.campaigns import audience
from simulator.world.fact_columns import LATEST_DAYS

MACROS = """
-- 43 letters of chance that look like a click's id
create or replace macro access_log_token(key) as
    replace(translate(to_base64(unhex(md5(key || ':1') || md5(key || ':2'))), '+/', '-_'), '=', '');

-- where somebody came from: a page of results, of a platform, of somebody else; null for nowhere
create or replace macro access_log_referer(channel_name, source, visit_id) as case
    when channel_name = 'google_ads' then 'https://www.google.example/'
    when channel_name = 'meta_ads'
        then one_of(['https://l.instagram.example/', 'https://m.facebook.example/'],
            visit_id, 'access_log referer')
    when channel_name = 'naver_ads'
        or (source = 21 and happens(visit_id, 'access_log seeks', 0.6))
        then 'https://search.naver.example/search.naver?query=' || url_encode(
            one_of(['단골마트', '마트 배송', '장보기'], visit_id, 'access_log referer')
        )
    when source = 21 then 'https://www.google.example/'
    when source = 22
        then one_of(['https://blog.example.com/shopping', 'https://cafe.example.org/mom/2210',
            'https://deals.example.net/?page=2'], visit_id, 'access_log referer')
end;

-- what a campaign's link adds to the address: source, medium, campaign, and the platform's click id
create or replace macro access_log_parameters(channel_name, campaign, campaign_id, key) as
    '?utm_source=' || map {
        'google_ads': 'google&utm_medium=cpc', 'meta_ads': 'facebook&utm_medium=paid_social',
        'naver_ads': 'naver&utm_medium=cpc', 'kakao_ads': 'kakao&utm_medium=display',
        'email': 'crm&utm_medium=email', 'push': 'crm&utm_medium=push',
        'sms': 'crm&utm_medium=sms', 'kakao': 'crm&utm_medium=kakao'
    }[channel_name]
    || coalesce('&utm_campaign=' || slug_of(campaign) || '&utm_id=' || campaign_id, '')
    || case channel_name
        when 'google_ads' then '&gclid=CjwKCAiA' || access_log_token(key) || '_wcB'
        when 'meta_ads' then '&fbclid=IwZXh0bgNhZW0BMABhZGlk' || access_log_token(key)
        when 'naver_ads' then '&n_media=27758&n_rank=' || (1 + roll(key, 'access_log rank', 5))
        else ''
    end;
"""

ARRIVALS = """
create or replace table arrivals as
with

-- visits that anything was asked in today, or just before midnight, for calls that lag
today as (
    select distinct visit_id from actions
    where at_ms between {start} - 10000 and {start} + hours_ms(24) + 10000
),

placed as (
    select
        visits.*,
        persons.household,
        persons.is_ios,
        brought.* exclude (visit_id),
        visits.device = 0 and happens(visits.visit_id, 'access_log outside', 0.5) as is_outside,
        if(
            is_outside,
            'phone ' || cookie || ' ' || visits.day // 3,
            'home ' || household || ' '
            || (visits.day + roll(household, 'access_log moves', 120)) // 120
        ) as line_key
    from visits
    inner join persons on visits.person = persons.person
    left join arrival_campaigns as brought on visits.visit_id = brought.visit_id
    where visits.place = 0 and visits.visit_id in (select visit_id from today)
)

select
    visit_id,
    person,
    day > cookie_day as has_cache,
    account > 0 as logs_in,
    is_ios,
    if(
        happens(line_key, 'access_log version 6', 0.3),
        format('2001:db8:{{:x}}:1::{{:x}}', roll(line_key, 'access_log home', 65536),
            1 + roll(cookie, 'access_log device', 65535)),
        one_of(['192.0.2.', '198.51.100.'], line_key, 'access_log network')
        || (1 + roll(line_key, 'access_log address', 254))
    ) as address,
    case
        when device = 1 then one_of({computers}, cookie, 'access_log agent')
        when is_ios then one_of({apple_phones}, cookie, 'access_log agent')
        else one_of({other_phones}, cookie, 'access_log agent')
    end as agent,
    if(
        happens(visit_id, 'access_log front page', 0.6),
        '/',
        '/collections/' || slug_of(one_of(
            (select list(distinct category_name order by category_name) from products),
            visit_id, 'access_log landing'
        ))
    ) as landing,
    coalesce(access_log_parameters(channel_name, campaign_name, campaign_id, visit_id), '')
        as parameters,
    coalesce(access_log_referer(channel_name, source, visit_id), '-') as referer
from placed
"""


def show_arrivals(night: Night) -> None:
    """Make the tables of a night, unless another system has made them already.

    ``arrivals`` contains the visits to the site with a request on the day: ``visit_id``,
    ``person``, ``has_cache``, ``logs_in``, ``is_ios``, ``address``, ``agent``, ``landing`` (path),
    ``parameters`` (with the question mark) and ``referer`` of the first page.
    ``arrival_campaigns`` contains the campaigns that brought visits.
    """
    connection = night.connection
    if is_marked(connection, "arrivals", str(night.day)):
        return
    first = night.day - LATEST_DAYS - 1
    name_campaigns(
        night,
        "arrival_campaigns",
        f"""select visit_id, person, day, source, message_day from visits
        where source in (select channel from channels) and day between {first} and {night.day}""",
    )
    connection.execute(MACROS)
    connection.execute(
        ARRIVALS.format(
            start=night.start_ms,
            computers=_agents("computer"),
            apple_phones=_agents("Apple phone"),
            other_phones=_agents("other phone"),
        )
    )
    set_mark(connection, "arrivals", str(night.day))


def _agents(used_by: str) -> str:
    """Return an SQL list of the user agents of a kind of device."""
    return sql_list(agent for device, agent in data.rows("words/user_agents") if device == used_by)


def name_campaigns(night: Night, table: str, query: str) -> None:
    """Make a table of the campaigns that brought visits.

    Parameters
    ----------
    table
        Its name. Its columns are ``visit_id``, ``channel_name``, ``campaign_name`` and
        ``campaign_id``.
    query
        SQL for ``visit_id``, person, day, channel and the day of the message, in this order.
    """
    company = night.company
    found = night.connection.execute(query).fetchnumpy()
    visit, person, day, source, sent = (np.asarray(column) for column in found.values())
    campaign, theme = np.full((2, len(visit)), -1)
    for number in np.unique(source):
        mine, channel = source == number, company.channels[int(number)]
        if channel.kind == "ad":
            campaign[mine] = campaign_of(company, int(number), person[mine], day[mine])
        else:
            theme[mine] = audience(company, channel.name, sent[mine])
    drawn = {"visit_id": visit, "channel": source, "campaign": campaign, "theme": theme}
    night.table(f"{table}_drawn", **drawn, sent_day=sent)
    night.connection.execute(f"""
        create or replace table {table} as
        select
            visit_id,
            channel_name,
            coalesce(campaign_name, message_campaign_name(channel, sent_day, theme))
                as campaign_name,
            coalesce(campaign_id::varchar, message_campaign_id(channel, sent_day)) as campaign_id
        from {table}_drawn
        inner join channels using (channel)
        left join ad_campaigns using (channel, campaign)
    """)
