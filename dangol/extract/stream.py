"""Loads the new files of one stream from the landing zone into the raw lake.

File by file: list, copy and check, match the header; then, some batches at a time: parse and write
Parquet; then, batch by batch: write the manifest. Only the manifest commits a batch, so a run that
is killed anywhere loads nothing twice and loses nothing: the next one continues after the last
manifest.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from functools import partial

from dangol import ledger, pace
from dangol.build.deliveries import by_current_names
from dangol.build.warehouse import open_memory, without_pandas
from dangol.contracts.model import Stream
from dangol.contracts.reading import find_stream
from dangol.extract.arrivals import Arrivals
from dangol.extract.batch import Arrival, commit, write_batch
from dangol.extract.examine import Examiner
from dangol.extract.landing import Landing
from dangol.extract.plain import PIECE_BYTES
from dangol.extract.writers import written_in_order
from dangol.faults import crash_point
from dangol.files import private_folder, remove_leftovers
from dangol.ledger import Load
from dangol.night import Night
from dangol.settings import Settings

log = logging.getLogger(__name__)

_BATCH_FILES = 1000
_MOST_WRITERS = 4


def extract_stream(
    settings: Settings, night: Night, system: str, stream_name: str
) -> dict[str, object]:
    """Load every file of a stream that is new and due.

    Files for a later business day stay where they are, for their own night.

    Returns
    -------
    dict
        ``stream``, the number of files by status, and the numbers of rows loaded and quarantined.
    """
    stream = find_stream(settings, system, stream_name)
    folder = private_folder(settings.raw / system / stream_name)
    remove_leftovers(folder)
    remove_leftovers(settings.quarantine / system / stream_name)
    ledger.remove_uncommitted(settings, system, stream_name)
    known = by_current_names(ledger.read_ledger(settings, system, stream_name), [stream])
    work = settings.work / f"{system}.{stream_name}"
    shutil.rmtree(work, ignore_errors=True)  # copies that a killed run left
    private_folder(work)
    landing = Landing(settings.landing)
    loads: list[Load] = []
    try:
        with without_pandas(), open_memory(settings) as connection:
            connection.execute("set preserve_insertion_order = true")  # rows are numbered
            connection.execute("set threads = 1")  # several batches are written at a time
            cursors = [connection.cursor() for _ in range(min(settings.threads, _MOST_WRITERS))]
            examiner = Examiner(landing, stream, work, connection)
            write = partial(write_batch, settings, stream)
            arrivals = Arrivals(landing, stream, night, known, examiner)
            crash_point("extract.listed")
            looked_at = -1
            while looked_at < len(loads):  # a correction can make an earlier duplicate count
                looked_at = len(loads)
                for written in written_in_order(_batches(arrivals.look()), write, cursors):
                    committed = commit(written)
                    loads += committed
                    pace.count(sum(load.rows_read for load in committed))
                    crash_point("extract.batch_committed")
    finally:
        landing.close()
        shutil.rmtree(work)
    summary = _summary(stream, loads)
    log.info("%s: %s", stream.label, summary)
    return summary


def _batches(arrivals: Iterator[Arrival]) -> Iterator[list[Arrival]]:
    """Group arrivals that can be parsed together and fit into memory."""
    batch: list[Arrival] = []
    size = 0
    for arrival in arrivals:
        layout = next((other.layout for other in batch if other.layout), None)
        differs = arrival.layout and layout and arrival.layout != layout
        if batch and (differs or size >= PIECE_BYTES or len(batch) >= _BATCH_FILES):
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
