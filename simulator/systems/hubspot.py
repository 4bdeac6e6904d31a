"""The marketing team's contacts: HubSpot's export of all of them, every Sunday night.

The columns are those of the team's view. Multiple values are joined with semicolons. Contacts
imported before the opening keep the import's date format and the phone numbers that a spreadsheet
truncated. One person in 25 has two contacts, half of which are merged at some point: until 13
January 2025 into the primary one, since then into a new one with a new id. ``Merged contact IDs``
lists the merged ones. Owners, sources and companies are made up; the file's name is HubSpot's.
"""

from datetime import date

from simulator.common.contact_forms import known_phone, lately, moment
from simulator.company import day_number
from simulator.export import Csv, Export, Exports, Night
from simulator.words.text_lists import sql_words

NAME = "hubspot"

SUNDAY = 6

NEW_IDS_SINCE = day_number(date(2025, 1, 14))
"""From this day on merges create a new record: HubSpot's change of January 2025."""

MACROS = """
-- in Korean time; contacts imported before the opening keep the import's form
create or replace macro hubspot_date(ms, is_imported) as if(
    is_imported,
    strftime(at_korea(ms), '%-m/%-d/%Y %-I:%M %p'),
    strftime(at_korea(ms), '%Y-%m-%d %H:%M')
);
"""

CONTACTS = """
with records as (
    select
        *,
        hubspot_day + 1 + roll(person, 'hubspot second contact', 400) as second_day,
        second_day + 7 + roll(person, 'hubspot merge', 300) as merge_day,
        happens(person, 'hubspot has second', 0.04) as gets_second,
        happens(person, 'hubspot merges', 0.5) as gets_merged,
        happens(person, 'hubspot second leads', 0.3) as second_leads,
        second_email_day <= hubspot_day and happens(person, 'hubspot newer e-mail', 0.5)
            as gave_newer,
        gets_second and second_day <= {day} as has_second,
        gets_second and gets_merged and merge_day <= {day} as is_merged,
        if(contact = 1, email_number, second_email_number) as number,
        if(contact = 1, second_email_number, email_number) as other_number,
        if((contact = 1) = gave_newer, second_email, email) as own_email,
        if(contact = 1 or is_merged, hubspot_day, second_day) as created_day,
        if(contact = 1 or is_merged, email_number, second_email_number) as created_number,
        contact = 1 and hubspot_day < {opened} and happens(person, 'hubspot import', 0.6)
            as is_imported,
        'hubspot ' || number as key,
        if(happens(number, 'hubspot tells number', 0.5), {day}, created_day) as seen_day,
        {touched} as touched_day,
        {created} as created_ms,
        happens(number, 'hubspot no e-mail', 0.03) as has_no_email,
        happens(number, 'hubspot no phone', 0.2) as tells_no_phone,
        roll(number, 'hubspot name', 100) as name_form,
        roll(number, 'hubspot company', 100) as company_roll,
        1 + roll(number, 'hubspot which company', 6) as company_place,
        {words[hubspot company]} as companies
    from everyone cross join (select unnest([1, 2]) as contact)
    where hubspot_day <= {day} and
        case when is_merged then (contact = 2) = second_leads else contact = 1 or has_second end
),

told as (
    select
        *,
        greatest(
            touched_day,
            if(is_merged, merge_day, created_day),
            if(number_change_day <= seen_day, number_change_day, created_day)
        ) as modified_day,
        {phone} as own_phone,
        tells_no_phone and not has_no_email as has_no_phone,
        {modified} as modified_ms,
        case when slips(number, 'hubspot e-mail', 0.03) and not has_no_email
            then lower(formal_email(own_email, key)) end as typed_email,
        case
            when has_no_phone then null
            when is_imported and slips(number, 'hubspot spreadsheet', 0.7)
                then phone_without_zero(own_phone)
            when slips(number, 'hubspot phone', 0.015) then mistyped_phone(own_phone, key)
        end as typed_phone,
        if(has_no_phone, null, phone_as_written(own_phone, key)) as written_phone,
        case
            when is_foreign then given_name
            when name_form < 12 then given_latin
            when name_form < 17 then full_name
            else given_name
        end as own_first,
        case
            when is_foreign then family_name
            when name_form < 12 then family_latin
            when name_form < 17 then null
            else family_name
        end as own_last,
        nullif(typed_email, own_email) as wrong_email,
        nullif(typed_phone, own_phone) as wrong_phone,
        slips(number, 'hubspot swaps names', 0.04) and own_last is not null as swaps_names
    from records
)

select
    hubspot_id(number) + if(is_merged and merge_day >= {new_ids}, 1, 0) as "Record ID",
    if(swaps_names, own_last, own_first) as "First Name",
    if(swaps_names, own_first, own_last) as "Last Name",
    if(has_no_email, null, coalesce(wrong_email, own_email)) as "Email",
    coalesce(wrong_phone, written_phone) as "Phone Number",
    case when happens(number, 'hubspot owned', 0.45)
        then one_of({words[hubspot owner]}, number, 'hubspot owner') end as "Contact owner",
    if(
        least(account_day, card_day) <= {day} or happens(number, 'hubspot no status', 0.5),
        null, one_of({words[hubspot status]}, number, 'hubspot status')
    ) as "Lead Status",
    hubspot_date(created_ms, is_imported) as "Create Date",
    hubspot_date(greatest(created_ms, modified_ms), is_imported) as "Last Modified Date",
    case
        when least(account_day, card_day) <= {day}
            then if(happens(number, 'hubspot evangelist', 0.02), 'Evangelist', 'Customer')
        when is_between({day}, email_from, email_until) then 'Subscriber'
        else one_of(['Lead', 'Lead', 'Marketing Qualified Lead'], number, 'hubspot stage')
    end as "Lifecycle Stage",
    if(is_imported, 'Offline Sources', one_of({words[hubspot source]}, number, 'hubspot source'))
        as "Original Source",
    case
        when company_roll < 2
            then companies[company_place] || ';' || companies[company_place + 1]
        when company_roll < 8 then companies[company_place]
    end as "Associated Company",
    case
        when company_roll < 2
            then ({company_base} + company_place) || ';' || ({company_base} + company_place + 1)
        when company_roll < 8 then ({company_base} + company_place)::varchar
    end as "Associated Company IDs",
    case
        when is_merged and merge_day >= {new_ids}
            then hubspot_id(number) || ';' || hubspot_id(other_number)
        when is_merged then hubspot_id(other_number)::varchar
    end as "Merged contact IDs",
    person as _person,
    number as _key,
    if(swaps_names, own_first, null) as "_clean_First Name",
    if(swaps_names, own_last, null) as "_clean_Last Name",
    if(wrong_email is null, null, own_email) as "_clean_Email",
    if(wrong_phone is null, null, own_phone) as "_clean_Phone Number"
from told
order by "Record ID"
"""


def exports(night: Night) -> Exports:
    """List the files of a night: all contacts on Sundays."""
    if night.date.weekday() != SUNDAY:
        return
    night.connection.execute(MACROS)
    query = CONTACTS.format(
        day=night.day,
        opened=day_number(night.company.opened),
        new_ids=NEW_IDS_SINCE,
        company_base=38_000_000_000,
        words=sql_words(),
        phone=known_phone("seen_day"),
        touched=lately(night.day, "created_day", "number", "hubspot touch"),
        created=moment("created_day", "created_number", "hubspot created"),
        modified=moment("modified_day", "number", "hubspot modified"),
    )
    yield Export(
        f"hubspot-crm-exports-all-contacts-{night.date}.csv", query, Csv(), of_everyone=True
    )
