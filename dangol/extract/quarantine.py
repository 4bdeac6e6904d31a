"""Looks at quarantined rows, and lands the corrected ones again."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path
from typing import Any

import duckdb

from dangol.contracts import Stream, find_stream
from dangol.extract import ledger
from dangol.extract.ledger import Load
from dangol.files import write_whole
from dangol.settings import Settings


class ResubmitError(ValueError):
    """Corrected rows can't be landed; the message says why."""


def quarantined_rows(settings: Settings, load_id: str | None = None) -> list[dict[str, Any]]:
    """Return the rows in quarantine.

    Parameters
    ----------
    settings
        Gives the lake.
    load_id
        Of one file; all by default.

    Returns
    -------
    list of dict
        ``load_id, file, line, column_name, reason, original_text``, by load and line.
    """
    files = {
        settings.home / load.quarantine_file
        for load in ledger.read_ledger(settings)
        if load.quarantine_file and load_id in {None, load.load_id}
    }
    if not files:
        return []
    rows = duckdb.execute(
        "select * from read_parquet(?) where ? is null or load_id = ? order by load_id, line",
        [[str(file) for file in sorted(files)], load_id, load_id],
    )
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def export_rows(settings: Settings, load_id: str, target: Path) -> int:
    """Write the quarantined rows of a file as a CSV file to be corrected by hand.

    Parameters
    ----------
    settings
        Gives the lake.
    load_id
        Of the file.
    target
        Written with the contract's header above the rows' original text.

    Returns
    -------
    int
        How many rows it holds.

    Raises
    ------
    ResubmitError
        If there are none.
    """
    rows = quarantined_rows(settings, load_id)
    if not rows:
        raise ResubmitError(f"{load_id} has no rows in quarantine; `dangol quarantine` lists which have")
    header = _header_of(settings, _load(settings, load_id))
    write_whole(target, "\n".join([header, *(row["original_text"] for row in rows), ""]).encode())
    return len(rows)


def resubmit(settings: Settings, load_id: str, corrected: Path) -> Path:
    """Land corrected rows of a file as a file of their own.

    It goes the way of every other file: by its contract, into the ledger, for the same business day.

    Parameters
    ----------
    settings
        Gives the landing zone, which must be a folder.
    load_id
        The file whose rows were corrected.
    corrected
        A CSV file with a header, as `export_rows` wrote it.

    Returns
    -------
    Path
        The landed file.

    Raises
    ------
    ResubmitError
        If the stream's file names leave no room for it.
    """
    load = _load(settings, load_id)
    stream = find_stream(load.system, load.stream)
    stem, dot, suffix = load.file.removesuffix(".gz").rpartition(".")
    stem = re.sub(r"_s\d+$", "", stem)
    for number in range(1, 1000):
        name = f"{stem}_s{number}{dot}{suffix}"
        target = Path(settings.landing) / load.system / name
        if stream.delivery_of(name) is None:
            raise ResubmitError(
                f"the contract of {stream.label} knows no name such as {name}: let its filePattern "
                "have {date}, or the group supplement"
            )
        if not target.exists():
            write_whole(target, corrected.read_bytes())
            return target
    raise ResubmitError(f"{load.file} has a thousand supplements already")


def _load(settings: Settings, load_id: str) -> Load:
    for load in ledger.read_ledger(settings):
        if load.load_id == load_id:
            return load
    raise ResubmitError(f"the ledger has no load {load_id}; `dangol loads` lists them")


def _header_of(settings: Settings, load: Load) -> str:
    """Return the header that the rows came under, or the contract's if the file is gone."""
    stream: Stream = find_stream(load.system, load.stream)
    landed = Path(settings.landing) / load.system / load.file
    if landed.is_file():
        opener = gzip.open if landed.read_bytes()[:2] == b"\x1f\x8b" else open
        with opener(landed, "rt", encoding=load.encoding or "utf-8", newline="") as text:
            return str(text.readline()).lstrip("\ufeff").rstrip("\r\n")
    line = io.StringIO()
    names = [column.name for column in stream.columns]
    csv.writer(line, delimiter=stream.delimiter, lineterminator="").writerow(names)
    return line.getvalue()
