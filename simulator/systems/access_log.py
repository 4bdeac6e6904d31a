"""The web server's access log in combined format: one gzipped file a night, ordered by time.

One line per page that people opened in a browser; one per image, script and call that came with it,
which make up most of the file, many of them 304 (cached by the browser); and one per robot request,
which load no images. Web analytics tags do not see crawlers and scrapers; this log does.
Advertisements and messages add parameters, which the site removes from the address at once, so no
referer has them. Times have the offset; ``-`` means no bytes, no referer, or the user, who is never
known; quotes in a robot's name or referer are escaped with a backslash.

IP addresses are from the documentation blocks. There are only a few hundred IPv4 ones, so strangers
share them by chance; a home keeps its address for four months, a phone away from home for three
days. The site's paths are our own convention.
"""

from simulator import data
from simulator.common.arrivals import show_arrivals
from simulator.common.robot_pages import show_robot_pages
from simulator.export import Export, Exports, Lines, Night
from simulator.words.text_lists import sql_values
from simulator.world.browsing import ACTIONS
from simulator.world.catalogue import TIERS

NAME = "access_log"

SITE = "https://www.dangolmart.example"

LINES = """
with

parts(action, part, place, after_ms, share, what, bytes) as ({parts}),

followed as (
    select
        arrivals.*,
        actions.number, actions.kind, actions.product, actions.at_ms,
        case actions.kind
            when 0 then arrivals.landing
            when 1 then '/search?q=' || url_encode(products.category_korean)
            when 2 then '/collections/' || slug_of(products.category_name)
            when 3 then '/products/' || products.handle
            when 5 then '/cart'
            when 6 then '/checkout'
            when 7 then '/checkout/complete?order=' || order_number(actions.visit_id)
        end as page,
        (actions.visit_id * 64 + actions.number) * 32 as key,
        last_value(page ignore nulls) over (
            partition by actions.visit_id order by actions.number
            rows between unbounded preceding and 1 preceding
        ) as page_before
    from actions
    inner join arrivals on actions.visit_id = arrivals.visit_id
    left join products on actions.product = products.product
),

taken as (
    select
        followed.* replace (followed.at_ms + parts.after_ms as at_ms),
        parts.part, parts.place, parts.what, parts.share,
        parts.bytes as usual_bytes,
        -- a list's product is the first of its category
        product + if(what = 'thumbnail', place * {tiers}, 0) as shown,
        -- the last three digits say whether it is asked for, the next three whether it is left or
        -- fails, the next two whether the browser had it
        roll(key + parts.part, 'access_log part', 100000000) as draw
    from followed inner join parts on followed.kind = parts.action
),

asked as (
    select
        *,
        0 as part,
        if(kind = 4, 'POST /api/cart', 'GET ' || page || if(kind = 0, parameters, '')) as request,
        if(kind = 0, referer, '{site}' || page_before) as from_page,
        200 as status,
        if(kind = 4, 96, 9000) + roll(key, 'access_log bytes', if(kind = 4, 60, 32000)) as bytes
    from followed

    union all by name

    select
        taken.* exclude (place, what, share, draw, shown, usual_bytes),
        case what
            when 'style' then 'GET /assets/site-4f1c9a.css'
            when 'script'
                then if(kind = 0, 'GET /assets/site-b7720e.js', 'GET /assets/pay-19ac3d.js')
            when 'icon' then if(is_ios, 'GET /apple-touch-icon.png', 'GET /favicon.ico')
            when 'login' then 'POST /account/login'
            when 'thumbnail' then 'GET /images/products/' || shown || '-small.webp'
            when 'picture' then 'GET /images/products/' || shown || '-' || (place + 1) || '.webp'
            when 'reviews' then 'GET /api/reviews?product=' || product
            else 'POST /checkout/pay'
        end as request,
        if(what = 'payment', '{site}/checkout', '{site}' || page) as from_page,
        case
            when what in ('login', 'payment') then 302
            when what = 'icon' and is_ios then 404
            when what = 'reviews' then if(draw // 1000 % 1000 < 4, 500, 200)
            when draw // 1000 % 1000 < 2 then 499
            when draw // 1000000 % 100 < if(has_cache, 70, 15) then 304
            else 200
        end as status,
        case
            when status in (302, 304, 499) then 0
            when status in (404, 500) then 1245
            -- a picture is as large whenever it is sent
            when what = 'thumbnail' then 3000 + shown * 7919 % 9000
            when what = 'picture' then 14000 + (shown * 7919 + part * 104729) % 90000
            when what = 'reviews' then 310 + shown * 7919 % 9000
            else usual_bytes
        end as bytes
    from taken where draw % 1000 < share * 1000 and (what != 'login' or logs_in)
),

robots as (
    select
        asked.*,
        robot || ' ' || visit_day || ' ' || visit_number || ' ' || number as request_key,
        case
            when asked.kind = 0 and number = 0 then '/robots.txt'
            when action = 0 then '/' || coalesce(
                access_log_parameters(channels.channel_name, advertised.campaign_name,
                    advertised.campaign_id, 'robot ' || request_key), '')
            when action = 1 then '/search?q=' || url_encode(products.category_korean)
            when action = 2 then '/collections/' || slug_of(products.category_name)
            else '/products/' || products.handle
                || if(happens(request_key, 'access_log lost', 0.04), '-old', '')
        end as path,
        case
            when channels.channel_name = 'google_ads' then 'https://www.google.example/'
            when asked.kind = 3 and number = 0 and happens(robot, 'access_log spam', 0.3)
                then 'https://traffic.example.net/?q="cheap clicks"'
            when asked.kind = 3 and number > 0 then '{site}/'
            else '-'
        end as from_page,
        case
            when asked.kind = 1 and (number > 40 or visit_number > 1)
                and happens(request_key, 'access_log stop', 0.3) then 429
            when path like '%-old' then 404
            when happens(request_key, 'access_log fails', 0.002) then 500
            else 200
        end as status
    from access_log_robots as asked
    left join products on asked.product = products.product
    left join channels on asked.channel = channels.channel
    left join ad_campaigns as advertised
        on asked.channel = advertised.channel and asked.campaign = advertised.campaign
),

every_line as (
    select
        at_ms, key::varchar as request_key, part, person, visit_id::varchar as tied_to,
        address, agent, request || ' HTTP/2.0' as request, status, bytes, from_page
    from asked
    where at_ms between {start} and {start} + hours_ms(24) - 1

    union all

    select
        at_ms, request_key, number, -1, key,
        address_text, replace(agent_text, '"', '\\"'), 'GET ' || path || ' HTTP/1.1', status,
        case
            when status = 429 then 0
            when path = '/robots.txt' then 118
            when status != 200 then 1245
            else 9000 + roll(request_key, 'access_log bytes', 32000)
        end,
        replace(from_page, '"', '\\"')
    from robots
)

select
    address || ' - - [' || strftime(at_korea(at_ms), '%d/%b/%Y:%H:%M:%S') || ' +0900] "' || request
    || '" ' || status || ' ' || if(bytes = 0, '-', bytes::varchar) || ' "' || from_page || '" "'
    || agent || '"' as line,
    person as _person,
    tied_to as _key,
    at_ms as _at_ms
from every_line
order by at_ms, request_key, part
"""


PARTS = sql_values(
    (ACTIONS.index(action), *part) for action, *part in data.rows("formats/access_log_parts")
)
"""What comes with a page: after how long, for which share, how it is asked for, how big it is. A
list shows a dozen products, a product has four pictures."""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's log."""
    show_robot_pages(night, "access_log_robots")
    show_arrivals(night)
    yield Export(
        f"access_{night.date}.log.gz",
        LINES.format(parts=PARTS, start=night.start_ms, site=SITE, tiers=len(TIERS)),
        Lines(compressed=True),
    )
