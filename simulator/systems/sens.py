"""Messages about orders: results of the Alimtalk sent through NAVER Cloud SENS, every night.

A CSV with two messages per online order, to the order's number: when it is received, and when the
shop has shipped it. The columns are the fields of SENS's response about one message, in its order.
``content`` has several lines. These messages inform and do not advertise: they are sent at night
too, and do not have ``(광고)``. A few have no result yet (``processing``, no code). Kakao's codes:
0000 delivered, 3018 can't be delivered, 3019 not on KakaoTalk, 3020 blocked.

SENS has no such export, so the CSV and its name are our own convention; SENS's data about a
substitute text message are omitted. Not verified: that times are Korean, the form of ``requestId``,
the words of ``messageStatusDesc``.
"""

from simulator import data
from simulator.export import Csv, Export, Exports, Night
from simulator.systems.shopify_forms import create_forms
from simulator.words.text_lists import sql_map

NAME = "sens"

MESSAGES = """
with said as (
    select
        *,
        shopify_paid_ms(visit_id, payment, day, at_ms) as paid_ms,
        shopify_sent_ms(visit_id, korea_day(paid_ms), shopify_sent_day(paid_ms)) as sent_ms,
        unnest(['received', 'sent']) as what,
        visit_id || ' ' || what as message,
        if(
            what = 'received',
            at_ms + 2000 + roll(message, 'sens asked', 20000),
            -- the courier has taken it
            sent_ms + minutes_ms(1) + roll(message, 'sens asked', minutes_ms(20))
        ) as asked_ms
    from orders
    where place < 2 and day between {day} - 4 and {day}
),

told as (
    select
        said.* exclude (total),
        persons.full_name,
        persons.phone,
        said.total + shipping as total,
        phone like '+%' as is_foreign_number,
        happens(message, 'sens unfinished', 0.003) as is_unfinished,
        if(
            happens(message, 'sens fails', 0.028),
            one_of(['3018', '3018', '3019', '3020'], message, 'sens code'), '0000'
        ) as code
    from said
    inner join persons on said.person = persons.person
    where asked_ms >= {start} and asked_ms < {end}
)

select
    uuid_of('sens request ' || message) as "requestId",
    uuid_of('sens message ' || message) as "messageId",
    strftime(at_korea(asked_ms), '%Y-%m-%dT%H:%M:%S.%g') as "requestTime",
    if(is_unfinished, null, strftime(
        at_korea(asked_ms + 1000 + roll(message, 'sens takes', 5000)), '%Y-%m-%dT%H:%M:%S'
    )) as "completeTime",
    '@단골마트' as "plusFriendId",
    if(what = 'received', 'orderReceived', 'orderShipped') as "templateCode",
    if(is_foreign_number, '1', '82') as "countryCode",
    if(
        is_foreign_number,
        substr(regexp_replace(phone, '[^0-9]', '', 'g'), 2), replace(phone, '-', '')
    ) as "to",
    '[단골마트] ' || if(what = 'received', '주문이 접수되었습니다.', '상품이 발송되었습니다.')
    || E'\\n\\n' || full_name || '님, ' || if(
        what = 'received',
        '주문해 주셔서 감사합니다.' || E'\\n▶ 주문번호: ' || order_name(visit_id)
        || E'\\n▶ 결제금액: ' || regexp_replace(format('{{:,}}', total), '[.].*', '') || '원',
        '주문하신 상품이 출발했습니다.' || E'\\n▶ 주문번호: ' || order_name(visit_id)
        || E'\\n▶ 운송장번호: ' || (640000000000 + roll(visit_id, 'sens parcel', 9999999999))
    ) as "content",
    'A000' as "requestStatusCode",
    'success' as "requestStatusName",
    '성공' as "requestStatusDesc",
    if(is_unfinished, null, code) as "messageStatusCode",
    case when is_unfinished then 'processing' when code = '0000' then 'success' else 'fail' end
        as "messageStatusName",
    if(is_unfinished, null, {codes}[code]) as "messageStatusDesc",
    person as _person,
    visit_id || ' ' || what as _key
from told
order by asked_ms, "messageId"
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the results of the day's messages."""
    create_forms(night)
    codes = sql_map(*data.columns("formats/sens_codes").values())
    query = MESSAGES.format(day=night.day, start=night.start_ms, end=night.end_ms, codes=codes)
    yield Export(f"alimtalk_{night.date}.csv", query, Csv())
