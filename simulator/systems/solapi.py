"""The company's Kakao campaigns: SOLAPI's data about each message, after each campaign.

JSON lines with the fields of a stored message. Until the end of 2025 campaigns are sent as friend
talk (``CTA``), then as brand messages (``BMS_TEXT``). What Kakao could not deliver is sent again as
a text message (``LMS``, with ``replacement``) to people who allow it, with its own id and the same
group. ``autoTypeDetect`` and ``replacement`` are sometimes true or false and sometimes 1 or 0.
``to`` has no country code. The codes are SOLAPI's own: 4000 done, 3000 no report yet, 3102 not a
friend of the channel (or no longer: blocked), 3104 not on KakaoTalk, 3108 not between 8 and 20
o'clock. Some numbers on the list are outdated: unassigned, or reassigned to a stranger; ``_person``
is the intended recipient. As the law requires, each text begins with ``(광고)``, names the sender
and ends with a free way to unsubscribe.

Our own convention: the file's name, and one message per line. Not verified in a real file: the
words of ``status``, the names and codes of networks, and that variables come in addition to the
whole text.
"""

from datetime import date

from simulator import data
from simulator.common.advertising import position_of
from simulator.company import day_number
from simulator.export import Export, Exports, Lines, Night
from simulator.words.text_lists import sql_map

NAME = "solapi"

BRAND_MESSAGES_SINCE = day_number(date(2026, 1, 1))
"""From this day on Kakao's brand messages replace friend talk."""

SENDER = "0201001000"
"""No number begins with 0 after the area code, so this one is not in use; nor is 080-000-0700."""

MESSAGES = """
with campaign as materialized (
    select
        message_campaign_id(channel, day) as campaign_id,
        'G4V' || strftime(date_of(day), '%Y%m%d') || '115500'
        || to_base(roll(day, 'solapi group', 2821109907456), 36, 8)
        || to_base(roll(day, 'solapi group end', 78364164096), 36, 7) as group_id,
        if(theme < 0, null, (
            select any_value(category_korean) from products where category = theme
        )) as about
    from campaigns
    where channel = {kakao} and day = {day}
),

addressed as (
    select
        campaign.*,
        messages.person,
        messages.person || '-' || messages.day as message,
        full_name,
        -- who opened it has got it
        number_change_day <= {day} and opened_ms < 0
            and happens(messages.person, 'solapi old number', 0.35) as has_old_number,
        if(has_old_number, phone_number, phone) as called,
        called like '+%' as is_foreign_number,
        is_between({day}, sms_from, sms_until) as allows_sms,
        -- where nobody has the number any more
        has_old_number and happens(messages.person, 'solapi number is dead', 0.6) as is_dead,
        sent_ms - roll(message, 'solapi created', 3000) - 1000 as created_ms,
        sent_ms as processed_ms,
        case
            when is_dead then '3104'
            when is_bounced then
                one_of(['3102', '3102', '3102', '3104', '3104', '3108'], message, 'solapi fails')
            when happens(message, 'solapi unreported', 0.002) then '3000'
            else '4000'
        end as code
    from messages
    inner join persons on messages.person = persons.person
    cross join campaign
    where messages.channel = {kakao} and not is_held_out
        and messages.day = {day}
),

sent as (
    select
        * replace (
            -- what waits for too long meets the night
            case when code = '3108'
                then processed_ms + hours_ms(8) + roll(message, 'solapi waits', minutes_ms(50))
                else processed_ms end as processed_ms
        ),
        false as is_replacement,
        if({day} < {brand_messages}, 'CTA', 'BMS_TEXT') as type
    from addressed
    union all
    select
        * replace (
            processed_ms + 61000 + roll(message, 'solapi again', 60000) as processed_ms,
            created_ms + 60000 + roll(message, 'solapi again', 60000) as created_ms,
            case
                when is_dead then '3032'
                when happens(message, 'solapi replacement fails', 0.06) then
                    one_of(['3043', '3047'], message, 'solapi replacement code')
                else '4000'
            end as code
        ),
        true,
        'LMS'
    from addressed
    where code in ('3102', '3104') and allows_sms
),

told as (
    select
        *,
        message || if(is_replacement, ' again', '') as key,
        'M4V' || strftime(at_korea(created_ms), '%Y%m%d%H%M%S')
        || to_base(roll(key, 'solapi id', 2821109907456), 36, 8)
        || to_base(roll(key, 'solapi id end', 78364164096), 36, 7) as message_id,
        if(code = '3000', null, processed_ms + 900 + roll(key, 'solapi reported', 9000))
            as reported_ms,
        '(광고) [단골마트] ' || full_name || '님, '
        || coalesce(
            '좋아하시는 ' || about || ' 특가가 열렸어요.', '이번 주 단골 혜택이 도착했어요.'
        ) || E'\\n최대 30% 할인, 일요일까지만 드려요.'
        || if(is_replacement, E'\\nhttps://dgl.example/' || substr(md5(key), 1, 6), '')
        || E'\\n\\n단골마트 고객센터 02-0100-1000'
        || E'\\n무료수신거부 080-000-0' || (700 + {day} // 400 % 3) as text,
        -- two draws in one
        roll(key, 'solapi flags', 100) as flags
    from sent
)

select
    '{{"messageId":"' || message_id
    || '","groupId":"' || group_id || '","accountId":"25030812345678","type":"' || type
    || '","to":"' || if(
        is_foreign_number,
        substr(regexp_replace(called, '[^0-9]', '', 'g'), 2), replace(called, '-', '')
    )
    || '","from":"{sender}","text":' || to_json(text)
    || ',"subject":' || if(is_replacement, '"(광고) 단골마트"', 'null')
    || ',"country":"' || if(is_foreign_number, '1', '82')
    || '","status":"' || if(code = '3000', 'SENDING', 'COMPLETE')
    || '","statusCode":"' || code
    || '","reason":' || coalesce('"' || {codes}[code] || '"', 'null')
    || ',"networkName":"' || case
        when not is_replacement then 'KAKAO'
        when is_foreign_number then 'ETC'
        else one_of(['SKT', 'KT', 'LGU'], called, 'solapi network')
    end || '","networkCode":' || if(
        is_replacement and not is_foreign_number,
        one_of(['"45005"', '"45008"', '"45006"'], called, 'solapi network'), 'null'
    )
    || ',"autoTypeDetect":' || if(flags % 10 < 3, '1', 'true')
    || ',"replacement":' || if(
        flags < 30, is_replacement::bigint::varchar, is_replacement::varchar
    )
    || ',"resendCount":0,"customFields":{{"campaign":"' || campaign_id || '"}}'
    || ',"dateCreated":"' || utc_iso_ms(created_ms)
    || '","dateUpdated":"' || utc_iso_ms(coalesce(reported_ms, processed_ms))
    || '","dateProcessed":"' || utc_iso_ms(processed_ms)
    || '","dateReceived":' || if(code = '4000', '"' || utc_iso_ms(reported_ms - 400) || '"', 'null')
    || ',"dateReported":' || coalesce('"' || utc_iso_ms(reported_ms) || '"', 'null')
    || ',"kakaoOptions":' || case
        when is_replacement then 'null'
        else '{{"pfId":"KA01PF250102030405678DangolMart1","templateId":'
            || if(type = 'CTA', 'null', '"KA01TP251215020304567DangolWeek1"')
            || ',"variables":{{"#{{name}}":' || to_json(full_name)
            || coalesce(',"#{{category}}":' || to_json(about), '')
            || '}},"disableSms":' || (not allows_sms)::varchar
            || ',"adFlag":true,"buttons":[{{"buttonType":"WL","buttonName":"혜택 보기","linkMo":'
            || '"https://www.dangolmart.example/kakao","linkPc":"https://www.dangolmart.example"}}]}}'
    end || '}}' as line,
    person as _person,
    'kakao {date}' || case
        when is_replacement then ' again by SMS'
        when is_dead then ' to a dead number'
        when has_old_number then ' to a stranger'
        else ' sent'
    end as _key
from told
order by created_ms, message_id
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the results of the day's campaign, if there was one."""
    kakao = position_of(night.company, "kakao")
    query = MESSAGES.format(
        day=night.day,
        date=night.date,
        kakao=kakao,
        sender=SENDER,
        codes=sql_map(*data.columns("formats/solapi_codes").values()),
        brand_messages=BRAND_MESSAGES_SINCE,
    )
    has_campaign = "select count(*) from campaigns where channel = ? and day = ?"
    found = night.connection.execute(has_campaign, [kakao, night.day]).fetchone()
    if found and found[0]:
        yield Export(f"messages_{night.date}.jsonl", query, Lines())
