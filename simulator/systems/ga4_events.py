"""What happened on a day in GA4's terms: several events per action, ordered by time."""

from simulator import data
from simulator.company import DAY_MS, KOREA_AHEAD_MS
from simulator.night import Night
from simulator.systems.ga4_goods import CART, NESTED, ORDER
from simulator.words.text_lists import sql_values
from simulator.world.browsing import ACTIONS
from simulator.world.catalogue import RANKS, TIERS

EVENTS = [(ACTIONS.index(action), *event) for action, *event in data.rows("formats/ga4_events")]
"""The action of each event, its place in its batch, and its name on the site and in the app. The
fourth place is the receipt that is loaded again."""

HAPPENED = """
create or replace temp table ga4_events as
with events(kind, place, site_name, app_name) as ({events}),

drawn as (
    select
        actions.*,
        visits.* exclude (visit_id, day),
        visits.day as visit_day,
        roll(actions.visit_id * 256 + number, 'ga4 action', 1000000000000000) as draw,
        coalesce(after_ms - at_ms, 20000) as stays_ms
    from tagged_actions as actions
    inner join ga4_visits as visits on actions.visit_id = visits.visit_id
    where arrived_day = {day}
),

happened as (
    select
        drawn.*,
        events.place,
        if(is_app, app_name, site_name) as event_name,
        case place
            when 2 then if(drawn.kind = 0, 0, 20000 + draw // 1000 % 380 * 1000)
            when 4 then 20000000 + draw // 1000000000 % 60000 * 1000
            when 5 then stays_ms * (300 + draw // 1000 % 400)
            when 6 then 3000000 + draw // 1000000 % 57000 * 1000
            else 0
        end as after_us
    from drawn
    inner join events on drawn.kind = events.kind
    where if(is_app, app_name, site_name) is not null and case place
        when 1 then drawn.kind <> 0 or (is_new and not is_denied)
        when 2 then drawn.kind <> 0 or not is_denied
        when 4 then slips(visit_id, 'ga4 receipt again', 0.02)
        when 5 then draw // 100000000 % 100 < 30
        when 6 then after_ms is null and not is_denied and draw // 10000000000 % 100 < 85
        else true
    end
),

about as (
    select
        *,
        case event_name
            when 'view_item' then -1 - product
            when 'view_item_list' then -100000 - product // {per_category}
            when 'add_to_cart' then visit_id
            when 'view_cart' then visit_id
            when 'begin_checkout' then visit_id
            when 'purchase' then visit_id
        end as what,
        case event_name
            when 'add_to_cart' then line
            when 'view_cart' then {cart}
            when 'begin_checkout' then {cart}
            when 'purchase' then {order}
            else visit_day
        end as which
    from happened
)

select
    person, key, day, number, event_name,
    -- never after the day's end: by then the table has another date
    least(at_ms * 1000 + draw % 1000 + after_us, day * 86400000000 + {day_end} - 1)
        as event_timestamp,
    draw + greatest(place - 3, 0) * 1000000000000000 as bundle,
    case
        when place > 3 or kind = 4 then 1
        when kind = 0 then place - if(is_denied, 2, if(is_new, 0, 1))
        else place
    end::bigint as batch_event_index,
    if(is_app, null, if(kind = 4, before_ms, at_ms)) as batch_page_id,
    if(
        is_app, null, case when place = 5 or kind = 4 then 2 when place = 6 then 3 else 1 end
    )::bigint as batch_ordering_id,
    if(is_app, (arrived_day - day) * 86400000000 + draw // 1000 % 5000000, null) as server_offset,
    is_app, is_ios, is_denied, started_ms, session_number,
    if(number >= login_number and not is_denied, user_id, null) as user_id,
    user_pseudo_id,
    user_first_touch_timestamp,
    here.position as page,
    there.position as page_before,
    case kind when 0 then about.parameters when 7 then '?order=' || order_number(visit_id) end
        as parameters,
    if(kind = 0, referer, null) as referer,
    case
        when place in (5, 6) then after_us // 1000
        when place = 1 and before_ms is not null then least(at_ms - before_ms, minutes_ms(10))
    end as engagement_ms,
    if(event_name = 'session_start' and traffic_medium <> '(none)', traffic_source, null) as source,
    if(event_name = 'session_start' and traffic_medium <> '(none)', traffic_medium, null) as medium,
    if(event_name = 'session_start', campaign, null) as campaign,
    won,
    goods.what is not null as has_goods,
    goods.value as goods_value,
    goods.coupon,
    goods.position as goods_position,
    -- what only one visit has in its cart
    {own},
    privacy_position, device_position, geo_position, app_position, first_position,
    if(kind = 0 and place <= 3, collected_position, null) as collected_position,
    click_position
from about
left join tagged_pages as here on if(kind = 0, landing_page, about.page) = here.page
left join tagged_pages as there
    on if(page_before = 0, landing_page, page_before) = there.page
left join ga4_goods as goods on about.what = goods.what and about.which = goods.which
order by event_timestamp, bundle, batch_event_index
"""
"""The events that arrive today, whatever their day, ordered by time: what differs by event."""


def make_events(night: Night) -> None:
    """Make the table ``ga4_events``.

    Parameters
    ----------
    night
        With the tables of ``ga4_records.py``.
    """
    night.connection.execute(
        HAPPENED.format(
            day=night.day,
            day_end=(DAY_MS - KOREA_AHEAD_MS) * 1000,
            per_category=RANKS * len(TIERS),
            own=", ".join(
                f"if(goods.what >= 0, goods.{name}, null) as own_{name}" for name in NESTED
            ),
            cart=CART,
            order=ORDER,
            events=sql_values(EVENTS),
        )
    )
