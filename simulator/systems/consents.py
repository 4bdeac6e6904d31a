"""The company's own consent ledger: every night the day's changes, in our own convention.

A row is one consent, refusal, withdrawal, confirmation or lapse, for one purpose and channel of one
subject: an e-mail address, a phone number or a web shop customer, depending on the channel. The
latest row of a subject, purpose and channel is current. Traps: a tick for advertising is three
rows; a tick for night messages has no separate row but repeats the rows of its channels; rows from
the e-mail tool are in UTC, the rest in Korean time; after a change of number or address the
withdrawal names the new one, but the consent the old one. Consents are confirmed within two years
(``reconfirmation.py``), or lapse.
"""

import numpy as np

from simulator import data
from simulator.common.contact_forms import international
from simulator.common.reconfirmation import confirmed, create_macros, denied
from simulator.export import Csv, Export, Exports, Night
from simulator.words.text_lists import sql_map, sql_values
from simulator.world.identities import show_others, show_persons
from simulator.world.people import block_numbers

NAME = "consents"

PERSON_DAYS = 2_000_000
"""Person-days per look-up of confirmations, which is slow."""

QUERY = """
with said as (
    select person, permission, if(is_given, 'granted', 'withdrawn') as event
    from permissions where day = {day}
),

events as (
    select * from said
    union all select person, permission, event from consents_schedule where day = {day}
),

known as (
    select * from persons where person in (select person from said)
    union all by name
    select * from consents_persons
    where person in (select person from events) and person not in (select person from said)
),

stated as (
    select person, permission, event, permission as said_permission
    from events where permission < 5
    union all
    -- the night concerns the channels that are allowed, and were not spoken of today
    select person, unnest(range(4)), event, permission
    from events where permission = 5 and event in ('granted', 'withdrawn')
),

told as (
    select
        known.*,
        stated.* exclude (person),
        [email_from, push_from, sms_from, kakao_from, ads_from][permission + 1] as since,
        [email_until, push_until, sms_until, kakao_until, ads_until][permission + 1] as until,
        permission <> said_permission as is_restated,
        event = 'withdrawn' and not is_restated and has_lapsed(stated.person, since, until)
            as is_lapse,
        is_between({day}, night_from, night_until) as allows_night,
        account_day <= {day} as has_account
    from stated inner join known on stated.person = known.person
    where not is_restated or (
        is_between({day}, since, until)
        and not exists (
            from events where events.person = stated.person
            and events.permission = stated.permission
        )
    )
),

placed as (
    select
        *,
        case
            when is_lapse then 'expired'
            when event in ('withdrawn', 'denied') and not is_restated then event
            else 'granted'
        end as status,
        case
            when event = 'confirmed' or is_lapse then 'reconfirmation_notice'
            when event = 'denied' then 'signup_form'
            when event = 'withdrawn' and said_permission = 0 and leaves_by_link(person)
                then 'unsubscribe_link'
            when event = 'withdrawn' and said_permission = 2 then '080_refusal'
            when event = 'withdrawn' and said_permission = 3 then 'channel_block'
            when app_day <= {day} and (
                said_permission = 1 or happens(person * 100000 + {day}, 'consents in app', 0.6)
            ) then 'app_settings'
            when event = 'granted' and has_account
                then if(happens(person, 'consents checkout', 0.3), 'checkout', 'signup_form')
            when has_account then 'preference_centre'
            when event = 'granted' and card_day <= {day} then 'card_application'
            when event = 'granted' then 'paper_form'
            else 'call_centre'
        end as collection_point,
        confirmed_day(person, since, until, {day}) as confirmed_on,
        case
            when status = 'expired' then midnight_ms({day})
            when event = 'confirmed' then notice_ms(person, {day})
            when event = 'withdrawn' then left_ms(person, said_permission, {day})
            else said_ms(person, {day})
        end as at_ms,
        {systems}[collection_point] as source_system,
        if(second_email_day <= {day} and happens(person, 'consents second e-mail', 0.1),
            second_email, email) as clean_email,
        case
            when collection_point in ('080_refusal', 'channel_block') then replace(phone, '-', '')
            when collection_point = 'reconfirmation_notice' then {international_phone}
            when collection_point in ('card_application', 'paper_form', 'call_centre') then phone
            else if(happens(person, 'consents plain phone', 0.4), replace(phone, '-', ''), phone)
        end as clean_phone,
        collection_point in ('card_application', 'paper_form') as is_on_paper
    from told
),

purposes (permission, purpose, channel) as ({purposes}),

named as (
    select
        placed.*,
        purpose,
        channel,
        case
            when channel = 'email' then 'email'
            when channel in ('sms', 'kakao') or not has_account then 'phone'
            else 'customer_id'
        end as subject_type,
        case subject_type
            when 'email' then clean_email
            when 'phone' then clean_phone
            else customer_id(email_number)::varchar
        end as clean_subject,
        case
            when subject_type = 'email' and slips(
                person, 'consents e-mail', if(is_on_paper, 0.05, 0.01)
            ) then mistyped_email(clean_email, person)
            when subject_type = 'phone' and is_on_paper and slips(person, 'consents phone', 0.02)
                then mistyped_phone(clean_phone, person)
            else clean_subject
        end as subject
    from placed inner join purposes on placed.permission = purposes.permission
)

select
    uuid_of('consent ' || person || ' ' || purpose || ' ' || channel || ' ' || {day}) as consent_id,
    subject_type as subject_id_type,
    subject as subject_id_value,
    purpose,
    channel,
    status = 'granted' and permission < 4 and allows_night as night_allowed,
    status,
    if(source_system = 'braze', utc_iso(at_ms), korea_iso(at_ms)) as occurred_at,
    source_system,
    collection_point,
    policy_version({day}) as policy_version,
    if(is_on_paper and happens(person, 'consents scan', 0.06), null,
        'evidence/' || strftime(date_of({day}), '%Y/%m/%d') || '/' || collection_point || '/'
        || substr(md5('evidence ' || person || ' ' || {day} || collection_point), 1, 12)
    ) as evidence_ref,
    case when status = 'granted' and confirmed_on > since
        then korea_iso(notice_ms(person, confirmed_on)) end as reconfirmed_at,
    case
        when status = 'expired' then korea_iso(at_ms)
        when status = 'granted'
            then strftime(date_of(confirmed_on + 730), '%Y-%m-%dT00:00:00+09:00')
    end as expires_at,
    'consent' as legal_basis,
    'KR' as jurisdiction,
    person as _person,
    ['email', 'push', 'sms', 'kakao', 'ads', 'night'][said_permission + 1] as _key,
    if(subject <> clean_subject, clean_subject, null) as _clean_subject_id_value
from named
order by at_ms, consent_id
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's changes."""
    create_macros(night.connection)
    _look_up_schedule(night)
    show_persons(night.connection, night.day, "consents_persons_rows", "consents_persons")
    query = QUERY.format(
        day=night.day,
        international_phone=international("phone"),
        systems=sql_map(*data.columns("formats/consents_points").values()),
        purposes=sql_values(data.rows("formats/consents_purposes")),
    )
    yield Export(f"consents_{night.date}.csv", query, Csv())


def _look_up_schedule(night: Night) -> None:
    """Fill the tables of confirmed and refused consents, for several days at once."""
    connection, company = night.connection, night.company
    connection.execute("create table if not exists consents_window (first bigint, last bigint)")
    if connection.execute(
        "from consents_window where ? between first and last", [night.day]
    ).fetchall():
        return
    days = int(np.clip(PERSON_DAYS // company.customers, 1, 31))
    first, last = night.day, night.day + days - 1
    connection.execute("""
        create or replace table consents_schedule
            (person bigint, permission bigint, day bigint, event varchar);
    """)
    people = []
    for number in block_numbers(company):
        for event, listed in (("confirmed", confirmed), ("denied", denied)):
            found = listed(company, number, first, last)
            people.append(found["person"])
            connection.register("given", found)
            connection.execute(
                f"insert into consents_schedule select *, '{event}' from given order by all"
            )
            connection.unregister("given")
    show_others(night, np.unique(np.concatenate(people)), "consents_persons")
    connection.execute("delete from consents_window")
    connection.execute("insert into consents_window values (?, ?)", [first, last])
