"""Which delivery a file is, by its name: the period that it covers, its part, its revision."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from itertools import count

from dangol.contracts.model import ContractError, Stream

JSON_LINES_ENDING = ".jsonl"
"""Added to the name of a supplement whose rows are JSON lines, where the stream's are not text."""

ARCHIVE_MARK = "!"
"""Between the name of a zip archive and that of its member."""

PART_MARK = "/"
"""Between the parts of a name that has several, such as a shop and an hour."""

MOST_DIGITS = 4
"""Of a revision or a supplement: a longer number is a time, not a count."""

_DAY = r"[0-9]{4}[-_.]?[0-9]{2}[-_.]?[0-9]{2}"
_COUNTS = r"(?:_r(?P<revision>[0-9]+))?(?:_s(?P<supplement>[0-9]+))?"
_CLOCK = r"[0-9]{2}[-_.:]?[0-9]{2}(?:[-_.:]?[0-9]{2}(?:\.?[0-9]{3})?)?"
PLACEHOLDERS = {
    "{date}": rf"(?P<date>{_DAY}){_COUNTS}",
    "{month}": rf"(?P<month>[0-9]{{4}}[-_.]?[0-9]{{2}}){_COUNTS}",
    "{from}": rf"(?P<first>{_DAY})",
    "{to}": rf"(?P<last>{_DAY}){_COUNTS}",
    "{part}": r"(?P<part>[\w-]+?)",
    "{exported}": rf"(?:T?(?:{_DAY}[T_-]?)?{_CLOCK}Z?|[0-9]{{10}}|[0-9]{{13}})",
}
"""What each placeholder of a ``filePattern`` stands for."""

_LAST, _PERIOD_ENDS = ("{part}", "{exported}"), ("{date}", "{month}", "{to}")
_GROUPS = {"date", "month", "first", "last", "part", "revision", "supplement"}
_PLACEHOLDER = re.compile("|".join(map(re.escape, PLACEHOLDERS)))
_GROUP = re.compile(r"\(\?P<(\w+)>")


@dataclass(frozen=True)
class NamedDelivery:
    """What a file's name says about it.

    Parameters
    ----------
    first, last
        The business days that it covers, both inclusive; None if its name has no date.
    part
        Of several files for the same days: a shop, an hour, a number; a shop and an hour are
        ``seoul/07``. Empty if there is only one.
    revision
        0, or the number of a correction, which replaces the delivery's earlier files.
    supplement
        0, or the number of a supplement: additional rows, such as corrected ones from quarantine.
    problem
        Why the name can't be used, or empty.
    """

    first: date | None = None
    last: date | None = None
    part: str = ""
    revision: int = 0
    supplement: int = 0
    problem: str = ""

    @property
    def is_bulk(self) -> bool:
        """Whether it covers several days."""
        return self.first != self.last

    @property
    def order(self) -> tuple[str, str, str, int, int]:
        """The order in which files are loaded: by day, and corrections after what they correct."""
        last, first = str(self.last or ""), str(self.first or "")
        return last, first, self.part, self.revision, self.supplement


def compile_pattern(where: str, text: str) -> re.Pattern[str]:
    """Read a contract's ``filePattern``.

    Returns
    -------
    re.Pattern
        A regular expression, with the groups of `PLACEHOLDERS`.

    Raises
    ------
    ContractError
        If it is none, or has groups that mean nothing.
    """
    written = unicodedata.normalize("NFC", text)
    number = count()

    def group(match: re.Match[str]) -> str:
        # in alternatives, such as a history beside daily files, groups need names of their own
        counts = _COUNTS if _ends_name(written, match) else ""
        return _GROUP.sub(rf"(?P<\1__{next(number)}>", PLACEHOLDERS[match[0]] + counts)

    written = _PLACEHOLDER.sub(group, written)
    try:
        pattern = re.compile(written)
    except re.error as error:
        raise ContractError(f"{where}: filePattern: {error}") from error
    names = {_plain(name) for name in pattern.groupindex}
    if unknown := sorted(names - _GROUPS):
        raise ContractError(f"{where}: filePattern has the unknown groups {', '.join(unknown)}")
    if ("first" in names) != ("last" in names):
        raise ContractError(f"{where}: filePattern has only one of {{from}} and {{to}}")
    return pattern


def has_period(pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern's file names say which days a file covers."""
    return bool({"date", "month", "last"} & {_plain(name) for name in pattern.groupindex})


def delivery_of(pattern: re.Pattern[str], file_name: str) -> NamedDelivery | None:
    """Return what a file's name says about it, or None if it does not match the pattern."""
    match = pattern.fullmatch(unicodedata.normalize("NFC", file_name))
    if match is None:
        return None
    groups = {_plain(name): value for name, value in match.groupdict().items() if value}
    groups["part"] = PART_MARK.join(
        value for name, value in match.groupdict().items() if value and _plain(name) == "part"
    )
    try:
        first, last = _period(groups)
    except ValueError:
        return None
    counts = {name: groups.get(name, "") for name in ("revision", "supplement")}
    problem = "".join(
        f"its {name} has more than {MOST_DIGITS} digits"
        for name, digits in counts.items()
        if len(digits) > MOST_DIGITS
    )
    if first and last and first > last:
        problem = f"its days are {first} to {last}, in the wrong order"
    if problem:
        return NamedDelivery(first, last, groups["part"], problem=problem)
    return NamedDelivery(
        first,
        last,
        groups["part"],
        int(counts["revision"] or 0),
        int(counts["supplement"] or 0),
    )


def delivery_in(stream: Stream, file_name: str) -> NamedDelivery | None:
    """Return what a file's name says about it, or None if it is none of the stream's."""
    named = delivery_of(stream.file_pattern, file_name)
    if named is None and is_json_supplement(stream, file_name):
        named = delivery_of(stream.file_pattern, file_name.removesuffix(JSON_LINES_ENDING))
    return named


def is_json_supplement(stream: Stream, file_name: str) -> bool:
    """Return whether a file is a supplement in JSON lines to a stream of another format.

    Rows of a Parquet file, say, can't be corrected as such. They are JSON lines under the name of
    a supplement, with another ending.

    Returns
    -------
    bool
        As of ``orders_2026-01-31_s1.parquet.jsonl``.
    """
    if stream.format.is_lines or not file_name.endswith(JSON_LINES_ENDING):
        return False
    named = delivery_of(stream.file_pattern, file_name.removesuffix(JSON_LINES_ENDING))
    return named is not None and named.supplement > 0


def archive_pattern(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """Return the pattern of the archives whose members a pattern matches.

    Returns
    -------
    re.Pattern or None
        None if the pattern matches no members of archives. Where its part before the mark is no
        pattern by itself, that of any zip archive.
    """
    before, mark, _ = re.sub(r"\(\?<?!", "", pattern.pattern).partition(ARCHIVE_MARK)
    if not mark:
        return None
    if before == pattern.pattern.partition(ARCHIVE_MARK)[0]:
        try:
            return re.compile(before)
        except re.error:
            pass
    return re.compile(r".*\.zip", re.IGNORECASE)


def _ends_name(pattern: str, placeholder: re.Match[str]) -> bool:
    """Return whether a placeholder is the last behind the days, where people write `_r1` too."""
    before, behind = pattern[: placeholder.start()], pattern[placeholder.end() :]
    before, behind = before.rpartition("|")[2], behind.partition("|")[0]
    return (
        placeholder[0] in _LAST
        and any(end in before for end in _PERIOD_ENDS)
        and not _PLACEHOLDER.search(behind)
    )


def _plain(name: str) -> str:
    return name.partition("__")[0]


def _period(groups: dict[str, str]) -> tuple[date | None, date | None]:
    """Return the first and last day; raise `ValueError` if a date does not exist."""
    if groups.get("date"):
        day = _date(groups["date"])
        return day, day
    if groups.get("month"):
        first = _date(f"{groups['month']}01")
        return first, first.replace(day=monthrange(first.year, first.month)[1])
    if groups.get("last"):
        return _date(groups["first"]), _date(groups["last"])
    return None, None


def _date(text: str) -> date:
    return date.fromisoformat(re.sub(r"\D", "", text))
