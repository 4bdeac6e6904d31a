"""The call centre's log: one file a night, one line per call, in our own convention.

It imitates an old telephone system: CP949 and Windows line ends, Korean local time without a zone,
the caller's number as the system sees it (only digits, or nothing if it is withheld), and a
customer number only if the agent found out who was calling. Calls at night reach an answering
machine, some callers hang up before anyone answers, and some callers are not customers.
"""

from simulator import data
from simulator.export import Csv, Export, Exports, Night
from simulator.words.text_lists import list_join, sql_map, sql_words
from simulator.words.texts import create_texts

NAME = "call_centre"

IDENTIFIED_SHARE = 0.72
WITHHELD_SHARE = 0.07
HUNG_UP_SHARE = 0.06

CALLS = f"""
with called as (
    select
        texts.*,
        texts.text_key::varchar as call_key,
        visits.account, persons.phone, persons.email_number, persons.second_email_number,
        persons.card_number,
        persons.card_day
    from reaction_texts as texts
    inner join visits on texts.visit_id = visits.visit_id
    inner join persons on texts.person = persons.person
    where texts.kind = 2 and texts.day = {{day}}
    union all by name
    -- wrong numbers and silence
    select
        {{day}} || ' ' || each as call_key,
        hour_ms({{day}}, 10)
        + roll(call_key, 'call nobody at', 30000000) as at_ms
    from (select unnest(range({{strangers}})) as each)
    where happens({{day}} || ' ' || each, 'call nobody', 0.5)
),

answered as (
    select
        *,
        person is null as is_stranger,
        -- open from nine in the morning to nine at night
        ms_of_day(at_ms) not between hours_ms(9) and hours_ms(21) - 1 as is_at_night,
        person is not null and happens(call_key, 'call hangs up', {HUNG_UP_SHARE})
            as hangs_up,
        if(topic = 'staff' and mood = 'good', 'praise', topic) as about,
        happens(call_key, 'call solves', if(satisfaction > {{content}}, 0.88, 0.68)) as is_solved
    from called
),

known as (
    select
        *,
        is_at_night or hangs_up as is_unheard,
        case
            when is_stranger or is_at_night or hangs_up then null
            when not happens(call_key, 'call identified', {IDENTIFIED_SHARE}) then null
            when account = 1 then customer_id(email_number)::varchar
            when account = 2 then customer_id(second_email_number)::varchar
            when card_day <= day then card_text(card_number)
        end as clean_number,
        roll(call_key, 'call reason', len(reasons.words)) as reason,
        filled_in(reasons.words[reason + 1], noun_korean, 0) as reason_text,
        one_of(manners.words, call_key, 'call manner') as manner,
        one_of(
            if(is_solved, {{words[call solved]}}, {{words[call unsolved]}}), call_key, 'call result'
        ) as result,
        -- typed while listening: two digits change places
        if(
            slips(call_key, 'call number', 0.02),
            with_swap(clean_number, length(clean_number) - 2), clean_number
        ) as customer_number
    from answered
    {list_join("reasons", "'call'", "answered.about", "'ko'")}
    {list_join("manners", "'caller manner'", "answered.temper", "'ko'")}
)

select
    '{{compact}}-' || lpad(row_number() over (order by at_ms, call_key)::varchar, 5, '0')
        as call_id,
    korea_text(at_ms) as started_at,
    korea_text(at_ms + case
        when is_at_night then 25000
        when hangs_up then 5000 + roll(call_key, 'call waits', 85000)
        when is_stranger then 8000 + roll(call_key, 'call waits', 20000)
        else 45000 + wait_of(call_key, 'call takes', minutes_ms(4), minutes_ms(30))
    end) as ended_at,
    case
        when is_at_night then '야간ARS'
        when is_stranger then '일반'
        when written_in = 'en' then 'English'
        else coalesce({{queues}}[topic], '일반')
    end as queue,
    if(is_unheard, null, 'A' || (1201 + roll(call_key, 'call agent', 18))) as agent,
    if(
        is_stranger or happens(call_key, 'call withheld', {WITHHELD_SHARE}),
        null, regexp_replace(phone, '[^0-9]', '', 'g')
    ) as caller_number,
    customer_number,
    case
        when is_unheard then null
        when is_stranger then 'X01'
        else {{letters}}[about] || lpad((reason + 1)::varchar, 2, '0')
    end as reason_code,
    case
        when is_at_night then '야간 자동응답, 회신 요청'
        when hangs_up then null
        when is_stranger then
            one_of(['무응답 종료', '잘못 걸린 전화', '장난 전화'], call_key, 'call stranger')
        else if(written_in = 'en', '[영어] ', '') || reason_text
            || if(happens(call_key, 'call order', 0.3), ' (' || order_name(visit_id) || ')', '')
            || ', ' || manner || '. ' || result
    end as summary,
    if(is_solved and not is_unheard, 'Y', 'N') as is_resolved,
    person as _person,
    truth as _key,
    if(customer_number <> clean_number, clean_number, null) as _clean_customer_number
from known
order by at_ms, call_key
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's calls."""
    create_texts(night.connection)
    told = data.columns("formats/call_centre")
    query = CALLS.format(
        day=night.day,
        compact=f"C{night.date:%Y%m%d}",
        strangers=1 + night.company.customers // 20_000,
        content=0.4,
        words=sql_words(),
        queues=sql_map(told["about"], told["queue"]),
        letters=sql_map(told["about"], told["letter"]),
    )
    yield Export(f"calls_{night.date}.csv", query, Csv(line_end="\r\n", encoding="cp949"))
