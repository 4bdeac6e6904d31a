"""Takes what is new of one stream from the landing zone to the raw lake.

File by file: list, copy and check, match the header; then, batch by batch: parse, write Parquet,
write the manifest. Only the manifest makes a batch count, so a run that is killed anywhere loads
nothing twice and loses nothing: the next one begins again after the last manifest.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path


from dangol.contracts import NamedDelivery, Stream, find_stream
from dangol.extract import ledger
from dangol.extract.batch import write_batch
from dangol.extract.decode import Decoded, IncompleteFileError, RefusedFileError, decode
from dangol.extract.header import Layout, match_header
from dangol.extract.landing import LandedFile, Landing
from dangol.extract.ledger import Load
from dangol.faults import crash_point
from dangol.files import private_folder, remove_leftovers
from dangol.night import Night
from dangol.settings import Settings
from dangol.warehouse import open_memory

log = logging.getLogger(__name__)

_BATCH_BYTES = 48 << 20
_BATCH_FILES = 1000


@dataclass(frozen=True)
class Arrival:
    """A landed file that has been looked at.

    Parameters
    ----------
    load
        Its record so far.
    decoded
        Its private copy, if it has rows to load or to quarantine.
    layout
        Its header; None if its rows all go to quarantine.
    """

    load: Load
    decoded: Decoded | None = None
    layout: Layout | None = None


def extract_stream(
    settings: Settings, night: Night, system: str, stream_name: str
) -> dict[str, object]:
    """Load every file of a stream that is new and due.

    Parameters
    ----------
    settings
        Gives the landing zone and the lake.
    night
        Files for a later business day stay where they are, for their own night.
    system, stream_name
        The stream.

    Returns
    -------
    dict
        ``stream``, and how many files had which status and how many rows were loaded and quarantined.
    """
    stream = find_stream(system, stream_name)
    folder = private_folder(settings.raw / system / stream_name)
    remove_leftovers(folder)
    remove_leftovers(settings.quarantine / system / stream_name)
    ledger.remove_uncommitted(settings, system, stream_name)
    known = ledger.read_ledger(settings, system, stream_name)
    work = private_folder(settings.work / f"{system}.{stream_name}")
    landing = Landing(settings.landing)
    due = _due_files(landing, stream, night, known)
    crash_point("extract.listed")
    loads: list[Load] = []
    try:
        arrivals = _arrivals(landing, stream, night, due, known, work)
        with open_memory(settings) as connection:
            connection.execute("set preserve_insertion_order = true")  # rows are numbered
            for batch in _batches(arrivals):
                crash_point("extract.decoded")
                loads += write_batch(settings, connection, stream, batch)
                crash_point("extract.batch_committed")
    finally:
        shutil.rmtree(work)
    summary = _summary(stream, loads)
    log.info("%s: %s", stream.label, summary)
    return summary


def _due_files(
    landing: Landing, stream: Stream, night: Night, known: list[Load]
) -> list[tuple[LandedFile, NamedDelivery]]:
    """List what has not been settled yet, oldest business day first."""
    settled = {(load.file, load.fingerprint) for load in known if load.status in ledger.FINAL}
    due = []
    for file in landing.files(stream.system):
        named = stream.delivery_of(file.name)
        if named is None or (file.name, file.fingerprint) in settled:
            continue
        if named.day is None or named.day <= night.business_date:
            due.append((file, named))
    return sorted(due, key=lambda entry: (str(entry[1].day or ""), *entry[1][1:], entry[0].name))


def _arrivals(
    landing: Landing,
    stream: Stream,
    night: Night,
    due: list[tuple[LandedFile, NamedDelivery]],
    known: list[Load],
    work: Path,
) -> Iterator[Arrival]:
    """Look at each file, in order, and number it."""
    number = max((load.number for load in known), default=0)
    brought = {load.sha256: load.load_id for load in known if load.status == ledger.LOADED}
    waited = {(load.file, load.fingerprint) for load in known
              if load.status == ledger.WAITING and load.load_date < night.business_date.isoformat()}  # fmt: skip
    growing = _still_growing(landing, stream, [file for file, _ in due])
    for file, named in due:
        number += 1
        load = Load(
            load_id=f"{stream.label}.{number:06d}",
            number=number,
            system=stream.system,
            stream=stream.name,
            file=file.name,
            fingerprint=file.fingerprint,
            load_date=night.business_date.isoformat(),
            run_id=night.run_id,
            contract_version=stream.version,
            started_at=_wall_clock(),
            file_date=named.day.isoformat() if named.day else None,
            revision=named.revision,
            supplement=named.supplement,
        )
        if file.name in growing:
            yield Arrival(replace(load, reason="it is still growing"))
            continue
        arrival = _look_at(landing, stream, file, load, work / f"{number:06d}.csv")
        if arrival.load.status == ledger.WAITING and (file.name, file.fingerprint) in waited:
            reason = f"{arrival.load.reason}, and it has not changed since an earlier night"
            arrival = Arrival(replace(arrival.load, status=ledger.REJECTED, reason=reason))
        elif arrival.layout and (first := brought.get(arrival.load.sha256)):
            reason = f"the same content came as {first}"
            arrival = Arrival(
                replace(arrival.load, status=ledger.DUPLICATE, reason=reason, duplicate_of=first)
            )
        elif arrival.layout:
            brought[arrival.load.sha256] = load.load_id
        yield arrival


def _look_at(
    landing: Landing, stream: Stream, file: LandedFile, load: Load, copy: Path
) -> Arrival:
    """Copy one file and tell what can be done with it."""
    if file.refusal:
        return Arrival(replace(load, status=ledger.REJECTED, reason=file.refusal))
    try:
        with landing.open(stream.system, file) as landed:
            decoded = decode(landed, copy, stream.max_bytes, stream.needs_final_newline)
    except IncompleteFileError as error:
        return Arrival(replace(load, reason=str(error), bytes=file.size))
    except (RefusedFileError, OSError) as error:
        return Arrival(replace(load, status=ledger.REJECTED, reason=str(error), bytes=file.size))
    load = replace(
        load, sha256=decoded.sha256, bytes=decoded.landed_bytes, encoding=decoded.encoding
    )
    try:
        layout = match_header(copy, stream)
    except RefusedFileError as error:
        return Arrival(replace(load, status=ledger.REJECTED, reason=str(error)), decoded)
    if _has_rows(copy):
        return Arrival(replace(load, status=ledger.LOADED), decoded, layout)
    if stream.may_be_empty:
        return Arrival(replace(load, status=ledger.EMPTY, reason="it has a header and no rows"))
    reason = "it has a header and no rows, which its contract does not allow"
    return Arrival(replace(load, status=ledger.REJECTED, reason=reason))


def _has_rows(copy: Path) -> bool:
    with copy.open("rb") as stream:
        stream.readline()
        return bool(stream.readline().strip()) or any(line.strip() for line in stream)


def _still_growing(landing: Landing, stream: Stream, files: list[LandedFile]) -> set[str]:
    """Look twice at the files that changed a moment ago."""
    young = [file for file in files if file.refusal is None and _age(file) < _SETTLES_AFTER]
    if not young:
        return set()
    time.sleep(_LOOK_AGAIN_AFTER)
    now = {file.name: file.fingerprint for file in landing.files(stream.system)}
    return {file.name for file in young if now.get(file.name) != file.fingerprint}


_SETTLES_AFTER = 10.0
_LOOK_AGAIN_AFTER = 0.5


def _age(file: LandedFile) -> float:
    """Return the seconds since a file changed, or infinity where the listing does not say."""
    changed = file.fingerprint.rpartition("-")[2]
    return time.time() - int(changed) / 1e9 if changed.isdigit() else float("inf")


def _batches(arrivals: Iterator[Arrival]) -> Iterator[list[Arrival]]:
    """Group arrivals that can be parsed together, within what memory allows."""
    batch: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        others = next((other.layout for other in batch if other.layout), None)
        differs = arrival.layout and others and arrival.layout != others
        if batch and (differs or size > _BATCH_BYTES or len(batch) >= _BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(arrival)
        size += arrival.decoded.decoded_bytes if arrival.decoded else 0
    if batch:
        yield batch


def _summary(stream: Stream, loads: list[Load]) -> dict[str, object]:
    statuses = sorted({load.status for load in loads})
    return {
        "stream": stream.label,
        **{status: sum(load.status == status for load in loads) for status in statuses},
        "rows_loaded": sum(load.rows_loaded for load in loads),
        "rows_quarantined": sum(load.rows_quarantined for load in loads),
    }


def _wall_clock() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


