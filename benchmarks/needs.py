"""Checks what a benchmark needs before it starts.

If something is missing, the program says which command creates it, and exits with 2 before it does
any work. Measured programs use this module too, so it imports nothing slow.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

DEVELOPERS = "make .venv/.ready-dev"
"""Installs what ``make test`` needs beyond ``make setup``."""


def refuse(sentence: str) -> NoReturn:
    """Exit because something that the program needs is missing.

    Parameters
    ----------
    sentence
        What is missing and which command creates it.

    Raises
    ------
    SystemExit
        With exit code 2.
    """
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


def need_modules(*names: str, command: str = "make setup") -> None:
    """Refuse to start without some Python modules.

    Parameters
    ----------
    names
        Top-level modules; they are not imported.
    command
        The command that installs them.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            refuse(f"{name} is not installed for {sys.executable}: run `{command}`")


def need_path(path: Path, command: str) -> None:
    """Refuse to start without a file or folder.

    Parameters
    ----------
    command
        The command that creates it.
    """
    if not path.exists():
        refuse(f"{path} is missing: `{command}` makes it")


def need_space(folder: Path, gigabytes: float) -> None:
    """Refuse to start on a disk that the benchmark would fill.

    Parameters
    ----------
    folder
        Must exist.
    gigabytes
        The peak size of all files together.
    """
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize / 1e9
    if free < gigabytes:
        refuse(
            f"{folder} has {free:.1f} GB free and this takes up to {gigabytes:.1f} GB: make room, "
            "or `export TMPDIR=FOLDER` with one on another disk"
        )
