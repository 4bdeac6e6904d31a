"""What the tills did on a day, as tables for ``square.py``: sales and refunds, and their lines."""

import numpy as np

from simulator.company import day_number
from simulator.night import Night
from simulator.world.identities import show_others

WON_A_DOLLAR = 1350

DUTY_FREE_FROM = 28
"""In every thirty shops, those from this number on are duty-free and use dollars."""

STAFF = """
create table if not exists square_staff as
select
    stores.store,
    clerk,
    surnames.korean || first_syllables.korean || second_syllables.korean as staff_name,
    'TM' || upper(md5('square staff ' || stores.store || ' ' || clerk))[1:14] as staff_id
from stores
cross join (select unnest(range(9)) as clerk)
inner join surnames
    on surnames.number = roll(store * 9 + clerk, 'square staff 1', (select count(*) from surnames))
inner join first_syllables
    on first_syllables.number = roll(store * 9 + clerk, 'square staff 2', 25)
inner join second_syllables
    on second_syllables.number = roll(store * 9 + clerk, 'square staff 3', 25)
"""
"""Nine clerks per shop, who never change."""

EVENTS = """
create or replace temp table square_told as
with happened as (
    select
        visit_id, person, store, at_ms, payment, has_coupon, card_person, is_second_card, clerk,
        false as is_refund
    from orders
    where place = 2 and day = {day}
    union all by name
    select
        visit_id, person, store, payment, has_coupon, card_person, is_second_card,
        hour_ms({day}, 10) + roll(visit_id, 'square refund {day}', hours_ms(12)) as at_ms,
        roll(visit_id, 'square refund clerk {day}', 9) as clerk,
        true as is_refund
    from orders
    where place = 2 and {opened} <= day and day < {day}
        and visit_id in (select visit_id from lines where return_day = {day})
)

select
    happened.*,
    store % 30 >= {duty_free_from} as is_duty_free,
    case
        when payment = 2 then 'cash'
        when payment = 1 and happens(visit_id, 'square wallet', 0.5) then 'other'
        else 'card'
    end as tender,
    -- most people have two bank cards and pay with the same one nearly always
    2 * person + happens(visit_id, 'square other bank card', 0.15)::integer as bank_card
from happened
"""

SOLD = """
create or replace temp table square_lines as
with signed as (
    select
        told.visit_id, told.is_refund, told.is_duty_free, told.has_coupon, lines.line,
        lines.product,
        if(told.is_refund, -1, 1) as sign,
        lines.quantity,
        if(
            told.is_duty_free, (lines.unit_price * 200 + {won}) // (2 * {won}), lines.unit_price
        ) as price,
        if(told.is_duty_free, (lines.discount * 200 + {won}) // (2 * {won}), lines.discount)
            as reduction,
        lines.discount * 100 // (lines.quantity * lines.unit_price) as per_cent
    from square_told as told
    inner join lines
        on told.visit_id = lines.visit_id and (not told.is_refund or lines.return_day = {day})
)

select
    visit_id, is_refund, line, product,
    sign * quantity as quantity,
    sign * quantity * price as gross,
    -sign * reduction as discount,
    gross + discount as net,
    -- the tax is in the price; free of duty is free of it too
    if(is_duty_free, 0, sign * (quantity * price - reduction) // 11) as tax,
    per_cent > if(has_coupon, 10, 0) as is_promoted
from signed
"""
"""Amounts are whole won, or cents in the duty-free shops."""

SALES = """
create or replace temp table square_sales as
with summed as (
    select
        visit_id,
        is_refund,
        sum(gross) as gross,
        sum(discount) as discount,
        sum(net) as net,
        sum(tax) as tax,
        bool_or(is_promoted) as is_promoted,
        string_agg(
            if(abs(quantity) > 1, abs(quantity) || ' x ', '')
            || if(told.is_duty_free, product_name, product_korean), ', ' order by line
        ) as description
    from square_lines
    inner join square_told as told using (visit_id, is_refund)
    inner join products using (product)
    group by visit_id, is_refund
)

select
    told.*,
    summed.* exclude (visit_id, is_refund),
    stores.store_name, staff.staff_name, staff.staff_id,
    square_token('square transaction ' || told.visit_id) as transaction_id,
    square_token(
        'square ' || if(told.is_refund, 'refund {day} ', 'payment ') || told.visit_id
    ) as payment_id,
    told.card_person >= 0 as is_known,
    if(told.is_second_card, persons.second_card_number, persons.card_number) as number,
    if(told.card_person = told.person, persons.full_name, holders.full_name) as holder,
    if(told.card_person = told.person, persons.full_latin, holders.full_latin) as holder_latin,
    if(told.is_duty_free, holder_latin, holder) as clean_name,
    persons.is_foreign or told.is_duty_free as is_latin,
    -- one profile for each card's owner, in either account; some clerks leave the name out
    if(
        is_known,
        upper(md5('square customer ' || told.is_duty_free || told.card_person))[1:26], null
    ) as customer_id,
    is_known and not happens(told.card_person, 'square no name', 0.2) as is_named,
    if(is_named and slips(told.card_person, 'square name', 0.05), if(
        is_latin,
        without_letter(clean_name, 2 + roll(told.card_person, 'square name at', 4)),
        misheard_name(clean_name, told.card_person)
    ), if(is_named, clean_name, null)) as customer_name,
    if(is_known, card_text(number), null) as clean_card,
    -- typed when it can't be scanned
    if(
        slips(told.visit_id, 'square card', 0.012),
        mistyped_phone(clean_card, told.visit_id), clean_card
    ) as customer_reference,
    if(
        tender = 'card',
        ['Visa', 'MasterCard', 'UnionPay', 'American Express', 'JCB'][
            [1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5][roll(bank_card, 'square brand', 13) + 1]
        ],
        null
    ) as card_brand,
    if(tender = 'card', lpad(roll(bank_card, 'square pan', 10000)::varchar, 4, '0'), null)
        as pan_suffix,
    'Square Register ' || (1000 + told.store * 10 + told.clerk % 4) as device_name,
    'Till ' || (told.clerk % 4 + 1) as device_nickname
from square_told as told
inner join summed using (visit_id, is_refund)
inner join persons on told.person = persons.person
inner join stores on told.store = stores.store
inner join square_staff as staff on told.store = staff.store and told.clerk = staff.clerk
left join square_holders as holders on told.card_person = holders.person
"""


def make_sales(night: Night) -> None:
    """Make the tables ``square_sales``, one row per payment or refund, and ``square_lines``."""
    values = {
        "day": night.day,
        "opened": day_number(night.company.opened),
        "duty_free_from": DUTY_FREE_FROM,
        "won": WON_A_DOLLAR,
    }
    night.connection.execute(STAFF)
    night.connection.execute(EVENTS.format(**values))
    _show_holders(night)
    night.connection.execute(SOLD.format(**values))
    night.connection.execute(SALES.format(**values))


def _show_holders(night: Night) -> None:
    """Show the owners of cards that someone else showed: the first members of the households."""
    found = night.connection.execute("""
        select distinct card_person from square_told
        where card_person >= 0 and card_person <> person order by card_person
    """).fetchnumpy()["card_person"]
    show_others(night, np.asarray(found, dtype=np.int64), "square_holders")
