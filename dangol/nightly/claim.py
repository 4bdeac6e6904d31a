"""The note in a home that says whose run it is, or was: ``run.json``."""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dangol.files import write_whole
from dangol.settings import Settings


@dataclass(frozen=True)
class Claim:
    """What ``run.json`` says.

    Parameters
    ----------
    run_id
        Of the run that has the home, or was the last to have it.
    business_date
        In ISO form; empty for work that is not a night, such as a roll-back.
    pid, host
        The process that wrote it.
    since
        When, as a UTC time in ISO form.
    token
        Known only to that run and its children.
    is_one_process
        Whether the lock is held for the whole run; then a free lock means a dead run.
    ended_at
        When the run gave the home back; empty until then.
    """

    run_id: str
    business_date: str
    pid: int
    host: str
    since: str
    token: str
    is_one_process: bool
    ended_at: str = ""

    @classmethod
    def of(cls, run_id: str, business_date: date | None, is_one_process: bool) -> Claim:
        """Return this process's claim for a run that begins now.

        Parameters
        ----------
        run_id, business_date, is_one_process
            As above.

        Returns
        -------
        Claim
            Not written yet.
        """
        return cls(
            run_id=run_id,
            business_date=business_date.isoformat() if business_date else "",
            pid=os.getpid(),
            host=socket.gethostname(),
            since=_now(),
            token=uuid.uuid4().hex,
            is_one_process=is_one_process,
        )

    @property
    def who(self) -> str:
        """The run and its time, for a message to another."""
        day = f" for the business date {self.business_date}" if self.business_date else ""
        time_span = (
            f"had it from {self.since} to {self.ended_at}"
            if self.ended_at
            else f"has had it since {self.since}"
        )
        return f"{self.run_id}{day} {time_span} (process {self.pid} on {self.host})"

    def is_of(self, run_id: str, business_date: date | None) -> bool:
        """Tell whether it is a run's own, or another run's of the same business day.

        Parameters
        ----------
        run_id, business_date
            Of the run that asks.

        Returns
        -------
        bool
            The steps of a night are safe to run twice, so the same day may take over.
        """
        same_day = business_date is not None and self.business_date == business_date.isoformat()
        return self.run_id == run_id or same_day


def read_claim(settings: Settings) -> Claim | None:
    """Return the claim on a home.

    Parameters
    ----------
    settings
        Gives the home.

    Returns
    -------
    Claim or None
        None if nobody ever had it. It may have ended, or its run be dead.
    """
    try:
        return Claim(**json.loads(_file(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_claim(settings: Settings, claim: Claim) -> None:
    """Write the claim on a home; the caller has the lock for itself.

    Parameters
    ----------
    settings
        Gives the home.
    claim
        Replaces the one that was there.
    """
    write_whole(_file(settings), json.dumps(asdict(claim), indent=2).encode())


def end_claim(settings: Settings, claim: Claim) -> None:
    """Note that a run has given the home back; the caller has the lock for itself.

    Parameters
    ----------
    settings
        Gives the home.
    claim
        The run's.
    """
    write_claim(settings, replace(claim, ended_at=_now()))


def renew_claim(settings: Settings) -> None:
    """Give the claim a sign of life; side-by-side tasks may do so at once.

    Parameters
    ----------
    settings
        Gives the home.
    """
    _file(settings).touch()


def age_of_claim(settings: Settings) -> timedelta:
    """Return how long ago the claim gave a sign of life.

    Parameters
    ----------
    settings
        Gives the home, which has a claim.

    Returns
    -------
    timedelta
        Never negative: a clock that was set back must not keep a dead run's claim alive.
    """
    return timedelta(seconds=abs(time.time() - _file(settings).stat().st_mtime))


def _file(settings: Settings) -> Path:
    return settings.home / "run.json"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
