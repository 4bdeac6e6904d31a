"""Mentions of the brand on social platforms: one NDJSON file a night, in our own convention.

A social listening tool collects them by the brand's name. There is no e-mail and no customer
number; some handles resemble their owner's name, most do not. Robots offer vouchers that do not
exist, and posts about other shops are found too: *dangol* is Korean for a regular customer. The
platforms are made up.
"""

from simulator.export import Export, Exports, Lines, Night
from simulator.words.text_lists import sql_words
from simulator.words.texts import create_texts

NAME = "social"

ROBOTS_CHANCE, OTHERS_CHANCE, CUSTOMERS_PER_WAVE = 0.12, 0.15, 8_000
"""The chances of five robot posts and of one about another shop on a day; and the number of
customers for each such chance."""

MENTIONS = f"""
with mentioned as (
    select
        texts.*,
        texts.text_key::varchar as post_key,
        'customer' as kind_of_author,
        case
            when texts.written_in = 'en' then
                one_of(['photogram', 'birdsong'], texts.text_key, 'social platform')
            else one_of(
                ['photogram', 'photogram', 'birdsong', 'cafe-board', 'cafe-board'],
                texts.text_key, 'social platform'
            )
        end as platform,
        if(
            happens(texts.person, 'social named', 0.4),
            given_ascii || one_of(['_', '.', ''], texts.person, 'social joint')
            || if(
                happens(texts.person, 'social year', 0.5),
                lpad((birth_year % 100)::varchar, 2, '0'), family_ascii
            ),
            one_of({{words[nickname]}}, texts.person, 'social nickname')
            || '_' || roll(texts.person, 'social number', 10000)
        ) as author_handle,
        if(
            happens(texts.person, 'social true name', 0.2), full_name,
            one_of({{words[nickname]}}, texts.person, 'social nickname')
        ) as author_name,
        filled_in(one_of({{words[mention lead]}}, texts.text_key, 'social lead'), noun, 0) as lead,
        one_of({{words[mention end]}}, texts.text_key, 'social end') as last,
        happens(texts.text_key, 'social ends', 0.45) as has_end,
        lead || chr(10) || text || if(has_end, chr(10) || last, '') as clean_post,
        lead || chr(10) || typed || if(has_end, chr(10) || last, '') as post
    from reaction_texts as texts
    inner join persons on texts.person = persons.person
    where texts.kind = 5 and texts.day = {{day}}
    union all by name
    select
        {{day}} || ' robot ' || each as post_key,
        'robot' as kind_of_author,
        -1 as person,
        midnight_ms({{day}}) + roll({{day}} || ' ' || each // 5, 'social wave',
            80000000) + roll(post_key, 'social robot at', hours_ms(1)) as at_ms,
        one_of(['photogram', 'birdsong'], post_key, 'social platform') as platform,
        'dangolmart_event_' || (1000 + roll(post_key, 'social number', 9000)) as author_handle,
        '단골마트 이벤트' as author_name,
        one_of({{words[mention by robot]}}, {{day}} || ' ' || each // 5, 'social robot') as post,
        if(post[1] = 'D', 'en', 'ko') as written_in
    from (select unnest(range({{robots}})) as each)
    where happens({{day}} || ' ' || each // 5, 'social robots', {ROBOTS_CHANCE})
    union all by name
    select
        {{day}} || ' other ' || each as post_key,
        'other' as kind_of_author,
        hour_ms({{day}}, 8) + roll(post_key, 'social other at', 50000000) as at_ms,
        one_of(['birdsong', 'cafe-board'], post_key, 'social platform') as platform,
        one_of({{words[nickname]}}, post_key, 'social nickname')
            || '_' || roll(post_key, 'social number', 10000) as author_handle,
        one_of({{words[nickname]}}, post_key, 'social nickname') as author_name,
        one_of({{words[mention of another shop]}}, post_key, 'social other') as post,
        'ko' as written_in
    from (select unnest(range({{others}})) as each)
    where happens(post_key, 'social others', {OTHERS_CHANCE})
),

posted as (
    select
        *,
        -- each platform counts in its own way
        case platform
            when 'photogram' then substr(md5('post ' || post_key), 1, 11)
            when 'birdsong' then (
                (at_ms - 1288834974657) * 4194304 + roll(post_key, 'social id', 4194304)
            )::varchar
            else ((at_ms - 1600000000000) // 1000)::varchar
        end as post_id,
        wait_of(
            post_key, 'social likes', if(kind_of_author = 'customer', 14, 2), 5000
        ) as like_count
    from mentioned
)

select
    to_json(struct_pack(
        post_id := post_id,
        platform := platform,
        author_handle := author_handle,
        author_name := author_name,
        text := post,
        language := if(happens(post_key, 'social language', 0.04), 'und', written_in),
        posted_at := utc_iso(at_ms),
        like_count := like_count,
        reply_count := like_count // (3 + roll(post_key, 'social replies', 9)),
        url := case platform
            when 'photogram' then 'https://photogram.example/p/' || post_id || '/'
            when 'birdsong' then
                'https://birdsong.example/' || author_handle || '/status/' || post_id
            else 'https://cafe-board.example/mart/' || post_id
        end
    ))::varchar as mention,
    person as _person,
    if(kind_of_author = 'customer', truth, kind_of_author || ' ' || post_key) as _key,
    if(post <> clean_post, clean_post, null) as _clean_text
from posted
order by at_ms, post_key
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's mentions."""
    create_texts(night.connection)
    query = MENTIONS.format(
        day=night.day,
        robots=5 * (1 + night.company.customers // CUSTOMERS_PER_WAVE),
        others=1 + night.company.customers // CUSTOMERS_PER_WAVE,
        words=sql_words(),
    )
    yield Export(f"mentions_{night.date}.ndjson", query, Lines())
