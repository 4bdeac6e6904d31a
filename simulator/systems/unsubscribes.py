"""People who want no more messages: lists from the e-mail tool, the SMS tool and the call centre.

The e-mail tool lists every night who unsubscribed, in UTC. The SMS tool lists refusals by the free
080 number and blocks of the Kakao channel, in Korean time, with Korean headers, in CP949 and with
Windows line ends. On Sunday nights the call centre lists everyone who must not be called, block by
block, with some strangers' numbers. All three formats are our own convention. Traps: an address
with different capitals, or the one to which the mail was forwarded; a number without its leading
zero. Lapsed consents are in the ledger (``consents.py``), not here.
"""

import numpy as np

from simulator.common.reconfirmation import create_macros
from simulator.company import day_number
from simulator.draws import shuffled
from simulator.export import Csv, Export, Exports, Night
from simulator.words.text_lists import sql_words
from simulator.world.contacts import PHONES
from simulator.world.people import BLOCK

NAME = "unsubscribes"

SUNDAY = 6

STRANGERS = 400
"""Customers per stranger's number; at least two numbers."""

LEFT = """
with gone as (
    select
        permissions.person,
        permission,
        [4, 0, 6, 7][permission + 1] as channel,
        left_ms(permissions.person, permission, {day}) as at_ms,
        way_out(permissions.person, permission) as way,
        persons.* exclude (person)
    from permissions inner join persons on permissions.person = persons.person
    where permissions.day = {day} and not is_given and permission in ({permissions})
    and not has_lapsed(
        permissions.person,
        [email_from, 0, sms_from, kakao_from][permission + 1],
        [email_until, 0, sms_until, kakao_until][permission + 1]
    )
),

-- the last message that reached the person in these days
answered as (
    select gone.person, gone.channel, max(messages.day) as campaign_day
    from gone inner join messages
        on gone.person = messages.person and gone.channel = messages.channel
    where messages.day between {day} - 2 and {day} - 1 and delivered_ms > 0 and way < 75
    group by gone.person, gone.channel
),

told as (
    select
        gone.*,
        if(campaign_day is null, null, message_campaign_id(gone.channel, campaign_day))
            as campaign_id,
        if(campaign_day is null, null, message_campaign_name(
            gone.channel, campaign_day, campaigns.theme
        )) as campaign_name,
        gone.person * 100000 + {day} as key
    from gone
    left join answered on gone.person = answered.person and gone.channel = answered.channel
    left join campaigns
        on answered.channel = campaigns.channel and answered.campaign_day = campaigns.day
)
"""

EMAILS = """
, typed as (
    select
        *,
        if(second_email_day <= {day} and happens(person, 'consents second e-mail', 0.1),
            second_email, email) as clean_email,
        case
            when slips(person, 'unsubscribes capitals', 0.05) then upper(clean_email)
            when slips(person, 'unsubscribes capital', 0.06)
                then upper(clean_email[1]) || clean_email[2:]
            when slips(person, 'unsubscribes forwarded', 0.03) then given_ascii || '.'
                || family_ascii || roll(person, 'unsubscribes mailbox', 900)
                || '@forward.example.org'
            else clean_email
        end as told_email,
        case
            when way >= 75 then 'preference_centre'
            -- the header names no campaign
            when campaign_id is null then 'list_unsubscribe_header'
            when way < 15 then 'spam_complaint'
            else 'link'
        end as method
    from told
)

select
    told_email as email,
    utc_text(at_ms) as unsubscribed_at,
    campaign_id,
    campaign_name,
    method,
    if(
        method = 'link' and happens(key, 'unsubscribes reason', 0.55),
        one_of({words[unsubscribe reason]}, key, 'unsubscribes which reason'), null
    ) as reason,
    person as _person,
    key as _key,
    if(told_email <> clean_email, clean_email, null) as _clean_email
from typed
order by at_ms, person
"""

NUMBERS = """
select
    regexp_replace(phone, '[^0-9]', '', 'g') as _number,
    if(slips(person * 8 + permission, 'unsubscribes zero', 0.06),
        phone_without_zero(_number), _number) as "수신거부번호",
    korea_text(at_ms) as "수신거부일시",
    if(permission = 2, '문자', '카카오톡') as "채널",
    if(permission = 2, '080-000-0' || (700 + {day} // 400 % 3), null) as "080번호",
    campaign_id as "캠페인ID",
    campaign_name as "캠페인명",
    case
        when permission = 3 then '채널 차단'
        when happens(key, 'unsubscribes 080', 0.85) then '080 무료수신거부'
        else '고객센터 요청'
    end as "사유",
    person as _person,
    key as _key,
    if("수신거부번호" <> _number, _number, null) as "_clean_수신거부번호"
from told
order by at_ms, person, permission
"""

DO_NOT_CALL = """
with listed as (
    select
        phone,
        sms_until as since_day,
        case roll(person, 'unsubscribes call reason', 3)
            when 0 then 'asked_on_phone' when 1 then 'complaint' else 'refused_sms'
        end as reason,
        person as _person
    from everyone
    where sms_until <= {day} and not has_lapsed(person, sms_from, sms_until)
    and happens(person, 'unsubscribes calls', 0.35)
    union all
    -- people who were called by mistake
    select phone_text(number), since_day, 'not_a_customer', null
    from unsubscribes_strangers
    where since_day <= {day} and block in (select person // {size} from everyone)
)

select
    phone,
    strftime(date_of(since_day), '%Y-%m-%d') as registered_on,
    reason,
    _person,
    'do not call' as _key
from listed
order by since_day, phone, _person
"""


def exports(night: Night) -> Exports:
    """List the files of a night: two lists every night, and the third after Sundays."""
    create_macros(night.connection)
    yield Export(
        f"email_unsubscribes_{night.date}.csv",
        (LEFT + EMAILS).format(day=night.day, permissions="0", words=sql_words()),
        Csv(),
    )
    yield Export(
        f"sms_refusals_{night.date}.csv",
        (LEFT + NUMBERS).format(day=night.day, permissions="2, 3"),
        Csv(encoding="cp949", line_end="\r\n"),
    )
    if night.date.weekday() == SUNDAY:
        _add_strangers(night)
        query = DO_NOT_CALL.format(day=night.day, size=BLOCK)
        yield Export(f"do_not_call_{night.date}.csv", query, Csv(), of_everyone=True)


def _add_strangers(night: Night) -> None:
    """Make numbers that no customer has, if there are any, each assigned to a block."""
    company = night.company
    free = max(0, PHONES - 2 * company.customers)
    stranger = np.arange(min(max(2, company.customers // STRANGERS), free))
    wait = company.draws.exponential(400, "do not call since", stranger).astype(np.int64)
    night.table(
        "unsubscribes_strangers",
        number=shuffled(2 * company.customers + stranger, PHONES, company.seed),
        since_day=day_number(company.opened) + wait,
        block=company.draws.below(company.customers, "do not call at", stranger) // BLOCK,
    )
