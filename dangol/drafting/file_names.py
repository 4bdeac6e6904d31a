"""Infers a stream's filePattern from the names of its files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dangol.contracts.deliveries import ARCHIVE_MARK, NamedDelivery, compile_pattern, delivery_of
from dangol.drafting.samples import SampleError

_DAY = r"(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])"
_DATES = re.compile(rf"(?<!\d)(?:(?P<day>{_DAY})|(?P<month>{_MONTH}))(?!\d)")
_COUNTS = re.compile(r"^(?:_r\d{1,4})?(?:_s\d{1,4})?(?![\w])")
_COUNTS_AT_END = re.compile(r"(?=_[rs]\d)(?:_r\d{1,4})?(?:_s\d{1,4})?(?=\.[a-z.]+$)", re.IGNORECASE)
_FIELD = re.compile(r"[^_.\x01-\x07]+|.", re.DOTALL)
_WORD = re.compile(r"[^\W_]+|.", re.DOTALL)
_ENDING = re.compile(r"\\\.(csv|tsv|txt|jsonl|ndjson|json)(\\\.gz)?$", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")
_COUNTED = re.compile(r"(?:p|page|part|pt|no|h|t|x)?\d+", re.IGNORECASE)
_OTHER_DATE = re.compile(r"(?<!\d)\d{2}([-_.])\d{2}\1(?:19|20)\d{2}(?!\d)")
_MARKS = {"day": "\x01", "month": "\x02"}
_CLOCK = r"(?:[01]\d|2[0-3])[-.:]?[0-5]\d(?:[-.:]?[0-5]\d(?:\.?\d{3})?)?"
_EXPORTED = re.compile(
    rf"(?<!\d)(?P<day>{_DAY})(?P<between>[-_ ]?)(?P<clock>T?(?!00\d\d(?!\d)|0000\d\d){_CLOCK}Z?)"
    r"(?![-.:]?\d)(?![^\W_])"
)
_SINCE_1970 = re.compile(r"(?<![^\W_])1[5-9]\d{8}(?:\d{3})?(?![^\W_])")
_ON_THE_HOUR = re.compile(r"T?\d\d[-.:]?00(?:[-.:]?00(?:\.?000)?)?Z?")


@dataclass(frozen=True)
class Names:
    """What the names of files say.

    Parameters
    ----------
    pattern
        The ``filePattern``.
    stream
        A name for the stream, of the words that all files share.
    days
        The last day of each file, if the names have dates.
    has_period
        Whether they have.
    has_parts
        Whether several files cover the same days.
    is_monthly, is_range
        What their dates are, if not days.
    parts_are_counted
        Whether parts are numbers or hours, such as pages, rather than places.
    """

    pattern: str
    stream: str
    days: tuple[date, ...]
    has_period: bool
    has_parts: bool
    is_monthly: bool
    is_range: bool
    parts_are_counted: bool = False


def read_names(names: Sequence[str]) -> Names:
    """Infer the pattern of names.

    Parameters
    ----------
    names
        Of one stream's files; members of archives as ``shop.zip!orders.csv``.

    Returns
    -------
    Names
        A pattern that matches each of them.

    Raises
    ------
    SampleError
        If the names have nothing in common.
    """
    marked = [_marked(name) for name in _without_export_times(names)]
    words = [_WORD.findall(text) for text in marked]
    if len({len(each) for each in words}) > 1:  # a shop of two words, say
        words = [_FIELD.findall(text) for text in marked]
    if len({len(each) for each in words}) > 1:
        raise SampleError(
            f"the names of the files differ too much for one stream: {names[0]}, "
            f"{next(n for n, w in zip(names, words, strict=True) if len(w) != len(words[0]))}. "
            "Draft one stream at a time"
        )
    template = _template(words)
    pattern = _with_placeholders(template)
    deliveries = _deliveries(pattern, names)
    if len(set(deliveries)) < len(set(names)):  # only a further part tells some of them apart
        pattern = _with_placeholders(template, all_parts=True)
        deliveries = _deliveries(pattern, names)
    if None in deliveries:
        raise SampleError(f"the pattern {pattern} does not match every file: name fewer files")
    found = [each for each in deliveries if each is not None]
    days = tuple(each.last for each in found if each.last)
    periods = [(each.first, each.last) for each in found]
    return Names(
        pattern=pattern,
        stream=_stream_name(template),
        days=days,
        has_period=bool(days),
        has_parts="{part}" in pattern and len(set(periods)) < len(periods),
        is_monthly="{month}" in pattern,
        is_range="{from}" in pattern,
        parts_are_counted=all(_COUNTED.fullmatch(each.part) for each in found),
    )


def _deliveries(pattern: str, names: Sequence[str]) -> list[NamedDelivery | None]:
    compiled = compile_pattern("filePattern", pattern)
    return [delivery_of(compiled, name) for name in names]


def _without_export_times(names: Sequence[str]) -> list[str]:
    """Replace the times of exports by a mark, unless they are the hours of one day's files."""
    found = [_EXPORTED.search(name) for name in names]
    marked = [_without_export_time(name) for name in names]
    are_hours = all(match and _ON_THE_HOUR.fullmatch(match["clock"]) for match in found)
    return list(names) if are_hours and len(set(marked)) < len(set(names)) else marked


def _without_export_time(name: str) -> str:
    """Replace a clock behind a name's day; a whole moment beside another day; or an epoch."""
    match = _EXPORTED.search(name)
    if match is None:
        return _SINCE_1970.sub("\x07", name) if _DATES.search(name) else name
    before, behind = name[: match.start()], name[match.end() :]
    if _DATES.search(before):
        return f"{before}\x07{behind}"
    return f"{before}{match['day']}{match['between']}\x07{behind}"


def _marked(name: str) -> str:
    """Replace the dates of a name by marks; those of an archive count if its member has none."""
    archive, mark, member = name.rpartition(ARCHIVE_MARK)
    if mark and _DATES.search(member):
        return f"{_DATES.sub(chr(3), archive)}{mark}{_replaced(member)}"
    return f"{_replaced(archive)}{mark}{member}" if mark else _replaced(name)


def _replaced(name: str) -> str:
    """Replace a name's dates, or its first month, by marks, with the counts that may follow."""
    matches = list(_DATES.finditer(name))
    if not matches:
        return _OTHER_DATE.sub("\x05", name)
    days = [match for match in matches if match["day"]][:2]
    for match in reversed(days or matches[:1]):
        rest = name[match.end() :]
        if counts := _COUNTS.match(rest):
            rest = rest[counts.end() :]
        elif counts := _COUNTS_AT_END.search(rest):
            rest = rest[: counts.start()] + rest[counts.end() :]
        name = f"{name[: match.start()]}{_MARKS[str(match.lastgroup)]}{rest}"
    return name


def _template(words: Sequence[Sequence[str]]) -> str:
    """Return what the names share, escaped; what differs becomes one part."""
    parts = []
    for at_place in zip(*words, strict=True):
        different = set(at_place)
        if len(different) == 1:
            word = at_place[0]
            parts.append(_fixed(word))
        elif all(word.isdigit() for word in different) and parts.count("\x04"):
            parts.append("\x06")
        else:
            parts.append("\x04")
    return "".join(parts)


def _fixed(word: str) -> str:
    """Return what a word of all names matches: a long number, any number as long."""
    if word.isdigit() and len(word) > 3:
        return rf"\d{{{len(word)}}}"
    return word if word in "\x01\x02\x03\x05\x07" else _SPECIAL.sub(r"\\\1", word)


def _with_placeholders(template: str, all_parts: bool = False) -> str:
    """Return a template as a pattern, in which one place is a part, or each that differs."""
    days = template.count("\x01")
    pattern = template
    if days == 2:
        pattern = pattern.replace("\x01", "{from}", 1).replace("\x01", "{to}", 1)
    pattern = pattern.replace("\x01", "{date}").replace("\x02", "{month}")
    pattern = pattern.replace("\x07", "{exported}")
    pattern = pattern.replace("\x03", r"[0-9_.-]+")
    pattern = pattern.replace("\x05", r"\d{2}[-_.]\d{2}[-_.]\d{4}")
    if all_parts:
        pattern = pattern.replace("\x04", "{part}").replace("\x06", "{part}")
    pattern = pattern.replace("\x04", "{part}", 1).replace("\x04", r"[\w-]+")
    pattern = pattern.replace("\x06", r"\d+")
    if match := _ENDING.search(pattern):
        pattern = f"{pattern[: match.start()]}\\.{match[1]}(\\.gz)?"
    return pattern


def _stream_name(template: str) -> str:
    member = re.sub(r"\\d\{\d+\}", "", template.rpartition(ARCHIVE_MARK)[2])
    words = re.findall(r"[a-z][a-z0-9]*", member.partition("\\.")[0].lower(), re.ASCII)
    kept = [word for word in words if word not in {"export", "exports", "csv", "file", "data"}]
    return "_".join(kept or words)[:40]
