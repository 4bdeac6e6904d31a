"""GA4: the columns of an event as the daily table and the intraday table write them.

Records are made once for each visit, list and basket, not for each event; an event takes them over.
"""

from __future__ import annotations

TEXT, WHOLE, REAL = "varchar", "bigint", "double"

ECOMMERCE = (
    "struct(total_item_quantity bigint, purchase_revenue_in_usd double, purchase_revenue double,"
    " refund_value_in_usd double, refund_value double, shipping_value_in_usd double,"
    " shipping_value double, tax_value_in_usd double, tax_value double, unique_items bigint,"
    " transaction_id varchar)"
)
CAMPAIGN = ("campaign_id", "campaign_name", "source", "medium", "term", "content")

MACROS = r"""
-- as BigQuery writes it: without nulls, whole numbers as texts
create or replace temp macro ga4_json(record) as replace(regexp_replace(regexp_replace(
    to_json(record)::varchar, '"[a-z_0-9]+":null,?', '', 'g'
), '"([a-z_]*quantity|unique_items|[a-z_]*seconds|[a-z_]*micros)":([0-9]+)', '"\1":"\2"', 'g'
), ',}', '}');
create or replace temp macro ga4_value(text, whole, real) as {
    'string_value': text::varchar, 'int_value': whole::bigint, 'float_value': null::double,
    'double_value': real::double
};
create or replace temp macro ga4_text(name, value) as
    if(value is null, null, {'key': name, 'value': ga4_value(value, null, null)});
create or replace temp macro ga4_whole(name, value) as
    if(value is null, null, {'key': name, 'value': ga4_value(null, value, null)});
create or replace temp macro ga4_real(name, value) as
    if(value is null, null, {'key': name, 'value': ga4_value(null, null, value)});
create or replace temp macro ga4_dollars(amount, won) as round(amount / won, 6);
create or replace temp macro ga4_item(
    sku, product_name, brand_name, tier, category_name, price, quantity, revenue, coupon, won,
    list_id, list_name, list_index
) as {
    'item_id': sku,
    'item_name': product_name,
    'item_brand': brand_name,
    'item_variant': ['Basic', 'Standard', 'Prestige'][tier + 1],
    'item_category': category_name,
    'item_category2': null::varchar,
    'item_category3': null::varchar,
    'item_category4': null::varchar,
    'item_category5': null::varchar,
    'price_in_usd': ga4_dollars(price, won),
    'price': price::double,
    'quantity': quantity::bigint,
    'item_revenue_in_usd': ga4_dollars(revenue, won),
    'item_revenue': revenue::double,
    'item_refund_in_usd': null::double,
    'item_refund': null::double,
    'coupon': coupon::varchar,
    'affiliation': null::varchar,
    'location_id': null::varchar,
    'item_list_id': list_id::varchar,
    'item_list_name': list_name::varchar,
    'item_list_index': list_index::varchar,
    'promotion_id': null::varchar,
    'promotion_name': null::varchar,
    'creative_name': null::varchar,
    'creative_slot': null::varchar,
    'item_params': []::struct(
        key varchar,
        value struct(
            string_value varchar, int_value bigint, float_value double, double_value double
        )
    )[]
};
"""

ITEMS = f"""
create or replace temp table ga4_items as
with lists as (
    select
        products.*,
        row_number() over (partition by category order by rank, abs(tier - 1)) as place
    from products where rank < 4
),

baskets as (
    select
        lines.visit_id,
        lines.line,
        lines.quantity,
        lines.net,
        orders.visit_id is not null as is_bought,
        if(orders.has_coupon, 'DANGOL10', null) as coupon,
        ga4_dollar_days.won,
        round(lines.net / lines.quantity) as price,
        orders.total,
        orders.shipping,
        products.*
    from lines
    inner join tagged_visits as visits on lines.visit_id = visits.visit_id
    inner join ga4_dollar_days on visits.day = ga4_dollar_days.day
    inner join products on lines.product = products.product
    left join orders on lines.visit_id = orders.visit_id
),

listed as (
    -- one product that is looked at
    select -1 - products.product as of_what, prices.day as of_which, [ga4_item(
        sku, product_name, brand_name, tier, category_name, price, null, null, null, won,
        null, null, null
    )] as items, {{none}} as ecommerce
    from products
    inner join tagged_prices as prices on products.product = prices.product
    inner join ga4_dollar_days on prices.day = ga4_dollar_days.day
    union all
    -- the first ones of a list
    select -100000 - lists.category, prices.day, list(ga4_item(
        sku, product_name, brand_name, tier, category_name, price, null, null, null, won,
        access_log_slug(category_name), category_name, place
    ) order by place), {{none}}
    from lists
    inner join tagged_prices as prices on lists.product = prices.product
    inner join ga4_dollar_days on prices.day = ga4_dollar_days.day
    where place <= 4
    group by lists.category, prices.day
    union all
    -- what is put into a cart
    select visit_id, line, [ga4_item(
        sku, product_name, brand_name, tier, category_name, price, quantity, null, null, won,
        null, null, null
    )], {{none}}
    from baskets
    union all
    -- the cart
    select visit_id, 100, list(ga4_item(
        sku, product_name, brand_name, tier, category_name, price, quantity, null, null, won,
        null, null, null
    ) order by line), {{none}}
    from baskets group by visit_id
    union all
    -- the order
    select visit_id, 101, list(ga4_item(
        sku, product_name, brand_name, tier, category_name, price, quantity, net, coupon, won,
        null, null, null
    ) order by line), {{{{
        'total_item_quantity': sum(quantity)::bigint,
        'purchase_revenue_in_usd': ga4_dollars(any_value(total), any_value(won)),
        'purchase_revenue': any_value(total)::double,
        'refund_value_in_usd': null, 'refund_value': null,
        'shipping_value_in_usd': ga4_dollars(any_value(shipping), any_value(won)),
        'shipping_value': any_value(shipping)::double,
        'tax_value_in_usd': ga4_dollars((2 * any_value(total) + 11) // 22, any_value(won)),
        'tax_value': ((2 * any_value(total) + 11) // 22)::double,
        'unique_items': count(*)::bigint,
        'transaction_id': order_name(visit_id)
    }}}}::{ECOMMERCE}
    from baskets where is_bought group by visit_id
)

select
    *,
    list_sum(list_transform(items, lambda item: item.price * coalesce(item.quantity, 1)))::bigint
        as value,
    ga4_json(items) as items_text,
    ga4_json(ecommerce) as ecommerce_text
from listed
"""
