"""Finds out how a column's dates or times are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dangol.drafting.profile import Profile

_LOOKED_AT = 400
_ENOUGH = 0.98
_NEAR = 0.5
_ENOUGH_FILES = 3
_DATES = (
    (r"\d{4}-\d{1,2}-\d{1,2}", ("%Y-%m-%d",)),
    (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", ("%Y.%m.%d",)),
    (r"\d{4}\. \d{1,2}\. \d{1,2}\.?", ("%Y. %m. %d", "%Y. %m. %d.")),
    (r"\d{4}년 ?\d{1,2}월 ?\d{1,2}일", ("%Y년 %m월 %d일", "%Y년%m월%d일")),
    (r"(?:19|20)\d{6}", ("%Y%m%d",)),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%d.%m.%Y",)),
    (r"\d{1,2}\.\d{1,2}\.\d{2}", ("%d.%m.%y",)),
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%d/%m/%Y", "%m/%d/%Y")),
    (r"\d{1,2}/\d{1,2}/\d{2}", ("%d/%m/%y", "%m/%d/%y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%d-%m-%Y", "%m-%d-%Y")),
    (r"\d{1,2}[ -][A-Z][a-z]{2}[ -]\d{4}", ("%d %b %Y", "%d-%b-%Y")),
    (r"[A-Z][a-z]{2} \d{1,2}, \d{4}", ("%b %d, %Y",)),
    (r"[A-Z][a-z]{3,8} \d{1,2}, \d{4}", ("%B %d, %Y",)),
)  # fmt: skip
_CLOCKS = (
    (r"\d{1,2}:\d{2}:\d{2}\.\d{1,6}", "%H:%M:%S.%f"),
    (r"\d{1,2}:\d{2}:\d{2}", "%H:%M:%S"),
    (r"\d{1,2}:\d{2}", "%H:%M"),
    (r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]", "%I:%M:%S %p"),
    (r"\d{1,2}:\d{2} [AaPp][Mm]", "%I:%M %p"),
    (r"\d{6}", "%H%M%S"),
)
_ZONES = ((r"", ""), (r"Z", "Z"), (r" ?[+-]\d{2}(?::?\d{2})?", "%z"), (r" UTC", " UTC"))
_EPOCHS = {10: "epoch_s", 13: "epoch_ms", 16: "epoch_us"}
_SAYS_TIME = re.compile(
    r"(_at|time|date|timestamp|^ts|created|updated|일시|시각)$|epoch", re.IGNORECASE
)


@dataclass(frozen=True)
class Written:
    """How dates or times are written.

    Parameters
    ----------
    sql_type
        ``DATE`` or ``TIMESTAMP``.
    format
        As of the contract.
    others
        Formats that all values fit as well: the order of day and month is not certain.
    is_zoned
        Whether each value has its zone, or is in UTC.
    misfits
        Values that do not fit.
    """

    sql_type: str
    format: str
    others: tuple[str, ...] = ()
    is_zoned: bool = False
    misfits: int = 0


def how_written(profile: Profile, place: int, header: str, words: Sequence[str]) -> Written | None:
    """Find out how a column's dates or times are written.

    Parameters
    ----------
    place
        Of the column in the profile.
    words
        Texts that mean no value.

    Returns
    -------
    Written or None
        None if the values are no dates or times.
    """
    values = _values(profile, place, words)
    if not values:
        return None
    if epoch := _epoch(values, header):
        return Written("TIMESTAMP", epoch, is_zoned=True)
    filled = _count(profile, place, words, "true")
    fitting = {}
    for format in _candidates(values):
        count = _count(profile, place, words, f"{_parsed(place, format)} is not null")
        if count >= _ENOUGH * filled and (count == filled or filled >= 100):
            fitting[format] = count
    if not fitting:
        return None
    best = max(fitting.values())
    formats = [format for format, count in fitting.items() if count == best]
    formats = _on_the_files_days(profile, place, formats)
    first = formats[0]
    is_time = "%H" in first or "%I" in first
    return Written(
        "TIMESTAMP" if is_time else "DATE",
        first,
        tuple(each for each in formats[1:] if _is_other_order(first, each)),
        first.endswith(("Z", "%z", " UTC")),
        filled - best,
    )


def last_days_are_empty(profile: Profile, place: int, format: str) -> bool:
    """Return whether no row is of the last day in its file's name, although it names several.

    Parameters
    ----------
    place
        Of the column with the rows' day.
    format
        How it is written.

    Returns
    -------
    bool
        As of an export of one day that is named after it and the day after.
    """
    last = {load.file: load.file_date for load in profile.loads if load.first_date}
    if len(last) < _ENOUGH_FILES:
        return False
    (last_days, days) = profile.one(
        f"select count(*) filter ({_parsed(place, format)}::date = last_day), count(*)"
        " from sample inner join (select unnest(?) as file, unnest(?)::date as last_day) as files"
        " on _file = file",
        [list(last), list(last.values())],
    )
    return bool(days) and not last_days


def _on_the_files_days(profile: Profile, place: int, formats: list[str]) -> list[str]:
    """Return the one format by which rows are of the days in their files' names, or all."""
    loads = [load for load in profile.loads if load.file_date]
    named = [
        [load.file for load in loads],
        [load.first_date or load.file_date for load in loads],
        [load.file_date for load in loads],
    ]
    near = {}
    for format in formats if loads else ():
        (near[format],) = profile.one(
            "select count(*) from sample inner join (select unnest(?) as file,"
            " unnest(?)::date as first_day, unnest(?)::date as last_day) as files on _file = file"
            f" where {_parsed(place, format)}::date between first_day - 1 and last_day + 1",
            named,
        )
    likely = [format for format, count in near.items() if count > profile.rows * _NEAR]
    return (
        likely
        if len(likely) == 1
        and not any(count for format, count in near.items() if format not in likely)
        else formats
    )


def _values(profile: Profile, place: int, words: Sequence[str]) -> list[str]:
    rows = profile.connection.execute(
        f"select distinct trim(c{place}) as v from sample where v is not null"
        f" and not list_contains(?, c{place}) order by hash(v), v limit {_LOOKED_AT}",
        [list(words)],
    ).fetchall()
    return [value for (value,) in rows]


def _count(profile: Profile, place: int, words: Sequence[str], condition: str) -> int:
    (count,) = profile.one(
        f"select count(*) from sample where c{place} is not null"
        f" and not list_contains(?, c{place}) and {condition}",
        [list(words)],
    )
    return int(count)


def _parsed(place: int, format: str) -> str:
    text = f"trim(c{place})"
    if format.endswith("%z"):
        text = f"regexp_replace({text}, '[Zz]$', '+00:00')"
    return f"try_strptime({text}, '{format}')"


def _epoch(values: Sequence[str], header: str) -> str:
    """Return the unit of numbers since 1970; empty if they are other numbers."""
    lengths = {len(value.partition(".")[0]) for value in values}
    if len(lengths) != 1 or not all(re.fullmatch(r"1\d{9,15}(\.\d+)?", each) for each in values):
        return ""
    return _EPOCHS.get(lengths.pop(), "") if _SAYS_TIME.search(header) else ""


def _candidates(values: Sequence[str]) -> list[str]:
    """Return the formats whose shape most values have, the likeliest first."""
    found: dict[str, int] = {}
    for value in values:
        for pattern, dates in _DATES:
            match = re.match(rf"({pattern})(?!\d|\.\d)", value)
            if match:
                for date in dates:
                    for format in _with_clock(date, value[match.end() :]):
                        found[format] = found.get(format, 0) + 1
                break
    return [format for format, count in found.items() if count >= len(values) * 0.5]


def _with_clock(date: str, rest: str) -> list[str]:
    if not rest:
        return [date]
    separator = rest[0] if rest[0] in " T" else ", " if rest.startswith(", ") else ""
    rest = rest[len(separator) :]
    return [
        f"{date}{separator}{clock}{' ' if rest.rfind(' ') > 0 and zone == '%z' else ''}{zone}"
        for pattern, clock in _CLOCKS
        for zone_pattern, zone in _ZONES
        if separator and re.fullmatch(pattern + zone_pattern, rest)
    ]


def _is_other_order(first: str, other: str) -> bool:
    return sorted(first) == sorted(other) and first.index("%d") != other.index("%d")
