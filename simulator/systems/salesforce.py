"""The members' desk: Salesforce contacts with all fields on Saturday nights, a report on the 1st.

The weekly file is the Data Loader's *Export All*: API names, every value quoted, even empty ones,
times in UTC, losers of merges with ``IsDeleted`` and the winner's id in ``MasterRecordId``. The
recycle bin is never emptied: a loser stays in the file, while the real system would drop it after
some weeks. Streets contain line breaks. Clerks do the typing: names as heard, the whole name in
``LastName``, birth dates with swapped parts. The report uses labels instead of API names and omits
deleted contacts. Account names and file names are made up.
"""

from simulator.common.contact_forms import known_contact, lately, moment, other_spelling
from simulator.export import Csv, Export, Exports, Night
from simulator.systems.salesforce_ids import MACROS
from simulator.words.text_lists import sql_words

NAME = "salesforce"

SATURDAY = 5

CONTACTS = """
with records as (
    select
        *,
        salesforce_day + 1 + roll(person, 'salesforce second contact', 300) as second_day,
        second_day + 10 + roll(person, 'salesforce merge', 200) as merge_day,
        happens(person, 'salesforce has second', 0.05) as gets_second,
        happens(person, 'salesforce merges', 0.6) as gets_merged,
        1 + happens(person, 'salesforce second loses', 0.75)::bigint as loser,
        if(contact = 1, email_number, second_email_number) as number,
        if(contact = 1, second_email_number, email_number) as other_number,
        if(contact = 1, salesforce_day, second_day) as created_day,
        gets_second and gets_merged and merge_day <= {day} as is_merged,
        if(contact = 1, email, second_email) as own_email,
        'salesforce ' || number as key,
        is_merged and contact = loser as is_deleted,
        happens(number, 'salesforce tells', 0.4) as tells,
        {touched} as touched_day,
        {created} as created_ms,
        if(tells, if(is_deleted, merge_day, {day}), created_day) as seen_day
    from everyone cross join (select unnest([1, 2]) as contact)
    where salesforce_day <= {day}
        and (contact = 1 or (gets_second and second_day <= {day}))
),

typed as (
    select
        *,
        if(
            is_deleted,
            merge_day,
            greatest(
                touched_day,
                if(is_merged, merge_day, created_day),
                if(number_change_day <= seen_day, number_change_day, created_day),
                if(move_day <= seen_day, move_day, created_day)
            )
        ) as modified_day,
        {phone} as own_phone,
        {street} as own_street,
        {flat} as own_flat,
        {city} as own_city,
        {province} as own_province,
        {postcode} as own_postcode,
        roll(number, 'salesforce name', 100) as name_form,
        {modified} as modified_ms,
        if(slips(number, 'salesforce e-mail', 0.03), formal_email(own_email, key), own_email)
            as told_email,
        if(slips(number, 'salesforce mobile', 0.02), mistyped_phone(own_phone, key), own_phone)
            as told_phone,
        case
            when is_foreign then given_name
            when name_form < 18 then null
            when name_form < 28 then given_latin
            else given_name
        end as own_first,
        case
            when is_foreign then family_name
            when name_form < 18 then full_name
            when name_form < 28 then {other_spelling}
            else family_name
        end as own_last,
        if(
            not is_foreign and name_form >= 28 and slips(number, 'salesforce hearing', 0.05),
            misheard_name(given_name, key), null
        ) as heard_first,
        case
            when not slips(number, 'salesforce birth date', 0.03) then null
            when birth_day <= 12 and birth_day <> birth_month
                then make_date(birth_year, birth_day, birth_month)
            else date '1900-01-01'
        end as wrong_birth_date,
        case when own_postcode like '0%' and slips(number, 'salesforce postcode', 0.1)
            then substr(own_postcode, 2) end as wrong_postcode,
        happens(number, 'salesforce birth date known', 0.6) as has_birth_date,
        happens(number, 'salesforce address known', 0.7) as has_address,
        happens(number, 'salesforce mobile known', 0.75) as has_mobile,
        happens(number, 'salesforce phone known', 0.45) as has_phone,
        created_day + 3 + roll(number, 'salesforce bounce', 60) as bounce_day,
        happens(number, 'salesforce bounces', 0.006) as is_closed,
        if(happens(number, 'salesforce stamp', 0.2), 2000, 0) as stamp_ms
    from records
),

told as (
    select
        *,
        coalesce(heard_first, own_first, '') as first_name,
        heard_first <> own_first as is_misheard,
        (lower(told_email) <> own_email or is_closed) and bounce_day <= modified_day
            as has_bounced,
        if(has_phone, phone_as_written(told_phone, 'phone of ' || key), '') as phone_text,
        if(has_mobile, phone_as_written(told_phone, key), '') as mobile_text,
        own_street || if(happens(number, 'salesforce two lines', 0.6), chr(10), ', ') || own_flat
            as street_text,
        if(has_phone and told_phone <> own_phone, own_phone, null) as clean_phone,
        if(has_mobile and told_phone <> own_phone, own_phone, null) as clean_mobile,
        if(told_email <> own_email, own_email, null) as clean_email
    from typed
)
"""

WEEKLY = """
select
    salesforce_contact_id(salesforce_number(number)) as "Id",
    if(is_deleted, 'true', 'false') as "IsDeleted",
    if(is_deleted, salesforce_contact_id(salesforce_number(other_number)), '') as "MasterRecordId",
    salesforce_id('001', 31000000 + home_store * 13) as "AccountId",
    own_last as "LastName",
    first_name as "FirstName",
    if(happens(number, 'salesforce salutation', 0.5), if(is_female, 'Ms.', 'Mr.'), '')
        as "Salutation",
    trim(first_name || ' ' || own_last) as "Name",
    if(has_address, street_text, '') as "MailingStreet",
    if(has_address, own_city, '') as "MailingCity",
    if(has_address, own_province, '') as "MailingState",
    if(has_address, coalesce(wrong_postcode, own_postcode), '') as "MailingPostalCode",
    if(
        has_address,
        one_of(['South Korea', 'South Korea', '대한민국', 'KR'], number, 'salesforce country'), ''
    ) as "MailingCountry",
    phone_text as "Phone",
    '' as "Fax",
    mobile_text as "MobilePhone",
    if(
        -- the number from before the change, which nobody took off the record
        number_change_day <= seen_day and happens(number, 'salesforce old number', 0.5),
        phone_number, ''
    ) as "HomePhone",
    told_email as "Email",
    if(
        happens(number, 'salesforce title', 0.05),
        one_of(['과장', '대리', 'Manager'], number, 'salesforce which title'), ''
    ) as "Title",
    if(
        happens(number, 'salesforce title', 0.05),
        one_of(['총무팀', '구매팀', 'Purchasing'], number, 'salesforce which title'), ''
    ) as "Department",
    one_of({words[salesforce source]}, number, 'salesforce source') as "LeadSource",
    if(has_birth_date, coalesce(wrong_birth_date, birth_date)::varchar, '') as "Birthdate",
    if(
        happens(number, 'salesforce description', 0.05),
        one_of({words[salesforce description]}, number, 'salesforce which description'), ''
    ) as "Description",
    salesforce_id('005', 1700000 + 41 * roll(number, 'salesforce owner', 8)) as "OwnerId",
    if(email_until <= modified_day, 'true', 'false') as "HasOptedOutOfEmail",
    if(
        sms_until <= modified_day and happens(number, 'salesforce do not call', 0.3),
        'true', 'false'
    ) as "DoNotCall",
    salesforce_time(created_ms) as "CreatedDate",
    salesforce_time(greatest(created_ms, modified_ms)) as "LastModifiedDate",
    salesforce_time(greatest(created_ms, modified_ms) + stamp_ms) as "SystemModstamp",
    if(has_bounced, '550 5.1.1 The email account that you tried to reach does not exist', '')
        as "EmailBouncedReason",
    if(has_bounced, salesforce_time({bounced}), '') as "EmailBouncedDate",
    if(happens(number, 'salesforce individual', 0.3), salesforce_id('0PK', 900000 + number), '')
        as "IndividualId",
    person as _person,
    number as _key,
    if(is_misheard, own_first, null) as "_clean_FirstName",
    if(is_misheard, own_first || ' ' || own_last, null) as "_clean_Name",
    clean_email as "_clean_Email",
    clean_phone as "_clean_Phone",
    clean_mobile as "_clean_MobilePhone",
    if(has_birth_date and wrong_birth_date is not null, birth_date::varchar, null)
        as "_clean_Birthdate",
    if(has_address and wrong_postcode is not null, own_postcode, null)
        as "_clean_MailingPostalCode"
from told
order by number
"""

REPORT = """
select
    first_name as "First Name",
    own_last as "Last Name",
    told_email as "Email",
    phone_text as "Phone",
    store_name || ' members' as "Account Name",
    if(has_address, own_city, '') as "Mailing City",
    if(has_address, own_province, '') as "Mailing State/Province",
    if(has_address, coalesce(wrong_postcode, own_postcode), '') as "Mailing Zip/Postal Code",
    person as _person,
    number as _key,
    if(is_misheard, own_first, null) as "_clean_First Name",
    clean_email as "_clean_Email",
    clean_phone as "_clean_Phone",
    if(has_address and wrong_postcode is not null, own_postcode, null)
        as "_clean_Mailing Zip/Postal Code"
from told inner join stores on told.home_store = stores.store
where not is_deleted
order by number
"""


def exports(night: Night) -> Exports:
    """List the files of a night: all contacts on Saturdays, the report on the first of a month."""
    night.connection.execute(MACROS)
    filled = {
        "day": night.day,
        "words": sql_words(),
        "touched": lately(night.day, "created_day", "number", "salesforce touch"),
        "created": moment("created_day", "number", "salesforce created"),
        "modified": moment("modified_day", "number", "salesforce modified"),
        "bounced": moment("bounce_day", "number", "salesforce bounced"),
        "other_spelling": other_spelling(),
        **known_contact("seen_day"),
    }
    form = Csv(quotes_all=True)
    if night.date.weekday() == SATURDAY:
        query = (CONTACTS + WEEKLY).format(**filled)
        yield Export(f"Contact_{night.date}.csv", query, form, of_everyone=True)
    if night.date.day == 1:
        query = (CONTACTS + REPORT).format(**filled)
        yield Export(f"contacts_report_{night.date}.csv", query, form, of_everyone=True)
