"""Named retry, timeout and pool rules: a task of the DAGs uses one of them, not bare numbers.

The longest wait between two tries is far below `dangol.nightly.lock.LEASE`, so a night that waits
for a retry keeps its home.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

BUILD_POOL = "build"
"""One slot: DuckDB lets only one process write the build file."""

BUILD_POOL_DESCRIPTION = "One slot, so that one task at a time has the build file open"

OWNER = "data-engineering"
"""Who is called when a task fails."""

TAGS = ["dangol"]
"""On every DAG of this project, to distinguish them in a shared Airflow."""


@dataclass(frozen=True)
class Rule:
    """How often and how long a task may try.

    Parameters
    ----------
    tries
        Including the first.
    minutes
        The timeout of one try.
    opens_build
        Whether the task opens the build file, and so takes the one slot of the pool.
    """

    tries: int
    minutes: int
    opens_build: bool = False

    def arguments(self) -> dict[str, Any]:
        """Return the rule as arguments of Airflow's ``@task``."""
        arguments: dict[str, Any] = {
            "retries": self.tries - 1,
            "retry_delay": timedelta(seconds=20),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=4),
            "execution_timeout": timedelta(minutes=self.minutes),
        }
        return arguments | ({"pool": BUILD_POOL} if self.opens_build else {})


OPENS_NIGHT = Rule(tries=4, minutes=5)
"""Claims the home. What is retried is a fault of Airflow's, such as an API server that is slow to
answer; a refusal is an answer, and fails at once."""

ENDS_NIGHT = Rule(tries=3, minutes=5)
"""Releases the home and reads what was published. As above: that nothing was is an answer."""

READS_FILES = Rule(tries=4, minutes=60)
"""Reads exports written by others, perhaps over a network: worth several tries."""

BUILDS = Rule(tries=2, minutes=120, opens_build=True)
"""Writes or reads the build file. Safe to run twice; a second failure is not chance."""

GATE = Rule(tries=1, minutes=30, opens_build=True)
"""Checks data. The same data fails again, so a gate is never retried."""

LEARNS = Rule(tries=3, minutes=60)
"""Reads only the features' Parquet files, in parallel with other models. After two tries that were
killed, the third records that the model failed, and the night goes on."""

PUBLISHES = Rule(tries=3, minutes=30, opens_build=True)
"""Checks what is published first, so a retry is safe, and readers are waiting."""

REPORTS = Rule(tries=2, minutes=10, opens_build=True)
"""Writes the summary and the page, which also read the build file."""

COPIES = Rule(tries=4, minutes=120)
"""Sends the publication over a network. Readers of this machine have it already."""

AWAITS_NIGHT = Rule(tries=1, minutes=12 * 60)
"""Waits for another DAG run, which has its own retries."""
