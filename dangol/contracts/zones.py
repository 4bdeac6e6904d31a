"""Checks that the times of a stream have one zone each: in the value, or by the contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dangol.contracts.model import EPOCHS, Column, ContractError

ZONED = re.compile(r"(?<!%)(?:%%)*%[zZ]")
"""In a format: the value has its own offset or zone."""

_DIRECTIVE = re.compile(r"%-?.")
_ZONE_IN_LETTERS = re.compile(r"([A-Z]{1,5})\W*$")
_UTC = frozenset({"Z", "UTC", "GMT"})


def check_zones(
    where: str, given: Mapping[str, Any], columns: Iterable[Column], usual: str, time_zone: str
) -> None:
    """Check the zones of a stream's times.

    Parameters
    ----------
    given
        The stream's custom properties.
    usual
        How times are written, where a column does not say it.

    Raises
    ------
    ContractError
        If ``timeZone`` is for no time, as all have their own; or if times end in the letters of
        another zone, such as UTC or KST.
    """
    times = [column for column in columns if column.sql_type == "TIMESTAMP"]
    own = [usual, *(column.time_format for column in times if column.time_format)]
    if "timeZone" in given and all(written in EPOCHS for written in own):
        raise ContractError(
            f"{where}: timestampFormat is {own[0]}, which counts in UTC, and timeZone is "
            f"{time_zone}: remove one"
        )
    if "timeZone" in given and all(written in EPOCHS or ZONED.search(written) for written in own):
        raise ContractError(
            f"{where}: times are written with an offset (%z) and timeZone is {time_zone}: it "
            "would be applied twice; remove timeZone"
        )
    for written in own:
        letters = _ZONE_IN_LETTERS.search(_DIRECTIVE.sub("0", written))
        if letters and not _is_zone(letters[1], time_zone):
            raise ContractError(
                f"{where}: times end in {letters[1]}, and timeZone is {time_zone}, which is not "
                "called that all year: declare the zone that the letters mean; if others are "
                "local, write %z for Z and %Z for UTC"
            )


def _is_zone(letters: str, time_zone: str) -> bool:
    """Return whether letters mean a zone, in summer and in winter."""
    zone = ZoneInfo(time_zone)
    names = {datetime(2026, month, 1, tzinfo=zone).tzname() for month in (1, 7)}
    return names == {letters} or (letters in _UTC and names <= _UTC)
