"""How systems write the same contact: pieces of SQL that several of them share."""

from __future__ import annotations

from simulator.words.names import VARIANTS

REGION_PLACES = """
create or replace table region_places as select * from (values
    ('서울특별시', '11', '37.5665000', '126.9780000'),
    ('부산광역시', '26', '35.1796000', '129.0756000'),
    ('대구광역시', '27', '35.8714000', '128.6014000'),
    ('인천광역시', '28', '37.4563000', '126.7052000'),
    ('광주광역시', '29', '35.1595000', '126.8526000'),
    ('대전광역시', '30', '36.3504000', '127.3845000'),
    ('울산광역시', '31', '35.5384000', '129.3114000'),
    ('경기도', '41', '37.2636000', '127.0286000'),
    ('강원특별자치도', '42', '37.8813000', '127.7298000'),
    ('충청북도', '43', '36.6424000', '127.4890000'),
    ('충청남도', '44', '36.8151000', '127.1139000'),
    ('전북특별자치도', '45', '35.8242000', '127.1480000'),
    ('전라남도', '46', '34.9506000', '127.4872000'),
    ('경상북도', '47', '36.0190000', '129.3435000'),
    ('경상남도', '48', '35.2280000', '128.6811000'),
    ('제주특별자치도', '49', '33.4996000', '126.5312000'),
    ('세종특별자치시', '50', '36.4800000', '127.2890000')
) as places (province, region, latitude, longitude);

-- of the three ranges that are reserved for documentation
create or replace macro documentation_ip(key, salt) as
    ['192.0.2.', '198.51.100.', '203.0.113.'][roll(key, salt || ' net', 3) + 1]
    || (1 + roll(key, salt || ' host', 254));
"""
"""IP addresses and their locations: a region's ISO 3166-2 code and its capital."""


def international(phone: str) -> str:
    """Return SQL for a phone number in the international form, ``+821012345678``.

    Parameters
    ----------
    phone
        SQL for a number as ``phone_text`` writes it: ``010-1234-5678`` or ``+1 212-555-0100``.

    Returns
    -------
    str
        E.164: a plus, the country code, and digits only.
    """
    digits = f"regexp_replace({phone}, '[^0-9]', '', 'g')"
    return f"if({phone} like '+%', '+' || {digits}, '+82' || substr({digits}, 2))"


def known_phone(seen: str) -> str:
    """Return SQL for the number in a record: the new one if it was given after the change.

    Parameters
    ----------
    seen
        SQL for the day on which the number was last given.

    Returns
    -------
    str
        A number as ``phone_text`` writes it.
    """
    return f"if(number_change_day <= {seen}, second_phone_number, phone_number)"


def known_address(part: str, seen: str) -> str:
    """Return SQL for a part of the address in a record.

    Parameters
    ----------
    part
        As in ``persons``: ``street``, ``flat``, ``city``, ``province``, ``postcode``.
    seen
        SQL for the day on which the address was last given.

    Returns
    -------
    str
        The first address, or the second if it was given after the move.
    """
    return f"if(move_day <= {seen}, second_{part}, first_{part})"


def other_spelling() -> str:
    """Return SQL for the family name in Latin letters as some of its bearers spell it.

    Returns
    -------
    str
        ``Yi`` for a ``Lee`` who spells it that way; the usual spelling for everyone else.
    """
    cases = " ".join(f"when '{usual}' then '{other}'" for usual, other in VARIANTS.items())
    return f"if(spells_otherwise, case family_latin {cases} else family_latin end, family_latin)"


def moment(day: str, key: str, salt: str) -> str:
    """Return SQL for a moment of a day in Korea, between 8 a.m. and 11 p.m.

    Parameters
    ----------
    day
        SQL for a day's number.
    key
        SQL for the subject; with the day it is the draw's key.
    salt
        The draw's name.

    Returns
    -------
    str
        UTC, in milliseconds since 1970-01-01, at a whole second.
    """
    draw = f"roll({key} || ' ' || {day}, '{salt}', 54000)"
    return f"({day} * 86400000 - 32400000 + 28800000 + {draw} * 1000)"


def lately(day: int, since: str, key: str, salt: str) -> str:
    """Return SQL for the last day on which a record was edited, as most are occasionally.

    Parameters
    ----------
    day
        The night's number.
    since
        SQL for the day on which the record was created.
    key
        SQL for the record.
    salt
        The draws' name.

    Returns
    -------
    str
        A day's number, from ``since`` to ``day``: edits are 20 to 200 days apart.
    """
    period = f"(20 + roll({key}, '{salt} period', 180))"
    return f"greatest({since}, {day} - ({day} + roll({key}, '{salt} phase', 200)) % {period})"
