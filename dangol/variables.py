"""Reads values of environment variables, and says what is allowed where one can't be used."""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Mapping
from pathlib import Path

from dangol.errors import DangolError

_NO_GROUP = 2**32 - 1
"""Of the kernel: the number that stands for none."""

_LONGEST = 40
"""Characters of a value that a message quotes."""


class SettingsError(DangolError):
    """A setting can't be used; the message names it and says what is allowed."""


_MEMORY = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?) ?([KMGT])(i?)B?", re.ASCII | re.IGNORECASE)
_LEAST_MEMORY = 10_000_000
"""Bytes, with less, DuckDB opens no file."""


def text_of(environment: Mapping[str, str], name: str, default: str = "") -> str:
    """Read a text; a variable that is empty counts as not set, as in docker compose."""
    text = environment.get(name) or default
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SettingsError(f"{name} is not UTF-8 text: write it in UTF-8") from error
    return text


def folder_of(environment: Mapping[str, str], name: str, default: str = "") -> Path | None:
    """Read the path of a folder; None if there is neither a value nor a default."""
    text = text_of(environment, name, default)
    if not text:
        return None
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(
            f"{name} is {text!r}; there is no such account here: write the whole path"
        ) from error


def whole_number(
    environment: Mapping[str, str], name: str, default: int, least: int, most: int
) -> int:
    """Read a whole number within bounds."""
    text = text_of(environment, name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text, re.ASCII) or not least <= int(text) <= most:
        raise SettingsError(
            f"{name} is {_quoted(text)}; it must be a whole number from {least} to {most}"
        )
    return int(text)


def memory_limit(environment: Mapping[str, str], default: str) -> str:
    """Read an amount of memory in DuckDB's notation."""
    text = text_of(environment, "DANGOL_MEMORY_LIMIT", default)
    match = _MEMORY.fullmatch(text)
    base = 1024 if match and match[3] else 1000
    power = "KMGT".index(match[2].upper()) + 1 if match else 0
    if not match or float(match[1]) * base**power < _LEAST_MEMORY:
        raise SettingsError(
            f"DANGOL_MEMORY_LIMIT is {_quoted(text)}; it must be an amount of at least 10MB, such "
            "as 512MB or 4GB"
        )
    return text


def is_yes(environment: Mapping[str, str], name: str) -> bool:
    """Read a yes or a no; no by default."""
    text = text_of(environment, name, "no")
    if text not in {"yes", "no"}:
        raise SettingsError(f"{name} is {_quoted(text)}; it must be yes or no")
    return text == "yes"


def secret_key(environment: Mapping[str, str], name: str) -> str:
    """Read a secret of 64 hexadecimal digits; empty by default. No message quotes it."""
    text = environment.get(name, "")
    if text and not re.fullmatch("[0-9a-f]{64}", text):
        raise SettingsError(
            f"{name} can't be used: it must be 64 hexadecimal digits, in lower case, such as "
            "`openssl rand -hex 32` prints"
        )
    return text


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def group(environment: Mapping[str, str]) -> int | None:
    """Read the group of readers, which this account must be in to give it anything."""
    text = text_of(environment, "DANGOL_READERS_GROUP")
    if not text:
        return None
    try:
        is_number = re.fullmatch("[0-9]{1,10}", text, re.ASCII) and int(text) < _NO_GROUP
        number = int(text) if is_number else grp.getgrnam(text).gr_gid
    except KeyError as error:
        raise SettingsError(
            f"DANGOL_READERS_GROUP is {_quoted(text)}; there is no such group here: create it, or "
            "give its number"
        ) from error
    if os.geteuid() and number not in {os.getegid(), *os.getgroups()}:
        raise SettingsError(
            f"DANGOL_READERS_GROUP is {text!r}; the account that runs the pipeline must be in it, "
            "to give it the publications: add it, and log in again"
        )
    return number
