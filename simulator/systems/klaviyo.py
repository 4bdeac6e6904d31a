"""The web shop's profiles: Klaviyo's export of all of them, every Wednesday night.

Klaviyo imports each shop account by its lower-case e-mail, and orders without an account in the
same way. It sends nothing here, so there are no last opens and clicks and no campaign report: the
team uses its segments and its forecasts. The file begins with a byte order mark. A profile can be
SUBSCRIBED and yet suppressed, because its address bounces. Amounts are in won with a decimal. UTC
times without a zone, one reason per suppression, the sources and the forecasting method are our own
convention.
"""

from simulator.common.contact_forms import international, known_contact, moment
from simulator.common.purchases import show_purchases
from simulator.company import day_number
from simulator.export import Csv, Export, Exports, Night

NAME = "klaviyo"

WEDNESDAY = 2

MACROS = """
-- five bits as one of 32 letters, without I, L, O and U
create or replace macro klaviyo_letter(bits) as
    substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (bits % 32)::bigint, 1);

-- ten letters of time in milliseconds and sixteen of chance
create or replace macro klaviyo_id(key, ms) as
    array_to_string(
        list_transform(range(9, -1, -1), lambda place: klaviyo_letter(ms >> (5 * place))), ''
    )
    || array_to_string(
        list_transform(range(16), lambda place: klaviyo_letter(
            if(place < 8, md5_number_lower(key), md5_number_upper(key)) >> (5 * (place % 8))
        )),
        ''
    );
"""

PROFILES = """
with accounts as (
    select
        everyone.* replace (if(account = 1, email, second_email) as email),
        klaviyo_profiles.* exclude (person),
        if(account = 1, email_number, second_email_number) as number,
        greatest(klaviyo_day, if(account = 1, account_day, second_account_day)) as created_day
    from everyone inner join klaviyo_profiles on everyone.person = klaviyo_profiles.person
    where greatest(klaviyo_day, if(account = 1, account_day, second_account_day)) <= {day}
),

told as (
    select
        *,
        'klaviyo ' || number as key,
        {created} as created_ms,
        account = 1 and is_between({day}, email_from, email_until) as is_subscribed,
        account = 1 and email_until <= {day} as is_unsubscribed,
        if(happens(number, 'klaviyo tells changes', 0.6), {day}, created_day) as seen_day,
        happens(number, 'klaviyo address', 0.3) or orders > 0 as has_address,
        happens(number, 'klaviyo phone', 0.65) as has_phone,
        happens(number, 'klaviyo latin', 0.08) and not is_foreign as writes_latin,
        happens(number, 'klaviyo located', 0.5) as is_located,
        greatest(created_day, last_visit_day) as active_day,
        {day} + 1 - greatest(created_day, {opened}) as age,
        if(slips(number, 'klaviyo e-mail', 0.02), lower(formal_email(email, key)), email)
            as told_email,
        {phone} as own_phone,
        case
            when is_subscribed then {said_yes}
            when is_unsubscribed then {said_no}
        end as said_ms,
        {active} as active_ms,
        paid / greatest(orders, 1) as average_paid,
        -- a year at the pace so far, the less the longer nothing was bought
        if(
            orders > 0, orders * 365.0 / (age + 60) * 120 / (120 + {day} - last_order_day), 0
        ) as expected_orders
    from accounts
)

select
    told_email as "Email",
    klaviyo_id(key, created_ms) as "Klaviyo ID",
    if(writes_latin, given_latin, given_name) as "First Name",
    if(writes_latin, family_latin, family_name) as "Last Name",
    null as "Organization",
    null as "Title",
    if(has_phone, {international}, null) as "Phone Number",
    if(has_address, {street}, null) as "Address",
    if(has_address, {flat}, null) as "Address 2",
    if(has_address, {city}, null) as "City",
    if(has_address, {province}, null) as "State / Region",
    if(has_address, 'South Korea', null) as "Country",
    if(has_address, {postcode}, null) as "Zip Code",
    if(is_located, latitude, null) as "Latitude",
    if(is_located, longitude, null) as "Longitude",
    one_of(
        ['Shopify', 'Shopify', 'Shopify', 'Sign-up popup', 'Footer form'], number, 'klaviyo source'
    ) as "Source",
    if(is_located, documentation_ip(number, 'klaviyo ip'), null) as "IP Address",
    case
        when is_subscribed then 'SUBSCRIBED'
        when is_unsubscribed then 'UNSUBSCRIBED'
        else 'NEVER_SUBSCRIBED'
    end as "Email Marketing Consent",
    utc_text(said_ms) as "Email Marketing Consent Timestamp",
    paid || '.0' as "Historic Customer Lifetime Value",
    round(paid + average_paid * expected_orders, 2) as "Total Customer Lifetime Value",
    round(average_paid * expected_orders, 2) as "Predicted Customer Lifetime Value",
    if(orders > 0, round(average_paid, 2), null) as "Average Order Value",
    orders as "Historic Number Of Orders",
    utc_text(created_ms) as "First Active",
    utc_text(greatest(active_ms, created_ms)) as "Last Active",
    utc_text(created_ms) as "Profile Created On",
    utc_text(greatest(coalesce(said_ms, created_ms), created_ms)) as "Date Added",
    null as "Last Open",
    null as "Last Click",
    if(orders > 1, round((last_order_day - first_order_day) / (orders - 1), 1), null)
        as "Average Days Between Orders",
    case
        when split_part(told_email, '@', 2) <> split_part(email, '@', 2) then 'INVALID_EMAIL'
        when told_email <> email or happens(number, 'klaviyo bounces', 0.012)
            then 'HARD_BOUNCE'
        when is_unsubscribed and happens(number, 'klaviyo complains', 0.04) then 'SPAM_COMPLAINT'
        when is_unsubscribed then 'UNSUBSCRIBED'
        when happens(number, 'klaviyo team suppresses', 0.01) then 'USER_SUPPRESSED'
    end as "Email Suppressions",
    person as _person,
    number as _key,
    if(told_email <> email, email, null) as "_clean_Email"
from told inner join region_places on told.province = region_places.province
order by number
"""


def exports(night: Night) -> Exports:
    """List the files of a night: all profiles on Wednesdays."""
    if night.date.weekday() != WEDNESDAY:
        return
    night.connection.execute(MACROS)
    query = PROFILES.format(
        day=night.day,
        opened=day_number(night.company.opened),
        created=moment("created_day", "number", "klaviyo created"),
        said_yes=moment("email_from", "number", "klaviyo says yes"),
        said_no=moment("email_until", "number", "klaviyo says no"),
        active=moment("active_day", "number", "klaviyo active"),
        international=international("own_phone"),
        **known_contact("seen_day"),
    )
    yield Export(
        f"klaviyo_profiles_{night.date}.csv",
        query,
        Csv(has_bom=True),
        of_everyone=True,
        prepare=show_profiles,
    )


def show_profiles(night: Night, blocks: range) -> None:
    """Make the table ``klaviyo_profiles``: one row per person and profile."""
    show_purchases(night, blocks, "klaviyo_profiles", with_guests=True)
