"""One night as a system sees it: the day to export, and the tables with its facts."""

import datetime
from dataclasses import dataclass

import duckdb
import numpy as np

from simulator.company import DAY_MS, EPOCH, KOREA_AHEAD_MS, Company

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class Night:
    """The night after a business day.

    Parameters
    ----------
    day
        The day's number.
    connection
        A database with the facts of the day (``facts.py``) and the vocabulary (``vocabulary.py``).
    has_bot_wave
        Whether many more robots come than on other days.
    """

    company: Company
    day: int
    connection: Connection
    has_bot_wave: bool = False

    @property
    def date(self) -> datetime.date:
        """The business date."""
        return EPOCH + datetime.timedelta(days=self.day)

    @property
    def morning(self) -> datetime.date:
        """The date on which the export runs: the next one."""
        return self.date + datetime.timedelta(days=1)

    @property
    def start_ms(self) -> int:
        """When the day begins: UTC, in milliseconds since 1970-01-01."""
        return self.day * DAY_MS - KOREA_AHEAD_MS

    @property
    def end_ms(self) -> int:
        """When the next day begins."""
        return self.start_ms + DAY_MS

    def table(self, table: str, /, **columns: np.ndarray) -> None:
        """Put arrays into a system's own table, replacing its content.

        Parameters
        ----------
        table
            Its name, which should begin with the system's.
        **columns
            Arrays of one length.
        """
        self.connection.register("given", columns)
        self.connection.execute(f"create or replace table {table} as select * from given")
        self.connection.unregister("given")
