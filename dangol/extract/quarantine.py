"""Shows quarantined rows, and lands the corrected ones."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

from dangol import ledger
from dangol.build.warehouse import open_memory
from dangol.contracts.deliveries import delivery_of
from dangol.contracts.reading import find_stream
from dangol.errors import DangolError
from dangol.extract.landing import Landing
from dangol.files import sha256_of, write_whole
from dangol.ledger import Load
from dangol.settings import Settings


class ResubmitError(DangolError):
    """Corrected rows can't be landed; the message says why."""


def quarantined_rows(settings: Settings, load_id: str | None = None) -> list[dict[str, Any]]:
    """Return the rows in quarantine.

    Parameters
    ----------
    load_id
        Of one file; all by default.

    Returns
    -------
    list of dict
        ``load_id, file, line, column_name, reason, original_text``, by load and line.
    """
    rows = _read(settings, load_id)
    return [{name: value for name, value in row.items() if name != "header"} for row in rows]


def export_rows(settings: Settings, load_id: str, target: Path) -> int:
    """Write a file's quarantined rows to a CSV file for correction by hand.

    Parameters
    ----------
    target
        Gets the file's header and the rows' original text, in UTF-8.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    ResubmitError
        If there are none.
    """
    rows = _read(settings, load_id)
    if not rows:
        raise ResubmitError(
            f"{load_id} has no quarantined rows; `dangol quarantine` lists the loads that have some"
        )
    lines = [rows[0]["header"], *(row["original_text"] for row in rows), ""]
    write_whole(target, "\n".join(lines).encode())
    return len(rows)


def resubmit(settings: Settings, load_id: str, corrected: Path) -> str:
    """Land corrected rows of a file as a supplement to it.

    It is processed like any other file: by its contract, into the ledger, for the same business
    day.

    Parameters
    ----------
    load_id
        The file whose rows were corrected.
    corrected
        A CSV file with a header, as `export_rows` writes it.

    Returns
    -------
    str
        The path of the landed file.

    Raises
    ------
    ResubmitError
        If one of the files does not exist, or the contract accepts no name for a supplement.
    """
    load = _load(settings, load_id)
    stream = find_stream(settings, load.system, load.stream)
    stem, dot, suffix = load.file.removesuffix(".gz").rpartition(".")
    stem = re.sub(r"_s\d+$", "", stem)
    taken = {each.file for each in ledger.read_ledger(settings, load.system, load.stream)}
    if not corrected.is_file():
        raise ResubmitError(
            f"{corrected} does not exist: `dangol quarantine {load_id} --export` writes such a file"
        )
    content = corrected.read_bytes()
    number = 1
    while f"{stem}_s{number}{dot}{suffix}" in taken:
        number += 1
    with closing(Landing(settings.landing)) as landing:
        while delivery_of(stream.file_pattern, name := f"{stem}_s{number}{dot}{suffix}"):
            if landing.put(load.system, name, content):
                return f"{settings.landing}/{load.system}/{name}"
            number += 1
    raise ResubmitError(
        f"the contract of {stream.label} accepts no file named {name}: add {{date}}, or the group "
        "supplement, to its filePattern"
    )


def _read(settings: Settings, load_id: str | None) -> list[dict[str, Any]]:
    """Read quarantined rows, after checking the files' hashes."""
    hashes = {
        settings.home / load.quarantine_file: load.quarantine_sha256
        for load in ledger.read_ledger(settings)
        if load.quarantine_file and load_id in {None, load.load_id}
    }
    for file, expected in hashes.items():
        if not file.exists() or sha256_of(file) != expected:
            raise ledger.DamagedFileError(
                f"{ledger.damage_of(file)}. Restore it from a backup; its rows are also in the "
                "landed files."
            )
    if not hashes:
        return []
    with open_memory(settings) as connection:
        rows = connection.execute(
            "select * from read_parquet(?, hive_partitioning = false)"
            " where ? is null or load_id = ? order by load_id, line",
            [[str(file) for file in sorted(hashes)], load_id, load_id],
        )
        names = [column[0] for column in rows.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _load(settings: Settings, load_id: str) -> Load:
    for load in ledger.read_ledger(settings):
        if load.load_id == load_id:
            return load
    raise ResubmitError(f"the ledger has no load {load_id}; `dangol loads` lists them")
