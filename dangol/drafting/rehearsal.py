"""A home of its own in which one system is tried out on a few files, and which is then removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from dangol.contracts.deliveries import ARCHIVE_MARK, delivery_in
from dangol.contracts.model import Contract
from dangol.contracts.reading import load_contract, systems_in
from dangol.contracts.staging import check_staging, models_of
from dangol.errors import UsageError
from dangol.extract.landing import Landing
from dangol.extract.listing import files_of
from dangol.files import private_folder
from dangol.night import Night
from dangol.settings import SOURCES, Settings

_LONG_AGO = 946_684_800
"""A file's time, so that none counts as still growing: 2000-01-01."""


@dataclass(frozen=True)
class Rehearsal:
    """One system and some files in a home of their own.

    Parameters
    ----------
    settings
        Of that home.
    night
        Of the last business day that a file's name has, or of yesterday.
    contract
        The system's, as it is in force there.
    claimed
        From stream to the files, or members of archives, whose names are its.
    unclaimed
        The files that are no stream's.
    """

    settings: Settings
    night: Night
    contract: Contract
    claimed: dict[str, list[str]]
    unclaimed: list[str]


def system_folder(settings: Settings, system: str) -> Path:
    """Find a system's folder: the company's own, or one of Dangol's.

    Returns
    -------
    Path
        With its contract.

    Raises
    ------
    UsageError
        If there is none.
    """
    own = settings.company_folder / "systems"
    for folder in (own, SOURCES):
        if system in systems_in(folder):
            return folder / system
    known = ", ".join([*systems_in(own), *systems_in(SOURCES)])
    raise UsageError(
        f"there is no system {system}: {own / system} has no contract; there are {known}"
    )


@contextmanager
def rehearse(settings: Settings, folder: Path, files: Sequence[Path]) -> Iterator[Rehearsal]:
    """Copy a system and files into a home of their own.

    A draft counts as active there, and nothing of it is overdue.

    Parameters
    ----------
    folder
        The system's, with its contract.
    files
        As they would land.

    Yields
    ------
    Rehearsal
        Its home is removed at the end.

    Raises
    ------
    UsageError
        If a file does not exist, or two have the same name.
    StagingError
        If a staging model is missing or can't be read.
    """
    settings.need_company()
    names = [file.name for file in files]
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file} is not a file")
        if names.count(file.name) > 1:
            raise UsageError(f"two of the files are named {file.name}: check them one at a time")
    contract = load_contract(folder)
    check_staging(contract)
    with tempfile.TemporaryDirectory(prefix="dangol-") as temporary:
        home = Path(temporary)
        own = private_folder(home / "company" / "systems" / contract.system)
        for file in models_of(contract):
            shutil.copyfile(file, own / file.name)
        for file in sorted(folder.glob("*contract.yml")):
            (own / file.name).write_text(_in_force(file), encoding="utf-8")
        _land(private_folder(home / "landing" / contract.system), files)
        tried = replace(
            settings,
            home=home,
            landing=str(home / "landing"),
            own_folder=None,
            company=replace(settings.company, systems=()),
            id_key="0" * 64,  # so that a test can say what its ids are
        )
        yield _rehearsal(tried, load_contract(own), names)


def _land(landing: Path, files: Sequence[Path]) -> None:
    for file in files:
        copy = landing / file.name
        shutil.copyfile(file, copy)
        os.utime(copy, (_LONG_AGO, _LONG_AGO))


def _in_force(file: Path) -> str:
    """Return a contract without a promise of freshness, and as if its system delivered."""
    document: dict[str, Any] = yaml.safe_load(file.read_bytes())
    document["status"] = "active"
    document["customProperties"] = [
        each
        for each in document.get("customProperties") or ()
        if each.get("property") != "activeFrom"
    ]
    document["slaProperties"] = [
        each for each in document.get("slaProperties") or () if each.get("property") != "frequency"
    ]
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)


def _rehearsal(settings: Settings, contract: Contract, names: Sequence[str]) -> Rehearsal:
    landing = Landing(settings.landing)
    claimed: dict[str, list[str]] = {}
    days: list[date] = []
    for stream in contract.streams:
        for file, named in files_of(landing, stream):
            claimed.setdefault(stream.name, []).append(file.name)
            if named.last:
                days.append(named.last)
    taken = {name.partition(ARCHIVE_MARK)[0] for listed in claimed.values() for name in listed} | {
        name for name in names if any(delivery_in(each, name) for each in contract.streams)
    }
    company = settings.company
    night = Night.of(max(days), company) if days else Night.ending_by(datetime.now(UTC), company)
    return Rehearsal(
        settings, night, contract, claimed, [name for name in names if name not in taken]
    )
