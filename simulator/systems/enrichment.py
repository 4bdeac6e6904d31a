"""What a data vendor knows about customers: a file on the 5th of each month, keyed by hashes.

The company sends hashed e-mails and gets back those that the vendor knows, about three in five: the
SHA-256 of the lower-case e-mail, and usually that of the phone number in international form. The
vendor mistakes some people for their neighbours, with hardly less confidence, and gets some
household sizes wrong. The format is our own: vendors have no common one.
"""

import numpy as np

from simulator.common.contact_forms import international
from simulator.export import Csv, Export, Exports, Night
from simulator.words.text_lists import sql_words
from simulator.world.catalogue import CATEGORIES
from simulator.world.people import block

NAME = "enrichment"

DAY_OF_MONTH = 5

MATCHES = """
with attributes as (
    select
        everyone.person,
        {year} - birth_year as age,
        case
            when age < 20 then '19 or under'
            when age < 70 then (age // 10 * 10) || '-' || (age // 10 * 10 + 9)
            else '70 or over'
        end as age_band,
        -- whoever buys dear products earns more, as far as the vendor can tell
        spend * (750 + roll(everyone.person, 'enrichment income', 500)) / 1000 as means,
        case
            when means < 0.7 then 'under 2M KRW'
            when means < 0.95 then '2M-3M KRW'
            when means < 1.25 then '3M-5M KRW'
            when means < 1.7 then '5M-8M KRW'
            else 'over 8M KRW'
        end as income_band,
        household_size,
        one_of({words[kind of home]}, household, 'enrichment home') as home_type,
        concat_ws(
            '|',
            {categories}[first + 1],
            if(
                second <> first and happens(everyone.person, 'enrichment second', 0.7),
                {categories}[second + 1], null
            ),
            if(
                third not in (first, second) and happens(everyone.person, 'enrichment third', 0.5),
                {categories}[third + 1], null
            )
        ) as interests
    from everyone
    inner join enrichment_favourites on everyone.person = enrichment_favourites.person
),

matched as (
    select
        person,
        if(happens(person, 'enrichment new e-mail', 0.5), any_email, email) as sent_email,
        if(happens(person, 'enrichment phone', 0.7), phone, null) as sent_phone,
        if(slips(person, 'enrichment wrong person', 0.04), xor(person, 4), person) as taken_for,
        slips(person, 'enrichment household', 0.1) as miscounts
    from everyone
    where
        least(account_day, hubspot_day, salesforce_day, mailchimp_day) <= {day}
        and happens(person, 'enrichment match', 0.6)
),

told as (
    select
        matched.*,
        own.* exclude (person),
        coalesce(other.person, matched.person) <> matched.person as is_wrong,
        if(is_wrong, other.age_band, own.age_band) as told_age_band,
        if(is_wrong, other.income_band, own.income_band) as told_income_band,
        if(is_wrong, other.household_size, own.household_size)
        + if(miscounts, if(own.household_size = 1, 1, -1), 0) as counted,
        greatest(counted, 1) as told_household_size,
        if(is_wrong, other.home_type, own.home_type) as told_home_type,
        if(is_wrong, other.interests, own.interests) as told_interests,
        if(is_wrong, 52, 68) + roll(matched.person, 'enrichment confidence', 31) as confidence
    from matched
    inner join attributes as own on matched.person = own.person
    left join attributes as other on matched.taken_for = other.person
)

select
    sha256(sent_email) as email_sha256,
    sha256({international}) as phone_sha256,
    told_age_band as age_band,
    told_income_band as income_band,
    told_household_size as household_size,
    told_home_type as home_type,
    told_interests as interests,
    '0.' || confidence as match_confidence,
    '{date}' as refreshed_on,
    person as _person,
    person as _key,
    if(told_age_band <> age_band, age_band, null) as _clean_age_band,
    if(told_income_band <> income_band, income_band, null) as _clean_income_band,
    if(told_household_size <> household_size, household_size::varchar, null)
        as _clean_household_size,
    if(told_home_type <> home_type, home_type, null) as _clean_home_type,
    if(told_interests <> interests, interests, null) as _clean_interests
from told
order by email_sha256
"""


def exports(night: Night) -> Exports:
    """List the files of a night: everyone who was matched, on the fifth of a month."""
    if night.date.day != DAY_OF_MONTH:
        return
    query = MATCHES.format(
        day=night.day,
        year=night.date.year,
        words=sql_words(),
        date=night.date,
        categories=list(CATEGORIES),
        international=international("sent_phone"),
    )
    yield Export(
        f"enrichment_{night.date:%Y-%m}.csv",
        query,
        Csv(),
        of_everyone=True,
        prepare=_show_favourites,
    )


def _show_favourites(night: Night, blocks: range) -> None:
    """Put the favourite categories of some blocks into a table."""
    people = [block(night.company, number) for number in blocks]
    columns = {"person": np.concatenate([some.person for some in people])}
    for place, name in enumerate(("first", "second", "third")):
        columns[name] = np.concatenate([some.favourites[:, place] for some in people])
    night.table("enrichment_favourites", **columns)
