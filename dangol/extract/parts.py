"""A Parquet file that is written part by part, so that it never has to fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from dangol.files import PART_SUFFIX, private_folder, sha256_of, whole_file

_ROW_GROUP = 61_440


class PartedFile:
    """A Parquet file in the making.

    Parameters
    ----------
    connection
        In memory.
    target
        Appears complete when the file is finished, or not at all.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, target: Path) -> None:
        self._connection = connection
        self.target = target
        self._parts: list[Path] = []
        self._added = 0

    def add(self, query: str, parameters: Sequence[Any] = ()) -> Path:
        """Write the rows of a query, which must have the same columns each time.

        Returns
        -------
        Path
            The part with these rows.
        """
        private_folder(self.target.parent)
        part = self.target.with_name(f".{self.target.name}{PART_SUFFIX}{self._added}")
        self._added += 1
        self._parts.append(part)
        self._copy(query, part, parameters)
        return part

    def take_back(self) -> None:
        """Remove the last part."""
        self._parts.pop().unlink(missing_ok=True)

    def finish(self) -> str | None:
        """Merge the parts into one file.

        Returns
        -------
        str or None
            Its SHA-256, or None if nothing was added: then no file is written.
        """
        if not self._parts:
            return None
        with whole_file(self.target) as whole:
            if len(self._parts) == 1:
                self._parts[0].replace(whole)
            else:
                parts = [str(part) for part in self._parts]
                all_rows = "select * from read_parquet(?, hive_partitioning = false)"
                self._copy(all_rows, whole, [parts])
            digest = sha256_of(whole)
        self.discard()
        return digest

    def discard(self) -> None:
        """Remove the parts."""
        for part in self._parts:
            part.unlink(missing_ok=True)
        self._parts = []

    def _copy(self, query: str, target: Path, parameters: Sequence[Any]) -> None:
        path = str(target).replace("'", "''")
        self._connection.execute(
            f"copy ({query}) to '{path}' "
            "(format parquet, compression zstd, compression_level 1, "
            f"row_group_size {_ROW_GROUP})",
            list(parameters),
        )
        target.chmod(0o600)
