"""Reads a company's description, ``company.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from dangol.variables import SettingsError


@dataclass(frozen=True)
class Company:
    """The contents of ``company.toml`` in the company's own folder.

    Parameters
    ----------
    name
        As shown in reports; empty if the company is not described yet.
    timezone
        The business time zone, where a day begins. An IANA name.
    currency
        ISO 4217 code of every published amount.
    schedule_timezone
        The time zone in which the night starts at 02:00: the team's, which may differ.
    systems
        Those of Dangol's own systems that deliver to this company.
    """

    name: str
    timezone: str
    currency: str
    schedule_timezone: str = ""
    systems: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone as an object."""
        return ZoneInfo(self.timezone)

    @property
    def schedule_zone(self) -> str:
        """The time zone in which the night starts."""
        return self.schedule_timezone or self.timezone

    @property
    def is_described(self) -> bool:
        """Whether there is a ``company.toml``."""
        return bool(self.name)


UNDESCRIBED = Company("", "UTC", "")
"""A company without a ``company.toml``: commands that need no day work, nights refuse."""


def read_company(file: Path) -> Company:
    """Read a ``company.toml``.

    Returns
    -------
    Company
        `UNDESCRIBED` if there is no such file for this account.

    Raises
    ------
    SettingsError
        If it is invalid; the message names the file and the line.
    """
    try:
        text = file.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return UNDESCRIBED  # a reader of the tables need not know it
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{file}:{line}: it is not UTF-8 text: save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, OSError, RecursionError) as error:
        raise SettingsError(f"{file} can't be read: {error}") from error
    for key, value in given.items():
        if problem := _problem_of(key, value):
            raise SettingsError(f"{file}{_line_of(key, text)}: {problem}")
    if missing := [key for key in _NEEDED if not given.get(key)]:
        raise SettingsError(f"{file}: it needs {_NEEDED[missing[0]]}")
    return Company(**given | {"systems": tuple(given.get("systems", ()))})


_NEEDED = {"name": "a name, as shown in reports",
           "timezone": "a timezone, in which days are cut, such as Asia/Seoul",
           "currency": "a currency such as KRW (ISO 4217)"}  # fmt: skip


def _problem_of(key: str, value: object) -> str:
    """Say what is wrong with a line of ``company.toml``; nothing if it is empty."""
    if key not in Company.__dataclass_fields__:
        return f"{key} is unknown; the valid keys are {', '.join(Company.__dataclass_fields__)}"
    if key == "systems":
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return ""
        return f'systems is {value!r}; it must be a list of names, such as ["web_shop"]'
    if not isinstance(value, str):
        return f"{key} is {value!r}; it must be a text in quotes"
    if key == "currency" and value and not re.fullmatch("[A-Z]{3}", value):
        return f"it needs {_NEEDED[key]}, and has {value!r}"
    if key.endswith("timezone") and value and value not in available_timezones():
        return f"the time zone is {value!r}; use a name such as Asia/Seoul"
    return ""


def _line_of(key: str, text: str) -> str:
    lines = (
        n
        for n, each in enumerate(text.splitlines(), 1)
        if re.match(rf"\W*{re.escape(key)}\b", each)
    )
    return "".join(f":{line}" for line in [next(lines, 0)] if line)
