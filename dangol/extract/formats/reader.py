"""What every format offers: the columns of a file, and its records one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from dangol.contracts.model import Stream
from dangol.extract.blocks import Block, blocks_of
from dangol.extract.header import Layout
from dangol.extract.records import Record, Skipped


class Reader(ABC):
    """Reads the private copy of one landed file, of which it never holds more than a part.

    Parameters
    ----------
    path
        The copy.
    connection
        In memory, and used by no other thread.
    """

    emptiness = "it has no rows"
    """What is said of a file without rows."""

    def __init__(self, path: Path, stream: Stream, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.stream = stream
        self.connection = connection
        self.skipped = Skipped()
        """Lines and records so far that are no rows."""
        self.further_header: list[Sequence[str | None]] = []
        """The rows of the header after the first, once rows are read."""
        self.note = ""
        """What was unusual so far, or empty."""

    @property
    def head(self) -> str:
        """What must precede rows of the file where they are landed again, without a line end."""
        return ""

    @abstractmethod
    def layout(self) -> Layout:
        """Match the columns of the file to those of the contract.

        Raises
        ------
        RefusedFileError
            If the file can't be read by its contract: each of its rows is quarantined, if rows can
            be told at all.
        """

    @abstractmethod
    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Read the rows from the start; `skipped` counts anew.

        Parameters
        ----------
        layout
            As of `layout`; None if only the text of the records is needed.
        """

    def has_rows(self, layout: Layout | None) -> bool:
        """Return whether there is a row; `skipped` counts what comes before it."""
        return next(self.records(layout), None) is not None

    def blocks(self, layout: Layout | None) -> Iterator[Block]:
        """Read the rows in groups that fit into memory, as `records`."""
        return iter(blocks_of(self.records(layout)))
