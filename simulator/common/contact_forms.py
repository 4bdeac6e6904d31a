"""How systems write the same contact: pieces of SQL that several of them share."""

from simulator import data


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


def known_contact(seen: str) -> dict[str, str]:
    """Return SQL for a record's ``phone`` and the parts of its address, by these names.

    Parameters
    ----------
    seen
        SQL for the day on which they were last given.

    Returns
    -------
    dict of str to str
        For ``str.format``.
    """
    parts = ("street", "flat", "city", "province", "postcode")
    return {"phone": known_phone(seen), **{part: known_address(part, seen) for part in parts}}


def other_spelling() -> str:
    """Return SQL for the family name in Latin letters as some of its bearers spell it.

    Returns
    -------
    str
        ``Yi`` for a ``Lee`` who spells it that way; the usual spelling for everyone else.
    """
    names = data.columns("words/surnames")
    cases = " ".join(
        f"when '{usual}' then '{other}'"
        for usual, other in zip(names["latin"], names["other_latin"], strict=True)
        if other
    )
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
    return f"(hour_ms({day}, 8) + {draw} * 1000)"


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
