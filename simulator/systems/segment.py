"""The customer data pipeline: Segment's raw messages, every night those received on the day.

JSON lines, gzipped. The site's library, the app's newer one on iPhones and its older one on other
phones differ: in their ``context``, in how ids are written, in whether an unknown user is ``null``
or omitted, and in the traits, which the older one writes with underscores. A message has four
times: ``originalTimestamp`` and ``sentAt`` by the device's clock, which is wrong on some,
``receivedAt`` by Segment's, and ``timestamp``, which is ``receivedAt`` minus the difference between
the first two. The app sends in batches, without a network up to three days later. A few messages
come twice, with the same ``messageId``, after a retry. On the site a person is known from the login
on, so the first messages of a visit have no ``userId``; a guest buyer is known only by the e-mail
in ``identify`` and in the order's ``context.traits``, as it was typed. Robots that run the tags are
included; the truth gives them the person -1.

Our own choices: the file's name, one file a day, and the versions of the libraries. Groups are not
used, and ``alias`` comes only on the day on which the app was installed.
"""

from simulator import data
from simulator.common.tags import SITE, tag_visits
from simulator.export import Export, Exports, Lines, Night
from simulator.systems.segment_texts import CART, CHECKOUT, ORDER, make_texts
from simulator.words.text_lists import sql_values
from simulator.world.browsing import ACTIONS
from simulator.world.catalogue import RANKS, TIERS

NAME = "segment"
COUNTS_SESSIONS = True

MESSAGES = [
    (ACTIONS.index(action), *message) for action, *message in data.rows("formats/segment_messages")
]
"""The action of each message, its place among the action's messages, and what it says."""

QUERY = """
with messages(kind, place, told_as) as ({messages}),

experiments(experiment, experiment_id, experiment_name) as ({experiments}),

done as (
    select
        actions.*,
        visits.* exclude (visit_id),
        actions.visit_id * 256 + number as action_key,
        roll(action_key, 'segment action', 1000000000000) as draw,
        experiments.* exclude (experiment),
        here.path,
        here.parameters as page_parameters,
        here.title, here.screen, here.term,
        there.url as page_before_url
    from tagged_actions as actions
    inner join segment_visits as visits on actions.visit_id = visits.visit_id
    left join experiments on visits.experiment = experiments.experiment
    left join tagged_pages as here
        on if(actions.kind = 0, landing_page, actions.page) = here.page
    left join tagged_pages as there
        on if(page_before = 0, landing_page, page_before) = there.page
),

said as (
    select
        done.*,
        messages.place,
        messages.told_as,
        case place when 2 then 8 when 3 then 12 when 4 then 30 + draw % 250 else 0 end as after,
        at_ms + after as said_ms,
        number > login_number or (number = login_number and place >= 2) as is_known
    from done inner join messages on done.kind = messages.kind
    where case place
        when 2 then is_app and is_new and account > 0
        when 3 then done.kind = 7 or number = login_number
            or (login_number < 0 and number = 0 and happens(visit_id, 'segment starts', 0.3))
        else told_as <> 'Experiment Viewed' or experiment_id is not null
    end
),

timed as (
    select
        *,
        case
            when not is_app then said_ms + 5 + draw // 1000 % 400
            -- what was kept without a network is sent in one batch
            when arrived_day > day then hour_ms(arrived_day, 8)
                + roll(visit_id, 'segment reconnects', hours_ms(14))
            -- the app sends every thirty seconds
            else said_ms + 30000 - (said_ms + visit_id % 30000) % 30000
        end as sent_ms
    from said
),

repeated as (
    select *, 0 as retry_ms from timed
    union all
    select *, if(is_app, 30000 + draw % 25000, 1000 + draw % 4000)
    from timed where slips(action_key * 8 + place, 'segment retry', 0.004)
),

received as (
    select
        *,
        sent_ms + retry_ms + if(is_app, 80 + visit_id % 700, 40 + draw // 1000000 % 900)
            as received_ms,
        uuid_of('segment message ' || (action_key * 8 + place)) as message,
        case kind
            when 0 then parameters
            when 7 then '?order=' || order_number(visit_id)
            else page_parameters
        end as search,
        case told_as
            when 'Product Viewed' then -1 - product
            when 'Product List Viewed' then -100000 - product // {per_category}
            else if(place = 4, visit_id, null)
        end as goods_what,
        case told_as
            when 'Product Added' then line
            when 'Cart Viewed' then {cart}
            when 'Checkout Started' then {checkout}
            when 'Order Completed' then {order}
            else visit_day
        end as goods_which
    from repeated
    where received_ms between {start} and {start} + hours_ms(24) - 1
),

told as (
    select
        received.*,
        place = 4 as is_track,
        told_as = 'page' as is_page,
        concat(
            '{{"path":"', path,
            '","referrer":"', coalesce(if(kind = 0, referer, page_before_url), ''),
            '","search":"', search,
            '","title":"', title,
            '","url":"{site}', path, search, '"}}'
        ) as page_text,
        goods.properties
    from received
    left join segment_goods as goods
        on goods_what = goods.what and goods_which = goods.which
)

select
    concat(
        '{{"anonymousId":"', anonymous_id,
        if(is_app, '","channel":"mobile","context":{{', '","channel":"client","context":{{'),
        if(number = 0, campaign_text, null),
        context_head,
        if(is_app, null, '"page":' || page_text || ','),
        context_middle,
        case
            when is_app or told_as = 'Order Completed' and account = 0 then concat(
                ',"traits":{{', if(is_known or told_as = 'Order Completed', email_text, null), '}}'
            )
        end,
        context_tail,
        '}},',
        if(is_track, '"event":"' || told_as || '",', null),
        '"integrations":{{}},"messageId":"',
        if(is_app, if(is_ios, upper(message), message),
            concat('ajs-next-', said_ms + clock_ms, '-', message)),
        if(is_page, '","name":"' || screen, null),
        '","originalTimestamp":"', utc_iso_ms(said_ms + clock_ms),
        if(told_as = 'alias', '","previousId":"' || anonymous_id, null),
        '",',
        case
            when is_page then if(is_app, '"properties":{{}},', '"properties":' || page_text || ',')
            when told_as = 'Experiment Viewed' then concat(
                '"properties":{{"experiment_id":"', experiment_id, '","experiment_name":"',
                experiment_name, '","variation_id":"', variant, '","variation_name":"',
                if(variant = 1, 'Variant', 'Control'), '"}},'
            )
            when told_as = 'Products Searched' then concat('"properties":{{"query":"', term, '"}},')
            when is_track then concat('"properties":{{', properties, '}},')
        end,
        '"receivedAt":"', utc_iso_ms(received_ms),
        '","sentAt":"', utc_iso_ms(sent_ms + retry_ms + clock_ms),
        -- what the device's clock says wrong cancels out
        '","timestamp":"', utc_iso_ms(received_ms - sent_ms - retry_ms + said_ms), '",',
        if(told_as = 'identify',
            concat('"traits":{{', traits, if(kind = 7, address, null), '}},'), null),
        '"type":"', case when is_track then 'track' when is_page and is_app then 'screen'
            else told_as end,
        case when is_known then '","userId":"' || user_id || '"' when is_app then '"'
            else '","userId":null' end,
        ',"version":2}}'
    ) as line,
    person as _person,
    key as _key,
    received_ms as _at_ms,
    if(clock_ms <> 0, utc_iso_ms(said_ms), null) as "_clean_originalTimestamp",
    if(clock_ms <> 0, utc_iso_ms(sent_ms + retry_ms), null) as "_clean_sentAt",
    if(told_as = 'identify' or (told_as = 'Order Completed' and account = 0), clean_email, null)
        as _clean_email
from told
order by received_ms, action_key, place, retry_ms
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's messages."""
    tag_visits(night)
    make_texts(night)
    tests = [
        (number, test.experiment_id, test.name)
        for number, test in enumerate(night.company.experiments)
    ]
    yield Export(
        f"segment_{night.date}.json.gz",
        QUERY.format(
            messages=sql_values(MESSAGES),
            experiments=sql_values(tests or [(-2, "-", "-")]),
            per_category=RANKS * len(TIERS),
            cart=CART,
            checkout=CHECKOUT,
            order=ORDER,
            site=SITE,
            start=night.start_ms,
        ),
        Lines(compressed=True),
    )
