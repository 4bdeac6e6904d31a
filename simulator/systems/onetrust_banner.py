"""The consents from the site's cookie banner, as records of the IAB's TCData.

A line is the choice in a browser that is new on that day (``tagged_visits.py``), after its time and
the browser's Segment id, which are our own convention. The GDPR applies only to a few visitors with
European settings. Other visitors who close the banner leave the four fields that the standard then
requires; visitors who choose leave all of them, since Dangol Mart asks everyone.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np

from simulator import data
from simulator.export import Export
from simulator.forms import Lines
from simulator.night import Night
from simulator.systems.onetrust_tc_string import POLICY_VERSION, TcString, deciseconds

BANNER_ID, BANNER_VERSION = 4012, 7
"""No real banner has this number."""

TOLD = data.tree("formats/onetrust")

PURPOSES = range(1, 12)

CHOICES: dict[str, list[tuple[int, ...]]] = {
    choice: [tuple(purposes) for purposes in both] for choice, both in TOLD["choices"].items()
}
"""Purposes with consent, and those based on a legitimate interest."""

LANGUAGES = ("KO", "EN", "DE", "FR", "JA")

QUERY = """
with answered as (
    select
        visits.*,
        if(is_private, 'visit ' || visit_id, 'cookie ' || cookie) as browser_key,
        started_ms + 2500 + roll(browser_key, 'onetrust decides', 25000) as saved_ms,
        saved_ms // hours_ms(24) as utc_day,
        persons.locale in ('fr-FR', 'de-DE') and happens(browser_key, 'onetrust gdpr', 0.6)
            as is_european,
        case
            when persons.locale = 'ko-KR' then 'KO'
            when persons.locale in ('de-DE', 'fr-FR', 'ja-JP') then upper(persons.locale[:2])
            else 'EN'
        end as language,
        roll(browser_key, 'onetrust choice', 100) as drawn,
        case
            -- as the tags on the page have it
            when happens(browser_key, 'tags consent denied', 0.03) then 'none'
            when drawn < 60 then 'all'
            when drawn < if(is_european, 75, 66) then 'statistics'
            when drawn < if(is_european, 85, 70) then 'some'
            else 'closed'
        end as choice
    from visits inner join persons on visits.person = persons.person
    where visits.day = {day} and place = 0 and session_number = 1
)

select
    '{{"recordedAt": "' || utc_iso_ms(saved_ms)
    || '", "anonymousId": "' || uuid_of('segment ' || browser_key) || '", ' || data as line,
    answered.person as _person,
    visit_id as _key
from answered inner join onetrust_choices using (utc_day, choice, language, is_european)
order by saved_ms, visit_id
"""


def tcf_consents(night: Night) -> Export:
    """Describe the file of a night.

    Returns
    -------
    Export
        One record per line, in the order in which they were saved.
    """
    rows = [
        (day, choice, language, is_european, tc_data(day, choice, language, is_european))
        # until 9 a.m. it is still the day before in UTC
        for day in (night.day - 1, night.day)
        for choice in CHOICES
        for language in LANGUAGES
        for is_european in (False, True)
    ]
    names = ("utc_day", "choice", "language", "is_european", "data")
    columns = map(np.array, zip(*rows, strict=True))
    night.table("onetrust_choices", **dict(zip(names, columns, strict=True)))
    query = QUERY.format(day=night.day)
    return Export(f"tcf_consents_{night.date}.ndjson", query, Lines())


@lru_cache(maxsize=256)
def tc_data(utc_day: int, choice: str, language: str, is_european: bool) -> str:
    """Return a record's fields, as JSON without the brace that opens it.

    Parameters
    ----------
    utc_day
        Day number in UTC: such strings have no time of day.
    choice
        Of ``CHOICES``.
    language
        The banner's language.
    is_european
        Whether the GDPR applies.

    Returns
    -------
    str
        TCData.
    """
    record: dict[str, Any] = {
        "tcfPolicyVersion": POLICY_VERSION,
        "cmpId": BANNER_ID,
        "cmpVersion": BANNER_VERSION,
        "gdprApplies": is_european,
    }
    is_closed = choice == "closed"
    if is_european or not is_closed:
        agreed, interests = CHOICES[choice]
        vendors = tuple(TOLD["vendors"]) if agreed else ()
        interested = tuple(TOLD["interested_vendors"]) if interests else ()
        string = TcString(
            created=deciseconds(utc_day),
            last_updated=deciseconds(utc_day),
            cmp_id=BANNER_ID,
            cmp_version=BANNER_VERSION,
            consent_screen=2 if choice in {"statistics", "some"} else 1,
            consent_language=language,
            # a new vendor list is published every Thursday
            vendor_list_version=35 + (utc_day - 20_089) // 7,
            purposes=agreed,
            legitimate_purposes=interests,
            vendors=vendors,
            legitimate_vendors=interested,
        )
        record = {
            "tcString": string.encode(),
            **record,
            "eventStatus": "cmpuishown" if is_closed else "useractioncomplete",
            **TOLD["site"],
            "purpose": _flags(PURPOSES, agreed, PURPOSES, interests),
            "vendor": _flags(TOLD["vendors"], vendors, TOLD["interested_vendors"], interested),
            **TOLD["features_and_publisher"],
        }
    return json.dumps(record)[1:]


def _flags(
    asked: Iterable[int], agreed: Iterable[int], claimed: Iterable[int], interests: Iterable[int]
) -> dict[str, dict[str, bool]]:
    """Return which numbers have consent, and which a legitimate interest."""
    return {
        "consents": {str(number): number in agreed for number in asked},
        "legitimateInterests": {str(number): number in interests for number in claimed},
    }
