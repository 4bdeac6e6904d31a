"""Writes one batch: its rows as Parquet, its bad rows to quarantine, and last its manifest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from dangol.contracts import Stream
from dangol.extract import ledger
from dangol.extract.ledger import Load
from dangol.extract.parse import ParsedFile, ParserDisagreesError, parse_files
from dangol.faults import crash_point
from dangol.files import private_folder, sha256_of, whole_file
from dangol.settings import Settings

if TYPE_CHECKING:
    from dangol.extract.stream import Arrival

log = logging.getLogger(__name__)


def write_batch(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    batch: Sequence[Arrival],
) -> list[Load]:
    """Write a batch and commit it.

    Parameters
    ----------
    settings
        Gives the lake.
    connection
        In memory.
    stream
        The contract.
    batch
        Files of one layout among files without rows.

    Returns
    -------
    list of Load
        As they now stand in the ledger.
    """
    connection.execute("drop table if exists batch_accepted; drop table if exists batch_quarantined")
    counts = _parse_what_can_be(connection, stream, batch)
    loads = [_counted(arrival.load, counts.get(arrival.load.load_id)) for arrival in batch]
    first, last = loads[0], loads[-1]
    name = f"{stream.system}/{stream.name}/load_date={first.load_date}/{first.number:06d}-{last.number:06d}"
    rows_file = settings.raw / f"{name}.parquet"
    quarantine_file = settings.quarantine / f"{name}.parquet"
    rows_hash = _copy(connection, "batch_accepted", rows_file)
    crash_point("extract.rows_written")
    quarantine_hash = _copy(connection, "batch_quarantined", quarantine_file)
    crash_point("extract.quarantine_written")
    loads = [
        replace(
            load,
            finished_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            raw_file=_relative(settings, rows_file) if load.rows_loaded else None,
            raw_sha256=rows_hash if load.rows_loaded else None,
            quarantine_file=_relative(settings, quarantine_file) if load.rows_quarantined else None,
            quarantine_sha256=quarantine_hash if load.rows_quarantined else None,
        )
        for load in loads
    ]
    private_folder(rows_file.parent)
    ledger.write_manifest(settings.raw / f"{name}{ledger.MANIFEST_SUFFIX}", loads)
    for arrival in batch:
        if arrival.decoded:
            arrival.decoded.path.unlink()
    return loads


def _parse_what_can_be(
    connection: duckdb.DuckDBPyConnection, stream: Stream, batch: Sequence[Arrival]
) -> dict[str, tuple[ParsedFile, str]]:
    """Parse the batch, and file by file if one of its files breaks the parser."""
    readable = [arrival for arrival in batch if arrival.decoded and arrival.layout]
    counts: dict[str, tuple[ParsedFile, str]] = {}
    for arrival in batch:
        if arrival.decoded and not arrival.layout:
            rows = _quarantine_whole(connection, arrival, arrival.load.reason)
            counts[arrival.load.load_id] = (rows, arrival.load.reason)
    try:
        counts |= _parse_together(connection, stream, readable)
    except (duckdb.Error, ParserDisagreesError) as error:
        if len(readable) > 1:
            log.warning("%s: a batch of %d files is parsed one by one", stream.label, len(readable))
        for arrival in readable:
            try:
                counts |= _parse_together(connection, stream, [arrival])
            except (duckdb.Error, ParserDisagreesError) as error:
                reason = f"the parser refused it ({type(error).__name__})"
                rows = _quarantine_whole(connection, arrival, reason)
                counts[arrival.load.load_id] = (rows, reason)
                log.warning("%s: %s: %s", stream.label, arrival.load.file, reason)
    return counts


def _parse_together(
    connection: duckdb.DuckDBPyConnection, stream: Stream, arrivals: Sequence[Arrival]
) -> dict[str, tuple[ParsedFile, str]]:
    if not arrivals:
        return {}
    layout = arrivals[0].layout
    files = [
        (arrival.load.load_id, arrival.load.file, arrival.decoded.path)
        for arrival in arrivals
        if arrival.decoded
    ]
    if layout is None:
        raise ValueError("only files with a layout can be parsed")
    parsed = parse_files(connection, stream, layout, files)
    _append(connection, "accepted")
    _append(connection, "quarantined")
    return {load: (rows, "") for (load, _, _), rows in zip(files, parsed, strict=True)}


def _append(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Add a parse's table to the batch's, without copying it if it is the first."""
    tables = {name for (name,) in connection.execute("show tables").fetchall()}
    if f"batch_{table}" in tables:
        connection.execute(f"insert into batch_{table} by name from {table}; drop table {table}")
    else:
        connection.execute(f"alter table {table} rename to batch_{table}")


def _quarantine_whole(
    connection: duckdb.DuckDBPyConnection, arrival: Arrival, reason: str
) -> ParsedFile:
    """Keep every line of a file that can't be read by its contract."""
    if arrival.decoded is None:
        raise ValueError("only a decoded file has lines")
    connection.execute(
        """
        create or replace temp table quarantined as
        select
            ?::varchar as load_id, ?::varchar as file, row_number() over () + 1 as line,
            null::varchar as column_name, ?::varchar as reason, line_text as original_text
        from read_csv(
            ?, columns = {'line_text': 'VARCHAR'}, header = false, skip = 1, auto_detect = false,
            delim = '\x1f', quote = '', escape = '', max_line_size = 100000000
        )
        """,
        [arrival.load.load_id, arrival.load.file, reason, str(arrival.decoded.path)],
    )
    lines = connection.execute("select count(*) from quarantined").fetchall()[0][0]
    _append(connection, "quarantined")
    return ParsedFile(lines, 0, lines, {})


def _counted(load: Load, counted: tuple[ParsedFile, str] | None) -> Load:
    if counted is None:
        return load
    rows, reason = counted
    return replace(
        load,
        rows_read=rows.rows_read,
        rows_loaded=rows.rows_loaded,
        rows_quarantined=rows.rows_quarantined,
        control_totals=rows.control_totals,
        status=ledger.REJECTED if reason else load.status,
        reason=reason or load.reason,
    )


def _copy(connection: duckdb.DuckDBPyConnection, table: str, target: Path) -> str | None:
    tables = {name for (name,) in connection.execute("show tables").fetchall()}
    if table not in tables or connection.execute(f"from {table} limit 1").fetchone() is None:
        return None
    with whole_file(target) as part:
        connection.execute(f"copy {table} to '{_quoted(part)}' (format parquet, compression zstd)")
        digest = sha256_of(part)
    return digest


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _relative(settings: Settings, file: Path) -> str:
    return str(file.relative_to(settings.home))
