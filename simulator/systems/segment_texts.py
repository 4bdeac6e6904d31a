"""What recurs in Segment's messages: JSON for each visit, product and basket."""

from simulator.common.contact_forms import other_spelling
from simulator.night import Night
from simulator.systems.shopify_forms import create_forms, writes_latin

MACROS = """
-- what is null is not told
create or replace temp macro segment_text(name, value) as
    '"' || name || '":' || to_json(value::varchar)::varchar;
"""

GOODS = """
create or replace temp table segment_goods as
with told as (
    select
        product, category, rank, category_name,
        concat_ws(',',
            segment_text('brand', brand_name),
            segment_text('category', category_name),
            segment_text('name', product_name),
            segment_text('product_id', product),
            segment_text('sku', sku),
            segment_text('variant', ['Basic', 'Standard', 'Prestige'][tier + 1])
        ) as text
    from products
),

priced as (
    select told.*, prices.day, prices.price
    from told inner join tagged_prices as prices on told.product = prices.product
),

shown as (
    select priced.*, row_number() over (partition by category, day order by rank, product) as place
    from priced where rank < 2
    qualify place <= 4
),

bought as (
    select
        lines.*,
        told.text,
        if(orders.has_coupon, '"DANGOL10"', 'null') as coupon,
        orders.total,
        orders.shipping,
        (2 * (orders.total + orders.shipping) + 11) // 22 as tax,
        if(visits.is_app, 'Dangol Mart App', 'Dangol Mart Online') as affiliation
    from lines
    inner join tagged_visits as visits on lines.visit_id = visits.visit_id
    inner join told on lines.product = told.product
    left join orders on lines.visit_id = orders.visit_id
),

baskets as (
    select
        visit_id,
        any_value(affiliation) as affiliation,
        any_value(total) as total,
        any_value(shipping) as shipping,
        any_value(tax) as tax,
        any_value(coupon) as coupon,
        sum(discount) as discount,
        sum(net) as net,
        substr(md5('cart ' || visit_id), 1, 16) as cart_id,
        substr(md5('checkout ' || visit_id), 1, 16) as checkout_id,
        '"products":[' || string_agg(concat(
            '{{', text, ',"price":', unit_price, ',"quantity":', quantity, ',"position":', line + 1,
            '}}'
        ), ',' order by line) || ']' as products,
        '"products":[' || string_agg(concat(
            '{{', text, ',"price":', unit_price, ',"quantity":', quantity, ',"coupon":', coupon,
            ',"position":', line + 1, '}}'
        ), ',' order by line) || ']' as products_bought
    from bought group by visit_id
)

select -1 - product as what, day as which,
    concat(text, ',"price":', price, ',"currency":"KRW"') as properties
from priced
union all
select -100000 - category, day, concat(
    segment_text('list_id', slug_of(any_value(category_name))), ',',
    segment_text('category', any_value(category_name)), ',"products":[',
    string_agg(concat('{{', text, ',"price":', price, ',"position":', place, '}}'),
        ',' order by place), ']'
)
from shown group by category, day
union all
select visit_id, line, concat('"cart_id":"', substr(md5('cart ' || visit_id), 1, 16), '",', text,
    ',"price":', unit_price, ',"quantity":', quantity, ',"currency":"KRW"')
from bought
union all
select visit_id, {cart}, concat('"cart_id":"', cart_id, '",', products)
from baskets
union all
select visit_id, {checkout}, concat('"checkout_id":"', checkout_id,
    '","affiliation":"', affiliation, '","value":', net, ',"revenue":', net - (2 * net + 11) // 22,
    ',"discount":', discount, ',"coupon":', coupon,
    ',"currency":"KRW",', products)
from baskets
union all
select visit_id, {order}, concat('"checkout_id":"', checkout_id, '","order_id":"',
    order_name(visit_id), '","affiliation":"', affiliation,
    '","subtotal":', total - tax, ',"total":', total + shipping, ',"revenue":', total - tax,
    ',"shipping":', shipping, ',"tax":', tax, ',"discount":', discount, ',"coupon":', coupon,
    ',"currency":"KRW",', products_bought)
from baskets where total is not null
"""
"""Properties by subject: a negative product or category number with a day; otherwise a visit with a
line of its basket, or the whole basket as a cart, a checkout or an order."""

CART, CHECKOUT, ORDER = 100, 101, 102

VISITS = """
create or replace temp table segment_visits as
with known as (
    select
        visits.*,
        persons.* exclude (person, is_ios, province_latin, city, locale, online_rate),
        if(account = 0, visit_id, 2 * visits.person + account) as form_key,
        {writes_latin} as is_latin,
        case account when 1 then email when 2 then second_email else any_email end as clean_email,
        -- the form is the shop's own, so what is typed there is the same here
        shopify_email(clean_email, form_key, if(account = 0, 0.015, 0.004)) as told_email,
        phone_as_written(phone, form_key) as told_phone,
        if(is_latin, given_latin, given_name) as told_given,
        if(is_latin, {latin_family}, family_name) as told_family,
        account > 0 or is_order as is_told,
        is_app and not visits.is_ios as is_older,
        if(account = 2, second_account_day, account_day) as created_day,
        if(is_app, phone_key, browser_key) as clock_key
    from tagged_visits as visits
    left join persons on visits.person = persons.person
),

told as (
    select
        *,
        case when is_older then lower(uuid_of('segment ' || browser_key))
            when is_app then upper(uuid_of('segment ' || browser_key))
            else uuid_of('segment ' || browser_key) end as anonymous_id,
        if(slips(clock_key, 'segment clock', 0.02), case roll(clock_key, 'segment clock is', 4)
            when 0 then hours_ms(9)
            when 1 then -60000 - roll(clock_key, 'segment clock by', minutes_ms(30))
            when 2 then 60000 + roll(clock_key, 'segment clock by', minutes_ms(30))
            else -hours_ms(24) * (1 + roll(clock_key, 'segment clock by', 400))
        end, 0) as clock_ms,
        if(is_told, concat_ws(',',
            segment_text('email', told_email),
            segment_text(if(is_older, 'first_name', 'firstName'), told_given),
            segment_text(if(is_older, 'last_name', 'lastName'), told_family),
            segment_text('phone', told_phone),
            if(account = 0, null, concat_ws(',',
                segment_text(if(is_older, 'created_at', 'createdAt'), utc_iso_ms(
                    hour_ms(created_day, 9) + roll(form_key, 'segment created', hours_ms(15))
                )),
                if(happens(form_key, 'segment birthday', 0.5),
                    segment_text('birthday', birth_date), null),
                if(happens(form_key, 'segment gender', 0.4),
                    segment_text('gender', if(is_female, 'female', 'male')), null)
            ))
        ), null) as traits,
        if(is_order, concat('"address":{{', concat_ws(',',
            segment_text('city', city),
            segment_text('country', 'KR'),
            segment_text(if(is_older, 'postal_code', 'postalCode'), postcode),
            segment_text('state', province),
            segment_text('street', street || ', ' || flat)
        ), '}}'), null) as address
    from known
)

select
    visit_id, person, key,
    day as visit_day,
    is_app, is_ios, is_new, is_order, account, user_id, login_number, experiment, variant,
    anonymous_id, clock_ms,
    coalesce(traits, '') as traits,
    coalesce(',' || address, '') as address,
    if(is_told, segment_text('email', told_email), null) as email_text,
    if(told_email <> clean_email, clean_email, null) as clean_email,
    landing_page, parameters, referer,
    if(parameters = '', null, concat('"campaign":{{', concat_ws(',',
        segment_text('name', campaign),
        segment_text('source', traffic_source),
        segment_text('medium', traffic_medium),
        segment_text('id', campaign_id)
    ), '}},')) as campaign_text,
    concat(
        if(is_app, concat(
            '"app":{{"build":"', 500 + (day - 20089) // 21, '","name":"Dangol Mart","namespace":',
            '"example.dangolmart.app","version":"5.', (day - 20089) // 21, '.0"}},'
        ), '"active":true,'),
        '"consent":{{"categoryPreferences":{{"Advertising":', allows_ads, ',"Analytics":',
        not is_denied, ',"Functional":true}}}},',
        if(is_app, concat(
            '"device":{{"adTrackingEnabled":', allows_ads,
            if(allows_ads, ',"advertisingId":"' || advertising_id || '"', ''),
            ',"id":"', vendor_id, '","manufacturer":"', if(is_ios, 'Apple', 'samsung'),
            '","model":"', model,
            '","name":"', if(is_ios, 'iPhone', marketing_name),
            if(is_between(day, push_from, push_until), '","token":"'
                || md5('token ' || phone_key) || md5('push token ' || phone_key), ''),
            '","type":"', if(is_ios, 'ios', 'android'), '"}},'
        ), ''),
        '"ip":"', ip, '","library":{{', case when is_older
            then '"name":"analytics-android","version":"4.10.4"' when is_app
            then '"name":"analytics-swift","version":"1.5.11"'
            else '"name":"analytics.js","version":"npm:next-1.70.0"' end,
        '}},"locale":"', locale, '",'
    ) as context_head,
    concat(
        if(is_app, concat(
            '"network":{{"bluetooth":false,"carrier":"',
            one_of(['SKTelecom', 'KT', 'LG U+'], phone_key, 'segment carrier'),
            '","cellular":', is_outside, ',"wifi":', not is_outside,
            '}},"os":{{"name":"', os, '","version":"', os_version, '"}},"screen":{{',
            if(is_older, '"density":' || density || ',', ''), '"height":',
            if(is_older, (height * density)::bigint, height), ',"width":',
            if(is_older, (width * density)::bigint, width), '}},'
        ), ''),
        '"timezone":"Asia/Seoul"'
    ) as context_middle,
    case
        when is_app then ''
        else ',"userAgent":' || to_json(agent)::varchar || if(browser in ('Chrome', 'Edge'), concat(
            ',"userAgentData":{{"brands":[{{"brand":"Not(A:Brand","version":"99"}},{{"brand":"',
            if(browser = 'Edge', 'Microsoft Edge', 'Google Chrome'), '","version":"',
            split_part(browser_version, '.', 1), '"}}],"mobile":', device = 0, ',"platform":"',
            if(os = 'Macintosh', 'macOS', os), '"}}'
        ), '')
    end as context_tail
from told
"""
"""The night's visits, with what all their messages say about the sender."""


def make_texts(night: Night) -> None:
    """Make the tables ``segment_goods`` and ``segment_visits``.

    Parameters
    ----------
    night
        With the tables of ``tags.py``.
    """
    create_forms(night)
    connection = night.connection
    connection.execute(MACROS)
    connection.execute(GOODS.format(cart=CART, checkout=CHECKOUT, order=ORDER))
    connection.execute(
        VISITS.format(
            writes_latin=writes_latin("form_key").replace("is_foreign", "persons.is_foreign"),
            latin_family=other_spelling(),
        )
    )
