"""Publishes a night: a new file, flushed and checked, and only then the pointer to it.

Readers keep the file that they opened, so they never block a night. A night that dies here leaves
last night's publication in place, and the next night cleans up.
"""

from __future__ import annotations

import hashlib
import json
import logging

import duckdb

from dangol import layers, records
from dangol.build.checksum import table_checksum
from dangol.build.state import mark_applied, need_same_key
from dangol.build.warehouse import open_build, without_pandas
from dangol.faults import crash_point
from dangol.files import private_folder
from dangol.id_keys import check_key
from dangol.id_rotation import note_published
from dangol.night import Night
from dangol.publication.access import let_readers_in
from dangol.publication.dictionary import published_tables
from dangol.publication.layout import name_of, night_of_name
from dangol.publication.personal import need_permits, withheld_attributes
from dangol.publication.pruning import prune, remove_unfinished
from dangol.publication.rollback import obey_pin
from dangol.publication.rotated_ids import write_rotated_ids
from dangol.publication.store import (
    Publication,
    PublicationError,
    damaged_publications,
    last_sequence,
    list_publications,
    pinned,
    point_to,
    pointed_to,
    verify,
)
from dangol.publication.writing import write_publication
from dangol.settings import Settings

log = logging.getLogger(__name__)


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
    PublicationError
        If it can't be given to the group of readers.
    IdKeyError
        If the secret of ids is not the one of the last publication, or of the build.
    """
    private_folder(settings.publications)
    need_permits(published_tables())
    check_key(settings)
    remove_unfinished(settings)
    for problem in damaged_publications(settings):
        log.warning("%s", problem)
    with without_pandas(), open_build(settings) as build:
        id_key = need_same_key(build, settings)
        load_own_tables(build, settings, night)
        write_rotated_ids(build, settings, night)
        for attribute in withheld_attributes(build, settings):
            log.warning("%s", attribute)
        build.execute(f"create or replace table ops.set_aside as {SET_ASIDE}")
        build.execute(_LOOK_ALIKES)
        # ops contains wall-clock times, so it is never the same in two publications
        checksums = {
            table.full_name: table_checksum(build, table.rows or table.full_name)
            for table in published_tables()
            if table.schema in layers.PUBLISHED
        }
        content = hashlib.sha256(json.dumps(checksums, sort_keys=True).encode()).hexdigest()
        publication = _already_published(settings, night, content)
        if publication is None:
            publication = _write(build, settings, night, content, checksums, id_key)
        row = _row_of(build, publication.name, night, content, id_key)
        records.record(settings, "publications", night.business_date, publication.name, [row])
        crash_point("publish.recorded")
        note_published(settings, night.business_date.isoformat())
        mark_applied(build)
    crash_point("publish.marked_applied")
    let_readers_in(settings)
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


SET_ASIDE = """
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
"""The rows of ``ops.set_aside``, from the tables of the build that count them."""

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
        # a record's file does not say that its times are in UTC
        keys = {name: name.removesuffix("_utc") for name in table.types}
        types = ", ".join(f"'{keys[name]}': '{kind}'" for name, kind in table.types.items())
        if files:
            columns = ", ".join(f'"{key}" as "{name}"' for name, key in keys.items())
            rows = (
                f"select {columns} from"
                f" read_json(?, format = 'newline_delimited', columns = {{{types}}})"
            )
        else:
            empty = ", ".join(f'null::{kind} as "{name}"' for name, kind in table.types.items())
            rows = f"select {empty} where false"
        build.execute(
            f"create or replace table {table.full_name} as {rows}", [files] if files else []
        )


def _already_published(settings: Settings, night: Night, content: str) -> Publication | None:
    """Return this night's last publication if its tables are the same and its files are intact."""
    day = night.business_date.isoformat()
    own = [each for each in list_publications(settings) if each.business_date == day]
    if not own or own[-1].content_checksum != content:
        return None
    if settings.has_parquet and not own[-1].has_parquet:
        return None
    try:
        verify(settings, own[-1])
    except PublicationError as error:
        log.warning("%s; creating a new publication", error)
        return None
    return own[-1]


def _row_of(
    build: duckdb.DuckDBPyConnection, name: str, night: Night, content: str, id_key: str
) -> dict[str, object]:
    customers = build.execute("select count(*) from customer_view.customers").fetchall()[0][0]
    return {
        "publication": name,
        "run_id": night.run_id,
        "content_checksum": content,
        "customers": customers,
        "id_key": id_key,
    }


def _write(
    build: duckdb.DuckDBPyConnection,
    settings: Settings,
    night: Night,
    content: str,
    checksums: dict[str, str],
    id_key: str,
) -> Publication:
    """Write tonight's publication, which contains its own row."""
    day = night.business_date.isoformat()
    sequence = last_sequence(settings) + 1
    name = name_of(day, sequence)
    # the record itself is written once the publication exists
    build.execute(
        "insert into ops.publications by name select $business_date::date as business_date,"
        " $publication as part, $publication as publication, $run_id as run_id,"
        " $content_checksum as content_checksum, $customers as customers, $id_key as id_key",
        {"business_date": night.business_date, **_row_of(build, name, night, content, id_key)},
    )
    return write_publication(build, settings, night, (name, sequence), content, checksums)


def _why_not(settings: Settings, night: Night) -> str | None:
    """Return why readers do not get tonight's publication, or None if they do."""
    try:
        if name := pinned(settings):
            return f"{name} is pinned by a rollback; `dangol resume` unpins it"
    except PublicationError as error:
        return str(error)
    current = pointed_to(settings)
    day, _ = (night_of_name(current) if current else None) or ("", 0)
    if day > night.business_date.isoformat():
        return (
            f"{current}, of a later business day, is current; `dangol rollback "
            f"{night.business_date}` would switch to tonight's"
        )
    return None
