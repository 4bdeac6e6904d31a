"""The survey after online orders: Typeform's responses to two forms, one file per night and form.

The headers are the questions, and a response is identified by its token. The Korean form puts
multiple answers into one cell, joined with `` / ``; the older English one has a column per answer.
The newest response comes first; times are UTC. Hidden fields contain the address to which the
invitation was sent; if the link was copied without it, they contain Typeform's example ``xxxxx``. A
number with a leading plus has an apostrophe before it. The nightly file is our own convention.
"""

from simulator import data
from simulator.export import Csv, Export, Exports, Night
from simulator.words.texts import create_texts

NAME = "typeform"

ANSWERS = [
    (topic, each["korean"], each["english"])
    for topic, each in data.tree("formats/typeform")["answers"].items()
]
"""The answers to what people liked: topic, Korean and English."""

TWICE_SHARE = 0.015
"""Share of responses that are submitted twice by accident."""

RESPONSES = """
with responded as (
    select
        texts.*,
        persons.household,
        if(
            happens(texts.text_key, 'typeform second e-mail', 0.12),
            persons.any_email, persons.email
        ) as clean_email,
        happens(texts.text_key, 'typeform phone', 0.3) as gives_phone,
        persons.phone as own_phone,
        slips(texts.text_key, 'typeform hidden', 0.03) as lacks_email,
        slips(texts.text_key, 'typeform phone slip', 0.05) as mistypes_phone,
        recommends(satisfaction, texts.text_key, 'typeform score') as score
    from reaction_texts as texts
    inner join persons on texts.person = persons.person
    where
        texts.kind = 3 and texts.day = {day}
        and (texts.language = 'en') = {is_english}
),

sent as (
    select *, 1 as attempt, at_ms as submitted_ms from responded
    union all
    select
        *,
        2 as attempt,
        least(at_ms + 5000 + roll(text_key, 'typeform again', 35000), {last_ms}) as submitted_ms
    from responded
    where slips(text_key, 'typeform twice', {twice})
),

written as (
    select
        *,
        if(gives_phone, phone_as_written(own_phone, text_key), null) as clean_phone,
        {liked} as liked,
        if(mistypes_phone, mistyped_phone(clean_phone, text_key), clean_phone) as phone
    from sent
)

select
    md5('typeform ' || text_key || ' ' || attempt) as "#",
    score as "{score}",
    typed as "{reason}",
    {answers},
    if(phone like '+%', '''' || phone, phone) as "{phone}",
    if(lacks_email, 'xxxxx', clean_email) as email,
    order_number(visit_id)::varchar as "order",
    utc_text(at_ms - 18000 - wait_of(text_key, 'typeform takes', 70000, minutes_ms(20)))
        as "Start Date (UTC)",
    utc_text(submitted_ms) as "Submit Date (UTC)",
    substr(md5('network ' || household || ' ' || day // 60), 1, 10) as "Network ID",
    person as _person,
    truth as _key,
    if(typed <> text, text, null) as "_clean_{reason}",
    if(mistypes_phone, clean_phone, null) as "_clean_{phone}",
    if(lacks_email, clean_email, null) as _clean_email
from written
order by submitted_ms desc, "#"
"""


def liked_by(key: str, system: str) -> str:
    """Return SQL for the list of what a respondent liked.

    Parameters
    ----------
    key
        SQL for the response.
    system
        The system with the survey; in shops nothing is delivered or packed.

    Returns
    -------
    str
        A list with an answer in the respondent's language, or null, for each topic.
    """
    answers = ", ".join(
        f"""if(
            topic = '{topic}' and mood = 'good' or topic <> '{topic}' and happens(
                {key}, '{system} likes {topic}', 0.15 + 0.1 * (satisfaction + 1)
            ), if(written_in = 'en', '{english}', '{korean}'), null)"""
        for topic, korean, english in ANSWERS
        if system == "typeform" or topic not in {"delivery", "packaging"}
    )
    return f"[{answers}]"


def exports(night: Night) -> Exports:
    """List the files of a night: responses to the form in Korean, and to the one in English."""
    create_texts(night.connection)
    for form, questions in data.tree("formats/typeform")["questions"].items():
        score, reason, liked, phone = questions
        is_english = form == "english"
        answers = (
            ", ".join(
                f'liked[{place + 1}] as "{english}"'
                for place, (_, _, english) in enumerate(ANSWERS)
            )
            if is_english
            else f"""nullif(array_to_string(liked, ' / '), '') as "{liked}\""""
        )
        query = RESPONSES.format(
            day=night.day,
            last_ms=night.end_ms - 1000,
            is_english=is_english,
            twice=TWICE_SHARE,
            liked=liked_by("text_key", "typeform"),
            answers=answers,
            score=score,
            reason=reason,
            phone=phone,
        )
        yield Export(f"responses_{form}_{night.date}.csv", query, Csv())
