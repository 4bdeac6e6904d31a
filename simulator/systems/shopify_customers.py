"""The query and the headers of Shopify's export of customers, which ``shopify.py`` writes."""

from simulator.common.contact_forms import international, other_spelling
from simulator.common.headers import always, header
from simulator.common.purchases import show_purchases
from simulator.night import Night
from simulator.systems.shopify_forms import province_code, writes_latin

QUERY = """
with accounts as (
    select *, 1 as account, email_number as account_number, email as clean_email
    from everyone where account_day <= {day}
    union all
    select *, 2 as account, second_email_number as account_number, second_email as clean_email
    from everyone where second_account_day <= {day}
),

known as (
    select
        accounts.*,
        2 * accounts.person + accounts.account as form_key,
        shopify_email(clean_email, form_key, 0.004) as told_email,
        phone_as_written(phone, form_key) as written_phone,
        {writes_latin} as writes_latin,
        -- an account that was forgotten keeps the address with which it was made
        accounts.account = 1 and second_account_day <= {day} as is_forgotten,
        shopify_history.orders,
        shopify_history.paid as spent,
        shopify_history.orders > 0 or happens(form_key, 'shopify address', 0.3) as has_address,
        if(is_forgotten, first_province, province) as own_province
    from accounts
    inner join shopify_history
        on accounts.person = shopify_history.person and accounts.account = shopify_history.account
),

customers as (
    select
        '''' || customer_id(account_number) as "Customer ID",
        if(writes_latin, given_latin, given_name) as "First Name",
        if(writes_latin, {family_latin}, family_name) as "Last Name",
        told_email as "Email",
        if(
            is_between({day}, email_from, email_until)
            and not (account = 2 and happens(form_key, 'shopify says no here', 0.4)),
            'yes', 'no'
        ) as "Accepts Email Marketing",
        if(has_address, if(is_forgotten, first_street, street), null)
            as "Default Address Address1",
        if(has_address, if(is_forgotten, first_flat, flat), null) as "Default Address Address2",
        if(has_address, if(is_forgotten, first_city, city), null) as "Default Address City",
        if(has_address, {province_code}, null) as "Default Address Province Code",
        if(has_address, 'KR', null) as "Default Address Country Code",
        if(has_address, if(is_forgotten, first_postcode, postcode), null)
            as "Default Address Zip",
        if(has_address, shopify_cell(written_phone), null) as "Default Address Phone",
        -- the shop brings the account's own number into the international form
        if(happens(form_key, 'shopify phone', 0.55), shopify_cell({international}), null)
            as "Phone",
        if(is_between({day}, sms_from, sms_until), 'yes', 'no') as "Accepts SMS Marketing",
        spent as "Total Spent",
        orders as "Total Orders",
        if(is_staff, 'test account of staff', null) as "Note",
        nullif(concat_ws(
            ', ',
            if(is_staff, 'test', null),
            if(app_day <= {day}, 'app', null),
            if(spent >= 1500000, 'VIP', null)
        ), '') as "Tags",
        if(
            is_foreign and is_between({day}, sms_from, sms_until)
            and happens(form_key, 'shopify whatsapp', 0.5),
            'yes', 'no'
        ) as "Accepts WhatsApp Marketing",
        if(happens(form_key, 'shopify birth date', 0.35), '''' || birth_date, null)
            as "Birth date (customer.metafields.facts.birth_date)",
        {always},
        "Default Address Address1" as "Address1",
        "Default Address Address2" as "Address2",
        "Default Address City" as "City",
        if(has_address, if(is_forgotten, first_province_latin, province_latin), null)
            as "Province",
        "Default Address Province Code" as "Province Code",
        if(has_address, 'South Korea', null) as "Country",
        "Default Address Country Code" as "Country Code",
        "Default Address Zip" as "Zip",
        person as _person,
        account_number as _key,
        if(told_email = clean_email, null, clean_email) as "_clean_Email"
    from known
)

select {columns}, _person, _key, "_clean_Email"
from customers
order by _key
"""


def customers_query(night: Night) -> str:
    """Query the accounts of a block of people.

    Returns
    -------
    str
        SQL over ``everyone`` and the table that :func:`show_history` makes.
    """
    return QUERY.format(
        day=night.day,
        province_code=province_code("own_province"),
        writes_latin=writes_latin("form_key"),
        family_latin=other_spelling(),
        international=international("phone"),
        always=always("shopify_customers"),
        columns=", ".join(f'"{name}"' for name in header("shopify_customers", night.date)),
    )


def show_history(night: Night, blocks: range) -> None:
    """Make the table ``shopify_history``: what was bought from each account."""
    show_purchases(night, blocks, "shopify_history", with_guests=False)
