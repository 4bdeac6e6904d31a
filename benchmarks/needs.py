"""What a benchmark needs before it starts.

If that is missing, it says in a sentence which command makes it, and ends with 2 before it has done
any work. Measured programs use this too: it imports nothing that takes time.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn

DEVELOPERS = "make .venv/.ready-dev"
"""Adds to ``make setup`` what ``make test`` needs."""


def refuse(sentence: str) -> NoReturn:
    """End the program because its set-up is missing.

    Parameters
    ----------
    sentence
        What is missing and which command makes it.

    Raises
    ------
    SystemExit
        With 2.
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
        Installs them.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            refuse(f"{name} is not installed for {sys.executable}: run `{command}`")


def need_path(path: Path, command: str) -> None:
    """Refuse to start without a file or folder.

    Parameters
    ----------
    path
        Of the file or folder.
    command
        Makes it.
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
        At the most, of all files at once.
    """
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize / 1e9
    if free < gigabytes:
        refuse(
            f"{folder} has {free:.1f} GB free and this takes up to {gigabytes:.1f} GB: make room, "
            "or `export TMPDIR=FOLDER` with one on another disk"
        )
