"""What customers write after an order, combined from sentences, with the truth behind it.

The table ``reaction_texts`` has one row per row of ``reactions``: its topic, mood and language, and
its text. Sentences differ by topic, mood and language, and the words around them by temper; a few
are sarcastic, some have typing errors. Everything is drawn from the reaction's key, so a reaction
always has the same text.

``kind`` counts as in ``aftermath.REACTIONS``: 0 review, 1 ticket, 2 call, 3 and 4 surveys, 5
mention.
"""

from simulator import data
from simulator.common.once import is_marked, reactions_mark, write_once
from simulator.night import Connection
from simulator.words.text_lists import all_lists, list_join, sql_list

TEMPER_LIMITS = (-1.5, -0.5, 0.4, 1.5)
"""The upper limit of satisfaction for each of the first four tempers."""

SARCASTIC_SHARE = 0.07
"""Share of sarcastic texts among those of unhappy people."""

MISTYPED_SHARE = 0.12


def create_texts(connection: Connection) -> None:
    """Create the sentences, the macros and the texts of all reactions, unless they exist.

    Parameters
    ----------
    connection
        With the vocabulary, the facts and the view ``persons``.
    """
    if not is_marked(connection, "reaction_texts", reactions_mark(connection)):
        _create_lists(connection)
        write_once(connection, "reaction_texts", TEXTS)


def _create_lists(connection: Connection) -> None:
    """Create the table of sentences, and the macros that combine them."""
    connection.execute(
        "create or replace table text_lists"
        " (name varchar, language varchar, about varchar, words varchar[])"
    )
    names, languages, abouts, texts = zip(*all_lists(), strict=True)
    connection.execute(
        "insert into text_lists select unnest(?), unnest(?), unnest(?), unnest(?)",
        [list(names), list(languages), list(abouts), list(texts)],
    )
    connection.execute(MACROS)


MACROS = r"""
-- sentences stand apart by their own marks, or by the writer's habit
create or replace macro and_then(before, mark, after) as case
    when before is null then after
    when after is null then before
    else before || if(regexp_matches(before, '[.?!~^;:)ㅋㅎㅠㅜㅡ]$'), ' ', mark) || after
end;

-- a sentence with the product and the days in it
create or replace macro filled_in(text, noun, days) as
    replace(replace(text, '{product}', noun), '{days}', days::varchar);

-- a waiting time in milliseconds: mostly short, never longer than the most
create or replace macro wait_of(key, salt, mean, most) as
    least((-ln((roll(key, salt, 100000) + 0.5) / 100000) * mean)::bigint, most);

-- from 0 to 10
create or replace macro recommends(satisfaction, key, salt) as least(greatest(round(
    7.2 + 1.6 * satisfaction + roll(key, salt, 2001) / 1000.0 - 1
), 0), 10)::bigint;

-- a text with one of six kinds of slips that Koreans make
create or replace macro mistyped_korean(text, key) as case roll(key, 'text slip', 6)
    when 0 then replace(replace(replace(replace(
        text, '됐', '됬'), '예요', '에요'), '며칠', '몇일'), '돼', '되')
    when 1 then replace(text, ' ', '')
    when 2 then replace(replace(text, '어요', '어여'), '아요', '아여')
    when 3 then replace(replace(replace(text, '네요', '내요'), '세요', '새요'), '데', '대')
    when 4 then replace(replace(replace(text, '안 ', '않 '), '배송', '베송'), '왠', '웬')
    else with_swap(text, 1 + roll(key, 'text place', greatest(length(text) - 1, 1)))
end;

-- a text with one of six kinds of slips
create or replace macro mistyped_english(text, key) as case roll(key, 'text slip', 6)
    when 0 then replace(lower(text), '''', '')
    when 1 then replace(replace(lower(text), '.', ''), ',', '')
    when 2 then replace(replace(replace(replace(replace(
        text, 'quality', 'qualty'), 'delivery', 'delievery'), 'received', 'recieved'),
        'really', 'realy'), 'disappointed', 'dissapointed')
    when 3 then replace(replace(replace(text, 'the ', 'teh '), 'and ', 'adn '), 'The ', 'Teh ')
    when 4 then without_letter(text, 1 + roll(key, 'text place', length(text)))
    else with_double(text, 1 + roll(key, 'text place', length(text)))
end;
"""


def _topics(where: str) -> str:
    """Return an SQL list in which common topics occur more often."""
    topics = data.tree("texts/topics")[where]
    return sql_list(name for name, times in topics.items() for _ in range(times))


TEXTS = rf"""
with bought as (
    select
        visit_id,
        arg_min(product, roll(visit_id * 32 + line, 'text product', 1000000007)) as product,
        min(return_day) as return_day
    from lines where visit_id in (select visit_id from reactions)
    group by visit_id
),

heard as (
    select
        reactions.*,
        reactions.visit_id * 8 + reactions.kind as text_key,
        visits.place,
        reactions.day - visits.day as days_since,
        bought.product, products.category, persons.is_foreign,
        case
            when happens(reactions.person, 'text English', if(persons.is_foreign, 0.82, 0.01))
                then 'en'
            when not persons.is_foreign
                and happens(reactions.visit_id * 8 + reactions.kind, 'text mixed', 0.04)
                then 'mixed'
            else 'ko'
        end as language,
        products.product_name,
        products.product_korean,
        list_concat(
            case
                when reactions.kind = 2 and visits.place = 2 then {_topics("store call")}
                when reactions.kind in (1, 2) then {_topics("ticket")}
                when visits.place = 2 then {_topics("store")}
                else {_topics("online")}
            end,
            if(bought.return_day <= reactions.day, {sql_list(["refund"] * 6)}, [])
        ) as topics
    from reactions
    inner join visits on reactions.visit_id = visits.visit_id
    inner join bought on reactions.visit_id = bought.visit_id
    inner join products on bought.product = products.product
    inner join persons on reactions.person = persons.person
),

felt as (
    select
        *,
        if(language = 'en', 'en', 'ko') as written_in,
        if(
            language = 'en',
            lower(regexp_replace(product_name, '^\S+ (Basic |Prestige )?| x\d+$', '', 'g')),
            split_part(product_korean, ' ', 2)
        ) as noun,
        split_part(product_korean, ' ', 2) as noun_korean,
        one_of(topics, text_key, 'text topic') as topic,
        case
            when satisfaction < {TEMPER_LIMITS[1]} then 'bad'
            when satisfaction < {TEMPER_LIMITS[2]} then 'so-so'
            else 'good'
        end as mood,
        satisfaction < {TEMPER_LIMITS[1]}
            and happens(text_key, 'text sarcasm', {SARCASTIC_SHARE}) as is_sarcastic,
        greatest(least(days_since, if(mood = 'so-so', 3, 7)), 2) as days,
        kind in (3, 4) as is_short,
        case
            when is_sarcastic then 'sarcastic'
            when satisfaction < {TEMPER_LIMITS[0]} then 'angry'
            when satisfaction < {TEMPER_LIMITS[1]} then 'unhappy'
            when satisfaction < {TEMPER_LIMITS[2]} then 'so-so'
            when satisfaction < {TEMPER_LIMITS[3]} then 'content'
            else 'delighted'
        end as temper,
        if(is_sarcastic, 'sarcastic', mood) as core_mood,
        if(
            happens(text_key, 'text second topic', if(is_short, 0.15, 0.35)) and not is_sarcastic,
            one_of(list_filter(topics, lambda other: other <> topic), text_key, 'text other'),
            null
        ) as second_topic,
        case
            when topic <> 'quality' or is_sarcastic or happens(text_key, 'text plain', 0.45)
                then topic
            when category < 4 then 'quality of food'
            when category = 8 then 'quality of clothes'
            when category = 5 then 'quality of beauty'
            else topic
        end as aspect,
        one_of(
            if(
                language = 'en',
                ['. ', '. ', '. ', '. ', '! ', ' - ', chr(10)],
                ['. ', '. ', '. ', ' ', ' ', '~ ', '! ', chr(10)]
            ),
            text_key, 'text mark'
        ) as mark
    from heard
),

worded as (
    select
        felt.*,
        if(happens(text_key, 'text opens', if(is_short, 0.25, 0.6)),
            one_of(openings.words, text_key, 'text opening'), null) as opening,
        filled_in(one_of(cores.words, text_key, 'text core'), noun, days) as core,
        filled_in(one_of(others.words, text_key, 'text second'), noun, days) as second_core,
        if(happens(text_key, 'text closes', if(is_short, 0.25, 0.55)),
            one_of(closings.words, text_key, 'text closing'), null) as closing,
        if(happens(text_key, 'text has tail', 0.45),
            one_of(tails.words, text_key, 'text tail'), null) as tail,
        if(happens(text_key, 'text has title', 0.65),
            one_of(titles.words, text_key, 'text title'), null) as title
    from felt
    {list_join("openings", "'opening'", "felt.temper")}
    {list_join("closings", "'closing'", "felt.temper")}
    {list_join("tails", "'tail'", "felt.temper")}
    {list_join("titles", "'title'", "felt.temper")}
    {list_join("cores", "felt.core_mood", "felt.aspect", "felt.language")}
    {list_join("others", "felt.core_mood", "felt.second_topic", "felt.language")}
),

joined as (
    select
        *,
        list_reduce(
            list_filter([opening, core, second_core, closing], lambda part: part is not null),
            lambda before, after: and_then(before, mark, after)
        )
        || case
            when tail[1] in ('!', '.', '~', ';') then tail
            when tail is not null then ' ' || tail
            when mark = '. ' and happens(text_key, 'text full stop', 0.6) then '.'
            else ''
        end as text
    from worded
)

select
    * exclude (
        topics, is_short, core_mood, aspect, opening, core, second_core, closing, tail, mark,
        product_name, product_korean, category, days_since, days
    ),
    case
        when not slips(text_key, 'text mistyped', {MISTYPED_SHARE}) then text
        when language = 'en' then mistyped_english(text, text_key)
        else mistyped_korean(text, text_key)
    end as typed,
    to_json({{
        'visit': visit_id,
        'satisfaction': round(satisfaction, 1) + 0.0,
        'topic': topic,
        'second_topic': second_topic,
        'language': language,
        'is_sarcastic': is_sarcastic
    }})::varchar as truth
from joined
"""
