"""Whether a folder is, or can be, a home; the message says why not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dangol.errors import DangolError
from dangol.files import private_folder
from dangol.settings import Settings

_PARTS = ("company", "lake", "warehouse", "ops", "landing", "run.json")
"""Entries of a home, of which `dangol init` or a night makes at least one."""


class HomeError(DangolError):
    """The folder of ``DANGOL_HOME`` is no home, or can't be one; the message says why."""


def need_home(settings: Settings) -> Settings:
    """Refuse a folder that is no home.

    Returns
    -------
    Settings
        The same.

    Raises
    ------
    HomeError
        If it is none. Whatever this account may not see is left to those who read it.
    """
    home = settings.home
    with _explained(settings):
        if not home.is_dir():
            there = os.path.lexists(home)
            why = "it is not a folder" if there else "there is no such folder"
        elif any((home / part).exists() for part in _PARTS):
            return settings
        else:
            why = f"it has neither {', '.join(_PARTS[:-2])} nor {_PARTS[-2]}"
    raise HomeError(
        f"{home} is no home of Dangol: {why}. Set DANGOL_HOME to the company's folder; "
        "`dangol init` makes a new one"
    )


def open_home(settings: Settings) -> int:
    """Make the home's folder where it is missing, and open it.

    Returns
    -------
    int
        Its descriptor.

    Raises
    ------
    HomeError
        If it can't be made or opened.
    """
    with _explained(settings):
        return os.open(private_folder(settings.home), os.O_RDONLY | os.O_DIRECTORY)


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise HomeError(
            f"{settings.home} can't be a home of Dangol: {error.strerror or error}. Set DANGOL_HOME"
            " to a folder that this account may write to, on a disk with space"
        ) from error
