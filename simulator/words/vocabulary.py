"""Small tables and macros with which queries turn numbers into words."""

import math
from collections.abc import Iterable

import numpy as np

from simulator import data
from simulator.company import DAY_MS, HOUR_MS, KOREA_AHEAD_MS, Company, day_number
from simulator.night import Connection
from simulator.words import typos
from simulator.words.text_lists import sql_list
from simulator.world.catalogue import make_catalogue
from simulator.world.contacts import PHONES

AD_CAMPAIGNS = """
create table ad_campaigns as
select
    channel,
    campaign,
    20110000000 + channel * 1000003 + campaign * 7919 as campaign_id,
    ['Brand', 'Prospecting', 'Retargeting'][campaign + 1] || ' | '
    || ['Search', 'Social', 'Search', 'Display'][channel + 1] || ' | KR' as campaign_name
from channels cross join (select unnest(range(3)) as campaign)
where kind = 'ad'
order by channel, campaign
"""
"""Three on each platform, which never change."""


NAMES = ("surnames", "first_syllables", "second_syllables", "countries", "foreign_names", "regions")
"""Tables of words. Their columns become lists, named after both, in the only row of ``word_lists``:
a join with that row keeps the order."""


def create_vocabulary(connection: Connection, company: Company) -> None:
    """Create the small tables and the macros that turn numbers into words.

    Parameters
    ----------
    connection
        An empty database.
    """
    _create_people_words(connection)
    shops = data.columns("words/stores")["name"]
    stores = [shops[number % len(shops)] for number in range(company.stores)]
    add_table(connection, "stores", store=range(company.stores), store_name=stores)
    add_table(
        connection,
        "channels",
        channel=range(len(company.channels)),
        channel_name=[channel.name for channel in company.channels],
        kind=[channel.kind for channel in company.channels],
    )
    connection.execute(AD_CAMPAIGNS)
    _create_products(connection, company)
    _create_macros(connection, company)
    connection.execute(typos.MACROS)


def add_table(connection: Connection, name: str, **columns: Iterable[int] | Iterable[str]) -> None:
    """Create a table from columns of numbers or words.

    Parameters
    ----------
    **columns
        Values; all of one length.
    """
    arrays = {}
    for column, values in columns.items():
        array = np.array(list(values))
        arrays[column] = array if array.dtype.kind == "i" else array.astype(object)
    connection.register("given_words", arrays)
    connection.execute(f"create table {name} as select * from given_words")
    connection.unregister("given_words")


def _create_people_words(connection: Connection) -> None:
    """Create the tables of names and places, and the macros for short lists."""
    for name in (*NAMES, "districts"):
        words = data.columns(f"words/{name}")
        add_table(connection, name, number=range(len(next(iter(words.values())))), **words)
    lists = ", ".join(
        f"(select list({column} order by number) from {name}) as {name}_{column}"
        for name in NAMES
        for column in data.columns(f"words/{name}")
    )
    connection.execute(f"""
        create table word_lists as
        select
            {lists},
            (select list(names order by number) from (
                select regions.number, list(district order by districts.number) as names
                from regions inner join districts on regions.korean = districts.region
                group by regions.number
            )) as regions_districts;
        -- the code of ISO 3166-2 and the capital
        create view region_places as
        select korean as province, code as region, latitude, longitude from regions
    """)
    for macro, name, column in (
        ("provider_name", "providers", "domain"),
        ("area_code", "area_codes", "code"),
        ("road_name", "roads", "korean"),
        ("road_latin", "roads", "latin"),
    ):
        listed = sql_list(data.columns(f"words/{name}")[column])
        connection.execute(f"create macro {macro}(number) as ({listed})[number + 1]")


def _create_products(connection: Connection, company: Company) -> None:
    """Create the table of products."""
    catalogue, categories = make_catalogue(company.draws), data.columns("words/categories")
    add_table(
        connection,
        "product_words",
        product=range(len(catalogue)),
        category=catalogue.category,
        rank=catalogue.rank,
        tier=catalogue.tier,
        brand=catalogue.brand,
        product_name=catalogue.name,
        product_korean=catalogue.name_korean,
    )
    connection.execute(f"""
        create table products as
        select
            product, category, rank, tier, brand,
            'DM-' || lpad(product::varchar, 5, '0') as sku,
            '880' || lpad((product * 7919 % 1000000000)::varchar, 9, '0') as barcode_digits,
            product_name,
            product_korean,
            ({sql_list(categories["name"])})[category + 1] as category_name,
            ({sql_list(categories["korean"])})[category + 1] as category_korean,
            ({sql_list(data.columns("words/brands")["name"])})[brand + 1] as brand_name,
            regexp_replace(lower(product_name), '[^a-z0-9]+', '-', 'g') || '-' || product
                as handle
        from product_words
        order by product""")


IDS = {
    "customer_id": "7210000000000 + {}",
    # leaves a number after each for the record that a merge creates
    "hubspot_id": "101000000000 + 3 * {}",
    "salesforce_number": "44000000 + 7 * {}",
    "mailchimp_id": "290000000 + 3 * {}",
    "zendesk_user": "21000000000000 + {}",
}
"""Systems' ids of people, by the number in their address."""


def _id_macros(size: int) -> str:
    """Write macros for ids that can't be derived from an address or from another system's id."""
    return "".join(
        f"create macro {name}(number) as "
        + form.format(f"((number * {_step(size, place)} + {size // (3 + place)}) % {size})")
        + ";\n"
        for place, (name, form) in enumerate(IDS.items())
    )


def _step(size: int, place: int) -> int:
    """Return a number coprime to ``size``: its multiples reach all numbers."""
    # a multiple of the golden ratio, so that neighbours are far apart
    first = max(size * (618_033_988_749 * (place + 1) % 10**12) // 10**12, 1)
    return next(each for each in range(first, 2 * size + 2) if math.gcd(each, size) == 1)


def _create_macros(connection: Connection, company: Company) -> None:
    """Create the macros that queries use."""
    opened, slots = day_number(company.opened), company.customers * 8
    connection.execute(f"""
        -- a number of ``contacts.py`` as people write it; foreign ones are in the range for fiction
        create macro phone_text(number) as if(
            number < {PHONES},
            '010-' || lpad((number // 10000)::varchar, 4, '0')
            || '-' || lpad((number % 10000)::varchar, 4, '0'),
            '+1 ' || area_code((number - {PHONES}) // 100)
            || '-555-' || lpad(((number - {PHONES}) % 100 + 100)::varchar, 4, '0')
        );
        -- a text's UUID of version 4: always the same
        create macro uuid_of(text) as
            substr(md5(text), 1, 8) || '-' || substr(md5(text), 9, 4) || '-4'
            || substr(md5(text), 14, 3) || '-a' || substr(md5(text), 18, 3)
            || '-' || substr(md5(text), 21, 12);
        -- Korea is nine hours ahead of UTC
        create macro korea_day(ms) as (ms + {KOREA_AHEAD_MS}) // {DAY_MS};
        -- milliseconds since midnight in Korea
        create macro ms_of_day(ms) as (ms + {KOREA_AHEAD_MS}) % {DAY_MS};
        -- when a day begins in Korea: UTC, in milliseconds since 1970-01-01
        create macro midnight_ms(day) as day::bigint * {DAY_MS} - {KOREA_AHEAD_MS};
        -- a full hour of a day in Korea, likewise
        create macro hour_ms(day, hour) as midnight_ms(day) + hour * {HOUR_MS};
        -- durations in milliseconds
        create macro hours_ms(hours) as hours * {HOUR_MS};
        create macro minutes_ms(minutes) as minutes * 60000;
        -- a moment as Korean and as UTC timestamp, without a zone
        create macro at_korea(ms) as make_timestamp((ms + {KOREA_AHEAD_MS}) * 1000);
        create macro at_utc(ms) as make_timestamp(ms * 1000);
        -- the same as texts: to the second; by ISO 8601 with the zone; and that with milliseconds
        create macro korea_text(ms) as strftime(at_korea(ms), '%Y-%m-%d %H:%M:%S');
        create macro utc_text(ms) as strftime(at_utc(ms), '%Y-%m-%d %H:%M:%S');
        create macro korea_iso(ms) as strftime(at_korea(ms), '%Y-%m-%dT%H:%M:%S+09:00');
        create macro utc_iso(ms) as strftime(at_utc(ms), '%Y-%m-%dT%H:%M:%SZ');
        create macro utc_iso_ms(ms) as strftime(at_utc(ms), '%Y-%m-%dT%H:%M:%S.%gZ');
        -- a day number as a date
        create macro date_of(day) as date '1970-01-01' + day::integer;
        -- a number from 0 to size - 1 as a function of its key and its purpose, like ``draws.py``
        create macro roll(key, salt, size) as
            (
                (md5_number(salt || ':{company.seed}:' || key::varchar) >> 64)::ubigint % size
            )::bigint;
        -- whether something happens, with a given chance
        create macro happens(key, salt, share) as
            roll(key, salt, 1000000) < share * 1000000;
        -- whether a mistake happens; never in a clean company
        create macro slips(key, salt, share) as
            {str(company.dirty).lower()} and happens(key, salt, share);
        -- one of a list's words
        create macro one_of(words, key, salt) as words[roll(key, salt, len(words)) + 1];
        -- the id of a messaging campaign, the same in all systems
        create macro message_campaign_id(channel, day) as
            uuid_of('campaign ' || channel || ' ' || day);
        -- its name: channel, date and theme
        create macro message_campaign_name(channel, day, theme) as
            ['Ads', 'Ads', 'Ads', 'Ads', 'Letter', 'Push', 'SMS', 'Kakao'][channel + 1] || ' '
            || strftime(date_of(day), '%Y-%m-%d') || ' '
            || if(theme < 0, 'everybody', (
                select any_value(category_name) from products where category = theme
            ));
        -- a name as a part of an address: lower-case letters, digits and hyphens
        create macro slug_of(text) as
            trim(regexp_replace(lower(text), '[^a-z0-9]+', '-', 'g'), '-');
        -- of the three ranges that are reserved for documentation
        create macro documentation_ip(key, salt) as
            ['192.0.2.', '198.51.100.', '203.0.113.'][roll(key, salt || ' net', 3) + 1]
            || (1 + roll(key, salt || ' host', 254));
        -- whether something that begins and ends holds on a day
        create macro is_between(day, since, until) as since <= day and day < until;
        -- a visit's order number: it grows from day to day, and shuffles the orders of one
        create macro order_number(visit) as 1001 + (visit // {slots} - {opened}) * {slots}
            + (visit % {slots} * {_step(slots, 0)} + visit // {slots} * 7919) % {slots};
        -- as the shop shows it
        create macro order_name(visit) as '#' || order_number(visit);
        {_id_macros(2 * company.customers)}
        -- a loyalty card's number with a check digit
        create macro card_text(number) as 'DM' || lpad((number * 10 + number % 7)::varchar, 9, '0');
    """)
