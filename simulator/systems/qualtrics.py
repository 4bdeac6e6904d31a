"""The survey after purchases in shops: Qualtrics' responses, one file a night.

There are three rows above the data: names, questions, and import ids as JSON; only there is the
time zone. Colleagues who test the survey leave rows with ``Survey Preview``, which must be dropped.
People invited by mail are known; people who scanned the code on the receipt are anonymous, with the
number of the card that was shown, which may be someone else's. The names of the NPS columns and of
the embedded field ``store`` are not taken from a real file.
"""

import json

from simulator import data
from simulator.export import Csv, Export, Exports, Night
from simulator.systems.typeform import liked_by
from simulator.words.texts import create_texts
from simulator.world.unwanted import NETWORKS

NAME = "qualtrics"

IN_ZONE = ("startDate", "endDate", "recordedDate")

CAPITALS = zip(
    data.numbers("words/regions", "latitude"),
    data.numbers("words/regions", "longitude"),
    strict=True,
)
PLACES = dict(zip(data.columns("words/regions")["latin"], CAPITALS, strict=True)) | {
    "Jeollanam-do": (34.7604, 127.6622)
}
"""The location of an IP address: the biggest city of each province, the capital except in one."""

UNFINISHED_SHARE = 0.08

RESPONSES = """
with responded as (
    select
        texts.*,
        texts.text_key::varchar as response_key,
        'IP Address' as status,
        persons.household, persons.province_latin, persons.family_name, persons.given_name,
        persons.email, persons.card_day, orders.card_person,
        if(orders.is_second_card, persons.second_card_number, persons.card_number) as card_number,
        stores.store_name
    from reaction_texts as texts
    inner join persons on texts.person = persons.person
    inner join orders on texts.visit_id = orders.visit_id
    inner join stores on orders.store = stores.store
    where texts.kind = 4 and texts.day = {day}
    union all by name
    select
        'preview ' || {day} || ' ' || each as response_key,
        'Survey Preview' as status,
        hour_ms({day}, 9) + roll(response_key, 'qualtrics preview at', hours_ms(9)) as at_ms,
        1.0 as satisfaction,
        'good' as mood,
        'staff' as topic,
        'test' as typed,
        'ko' as written_in,
        'Seoul' as province_latin,
        -1 as household
    from (select unnest(range(roll({day}, 'qualtrics previews', 5) - 2)) as each)
),

answered as (
    select
        *,
        status = 'Survey Preview' as is_preview,
        coalesce(
            card_person = person and happens(response_key, 'qualtrics invited', 0.65), false
        ) as is_invited,
        not happens(response_key, 'qualtrics stops', {unfinished}) as is_finished,
        22 + wait_of(response_key, 'qualtrics takes', minutes_ms(1), minutes_ms(25)) // 1000
            as seconds,
        happens(response_key, 'qualtrics placed', 0.8) as is_placed,
        roll(response_key, 'qualtrics north', 1000) / 20000.0 - 0.025 as north,
        roll(response_key, 'qualtrics east', 1000) / 20000.0 - 0.025 as east,
        recommends(satisfaction, response_key, 'qualtrics score') as score,
        array_to_string({liked}, ',') as liked
    from responded
)

select
    korea_text(at_ms - seconds * 1000) as "StartDate",
    korea_text(at_ms) as "EndDate",
    status as "Status",
    ({networks})[roll(household, 'qualtrics network', 3) + 1]
        || '.' || (1 + roll(household, 'qualtrics address', 254)) as "IPAddress",
    if(is_finished, 100, one_of([33, 67], response_key, 'qualtrics progress')) as "Progress",
    seconds as "Duration (in seconds)",
    if(is_finished, 'True', 'False') as "Finished",
    korea_text(at_ms + 1000) as "RecordedDate",
    'R_' || translate(
        substr(md5('qualtrics ' || response_key), 1, 15), '0123456789abcdef', '1hV7bQ2xKdT9mZsE'
    ) as "ResponseId",
    if(is_invited, family_name, null) as "RecipientLastName",
    if(is_invited, given_name, null) as "RecipientFirstName",
    if(is_invited, email, null) as "RecipientEmail",
    if(card_person >= 0, card_text(card_number), null) as "ExternalReference",
    if(is_placed, printf('%.4f', ({north})[province_latin] + north), null) as "LocationLatitude",
    if(is_placed, printf('%.4f', ({east})[province_latin] + east), null) as "LocationLongitude",
    case when is_preview then 'preview' when is_invited then 'email' else 'anonymous' end
        as "DistributionChannel",
    if(written_in = 'en', 'EN', 'KO') as "UserLanguage",
    case when score >= 9 then 'Promoter' when score >= 7 then 'Passive' else 'Detractor' end
        as "Q1_NPS_GROUP",
    score as "Q1",
    if(is_finished, typed, null) as "Q2",
    if(is_finished, nullif(liked, ''), null) as "Q3",
    store_name as store,
    person as _person,
    truth as _key,
    if(is_finished and typed <> text, text, null) as "_clean_Q2"
from answered
order by at_ms, response_key
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the day's responses."""
    create_texts(night.connection)
    query = RESPONSES.format(
        day=night.day,
        liked=liked_by("response_key", "qualtrics"),
        unfinished=UNFINISHED_SHARE,
        networks=list(NETWORKS),
        north="map " + str({place: north for place, (north, _) in PLACES.items()}),
        east="map " + str({place: east for place, (_, east) in PLACES.items()}),
    )
    told = data.columns("formats/qualtrics")
    imports = tuple(
        json.dumps(
            {"ImportId": name} | ({"timeZone": "Asia/Seoul"} if name in IN_ZONE else {}),
            separators=(",", ":"),
        )
        for name in told["import_id"]
    )
    form = Csv(more_headers=(told["question"], imports))
    yield Export(f"store_survey_{night.date}.csv", query, form)
