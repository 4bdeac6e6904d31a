"""The load ledger: one record for every landed file, whatever its outcome.

The manifests are the ledger: a separate file could be lost or disagree with the lake. A batch of
files becomes one Parquet file and then one manifest; without it, the next run removes the other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dangol.errors import DangolError
from dangol.files import DAMAGE, write_whole
from dangol.settings import Settings

MANIFEST_SUFFIX = ".loads.jsonl"

LOADED, DUPLICATE, EMPTY = "loaded", "duplicate", "empty"
REJECTED, REFUSED, REMOVED, WAITING = "rejected", "refused", "removed", "waiting"


class DamagedFileError(DangolError):
    """A file of the lake is damaged or missing; the message names it and says what to do."""


@dataclass(frozen=True)
class Load:
    """The outcome of one landed file.

    Parameters
    ----------
    load_id
        ``<system>.<stream>.<number>``, counted per stream in order of arrival.
    fingerprint
        Of the listing; a file with the same name and fingerprint is not read again.
    sha256, bytes, encoding
        Of the landed bytes; empty if they were not read.
    first_date, file_date
        The first business day, if there are several, and the last; None if its name has no date.
    part, revision, supplement
        Which of several files for the same days, empty if there is one; the number of its
        correction and of its supplement, 0 if it is none.
    rows_read, rows_loaded, rows_quarantined
        Records. The first is always the sum of the other two.
    rows_skipped, comments_skipped, totals_skipped, headers_skipped, blank_skipped
        Lines and records of the file that are not rows; of these comments between rows, totals,
        repeated headers, blank lines and padding. The others are around the header and at the end.
    status
        ``loaded``, ``duplicate``, ``empty``, ``rejected`` (it can't be read by its contract),
        ``refused`` (another file claims its delivery or has its content), ``removed`` (a refused
        one is gone) or ``waiting``.
    reason
        In words; empty if there is nothing to say.
    duplicate_of
        The earlier load with the same content.
    contract_version, contract_digest
        Of the contract that it was read with.
    contender
        The other file that claims its delivery or has its content, if it was refused.
    control_total
        The sum of the loaded rows' amounts, as text; None if the stream has no control total.
    load_date, run_id, started_at, finished_at
        The night that loaded it, and the wall clock in UTC.
    raw_file, raw_sha256, quarantine_file, quarantine_sha256
        The files with its rows, relative to the home.
    """

    load_id: str
    number: int
    system: str
    stream: str
    file: str
    fingerprint: str
    load_date: str
    run_id: str
    contract_version: str
    started_at: str
    sha256: str = ""
    bytes: int = 0
    encoding: str = ""
    first_date: str | None = None
    file_date: str | None = None
    part: str = ""
    revision: int = 0
    supplement: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_skipped: int = 0
    comments_skipped: int = 0
    totals_skipped: int = 0
    headers_skipped: int = 0
    blank_skipped: int = 0
    status: str = WAITING
    reason: str = ""
    duplicate_of: str | None = None
    control_total: str | None = None
    finished_at: str = ""
    contract_digest: str = ""
    contender: str | None = None
    raw_file: str | None = None
    raw_sha256: str | None = None
    quarantine_file: str | None = None
    quarantine_sha256: str | None = None


def read_ledger(
    settings: Settings, system: str = "*", stream: str = "*", night: str = "*"
) -> list[Load]:
    """Read the ledger of one stream and of one night (its day in ISO form), or of all (``*``).

    Returns
    -------
    list of Load
        By system, stream and number.

    Raises
    ------
    DamagedFileError
        If a manifest is damaged.
    """
    manifests = settings.raw.glob(f"{system}/{stream}/load_date={night}/*{MANIFEST_SUFFIX}")
    loads = [load for manifest in manifests for load in _read_manifest(manifest)]
    return sorted(loads, key=lambda load: (load.system, load.stream, load.number))


def damage_of(file: Path) -> str:
    """Say what is wrong with a file that does not match its manifest."""
    if file.exists():
        return f"{file} is damaged: its SHA-256 differs from the one in its manifest"
    return f"{file} is missing, but its manifest lists it"


def write_manifest(manifest: Path, loads: Sequence[Load]) -> None:
    """Commit a batch by writing the manifest next to its Parquet file."""
    lines = "".join(json.dumps(asdict(load), ensure_ascii=False) + "\n" for load in loads)
    seal = json.dumps({"manifest_sha256": hashlib.sha256(lines.encode()).hexdigest()})
    write_whole(manifest, f"{lines}{seal}\n".encode())


def remove_uncommitted(settings: Settings, system: str, stream: str) -> int:
    """Remove Parquet files of batches that were never committed; return their number."""
    removed = 0
    for room in (settings.raw, settings.quarantine):
        for parquet in list(room.glob(f"{system}/{stream}/load_date=*/*.parquet")):
            relative = parquet.relative_to(room).with_suffix(MANIFEST_SUFFIX)
            if not (settings.raw / relative).exists():
                parquet.unlink()
                removed += 1
    return removed


def delivery_of(load: Load) -> tuple[Any, ...]:
    """Return what a file delivers: stream, days and part; without days, the file's name."""
    name = load.file if load.file_date is None else ""
    first_date = load.first_date or load.file_date
    return load.system, load.stream, first_date, load.file_date, load.part, name


def delivery_in_words(load: Load) -> str:
    """Return a file's delivery as text, such as ``2017-01-05/seoul``, unique within its stream."""
    if load.file_date is None:
        return load.file
    days = load.file_date if load.first_date is None else f"{load.first_date}..{load.file_date}"
    part = f"/{load.part}" if load.part else ""
    return f"{days}{part}{f'/s{load.supplement}' if load.supplement else ''}"


def _read_manifest(manifest: Path) -> list[Load]:
    cause: Exception | None = None
    try:
        text = manifest.read_text(encoding="utf-8", errors="replace")
        lines, _, seal = text.rstrip("\n").rpartition("\n")
        expected = {"manifest_sha256": hashlib.sha256(f"{lines}\n".encode()).hexdigest()}
        if json.loads(seal) == expected:
            # splitlines would also split at characters that JSON does not escape
            loads = [_load(json.loads(line)) for line in lines.split("\n")]
            if all(_belongs_to(manifest, load) for load in loads):
                return loads
    except DAMAGE as error:
        cause = error
    raise DamagedFileError(
        f"{manifest} is damaged: it does not match its checksum or its place. Restore it and its "
        "Parquet file from a backup, or delete both: the next night reloads their files from the "
        "landing zone."
    ) from cause


def _belongs_to(manifest: Path, load: Load) -> bool:
    """Whether a load is of the manifest's own stream and night, and names only files there."""
    system, stream, night = manifest.parts[-4:-1]
    files = {"raw": load.raw_file, "quarantine": load.quarantine_file}
    return (
        (load.system, load.stream, f"load_date={load.load_date}") == (system, stream, night)
        and all(
            file is None or re.fullmatch(
                rf"lake/{room}/{re.escape(f'{system}/{stream}/{night}')}/[\w.-]+\.parquet", file
            )
            for room, file in files.items()
        )
    )  # fmt: skip


def _load(record: dict[str, Any]) -> Load:
    """Read a record, also one of an earlier version, which had a total per column."""
    totals = record.pop("control_totals", {})
    record.setdefault("control_total", next(iter(totals.values()), None))
    return Load(**record)
