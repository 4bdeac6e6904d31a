"""What the nights record about themselves, kept as files next to the lake.

The build file can be deleted and rebuilt, and Airflow's database can be lost, so neither may
contain the only record of what happened. Each table has one JSON-lines file per business day,
replaced atomically. Running a night again replaces only its own records.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from dangol.errors import DangolError
from dangol.files import DAMAGE, private_folder, write_whole
from dangol.settings import Settings

log = logging.getLogger(__name__)


class DamagedRecordError(DangolError):
    """A file of what a night recorded can't be read; the message names it and says what to do."""


def record(
    settings: Settings,
    table: str,
    business_date: date,
    part: str,
    rows: Sequence[Mapping[str, Any]],
) -> Path:
    """Write the records of one step of a night, replacing its earlier ones.

    Parameters
    ----------
    table
        Of the ``ops`` schema by name, of the ``ml`` schema as ``ml.<name>``.
    part
        The step. Its earlier rows of the same night are replaced; other steps' rows stay.
    rows
        Flat records; dates, times and decimals are written as text.

    Returns
    -------
    Path
        The file written.
    """
    target = settings.ops / table / f"{business_date.isoformat()}.jsonl"
    lines = [{"part": part, "business_date": business_date.isoformat(), **row} for row in rows]
    with _one_at_a_time(private_folder(target.parent)):
        kept = [row for row in _read(target) if row["part"] != part]
        text = "".join(
            json.dumps(row, default=_text, ensure_ascii=False) + "\n" for row in kept + lines
        )
        write_whole(target, text.encode())
    return target


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Lock a folder: steps that run side by side record in the same file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read(settings: Settings, table: str, business_date: date) -> list[dict[str, Any]]:
    """Return what a night recorded in a table; empty if it recorded nothing there."""
    return _read(settings.ops / table / f"{business_date.isoformat()}.jsonl")


def read_all(settings: Settings, table: str) -> list[dict[str, Any]]:
    """Return what all nights recorded in a table, oldest first."""
    files = sorted((settings.ops / table).glob("*.jsonl"))
    return [row for file in files for row in _read(file)]


def read_if_sound(
    settings: Settings, table: str, business_date: date
) -> tuple[list[dict[str, Any]], str]:
    """Return what a night recorded in a table, and what is wrong with its file.

    Returns
    -------
    tuple of list and str
        No rows if the file can't be read; an empty text if it can.
    """
    try:
        return read(settings, table, business_date), ""
    except (DamagedRecordError, OSError) as error:
        return [], str(error)


def nights_of(settings: Settings, table: str) -> Iterator[date]:
    """Yield the nights that recorded something in a table; other files are none of ours."""
    for file in (settings.ops / table).glob("*.jsonl"):
        try:
            yield date.fromisoformat(file.stem)
        except ValueError:
            log.warning("%s is no record of a night: its name is no date", file)


def _read(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    try:
        # not splitlines, which also splits at line separators within a value
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line:
                rows.append(json.loads(line))
                rows[-1]["part"]
    except FileNotFoundError:
        return []
    except DAMAGE as error:
        raise DamagedRecordError(
            f"{file} is damaged after its line {len(rows)}: restore it from a backup, or delete it "
            "to lose only what that night recorded there about itself"
        ) from error
    return rows


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    raise TypeError(f"an operational record can't contain a {type(value).__name__}: {value!r}")
