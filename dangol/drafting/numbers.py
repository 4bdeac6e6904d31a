"""Finds out which columns are numbers, and how a file writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dangol.drafting.profile import Profile

_MARKS = ((".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"))
_MOST_DIGITS = 34
_MONEY = re.compile(
    r"price|amount|total|cost|sales|revenue|fee|tax|discount|value|preis|betrag|umsatz|summe|"
    r"금액|단가|가격|매출|합계|할인|세액|요금|가액|비용",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Marks:
    """How numbers are written.

    Parameters
    ----------
    decimal, thousands
        The marks; no thousands mark is an empty text.
    is_certain
        Whether no other marks fit as many columns and mean other numbers.
    doubtful
        The columns that may be read in two ways.
    """

    decimal: str = "."
    thousands: str = ""
    is_certain: bool = True
    doubtful: tuple[int, ...] = ()


@dataclass(frozen=True)
class Number:
    """What the numbers of a column are like.

    Parameters
    ----------
    sql_type
        ``BIGINT``, ``DECIMAL(p,s)`` or ``DOUBLE``.
    negative
        How many are below zero.
    whole
        Whether all are whole numbers.
    """

    sql_type: str
    negative: int
    whole: bool


def find_marks(profile: Profile, places: Sequence[int], words: Sequence[str]) -> Marks:
    """Find the marks under which most columns are numbers.

    Parameters
    ----------
    places
        The columns that may be numbers.
    words
        Texts that mean no value.

    Returns
    -------
    Marks
        The plain ones if nothing speaks for others.
    """
    fitting: dict[tuple[str, str], set[int]] = {marks: set() for marks in _MARKS}
    for place in places:
        counts = _counts(profile, place, words)
        for marks, count in zip(_MARKS, counts[1:], strict=True):
            if counts[0] and count == counts[0]:
                fitting[marks].add(place)
    best = max(_MARKS, key=lambda marks: (len(fitting[marks]), -_MARKS.index(marks)))
    doubtful = tuple(
        place for place in sorted(fitting[best]) if _is_doubtful(profile, place, words)
        and _settled(fitting, best) is False
    )  # fmt: skip
    return Marks(*best, not doubtful, doubtful)


def _settled(fitting: dict[tuple[str, str], set[int]], best: tuple[str, str]) -> bool:
    """Return whether a column can only be read with the chosen marks, and not with others."""
    return all(fitting[best] - fitting[marks] for marks in _MARKS if marks[0] != best[0])


def _is_doubtful(profile: Profile, place: int, words: Sequence[str]) -> bool:
    """Return whether all marks of a column are one before exactly three digits."""
    marked, odd = profile.one(
        rf"""
        select count(*) filter (regexp_full_match(v, '[+-]?[1-9]\d{{0,2}}[.,]\d{{3}}')),
            count(*) filter (regexp_matches(v, '[.,]')
                and not regexp_full_match(v, '[+-]?[1-9]\d{{0,2}}[.,]\d{{3}}'))
        from (select trim(c{place}) as v from sample
            where c{place} is not null and not list_contains(?, c{place}))
        """,
        [list(words)],
    )
    return bool(marked) and not odd


def misfits_of(profile: Profile, place: int, words: Sequence[str], marks: Marks) -> int:
    """Return how many values of a column are no numbers."""
    counts = _counts(profile, place, words)
    return int(counts[0] - counts[1 + _MARKS.index((marks.decimal, marks.thousands))])


def number_in(
    profile: Profile, place: int, header: str, words: Sequence[str], marks: Marks
) -> Number:
    """Describe the numbers of a column."""
    plain = plain_number(f"c{place}", marks)
    negative, decimals, digits, exponents = profile.one(
        f"""
        select count(*) filter (try_cast(v as double) < 0),
            max(length(regexp_extract(v, '\\.(\\d+)$', 1))),
            max(length(regexp_replace(regexp_extract(v, '^[+-]?(\\d*)', 1), '^0+', ''))),
            count(*) filter (regexp_matches(v, '[eE]'))
        from (select {plain} as v from sample
            where c{place} is not null and not list_contains(?, c{place}))
        """,
        [list(words)],
    )
    decimals, digits = int(decimals or 0), int(digits or 0)
    if exponents:
        return Number("DOUBLE", negative, False)
    if not decimals and not _MONEY.search(header):
        return Number("BIGINT", negative, True)
    scale = max(4, decimals)
    precision = max(18, digits + scale)
    if precision > _MOST_DIGITS:
        return Number("DOUBLE", negative, False)
    return Number(f"DECIMAL({precision},{scale})", negative, not decimals)


def plain_number(column: str, marks: Marks) -> str:
    """Return the SQL of a number's text with a point and without thousands marks."""
    plain = f"trim({column})"
    if marks.thousands == " ":
        plain = f"replace(replace({plain}, chr(160), ''), chr(8239), '')"
    if marks.thousands:
        plain = f"replace({plain}, {_literal(marks.thousands)}, '')"
    return plain if marks.decimal == "." else f"replace({plain}, {_literal(marks.decimal)}, '.')"


def _counts(profile: Profile, place: int, words: Sequence[str]) -> tuple[int, ...]:
    """Return how many values there are, and how many are numbers under each pair of marks."""
    shapes = ", ".join(
        f"count(*) filter (regexp_full_match(v, {_literal(_shape(*marks))}))" for marks in _MARKS
    )
    return profile.one(
        f"select count(*), {shapes} from (select trim(c{place}) as v from sample"
        f" where c{place} is not null and not list_contains(?, c{place}))",
        [list(words)],
    )


def _shape(decimal: str, thousands: str) -> str:
    group = r"[ \x{A0}\x{202F}]" if thousands == " " else re.escape(thousands)
    # a zero before other digits makes a code, which is no number
    whole = r"(?:0|[1-9]\d*)"
    if thousands:
        whole = rf"(?:[1-9]\d{{0,2}}(?:{group}\d{{3}})+|{whole})"
    exponent = r"(?:[eE][+-]?\d+)?" if not thousands else ""
    return rf"[+-]?(?:{whole}(?:{re.escape(decimal)}\d+)?|{re.escape(decimal)}\d+){exponent}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
