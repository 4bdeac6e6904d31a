"""Reads values of environment variables, and says what is allowed where one can't be used."""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Mapping

from dangol.errors import DangolError

_NO_GROUP = 2**32 - 1
"""Of the kernel: the number that stands for none."""


class SettingsError(DangolError):
    """A setting can't be used; the message names it and says what is allowed."""


def whole_number(environment: Mapping[str, str], name: str, default: int, least: int) -> int:
    """Read a whole number, at least a certain one."""
    text = environment.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise SettingsError(f"{name} is {text!r}; it must be a whole number of at least {least}")
    return int(text)


def is_yes(environment: Mapping[str, str], name: str) -> bool:
    """Read a yes or a no; no by default."""
    text = environment.get(name) or "no"
    if text not in {"yes", "no"}:
        raise SettingsError(f"{name} is {text!r}; it must be yes or no")
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


def group(environment: Mapping[str, str]) -> int | None:
    """Read the group of readers, which this account must be in to give it anything."""
    text = environment.get("DANGOL_READERS_GROUP")
    if not text:
        return None
    try:
        is_number = text.isdecimal() and int(text) < _NO_GROUP
        number = int(text) if is_number else grp.getgrnam(text).gr_gid
    except KeyError as error:
        raise SettingsError(
            f"DANGOL_READERS_GROUP is {text!r}; there is no such group here: create it, or give its"
            " number"
        ) from error
    if os.geteuid() and number not in {os.getegid(), *os.getgroups()}:
        raise SettingsError(
            f"DANGOL_READERS_GROUP is {text!r}; the account that runs the pipeline must be in it, "
            "to give it the publications: add it, and log in again"
        )
    return number
