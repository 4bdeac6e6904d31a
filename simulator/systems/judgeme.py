"""Product reviews: Judge.me's export with a day's reviews and those that the shop answered on it.

A review appears again, with the reply, on the day on which the shop replied. No column says whether
the reviewer ever bought anything: fake reviews look the same, and only most of them are marked as
spam. Some reviewers stay anonymous, and all of these have the same address. The nightly file is our
own convention: the tool exports all reviews at once.
"""

from simulator.common.contact_forms import known_address
from simulator.export import Csv, Export, Exports, Night
from simulator.words.text_lists import sql_words
from simulator.words.texts import create_texts
from simulator.world.unwanted import NETWORKS

NAME = "judgeme"

SPAM_CHANCE, CUSTOMERS_PER_WAVE = 0.06, 8_000
"""The chance of a wave of fake reviews on a day, and the number of customers per such wave."""

SPAM_CAUGHT = 0.75

ANONYMOUS = "support+anonymous@judgeme.example"

REVIEWS = f"""
with spam as (
    -- the same words come several times in an hour, from one who is nobody
    select
        {{day}} || ' ' || each as review_key,
        {{day}} || ' ' || each // 4 as wave,
        midnight_ms({{day}}) + roll(wave, 'judgeme wave', 82000000)
        + roll(review_key, 'judgeme spam at', hours_ms(1)) as at_ms,
        -1 as person,
        roll(wave, 'judgeme spam product', (select count(*) from products)) as product,
        one_of({{words[review spam]}}, wave, 'judgeme spam') as text,
        text as typed,
        if(happens(wave, 'judgeme spam best', 0.8), 5, 1) as rating,
        if(happens(review_key, 'judgeme caught', {SPAM_CAUGHT}), 'spam', 'ok') as curated,
        one_of({{words[spammer]}}, review_key, 'judgeme spam name')
        || roll(review_key, 'judgeme spam number', 1000) as reviewer_name,
        'u' || roll(review_key, 'judgeme spam mail', 10000000) || '@mail.example.org'
            as reviewer_email,
        'web' as source
    from (select unnest(range({{spam}})) as each)
    where happens(wave, 'judgeme spam wave', {SPAM_CHANCE})
),

reviewed as (
    select
        texts.*,
        texts.text_key::varchar as review_key,
        persons.household,
        {known_address("province_latin", "texts.day")} as province,
        if(
            happens(texts.text_key, 'judgeme second e-mail', 0.15),
            if(persons.second_email_day <= texts.day, persons.second_email, persons.email),
            persons.email
        ) as clean_email,
        if(happens(texts.text_key, 'judgeme by mail', 0.7), 'email', 'web') as source,
        happens(texts.text_key, 'judgeme anonymous', 0.05) as is_anonymous,
        persons.full_name, persons.full_latin, persons.given_name,
        satisfaction + roll(texts.text_key, 'judgeme stars', 601) / 1000.0 - 0.3 as liked
    from reaction_texts as texts
    inner join persons on texts.person = persons.person
    where texts.kind = 0 and texts.day between {{day}} - 4 and {{day}}
),

answered as (
    select
        *,
        case
            when liked > 0.35 then 5
            when liked > -0.35 then 4
            when liked > -0.95 then 3
            when liked > -1.55 then 2
            else 1
        end as rating,
        source = 'web' and not is_anonymous and slips(text_key, 'judgeme e-mail', 0.03)
            as is_mistyped,
        case
            when is_anonymous then '{ANONYMOUS}'
            when is_mistyped then mistyped_email(clean_email, text_key)
            else clean_email
        end as reviewer_email,
        case
            when is_anonymous then 'Anonymous'
            when is_foreign then if(
                happens(person, 'judgeme initial', 0.4),
                given_name || ' ' || split_part(full_latin, ' ', -1)[1] || '.', full_name
            )
            else case roll(person, 'judgeme name', 5)
                when 0 then full_name[1] || '*' || full_name[3:]
                when 1 then full_latin
                when 2 then given_name
                else full_name
            end
        end as reviewer_name,
        if(happens(text_key, 'judgeme unchecked', 0.04), 'not-yet', 'ok') as curated,
        -- the shop answers the unhappy, and some of the others
        if(
            happens(text_key, 'judgeme replies', if(rating < 4, 0.55, 0.12)),
            at_ms + hours_ms(2)
            + wait_of(text_key, 'judgeme reply after', hours_ms(20), hours_ms(70)), null
        ) as reply_ms,
        one_of(
            if(rating < 4, {{words[review reply to bad]}}, {{words[review reply to good]}}),
            text_key, 'judgeme reply'
        ) as reply_text,
        reply_ms < {{until_ms}} as is_replied
    from reviewed
),

exported_reviews as (
    select * exclude (product), product as bought_product from answered
    where day = {{day}} or (is_replied and korea_day(reply_ms) = {{day}})
    union all by name
    select * exclude (product), product as bought_product from spam
)

select
    if(person < 0 and rating = 5, 'WOW', title) as title,
    typed as body,
    rating,
    utc_text(at_ms) || ' UTC' as review_date,
    source,
    curated,
    reviewer_name,
    reviewer_email,
    8010000000000 + products.product as product_id,
    products.handle as product_handle,
    if(is_replied, reply_text, null) as reply,
    if(is_replied, utc_text(reply_ms) || ' UTC', null) as reply_date,
    if(
        person >= 0 and happens(review_key, 'judgeme picture', 0.14),
        'https://images.judgeme.example/' || substr(md5('picture ' || review_key), 1, 12) || '.jpg'
        || if(
            happens(review_key, 'judgeme two pictures', 0.3),
            ',https://images.judgeme.example/'
            || substr(md5('picture 2 ' || review_key), 1, 12) || '.jpg', ''
        ), null
    ) as picture_urls,
    case
        when person < 0 then ({{networks}})[3]
            || '.' || (200 + roll(review_key, 'judgeme spammer', 50))
        when source = 'web' then ({{networks}})[roll(household, 'judgeme network', 2) + 1]
            || '.' || (1 + roll(household, 'judgeme address', 254))
    end as ip_address,
    case when person >= 0 and happens(review_key, 'judgeme place', 0.4)
        then province || ', South Korea' end as location,
    person as _person,
    if(person < 0, 'spam ' || review_key, truth) as _key,
    if(typed <> text, text, null) as _clean_body,
    if(is_mistyped, clean_email, null) as _clean_reviewer_email
from exported_reviews
inner join products on exported_reviews.bought_product = products.product
order by at_ms, review_key
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's reviews, and earlier ones that were answered on it."""
    create_texts(night.connection)
    query = REVIEWS.format(
        day=night.day,
        until_ms=night.end_ms,
        spam=4 * (1 + night.company.customers // CUSTOMERS_PER_WAVE),
        networks=list(NETWORKS),
        words=sql_words(),
    )
    yield Export(f"reviews_{night.date}.csv", query, Csv())
