"""Looks for the columns that identify a row, within a delivery and across deliveries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from dangol.drafting.columns import Columns, Seen
from dangol.drafting.entities import Entity
from dangol.drafting.profile import Profile

_MOST_CANDIDATES = 8
_ENOUGH_ROWS = 200
_FILLED = 0.99
_ENDS_OF_IDS = ("id", "no", "number", "code", "key", "line", "seq", "sequence", "nr", "nummer",
                "position", "pos", "zeile", "beleg")  # fmt: skip
_OWN = {"record_id": "customer_id"}
_FIRST = ("order_id", "refund_id", "message_id", "response_id", "campaign_id", "coupon_id",
          "promotion_id", "order_line_id", "product_id", "customer_id", "store_id")  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """Columns that may be a key.

    Parameters
    ----------
    columns
        One to three.
    repeated
        How many of their values come more than once in a file.
    again
        How many come in several files, and how many of those with other content; of what is no
        key, only for the most promising.
    """

    columns: tuple[Seen, ...]
    repeated: int
    again: int
    changed: int

    @property
    def names(self) -> str:
        """The file's own names, as ``Invoice No + Stock Code``."""
        return " + ".join(column.header for column in self.columns)


@dataclass(frozen=True)
class Keys:
    """What identifies a row.

    Parameters
    ----------
    key
        The best key, or None: then a row is its place.
    tried
        What was tried and is none, the most promising first.
    doubles
        Rows that are equal to an earlier row of their file in every column.
    """

    key: Candidate | None
    tried: tuple[Candidate, ...]
    doubles: int


def find_keys(profile: Profile, columns: Columns, entity: Entity) -> Keys:
    """Look for a key: the smallest that contains an id that is known by its name.

    Parameters
    ----------
    entity
        Whose own ids are tried first.

    Returns
    -------
    Keys
        With what was tried.
    """
    candidates = _candidates(profile, columns, entity)
    # in few rows each order has one line by chance
    has_lines = any(each.meaning in {"order_line_id", "product_id"} for each in candidates[1:])
    is_short = entity.name == "order_lines" and profile.rows < _ENOUGH_ROWS and has_lines
    tried: list[Candidate] = []
    found: Candidate | None = None
    for group in _groups(candidates, shortest=1 + is_short):
        repeated = _repeated(profile, group)
        if not repeated:
            again, changed = _again(profile, columns, group)
            found = Candidate(group, 0, again, changed)
            break
        if len(group) < 3 and group[-1].meaning != "store_id":
            again, changed = (0, 0) if tried else _again(profile, columns, group)
            tried.append(Candidate(group, repeated, again, changed))
    return Keys(found, tuple(tried[:6]), _doubles(profile, columns))


def _candidates(profile: Profile, columns: Columns, entity: Entity) -> list[Seen]:
    """Return the columns that look like ids, the likeliest first."""
    own = [_OWN.get(name, name) for name in entity.facts.grain]
    rank = {meaning: place for place, meaning in enumerate(dict.fromkeys([*own, *_FIRST]))}
    rank.pop("source_system", None)
    listed = [
        column
        for column in columns.each
        # of an entity's own key a few rows may have none: they are quarantined
        if column.filled >= profile.rows * (_FILLED if column.meaning in own else 1)
        and not column.is_list
        and (column.meaning in rank or (not column.meaning and _looks_like_id(column, profile)))
        and (not column.is_personal or column.classification == "pseudonymous")
    ]
    listed.sort(key=lambda column: (rank.get(column.meaning, len(rank)), column.place))
    return listed[:_MOST_CANDIDATES]


def _looks_like_id(column: Seen, profile: Profile) -> bool:
    ends = column.name.endswith(_ENDS_OF_IDS)
    return column.sql_type in {"VARCHAR", "BIGINT"} and ends and column.distinct > 1


def _groups(candidates: Sequence[Seen], shortest: int) -> Iterator[tuple[Seen, ...]]:
    """Yield single columns, pairs and triples; those with the likeliest column first."""
    if not candidates:
        return
    main = candidates[0]
    if shortest == 1:
        yield (main,)
    for size in (1, 2):
        for others in combinations(candidates[1:], size):
            yield (main, *others)
    if main.meaning not in _FIRST:
        for size in (1, 2, 3):
            yield from combinations(candidates[1:], size)


def _repeated(profile: Profile, group: Sequence[Seen]) -> int:
    (count,) = profile.one(
        f"select count(*) from (select 1 from sample where {_all_filled(group)}"
        f" group by _file, {_listed(group)}"
        " having count(*) > 1)"
    )
    return int(count)


def _again(profile: Profile, columns: Columns, group: Sequence[Seen]) -> tuple[int, int]:
    again, changed = profile.one(
        f"select count(*), count(*) filter (contents > 1) from ("
        f"select count(distinct hash({_listed(columns.each)})) as contents from sample"
        f" group by {_listed(group)} having count(distinct _file) > 1)"
    )
    return int(again), int(changed)


def _doubles(profile: Profile, columns: Columns) -> int:
    (count,) = profile.one(
        f"select coalesce(sum(times - 1), 0) from (select count(*) as times from sample"
        f" group by _file, {_listed(columns.each)} having count(*) > 1)"
    )
    return int(count)


def _all_filled(columns: Sequence[Seen]) -> str:
    return " and ".join(f"c{column.place} is not null" for column in columns)


def _listed(columns: Sequence[Seen]) -> str:
    return ", ".join(f"c{column.place}" for column in columns)
