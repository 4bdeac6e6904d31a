"""The older newsletter tool: Mailchimp's audience every Friday night, its activity every night.

The audience is one file per status. The tool sends one newsletter a month, on the first Monday at
nine, to people who allow e-mail; another system sends all other mail. Times are in UTC, without a
zone. Imported members have no ``OPTIN_TIME``, only a ``CONFIRM_TIME``. Tags are quoted inside their
cell. An address that bounces permanently moves to the cleaned file. Activity comes every night in
the format of a connector's table, without rows on most nights; opens by privacy proxies look like
any other. The member's id there is the MD5 of the e-mail. Merge fields and the name of the activity
file are our own choice; the position of status-specific columns follows a public test file.
"""

import hashlib

from simulator.common.contact_forms import known_contact, lately, moment, other_spelling
from simulator.company import day_number
from simulator.export import Csv, Export, Exports, Night
from simulator.systems import mailchimp_letters as letters
from simulator.words.text_lists import sql_words
from simulator.world.people import NEVER

NAME = "mailchimp"

FRIDAY = 4

STATUSES = {
    "subscribed": (
        "not is_cleaned and not is_unsubscribed",
        "greatest(touched_ms, confirmed_ms)",
        "",
    ),
    "unsubscribed": (
        "is_unsubscribed",
        "left_ms",
        """
    utc_text(left_ms) as "UNSUB_TIME",
    if(leaves_by_letter, letter_title(last_letter), null) as "UNSUB_CAMPAIGN_TITLE",
    if(leaves_by_letter, letter_campaign_id(last_letter), null) as "UNSUB_CAMPAIGN_ID",
    if(leaves_by_letter, reason, null) as "UNSUB_REASON",
    if(
        leaves_by_letter and reason = 'OTHER',
        one_of(['너무 자주 와요', '이사했어요', 'Not my language'], number, 'mailchimp words'),
        null
    ) as "UNSUB_REASON_OTHER",""",
    ),
    "cleaned": (
        "is_cleaned",
        "cleaned_ms",
        """
    utc_text(cleaned_ms) as "CLEAN_TIME",
    letter_title(bounce_day) as "CLEAN_CAMPAIGN_TITLE",
    letter_campaign_id(bounce_day) as "CLEAN_CAMPAIGN_ID",""",
    ),
}
"""Which members a file has, when they last changed, and the columns that only this file has."""

AUDIENCE = """,

chosen as (
    select
        members.*,
        left_by.letter as last_letter,
        member_day < {opened} and happens(number, 'mailchimp import', 0.6) as is_imported,
        60 + roll(number, 'mailchimp confirms', 3000) as confirm_seconds,
        happens(number, 'mailchimp leaves by letter', 0.7) as follows_link,
        {joined} as joined_ms,
        {touched} as touched_day
    from members
    asof left join mailchimp_letters as left_by on members.email_until >= left_by.letter
    where {status}
),

dated as (
    select
        *,
        joined_ms + if(is_imported, 0, confirm_seconds * 1000) as confirmed_ms,
        {changed} as touched_ms,
        {left} as left_ms,
        letter_sent_ms(bounce_day, number) + 4000 as cleaned_ms,
        follows_link and last_letter > member_day as leaves_by_letter,
        one_of({words[mailchimp reason]}, number, 'mailchimp reason') as reason,
        happens(number, 'mailchimp located', 0.6) as is_located,
        roll(number, 'mailchimp name', 100) as name_form,
        roll(number, 'mailchimp rating', 100) + if(best_channel = 4, 25, 0) as rating,
        concat_ws(
            ',',
            if(spend > 1.5, '"VIP"', null),
            if(happens(number, 'mailchimp blog', 0.25), '"Blog"', null),
            if(happens(number, 'mailchimp events', 0.15), '"이벤트"', null),
            if(is_imported, '"2024 import"', null)
        ) as tags
    from chosen
)

select
    told_email as "Email Address",
    case
        when name_form < 20 then null
        when is_foreign then given_name
        when name_form < 32 then full_name
        when name_form < 45 then given_latin
        else given_name
    end as "First Name",
    case
        when name_form < 20 then null
        when is_foreign then family_name
        when name_form < 32 then null
        when name_form < 45 then {other_spelling}
        else family_name
    end as "Last Name",
    if(
        happens(number, 'mailchimp address', 0.2),
        concat_ws('  ', {street}, {flat}, {city}, {province}, {postcode}, 'KR'),
        null
    ) as "Address",
    case when happens(number, 'mailchimp phone', 0.35)
        then phone_as_written({phone}, key) end as "Phone Number",
    case when happens(number, 'mailchimp birthday', 0.3)
        then strftime(birth_date, '%m/%d') end as "Birthday",
    case
        when member_day > {day} - 30 or rating < 35 then 2
        when rating < 60 then 3
        when rating < 90 then 4
        else 5
    end as "MEMBER_RATING",
    if(is_imported, null, utc_text(joined_ms)) as "OPTIN_TIME",
    if(is_imported, null, documentation_ip(number, 'mailchimp opt-in')) as "OPTIN_IP",
    utc_text(confirmed_ms) as "CONFIRM_TIME",
    if(is_imported, null, documentation_ip(number, 'mailchimp opt-in')) as "CONFIRM_IP",
    if(is_located, latitude, null) as "LATITUDE",
    if(is_located, longitude, null) as "LONGITUDE",
    if(is_located, 9, null) as "GMTOFF",
    if(is_located, 9, null) as "DSTOFF",
    if(is_located, 'Asia/Seoul', null) as "TIMEZONE",
    if(is_located, 'KR', null) as "CC",
    if(is_located, region, null) as "REGION",
    utc_text({changed_column}) as "LAST_CHANGED",{own_columns}
    mailchimp_id(number) as "LEID",
    substr(md5(key), 1, 10) as "EUID",
    if(happens(number, 'mailchimp note', 0.02), '매장에서 신청서 작성', null) as "NOTES",
    nullif(tags, '') as "TAGS",
    person as _person,
    number as _key,
    if(told_email <> own_email, own_email, null) as "_clean_Email Address"
from dated inner join region_places on dated.province = region_places.province
order by number
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the audience on Fridays, activity every night."""
    letters.create_letters(night)
    letter = letters.letter_of(night)
    name = f"campaign_recipient_activity_{night.date}.csv"
    if letter is None:
        yield Export(name, letters.NO_ACTIVITY)
    else:
        query = (letters.MEMBERS + letters.ACTIVITY).format(
            day=night.day, letter=letter, never=NEVER
        )
        yield Export(name, query, of_everyone=True)
    if night.date.weekday() != FRIDAY:
        return
    mark = f"{night.company.seed} mailchimp {night.day}".encode()
    digest = hashlib.blake2b(mark, digest_size=5).hexdigest()
    for status, (condition, changed_column, own_columns) in STATUSES.items():
        query = (letters.MEMBERS + AUDIENCE).format(
            day=night.day,
            words=sql_words(),
            never=NEVER,
            opened=day_number(night.company.opened),
            status=condition,
            changed_column=changed_column,
            own_columns=own_columns,
            joined=moment("member_day", "number", "mailchimp joined"),
            touched=lately(night.day, "member_day", "number", "mailchimp touch"),
            changed=moment("touched_day", "number", "mailchimp changed"),
            left=moment("email_until", "number", "mailchimp left"),
            other_spelling=other_spelling(),
            **known_contact("member_day"),
        )
        yield Export(f"{status}_members_export_{digest}.csv", query, Csv(), of_everyone=True)
