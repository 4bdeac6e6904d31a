"""The monthly newsletter that Mailchimp sends: when, to whom, and what they do with it."""

from datetime import timedelta

import numpy as np

from simulator.night import Night

ANSWERED_DAYS = 3
"""A newsletter is opened for this many days."""

MACROS = """
-- a newsletter's id
create or replace macro letter_campaign_id(letter) as
    substr(md5('mailchimp letter ' || letter), 1, 10);

-- a newsletter's name
create or replace macro letter_title(letter) as
    'Dangol letter ' || strftime(date_of(letter), '%Y-%m');

-- at nine, with a queue of twenty minutes
create or replace macro letter_sent_ms(letter, member) as
    hour_ms(letter, 9) + roll(member || ' ' || letter, 'mailchimp queue', 1200) * 1000;
"""

MEMBERS = """
with reached as (
    select
        *,
        greatest(mailchimp_day, email_from) as member_day,
        email_number as number,
        'mailchimp ' || email_number as key,
        happens(email_number, 'mailchimp second e-mail', 0.5) as uses_second,
        30 + roll(email_number, 'mailchimp mailbox', 12000) as mailbox_days,
        if(uses_second and second_email_day <= member_day, second_email, email) as own_email,
        if(slips(number, 'mailchimp e-mail', 0.02), formal_email(own_email, key), own_email)
            as told_email,
        member_day + 1 + if(lower(told_email) <> own_email, 0, mailbox_days) as reached_until
    from everyone
    where mailchimp_day <= {day} and email_from <= {day} and email_until > mailchimp_day
),

members as (
    select
        *,
        coalesce(letter, {never}) as bounce_day,
        coalesce(letter <= {day} and letter < email_until, false) as is_cleaned,
        not is_cleaned and email_until <= {day} as is_unsubscribed
    from reached asof left join mailchimp_letters on reached.reached_until <= letter
)
"""
"""Everyone who was ever on the list, with the newsletter that bounces permanently."""

ACTIVITY = """,

received as (
    select
        *,
        number || ' {letter}' as mail,
        letter_sent_ms({letter}, number) as sent_ms,
        bounce_day = {letter} as is_hard,
        is_hard or happens(mail, 'mailchimp soft', 0.012) as bounces,
        happens(mail, 'mailchimp opens', if(best_channel = 4, 0.42, 0.19)) as likes,
        happens(mail, 'mailchimp clicks', 0.16) as likes_more,
        happens(mail, 'mailchimp opens again', 0.3) as opens_again,
        happens(mail, 'mailchimp clicks again', 0.25) as clicks_again,
        happens(number, 'mailchimp proxy', 0.22) as has_proxy,
        roll(mail, 'mailchimp open', 1000) as patience,
        roll(mail, 'mailchimp again', 9000) as again_seconds,
        4 + roll(mail, 'mailchimp click', 90) as click_seconds
    from members
    where member_day < {letter} and bounce_day >= {letter} and email_until > {letter}
),

answered as (
    select
        *,
        likes and not bounces as opens,
        likes and not bounces and likes_more as clicks,
        -- most open soon, some after days: the fourth power of an even draw
        sent_ms + 20000
        + patience * patience * patience * patience // 1000000 * 250 // 1000 * 1000 as opened_ms
    from received
),

events as (
    select *, 'bounce' as action, sent_ms + 4000 as at_ms from answered where bounces
    union all by name
    select *, 'open' as action, opened_ms as at_ms from answered where opens
    union all by name
    select *, 'open' as action, opened_ms + again_seconds * 1000 as at_ms
    from answered where opens and opens_again
    union all by name
    select *, 'proxy' as action, sent_ms + 2000 as at_ms
    from answered where not bounces and has_proxy
    union all by name
    select *, 'click' as action, opened_ms + click_seconds * 1000 as at_ms, 'new' as link
    from answered where clicks
    union all by name
    select
        *, 'click' as action, opened_ms + (click_seconds + 41) * 1000 as at_ms, 'events' as link
    from answered where clicks and clicks_again
)

select
    if(action = 'proxy', 'open', action) as action,
    letter_campaign_id({letter}) as campaign_id,
    md5(lower(told_email)) as member_id,
    utc_text(at_ms) as "timestamp",
    case when action = 'bounce' then if(is_hard, 'hard', 'soft') end as bounce_type,
    case
        when action = 'bounce' then null
        when action = 'proxy' then '192.0.2.' || (200 + roll(mail, 'mailchimp proxy ip', 8))
        when happens(mail, 'mailchimp at home', 0.7) then documentation_ip(number, 'mailchimp home')
        else documentation_ip(mail, 'mailchimp on the way')
    end as ip,
    'https://www.dangolmart.example/' || link
    || '?utm_source=mailchimp&utm_medium=email&utm_campaign=letter' as url,
    person as _person,
    {letter} as _key
from events
where korea_day(at_ms) = {day}
order by at_ms, member_id, action, url
"""

NO_ACTIVITY = "select {} where false".format(
    ", ".join(
        f'null::varchar as "{name}"'
        for name in "action campaign_id member_id timestamp bounce_type ip url".split()
    )
)


def create_letters(night: Night) -> None:
    """Create the macros about newsletters, and the table of their days."""
    night.connection.execute(MACROS)
    months = np.arange("2020-01", "2080-01", dtype="datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    # a Monday's day number is 4 modulo 7
    night.table("mailchimp_letters", letter=first + (700_004 - first) % 7)


def letter_of(night: Night) -> int | None:
    """Find the newsletter that is still being opened.

    Returns
    -------
    int or None
        The day's number on which it was sent: the first Monday of a month.
    """
    for days in range(ANSWERED_DAYS + 1):
        day = night.date - timedelta(days=days)
        if day.weekday() == 0 and day.day <= 7:
            return night.day - days
    return None
