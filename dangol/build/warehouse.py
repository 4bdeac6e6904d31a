"""Opens DuckDB on a home: to build, to read publications, to work in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
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
    """The build file is no longer a DuckDB database."""


@contextmanager
def open_build(settings: Settings, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the private build file.

    One process writes at a time: in Airflow a pool with one slot ensures it.

    Parameters
    ----------
    read_only
        Several processes may read at once while none writes.

    Yields
    ------
    duckdb.DuckDBPyConnection
        In UTC, spilling encrypted into the run's work folder.

    Raises
    ------
    WarehouseError
        If another process has it open, or memory runs out.
    DamagedBuildError
        If it can't be read.
    """
    private_folder(settings.warehouse)
    umask = os.umask(0o077)  # readers may pass through the warehouse
    try:
        with closing(_connect_to_build(settings, read_only)) as connection:
            _prepare(connection)
            if not read_only:
                for schema in (*layers.NAMES, layers.OPS):
                    connection.execute(f"create schema if not exists {schema}")
            with _resources_explained(settings):
                yield connection
    finally:
        os.umask(umask)


def _connect_to_build(settings: Settings, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(
            settings.build_file, read_only=read_only, config=connection_config(settings)
        )
    except duckdb.Error as error:
        what = f"{settings.build_file} can't be opened ({error})"
        if "lock on file" in str(error):
            raise WarehouseError(
                f"{what}. If another night is running, wait until it ends; analysts must open the "
                "published file, with read_only=True, never this one."
            ) from error
        if "Cannot open file" in str(error):
            raise WarehouseError(f"{what}. Check that the disk is mounted and writable.") from error
        advice = "`dangol rebuild` rebuilds it from the lake."
        raise DamagedBuildError(f"{what}. {advice}") from error


@contextmanager
def open_memory(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, for work on Parquet files alone.

    Yields
    ------
    duckdb.DuckDBPyConnection
        In UTC.

    Raises
    ------
    WarehouseError
        If memory runs out.
    """
    connection = duckdb.connect(":memory:", config=connection_config(settings))
    try:
        _prepare(connection)
        with _resources_explained(settings):
            yield connection
    finally:
        connection.close()


@contextmanager
def without_pandas() -> Iterator[None]:
    """Keep DuckDB from importing pandas, which is slow in every process.

    DuckDB imports it to inspect each bound value, and works as well without it.

    Yields
    ------
    None
        Within the block, importing pandas fails, unless it is loaded already.
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
def _resources_explained(settings: Settings) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        advice = resource_advice(settings, str(error))
        if not advice:
            raise
        raise WarehouseError(advice) from error


def resource_advice(settings: Settings, message: str) -> str:
    """Say what to do about an error of DuckDB's that is not about data; empty if it is."""
    if "Out of Memory Error:" in message:
        return (
            f"DuckDB ran out of memory (limit {settings.memory_limit}, {settings.threads} threads)."
            " Raise DANGOL_MEMORY_LIMIT or lower DANGOL_THREADS, and run the night again"
        )
    if "crypto module" in message:  # DuckDB's own advice would be to spill unencrypted
        return f"{_NO_EXTENSION.format(duckdb.__version__)}, and run the night again"
    return ""


_NO_EXTENSION = (
    "the extension with which DuckDB encrypts what it spills to disk can't be loaded: reinstall"
    " duckdb-extension-httpfs in version {}"
)


def extension_folder(settings: Settings) -> Path:
    """Return the folder from which DuckDB loads the extension that encrypts spills.

    DuckDB alone can read encrypted files but not write them. Loading the extension takes a tenth
    of a second, so it is left until the first spill: most connections never spill.

    Returns
    -------
    Path
        For DuckDB's ``extension_directory``, with a link into the extension's Python package.

    Raises
    ------
    WarehouseError
        If the package does not have the extension for this version of DuckDB.
    """
    return link_extension(settings.home / "extensions")


def link_extension(folder: Path) -> Path:
    """Make a folder one from which DuckDB loads the extension, as `extension_folder` does."""
    version, name = f"v{duckdb.__version__}", "httpfs.duckdb_extension"
    file = Path(str(resources.files("duckdb_extension_httpfs") / "extensions" / version / name))
    if not file.is_file():
        raise WarehouseError(_NO_EXTENSION.format(duckdb.__version__))
    link = folder / version / _platform() / name
    if not (link.exists() and link.samefile(file)):
        part = private_folder(link.parent) / f".{name}{PART_SUFFIX}{os.getpid()}"
        part.unlink(missing_ok=True)  # of a killed process with the same number
        part.symlink_to(file)
        part.replace(link)  # other processes do the same
    return folder


@lru_cache(maxsize=1)
def _platform() -> str:
    with duckdb.connect() as connection:
        ((platform,),) = connection.execute("pragma platform").fetchall()
    return str(platform)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")  # it writes to standard output


def connection_config(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    """Return DuckDB's settings for every connection: no downloads, and encrypted spills."""
    # one per process: no other can read what it encrypted
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
