"""What a visit is made with, as tags report it: phone, system, browser and location."""

from simulator import data
from simulator.words.text_lists import sql_map, sql_values

HANDSETS = data.rows("words/handsets")
"""Model, marketing name, width and height of the screen in points, density."""

ANDROIDS = sum(not model.startswith("iPhone") for model, *_ in HANDSETS)

BROWSERS = data.rows("words/browsers")
"""Name, and the text before the version in the user agent; the first match counts."""


def seen_with(source: str) -> str:
    """Return SQL for what tags report about device and location, added to the columns of visits.

    Parameters
    ----------
    source
        A table with ``visit_id``, ``device`` (2: the app), ``agent`` (null in the app),
        ``phone_key``, ``is_ios``, ``province_latin`` and ``city`` (Korean; null for robots).

    Returns
    -------
    str
        A query with one row per visit.
    """
    handsets = sql_values((number, *handset) for number, handset in enumerate(HANDSETS))
    # a metropolitan city is its own province
    places = data.columns("words/districts")
    towns = sql_map(places["district"], places["town_latin"])
    browser = " ".join(f"when agent like '%{mark}%' then '{name}'" for name, mark in BROWSERS)
    version = " ".join(
        f"when '{name}' then regexp_extract(agent, '{mark}([0-9.]+)', 1)" for name, mark in BROWSERS
    )
    return f"""
with handsets as (select * from (
    {handsets}
) as listed (handset, model, marketing_name, width, height, density)),

drawn as (
    select
        *,
        case
            when device = 2 then if(is_ios, 'iOS', 'Android')
            when agent like '%iPhone%' then 'iOS'
            when agent like '%Android%' then 'Android'
            when agent like '%Macintosh%' then 'Macintosh'
            when agent like '%Windows%' then 'Windows' else 'Linux'
        end as os,
        case {browser} end as browser,
        if(
            os = 'iOS',
            {ANDROIDS} + roll(phone_key, 'tags handset', {len(HANDSETS) - ANDROIDS}),
            roll(phone_key, 'tags handset', {ANDROIDS})
        ) as handset
    from {source}
)

select
    drawn.* exclude (handset),
    handsets.* exclude (handset),
    case browser {version} end as browser_version,
    case
        when device = 2 and os = 'iOS'
            then ['18.3.1', '18.1', '17.6.1'][1 + roll(phone_key, 'tags system', 3)]
        when device = 2 then ['15', '14', '13'][1 + roll(phone_key, 'tags system', 3)]
        when os = 'iOS' then replace(regexp_extract(agent, 'iPhone OS ([0-9_]+)', 1), '_', '.')
        when os = 'Android' then regexp_extract(agent, 'Android ([0-9.]+)', 1)
        when os = 'Macintosh' then '10.15.7'
        when os = 'Windows' then '10'
    end as os_version,
    case os when 'iOS' then 'Apple' when 'Android' then 'Samsung' end as brand,
    case
        when city is null then 'United States'
        else 'South Korea'
    end as country,
    -- a phone on the way can seem to be in Seoul, where its network ends
    city is not null and device <> 1 and happens(visit_id, 'tags seen in Seoul', 0.12) as in_seoul,
    case
        when city is null then 'Virginia' when in_seoul then 'Seoul' else province_latin
    end as region,
    case when city is null then 'Ashburn' when in_seoul then 'Seoul' else coalesce(
        {towns}[city], province_latin
    ) end as town
from drawn inner join handsets on drawn.handset = handsets.handset
"""
