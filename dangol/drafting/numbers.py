"""Finds out which columns are numbers, and how a file writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dangol.drafting.profile import Profile
from dangol.extract.number_texts import Notation, literal, plain_number

_MARKS = ((".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"))
CURRENCIES = {
    "₩": "KRW", "￦": "KRW", "원": "KRW", "KRW": "KRW", "€": "EUR", "EUR": "EUR", "Euro": "EUR",
    "$": "USD", "US$": "USD", "USD": "USD", "£": "GBP", "GBP": "GBP", "¥": "JPY", "￥": "JPY",
    "円": "JPY", "JPY": "JPY", "CHF": "CHF", "Fr.": "CHF", "kr": "SEK", "SEK": "SEK",
    "zł": "PLN", "PLN": "PLN", "元": "CNY", "CNY": "CNY", "₹": "INR", "INR": "INR",
    "A$": "AUD", "AUD": "AUD", "C$": "CAD", "CAD": "CAD", "R$": "BRL", "BRL": "BRL",
}  # fmt: skip
"""Marks that stand beside amounts, and the currencies that they mean."""

_WITHOUT_DECIMALS = frozenset({"KRW", "JPY", "VND", "CLP"})
_BESIDE = r"[-+()\d.,'\s\x{A0}\x{202F}\x{2019}\x{2212}\x{FF0D}\x{FE63}\x{25B3}\x{25B2}]+"
_SIGNS = {
    "brackets": r"\(.*\d.*\)", "trailing": r"\d\D*-\D*$", "triangle": r"[△▲]",
    "minus": r"[\x{2212}\x{FF0D}\x{FE63}]",
}  # fmt: skip
_MOST_DIGITS = 34
_MOST_MARKS = 50
_PLAIN = r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
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
    notation
        Of the stream.
    doubtful
        The columns that may be read in two ways, which differ by a factor of a thousand.
    mixed
        The columns with amounts in several currencies, or in another one than those before.
    """

    notation: Notation
    doubtful: tuple[int, ...] = ()
    mixed: tuple[int, ...] = ()


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


def find_marks(
    profile: Profile, places: Sequence[int], words: Sequence[str], currency: str
) -> Marks:
    """Find the marks under which most columns are numbers.

    Parameters
    ----------
    places
        The columns that may be numbers.
    words
        Texts that mean no value.
    currency
        The company's.

    Returns
    -------
    Marks
        The plain ones if nothing speaks for others.
    """
    currencies, mixed = _currencies(profile, places, words)
    places = [place for place in places if place not in mixed]
    likely = _like_numbers(profile, places, words, currencies)
    signs = tuple(each for each in _SIGNS if _any_has(profile, likely, words, _SIGNS[each]))
    notations = [Notation(*marks, currencies, signs) for marks in _MARKS]
    fitting: list[set[int]] = [set() for _ in notations]
    for place in places:
        total, in_any, *counts = _counts(profile, place, words, notations)
        if total and in_any >= total - _slips(total):
            for fits, count in zip(fitting, counts, strict=True):
                if count == in_any:
                    fits.add(place)
    nth = max(range(len(notations)), key=lambda each: (len(fitting[each]), -each))
    best = notations[nth]
    is_settled = all(
        fitting[nth] - fits
        for fits, other in zip(fitting, notations, strict=True)
        if other.decimal != best.decimal
    )
    known = {CURRENCIES[mark] for mark in currencies} or {currency}
    if best.thousands == "," and known <= _WITHOUT_DECIMALS:
        is_settled = True
    doubtful = () if is_settled else tuple(
        place for place in sorted(fitting[nth]) if _is_doubtful(profile, place, words)
    )  # fmt: skip
    used = [place for place in places if place in fitting[nth]]
    signs = tuple(each for each in signs if _any_has(profile, used, words, _SIGNS[each]))
    return Marks(replace(best, negative=signs), doubtful, mixed)


def _currencies(
    profile: Profile, places: Sequence[int], words: Sequence[str]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the marks of the currency that most columns have, and the columns with others."""
    found: dict[int, set[str]] = {}
    for place in places:
        beside = _beside(profile, place, words)
        marks = {mark for mark in beside if mark in CURRENCIES}
        odd = sum(count for mark, count in beside.items() if mark and mark not in CURRENCIES)
        if marks and odd <= _slips(sum(beside.values())):
            found[place] = marks
    kinds = {place: {CURRENCIES[mark] for mark in marks} for place, marks in found.items()}
    single = [next(iter(kind)) for kind in kinds.values() if len(kind) == 1]
    usual = max(single, key=lambda each: (single.count(each), each)) if single else ""
    mixed = tuple(place for place, kind in kinds.items() if kind != {usual})
    marks = {mark for place, each in found.items() if place not in mixed for mark in each}
    return tuple(mark for mark in CURRENCIES if mark in marks), mixed


def _like_numbers(
    profile: Profile, places: Sequence[int], words: Sequence[str], currencies: Sequence[str]
) -> list[int]:
    """Return the columns whose values have nothing but digits, signs and currencies."""
    found = []
    for place in places:
        beside = _beside(profile, place, words)
        odd = sum(count for mark, count in beside.items() if mark not in {"", *currencies})
        if beside and odd <= _slips(sum(beside.values())):
            found.append(place)
    return found


def _beside(profile: Profile, place: int, words: Sequence[str]) -> dict[str, int]:
    """Return what stands beside the digits of a column's values, with the number of values."""
    rows = profile.connection.execute(
        f"select regexp_replace(c{place}, {literal(_BESIDE)}, '', 'g') as mark, count(*)"
        f" from sample where {_has_value(place)} and regexp_matches(c{place}, '\\d')"
        f" group by mark order by count(*) desc, mark limit {_MOST_MARKS}",
        [list(words)],
    ).fetchall()
    return dict(rows)


def _any_has(profile: Profile, places: Sequence[int], words: Sequence[str], shape: str) -> bool:
    """Return whether a value of some columns has a shape within it."""
    return any(
        profile.one(
            f"select count(*) from sample where {_has_value(place)}"
            f" and regexp_matches(c{place}, {literal(shape)})",
            [list(words)],
        )[0]
        for place in places
    )


def _slips(total: int) -> int:
    """Return how many values of a column of numbers may be none."""
    return max(1, total // 50) if total > 2 else 0


def _is_doubtful(profile: Profile, place: int, words: Sequence[str]) -> bool:
    """Return whether all marks of a column are one before exactly three digits."""
    marked, odd = profile.one(
        rf"""
        select count(*) filter (regexp_full_match(v, '[1-9]\d{{0,2}}[.,]\d{{3}}')),
            count(*) filter (regexp_matches(v, '[.,]')
                and not regexp_full_match(v, '[1-9]\d{{0,2}}[.,]\d{{3}}'))
        from (select regexp_replace(c{place}, '[^\d.,]', '', 'g') as v from sample
            where {_has_value(place)})
        """,
        [list(words)],
    )
    return bool(marked) and not odd


def misfits_of(profile: Profile, place: int, words: Sequence[str], marks: Marks) -> int:
    """Return how many values of a column are no numbers."""
    total, fitting = _counts(profile, place, words, [marks.notation])[:2]
    return int(total - fitting)


def number_in(
    profile: Profile, place: int, header: str, words: Sequence[str], marks: Marks
) -> Number:
    """Describe the numbers of a column; what is none is left out."""
    plain = plain_number(marks.notation, f"trim(c{place})")
    negative, decimals, digits, exponents = profile.one(
        f"""
        select count(*) filter (try_cast(v as double) < 0),
            max(length(regexp_extract(v, '\\.(\\d+)$', 1))),
            max(length(regexp_replace(regexp_extract(v, '^[+-]?(\\d*)', 1), '^0+', ''))),
            count(*) filter (regexp_matches(v, '[eE]'))
        from (select {plain} as v from sample
            where {_has_value(place)} and {_fits(place, marks.notation)})
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


def _counts(
    profile: Profile, place: int, words: Sequence[str], notations: Sequence[Notation]
) -> tuple[int, ...]:
    """Return how many values there are, are numbers in any notation, and in each."""
    fits = [_fits(place, notation) for notation in notations]
    each = ", ".join(f"count(*) filter ({condition})" for condition in fits)
    return profile.one(
        f"select count(*), count(*) filter ({' or '.join(fits)}), {each} from sample"
        f" where {_has_value(place)}",
        [list(words)],
    )


def _fits(place: int, notation: Notation) -> str:
    """Return the SQL of whether a value is a number; a zero before other digits makes a code."""
    plain = plain_number(notation, f"trim(c{place})")
    return f"coalesce(regexp_full_match({plain}, {literal(_PLAIN)}), false)"


def _has_value(place: int) -> str:
    return f"c{place} is not null and not list_contains(?, c{place})"
