"""The only place where DuckDB is opened: to build, to read what is published, to work in memory."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb

from dangol import layers
from dangol.errors import DangolError
from dangol.files import PART_SUFFIX, private_folder
from dangol.settings import Settings


class WarehouseError(DangolError):
    """The warehouse can't be opened as asked; the message says why and what to do."""


class DamagedBuildError(WarehouseError):
    """The build file is no DuckDB database any more."""


@contextmanager
def open_build(settings: Settings, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the private build file.

    One process writes at a time: in Airflow a one-slot pool sees to it.

    Parameters
    ----------
    settings
        Gives the file and the limits.
    read_only
        Several processes may read at once while none writes.

    Yields
    ------
    duckdb.DuckDBPyConnection
        In UTC, spilling encrypted into the run's work folder.

    Raises
    ------
    WarehouseError
        If another process has it open, or memory does not suffice.
    DamagedBuildError
        If it can't be read.
    """
    private_folder(settings.warehouse)
    try:
        connection = duckdb.connect(
            settings.build_file, read_only=read_only, config=connection_config(settings)
        )
    except duckdb.Error as error:
        what = f"{settings.build_file} can't be opened ({error})"
        if "lock on file" in str(error):
            raise WarehouseError(
                f"{what}. If another night is at work, wait for it; analysts open the published "
                "file, never this one."
            ) from error
        if "Cannot open file" in str(error):
            raise WarehouseError(f"{what}. See whether the disk is there and writable.") from error
        advice = "`dangol rebuild` makes it again from the lake."
        raise DamagedBuildError(f"{what}. {advice}") from error
    try:
        _prepare(connection)
        if not read_only:
            for schema in (*layers.NAMES, layers.OPS):
                connection.execute(f"create schema if not exists {schema}")
        with _memory_explained(settings):
            yield connection
    finally:
        connection.close()


@contextmanager
def open_memory(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, for work on Parquet files alone.

    Parameters
    ----------
    settings
        Gives the limits and the spill folder.

    Yields
    ------
    duckdb.DuckDBPyConnection
        In UTC.

    Raises
    ------
    WarehouseError
        If memory does not suffice.
    """
    connection = duckdb.connect(":memory:", config=connection_config(settings))
    try:
        _prepare(connection)
        with _memory_explained(settings):
            yield connection
    finally:
        connection.close()


@contextmanager
def open_scratch(
    memory_limit: str = "1500MB", spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory for synthetic data, which belongs to no home.

    Parameters
    ----------
    memory_limit
        In DuckDB's notation.
    spill
        A folder for what memory can't hold; by default there is none. It is removed at the end.

    Yields
    ------
    duckdb.DuckDBPyConnection
        With one thread: what is written comes in the order of the queries.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": 1,
        "temp_directory": str(spill or ""),
        "autoinstall_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute("set enable_progress_bar = false")
        yield connection
    finally:
        connection.close()
        if spill:
            shutil.rmtree(spill, ignore_errors=True)


@contextmanager
def open_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the current publication, read-only.

    The pointer is resolved first, so the reader keeps the file that it opened while later nights
    publish others.

    Parameters
    ----------
    settings
        Gives the pointer.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Over one immutable publication. It reads no other file, and its settings are locked.

    Raises
    ------
    WarehouseError
        If nothing has been published yet.
    """
    if not settings.published_file.exists():
        raise WarehouseError(
            f"nothing is published at {settings.published_file}: run a night first"
        )
    with open_publication(settings.published_file.resolve()) as connection:
        yield connection


@contextmanager
def open_publication(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a publication, read-only.

    Parameters
    ----------
    file
        Its DuckDB file.

    Yields
    ------
    duckdb.DuckDBPyConnection
        It reads no other file, and its settings are locked.
    """
    connection = duckdb.connect(
        file, read_only=True, config={"enable_external_access": False, "lock_configuration": True}
    )
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def without_pandas() -> Iterator[None]:
    """Keep DuckDB from importing pandas, which takes its time in every process.

    It does so to look at each value that is bound, and does as well when there is none.

    Yields
    ------
    None
        Within, an import of pandas fails, unless the process has it already.
    """
    is_hidden = "pandas" not in sys.modules
    if is_hidden:
        sys.modules["pandas"] = None  # type: ignore[assignment] # Python's own way to say so
    try:
        yield
    finally:
        if is_hidden:
            sys.modules.pop("pandas", None)


@contextmanager
def _memory_explained(settings: Settings) -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise WarehouseError(memory_advice(settings)) from error


def memory_advice(settings: Settings) -> str:
    """Say what to do when DuckDB's memory does not suffice.

    Parameters
    ----------
    settings
        Gives the limits.

    Returns
    -------
    str
        Sentences.
    """
    return (
        f"DuckDB ran out of its memory of {settings.memory_limit} with {settings.threads} threads. "
        "Raise DANGOL_MEMORY_LIMIT or lower DANGOL_THREADS, and run the night again"
    )


def extension_folder(settings: Settings) -> Path:
    """Return a folder from which DuckDB loads what encrypts a spill, when it first spills.

    DuckDB by itself can read encrypted files but not write them. To load the extension takes a
    tenth of a second, and most connections never spill.

    Parameters
    ----------
    settings
        Gives the home; the folder has a link to the file in the extension's Python package.

    Returns
    -------
    Path
        For DuckDB's ``extension_directory``.
    """
    folder = settings.home / "extensions"
    version = folder / f"v{duckdb.__version__}"
    name = "httpfs.duckdb_extension"
    package = resources.files("duckdb_extension_httpfs")
    file = Path(str(package / "extensions" / version.name / name))
    if not any(link.exists() and link.samefile(file) for link in version.glob(f"*/{name}")):
        ((platform,),) = duckdb.connect().execute("pragma platform").fetchall()
        link = private_folder(version / platform) / name
        part = link.with_name(f".{name}{PART_SUFFIX}{os.getpid()}")  # others may do the same now
        part.symlink_to(file)
        part.replace(link)
    return folder


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")  # it writes to standard output


def connection_config(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings for every connection that the pipeline opens.

    Parameters
    ----------
    settings
        Gives memory, threads and the spill folder.

    Returns
    -------
    dict
        For ``duckdb.connect(config=…)``. Nothing is downloaded, nothing spills in the clear.
    """
    # of this process alone: what one has encrypted no other can read
    spill: Path = private_folder(settings.work) / f"spill-{os.getpid()}"
    return {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(spill),
        "temp_file_encryption": True,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "extension_directory": str(extension_folder(settings)),
        "storage_compatibility_version": "v1.5.0",
    }
