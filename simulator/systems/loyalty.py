"""The loyalty programme: all members and all cards, every Sunday night.

The format is our own convention, typical of Korean shop systems: CP949, Windows line ends,
eight-digit dates, and text exactly as clerks typed it. A household that shares a card is one
member, its first one, no matter who shows the card. A member who lost a card has two, and someone
in the household may still show the old one. One member in fifty joined again in the app and has a
second number, without a card. Points are one per cent of the purchases with the cards; 5,000 of
them become a voucher automatically. Contact data are as first given: half of the people who move or
change their number never report it.
"""

import numpy as np

from simulator.common.contact_forms import known_contact
from simulator.draws import shuffled
from simulator.export import Csv, Export, Exports, Night
from simulator.world.histories import histories
from simulator.world.people import BLOCK

NAME = "loyalty"

SUNDAY = 6

FORM = Csv(encoding="cp949", line_end="\r\n")

OWNERS = """
with owners as (
    select card_person as person, min(card_day) as first_day
    from everyone where card_day <= {day} group by card_person
),
"""

MEMBERS = """
registered as (
    select
        everyone.*,
        loyalty_history.* exclude (person),
        owners.first_day,
        registration,
        first_day
            + if(registration = 1, 0, 30 + roll(everyone.person, 'loyalty again', 400))
            as enrolled_day,
        2 * everyone.person + registration as key,
        registration = 2 as in_app,
        if(happens(key, 'loyalty tells changes', 0.5), {day}, enrolled_day) as seen_day,
        {phone} as clean_phone,
        -- a clerk's keyboard has no accents
        if(is_foreign, replace(strip_accents(full_name), 'ß', 'ss'), full_name) as clean_name,
        strftime(birth_date, '%Y%m%d') as clean_birth_date,
        if(
            in_app or happens(key, 'loyalty home store', 0.85),
            home_store, roll(key, 'loyalty other store', (select count(*) from stores))
        ) as joined_store,
        case
            when in_app then clean_name
            when not slips(key, 'loyalty name', 0.03) then clean_name
            when is_foreign then without_letter(clean_name, 2 + roll(key, 'loyalty name at', 4))
            else misheard_name(clean_name, key)
        end as name,
        case
            when in_app or not slips(key, 'loyalty phone', 0.045) then clean_phone
            when household_size > 1 and happens(key, 'loyalty spouse', 0.4)
                then clean_phone || ' (배우자)'
            when happens(key, 'loyalty hides phone', 0.4) then '010-0000-0000'
            else mistyped_phone(clean_phone, key)
        end as phone_told,
        if(
            slips(key, 'loyalty birth date', 0.01),
            -- the last two digits of the year, the wrong way round
            clean_birth_date[1:2] || clean_birth_date[4] || clean_birth_date[3]
            || clean_birth_date[5:8],
            clean_birth_date
        ) as birth_date_told
    from owners
    inner join everyone on owners.person = everyone.person
    inner join loyalty_history on owners.person = loyalty_history.person
    cross join (select unnest([1, 2]) as registration)
    where enrolled_day <= {day}
        and (registration = 1 or slips(everyone.person, 'loyalty twice', 0.02))
)

select
    (10000000 + if(in_app, second_member, first_member))::varchar as member_no,
    name,
    if(happens(key, 'loyalty no birth date', 0.04), null, birth_date_told) as birth_date,
    if(happens(key, 'loyalty no gender', 0.03), null, if(is_female, 'F', 'M')) as gender,
    case
        when in_app then replace(phone_told, '-', '')
        when roll(key, 'loyalty phone form', 100) < 70 then replace(phone_told, '-', '')
        when roll(key, 'loyalty phone form', 100) < 75 then replace(phone_told, '-', ' ')
        else phone_told
    end as phone,
    {postcode} as postcode,
    {province} || ' ' || {city} || ' ' || {street} || ' ' || {flat} as address,
    strftime(date_of(enrolled_day), '%Y%m%d') as joined_date,
    if(in_app, '900', lpad((joined_store + 1)::varchar, 3, '0')) as store_code,
    if(in_app, '앱', stores.store_name) as store_name,
    case
        when in_app or paid < 500000 then '패밀리'
        when paid < 2000000 then '실버'
        when paid < 5000000 then '골드'
        else 'VIP'
    end as grade,
    if(in_app, 1000, paid // 100 % 5000) as points,
    if(is_between({day}, sms_from, sms_until), 'Y', 'N') as marketing_consent,
    person as _person,
    key as _key,
    if(name <> clean_name, clean_name, null) as _clean_name,
    case when birth_date is not null and birth_date_told <> clean_birth_date
        then clean_birth_date end as _clean_birth_date,
    if(phone_told <> clean_phone, clean_phone, null) as _clean_phone
from registered inner join stores on registered.joined_store = stores.store
order by member_no
"""

CARDS = """
issued as (
    select
        everyone.person, card_number, second_card_number,
        10000000 + first_member as member_no,
        second_card_day <= {day} as is_replaced,
        first_day,
        greatest(second_card_day, first_day) as second_day
    from owners
    inner join everyone on owners.person = everyone.person
    inner join loyalty_history on owners.person = loyalty_history.person
)

select
    card_text(if(which = 1, card_number, second_card_number)) as card_no,
    member_no::varchar as member_no,
    strftime(date_of(if(which = 1, first_day, second_day)), '%Y%m%d') as issued_date,
    if(which = 1 and is_replaced, '분실', '정상') as status,
    if(which = 1 and is_replaced, strftime(date_of(second_day), '%Y%m%d'), null) as lost_date,
    if(which = 1 and is_replaced, card_text(second_card_number), null) as replaced_by,
    person as _person,
    if(which = 1, card_number, second_card_number) as _key
from issued cross join (select unnest([1, 2]) as which)
where which = 1 or is_replaced
order by card_no
"""


def exports(night: Night) -> Exports:
    """List the files of a night: members and cards, after a Sunday."""
    if night.date.weekday() != SUNDAY:
        return
    members = (OWNERS + MEMBERS).format(day=night.day, **known_contact("seen_day"))
    for kind, query in (("members", members), ("cards", (OWNERS + CARDS).format(day=night.day))):
        yield Export(
            f"loyalty_{kind}_{night.date:%Y%m%d}.csv",
            query,
            FORM,
            of_everyone=True,
            prepare=prepare_history if kind == "members" else None,
        )


def prepare_history(night: Night, blocks: range) -> None:
    """Make the table ``loyalty_history``: member numbers and what was bought with the cards."""
    company = night.company
    paid = histories(company, blocks, night.day).card_paid.sum(axis=0)
    person = np.arange(len(paid)) + blocks.start * BLOCK
    numbers, key = 2 * company.customers, company.seed + 11
    night.table(
        "loyalty_history",
        person=person,
        paid=paid,
        first_member=shuffled(2 * person, numbers, key),
        second_member=shuffled(2 * person + 1, numbers, key),
    )
