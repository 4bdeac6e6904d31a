"""The lives of Zendesk's tickets: who asked, and when each was answered, solved, rated and closed.

All times are drawn when a ticket is opened. Agents work from 9 a.m. to 9 p.m.; a ticket is solved,
if at all, within two days, and closed by the system four days later. So nothing happens to a ticket
more than six days after it was opened.
"""

UNSOLVED_SHARE = 0.08
CARD_SHARE, RESIDENT_SHARE = 0.020, 0.015
"""Shares of tickets in which a customer types a card number or a resident number."""

LIVES = f"""
with asked as (
    select
        texts.*,
        persons.is_staff as is_test,
        persons.* exclude (person, is_foreign)
    from reaction_texts as texts
    inner join persons on texts.person = persons.person
    where texts.kind = 1
    union all by name
    -- the staff's own: is anybody there?
    select
        -each as text_key,
        each as day,
        hour_ms(each, 10) + roll(each, 'zendesk test at', hours_ms(1)) as at_ms,
        'ko' as language,
        'ko' as written_in,
        'app' as topic,
        'so-so' as temper,
        0.0 as satisfaction,
        true as is_test
    from (select unnest(range(min(day) - 6, max(day) + 1)) as each from ad_days)
    where happens(each, 'zendesk test', 0.15)
),

decided as (
    select
        *,
        row_number() over (partition by day order by at_ms, text_key)
        + 1000 + (day - {{opened}}) * {{tickets_a_day}} as ticket_id,
        case
            when person is null then 'web'
            when place = 1 and happens(text_key, 'zendesk in app', 0.6) then 'native_messaging'
            when happens(text_key, 'zendesk by mail', 0.55) then 'email'
            else 'web'
        end as channel,
        coalesce(
            second_email_day <= day and happens(text_key, 'zendesk second e-mail', 0.35), false
        ) as is_second,
        if(is_second, second_email, email) as clean_email,
        -- a mail bears its sender's address, a form what fingers make of it
        channel = 'web' and slips(text_key, 'zendesk e-mail', 0.05) as is_mistyped,
        if(is_mistyped, mistyped_email(clean_email, text_key), clean_email) as requester_email,
        case
            when person is null then {{first_agent}} + 5
            when is_mistyped then 22000000000000 + text_key
            when is_second then zendesk_user(second_email_number)
            else zendesk_user(email_number)
        end as requester_id,
        if(
            not is_foreign and happens(requester_id, 'zendesk in Latin', 0.12),
            full_latin, full_name
        ) as requester_name,
        written_in = 'en' as is_english,
        at_ms + minutes_ms(6)
            + wait_of(text_key, 'zendesk reply', minutes_ms(90), hours_ms(6)) as ready_ms,
        case
            when happens(text_key, 'zendesk solves', 1 - {UNSOLVED_SHARE}) then 'solved'
            else one_of(['open', 'hold', 'pending', 'pending'], text_key, 'zendesk stays')
        end as ends_as,
        satisfaction + roll(text_key, 'zendesk mercy', 2000) / 1000.0 - 0.8 > -0.3 as is_good,
        case
            when is_test then null
            when happens(text_key, 'zendesk card', {CARD_SHARE}) then 'card'
            when happens(text_key, 'zendesk resident', {RESIDENT_SHARE}) then 'resident number'
        end as forbidden,
        case
            when written_in = 'en' then 7 + roll(text_key, 'zendesk agent', 2)
            when topic = 'delivery' then roll(text_key, 'zendesk agent', 2)
            when topic = 'app' then 5 + roll(text_key, 'zendesk agent', 2)
            else 2 + roll(text_key, 'zendesk agent', 3)
        end as agent
    from asked
),

tried as (
    select
        *,
        at_work(ready_ms) as reply_ms,
        if(
            not is_test and (
                ends_as = 'open'
                or (ends_as = 'solved' and happens(text_key, 'zendesk follows up', 0.3))
            ),
            reply_ms + minutes_ms(10)
            + wait_of(text_key, 'zendesk follow-up', minutes_ms(90), minutes_ms(230)), null
        ) as follow_ms,
        if(happens(text_key, 'zendesk note', 0.12), reply_ms - minutes_ms(2), null) as note_ms,
        if(
            ends_as = 'solved',
            coalesce(follow_ms, reply_ms) + minutes_ms(2)
            + wait_of(text_key, 'zendesk solution', hours_ms(2), minutes_ms(358)), null
        ) as done_ms
    from decided
),

rated as (
    select
        *,
        at_work(done_ms) as solved_ms,
        solved_ms + hours_ms(96) as closed_ms,
        if(not is_test, solved_ms + hours_ms(24), null) as offered_ms,
        if(
            happens(text_key, 'zendesk rates', 0.32),
            offered_ms + minutes_ms(10)
            + wait_of(text_key, 'zendesk rating', hours_ms(8), hours_ms(40)), null
        ) as rated_ms
    from tried
),
"""
"""Who asked (people, and occasionally staff), and the times of what happens to a ticket that is
eventually solved, rated and closed."""

STATES = """
with touched as (
    select
        *,
        list_max(list_filter(
            [at_ms, note_ms, reply_ms, follow_ms, solved_ms, offered_ms, rated_ms, closed_ms],
            lambda moment: moment < {until_ms}
        )) as updated_ms
    from zendesk_lives
    where day between {day} - 6 and {day}
),

updated as (
    select
        *,
        case
            when closed_ms <= updated_ms then 'closed'
            when solved_ms <= updated_ms then 'solved'
            when reply_ms > updated_ms then 'new'
            when ends_as = 'hold' then 'hold'
            when follow_ms <= updated_ms then 'open'
            else 'pending'
        end as status,
        if(status = 'new', null, {first_agent} + agent) as assignee_id
    from touched
    where korea_day(updated_ms) = {day}
)
"""
"""The state at midnight of the tickets that changed on the day."""
