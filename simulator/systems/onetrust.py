"""OneTrust: data subjects and collection points on Thursdays, the banner's consents every night.

``data_subjects`` contains the API's responses: one page of fifty profiles per line, so a line is
about fifty people, and a row of the truth is a profile, numbered through all pages. The identifier
is usually the e-mail, or a phone number or customer id if another system sent the consent; a
recreated account is another data subject. The structures are OneTrust's, with ``page`` and ``size``
as requested; the files' names and the lines are our own convention. The banner's ``tcf_consents``
are described in ``onetrust_banner.py``.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import data
from simulator.common.contact_forms import international
from simulator.common.reconfirmation import POLICIES, create_macros
from simulator.export import Export, Exports, Lines, Night
from simulator.forms import write_lines
from simulator.night import Connection
from simulator.systems.onetrust_banner import tcf_consents
from simulator.world.people import NEVER

NAME = "onetrust"
COUNTS_SESSIONS = True

THURSDAY = 3

PAGE = 50
"""Profiles per page: the API's maximum."""

TERMS = 6

PLACES = {"form": 0, "centre": 1, "app": 2, "link": 3, "refusal": 4, "notice": 5}
"""Positions among the collection points."""

PURPOSES: list[str] = data.tree("formats/onetrust")["purposes"]
"""By permission number; the last is the one to which everyone with an account agrees."""

POINTS: list[dict[str, Any]] = data.tree("formats/onetrust")["points"]
"""Collection points: name, type, and the purposes of each."""

SUBJECTS = """
with subjects as (
    select
        person, app_day, second_account_day, email, second_email, email_number,
        second_email_number, phone,
        -- the terms hold for ever
        [email_from, push_from, sms_from, kakao_from, ads_from, night_from, 0] as since_days,
        [email_until, push_until, sms_until, kakao_until, ads_until, night_until, {never}]
            as until_days
    from everyone where onetrust_day <= {day}
),

judged as (
    select
        person,
        app_day,
        unnest(range(7)) as purpose,
        unnest(since_days) as since,
        unnest(until_days) as until,
        case
            when since = {never} and happens(person * 8 + purpose, 'onetrust asked', 0.7)
                then 'NO_CONSENT'
            when since > {day} then null
            when until > {day} then 'ACTIVE'
            when has_lapsed(person, since, until) then 'EXPIRED'
            else 'WITHDRAWN'
        end as status,
        case
            when purpose = {terms} then {form}
            when status = 'EXPIRED' then {notice}
            when status = 'ACTIVE' and confirmed_day(person, since, until, {day}) > since
                then {notice}
            when status = 'ACTIVE' then if(app_day <= since, {app}, {form})
            when status = 'WITHDRAWN' and purpose in (2, 3) then {refusal}
            when status = 'WITHDRAWN' and purpose = 0 and leaves_by_link(person) then {link}
            when status = 'WITHDRAWN' then if(app_day <= until, {app}, {centre})
            else {form}
        end as point
    from subjects
),

purposes as (
    select
        person,
        string_agg(
            [{heads}][purpose + 1] || status || '", "LastTransactionCollectionPointId": "'
            || [{points}][point + 1] || '"}}', ', ' order by purpose
        ) as purposes
    from judged where status is not null
    group by person
),

profiles as (
    select *, 1 as number, email as subject_email, email_number as account_number from subjects
    union all
    -- the account that was made again
    select *, 2, second_email, second_email_number
    from subjects
    where second_account_day <= {day} and happens(person, 'onetrust second profile', 0.6)
)

select
    case
        when number = 1 and happens(profiles.person, 'onetrust by phone', 0.04)
            then {international_phone}
        when number = 1 and happens(profiles.person, 'onetrust by id', 0.03)
            then customer_id(account_number)::varchar
        else subject_email
    end as _identifier,
    if(position('@' in _identifier) > 0
        and slips(profiles.person * 2 + number, 'onetrust e-mail', 0.008),
        mistyped_email(_identifier, profiles.person), _identifier) as _told,
    '{{"Id": "' || uuid_of('onetrust ' || profiles.person || ' ' || number)
    || '", "Identifier": ' || to_json(_told) || ', "Purposes": [' || purposes || ']}}'
        as profile,
    profiles.person as _person,
    account_number as _key,
    if(_told <> _identifier, _identifier, null) as "_clean_Identifier"
from profiles inner join purposes on profiles.person = purposes.person
order by profiles.person, number
"""

PAGES = f"""
select
    '{{"page": ' || place // {PAGE} || ', "size": {PAGE}, "content": ['
    || string_agg(profile, ', ' order by place) || ']}}' as line
from onetrust_waiting
group by place // {PAGE}
"""

FULL = f"having count(*) = {PAGE}"


@dataclass(frozen=True)
class Pages(Lines):
    """Pages of profiles, one per line. An incomplete page waits for the next block, or the end."""

    def write(self, connection: Connection, columns: list[str], path: Path, is_first: bool) -> None:
        """Append the full pages to the file."""
        if is_first:
            connection.execute("""
                create or replace table onetrust_waiting (place bigint, profile varchar);
                create or replace sequence onetrust_places minvalue 0 start 0;
            """)
        connection.execute("""
            insert into onetrust_waiting
            select nextval('onetrust_places'), profile
            from (select profile from exported order by rowid)
        """)
        write_lines(connection, f"{PAGES} {FULL} order by place // {PAGE}", path, is_first)
        connection.execute(f"""
            delete from onetrust_waiting where place // {PAGE} in (
                select place // {PAGE} from onetrust_waiting group by all {FULL}
            )""")


def exports(night: Night) -> Exports:
    """List the files of a night: the banner's consents every night, the rest after Thursdays."""
    if night.date.weekday() == THURSDAY:
        create_macros(night.connection)
        query = SUBJECTS.format(
            day=night.day,
            never=NEVER,
            terms=TERMS,
            **PLACES,
            heads=", ".join(
                f"""'{{"Id": "{_id("purpose", number)}", "Name": "{name}", "Status": "'"""
                for number, name in enumerate(PURPOSES)
            ),
            points=", ".join(f"'{_id('point', number)}'" for number in range(len(POINTS))),
            international_phone=international("phone"),
        )
        name = f"data_subjects_{night.date}.ndjson"
        yield Export(name, query, Pages(), of_everyone=True, footer=PAGES)
        points = collection_points(night.day).replace("'", "''")
        name = f"collection_points_{night.date}.ndjson"
        yield Export(name, f"select '{points}' as line", Lines())
    yield tcf_consents(night)


def collection_points(day: int) -> str:
    """List the collection points as the API returns them.

    Parameters
    ----------
    day
        The day's number: forms follow new policies, consents from other systems do not.

    Returns
    -------
    str
        The only page.
    """
    latest = sum(since <= day for since, _ in POLICIES)
    content = []
    for number, point in enumerate(POINTS):
        version = latest if point["type"] != "API" else 1
        listed = [
            {
                "Id": _id("purpose", purpose),
                "Label": PURPOSES[purpose],
                "Status": "ACTIVE",
                "Version": version,
                "NewVersionAvailable": version < latest,
            }
            for purpose in point["purposes"]
        ]
        content.append(
            {
                "Id": _id("point", number),
                "Name": point["name"],
                "CollectionPointType": point["type"],
                "Purposes": listed,
            }
        )
    return json.dumps({"page": 0, "size": PAGE, "content": content})


def _id(kind: str, number: int) -> str:
    """Return the id that OneTrust assigned."""
    text = hashlib.md5(f"onetrust {kind} {number}".encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
