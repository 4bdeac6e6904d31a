"""Shows quarantined rows, and lands the corrected ones."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from dangol import ledger
from dangol.build.warehouse import open_memory
from dangol.contracts.deliveries import JSON_LINES_ENDING, delivery_of, is_json_supplement
from dangol.contracts.model import Stream
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
    """Write a file's quarantined rows to a file of text for correction by hand.

    Parameters
    ----------
    target
        Gets the rows' original text in UTF-8: lines as they are, after the lines that came before
        the rows; rows of other formats as JSON lines.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    ResubmitError
        If there are none, or none that has a text.
    """
    rows = _read(settings, load_id)
    if not rows:
        raise ResubmitError(
            f"{load_id} has no quarantined rows; `dangol quarantine` lists the loads that have some"
        )
    texts = [row["original_text"] for row in rows if row["original_text"]]
    if not texts:
        raise ResubmitError(f"{load_id}: what is quarantined can't be read: ask for the file again")
    head = rows[0]["header"]
    lines = [*([head] if head else []), *texts, ""]
    write_whole(target, "\n".join(lines).encode())
    return len(texts)


def resubmit(settings: Settings, load_id: str, corrected: Path) -> str:
    """Land corrected rows of a file as a supplement to it.

    It is processed like any other file: by its contract, into the ledger, for the same business
    day.

    Parameters
    ----------
    load_id
        The file whose rows were corrected.
    corrected
        Such a file as `export_rows` writes, in UTF-8.

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
    taken = {each.file for each in ledger.read_ledger(settings, load.system, load.stream)}
    if not corrected.is_file():
        raise ResubmitError(
            f"{corrected} does not exist: `dangol quarantine {load_id} --export` writes such a file"
        )
    content = _as_utf_8(stream, corrected.read_bytes())
    number = 1
    while name := _supplement_name(stream, load, number):
        number += 1
        if name in taken:
            continue
        with closing(Landing(settings.landing)) as landing:
            if landing.put(load.system, name, content):
                return f"{settings.landing}/{load.system}/{name}"
    shown = "_s1.".join(load.file.rsplit(".", 1))
    raise ResubmitError(
        f"the contract of {stream.label} accepts no file named {shown}: add {{date}}, or the group "
        "supplement, to its filePattern"
    )


def _as_utf_8(stream: Stream, content: bytes) -> bytes:
    """Mark a text as UTF-8 where the contract names another encoding."""
    named = stream.format.encoding
    if named is None or named.startswith("utf-8") or content.startswith(codecs.BOM_UTF8):
        return content
    try:
        content.decode()
    except UnicodeDecodeError:
        return content  # saved in the contract's own
    return codecs.BOM_UTF8 + content


def _supplement_name(stream: Stream, load: Load, number: int) -> str | None:
    """Return the name of a load's supplement, or None if the contract accepts none."""
    original = load.file
    if is_json_supplement(stream, original):
        original = original.removesuffix(JSON_LINES_ENDING)
    ending = "" if stream.format.is_lines else JSON_LINES_ENDING
    expected = delivery_of(stream.file_pattern, original)
    if expected is None or "/" in original:
        return None
    expected = replace(expected, supplement=number)
    for base in _without_supplement(original, load.supplement):
        for place in range(len(base), 0, -1):
            name = f"{base[:place]}_s{number}{base[place:]}"
            if delivery_of(stream.file_pattern, name) == expected:
                return f"{name}{ending}"
    return None


def _without_supplement(name: str, supplement: int) -> Iterator[str]:
    """Yield a name without the number of its supplement, not gzipped and as it is."""
    unzipped = name.removesuffix(".gz")
    for each in [unzipped, name] if unzipped != name else [name]:
        if not supplement:
            yield each
        for match in re.finditer(rf"_s0*{supplement}(?!\d)", each) if supplement else ():
            yield each[: match.start()] + each[match.end() :]


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
