"""Retry, time and pool rules with names: a task of the DAGs carries one of them, not bare numbers.

The longest wait between two tries stays far below `dangol.nightly.lock.LEASE`, so that a
night that waits for a retry still holds its home.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

BUILD_POOL = "build"
"""One slot: DuckDB lets one process write the build file."""

BUILD_POOL_DESCRIPTION = "One slot, so that one task at a time has the build file open"

OWNER = "data-engineering"
"""Who is called when a task fails."""

TAGS = ["dangol"]
"""Every DAG of this project, told apart from others in a shared Airflow."""


@dataclass(frozen=True)
class Rule:
    """How often and how long a task may try.

    Parameters
    ----------
    tries
        Including the first.
    minutes
        After which a try is stopped and counts as failed.
    opens_build
        Whether the task opens the build file, and so takes the one slot of the pool.
    """

    tries: int
    minutes: int
    opens_build: bool = False

    def arguments(self) -> dict[str, Any]:
        """Return the rule as Airflow's task arguments.

        Returns
        -------
        dict
            For ``@task(**rule.arguments())``.
        """
        arguments: dict[str, Any] = {
            "retries": self.tries - 1,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=4),
            "execution_timeout": timedelta(minutes=self.minutes),
        }
        return arguments | ({"pool": BUILD_POOL} if self.opens_build else {})


OPENS_NIGHT = Rule(tries=1, minutes=5)
"""Takes or gives back the home. Being refused is an answer, not a fault to try again."""

READS_FILES = Rule(tries=4, minutes=60)
"""Reads exports that others write, maybe over a network: worth several tries."""

BUILDS = Rule(tries=2, minutes=120, opens_build=True)
"""Writes or reads the build file. Safe to run twice; a second failure is not chance."""

GATE = Rule(tries=1, minutes=30, opens_build=True)
"""Judges data. The same data fails again, so a gate is never tried twice."""

LEARNS = Rule(tries=2, minutes=60)
"""Works on the features' Parquet files alone, beside other models."""

PUBLISHES = Rule(tries=3, minutes=30, opens_build=True)
"""Looks at what is published first, so trying again is safe, and readers are waiting."""

REPORTS = Rule(tries=2, minutes=10)
"""Writes the readable summary."""

AWAITS_NIGHT = Rule(tries=1, minutes=12 * 60)
"""Waits for another DAG run, which has retries of its own."""
