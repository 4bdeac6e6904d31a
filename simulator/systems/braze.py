"""The messaging platform: Braze Currents, one Avro file per night and type of event.

The records are exactly Braze's. ``time`` is in seconds. An open by the mailbox's privacy proxy has
the *text* ``true`` as ``machine_open``, a person's has null. Link scanners of some providers click
all links within seconds of the delivery: ``is_suspected_bot_click`` marks most of them, from the
day on which filtering was turned on; the truth's key marks all. Google's image proxy hides the
reader's device. Delivery is "at least once": a few events of a dirty company come twice with the
same ``id``. A profile is a shop account and has no ``external_user_id`` before the account exists.
Kakao messages are started here and sent by SOLAPI, so only their control group is visible. The shop
logs neither purchases nor custom events in it. A type of event that did not happen has no file.

Our own convention: Currents' folders (``event_type=…/date=…``) are flattened into the files'
names. Not seen in a real file: ``Preference Center`` as ``state_change_source``, the texts of
bounces.
"""

from datetime import date

from simulator import data
from simulator.company import day_number
from simulator.export import Avro, Export, Exports, Night
from simulator.systems.braze_events import find_events
from simulator.systems.braze_schemas import EVENTS, schema
from simulator.words.text_lists import sql_values

NAME = "braze"

FILTERING_SINCE = day_number(date(2025, 7, 1))
"""From this day on suspected robots are marked; before, the field is null."""

READERS = sql_values(data.rows("formats/braze_readers"))
"""Who fetches images and links, and how Braze reports the user agent; what is unknown is null."""

EXPORT = """
with told as (
    select
        braze_events.*,
        braze_users.* exclude (profile),
        braze_campaigns.* exclude (channel, day),
        profile || ' ' || campaign_day as message,
        case split_part(split_part(email_address, '@', 2), '.', 1)
            when 'naver' then 'Naver' when 'gmail' then 'Gmail' when 'hanmail' then 'Daum'
            when 'kakao' then 'Kakao' when 'outlook' then 'Outlook'
        end as mailbox_provider,
        if(
            what = 'clicked by a robot',
            [['user_agent'], ['user_agent', 'ip_address'], ['ip_address'], null]
            [roll(message, 'braze reason', 4) + 1],
            null
        ) as reason,
        happens(message, 'braze drop', 0.1) as is_drop,
        case
            when what = 'opened by a machine' then 'privacy proxy'
            when list_contains(reason, 'user_agent') then 'scanner'
            when what = 'clicked by a robot' then 'computer'
            when what = 'opened by a person' and mailbox_provider = 'Gmail' then 'image proxy'
            when braze_events.channel = {email} then reads_on
            else platform
        end as reader
    from braze_events
    inner join braze_users using (profile)
    left join braze_campaigns
        on braze_events.channel = braze_campaigns.channel
        and braze_events.campaign_day = braze_campaigns.day
    where event = '{event}'
),

readers (reader, user_agent, device_class, device_os, reader_model, browser) as ({readers})

select
    {fields},
    person as _person,
    coalesce(campaign_key || ' ', '') || what as _key
from told left join readers using (reader)
order by at_ms, id
"""

NULLS = (
    "canvas_id canvas_name canvas_variation_id canvas_variation_name canvas_step_id"
    " canvas_step_name canvas_step_message_variation_id send_id card_id category locale_key"
    " button_action_type button_string"
).split()
"""Messages here have no journeys, translations or buttons."""

VALUES = {
    **dict.fromkeys(NULLS, "null"),
    "media_urls": "null::varchar[]",
    "id": "uuid_of(concat_ws(' ', event, profile, channel, campaign_day, number, what))",
    "time": "at_ms // 1000",
    "app_group_id": "uuid_of('braze workspace')",
    "message_variation_id": "uuid_of('variation ' || campaign_id)",
    "message_variation_name": "'Variant 1'",
    "ip_pool": "'marketing'",
    "from_domain": "'mail.dangolmart.example'",
    "sending_ip": "'192.0.2.' || (10 + roll(campaign_id, 'braze address', 4))",
    "esp": "'SendGrid'",
    "machine_open": "if(what = 'opened by a machine', 'true', null)",
    "is_amp": "false",
    "url": "'https://www.dangolmart.example' || [page, '/', '/collections/pantry'][number + 1]"
    " || '?utm_source=crm&utm_medium={channel}' || tags",
    "short_url": "'https://dgl.example/' || substr(md5('link ' || message), 1, 7)",
    "link_id": "substr(md5(campaign_id || number), 1, 12)",
    "link_alias": "['hero', 'logo', 'bestsellers'][number + 1]",
    "is_suspected_bot_click": "if({day} < {filtering}, null, reason is not null)",
    "suspected_bot_click_reason": "reason",
    "bounce_reason": "if(is_drop, 'Bounced Address', one_of(["
    "'550 5.1.1 The email account that you tried to reach does not exist', "
    "'550 5.4.1 Recipient address rejected: Access denied', "
    "'554 5.2.1 The mailbox is disabled'], message, 'braze bounce'))",
    "to_phone_number": "phone_number",
    "user_phone_number": "phone_number",
    "from_phone_number": "'+82201001000'",
    "inbound_phone_number": "'+82201001000'",
    "subscription_group_id": "uuid_of('braze subscription group sms')",
    "error": "'Appboy::Communication::SMS::Events::DeliveryFailure'",
    "provider_error_code": "one_of(['30003', '30005', '30008'], message, 'braze failure')",
    "is_sms_fallback": "false",
    "action": "if(what = 'withdrawn by a message', 'Unsubscribed', 'None')",
    "message_body": "if(what = 'withdrawn by a message',"
    " one_of(['수신거부', 'STOP', '수신 거부'], message, 'braze stop'),"
    " one_of(['감사합니다', '네', '누구세요?', '배송 언제 와요?', 'ㅇㅇ', 'Thanks!'],"
    " message, 'braze reply'))",
    "button_id": "[null, '0', '1'][roll(number, 'braze button', 3) + 1]",
    "subscription_status": "if(what = 'given', 'Opted In', 'Unsubscribed')",
    "state_change_source": "case when what = 'given' then 'SDK'"
    " when what = 'withdrawn by a message' then 'Preference Center'"
    " when what = 'lapsed' then 'REST API'"
    " else one_of(['SDK', 'REST API', 'Dashboard'], profile, 'braze change') end",
    "channel": "['email', 'push'][if(channel = {email}, 1, 2)]",
    "channel_identifier": "if(channel = {email}, email_address, null)",
}
"""The fields' expressions; others are columns of the same name."""

OWN_VALUES = {
    "users.messages.email.Open": {"device_model": "reader_model"},
    "users.messages.email.Click": {"device_model": "reader_model"},
    "users.campaigns.EnrollInControl": {
        "app_id": "null",
        "message_variation_id": "uuid_of('control ' || campaign_id)",
        "message_variation_name": "'Control Group'",
    },
    "users.behaviors.subscription.GlobalStateChange": {
        "email_address": "if(channel = {email}, email_address, null)"
    },
}
"""Fields with a different expression in one event."""


def exports(night: Night) -> Exports:
    """List the files of a night: one for each type of event that happened."""
    found = find_events(night)
    names = {channel.name: number for number, channel in enumerate(night.company.channels)}
    known = {"day": night.day, "filtering": FILTERING_SINCE, "email": names["email"]}
    for event in EVENTS:
        if event in found:
            values = VALUES | OWN_VALUES.get(event, {})
            columns = ",\n    ".join(
                f'{values.get(field, field)} as "{field}"' for field in EVENTS[event]
            ).format(**known, channel="sms" if ".sms." in event else "email")
            query = EXPORT.format(event=event, fields=columns, readers=READERS, **known)
            yield Export(f"{event}_{night.date}.avro", query, Avro(schema(event)))
