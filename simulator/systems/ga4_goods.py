"""What GA4's events are about: products, lists, carts and orders, as GA4 records them."""

from simulator import data
from simulator.common.tags import LATEST_DAYS
from simulator.night import Night
from simulator.systems.exchange_rates import won_for
from simulator.world.catalogue import RANKS, TIERS

MACROS = """
-- an amount in won at a day's rate
create or replace temp macro ga4_dollars(amount, won) as round(amount / won, 6);
-- an element of ``items``; ``product`` is a struct, amounts are in won
create or replace temp macro ga4_item(
    product, price, quantity, revenue, coupon, list_id, list_name, list_index, won
) as {item};
-- the record ``ecommerce``, amounts in won
create or replace temp macro ga4_ecommerce(
    quantity, total, shipping, kinds, transaction_id, won
) as {ecommerce};
"""

ITEM = {
    "item_id": "product.sku",
    "item_name": "product.product_name",
    "item_brand": "product.brand_name",
    "item_variant": "['Basic', 'Standard', 'Prestige'][product.tier + 1]",
    "item_category": "product.category_name",
    "price_in_usd": "ga4_dollars(price, won)",
    "price": "price",
    "quantity": "quantity",
    "item_revenue_in_usd": "ga4_dollars(revenue, won)",
    "item_revenue": "revenue",
    "coupon": "coupon",
    "item_list_id": "list_id",
    "item_list_name": "list_name",
    "item_list_index": "list_index",
}

# the tax is an eleventh of all that is paid
ECOMMERCE = {
    "total_item_quantity": "quantity",
    "purchase_revenue_in_usd": "ga4_dollars(total, won)",
    "purchase_revenue": "total",
    "shipping_value_in_usd": "ga4_dollars(shipping, won)",
    "shipping_value": "shipping",
    "tax_value_in_usd": "ga4_dollars((2 * (total + shipping) + 11) // 22, won)",
    "tax_value": "(2 * (total + shipping) + 11) // 22",
    "unique_items": "kinds",
    "transaction_id": "transaction_id",
}

CART, ORDER = 100, 101
"""Instead of a line: the whole cart, the whole order."""

GOODS = """
create or replace temp table ga4_goods as
with named as (
    select
        product as number,
        category,
        rank,
        {{
            'sku': sku, 'product_name': product_name, 'brand_name': brand_name, 'tier': tier,
            'category_name': category_name
        }} as product
    from products
),

priced as (
    select named.*, prices.day, prices.price, rates.won
    from named
    inner join tagged_prices as prices on named.number = prices.product
    inner join ga4_rates as rates on prices.day = rates.day
),

looked_at as (
    select distinct actions.kind, actions.product, visits.day
    from tagged_actions as actions
    inner join tagged_visits as visits on actions.visit_id = visits.visit_id
    where actions.kind in (2, 3)
),

shown as (
    select priced.*, row_number() over (partition by category, day order by rank, number) as place
    from priced where rank < 2
    qualify place <= 4
),

baskets as (
    select
        lines.visit_id,
        list({{
            'product': named.product,
            'price': round(lines.net / lines.quantity),
            'quantity': lines.quantity,
            'net': lines.net,
            'line': lines.line
        }} order by lines.line) as basket,
        sum(lines.quantity) as quantity,
        any_value(orders.total) as total,
        any_value(orders.shipping) as shipping,
        any_value(if(orders.has_coupon, 'DANGOL10', null)) as coupon,
        any_value(rates.won) as won
    from lines
    inner join tagged_visits as visits on lines.visit_id = visits.visit_id
    inner join ga4_rates as rates on visits.day = rates.day
    inner join named on lines.product = named.number
    left join orders on lines.visit_id = orders.visit_id
    group by lines.visit_id
),

listed as (
    select
        -1 - number as what,
        priced.day as which,
        [ga4_item(priced.product, price, null, null, null, null, null, null, won)] as items,
        ga4_ecommerce(null, null, null, 1, '(not set)', won) as ecommerce,
        price as value,
        null as coupon
    from priced
    inner join looked_at
        on looked_at.kind = 3 and priced.number = looked_at.product and priced.day = looked_at.day
    union all
    select
        -100000 - category,
        day,
        list_transform(
            list({{'product': product, 'price': price, 'place': place}} order by place),
            lambda each: ga4_item(
                each.product, each.price, null, null, null,
                slug_of(each.product.category_name), each.product.category_name,
                each.place, any_value(won)
            )
        ),
        ga4_ecommerce(null, null, null, count(*), '(not set)', any_value(won)),
        null,
        null
    from shown
    where (category, day) in (select (product // {per_category}, day) from looked_at where kind = 2)
    group by category, day
    union all
    select
        visit_id,
        each.line,
        [ga4_item(each.product, each.price, each.quantity, null, null, null, null, null, won)],
        ga4_ecommerce(each.quantity, null, null, 1, '(not set)', won),
        each.price * each.quantity,
        null
    from (select *, unnest(basket) as each from baskets)
    union all
    select
        visit_id,
        {cart},
        list_transform(basket, lambda each: ga4_item(
            each.product, each.price, each.quantity, null, null, null, null, null, won
        )),
        ga4_ecommerce(quantity, null, null, len(basket), '(not set)', won),
        list_sum(list_transform(basket, lambda each: each.price * each.quantity)),
        null
    from baskets
    union all
    select
        visit_id,
        {order},
        list_transform(basket, lambda each: ga4_item(
            each.product, each.price, each.quantity, each.net, coupon, null, null, null, won
        )),
        ga4_ecommerce(quantity, total, shipping, len(basket), order_name(visit_id), won),
        total,
        coupon
    from baskets where total is not null
)

select
    what,
    which,
    if(what < 0, row_number() over (order by what, which), null) as position,
    value::bigint as value,
    coupon, items, ecommerce,
    ga4_json(items) as items_text,
    ga4_json(ecommerce) as ecommerce_text
from listed
"""
"""What is viewed, listed, put in the cart and bought. The key is a negative product or category
number and a day, or a visit and a line of its basket, the cart or the order. ``position`` numbers
the former."""

NESTED = ("items", "ecommerce", "items_text", "ecommerce_text")
"""Large columns of goods. Those of listed goods are in ``ga4_lists``."""


def record(name: str, values: dict[str, str], **last: str) -> str:
    """Return SQL for a record whose members are listed in ``ga4.yml``.

    Parameters
    ----------
    name
        The record's name there.
    values
        SQL for members; the others are null.
    **last
        SQL for members after those that are listed.

    Returns
    -------
    str
        A struct.
    """
    kinds = data.tree("formats/ga4")[name]
    members = {each: f"({values.get(each, 'null')})::{kind}" for each, kind in kinds.items()}
    return "{" + ", ".join(f"'{each}': {value}" for each, value in (members | last).items()) + "}"


def make_goods(night: Night) -> None:
    """Make the tables ``ga4_goods`` and ``ga4_rates``.

    Parameters
    ----------
    night
        With the tables of ``tags.py``, and the macro ``ga4_json``.
    """
    connection = night.connection
    parameters = "struct(key varchar, value struct(string_value varchar, int_value bigint,"
    parameters += " float_value double, double_value double))[]"
    item = record("item", ITEM, item_params=f"[]::{parameters}")
    connection.execute(MACROS.format(item=item, ecommerce=record("ecommerce", ECOMMERCE)))
    connection.execute("create or replace temp table ga4_rates (day bigint, won double)")
    connection.executemany(
        "insert into ga4_rates values (?, ?)",
        [
            (day, won_for(night.company, "USD", day))
            for day in range(night.day - LATEST_DAYS, night.day + 1)
        ],
    )
    connection.execute(GOODS.format(cart=CART, order=ORDER, per_category=RANKS * len(TIERS)))
