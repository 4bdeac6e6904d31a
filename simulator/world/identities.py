"""Numbers become names: ``persons`` and ``everyone``, with the texts by which systems know people.

One row per requested person: all traits and contact points, and what they write on forms: names in
two scripts, addresses, e-mails, phone numbers. The texts are clean: errors by a system or its users
are added by that system (``typos.py``).
"""

import numpy as np

from simulator import data
from simulator.company import Company
from simulator.draws import Integers, shuffled
from simulator.night import Connection, Night
from simulator.world.contacts import PERMISSIONS, contacts
from simulator.world.people import BLOCK, block


def add_persons(
    connection: Connection, company: Company, persons: Integers, table: str = "person_rows"
) -> None:
    """Add people to a table of persons; create it if necessary.

    Parameters
    ----------
    persons
        Their numbers, ascending.
    """
    numbers = np.unique(persons // BLOCK) if len(persons) else np.zeros(1, dtype=np.int64)
    parts = []
    for number in numbers.tolist():
        local = persons[persons // BLOCK == number] - number * BLOCK
        traits = _traits(company, number, local)
        parts.append({"local": local, **traits, **_drawn(company, number, local)})
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    connection.register("numbered", columns)
    connection.execute(f"create table if not exists {table} as {PERSONS} limit 0")
    connection.execute(f"insert into {table} {PERSONS}")
    connection.unregister("numbered")


def show_others(night: Night, persons: Integers, view: str) -> None:
    """Show people who may be missing from the night's ``persons``, as they are on that day.

    Parameters
    ----------
    persons
        Their numbers, ascending.
    view
        Its name; it replaces an earlier night's.
    """
    execute = night.connection.execute
    execute(f"drop view if exists {view}; drop table if exists {view}_rows")
    add_persons(night.connection, night.company, persons, f"{view}_rows")
    show_persons(night.connection, night.day, f"{view}_rows", view)


def show_persons(connection: Connection, day: int, table: str, view: str) -> None:
    """Show people as they are on a day: with that day's phone number, address and home.

    Parameters
    ----------
    day
        The day's number.
    table
        Filled by :func:`add_persons`.
    """
    connection.execute(f"create or replace view {view} as select *, {on_day(day)} from {table}")


def on_day(day: int | str) -> str:
    """Return SQL for a person's changeable attributes as of a day.

    Parameters
    ----------
    day
        The day's number, or SQL for it.

    Returns
    -------
    str
        Columns, separated by commas.
    """
    return ", ".join(
        f"if({since} <= {day}, {new}, {old}) as {name}" for name, since, old, new in CURRENT
    )


def _count(words: str) -> int:
    """Return the number of rows of a table of words."""
    return len(next(iter(data.columns(f"words/{words}").values())))


NAMES_OF_A_COUNTRY = _count("foreign_names") // _count("countries")
"""All have as many; given and family names are mixed."""

CURRENT = (
    ("phone", "number_change_day", "phone_number", "second_phone_number"),
    ("any_email", "second_email_day", "email", "second_email"),
    *(
        (name, "move_day", f"first_{name}", f"second_{name}")
        for name in "street street_latin flat city province province_latin postcode".split()
    ),
)
"""What can change: name, day of the change, value before and value since."""


def _traits(company: Company, number: int, local: Integers) -> dict[str, np.ndarray]:
    """Return all traits that are one number or boolean per person."""
    taken, book = {}, contacts(company, number)
    for table in (block(company, number), book):
        for name, some in table.where(local).columns().items():
            if some.ndim == 1:
                # CPUs differ in the last bit of a logarithm
                taken[name] = np.round(some, 9) if some.dtype.kind == "f" else some
    for column, permission in enumerate(PERMISSIONS):
        taken[f"{permission}_from"] = book.allowed_from[local, column]
        taken[f"{permission}_until"] = book.allowed_until[local, column]
    return taken


def _drawn(company: Company, number: int, local: Integers) -> dict[str, np.ndarray]:
    """Draw the positions of the names, and the parts of addresses and e-mails."""
    draws, people = company.draws, block(company, number)
    person, household = people.person[local], people.household[local]
    book, head = contacts(company, number), household - number * BLOCK
    partner = people.position[local] == 1
    cards = 2 * company.customers
    family = np.where(partner, person, household)
    surnames = data.numbers("words/surnames", "per_thousand")
    countries = data.numbers("words/countries", "weight")
    drawn = {
        # children have the first member's family name, partners their own
        "surname": draws.choice(surnames, "surname", family),
        "first_syllable": draws.below(_count("first_syllables"), "first syllable", person),
        "second_syllable": draws.below(_count("second_syllables"), "second syllable", person),
        "spells_otherwise": draws.chance(0.25, "spells otherwise", person),
        "country": draws.choice(countries, "country", household),
        "given": draws.below(NAMES_OF_A_COUNTRY, "given", person),
        "family": draws.below(NAMES_OF_A_COUNTRY, "family", family),
        "birth_month": 1 + draws.below(12, "birth month", person),
        "birth_day": 1 + draws.below(28, "birth day", person),
        "email_style": draws.below(4, "e-mail style", person),
        "email_number": shuffled(person * 2, 2 * company.customers, company.seed + 1),
        "second_email_number": shuffled(person * 2 + 1, 2 * company.customers, company.seed + 1),
        # of the card that the person shows, which may be someone else's
        "card_number": shuffled(book.card_person[local] * 2, cards, company.seed + 2),
        "second_card_number": shuffled(book.card_person[local] * 2 + 1, cards, company.seed + 2),
        "head_phone": book.phone[head],
        "head_second_phone": book.second_phone[head],
        "head_phone_change_day": book.phone_change_day[head],
    }
    for which in ("first_", "second_"):
        where = draws.bits(f"{which}address", household)
        for part, limit in (("district", 6), ("road", 10), ("house", 180), ("unit", 900)):
            drawn[which + part] = (where % np.uint64(limit)).astype(np.int64)
            where = where // np.uint64(limit)
        drawn[which + "zip"] = (where % np.uint64(1000)).astype(np.int64)
    regions = data.numbers("words/regions", "weight")
    drawn["second_region"] = draws.choice(regions, "second region", household)
    return drawn


def _address(which: str, region: str) -> str:
    """Return SQL for the parts of an address; ``which`` is ``first_`` or ``second_``."""
    districts = f"regions_districts[{region} + 1]"
    return f"""
    regions_korean[{region} + 1] as {which}province,
    regions_latin[{region} + 1] as {which}province_latin,
    {districts}[{which}district % len({districts}) + 1] as {which}city,
    road_name({which}road) || ' ' || ({which}house + 1) as {which}street,
    ({which}house + 1) || ', ' || road_latin({which}road) as {which}street_latin,
    (101 + {which}unit // 90) || '동 ' || (101 + {which}unit % 90 * 11) || '호' as {which}flat,
    regions_postcode[{region} + 1] || lpad({which}zip::varchar, 3, '0') as {which}postcode"""


def _name(part: str, script: str) -> str:
    """Return SQL for a given or family name in ``korean`` or ``latin`` letters."""
    foreign = f"foreign_names_{part}[country * {NAMES_OF_A_COUNTRY} + {part} + 1]"
    native = {
        "given": f"first_syllables_{script}[first_syllable + 1]"
        f" || second_syllables_{script}[second_syllable + 1]",
        "family": f"surnames_{script}[surname + 1]",
    }
    return f"if(is_foreign, {foreign}, {native[part]})"


PERSONS = f"""
with named as (
    select
        numbered.*,
        {_name("given", "korean")} as given_name,
        {_name("family", "korean")} as family_name,
        {_name("given", "latin")} as given_latin,
        {_name("family", "latin")} as family_latin,
        if(is_foreign, countries_code[country + 1], 'KR') as country_code,
        if(is_foreign, countries_locale[country + 1], 'ko-KR') as locale,
        {_address("first_", "region")},
        {_address("second_", "second_region")}
    from numbered cross join word_lists
),

spelled as (
    select
        *,
        if(is_foreign, given_name || ' ' || family_name, family_name || given_name) as full_name,
        given_latin || ' ' || family_latin as full_latin,
        regexp_replace(lower(strip_accents(given_latin)), '[^a-z]', '', 'g') as given_ascii,
        regexp_replace(lower(strip_accents(family_latin)), '[^a-z]', '', 'g') as family_ascii,
        make_date(birth_year, birth_month, birth_day) as birth_date,
        phone_text(if(shares_phone, head_phone, phone)) as phone_number,
        phone_text(if(shares_phone, head_second_phone, second_phone)) as second_phone_number,
        if(shares_phone, head_phone_change_day, phone_change_day) as number_change_day
    from named
)

select
    * exclude (
        surname, first_syllable, second_syllable, given, family, email_style, country,
        first_district, first_road, first_house, first_unit, first_zip, second_district,
        second_road, second_house, second_unit, second_zip, shares_phone, head_phone,
        head_second_phone, head_phone_change_day, phone, second_phone, phone_change_day, region,
        second_region
    ),
    case email_style
        when 0 then given_ascii || '.' || family_ascii || email_number
        when 1 then family_ascii || given_ascii || email_number
        when 2 then given_ascii || '_' || birth_year % 100 || '_' || email_number
        else given_ascii[1] || family_ascii || email_number
    end || '@' || provider_name(email_provider) as email,
    family_ascii || given_ascii[1] || second_email_number
    || '@' || provider_name(second_email_provider) as second_email
from spelled
"""
