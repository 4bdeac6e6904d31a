"""Writes the files of a publication.

They are copied table by table, so that they contain nothing that was deleted.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from dangol import layers
from dangol.build.checksum import schema_checksums, table_checksum
from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import private_folder, sha256_of, sync_file
from dangol.night import Night
from dangol.publication.dbt_docs import find_current
from dangol.publication.dictionary import TableEntry, published_tables
from dangol.publication.layout import DATABASE, DOCS, PARQUET
from dangol.publication.store import Publication, save_manifest
from dangol.settings import Settings


class PublishError(DangolError):
    """The copy for publication differs from the build; nothing was published."""


def write_publication(
    build: duckdb.DuckDBPyConnection,
    settings: Settings,
    night: Night,
    place: tuple[str, int],
    content: str,
    checksums: dict[str, str],
) -> Publication:
    """Write a publication's folder, flushed and compared with the build, and then its manifest.

    Parameters
    ----------
    place
        Its name and sequence.
    content
        The checksum over all checksums.
    checksums
        Of the tables that it must have.

    Returns
    -------
    Publication
        Complete on disk; readers do not get it yet.

    Raises
    ------
    PublishError
        If the copy differs from the build.
    """
    name, sequence = place
    folder = private_folder(settings.publications / name)
    file = folder / DATABASE
    build.execute(f"attach {_literal(str(file))} as publication (storage_version 'v1.5.0')")
    try:
        _copy_tables(build)
        copied = schema_checksums(build, layers.PUBLISHED, catalog="publication")
        if copied != checksums:
            differing = sorted(set(copied.items()) ^ set(checksums.items()))
            raise PublishError(
                "nothing was published, because the copy differs from the build: run `publish` "
                f"again. Tables and checksums that differ: {differing}"
            )
        build.execute("checkpoint publication")
        others = _write_parquet(build, folder, copied) if settings.has_parquet else []
        if docs := find_current(settings):
            others.append(Path(shutil.copyfile(docs, folder / DOCS)))
    finally:
        build.execute("detach publication")
    for each in (file, *others):
        each.chmod(0o400)
        sync_file(each)
    for above in dict.fromkeys(each.parent for each in (*others, file)):
        sync_file(above)
    crash_point("publish.file_synced")
    publication = Publication(
        name=name,
        sequence=sequence,
        business_date=night.business_date.isoformat(),
        run_id=night.run_id,
        sha256=sha256_of(file),
        content_checksum=content,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        files={each.relative_to(folder).as_posix(): sha256_of(each) for each in others},
    )
    save_manifest(settings, publication)
    crash_point("publish.manifest_written")
    return publication


def _copy_tables(build: duckdb.DuckDBPyConnection) -> None:
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


def _copy_table(build: duckdb.DuckDBPyConnection, table: TableEntry) -> None:
    columns = ", ".join(f'"{name}"' for name in table.columns)
    target = f"publication.{table.full_name}"
    rows = table.rows or table.full_name
    build.execute(f"create table {target} as select {columns} from {rows}")
    build.execute(f"comment on table {target} is {_literal(table.description)}")
    for name, description in table.columns.items():
        build.execute(f'comment on column {target}."{name}" is {_literal(description)}')


def _write_parquet(
    build: duckdb.DuckDBPyConnection, folder: Path, copied: Mapping[str, str]
) -> list[Path]:
    """Write each table of the publication to a Parquet file, and compare what was written."""
    written = []
    for table in published_tables():
        file = private_folder(folder / PARQUET / table.schema) / f"{table.name}.parquet"
        source = f"publication.{table.full_name}"
        build.execute(f"copy {source} to {_literal(str(file))} (format parquet, compression zstd)")
        expected = copied.get(table.full_name) or table_checksum(build, source)
        read_back = f"(from read_parquet({_literal(str(file))}, hive_partitioning = false))"
        if table_checksum(build, read_back) != expected:
            raise PublishError(
                "nothing was published, because the Parquet file of a table differs from it: run "
                f"`publish` again, or set DANGOL_PARQUET to no. It is {table.full_name}"
            )
        written.append(file)
    crash_point("publish.parquet_written")
    return written


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
