"""Describes each column of samples: what it is called, means and contains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dangol.drafting.meanings import known_meaning, meanings_of, our_names, simplified
from dangol.drafting.null_words import NULL_WORDS
from dangol.drafting.numbers import Marks, Number, find_marks, misfits_of, number_in
from dangol.drafting.personal import classify
from dangol.drafting.profile import Profile
from dangol.drafting.times import Written, how_written

_IDS = re.compile(
    r"(id|no|nr|number|code|nummer|key|uuid|sku|zip|plz|postcode|postal|phone|mobile|barcode|upc|"
    r"ean|번호|코드|아이디|우편|전화|휴대|연락처|품번|바코드)$"
)
_NUMBERS_BY_NAME = frozenset({
    "quantity", "unit_price", "net_amount", "gross_amount", "discount_amount", "tax_amount",
    "order_total", "refund_amount",
})  # fmt: skip
_STREAMS = {
    "order": "order_id", "invoice": "order_id", "receipt": "order_id", "sales": "order_id",
    "주문": "order_id", "매출": "order_id", "판매": "order_id", "refund": "refund_id",
    "product": "product_id", "item": "product_id", "catalog": "product_id", "상품": "product_id",
    "customer": "customer_id", "member": "customer_id", "contact": "customer_id",
    "user": "customer_id", "회원": "customer_id", "고객": "customer_id",
    "campaign": "campaign_id",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What was seen of a column.

    Parameters
    ----------
    header
        The file's own name of it.
    name
        Ours.
    place
        In the profile.
    meaning
        As of ``synonyms.yml``; empty if its name says nothing, or another column's says it better.
    sql_type
        For the contract.
    filled, distinct
        How many rows have a value, and how many values there are.
    classification, why
        And the reason for it.
    number, written
        Facts about numbers, and about dates and times.
    is_list
        Whether values are lists or objects, as JSON.
    is_refused
        Whether values may be numbers of two sizes, or of two currencies: they are left as text.
    misfits
        Values that do not fit the type.
    """

    header: str
    name: str
    place: int
    meaning: str
    sql_type: str
    filled: int
    distinct: int
    classification: str
    why: str
    number: Number | None = None
    written: Written | None = None
    is_list: bool = False
    is_refused: bool = False
    misfits: int = 0

    @property
    def is_personal(self) -> bool:
        """Whether none of its values may be shown."""
        return self.classification != "public"

    @property
    def negative(self) -> int:
        """How many numbers are below zero."""
        return self.number.negative if self.number else 0


@dataclass(frozen=True)
class Columns:
    """All columns of a stream.

    Parameters
    ----------
    each
        In the file's order.
    null_words
        Texts that mean no value, as they were found.
    marks
        How numbers are written.
    """

    each: tuple[Seen, ...]
    null_words: tuple[str, ...]
    marks: Marks

    def meaning(self, meaning: str) -> Seen | None:
        """Return the column with a meaning, if it has values."""
        return next((each for each in self.each if each.meaning == meaning and each.filled), None)


def describe_columns(profile: Profile, about: str, currency: str, has_numbers: bool) -> Columns:
    """Describe the columns of samples.

    Parameters
    ----------
    about
        The stream's name, which says what a column ``id`` identifies.
    currency
        The company's.
    has_numbers
        Whether the format has numbers of its own, in which a point precedes decimals.

    Returns
    -------
    Columns
        In the file's order.
    """
    headers = profile.headers
    words = _null_words(profile)
    meanings = meanings_of(headers)
    for header in headers:
        meaning = _by_stream(profile, header, about)
        if meaning and meaning not in meanings.values():
            meanings[header] = meaning
    names = our_names(headers)
    candidates = [place for place, header in enumerate(headers) if not _is_id(header, meanings)]
    marks = find_marks(profile, candidates, words, currency)
    refused = [*marks.mixed, *(() if has_numbers else marks.doubtful)]
    return Columns(
        tuple(
            _describe(profile, place, names[place], meanings.get(header, ""), words, marks, refused)
            for place, header in enumerate(headers)
        ),
        words,
        marks,
    )


def _by_stream(profile: Profile, header: str, about: str) -> str:
    """Return what a column ``id`` or ``name`` with codes identifies, by the stream's name."""
    if header.casefold() not in {"id", "name", "no", "number"}:
        return ""
    place = profile.headers.index(header)
    total, codes = profile.one(
        f"select count(c{place}), count(*) filter (regexp_full_match(trim(c{place}),"
        " '[#A-Za-z_-]{0,6}[0-9]+')) from sample"
    )
    if not total or total != codes or total < profile.rows:
        return ""
    return next((meaning for word, meaning in _STREAMS.items() if word in about.casefold()), "")


def _describe(
    profile: Profile,
    place: int,
    name: str,
    meaning: str,
    words: Sequence[str],
    marks: Marks,
    refused: Sequence[int],
) -> Seen:
    header = profile.headers[place]
    filled, distinct = profile.one(
        f"select count(*), count(distinct c{place}) from sample where c{place} is not null"
        f" and not list_contains(?, c{place})",
        [list(words)],
    )
    is_list = header in profile.lists
    sql_type, number, written, misfits = "VARCHAR", None, None, 0
    is_refused = False
    if not is_list:
        written = None if meaning == "time_of_day" else how_written(profile, place, header, words)
        if written and (written.format != "%Y%m%d" or not _is_id(header, {header: meaning})):
            sql_type, misfits = written.sql_type, written.misfits
        else:
            written = None
            odd = misfits_of(profile, place, words, marks)
            if place in refused:
                is_refused = True
            elif not _is_id(header, {header: meaning}) and _may_be_number(odd, filled, meaning):
                number = number_in(profile, place, header, words, marks)
                sql_type, misfits = number.sql_type, odd
            elif _is_boolean(profile, place, words):
                sql_type = "BOOLEAN"
    classification, why = classify(profile, place, header, meaning, sql_type)
    if is_list and classification == "public":
        classification, why = "personal", "it is a list, and anything may be in it"
    return Seen(
        header, name, place, meaning, sql_type, filled, distinct, classification, why, number,
        written, is_list, is_refused, misfits,
    )  # fmt: skip


def _may_be_number(misfits: int, filled: int, meaning: str) -> bool:
    """Return whether a column is one of numbers, for which its name allows a few slips."""
    slips = max(1, filled // 50) if meaning in _NUMBERS_BY_NAME else 0
    return misfits <= slips and misfits * 2 < filled


def _is_id(header: str, meanings: dict[str, str]) -> bool:
    """Return whether a column identifies something, and so is text even where it has digits."""
    meaning = meanings.get(header) or ""
    if meaning in _NUMBERS_BY_NAME:
        return False
    if meaning.endswith("_id") and meaning != "order_line_id":
        return True
    if meaning:
        return meaning in {"phone", "email"}
    return bool(_IDS.search(simplified(header))) or known_meaning(header).endswith("_id")


def _null_words(profile: Profile) -> tuple[str, ...]:
    """Return the words for no value that occur, in the order of the list."""
    found: set[str] = set()
    for place in range(len(profile.headers)):
        rows = profile.connection.execute(
            f"select distinct c{place} from sample where list_contains(?, c{place})",
            [list(NULL_WORDS)],
        ).fetchall()
        found |= {word for (word,) in rows}
    return tuple(word for word in NULL_WORDS if word in found)


def _is_boolean(profile: Profile, place: int, words: Sequence[str]) -> bool:
    total, fitting = profile.one(
        f"select count(*), count(*) filter (lower(c{place}) in ('true', 'false')) from sample"
        f" where c{place} is not null and not list_contains(?, c{place})",
        [list(words)],
    )
    return bool(total) and total == fitting
