"""Shopify's export of orders: the query of the file that ``shopify.py`` writes every night.

A row is a line of an order; what is about the order stands on its first line only. The file has the
orders of the day and earlier ones for which money moved on it: a deposit arrived, or something was
returned. An order is told as it is by the end of that day, and its buyer as on the day of the
order.

It reads the facts (``world/facts.py``): ``orders`` and ``lines``, ``visits`` (for the account that
was logged in, and for carts that were ordered and never paid), ``persons`` and ``products``. Times
end with ``_ms`` (UTC, since 1970-01-01), ``day`` is a day's number in Korea, amounts are in won
with tax. Macros that begin with ``shopify_`` are in ``shopify_forms.py``, general ones such as
``roll`` and ``happens`` in ``words/vocabulary.py``. Columns that are always the same, and which of
them a file has when, are in ``data/formats/shopify_orders.csv``.

The steps: ``placed`` (an order, or what the shop takes for one), ``exported`` (with the times of
payment and cancellation; only what this file has), ``items`` (its lines with prices before and
after the coupon), ``known`` (an order with its sums, its state and its buyer), then the columns:
``of_orders`` and ``of_lines``.
"""

from simulator import data
from simulator.common.contact_forms import other_spelling
from simulator.common.headers import always, header
from simulator.company import day_number
from simulator.night import Night
from simulator.systems.shopify_forms import province_code, writes_latin
from simulator.words.text_lists import sql_words
from simulator.world.identities import on_day

CANCELLED_SHARE = 0.012
"""Share of abandoned carts that were ordered by bank deposit and cancelled before payment."""

QUERY = """
with placed as (
    select
        visit_id, person, day, at_ms, place, shipping, has_coupon, payment,
        false as is_cancelled
    from orders
    where place < 2 and day >= {opened}
    union all by name
    -- what nobody paid for is no order of the company's, but its shop shows it as cancelled
    select
        visit_id, person, place, 2 as payment, true as is_cancelled,
        started_ms + minutes_ms(5) + roll(visit_id, 'shopify checkout', minutes_ms(10)) as at_ms,
        korea_day(at_ms) as day
    from visits
    where place < 2 and has_cart and not is_order
        and day between greatest({opened}, {day} - 1) and {day}
        and happens(visit_id, 'shopify cancelled', {cancelled_share})
),

exported as (
    select
        *,
        if(is_cancelled, null, shopify_paid_ms(visit_id, payment, day, at_ms)) as paid_ms,
        -- never after the day's end: by then it is in the file
        if(is_cancelled, least(
            at_ms + minutes_ms(20) + roll(visit_id, 'shopify cancels after', hours_ms(3)),
            hour_ms(day, 24) - 1000
        ), null) as cancelled_ms,
        korea_day(paid_ms) as paid_day
    from placed
    where day = {day}
        or (day < {day} and paid_day = {day})
        or (day < {day} and visit_id in (select visit_id from lines where return_day = {day}))
),

-- people as they were when they ordered: a row an order
buyers as (
    select exported.visit_id, persons.* replace ({on_order_day})
    from exported inner join persons on exported.person = persons.person
),

-- a row a line; a coupon takes ten per cent, the rest of a discount is a promotion's
items as (
    select
        exported.visit_id, exported.person, exported.at_ms,
        lines.* exclude (visit_id),
        lines.discount * 100 // (lines.quantity * lines.unit_price) as per_cent,
        10 * coalesce(
            exported.has_coupon, min(per_cent) over (partition by exported.visit_id) >= 10
        )::integer as coupon_per_cent,
        lines.unit_price * (100 - per_cent + coupon_per_cent) // 100 as price,
        lines.quantity * lines.unit_price * coupon_per_cent // 100 as coupon,
        lines.return_day <= {day} as is_returned,
        row_number() over (partition by exported.visit_id order by lines.line) = 1 as is_first
    from exported inner join lines on exported.visit_id = lines.visit_id
),

summed as (
    select
        visit_id,
        any_value(coupon_per_cent) > 0 as uses_coupon,
        sum(coupon) as reduced,
        sum(net) as subtotal,
        coalesce(sum(net) filter (is_returned), 0) as refunded
    from items group by visit_id
),

-- a row an order; a guest's form is the visit's, an account's is always the same
known as (
    select
        exported.*,
        summed.* exclude (visit_id),
        coalesce(exported.shipping, if(summed.subtotal >= 30000, 0, 3000)) as freight,
        summed.subtotal + freight as total,
        coalesce(exported.paid_day <= {day}, false) as is_paid,
        shopify_sent_day(exported.paid_ms) as sent_day,
        coalesce(sent_day <= {day}, false) as is_sent,
        visits.account,
        if(visits.account = 0, exported.visit_id, 2 * exported.person + visits.account) as form_key,
        case visits.account
            when 1 then persons.email
            when 2 then persons.second_email
            else persons.any_email
        end as clean_email,
        shopify_email(clean_email, form_key, if(visits.account = 0, 0.015, 0.004)) as told_email,
        if({writes_latin}, given_latin || ' ' || {family_latin}, full_name) as told_name,
        shopify_cell(phone_as_written(persons.phone, form_key)) as told_phone,
        persons.street || ', ' || persons.flat as whole_street,
        {province_code} as province_code,
        'c' || md5('shopify payment' || exported.visit_id)[1:14] || '.1' as reference,
        persons.* exclude (person, visit_id)
    from exported
    inner join summed on exported.visit_id = summed.visit_id
    inner join visits on exported.visit_id = visits.visit_id
    inner join buyers as persons on exported.visit_id = persons.visit_id
),

-- the tax is an eleventh of all that is paid, rounded
of_orders as (
    select
        visit_id,
        told_email as "Email",
        case
            when is_cancelled then 'voided'
            when not is_paid then 'pending'
            when refunded = total then 'refunded'
            when refunded > 0 then 'partially_refunded'
            else 'paid'
        end as "Financial Status",
        if(is_paid, shopify_time(paid_ms), null) as "Paid at",
        if(is_sent, 'fulfilled', 'unfulfilled') as "Fulfillment Status",
        if(is_sent, shopify_time(shopify_sent_ms(visit_id, paid_day, sent_day)), null)
            as "Fulfilled at",
        if(is_between(day, email_from, email_until), 'yes', 'no') as "Accepts Marketing",
        subtotal as "Subtotal",
        freight as "Shipping",
        (2 * total + 11) // 22 as "Taxes",
        total as "Total",
        if(uses_coupon, 'DANGOL10', null) as "Discount Code",
        reduced as "Discount Amount",
        one_of(['택배 (1-3일)', '택배 (1-3일)', '새벽배송'], visit_id, 'shopify shipping')
            as "Shipping Method",
        shopify_time(at_ms) as "Created at",
        {address_billing},
        {address_shipping},
        case when happens(visit_id, 'shopify has note', 0.12)
            then one_of({words[shopify note]}, visit_id, 'shopify note') end as "Notes",
        if(happens(visit_id, 'shopify gift', 0.03), 'gift_wrap: yes', null) as "Note Attributes",
        if(is_cancelled, shopify_time(cancelled_ms), null) as "Cancelled at",
        ['Toss Payments', 'Kakao Pay', 'Bank Deposit'][payment + 1] as "Payment Method",
        reference as "Payment Reference",
        refunded as "Refunded Amount",
        if(is_paid or is_cancelled, 0, total) as "Outstanding Balance",
        5000000000000 + 32768 * order_number(visit_id) as "Id",
        if(is_staff, 'test', null) as "Tags",
        if(happens(visit_id, 'shopify risk', 0.01), 'Medium', 'Low') as "Risk Level",
        if(place = 1, '7164403713', 'web') as "Source",
        "Taxes" as "Tax 1 Value",
        told_phone as "Phone",
        province_latin as "Billing Province Name",
        province_latin as "Shipping Province Name",
        'r' || md5('shopify payment' || visit_id)[11:32] as "Payment ID",
        reference as "Payment References",
        {always},
        if(told_email = clean_email, null, clean_email) as "_clean_Email",
        is_sent
    from known
),

of_lines as (
    select
        items.*,
        order_name(items.visit_id) as "Name",
        items.quantity as "Lineitem quantity",
        products.product_name as "Lineitem name",
        items.price as "Lineitem price",
        if(items.price < items.unit_price, items.unit_price, null) as "Lineitem compare at price",
        products.sku as "Lineitem sku",
        'true' as "Lineitem requires shipping",
        'true' as "Lineitem taxable",
        if(known.is_sent, 'fulfilled', 'pending') as "Lineitem fulfillment status",
        products.brand_name as "Vendor",
        items.coupon as "Lineitem discount"
    from items
    inner join products on items.product = products.product
    inner join known on items.visit_id = known.visit_id
)

select
    {columns},
    of_lines.person as _person,
    of_lines.visit_id as _key,
    of_orders."_clean_Email"
from of_lines
left join of_orders on of_lines.visit_id = of_orders.visit_id and of_lines.is_first
order by of_lines.at_ms desc, of_lines.visit_id desc, of_lines.line
"""

ADDRESS = """told_name as "{kind} Name",
        whole_street as "{kind} Street",
        street as "{kind} Address1",
        flat as "{kind} Address2",
        city as "{kind} City",
        '''' || postcode as "{kind} Zip",
        province_code as "{kind} Province",
        told_phone as "{kind} Phone\""""


def orders_query(night: Night) -> str:
    """Query a night's orders: those of the day, and earlier ones for which money moved."""
    told = data.columns("formats/shopify_orders")
    # all other columns are only on an order's first line
    part_of = {name: f"of_{of}s" for name, of in zip(told["column"], told["of"], strict=True)}
    return QUERY.format(
        day=night.day,
        words=sql_words(),
        opened=day_number(night.company.opened),
        cancelled_share=CANCELLED_SHARE,
        province_code=province_code("persons.province"),
        on_order_day=on_day("exported.day"),
        writes_latin=writes_latin("form_key"),
        family_latin=other_spelling(),
        address_billing=ADDRESS.format(kind="Billing"),
        address_shipping=ADDRESS.format(kind="Shipping"),
        always=always("shopify_orders"),
        columns=", ".join(
            f'{part_of[name]}."{name}"' for name in header("shopify_orders", night.date)
        ),
    )
