"""Opens publications: read-only, alone with the file, within limits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dangol.build.warehouse import WarehouseError, link_extension
from dangol.settings import Settings


@contextmanager
def open_published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the current publication for queries of any size.

    The pointer is resolved first, so the reader keeps the file that it opened while later nights
    publish others.

    Yields
    ------
    duckdb.DuckDBPyConnection
        Over one immutable publication, in UTC. What does not fit into memory is spilled, encrypted,
        into a temporary folder of its own.

    Raises
    ------
    WarehouseError
        If nothing has been published yet, or it can't be read.
    """
    file = published_path(settings)
    with (
        tempfile.TemporaryDirectory(prefix="dangol-query-") as folder,
        open_publication(settings, file, Path(folder)) as connection,
    ):
        yield connection


def published_path(settings: Settings) -> Path:
    """Return the file that the pointer names.

    Returns
    -------
    Path
        Absolute, without links.

    Raises
    ------
    WarehouseError
        If there is none, or it is not a publication of this home.
    """
    pointer = settings.published_file
    try:
        file = pointer.resolve(strict=True)
        is_ours = file.is_relative_to(settings.publications.resolve(strict=True))
    except PermissionError as error:
        raise WarehouseError(_not_for_you(pointer)) from error
    except (OSError, RuntimeError) as error:
        if pointer.is_symlink():
            raise WarehouseError(
                f"{pointer} names a publication that is not there: `dangol publications` lists "
                "those that are, `dangol resume` gives readers the latest"
            ) from error
        raise WarehouseError(f"nothing is published at {pointer} yet: run a night first") from error
    if not is_ours:
        raise WarehouseError(
            f"{pointer} does not lead to a publication of this home, but to {file}: "
            "`dangol resume` gives readers the latest publication again"
        )
    return file


@contextmanager
def open_publication(
    settings: Settings, file: Path, spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a publication, read-only.

    Parameters
    ----------
    spill
        An empty folder for what does not fit into memory; without it a query fails that needs more.

    Yields
    ------
    duckdb.DuckDBPyConnection
        In UTC. It reads no other file, and its settings are locked.

    Raises
    ------
    WarehouseError
        If the file can't be read, or proves to be damaged.
    duckdb.Error
        If a query fails for another reason.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "temp_directory": str(spill / "spill") if spill else "",
        "temp_file_encryption": True,
        "autoinstall_known_extensions": False,
    }
    if spill:
        config["extension_directory"] = str(link_extension(spill / "extensions"))
    try:
        connection = duckdb.connect(file, read_only=True, config=config)
    except duckdb.Error as error:
        if "Permission denied" in str(error):
            raise WarehouseError(_not_for_you(file)) from error
        raise WarehouseError(_unreadable(file, error)) from error
    try:
        if spill:
            # what encrypts; once access to files is off, it could not be loaded any more
            connection.execute("load httpfs")
        for setting in (
            "TimeZone = 'UTC'",
            "enable_progress_bar = false",  # it writes to standard output
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            connection.execute(f"set {setting}")
        yield connection
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        raise WarehouseError(_unreadable(file, error)) from error
    finally:
        connection.close()


def is_damage(error: duckdb.Error) -> bool:
    """Return whether a query failed because the file is damaged: DuckDB checks what it reads."""
    return "orrupt" in str(error) and isinstance(error, duckdb.IOException | duckdb.FatalException)


def _unreadable(file: Path, error: duckdb.Error) -> str:
    return (
        f"{file} can't be read ({str(error).partition(chr(10))[0]}): `dangol verify` compares "
        "it with its manifest; restore it from a backup, or give readers another with "
        "`dangol rollback`"
    )


def _not_for_you(file: Path) -> str:
    return (
        f"{file} may not be read by this account: whoever runs the pipeline can let a group of "
        "accounts read the publications, with DANGOL_READERS_GROUP"
    )
