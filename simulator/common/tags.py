"""What the tags on the pages and in the app report for a night, for each system that collects it.

================== ===============================================================================
``tagged_actions`` a row an action that the tags saw today, or late in the evening before: its
                   page, the page before it, the actions around it
``tagged_visits``  a row a visit of these (``tagged_visits.py``)
``tagged_pages``   a row a page that there is
``tagged_prices``  a row a product and day
================== ===============================================================================

Paths, addresses, browsers and parameters are the same as in the web server's log.
"""

import numpy as np

from simulator.common.arrivals import show_arrivals
from simulator.common.once import is_marked, set_mark
from simulator.common.robot_pages import show_robot_pages
from simulator.common.tagged_visits import show_tagged_visits
from simulator.night import Night
from simulator.world.catalogue import RANKS, TIERS, make_catalogue
from simulator.world.fact_columns import LATEST_DAYS as LATE_DAYS
from simulator.world.unwanted import RUNS_TAGS

SITE = "https://www.dangolmart.example"

EVENING_ON_SITE_MS = 10_000
EVENING_IN_APP_MS = 120_000
"""Actions this shortly before midnight can arrive after it."""

LATEST_DAYS = LATE_DAYS + 1
"""The maximum days between a visit's start and its last tag: three, plus one over midnight."""

ACTIONS = """
create or replace temp table tagged_actions as
with wanted as (
    select distinct visit_id from actions
    where arrived_day = {day} or (
        arrived_day = {day} - 1 and day = arrived_day and at_ms >= {midnight} - {in_app}
    )
),

done as (
    select
        actions.visit_id, number, kind, product, at_ms, actions.day, arrived_day,
        if(visits.device = 2, {in_app}, {on_site}) as evening_ms
    from actions
    inner join visits on actions.visit_id = visits.visit_id
    where actions.visit_id in (select visit_id from wanted)
        -- what is older than three days is thrown away
        and arrived_day <= visits.day + 3
    union all
    select
        visit_id, number, action, product, at_ms, day, day, 0
    from tagged_robots
),

followed as (
    select
        *,
        case kind
            when 0 then 0
            when 1 then 2000 + product // {per_category}
            when 2 then 1000 + product // {per_category}
            when 5 then 1
            when 6 then 2
            when 7 then 3
            else 10000 + product
        end as page,
        -- what is put into a cart is on the page that was opened before
        if(kind = 4, lag(page, 2) over visit, lag(page) over visit) as page_before,
        lag(at_ms) over visit as before_ms,
        lead(at_ms) over visit as after_ms,
        count(*) filter (kind = 4) over visit - 1 as line
    from done
    window visit as (partition by visit_id order by number)
)

select * exclude (evening_ms) from followed
where arrived_day = {day} or (
    arrived_day = {day} - 1 and day = arrived_day and at_ms >= {midnight} - evening_ms
)
"""
"""``page``: 0 landing, 1 cart, 2 checkout, 3 receipt; lists from 1000 on, searches from 2000,
products from 10000."""

PAGES = """
create or replace temp table tagged_pages as
with listed as (
    select unnest([0, 1, 2, 3]) as page,
        unnest(['/', '/cart', '/checkout', '/checkout/complete']) as path, '' as parameters,
        null as category, null as product, null as term,
        unnest(['단골마트', '장바구니 | 단골마트', '주문하기 | 단골마트', '주문 완료 | 단골마트'])
            as title,
        unnest(['Home', 'Cart', 'Checkout', 'Order Complete']) as screen
    union all
    select distinct
        1000 + category, '/collections/' || slug_of(category_name), '', category, null,
        null, category_korean || ' | 단골마트', 'Category'
    from products
    union all
    select distinct
        2000 + category, '/search', '?q=' || url_encode(category_korean), category, null,
        category_korean, '검색: ' || category_korean || ' | 단골마트', 'Search'
    from products
    union all
    select
        10000 + product, '/products/' || handle, '', category, product, null,
        product_korean || ' | 단골마트', 'Product'
    from products
)

select *, row_number() over (order by page) as position, '{site}' || path || parameters as url
from listed order by page
"""


def tag_visits(night: Night) -> None:
    """Make the tables of a night, unless another system has made them already."""
    connection = night.connection
    if is_marked(connection, "tagged_prices", str(night.day)):
        return
    show_robot_pages(night, "tagged_robots", RUNS_TAGS)
    show_arrivals(night)
    connection.execute(
        ACTIONS.format(
            day=night.day,
            midnight=night.start_ms,
            in_app=EVENING_IN_APP_MS,
            on_site=EVENING_ON_SITE_MS,
            per_category=RANKS * len(TIERS),
        )
    )
    connection.execute(PAGES.format(site=SITE))
    show_tagged_visits(night)
    catalogue = make_catalogue(night.company.draws)
    product = np.arange(len(catalogue))
    days = np.arange(night.day - LATEST_DAYS, night.day + 1)[:, None]
    night.table(
        "tagged_prices",
        product=np.tile(product, len(days)),
        day=np.repeat(days.ravel(), len(product)),
        price=catalogue.price(product, days).ravel(),
    )
    set_mark(connection, "tagged_prices", str(night.day))
