"""Publishes a night: a new file, flushed and checked, and only then the pointer to it.

Readers keep the file that they opened, so they never block a night. A night that dies here leaves
last night's publication in place, and the next night cleans up.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime

import duckdb

from dangol import layers, records
from dangol.build.checksum import schema_checksums
from dangol.build.state import mark_applied
from dangol.build.warehouse import open_build, without_pandas
from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import private_folder, sha256_of, sync_file
from dangol.night import Night
from dangol.publication.dictionary import TableEntry, published_tables
from dangol.publication.rollback import obey_pin
from dangol.publication.store import (
    Publication,
    PublicationError,
    current_publication,
    list_publications,
    pinned,
    point_to,
    prune,
    remove_unfinished,
    save_manifest,
    verify,
)
from dangol.settings import Settings

log = logging.getLogger(__name__)


class PublishError(DangolError):
    """The copy for publication differs from the build; nothing was published."""


def publish(settings: Settings, night: Night) -> dict[str, object]:
    """Copy the published schemas to a new file and point readers to it.

    Parameters
    ----------
    night
        The pointer never moves back to an earlier business day automatically.

    Returns
    -------
    dict
        ``publication``, ``is_current`` and, where the pointer stayed, ``why_not``.

    Raises
    ------
    PublishError
        If the copy differs from the build.
    """
    private_folder(settings.publications)
    remove_unfinished(settings)
    with without_pandas(), open_build(settings) as build:
        load_own_tables(build, settings, night)
        build.execute(_SET_ASIDE)
        build.execute(_LOOK_ALIKES)
        # ops contains wall-clock times, so it is never the same in two publications
        checksums = schema_checksums(build, layers.PUBLISHED)
        checksums = {name: value for name, value in checksums.items() if name in _names()}
        content = hashlib.sha256(json.dumps(checksums, sort_keys=True).encode()).hexdigest()
        publication = _already_published(settings, night, content)
        if publication is None:
            publication = _copy(build, settings, night, content, checksums)
        row = _row_of(build, publication.name, night, content)
        records.record(settings, "publications", night.business_date, publication.name, [row])
        crash_point("publish.recorded")
        mark_applied(build)
    crash_point("publish.marked_applied")
    why_not = _why_not(settings, night)
    if not why_not:
        point_to(settings, publication)
        crash_point("publish.pointed")
        why_not = _why_not(settings, night)  # a rollback may have come meanwhile
    if why_not:
        obey_pin(settings)
        log.warning("readers stay on the current publication: %s", why_not)
    removed = prune(settings)
    crash_point("publish.pruned")
    log.info("published %s; removed %s", publication.name, removed or "nothing")
    outcome: dict[str, object] = {"publication": publication.name, "is_current": not why_not}
    return outcome | ({"why_not": why_not} if why_not else {})


_SET_ASIDE = """
    create or replace table ops.set_aside as
    select load_date, system, stream, entity, state_reason as reason,
        cast(sum(row_count) as bigint) as row_count, cast(sum(amount) as decimal(38, 4)) as amount
    from (
        select load_date, system, stream, entity, state_reason, row_count, amount
        from cleaned.row_states where row_state = 'set_aside'
        union all
        select load_date, system, stream, entity, state_reason, row_count, null
        from cleaned.unused_descriptions
        where load_id in (select load_id from ops.load_days where is_in_force)
    )
    group by all order by all
"""
_LOOK_ALIKES = """
    create or replace table ops.look_alikes as
    select id_kind, identifier_type, source_system as system, id, first_id, id_count
    from identity.int_look_alikes order by id_kind, identifier_type, first_id, id, system
"""


def load_own_tables(build: duckdb.DuckDBPyConnection, settings: Settings, night: Night) -> None:
    """Load the operational records up to tonight into the build file; later nights' stay out."""
    for table in published_tables():
        if not table.is_kept_as_files:
            continue
        folder = settings.ops / (table.full_name if table.schema == "ml" else table.name)
        files = [
            str(file)
            for file in sorted(folder.glob("*.jsonl"))
            if file.stem <= night.business_date.isoformat() and file.stat().st_size
        ]
        types = ", ".join(f"'{name}': '{kind}'" for name, kind in table.types.items())
        if files:
            rows = (
                f"select * from read_json(?, format = 'newline_delimited', columns = {{{types}}})"
            )
        else:
            empty = ", ".join(f'null::{kind} as "{name}"' for name, kind in table.types.items())
            rows = f"select {empty} where false"
        build.execute(
            f"create or replace table {table.full_name} as {rows}", [files] if files else []
        )


def _names() -> set[str]:
    return {table.full_name for table in published_tables()}


def _already_published(settings: Settings, night: Night, content: str) -> Publication | None:
    """Return this night's last publication if its tables are the same and its file is intact."""
    day = night.business_date.isoformat()
    own = [each for each in list_publications(settings) if each.business_date == day]
    if not own or own[-1].content_checksum != content:
        return None
    try:
        verify(settings, own[-1])
    except PublicationError as error:
        log.warning("%s; creating a new publication", error)
        return None
    return own[-1]


def _row_of(
    build: duckdb.DuckDBPyConnection, name: str, night: Night, content: str
) -> dict[str, object]:
    customers = build.execute("select count(*) from customer_view.customers").fetchall()[0][0]
    return {
        "publication": name,
        "run_id": night.run_id,
        "content_checksum": content,
        "customers": customers,
    }


def _copy(
    build: duckdb.DuckDBPyConnection,
    settings: Settings,
    night: Night,
    content: str,
    checksums: dict[str, str],
) -> Publication:
    """Write the file: copied table by table, so that its pages contain no deleted data."""
    sequence = max((each.sequence for each in list_publications(settings)), default=0) + 1
    name = f"dangol-{night.business_date}-{sequence:04d}.duckdb"
    file = settings.publications / name
    # the file contains its own row; the record is written once the file exists
    build.execute(
        "insert into ops.publications by name select $business_date::date as business_date,"
        " $publication as part, $publication as publication, $run_id as run_id,"
        " $content_checksum as content_checksum, $customers as customers",
        {"business_date": night.business_date, **_row_of(build, name, night, content)},
    )
    path = str(file).replace("'", "''")
    build.execute(f"attach '{path}' as publication (storage_version 'v1.5.0')")
    try:
        build.execute("begin")  # otherwise each of hundreds of comments is flushed to disk
        try:
            for schema in (*layers.PUBLISHED, layers.OPS):
                build.execute(f"create schema publication.{schema}")
            for table in published_tables():
                _copy_table(build, table)
                crash_point(f"publish.copied_{table.schema}_{table.name}")
            build.execute("commit")
        except BaseException:
            build.rollback()
            raise
        copied = schema_checksums(build, layers.PUBLISHED, catalog="publication")
        if copied != checksums:
            differing = sorted(set(copied.items()) ^ set(checksums.items()))
            raise PublishError(
                "nothing was published, because the copy differs from the build: run `publish` "
                f"again. Tables and checksums that differ: {differing}"
            )
        build.execute("checkpoint publication")
    finally:
        build.execute("detach publication")
    file.chmod(0o600)
    sync_file(file)
    sync_file(file.parent)
    crash_point("publish.file_synced")
    publication = Publication(
        name=name,
        sequence=sequence,
        business_date=night.business_date.isoformat(),
        run_id=night.run_id,
        sha256=sha256_of(file),
        content_checksum=content,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    save_manifest(settings, publication)
    crash_point("publish.manifest_written")
    return publication


def _copy_table(build: duckdb.DuckDBPyConnection, table: TableEntry) -> None:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    target = f"publication.{table.full_name}"
    build.execute(f"create table {target} as select {columns} from {table.full_name}")
    build.execute(f"comment on table {target} is {_literal(table.description)}")
    for name, description in table.columns.items():
        build.execute(f'comment on column {target}."{name}" is {_literal(description)}')


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _why_not(settings: Settings, night: Night) -> str | None:
    """Return why readers do not get tonight's publication, or None if they do."""
    if name := pinned(settings):
        return f"{name} is pinned by a rollback; `dangol resume` unpins it"
    current = current_publication(settings)
    if current and current.business_date > night.business_date.isoformat():
        return (
            f"{current.name}, of a later business day, is current; `dangol rollback "
            f"{night.business_date}` would switch to tonight's"
        )
    return None
